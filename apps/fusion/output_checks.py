"""Output checks: what a person demands of an answer, written a line each, and whether an answer has it. Pure.

They are no calls and cost nothing. The check of an answer by a model is another thing (``strategies/checks.py``).

    contains: Paris               not contains: I cannot         equals: {{expected}}
    regex: ^\\d+ metres$           number: 320 to 340             length: 10 to 200 words
    json schema: {"type": …}      cost: at most 0.01             time: at most 30

``contains``, ``not contains`` and ``equals`` compare without regard to case and runs of blanks; their texts may hold
variables of the template. The last two are USD and seconds of the whole run, or of a column's call.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from math import isfinite

from pydantic_core import SchemaError as BadPattern

from apps.fusion.answers.reading import final_answer
from apps.fusion.frozen import Value
from apps.fusion.prompting import json_schema
from apps.fusion.prompting.answer_format import BadAnswer, BadSchema, UncheckedAnswer, check_schema, checked
from apps.fusion.prompting.templates import BadTemplate, render, variables_of
from apps.fusion.refusal import Refusal
from apps.fusion.values import AnswerFormat
from apps.fusion.vocabulary import FinalKind

MOST_CHECKS = 20
LONGEST_CHECK = 20_000
"""Characters of a line; a schema stands in one too."""
SHOWN = 60
"""Characters of a text that a reason shows."""
LONGEST_NUMBER = 30
UNITS = ("characters", "words")


class OutputCheckKind(StrEnum):
    """The kinds of demands, as a line begins."""

    CONTAINS = "contains"
    NOT_CONTAINS = "not contains"
    EQUALS = "equals"
    REGEX = "regex"
    JSON_SCHEMA = "json schema"
    LENGTH = "length"
    NUMBER = "number"
    COST = "cost"
    TIME = "time"


class BadCheck(Refusal):
    """A line that is no check; the sentence says which line and why."""


class OutputCheck(Value):
    """One demand. ``text`` is what follows the kind: a text, a pattern, or a schema as JSON.

    ``least`` and ``most`` bound a number, a length in ``unit``, USD or seconds; ``None`` is no bound.
    """

    kind: OutputCheckKind
    text: str = ""
    least: float | None = None
    most: float | None = None
    unit: str = ""

    @property
    def line(self) -> str:
        """Return the check as it is written."""
        return f"{self.kind}: {self.text or self._bounds}"

    @property
    def _bounds(self) -> str:
        least, most = (None if bound is None else f"{bound:.15g}" for bound in (self.least, self.most))
        if least is not None and most is not None:
            words = f"{least} to {most}"
        else:
            words = f"at least {least}" if most is None else f"at most {most}"
        return f"{words} {self.unit}".strip()


class CheckResult(Value):
    """Whether an answer passed a check, which is named by its line, and a sentence with the reason."""

    check: str
    passed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Output:
    """An answer that is checked: its text, its cost in USD and its time in seconds, ``None`` where unknown."""

    text: str
    cost: Decimal | None = None
    seconds: float | None = None


def parse_checks(text: str) -> tuple[OutputCheck, ...]:
    """Return the checks of some lines; blank lines are left out. Raise :class:`BadCheck`."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > MOST_CHECKS:
        raise BadCheck(f"There are {len(lines)} checks; {MOST_CHECKS} are the most.", "checks")
    found = []
    for number, line in lines:
        try:
            found.append(parse_check(line))
        except BadCheck as error:
            raise BadCheck(f"Line {number}: {error.sentence}", "checks") from None
    return tuple(found)


def parse_check(line: str) -> OutputCheck:
    """Return the check of a line. Raise :class:`BadCheck`."""
    word, colon, rest = line.partition(":")
    kind, text = word.strip().lower(), rest.strip()
    if not colon or kind not in set(OutputCheckKind):
        kinds = ", ".join(OutputCheckKind)
        raise BadCheck(f"“{line[:SHOWN]}” is no check. A line begins with a kind and a colon; kinds are {kinds}.")
    if not text or len(text) > LONGEST_CHECK:
        raise BadCheck(f"Say after “{kind}:” what is demanded, in at most {LONGEST_CHECK:,} characters.")
    return READERS[OutputCheckKind(kind)](OutputCheckKind(kind), text)


