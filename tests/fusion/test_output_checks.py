"""Output checks: a table of lines and answers, lines that are no checks, and patterns of strangers."""

from decimal import Decimal

import pytest

from apps.fusion.output_checks import (
    BadCheck,
    Output,
    check_variables,
    parse_check,
    parse_checks,
    run_check,
    run_checks,
)

TALL = "The Eiffel Tower is\n330 metres tall."
SCHEMA = '{"type": "object", "required": ["metres"], "properties": {"metres": {"type": "integer"}}}'
RESULTS = [
    ("contains: eiffel TOWER is 330", TALL, True, "It contains “eiffel TOWER is 330”."),
    ("contains: Rome", TALL, False, "It does not contain “Rome”."),
    ("not contains: Rome", TALL, True, "It does not contain “Rome”."),
    ("Not Contains: tower", TALL, False, "It contains “tower”."),
    ("equals: {{expected}}", " paris\n", True, "It is the text that was expected."),
    ("equals: {{expected}}", "Rome", False, "It is “Rome”."),
    ("contains: {{absent}}", TALL, False, "There is no value for {{absent}}."),
    (r"regex: \d{3} metres", TALL, True, "It matches."),
    (r"regex: ^\d+$", TALL, False, "Nothing in it matches."),
    ("regex: (?i)EIFFEL", TALL, True, "It matches."),
    (f"json schema: {SCHEMA}", '```json\n{"metres": 330}\n```', True, "It is valid by the schema."),
    ("length: at most 5 words", TALL, False, "It has 7 words."),
    ("length: 10 to 40", TALL, True, "It has 36 characters."),
    ("length: at least 7 words", TALL, True, "It has 7 words."),
    ("number: 320 to 340", TALL, True, "Its only number is 330."),
    ("number: at most 300", "So the answer is **1,234.5**.", False, "Its final answer is 1234.5."),
    ("number: at least 1", "Between 3 and 4 it may be.", False, "It names several numbers, none as its answer."),
    (
        "number: at least 1",
        f"Final answer: {'1' + ',000' * 120}",
        False,
        "Its final answer is too large a number to compare.",
    ),
    ("number: at least 1", "Nobody knows.", False, "It names no number."),
    ("cost: 0.01", TALL, True, "It cost $0.002."),
    ("cost: at most 0.001", TALL, False, "It cost $0.002."),
    ("time: at most 5", TALL, False, "It took 12.0 s."),
]
WRONG = [
    ("be nice", "“be nice” is no check."),
    ("smells: good", "“smells: good” is no check."),
    ("contains:", "Say after “contains:”"),
    ("contains: {{x+y}}", "Line 1: “{{x+y}}” is no variable."),
    ("regex: (a)\\1", "“(a)\\1” is no regular expression"),
    ("regex: (?=a)b", "“(?=a)b” is no regular expression"),
    ("regex: (((a{1000}){1000}){1000}){1000}", "The regular expression takes too much work."),
    ("json schema: [1]", "A JSON Schema is an object"),
    ("json schema: {", "The schema is no JSON"),
    ('json schema: {"type": 7}', "At $.type"),
    ("length: many", "“many” is not understood."),
    ("length: 9 to 3", "“9 to 3” lets nothing pass"),
    ("number: 3", "“3” is not understood."),
    ("number: at least nan", "“nan” is no number."),
    ("cost: at least 1", "“at least 1” is not understood."),
    ("time: 1 to 2", "“1 to 2” is not understood."),
]


@pytest.mark.parametrize("line, text, passed, reason", RESULTS)
def test_answer_passes_or_fails_with_a_reason(line, text, passed, reason):
    output = Output(text, cost=Decimal("0.0020"), seconds=12)

    result = run_check(parse_check(line), output, {"expected": "Paris"})

    assert (result.passed, result.reason) == (passed, reason)


def test_unknown_cost_and_time_pass_nothing():
    results = run_checks(parse_checks("cost: 1\ntime: 1"), Output(TALL), {})

    assert [(one.passed, one.reason) for one in results] == [
        (False, "Its cost is unknown."),
        (False, "Its time is unknown."),
    ]


@pytest.mark.parametrize("line, beginning", WRONG)
def test_line_that_is_no_check_is_refused(line, beginning):
    with pytest.raises(BadCheck) as caught:
        parse_check(line)

    assert caught.value.sentence.startswith(beginning)


def test_wrong_line_among_others_is_named():
    with pytest.raises(BadCheck) as caught:
        parse_checks("contains: a\n\nlength: x")

    assert caught.value.sentence.startswith("Line 3: “x” is not understood.")


def test_checks_are_written_as_they_are_read():
    lines = [
        *("contains: {{a}}", "not contains: b", "equals: {{c}} {{a}}", "regex: ^x$"),
        *("length: 3 to 5 words", "length: at least 3 characters", "number: -1.5 to 2", "cost: at most 0.01"),
    ]

    checks = parse_checks("\n".join(lines))

    assert [check.line for check in checks] == lines
    assert check_variables(checks) == ("a", "c")


def test_hostile_pattern_on_a_long_answer_is_bounded():
    result = run_check(parse_check(r"regex: (\w+\s?)*$x"), Output("a " * 200_000), {})

    assert not result.passed
