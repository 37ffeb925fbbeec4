"""A reply that broke off, holds drafts, or says more than can be read is named as such, and never shown as whole."""

import json

import pytest

from apps.fusion.judging.analysis import BottomLine, wire
from apps.fusion.judging.findings import Evidence
from apps.fusion.judging.reply import CUT, LONG, NO_CONTRADICTIONS, BadReply, parse_reply
from apps.fusion.vocabulary import AnalysisStatus, FindingKind, FinishReason

ANSWERS = {"A": "It is a lake. It is 40 m deep.", "B": "It is a lake, 45 m deep.", "C": "A lake: it is 40 m deep."}
LETTERS = {"A": "A", "B": "B", "C": "C"}
SUPPORT = [{"answer": letter, "quote": ""} for letter in "ABC"]
REPLY = {
    "consensus": [{"point": "It is a lake", "support": SUPPORT}],
    "contradictions": [
        {
            "topic": "Depth",
            "stances": [
                {"stance": "40 m", "support": [SUPPORT[0], SUPPORT[2]]},
                {"stance": "45 m", "support": [{"answer": "B", "quote": "45 m deep"}]},
            ],
        }
    ],
    "partial_coverage": [],
    "unique_insights": [{"answer": "C", "insight": "It is a plain lake", "quote": "A lake"}],
    "blind_spots": ["Nothing on its area"],
    "bottom_lines": [
        {"answer": "A", "bottom_line": "40 m", "quote": "40 m deep"},
        {"answer": "B", "bottom_line": "45 m", "quote": "45 m deep"},
        {"answer": "C", "bottom_line": "40 m", "quote": ""},
    ],
}
RAW = json.dumps(REPLY)
DRAFT = json.dumps({**REPLY, "consensus": [{"point": "DRAFT", "support": SUPPORT}]})
EMPTY = {name: [] for name in ("consensus", "contradictions", "partial_coverage", "unique_insights", "blind_spots")}


def parse(reply, finish_reason=FinishReason.UNKNOWN, **given):
    raw = reply if isinstance(reply, str) else json.dumps(reply)
    return parse_reply(raw, ANSWERS, LETTERS, "maker/judge", finish_reason, **given)


def texts(analysis):
    return [finding.text for finding in analysis.findings]


@pytest.mark.parametrize(
    "before", ["", "Here is the analysis:\n```json\n", f"<think>{DRAFT}</think>", f"{DRAFT}\nFinal: "]
)
@pytest.mark.parametrize("raw", [RAW, json.dumps(REPLY, indent=2), json.dumps({"result": {"analysis": REPLY}})])
@pytest.mark.parametrize("finish_reason", [FinishReason.UNKNOWN, FinishReason.LENGTH])
def test_reply_cut_anywhere_says_so_and_has_no_figure(raw, before, finish_reason):
    said = []
    for length in range(1, len(raw) - 1, 7):
        try:
            analysis = parse(before + raw[:length], finish_reason)
        except BadReply as error:
            said.append(str(error))
            continue
        said.append(analysis.note)
        assert analysis.status is AnalysisStatus.REPAIRED
        assert (analysis.agreement.score, analysis.agreement.items) == (None, 0)
        assert "DRAFT" not in texts(analysis)
    assert [note for note in said if "cut off" not in note] == []


@pytest.mark.parametrize(
    "raw",
    [
        "\n".join(json.dumps({name: items}) for name, items in REPLY.items())[:-40],
        json.dumps([{name: items} for name, items in REPLY.items()])[:-1],
        json.dumps(RAW)[:-60],
        json.dumps({"name": "reply", "arguments": RAW})[:-60],
        json.dumps({"name": "reply", "arguments": RAW[:-60]}),
    ],
)
def test_cut_replies_in_other_forms_say_so(raw):
    analysis = parse(raw)

    assert CUT in analysis.note
    assert analysis.agreement.score is None
    assert "It is a lake" in texts(analysis)


def test_whole_reply_at_the_length_limit_keeps_its_figure_and_says_so():
    analysis = parse(RAW, FinishReason.LENGTH)

    assert (analysis.status, analysis.note) == (AnalysisStatus.REPAIRED, LONG)
    assert analysis.agreement == parse(RAW).agreement


