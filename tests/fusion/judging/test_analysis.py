"""A judge's reply is read strictly, then leniently, and never fails but with a sentence."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fusion.judging.analysis import Assessment, BadReply, Evidence, Outlier, judge_schema, parse_reply, wire
from apps.fusion.judging.lenient_json import objects
from apps.fusion.vocabulary import AnalysisStatus, FindingKind

ANSWERS = {
    "A": "The tower is 324 m tall. It was opened in 1889.",
    "B": "The tower is 300 m tall. It opened in 1889.",
    "C": "At 324 m the tower dominates Paris. It opened in 1889.",
}
LETTERS = {"A": "C", "B": "A", "C": "B"}
"""The judge's letters and their slots: its A is slot C, and so on."""

REPLY = {
    "consensus": [
        {
            "point": "It opened in 1889.",
            "support": [
                {"answer": "A", "quote": "It opened in 1889"},
                {"answer": "B", "quote": "opened in 1889"},
                {"answer": "C", "quote": "It opened in 1899"},
            ],
        }
    ],
    "contradictions": [
        {
            "topic": "Height",
            "stances": [
                {"stance": "324 m", "support": [{"answer": "A", "quote": "At 324 m"}, {"answer": "B", "quote": ""}]},
                {"stance": "300 m", "support": [{"answer": "C", "quote": "300 m tall"}]},
            ],
        }
    ],
    "partial_coverage": [],
    "unique_insights": [{"answer": "A", "insight": "It dominates Paris.", "quote": "dominates Paris"}],
    "blind_spots": ["Nothing on the weight."],
    "assessments": [{"answer": "C", "criterion": "accuracy", "score": 2, "reason": "Height.", "quote": "300 m"}],
}


def parse(reply: object):
    raw = reply if isinstance(reply, str) else json.dumps(reply)
    return parse_reply(raw, ANSWERS, LETTERS, "maker/judge")


def test_parse_reply_reads_a_reply_as_asked_for():
    analysis = parse(REPLY)

    assert (analysis.status, analysis.note, analysis.model) == (AnalysisStatus.OK, "", "maker/judge")
    assert [finding.id for finding in analysis.findings] == [
        "consensus-1",
        "contradiction-1",
        "unique-insight-1",
        "blind-spot-1",
    ]
    assert analysis.findings[0].evidence == (
        Evidence(slot="C", quote="It opened in 1889", verified=True, span=(36, 53)),
        Evidence(slot="A", quote="opened in 1889", verified=True, span=(32, 46)),
        Evidence(slot="B", quote="It opened in 1899", verified=False, span=None),
    )
    assert analysis.assessments == (
        Assessment(
            slot="B", criterion="accuracy", score=2, reason="Height.", quote="300 m", verified=True, span=(13, 18)
        ),
    )
    assert analysis.outliers == (Outlier(finding="contradiction-1", slot="B"),)
    assert (analysis.agreement.score, analysis.agreement.items) == (pytest.approx((0.5 + 0.5 + 1) / 3), 2)
    assert analysis.letters == LETTERS


RAW = json.dumps(REPLY)
CAMEL = RAW.replace("unique_insights", "uniqueInsights").replace("blind_spots", "blindSpots")


@pytest.mark.parametrize(
    "raw",
    [
        f"Here is the analysis:\n```json\n{json.dumps(REPLY, indent=2)}\n```\nI hope this helps {{you}}.",
        CAMEL,
        RAW.replace("}]}", "},]},"),
        RAW.replace('"', "“", 0).replace("'", "’").replace('"topic"', "topic"),
        RAW.replace('"answer": "A"', '"answer": "Answer A"').replace('"answer": "B"', '"model": "model b"'),
        json.dumps({"analysis": REPLY}),
        RAW.replace('"score": 2', '"score": "2/5"'),
        '<think>{"consensus": []}</think>' + RAW,
    ],
)
def test_parse_reply_mends_what_means_the_same(raw):
    analysis = parse(raw)

    assert analysis.status is AnalysisStatus.REPAIRED
    assert analysis.note == "The reply's form was mended."
    assert (analysis.findings, analysis.assessments) == (parse(REPLY).findings, parse(REPLY).assessments)


def test_parse_reply_keeps_what_a_truncated_reply_said():
    analysis = parse(RAW[: RAW.index("300 m tall") + 5])

    assert [finding.id for finding in analysis.findings] == ["consensus-1", "contradiction-1"]
    assert analysis.findings[1].evidence[2].quote == "300 m"


