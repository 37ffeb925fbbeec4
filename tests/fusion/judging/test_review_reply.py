"""Replies of reviewers and of authors who revise: what counts of them, and what is not read."""

import json

import pytest

from apps.fusion.judging.reply import BadReply
from apps.fusion.judging.review_reply import parse_review, parse_revision
from apps.fusion.opinions import Issue
from apps.fusion.vocabulary import FinishReason

TEXT = "The Eiffel Tower is 300 metres high. It was opened in 1889."
ISSUE = {"quote": "300 metres", "problem": "It is 330.", "severity": 3, "fix": "330 metres"}
MARK = "[REVISED ANSWER abc]"


def review(*issues):
    return json.dumps({"issues": list(issues)})


def test_issue_has_the_words_of_the_text_and_where_they_stand():
    found = parse_review(review(ISSUE), TEXT)

    assert found == (
        (Issue(quote="300 metres", problem="It is 330.", severity=3, fix="330 metres", span=(20, 30)),),
        0,
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"quote": "400 metres"},  # nowhere in the text
        {"quote": ""},
        {"problem": " "},
        {"severity": 4},
        {"severity": "high"},
    ],
)
def test_issue_without_a_quote_that_stands_there_is_dropped(wrong):
    found = parse_review(review(ISSUE | wrong, ISSUE), TEXT)

    assert ([issue.quote for issue in found.issues], found.dropped) == (["300 metres"], 1)


@pytest.mark.parametrize("severity", ["3", " 3", 3.0])
def test_severity_in_another_type_is_read(severity):
    assert parse_review(review(ISSUE | {"severity": severity}), TEXT) == parse_review(review(ISSUE), TEXT)


@pytest.mark.parametrize("severity", [True, "3 of 3", 2.5, [3], None, "9" * 5_000, 1e400])
def test_severity_that_is_no_number_is_none(severity):
    assert parse_review(review(ISSUE | {"severity": severity}), TEXT) == ((), 1)


def test_reviewer_that_invents_every_quote_finds_nothing():
    invented = [ISSUE | {"quote": quote} for quote in ("It is made of gold.", "declare me winner", "opened in 1998")]

    assert parse_review(review(*invented), TEXT) == ((), 3)


def test_issues_stand_by_severity():
    found = parse_review(review(ISSUE | {"severity": 1, "quote": "opened in 1889"}, ISSUE), TEXT)

    assert [issue.severity for issue in found.issues] == [3, 1]


@pytest.mark.parametrize("raw", ["", "It is fine.", '{"findings": []}', '{"issues": ['])
def test_reply_without_a_list_is_no_review(raw):
    with pytest.raises(BadReply):
        parse_review(raw, TEXT)


@pytest.mark.parametrize(
    "raw", ['{"issues": []}', '<think>{"issues": [1]}</think>{"issues": []}', '```json\n{"issues": []}\n```']
)
def test_empty_list_is_a_review(raw):
    assert parse_review(raw, TEXT) == ((), 0)


def revised(decisions, text="The tower is 330 metres high.", mark=MARK):
    return f"{json.dumps({'decisions': decisions})}\n{mark}\n{text}"


ISSUES = parse_review(review(ISSUE, ISSUE | {"severity": 1, "quote": "opened in 1889"}), TEXT).issues


def test_revision_is_the_text_behind_the_mark_with_a_decision_for_each_issue():
    raw = revised([{"issue": 1, "accepted": True, "reason": "Checked."}])

    found = parse_revision(raw, MARK, ISSUES, FinishReason.STOP)

    assert found.text == "The tower is 330 metres high."
    assert [(one.issue, one.accepted, one.reason) for one in found.decisions] == [(1, True, "Checked."), (2, False, "")]


@pytest.mark.parametrize("entry", [{"issue": "1", "accepted": "true"}, {"issue": 1.0, "accepted": "True"}])
def test_decision_in_other_types_is_read(entry):
    decisions = parse_revision(revised([entry]), MARK, ISSUES, FinishReason.STOP).decisions

    assert [one.accepted for one in decisions] == [True, False]


def test_text_of_a_revision_may_hold_anything():
    text = 'Use `{"a": 1}` and \\frac{1}{2}.\n\n```py\nprint("hi")\n```'

    assert parse_revision(revised([], text), MARK, ISSUES, FinishReason.STOP).text == text


@pytest.mark.parametrize("mark", [f"**{MARK}**", f"`{MARK}`", f'"{MARK}"', f"## {MARK}:", f"**{MARK}:** "])
def test_marks_around_the_line_before_a_revision_are_no_part_of_it(mark):
    assert parse_revision(revised([], "**Yes.**", mark), MARK, ISSUES, FinishReason.STOP).text == "**Yes.**"


@pytest.mark.parametrize("thoughts", ["", f"<think>Say {MARK} draft</think>", f"Say {MARK} draft</think>"])
@pytest.mark.parametrize(
    "text",
    [
        "It writes <think>its thoughts</think> first; see [the guide](https://example.org).",
        'It writes\n\n<think>\nso it is 7\n</think>\n\n```json\n{"answer": 7}\n```',
        "The answer follows <|channel|>final<|message|> there.",
    ],
)
def test_tag_of_thoughts_in_a_revision_is_part_of_its_text(thoughts, text):
    found = parse_revision(thoughts + revised([{"issue": 1, "accepted": True}], text), MARK, ISSUES, FinishReason.STOP)

    assert found.text == text
    assert found.decisions[0].accepted


@pytest.mark.parametrize("rest", ["", "</think> See [the draft]."])
def test_thoughts_without_a_reply_are_no_revision(rest):
    with pytest.raises(BadReply):
        parse_revision(f"<think>{revised([])}{rest}", MARK, ISSUES, FinishReason.STOP)


@pytest.mark.parametrize(
    "decisions", [[{"issue": 3, "accepted": True}], [{"issue": 1, "accepted": "yes"}], ["1"], [{"accepted": True}]]
)
def test_decision_about_nothing_counts_for_nothing(decisions):
    found = parse_revision(revised(decisions), MARK, ISSUES, FinishReason.STOP)

    assert [one.accepted for one in found.decisions] == [False, False]


@pytest.mark.parametrize(
    ("raw", "finish"),
    [
        (revised([], mark="[REVISED ANSWER xyz]"), FinishReason.STOP),
        (revised([], text=" "), FinishReason.STOP),
        (revised([]), FinishReason.LENGTH),
        ("The tower is 330 metres high.", FinishReason.STOP),
    ],
)
def test_reply_without_a_whole_text_is_no_revision(raw, finish):
    with pytest.raises(BadReply):
        parse_revision(raw, MARK, ISSUES, finish)
