"""HTML to readable text: trafilatura chooses what a person came for, after what a person does not see is removed."""

import re
from urllib.parse import urljoin

import trafilatura
from lxml.etree import ParserError
from lxml.html import HtmlElement, HTMLParser, document_fromstring
from trafilatura.settings import use_config

from apps.lookup.readable import MAX_LINKS, MAX_URL_CHARS, Readable

MAX_STYLE_CHARS = 2_000
HIDING = re.compile(
    r"(?:^|;)(?:display:none|visibility:(?:hidden|collapse)|opacity:0(?:\.0{1,9})?(?:;|$)"
    r"|font-size:[01](?:\.\d{1,9})?(?:px|pt|em|rem|%)?(?:;|$)|(?:text-indent|left|right|top|margin-left):-\d{4,9}"
    r"|clip:rect\([01]|clip-path:inset\((?:50|100)%|(?:max-)?(?:width|height):0(?:px)?(?:;|$))"
)
COLOUR = re.compile(r"(?:^|;)color:([^;!]{1,40})")
BACKGROUND = re.compile(r"(?:^|;)background(?:-color)?:([^;!]{1,40})")
WHITE = {"white", "#fff", "#ffffff", "rgb(255,255,255)", "rgba(255,255,255,1)", "transparent"}
SETTINGS = use_config()
# Below its own 250 characters trafilatura falls back to the words alone, without tables and code.
SETTINGS["DEFAULT"]["MIN_EXTRACTED_SIZE"] = "40"
NEVER_READ = ("script", "style", "template", "noscript", "iframe", "object", "svg", "head//meta")


def read_html(html: str, url: str) -> Readable:
    """Return the readable part of a page; the text is '' if there is none. Styles in other files are not known."""
    tree = _parsed(html)
    if tree is None:
        return Readable()
    title = " ".join("".join(tree.xpath("string(//title)")).split())
    _remove_hidden(tree)
    links = _links(tree, url)
    text = trafilatura.extract(
        tree, url=url, output_format="markdown", favor_recall=True, include_tables=True, include_formatting=True,
        include_comments=False, config=SETTINGS,
    )  # fmt: skip
    # Of pages without prose, as a list of words, it chooses nothing; then all of it is read.
    text = text or "\n".join(words for part in tree.xpath("//body//text()") if (words := " ".join(part.split())))
    return Readable(title or " ".join(tree.xpath("string(//h1)").split()), text, links)


def _parsed(html: str) -> HtmlElement | None:
    """Return the tree of a page, also of a piece of one; ``None`` where there is nothing."""
    parser = HTMLParser(encoding="utf-8", remove_pis=True, huge_tree=False)
    try:
        return document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    except (ParserError, ValueError):
        return None


def _remove_hidden(tree: HtmlElement) -> None:
    """Remove elements that a browser does not draw, as far as the page itself says so."""
    hidden = [
        element
        for element in tree.xpath("//*[@hidden or @style or @aria-hidden='true'] | //comment()")
        if not isinstance(element.tag, str) or _is_hidden(element)
    ]
    for name in NEVER_READ:
        hidden += tree.xpath(f"//{name}")
    for element in hidden:
        if element.getparent() is not None:
            element.drop_tree()


def _is_hidden(element: HtmlElement) -> bool:
    if element.tag in ("html", "body"):
        return False
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    style = re.sub(r"\s+", "", element.get("style", "")[:MAX_STYLE_CHARS]).lower().replace("!important", "")
    if HIDING.search(style):
        return True
    colour, background = COLOUR.search(style), BACKGROUND.search(style)
    if colour is None:
        return False
    if background:
        return colour[1] == background[1]
    # White on a page's own ground, which is white where no element around it says otherwise.
    around = (parent.get("style", "") + parent.get("bgcolor", "") for parent in element.iterancestors())
    return colour[1] in WHITE and not any("background" in style or "#" in style for style in around)


def _links(tree: HtmlElement, url: str) -> tuple[str, ...]:
    """Return the addresses that a page links to, each once, in its order."""
    bases = tree.xpath("//base/@href")
    base = _joined(url, bases[0]) if bases else url
    found: dict[str, None] = {}
    for href in tree.xpath("//a/@href | //area/@href"):
        address = _joined(base, href).partition("#")[0]
        if address.startswith(("https://", "http://")) and len(address) <= MAX_URL_CHARS:
            found[address] = None
        if len(found) == MAX_LINKS:
            break
    return tuple(found)


def _joined(base: str, href: str) -> str:
    try:
        return urljoin(base, href.strip())
    except ValueError:
        return ""