def test_parse_reply_reads_the_short_form_of_the_field():
    analysis = parse(
        {
            "consensus": ["It is in Paris"],
            "contradictions": [
                {"topic": "Height", "stances": [{"model": "A", "stance": "324"}, {"model": "Model C", "stance": "300"}]}
            ],
            "partial_coverage": [{"models": ["a", "b"], "point": "Opened in 1889"}],
            "unique_insights": [{"model": "Answer B", "insight": "x"}],
            "blind_spots": "weight",
        }
    )

    assert [(f.kind, f.text, [e.slot for e in f.evidence]) for f in analysis.findings] == [
        (FindingKind.CONSENSUS, "It is in Paris", []),
        (FindingKind.CONTRADICTION, "Height", ["C", "B"]),
        (FindingKind.PARTIAL_COVERAGE, "Opened in 1889", ["C", "A"]),
        (FindingKind.UNIQUE_INSIGHT, "x", ["A"]),
        (FindingKind.BLIND_SPOT, "weight", []),
    ]


def test_parse_reply_drops_letters_that_do_not_exist_and_says_so():
    reply = {**REPLY, "unique_insights": [{"answer": "H", "insight": "x", "quote": ""}]}

    analysis = parse(reply)

    assert analysis.status is AnalysisStatus.OK
    assert analysis.note == "Left out: 1 mention of answers that do not exist."
    assert FindingKind.UNIQUE_INSIGHT not in {finding.kind for finding in analysis.findings}


@pytest.mark.parametrize(
    "raw, sentence",
    [
        ("", "The judge's reply is empty."),
        (" \n\t", "The judge's reply is empty."),
        ("All answers agree.", "The judge's reply has none of the lists that were asked for."),
        ("[1, 2, 3]", "The judge's reply has none of the lists that were asked for."),
        ("null", "The judge's reply has none of the lists that were asked for."),
        ('{"verdict": "A wins"}', "The judge's reply has none of the lists that were asked for."),
        ('{"consensus": [], "contradictions": []}', "Nothing in the judge's reply can be used."),
        (
            '{"unique_insights": [{"answer": "X", "insight": "i", "quote": ""}]}',
            "Nothing in the judge's reply can be used. Left out: 1 mention of answers that do not exist.",
        ),
    ],
)
def test_parse_reply_refuses_what_cannot_be_used(raw, sentence):
    with pytest.raises(BadReply) as caught:
        parse(raw)

    assert str(caught.value) == sentence


def test_parse_reply_caps_findings_and_says_so():
    points = [{"point": f"p{number}", "support": [{"answer": "A", "quote": ""}]} for number in range(2_000)]

    analysis = parse({**REPLY, "consensus": points})

    assert len([f for f in analysis.findings if f.kind is FindingKind.CONSENSUS]) == 50
    assert analysis.note == "Left out: 1950 consensus findings over the limit."


def test_parse_reply_counts_a_slot_once_per_finding():
    support = [{"answer": "A", "quote": "324 m"}, {"answer": "a", "quote": "1889"}, {"answer": "B", "quote": ""}]

    analysis = parse({**REPLY, "consensus": [{"point": "p", "support": support}]})

    assert [evidence.slot for evidence in analysis.findings[0].evidence] == ["C", "A"]
    assert analysis.note == "Left out: 1 second mention of an answer in a finding."


@pytest.mark.parametrize("score", [0, 6, -1, "NaN", "many", None, 3.5, [], True])
def test_parse_reply_drops_scores_out_of_range(score):
    assessment = {"answer": "A", "criterion": "accuracy", "score": score, "reason": "", "quote": ""}

    assert parse({**REPLY, "assessments": [assessment]}).assessments == ()


HOSTILE = [
    "[" * 200_000,
    '{"consensus":' * 50_000,
    '{"consensus":["' + 'a"b' * 100_000,
    '{"consensus":[{"point":"' + '{"a": "b"c"d' * 20_000,
    '{"consensus": [{"point": NaN, "support": 1e999}]}',
    '{"consensus": ["\\ud800 \\u0000 x"]}',
    "{" * 300_000,
    '"' * 300_000,
    "/*" * 150_000 + "{" + "/* " * 90_000,
]


@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
def test_parse_reply_survives_hostile_replies_in_little_time(raw):
    started = time.process_time()

    try:
        analysis = parse(raw)
    except BadReply:
        analysis = None

    assert time.process_time() - started < 3
    assert analysis is None or json.dumps(wire(analysis)).encode()