def check_variables(checks: Iterable[OutputCheck]) -> tuple[str, ...]:
    """Return the names of the variables in the texts of checks."""
    return variables_of(*(check.text for check in checks if check.kind in WITH_VARIABLES))


def run_checks(checks: Iterable[OutputCheck], output: Output, values: Mapping[str, str]) -> tuple[CheckResult, ...]:
    """Return the results of all checks of an answer, in order; ``values`` are those of the template's variables."""
    return tuple(run_check(check, output, values) for check in checks)


def run_check(check: OutputCheck, output: Output, values: Mapping[str, str]) -> CheckResult:
    """Return whether an answer passes a check, with the reason in a sentence. Never raises."""
    if check.kind in WITH_VARIABLES:
        try:
            check = check.model_copy(update={"text": render(check.text, values)})
        except BadTemplate as error:
            return CheckResult(check=check.line, passed=False, reason=error.sentence)
    passed, reason = RULES[check.kind](check, output)
    return CheckResult(check=check.line, passed=passed, reason=reason)


# ---------------------------------------------------------------- reading a line


def _text(kind: OutputCheckKind, text: str) -> OutputCheck:
    try:
        variables_of(text)
    except BadTemplate as error:
        raise BadCheck(error.sentence) from None
    return OutputCheck(kind=kind, text=text)


def _pattern(kind: OutputCheckKind, text: str) -> OutputCheck:
    try:
        json_schema.matches_pattern(text, "")
    except BadPattern:
        raise BadCheck(
            f"“{text[:SHOWN]}” is no regular expression that is matched in linear time: look-around and references "
            "to groups are not taken."
        ) from None
    except json_schema.TooMuchWork:
        raise BadCheck("The regular expression takes too much work. Use fewer or smaller repeats.") from None
    return OutputCheck(kind=kind, text=text)


def _schema(kind: OutputCheckKind, text: str) -> OutputCheck:
    try:
        schema = json.loads(text)
        if not isinstance(schema, dict):
            raise BadCheck("A JSON Schema is an object, in one line.")
        plain = check_schema(schema)
    except BadSchema as error:
        raise BadCheck(str(error)) from None
    except (ValueError, RecursionError) as error:
        raise BadCheck(f"The schema is no JSON: {error}") from None
    return OutputCheck(kind=kind, text=json.dumps(plain, ensure_ascii=False))


def _bounded(kind: OutputCheckKind, text: str) -> OutputCheck:
    """Return a check of ``10 to 20``, ``at least 10``, ``at most 20``; of a length with its unit behind."""
    words, unit = text.lower().split(), ""
    if kind is OutputCheckKind.LENGTH:
        unit = words.pop() if words and words[-1] in UNITS else UNITS[0]
    least: float | None = None
    most: float | None = None
    match words:
        case [low, "to", high] if kind not in LIMITS:
            least, most = _number(low), _number(high)
        case ["at", "least", low] if kind not in LIMITS:
            least = _number(low)
        case ["at", "most", high] | [high] if kind in LIMITS or len(words) > 1:
            most = _number(high)
        case _:
            forms = "“at most 10”" if kind in LIMITS else "“10 to 20”, “at least 10” or “at most 20”"
            raise BadCheck(f"“{text[:SHOWN]}” is not understood. Write {forms}.")
    if least is not None and most is not None and least > most:
        raise BadCheck(f"“{text[:SHOWN]}” lets nothing pass: the first number is the smaller one.")
    return OutputCheck(kind=kind, least=least, most=most, unit=unit)


def _number(word: str) -> float:
    try:
        number = float(Decimal(word))
    except (InvalidOperation, OverflowError):
        number = float("nan")
    if not isfinite(number):
        raise BadCheck(f"“{word[:SHOWN]}” is no number. Write it as 1234.5.")
    return number


# ---------------------------------------------------------------- the rules


def _contains(check: OutputCheck, output: Output) -> tuple[bool, str]:
    found = _plain(check.text) in _plain(output.text)
    return found, f"It contains “{_cut(check.text)}”." if found else f"It does not contain “{_cut(check.text)}”."