def test_brace_in_prose_after_a_reply_does_not_cut_it():
    assert CUT not in parse(f"{RAW}\nI hope this helps {{you").note


def test_reply_without_contradictions_has_no_figure():
    analysis = parse({name: items for name, items in REPLY.items() if name != "contradictions"})

    assert NO_CONTRADICTIONS in analysis.note
    assert analysis.agreement.score is None


@pytest.mark.parametrize(
    "before",
    [
        f"<think>{DRAFT}</think>",
        f"<thinking>\n{DRAFT}\n</thinking>\n",
        f"{DRAFT}</think>\n\n```json\n",
        f"[THINK]{DRAFT}[/THINK]",
        f"◁think▷{DRAFT}◁/think▷",
        f"<|channel|>analysis<|message|>{DRAFT}<|end|><|start|>assistant<|channel|>final<|message|>",
        f"Let me think.\n<reasoning>one {DRAFT}</reasoning><reasoning>two {DRAFT}</reasoning>",
        f"First draft: {DRAFT}\n\nFinal:\n",
    ],
)
def test_drafts_before_a_reply_are_no_part_of_it(before):
    assert parse(before + RAW).findings == parse(RAW).findings


def test_thoughts_without_a_reply_are_no_analysis():
    with pytest.raises(BadReply, match="cut off"):
        parse(f"<think>{DRAFT} and so")


def test_tag_in_a_quote_is_no_thought():
    reply = {**REPLY, "blind_spots": ["It ends <think> with </think> tags"]}

    assert texts(parse(f"Here: {json.dumps(reply)}"))[-1] == "It ends <think> with </think> tags"


FORM = json.dumps(
    {
        "bottom_lines": [{"answer": "A", "bottom_line": "...", "quote": "..."}],
        "consensus": [{"point": "...", "support": [{"answer": "A", "quote": "..."}]}],
        "contradictions": [
            {"topic": "...", "stances": [{"stance": "...", "support": [{"answer": "A", "quote": "..."}]}]}
        ],
        "partial_coverage": [],
        "unique_insights": [{"answer": "B", "insight": "<insight>", "quote": "…"}],
        "blind_spots": ["..."],
        "assessments": [{"answer": "A", "criterion": "...", "score": 3, "reason": "...", "quote": "..."}],
    }
)


@pytest.mark.parametrize("raw", [FORM, f"```json\n{FORM}\n```", f"{FORM}\n{FORM}"])
def test_form_with_nothing_filled_in_is_no_analysis(raw):
    with pytest.raises(BadReply, match="the form that was asked for"):
        parse(raw)


@pytest.mark.parametrize("raw", [FORM + RAW, f"{RAW}\n\nThe form was:\n{FORM}"])
def test_form_beside_a_reply_does_not_stand_for_it(raw):
    assert parse(raw).findings == parse(RAW).findings


def test_surrogate_pairs_survive_a_fence():
    raw = f"```json\n{json.dumps({**EMPTY, 'blind_spots': ['Use 🎉 here']})}\n```"

    assert "\\ud83c" in raw
    assert texts(parse(raw)) == ["Use 🎉 here"]


def test_half_of_a_surrogate_pair_is_replaced():
    raw = "```json\n" + json.dumps(EMPTY).replace('"blind_spots": []', r'"blind_spots": ["Use \ud83c here"]') + "\n```"

    assert texts(parse(raw)) == ["Use \N{REPLACEMENT CHARACTER} here"]