def test_parse_reply_reads_the_beginning_of_an_endless_reply():
    analysis = parse(RAW[:-1] + ', "padding": "' + "x" * 300_000)

    assert analysis.note == "Only the reply's first 200,000 characters were read."
    assert analysis.findings == parse(REPLY).findings


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from("ABCX"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["consensus", "contradictions", "stances", "support", "answer", "quote", "point", "score"])
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@given(st.text() | ANYTHING.map(json.dumps) | st.dictionaries(st.sampled_from(sorted(REPLY)), ANYTHING).map(json.dumps))
def test_parse_reply_raises_bad_reply_or_nothing(raw):
    try:
        analysis = parse(raw)
    except BadReply:
        return
    assert analysis.status in (AnalysisStatus.OK, AnalysisStatus.REPAIRED)
    assert "\0" not in json.dumps(wire(analysis), ensure_ascii=False)


@given(st.integers(0, len(RAW)))
def test_parse_reply_reads_any_beginning_of_a_reply(length):
    try:
        analysis = parse(RAW[:length])
    except BadReply:
        return
    assert {finding.kind for finding in analysis.findings} <= set(FindingKind)


@pytest.mark.parametrize(
    "text, expected",
    [
        ('{"a": 1, b: [1 2], }', [{"a": 1, "b": ["1 2"]}]),
        ("{'a': 'it\\'s'}", [{"a": "it's"}]),
        ("{“a”: “b”}", [{"a": "b"}]),
        ('{"a": "he said "no", then left"}', [{"a": 'he said "no", then left'}]),
        ('{"a": "x" "b": "y"}', [{"a": "x", "b": "y"}]),
        ('{"a": "two\nlines", // comment\n "b": true}', [{"a": "two\nlines", "b": True}]),
        ('{"a": ["b", {"c": "d', [{"a": ["b", {"c": "d"}]}]),
        ('first {} then {"a": null}', [{}, {"a": None}]),
    ],
)
def test_objects_reads_almost_json(text, expected):
    assert objects(text) == expected


@given(st.dictionaries(st.text(), ANYTHING, max_size=5))
def test_objects_terminates_on_any_text(value):
    assert isinstance(objects(json.dumps(value)), list)


def test_wire_has_the_form_of_the_documents():
    form = wire(parse(REPLY))

    assert list(form) == [
        "status", "model", "note", "bottom_lines", "consensus", "contradictions", "partial_coverage",
        "unique_insights", "blind_spots", "assessments", "outliers", "agreement", "coverage", "grounding",
        "best_as_is", "source_marks", "stability",
    ]  # fmt: skip
    assert form["contradictions"] == [
        {
            "id": "contradiction-1",
            "topic": "Height",
            "stances": [
                {
                    "stance": "324 m",
                    "slots": ["C", "A"],
                    "support": [
                        {"slot": "C", "quote": "At 324 m", "verified": True, "similar": False, "span": [0, 8]},
                        {"slot": "A", "quote": "", "verified": False, "similar": False, "span": None},
                    ],
                },
                {
                    "stance": "300 m",
                    "slots": ["B"],
                    "support": [
                        {"slot": "B", "quote": "300 m tall", "verified": True, "similar": False, "span": [13, 23]}
                    ],
                },
            ],
        }
    ]
    assert form["unique_insights"] == [
        {
            "id": "unique-insight-1",
            "insight": "It dominates Paris.",
            "slot": "C",
            "quote": "dominates Paris",
            "verified": True,
            "similar": False,
            "span": [19, 34],
        }
    ]
    assert form["grounding"] == {"verified": 5, "quotes": 6, "share": pytest.approx(5 / 6)}
    assert form["outliers"] == [{"finding": "contradiction-1", "slot": "B"}]


def test_judge_schema_is_strict_everywhere():
    def objects_in(schema):
        if isinstance(schema, dict):
            yield from [schema] if schema.get("type") == "object" else []
            for inner in schema.values():
                yield from objects_in(inner)

    schema = judge_schema(["A", "B"], ["accuracy"])

    assert sorted(schema["properties"]) == sorted([*REPLY, "bottom_lines", "best_as_is"])
    assert all(not one["additionalProperties"] for one in objects_in(schema))
    assert all(one["required"] == list(one["properties"]) for one in objects_in(schema))
