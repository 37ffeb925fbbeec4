"""Classify the words of a conclusion: a number, a choice, a verdict, a literal, a short text, in canonical form."""

import ast
import re
from fractions import Fraction

from apps.fusion.answers.finals import Final
from apps.fusion.answers.formulas import LONGEST as LONGEST_FORMULA
from apps.fusion.answers.formulas import formula_form, may_be_formula, named_value
from apps.fusion.answers.written_numbers import written_number
from apps.fusion.dates import day_at
from apps.fusion.numerals import plain_form
from apps.fusion.patterns import in_small_letters
from apps.fusion.units import UNITS
from apps.fusion.vocabulary import FinalKind

LONGEST_TEXT = 80
"""Characters up to which words are a short answer."""
MOST_WORDS = 8
"""Words up to which they are."""
MOST_DENSE = 4
"""Characters of Chinese or Japanese behind a number up to which they are what it counts."""
LONGEST_LITERAL = 4_000
"""Characters of a literal or of code that are compared."""


_OPEN = re.compile(r"[\s*_:=「『]*(?:\\\(|\\\[)?[\s*_]*(?:[≈~≃]\s?)?")
_LABEL = re.compile(
    r"(?i:(?:the|die|la|le|a)\s|l['’]\s?)?"
    r"(?P<marked>(?i:(?:option|choice|letter|answer|antwort|buchstabe|réponse|lettre|opción|respuesta|letra|opzione|risposta|lettera|opção|"
    r"alternativa|resposta|вариант|ответ|选项|選択肢)\s?:?\s?[*_]*)?"
    r"(?:[\[({]|\\text(?:bf|rm|it)?\{|\\math(?:rm|bf)\{|[*_`\"'])*)(?P<letter>[A-J])"
    r"(?![A-Za-zÀ-ÿ0-9_'’+=^-]|\s?[=+<>^])(?P<mark>[*_`\"']*[\])}.:,;!*_`\"'。]|\s*$|"
    # Of "B ではない" and "A 和 C" the letter is no choice.
    r"(?!では(?:な|あり)|じゃな|でな|以外|[和与或及跟とや]\s?[A-J])(?=[\u3040-\u30ff\u3400-\u9fff]))?",
)
_YES = "yes yeah yep ja oui sí si sì sim да 是 对 是的 可以 肯定 肯定的 正确 はい"
_NO = "no nope nein non não нет 不是 不 不对 不可以 否 否定 否定的 错误 不正确 いいえ"
BOOLEANS = {
    **dict.fromkeys(["true", "correct", *_YES.split()], "true"),
    **dict.fromkeys(["false", *_NO.split()], "false"),
}
VERDICTS = "|".join(sorted(map(re.escape, {*BOOLEANS} - {"correct"}), key=len, reverse=True))
# "Yes and no" is neither.
_BOOLEAN = re.compile(
    rf"(?:{VERDICTS})(?![\w'’])(?![\s,]{{1,3}}(?:and|or|und|oder|et|ou|y|o|e|и|или)\s(?:{VERDICTS})(?!\w))",
    re.IGNORECASE,
)
_NONE = re.compile(r"(?:None|null|nil|undefined)(?!\w)")
_QUOTED = re.compile(r"(?P<mark>`{1,2}(?!`)|\"|'|“|„|«)(?P<inner>.{0,4000}?)(?:(?P=mark)|[”“»])(?![\w])", re.DOTALL)
_NAMED_IN_CODE = re.compile(r"(?:assert\s)?[A-Za-z_][\w.]{0,40}(?:\([^`\n]{0,80}\))?\s?==?\s?(?!=)")
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_IN_LATEX = re.compile(r"\${1,2}+|\\text(?:bf|rm|it)?\{|\\math(?:rm|bf)\{")
_CLOCK = re.compile(
    r"(?P<hour>[01]?\d|2[0-4])[:.h](?P<minute>[0-5]\d)(?::[0-5]\d)?(?:\s?(?P<half>[ap])\.?m\b\.?)?(?![\d%])",
    re.IGNORECASE,
)
_O_CLOCK = re.compile(
    r"(?P<hour>[01]?\d|2[0-4])(?:\sUhr(?!\w)|点|點|時(?!間))\s?(?:(?P<minute>[0-5]?\d)(?:分|(?=\D|$)))?"
)
_HALF_DAY = re.compile(r"(?P<hour>1[0-2]|[1-9])\s?(?P<half>[ap])\.?m\b\.?", re.IGNORECASE)
_TEXT_ENDS = re.compile(r"[\n;:,(]|\[/|</|[.!?](?=\s|$)|\s[-–—]\s|。")
_ARTICLE = re.compile(
    r"^(?:the|a|an|der|die|das|ein|eine|le|la|les|l['’]|un|une|el|los|il|lo|o|os|as)\s?\b", re.IGNORECASE
)
_SPACE = re.compile(r"\s+")
_OPENS_MATHS = ("{", "\\(", "\\[", "=")
_GOES_ON = re.compile(r"\s*[-+*/=(]")