def _lacks(check: OutputCheck, output: Output) -> tuple[bool, str]:
    found, reason = _contains(check, output)
    return not found, reason


def _equals(check: OutputCheck, output: Output) -> tuple[bool, str]:
    same = _plain(check.text) == _plain(output.text)
    return same, "It is the text that was expected." if same else f"It is “{_cut(output.text)}”."


def _matches(check: OutputCheck, output: Output) -> tuple[bool, str]:
    try:
        found = json_schema.matches_pattern(check.text, output.text)
    except json_schema.TooMuchWork:
        return False, "The answer is too long for this regular expression."
    return found, "It matches." if found else "Nothing in it matches."


def _valid(check: OutputCheck, output: Output) -> tuple[bool, str]:
    answer_format = AnswerFormat(type="json_schema", json_schema=json.loads(check.text))
    try:
        checked(output.text, answer_format)
    except UncheckedAnswer as error:
        return False, f"It could not be checked: {error}"
    except BadAnswer as error:
        return False, str(error)
    return True, "It is valid by the schema."


def _long_enough(check: OutputCheck, output: Output) -> tuple[bool, str]:
    size = len(output.text.split()) if check.unit == "words" else len(output.text)
    return _within(check, size), f"It has {size:,} {check.unit}."


def _number_within(check: OutputCheck, output: Output) -> tuple[bool, str]:
    final = final_answer(output.text)
    if final is not None and final.final.kind is FinalKind.NUMBER and final.final.value is not None:
        try:
            number = float(final.final.value)
        except OverflowError:
            return False, "Its final answer is too large a number to compare."
        return _within(check, number), f"Its final answer is {number:.15g}."
    numbers = set(_numbers_in(output.text))
    if len(numbers) != 1:
        return False, "It names several numbers, none as its answer." if numbers else "It names no number."
    (number,) = numbers
    return _within(check, number), f"Its only number is {number:.15g}."


def _numbers_in(text: str) -> Iterator[float]:
    """Yield the numbers that stand as words of their own; 1,234.5 is one."""
    for word in text.split():
        bare = word.strip("*_`.,;:!?()[]{}<>\"'$€£%").replace(",", "")
        if bare and len(bare) <= LONGEST_NUMBER and bare.isascii() and bare.lstrip("-").replace(".", "", 1).isdigit():
            yield float(bare)


def _cheap_enough(check: OutputCheck, output: Output) -> tuple[bool, str]:
    if output.cost is None:
        return False, "Its cost is unknown."
    return _within(check, float(output.cost)), f"It cost ${output.cost.normalize():f}."


def _quick_enough(check: OutputCheck, output: Output) -> tuple[bool, str]:
    if output.seconds is None:
        return False, "Its time is unknown."
    return _within(check, output.seconds), f"It took {output.seconds:.1f} s."


def _within(check: OutputCheck, number: float) -> bool:
    return (check.least is None or number >= check.least) and (check.most is None or number <= check.most)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


Kind = OutputCheckKind
LIMITS = (Kind.COST, Kind.TIME)
WITH_VARIABLES = (Kind.CONTAINS, Kind.NOT_CONTAINS, Kind.EQUALS)
READERS: dict[OutputCheckKind, Callable[[OutputCheckKind, str], OutputCheck]] = {
    **dict.fromkeys(WITH_VARIABLES, _text),
    Kind.REGEX: _pattern,
    Kind.JSON_SCHEMA: _schema,
    **dict.fromkeys((Kind.LENGTH, Kind.NUMBER, *LIMITS), _bounded),
}
RULES: dict[OutputCheckKind, Callable[[OutputCheck, Output], tuple[bool, str]]] = {
    Kind.CONTAINS: _contains,
    Kind.NOT_CONTAINS: _lacks,
    Kind.EQUALS: _equals,
    Kind.REGEX: _matches,
    Kind.JSON_SCHEMA: _valid,
    Kind.LENGTH: _long_enough,
    Kind.NUMBER: _number_within,
    Kind.COST: _cheap_enough,
    Kind.TIME: _quick_enough,
}
