"""The picture of a shared run that messengers show beside its link: the prompt, the panel, and how far it agrees."""

from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from apps.runs.reading.snapshot import RunSnapshot
from apps.web.formats import counted, percent

SIZE = (1200, 630)
MARGIN = 72
PAPER, INK, QUIET, ACCENT = "#f7f8fc", "#14171f", "#5b6475", "#3450d0"
SLOT_COLOURS = ("#3450d0", "#b3470e", "#0d7a55", "#8a2fa8", "#a8263b", "#0f6e8c", "#7a5b00", "#4d5566")
MOST_LINES = 4
FEWEST_DRAWN = 0.8
"""The share of a text's characters that the font must have, or the text is left out."""
UNTITLED = "A shared run"
MISSING = "\uffff"
"""A character that no font has."""


def draw_preview(run: RunSnapshot) -> bytes:
    """Return a PNG of 1200 × 630 pixels. Scripts that the font lacks are left out: the link's title has them."""
    picture = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, SIZE[0], 12), fill=ACCENT)
    draw.text((MARGIN, 52), "FusionWeb", font=_font(30), fill=ACCENT)
    at = 116
    title = _drawable(run.title) or UNTITLED
    for line in _wrapped(title, _font(54), SIZE[0] - 2 * MARGIN):
        draw.text((MARGIN, at), line, font=_font(54), fill=INK)
        at += 68
    _draw_panel(draw, run)
    draw.text((MARGIN, 540), _facts(run), font=_font(30), fill=QUIET)
    content = BytesIO()
    picture.save(content, "PNG", optimize=True)
    return content.getvalue()


def _draw_panel(draw: ImageDraw.ImageDraw, run: RunSnapshot) -> None:
    """Draw a chip for each column, with the name of its model, in at most two rows."""
    x, y = MARGIN, 418
    for number, column in enumerate(run.columns):
        label = (_drawable(column.newest.label) or "model")[:28]
        width = 58 + round(_font(26).getlength(label))
        if x + width > SIZE[0] - MARGIN:
            x, y = MARGIN, y + 54
        if y > 472:
            return
        colour = SLOT_COLOURS[number % len(SLOT_COLOURS)]
        draw.rounded_rectangle((x, y, x + 36, y + 36), radius=8, fill=colour)
        draw.text((x + 18, y + 18), column.slot, font=_font(24), fill="#ffffff", anchor="mm")
        draw.text((x + 46, y + 18), label, font=_font(26), fill=INK, anchor="lm")
        x += width + 28


def _facts(run: RunSnapshot) -> str:
    facts = [counted(len(run.columns), "answer")]
    agreement = run.analysis.agreement if run.analysis else None
    if agreement and agreement.score is not None:
        facts.append(f"agreement {percent(agreement.score)}")
    if run.analysis:
        found = sum(finding.kind.value == "contradiction" for finding in run.analysis.findings)
        facts.append(counted(found, "contradiction"))
    return "  ·  ".join(fact.replace("\u00a0", " ") for fact in facts)


def _drawable(text: str) -> str:
    """Return a text on one line, '' if the font lacks too much of it."""
    words = " ".join(text.split())
    characters = set(words) - {" "}
    known = sum(_has(character) for character in characters)
    return words if characters and known >= FEWEST_DRAWN * len(characters) else ""


@lru_cache(maxsize=4096)
def _has(character: str) -> bool:
    font = _font(26)
    return bytes(font.getmask(character)) != bytes(font.getmask(MISSING))


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Return the lines of a text in this width, the last with an ellipsis where there are more."""
    lines: list[str] = [""]
    for word in text.split():
        for piece in _pieces(word, font, width):
            longer = f"{lines[-1]} {piece}".strip()
            if font.getlength(longer) <= width:
                lines[-1] = longer
            elif len(lines) == MOST_LINES:
                lines[-1] = f"{lines[-1].rstrip(' ,.;:')} …"
                return lines
            else:
                lines.append(piece)
    return lines


def _pieces(word: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Cut a word that is longer than a line, such as an address."""
    most = max(1, int(len(word) * width / max(1, font.getlength(word)) * 0.9))
    return [word] if font.getlength(word) <= width else [word[at : at + most] for at in range(0, len(word), most)]


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType, so nothing can be written into pictures.")
    return font