@pytest.mark.parametrize(
    "entry",
    [
        {"point": "It is a lake", "supporting_answers": ["A", "B"]},
        {"point": "It is a lake", "answers_that_agree": "A and B"},
        {"point": "It is a lake", "heldBy": ["Answer A", "Answer B"]},
        {"point": "It is a lake", "who": "A, B"},
        {"key_point": "It is a lake", "letters": ["A", "B"]},
        {"Punkt": "It is a lake", "Antworten": ["A", "B"]},
        {"point": "It is a lake", "not_supported_by": ["C"], "xyz": ["A", "B"]},
        {"remark": "It is a lake", "support": ["1", "2"]},
        "It is a lake (A, B)",
        "A, B: It is a lake",
    ],
)
def test_points_under_other_keys_keep_who_holds_them(entry):
    analysis = parse({**EMPTY, "partial_coverage": [entry]})

    [finding] = analysis.findings
    assert (finding.text.partition(" (")[0], [one.slot for one in finding.evidence]) == ("It is a lake", ["A", "B"])


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("consensus", "points_of_agreement"),
        ("consensus", "Common ground shared"),
        ("consensus", "Übereinstimmungen"),
        ("contradictions", "points_of_contradiction"),
        ("contradictions", "conflictingClaims"),
        ("contradictions", "Widersprüche"),
        ("blind_spots", "missing_aspects"),
        ("unique_insights", "insights_of_one"),
    ],
)
def test_lists_under_other_names_are_read(name, key):
    reply = {(key if one == name else one): items for one, items in REPLY.items()}

    assert parse(reply).findings == parse(REPLY).findings


@pytest.mark.parametrize(
    "reply",
    [
        {**REPLY, "consensus": {"It is a lake": ["A", "B", "C"]}},
        {**REPLY, "contradictions": {"Depth": {"A": "40 m", "C": "40 m", "B": "45 m"}}},
        {**REPLY, "bottom_lines": {"A": "40 m", "B": "45 m", "C": "40 m"}},
        {**REPLY, "unique_insights": {"C": ["It is a plain lake"]}},
    ],
)
def test_lists_given_as_maps_are_read(reply):
    assert texts(parse(reply)) == texts(parse(REPLY))
    assert [(line.slots, line.text) for line in parse(reply).bottom_lines] == [(("A", "C"), "40 m"), (("B",), "45 m")]


def test_numbers_stand_for_letters():
    raw = RAW
    for number, letter in enumerate("ABC", start=1):
        raw = raw.replace(f'"answer": "{letter}"', f'"answer": "Answer {number}"')

    assert parse(raw).findings == parse(RAW).findings


def test_reply_about_answers_that_do_not_exist_is_asked_for_again():
    raw = RAW.replace('"answer": "A"', '"answer": "X"').replace('"answer": "B"', '"answer": "Y"')

    with pytest.raises(BadReply, match=r"do not exist.*The answers are called A, B, C"):
        parse(raw)
    assert "mentions of answers that do not exist" in parse(raw, accepts_little=True).note


def test_reply_of_which_most_cannot_be_placed_is_asked_for_again():
    odd = [{"aaa": f"text number {n}", "bbb": f"and a reason {n}"} for n in range(6)]
    reply = {**EMPTY, "blind_spots": ["size"], "partial_coverage": odd}

    with pytest.raises(BadReply, match="Most of the judge's reply cannot be used"):
        parse(reply)
    assert "Left out: 12 texts that could not be placed" in parse(reply, accepts_little=True).note


@pytest.mark.parametrize(
    ("reply", "note"),
    [
        ({**REPLY, "overall": {"winner": "Answer B is clearly best"}}, "1 text that could not be placed"),
        ({"name": "reply", "lost": "It is cold", "arguments": REPLY}, "1 text that could not be placed"),
        ({**REPLY, "partial_coverage": [{"point": "", "support": SUPPORT}]}, "1 point without words"),
        ({**REPLY, "partial_coverage": [{"point": "It is cold", "support": []}]}, "1 point that no answer holds"),
        (
            {**REPLY, "assessments": [{"answer": "A", "criterion": "c", "score": 9, "reason": "", "quote": ""}]},
            "1 assessment without a score from 1 to 5",
        ),
    ],
)
def test_lost_content_is_named(reply, note):
    assert note in parse(reply).note


def test_bottom_lines_are_grouped_by_what_they_say():
    analysis = parse(REPLY)

    assert analysis.status is AnalysisStatus.OK
    assert analysis.bottom_lines == (
        BottomLine(
            text="40 m",
            evidence=(Evidence(slot="A", quote="40 m deep", verified=True, span=(20, 29)), Evidence(slot="C")),
        ),
        BottomLine(
            text="45 m",
            evidence=(Evidence(slot="B", quote="45 m deep", verified=True, span=(14, 23)),),
        ),
    )
    assert wire(analysis)["bottom_lines"][1]["slots"] == ["B"]
    assert FindingKind.CONTRADICTION in {finding.kind for finding in analysis.findings}