def classify(text: str, start: int, end: int, comma: bool = False, whole: bool = False) -> Final | None:
    """Return the conclusion that the words between two places begin with, or ``None`` if they are none.

    ``comma`` says that the language writes 1.234,5. ``whole`` wants the words to be nothing but a value: a sentence
    that goes on behind it is none then.
    """
    opened = _OPEN.match(text, start, end)
    start = opened.end() if opened else start
    while end > start and text[end - 1].isspace():
        end -= 1
    if start >= end:
        return None
    # Of "x = 5" in the braces of a box, 5 is the answer.
    start += named_value(text[start : min(end, start + LONGEST_FORMULA)]) if text[start - 1 : start] == "{" else 0
    for read in (_between_marks, _choice, _quoted, _time, _day, _formula, _literal, written_number, _boolean):
        found = read(text, start, end, comma)
        if found and (not whole or _is_rest(text, found.end, end, found)):
            return found
    return None if whole else _short_text(text, start, end)


def _is_rest(text: str, at: int, end: int, found: Final) -> bool:
    """Return whether nothing follows a value but marks, or the one or two words that a number counts."""
    rest = text[at:end].strip(" \t\r\n.*_`$\\)]}。!;,")
    words = rest.split()
    if found.kind is FinalKind.NUMBER and not found.dimension:
        if len(_DENSE.findall(rest)) > MOST_DENSE:
            return False
        return len(words) <= 2 and not any(char in rest for char in "=.,;:?/\n") and not any(map(str.isdigit, rest))
    return not words


def _choice(text: str, start: int, end: int, _comma: bool) -> Final | None:
    found = _LABEL.match(text, start, end)
    if not found:
        return None
    # "A dog" and "I think" are no letters; in brackets, or with nothing but a mark behind them, they are.
    if not (found["mark"] is not None or found["marked"].strip("*_ ") or found.end("letter") == end):
        return None
    return Final(FinalKind.CHOICE, found["letter"], start, found.end())


def _between_marks(text: str, start: int, end: int, comma: bool) -> Final | None:
    """Return the value that is all between two dollar signs, or all of a ``\\text{}``: ``$5$``."""
    mark = _IN_LATEX.match(text, start, end)
    if not mark:
        return None
    is_dollar = mark.group().startswith("$")
    closing = text.find(mark.group(), mark.end(), end) if is_dollar else closing_bracket(text, mark.end() - 1, end)
    if closing is None or closing < 0 or closing - start > LONGEST_FORMULA:
        return None
    # "$1,240 is **$186**" has two amounts: the last mark of a formula stands right behind it, and before no figure.
    if is_dollar and (text[closing - 1] in " *(" or text[closing + len(mark.group()) :][:1].isdigit()):
        return None
    found = classify(text, mark.end(), closing, comma, whole=True)
    return (
        found._replace(start=start, end=closing + (len(mark.group()) if is_dollar else 1))
        if found and found.kind is not FinalKind.FORMULA
        else None
    )


