"""Read what a text ends with where it announces no answer: an output, a letter in brackets, the result of its sums."""

import re
from collections import deque
from collections.abc import Iterator
from itertools import pairwise

from apps.fusion.answers import cues
from apps.fusion.answers.edges import is_courtesy
from apps.fusion.answers.qualifiers import is_bounded_at, is_listed, warns
from apps.fusion.answers.stretches import EQUALS, FIGURE, Found, stripped, value_after
from apps.fusion.answers.values import Final, classify
from apps.fusion.languages import DECIMAL_COMMA
from apps.fusion.vocabulary import FinalKind

AT_THE_END = 700
"""Characters from the end within which a result is what the text ends with."""

_UNITS = r"(?:\s?[^\W\d_]++(?:/[^\W\d_]++)*+(?:\s[^\W\d_]++(?:/[^\W\d_]++)*+){0,2})?"
# A range of years, a share and a ratio are no sums: "1946-1949", "30 % of the water", "24/7".
_WORKS = re.compile(
    rf"\d{_UNITS}\s*(?:[+*×÷=·]|\\times|\\cdot|\\div|\bx(?=\s))\s*[$(]*\d|=\s*\$?\\?\$?\d|\d\s?%\s+of\s[$€£]?\d|"
    rf"\d{_UNITS}\s[-−–/]\s[$(]*\d[^\n=]{{0,40}}=|\bwhich (?:gives|equals) \$?\d|"
    r"\b(?:multiply(?:ing)?|divid(?:e|ing)|subtract(?:ing)?|add(?:ing)?)\s[^.\n]{0,30}\d[^.\n]{0,60}\s(?:by|from|to|and)\s[^.\n]{0,20}\d",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:\b(?:season|episode|chapter|part|page|step|day|week|grade|level|no\.|number|room|question|figure|table|year|round|phase|"
    r"type|class|version|option|line|staffel|folge|kapitel|teil|seite|schritt|tag|saison|étape|temporada|capítulo)\s|\#)$",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(?<=[^.!?:\s])\s[A-Z][\w'’]*\s$")
_YEAR = re.compile(r"(?:1\d|20)\d\d(?:['’]?s)?(?!\d|[.,]\d|\s?[%°$€£])")
_ASIDE = re.compile(
    r"\b(?:in|by|with|after|within|over|per|every|each|(?<!total\s)of|than|from|during|for|at|on|(?:before|after|without)\s\w+ing|all|these|those|first|last|next|additional|to|to\s\w+)\s(?:the\s|all\s|a\s|first\s|last\s|next\s|remaining\s|these\s|those\s|every\s){0,2}$",
    re.IGNORECASE,
)
_PLANS = re.compile(
    r"\bto\s(?:find|get|calculate|determine|know|see)\b|\b(?:will\sgive|gives?|we\s(?:will\s)?(?:get|find|have))\s(?:us\s)?the\b|\bis\sthe\s(?:sum|product|difference)\sof\b|\bby\s(?:multiplying|dividing|adding|subtracting)\b|\bwe\s(?:can\s|need\sto\s|must\s|then\s)?(?:(?:multipl|add|subtract|divid|calculat)(?:y|ied|e|ed)?|find|found)\b|"
    r"^\W*(?:multiply|add|subtract|divide|calculate)\b",
    re.IGNORECASE,
)
_OPERATED = re.compile(
    r"\b(?:multipl\w+|divid\w+|add\w*|subtract\w*)\s[^.\n]{0,60}\b(?:by|to|from|and)\s[$€£]?\d", re.IGNORECASE
)
_UNSOLVED = re.compile(
    r"(?<![A-Za-z])(?:\d+\s?)?[a-z]\s*[-+*/]\s*[\d(]|[\d)]\s*[-+*/]\s*\d*[a-z]\b(?!\w)|(?<![\w.])\d+[a-z]\s*$"
)
_RESULT = re.compile(
    r"\b(?:which,?(?:\s[^.,;]{1,40},)?\s(?:is|are|equals|makes|gives|means|comes\sto|results\sin|brings|converts\sto|"
    r"(?:sums|adds)\sup\sto|totals|leaves|rounds\s(?:up\s|down\s)?to)|(?:sums|adds|adding)\sup\sto|totall?ing|resulting\sin|gives|giving|"
    r"comes\sto|equals|is\sequal\sto|amounts\sto|for\sa\stotal\sof|(?:we|you)\sget|leaving\s(?:\w+\s){1,2}with|leaves\s(?:\w+\s){1,2}with|bringing\s[^.,;]{1,40}\sto|or(?=\s[\d.]+\s?%))\s"
    r"(?:us\s|her\s|him\s|them\s)?(?:about\s|approximately\s|just\s|only\s)?(?:a\stotal\sof\s)?(?=[$€£]?\d)",
    re.IGNORECASE,
)
_GIVEN = re.compile(
    r"\W*(?:so\s|and\s)?(?:since|because|if|as|when|given|with|da|weil|wenn|puisque|si|como|dado)\b[^.;\n]*?,\s(?!\d)",
    re.IGNORECASE,
)
_BECAUSE = re.compile(r",?\s(?:because|since)\b|,\s(?:as|denn|weil|car|porque|perché|потому)\s", re.IGNORECASE)
_CHECKS = re.compile(
    r"(?:^|(?<=[.!\n。]))[ \t*_#>-]*+(?:\d+[.)]\s*)?(?:this\s(?:makes\ssense|is\sconsistent)|"
    r"(?:to|let['’]?s|we\scan|let\sus)\s(?:double-?)?(?:check|verify)\b|as\sa\s(?:double-?)?check\b|"
    r"(?:check|checking|verification|(?:gegen)?probe|vérification|contrôle|comprobación|verifica|prova|verificação|"
    r"prova\sreal|проверка|验算|检[验查]|検算|確かめ|確認)[*_]*\s?[:：]|"
    r"zur\s(?:probe|kontrolle)\b|pour\s(?:vérifier|contrôle)\b|(?:para|per)\s(?:comprobar|verificar|conferir|"
    r"verifica(?:re)?|controll(?:o|are))\b|для\sпроверки\b|проверим\b)",
    re.IGNORECASE | re.MULTILINE,
)
_THEREFORE = re.compile(r"[\s*_>-]*(?:therefore|thus|hence|so)\b(?![^.\n]*\bwe\b)", re.IGNORECASE)
_REMAINING = re.compile(r"\b(?:remaining|left)\s$", re.IGNORECASE)
_OPERAND = re.compile(r"[\d)][^\d.,;()]{0,20}\s[-+*/×÷]\s[$€£(]*$|[\d)][*/×÷][$€£(]*$")
_OPERATES = re.compile(rf"{_UNITS}(?:\s\([^()\d]{{1,60}}\))?\s?(?:[+*/×÷]|[-−–]\s|x\s)\s?[$€£(]*\d")
_VALUE = re.compile(r"[\d`'\"\[({]|\b(?:true|false|none|null)\b", re.IGNORECASE)
_ASSIGNED = re.compile(r"[$€£]?\d[\d.]*(?:,\d{3})*+\s?[,;]\s(?:and\s)?[^\W\d]\w+(?:\s[^\W\d]+){0,3}\s*")
_CHOSEN = re.compile(r"\((?P<in>[A-J])\)|^[ \t*_>]*(?P<line>[A-J])[.)](?=[\s*_])(?![^\n]*\n)", re.MULTILINE)
_APPLIED = re.compile(r"(?:\\[A-Za-z]{1,12}|(?<![A-Za-z])[A-Za-z]|\b(?:det|tr|rank|dim|cov|var|log))$")
_OPEN_LETTER = re.compile(
    r"(?:\b(?:not|nor|nicht|pas|no)|n['’]t)\s(?:option\s|answer\s)?$|\b(?:may|might|could)\s(?:\w+\s)?be\b[^.!?\n]*$|"
    r"\([A-J]\),?\s(?:(?:or|and|nor|und|oder|et|ou|y|o|e)\s)?$",
    re.IGNORECASE,
)
"""The words before a letter in brackets that deny it, leave it open, or make it one of several."""
_LETTERS = re.compile(r"\((?P<letter>[A-J])\)")
_IS_LETTER = re.compile(
    r"\b(?:is|are|(?:would|will|must)\sbe)\s?:?\s[*_]{0,2}\((?P<letter>[A-J])\)[*_]{0,2}(?=[.,;]\s|[.,;]?$)",
    re.MULTILINE,
)
_SENTENCE = re.compile(r"[^\n.!?。]*(?:[.!?](?=[^\s])[^\n.!?。]*)*[.!?。]*")


def calculates(text: str) -> bool:
    """Return whether a text works something out in figures."""
    return bool(_WORKS.search(text))


def plans(text: str, start: int, end: int) -> bool:
    """Return whether a sentence says how to get a result: "we divide by 3 to find it"."""
    return bool(_PLANS.search(text, start, end) or _OPERATED.search(text, start, end))


def outcomes(text: str, language: str, *, works: bool) -> Iterator[Found]:
    """Yield the values said to be an output or a total at the end of a text.

    Numbers of a text that ``works`` something out are `worked`'s.
    """
    comma = language in DECIMAL_COMMA
    _, end = stripped(text, 0, len(text))
    start = _last_sentences(text, end)
    if works:
        start, _ = last_figures(text, end)
    for mark in cues.OUTCOME.finditer(text, start, end):
        at = mark.start()
        denied = cues.DENIED.search(text, max(0, at - cues.NEAR), at)
        if cues.NEGATED.match(text, mark.end()) or cues.denies(denied, language):
            continue
        found = value_after(text, mark.end(), comma, is_announced=False)
        # Words after "the total is" are no result: only a value counts here.
        if not found or found.kind is FinalKind.TEXT or found.end > end or cues.IN_A_CASE.match(text, found.end):
            continue
        if not (works and found.kind is FinalKind.NUMBER):
            yield Found(found, mark.start())


def _last_sentences(text: str, end: int) -> int:
    """Return where the last paragraph of a text begins, at most ``AT_THE_END`` characters before its end."""
    floor = max(0, end - AT_THE_END)
    cut = text.rfind("\n\n", floor, end)
    return cut if cut >= 0 and _VALUE.search(text, cut, end) else floor


def last_figures(text: str, end: int) -> tuple[int, int]:
    """Return the span of the last sentence with a figure that is no remark in brackets; the text's end without any."""
    floor = max(0, end - 4 * AT_THE_END)
    spans = [
        mark.span()
        for mark in _SENTENCE.finditer(text, floor, end)
        if FIGURE.search(mark.group()) and not _is_remark(mark.group())
    ]
    return spans[-1] if spans else (end, end)


def _is_remark(sentence: str) -> bool:
    """Return whether a sentence stands in brackets, or says that its figures fit the result."""
    words = sentence.strip(" *_.\n")
    return (
        is_courtesy(sentence)
        or warns(sentence, 0, len(sentence))
        or "consistent with" in words
        or (words.startswith("(") and words.find(")") == len(words) - 1)
    )


def chosen(text: str) -> Iterator[Found]:
    """Yield the letters in brackets, or at the beginning of the last line, in the last words of a text.

    The last line of a list of all options chooses none, and nor does ``P(A)``.
    """
    _, end = stripped(text, 0, len(text))
    for mark in _CHOSEN.finditer(text, max(0, end - 160), end):
        is_open = is_listed(text, mark.start("line"), mark["line"]) if mark["line"] else _is_open(text, mark.start())
        if not is_open:
            yield Found(Final(FinalKind.CHOICE, mark["in"] or mark["line"], mark.start(), mark.end()), mark.start())


def called(text: str) -> Iterator[Found]:
    """Yield the only letter in brackets of a text where a sentence ends with it: "the best of these is (C)."."""
    letters = {mark["letter"] for mark in _LETTERS.finditer(text) if not _is_applied(text, mark.start())}
    for mark in _IS_LETTER.finditer(text) if len(letters) == 1 else ():
        start, end = mark.start("letter") - 1, mark.end("letter") + 1
        yield Found(Final(FinalKind.CHOICE, mark["letter"], start, end), mark.start())


def _is_open(text: str, at: int) -> bool:
    """Return whether a letter in brackets is an argument, or denied, left open or one of several."""
    return _is_applied(text, at) or bool(_OPEN_LETTER.search(text[max(0, at - 160) : at]))


def _is_applied(text: str, at: int) -> bool:
    """Return whether a bracket there is that of a function: "P(A)"."""
    return bool(_APPLIED.search(text[max(0, at - 14) : at]))


def worked(text: str, comma: bool, *, works: bool) -> Found | None:
    """Return the result with which a text ends, before it checks it; ``works`` says that it works something out.

    It stands behind the last sign of a result, or it is the figure that the last sentence is about. A sentence that
    only says how to get the result has none, and so has one that ends in a sum that nobody worked out.
    """
    start, stop = last_figures(text, _before_checks(text))
    if not works:
        concludes = cues.CONCLUDES.match(text, start, stop)
        return _told(text, concludes.end(), stop, comma) if concludes else None
    given = _GIVEN.match(text, start, stop)
    begin = given.end() if given and FIGURE.search(text, given.end(), stop) else start
    reason = next(
        (one for one in _BECAUSE.finditer(text, begin, stop) if FIGURE.search(text, begin, one.start())), None
    )
    end = reason.start() if reason else stop
    equals = [mark for mark in EQUALS.finditer(text, begin, end) if not _is_inside(text, begin, mark.start())]
    if _only_assigns(text, equals):
        return None
    marks = [*equals, *_RESULT.finditer(text, begin, end)]
    for mark in sorted(marks, key=lambda one: one.end(), reverse=True):
        found = classify(text, mark.end(), end, comma)
        if found and found.kind is FinalKind.NUMBER and not _OPERATES.match(text, found.end, end):
            # What has a unit is solved: the letter in "6 h + 3 h = 9 h" is one.
            is_equation = not found.dimension and _is_equation(text, begin, equals)
            is_open = is_equation or _PLANS.search(text, found.end)
            return None if is_open else Found(found, start)
    if equals:
        return None
    plan = _PLANS.search(text, begin)
    # "So he has to eat 6 sticks to get 5 cookies" concludes before it says what for.
    if plan and not (_THEREFORE.match(text, start) and FIGURE.search(text, begin, plan.start()) and plan.start() < end):
        return None
    found_figure = _figure_of(text, begin, plan.start() if plan else end, stop, comma)
    return found_figure and found_figure._replace(start=start)


def _told(text: str, start: int, end: int, comma: bool) -> Found | None:
    """Return the only figure that the conclusion of a text without sums is about, ``None`` if it tells of several.

    Years and numbers of names ("season 4", "Hot 100") only say when and which.
    """
    if _PLANS.search(text, start) or _RESULT.search(text, start, end):
        return None
    figures = [
        found
        for mark in FIGURE.finditer(text, start, end)
        if (found := classify(text, mark.start(), end, comma))
        and found.kind is FinalKind.NUMBER
        and not _YEAR.match(text, mark.start())
        and not _NAMED.search(text, start, mark.start())
        and not _says_which(text, start, mark.start(), found)
    ]
    if len(figures) != 1 or is_bounded_at(text, start, figures[0].start, figures[0].end, end):
        return None
    return Found(figures[0], start)


def _says_which(text: str, start: int, at: int, found: Final) -> bool:
    """Return whether a figure says when or of which: "after 3 days", "day 3", "a 3-day trip", one in brackets."""
    before = max(start, at - 24)
    is_part = "-" in text[at + 1 : found.end + 1]
    return (
        is_part
        or bool(_ASIDE.search(text, before, at) or _LABEL.search(text, before, at))
        or _is_inside(text, start, at)
    )


def _only_assigns(text: str, equals: list[re.Match[str]]) -> bool:
    """Return whether a sentence only names its figures: "teachers = 82, sick = 13, substitutes = 9"."""
    between = [text[one.end() : other.start()] for one, other in pairwise(equals)]
    return bool(between) and all(map(_ASSIGNED.fullmatch, between))


def _before_checks(text: str) -> int:
    """Return where a text begins to check its result; its end if it does not."""
    _, end = stripped(text, 0, len(text))
    checks = [mark.start() for mark in _CHECKS.finditer(text, max(0, end - AT_THE_END), end)]
    return next((at for at in checks if _WORKS.search(text, 0, at)), end)


def checks_behind(text: str, start: int) -> int:
    """Return where a text begins to check what it said before ``start``; its end if it does not."""
    _, end = stripped(text, 0, len(text))
    check = _CHECKS.search(text[start:end])
    return start + check.start() if check else end


def _is_equation(text: str, start: int, equals: list[re.Match[str]]) -> bool:
    """Return whether the only equation of a sentence is set up and not solved: "2x + 15 = 65"."""
    return len(equals) == 1 and bool(_UNSOLVED.search(text, start, equals[0].start()))


def _figure_of(text: str, start: int, end: int, stop: int, comma: bool) -> Found | None:
    """Return the figure that a sentence is about.

    It is the one that the last equation before ``stop`` came to, else the last one, or the last that does not only say
    when or of which.
    """
    figures = [
        (found, _says_which(text, start, mark.start(), found))
        for mark in FIGURE.finditer(text, start, end)
        if (found := classify(text, mark.start(), end, comma))
        and found.kind is FinalKind.NUMBER
        # An operand of a sum that nobody worked out is no result.
        and not _OPERAND.search(text, start, mark.start())
        and not _OPERATES.match(text, found.end, end)
    ]
    earlier = deque(EQUALS.finditer(text, max(0, start - AT_THE_END), stop), maxlen=1)
    result = classify(text, earlier[0].end(), stop, comma) if earlier else None
    if earlier and result and result.kind is FinalKind.NUMBER and len(figures) > 1:
        is_own = earlier[0].start() >= start
        repeated = [
            found
            for found, is_aside in figures
            if found.value == result.value
            and (is_own or not is_aside or (found.dimension and found.canonical == result.canonical))
            and not _REMAINING.search(text, start, found.start)
        ]
        exact = [found for found in repeated if found.canonical == result.canonical]
        if repeated:
            return Found((exact or repeated)[-1], start)
    main = [found for found, is_aside in figures if not is_aside][-1:] or [found for found, _ in figures][:1]
    return Found(main[0], start) if main else None


def _is_inside(text: str, start: int, at: int) -> bool:
    """Return whether a place of a sentence is in brackets."""
    return text.count("(", start, at) > text.count(")", start, at)
