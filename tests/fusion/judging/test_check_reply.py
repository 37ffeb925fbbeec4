"""The replies of checkers: what is read of them, what of it is left out and said to be, and what counts as no reply."""

import json

import pytest

from apps.fusion.judging.check_reply import CUT_OFF, MENDED, check_schema, parse_check
from apps.fusion.judging.reply import BadReply
from apps.fusion.vocabulary import AnalysisStatus, CheckFault, FindingKind, FinishReason, QuoteState
from apps.providers.schemas import is_strict

ANSWERS = {
    "A": "The pass opens in May. Never cross it alone: the snow is not stable.",
    "B": "The pass opens in June, and the road is 18 km long.",
}
FUSED = "The pass opens in May. The road is 18 km long, and a bus goes there twice a day."
LETTERS = {"A": "B", "B": "A"}
CONTRADICTS = {
    "fault": "contradicts",
    "point": "It opens in May here and in June there.",
    "quote": "The pass opens in May.",
    "answer": "A",
    "answer_quote": "The pass opens in June",
}
WARNING = {
    "fault": "drops_warning",
    "point": "Nobody should cross it alone.",
    "quote": "",
    "answer": "B",
    "answer_quote": "Never cross it alone",
}
UNSUPPORTED = {
    "fault": "unsupported",
    "point": "The bus is nobody's.",
    "quote": "a bus goes there twice a day",
    "answer": "",
    "answer_quote": "",
}


def read(*findings, raw=None, **more):
    text = json.dumps({"findings": findings}) if raw is None else raw
    return parse_check(text, FUSED, ANSWERS, LETTERS, "x/judge", **more)


def test_findings_have_verified_quotes_of_the_fused_text_and_of_the_answers():
    found = read(CONTRADICTS, WARNING, UNSUPPORTED)

    assert (found.status, found.note) == (AnalysisStatus.OK, "")
    assert [(one.id, one.fault, one.kind) for one in found.findings] == [
        ("answer-check-1", CheckFault.CONTRADICTS, FindingKind.ANSWER_CHECK),
        ("answer-check-2", CheckFault.DROPS_WARNING, FindingKind.ANSWER_CHECK),
        ("answer-check-3", CheckFault.UNSUPPORTED, FindingKind.ANSWER_CHECK),
    ]
    # The letters that the checker saw are exchanged.
    assert [[one.slot for one in finding.evidence] for finding in found.findings] == [["", "B"], ["A"], [""]]
    assert all(one.verified for finding in found.findings for one in finding.evidence)
    start, end = found.findings[0].evidence[0].span
    assert FUSED[start:end] == "The pass opens in May."


def test_empty_list_is_a_reply_that_found_nothing():
    assert (read().findings, read().status) == ((), AnalysisStatus.OK)


def test_finding_with_a_quote_that_is_not_there_is_not_grounded():
    forged = read(CONTRADICTS | {"answer_quote": "The pass opens in July"}).findings[0]

    assert [one.state for one in forged.evidence] == [QuoteState.VERIFIED, QuoteState.UNVERIFIED]
    assert not forged.is_grounded
    assert read(CONTRADICTS).findings[0].is_grounded


def test_claim_that_nobody_says_what_an_answer_says_is_left_out():
    found = read(UNSUPPORTED | {"quote": "The road is 18 km long"})

    assert found.findings == ()
    assert found.note == "Left out: 1 claim that nobody says something that stands in an answer."


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (WARNING | {"fault": "style"}, "entry of no known kind"),
        (WARNING | {"point": "…"}, "entry without words"),
        (WARNING | {"answer": "G"}, "entry about no answer that exists"),
        (WARNING | {"answer": "A and B"}, "entry about no answer that exists"),
        (WARNING | {"answer_quote": ""}, "entry without a quote"),
        (CONTRADICTS | {"quote": ""}, "entry without a quote"),
        (UNSUPPORTED | {"quote": ""}, "entry without a quote"),
    ],
)
def test_entry_that_cannot_be_attributed_is_left_out_and_said_to_be(entry, why):
    found = read(entry, WARNING)

    assert [one.id for one in found.findings] == ["answer-check-2"]
    assert found.note == f"Left out: 1 {why}."
    with pytest.raises(BadReply, match=why):
        read(entry)


@pytest.mark.parametrize(
    "raw",
    [
        f"Here is what I found:\n```json\n{json.dumps({'findings': [WARNING]})}\n```",
        f"<think>A draft: {{}}</think>{json.dumps({'findings': [WARNING]})}",
        json.dumps({"findings": [WARNING | {"severity": 3}], "note": "fine"}),
        json.dumps({"Findings": [WARNING | {"fault": "Drops warning"}]}),
    ],
)
def test_form_is_mended_and_said_to_be(raw):
    found = read(raw=raw)

    assert [one.fault for one in found.findings] == [CheckFault.DROPS_WARNING]
    assert (found.status, found.note) == (AnalysisStatus.REPAIRED, MENDED)


def test_reply_that_was_cut_off_keeps_what_came_and_says_so():
    whole = json.dumps({"findings": [WARNING, UNSUPPORTED]})

    found = read(raw=whole[: whole.index("a bus goes")], finish_reason=FinishReason.LENGTH)

    assert [one.fault for one in found.findings] == [CheckFault.DROPS_WARNING]
    assert CUT_OFF in found.note


@pytest.mark.parametrize(
    "raw",
    ["", "All is well.", "{}", '{"findings": "none"}', '{"findings": [', "<think>It may", '{"contradictions": []}'],
)
def test_reply_without_a_list_of_findings_is_unreadable(raw):
    with pytest.raises(BadReply):
        read(raw=raw)


def test_schema_is_strict_and_knows_these_letters():
    schema = check_schema(["A", "B"])

    assert is_strict(schema)
    assert schema["properties"]["findings"]["items"]["properties"]["answer"]["enum"] == ["A", "B", ""]