def _day(text: str, start: int, end: int, _comma: bool) -> Final | None:
    day = day_at(text, start, end)
    if not day:
        return None
    number = Fraction(int(day.readings[0].low))
    return Final(FinalKind.NUMBER, f"date:{number}", start, day.end, "date", number, number)


def _boolean(text: str, start: int, end: int, _comma: bool) -> Final | None:
    found = _BOOLEAN.match(text, start, end)
    return Final(FinalKind.BOOLEAN, BOOLEANS[in_small_letters(found.group())], start, found.end()) if found else None


def _quoted(text: str, start: int, end: int, _comma: bool) -> Final | None:
    """Return what stands in backticks as if they were not there, and what stands in quotation marks as a literal."""
    found = _QUOTED.match(text, start, end)
    if not found or not found["inner"] or (found["mark"] not in "\"'" and not found["inner"].strip()):
        # An empty string is an answer too.
        if found and found["mark"] in "\"'" and text[start:end].strip(" .*")[:2] in ('""', "''"):
            return Final(FinalKind.LITERAL, "text:", start, found.end())
        return None
    if found["mark"].startswith("`"):
        # Code has points for decimals in every language.
        named = _NAMED_IN_CODE.match(text, found.start("inner"), found.end("inner"))
        inner = classify(text, named.end() if named else found.start("inner"), found.end("inner"), False, whole=True)
        if inner and inner.kind is not FinalKind.CHOICE:
            return inner._replace(start=start, end=found.end(), places=None)
        return inner or Final(FinalKind.LITERAL, f"text:{found['inner'].strip()}", start, found.end())
    return Final(FinalKind.LITERAL, f"text:{found['inner']}", start, found.end())


def _literal(text: str, start: int, end: int, _comma: bool) -> Final | None:
    """Return a list, tuple, set or dictionary, compared by its parts in their order; or None and its like."""
    none = _NONE.match(text, start, end)
    if none:
        return Final(FinalKind.LITERAL, "none", start, none.end())
    if text[start] not in "[({\\":
        return None
    if text[start] == "\\" and not text.startswith(("\\{", "\\[", "\\left"), start):
        return None
    closing = closing_bracket(text, start + (text[start] == "\\"), min(end, start + LONGEST_LITERAL))
    if closing is None:
        return None
    words = text[start : closing + 1]
    return Final(FinalKind.LITERAL, literal_form(words), start, closing + 1) if _is_literal(words) else None


def _is_literal(words: str) -> bool:
    """Return whether brackets hold a literal and not an aside: "(see above)" is none."""
    inner = words[1:-1].strip()
    return words[0] != "(" or "," in inner or not inner


def literal_form(words: str) -> str:
    """Return a literal without its spacing and the choice of its quotation marks; sets and keys in one order."""
    try:
        value = ast.literal_eval(words.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        replaced = re.sub(r"\btrue\b|\bfalse\b|\bnull\b", lambda one: _PYTHON[one.group()], words.strip())
        try:
            value = ast.literal_eval(replaced)
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            return "literal:" + _SPACE.sub("", words)
    return "literal:" + _canonical_value(value)


_PYTHON = {"true": "True", "false": "False", "null": "None"}


def _canonical_value(value: object) -> str:
    match value:
        case bool() | None | str() | bytes():
            return repr(value)
        case int() | float():
            return plain_form(Fraction(str(value))) if value == value and abs(value) != float("inf") else repr(value)
        case dict():
            pairs = sorted(f"{_canonical_value(key)}:{_canonical_value(one)}" for key, one in value.items())
            return "{" + ",".join(pairs) + "}"
        case set():
            return "{" + ",".join(sorted(map(_canonical_value, value))) + "}"
        case list() | tuple():
            left, right = "[]" if isinstance(value, list) else "()"
            return left + ",".join(map(_canonical_value, value)) + right
    return repr(value)


def closing_bracket(text: str, start: int, end: int) -> int | None:
    """Return the place of the bracket that closes the one at ``start``, or ``None``; quoted ones do not count."""
    pairs = {"(": ")", "[": "]", "{": "}"}
    waiting: list[str] = []
    quote = ""
    at = start
    while at < end:
        char = text[at]
        if quote:
            at += char == "\\"
            quote = "" if char == quote else quote
        elif char == '"' or (char == "'" and not text[at - 1 : at].isalpha()):
            quote = char
        elif char in pairs:
            waiting.append(pairs[char])
        elif waiting and char == waiting[-1]:
            waiting.pop()
            if not waiting:
                return at
        at += 1
    return None


def _time(text: str, start: int, end: int, _comma: bool) -> Final | None:
    found = _CLOCK.match(text, start, end)
    if found and found.group()[len(found["hour"])] != ":" and not found["half"] and "h" not in found.group():
        found = None
    found = found or _HALF_DAY.match(text, start, end) or _O_CLOCK.match(text, start, end)
    if not found:
        return None
    groups = found.groupdict()
    half = (groups.get("half") or "").lower()
    hour = int(groups["hour"]) % (12 if half else 25) + (12 if half == "p" else 0)
    value = Fraction(60 * hour + int(groups.get("minute") or 0))
    return Final(FinalKind.NUMBER, f"clock:{value}", start, found.end(), "clock", value, value)


def _formula(text: str, start: int, end: int, comma: bool) -> Final | None:
    """Return a formula between the marks of one, or that is all of the words; none where a number is all of it."""
    if end - start > LONGEST_FORMULA + 20:
        return None
    mark = "$$" if text.startswith("$$", start) else "$"
    closing = text.find(mark, start + len(mark), end) if text[start] == "$" else -1
    is_maths = closing > 0 or text[max(0, start - 5) : start].rstrip().endswith(_OPENS_MATHS)
    at, stop = (start + len(mark), closing) if closing > 0 else (start, end)
    words = text[at:stop].rstrip(" .*") if is_maths else text[at:stop].rstrip(" .*$")
    words = words.removesuffix("\\)").removesuffix("\\]").rstrip()
    at += len(words) - len(words.lstrip())
    words = words.strip()
    if not may_be_formula(words, is_maths):
        return None
    stop = at + len(words)
    plain = written_number(text, at, stop, comma)
    rest = text[plain.end : stop] if plain else ""
    if plain and (not rest or (plain.dimension and not _GOES_ON.match(rest))):
        return None
    form = formula_form(words)
    if form is None:
        # As it is written: no other reader takes it whole.
        return Final(FinalKind.FORMULA, f"written:{_SPACE.sub('', words)}", at, stop) if is_maths else None
    kind, _, value = form.partition(":")
    if kind == "number":
        return Final(FinalKind.NUMBER, form, at, stop, "", Fraction(value), Fraction(value))
    return Final(FinalKind.LITERAL if kind == "literal" else FinalKind.FORMULA, form, at, stop)


def _short_text(text: str, start: int, end: int) -> Final | None:
    stop = _TEXT_ENDS.search(text, start, end)
    end = stop.start() if stop else end
    words = text[start:end].strip(" *_`\"'“”„«».$\\")
    if not words or len(words) > LONGEST_TEXT or len(words.split()) > MOST_WORDS:
        return None
    return Final(FinalKind.TEXT, text_form(words), start, end)


def text_form(words: str) -> str:
    """Return a short text without case, article, marks and spacing."""
    plain = _SPACE.sub(" ", re.sub(r"[^\w\s+*/=^<>-]", "", words.casefold())).strip()
    return "text:" + (_ARTICLE.sub("", plain).strip() or plain)


__all__ = ["BOOLEANS", "UNITS", "VERDICTS", "Final", "classify", "closing_bracket", "literal_form", "text_form"]
