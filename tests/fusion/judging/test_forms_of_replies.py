"""Replies off the form that say everything: read without a second call, and without losing or bending a word."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fusion.judging.answer_names import is_name, named
from apps.fusion.judging.escapes import doubled, without_controls
from apps.fusion.judging.reply import NOTHING_FOUND, BadReply, parse_reply
from apps.fusion.vocabulary import AnalysisStatus, FindingKind

LATEX = r"The slope is $\frac{a}{b} \times \theta$, and \(\nabla f\) is \(\neq 0\) for \(\nu \to \rho\)."
ANSWERS = {"A": LATEX, "B": "It is 330 m tall.", "C": r"Write C:\new\table or \bword\b, it is 330 m tall."}
LETTERS = {letter: letter for letter in "ABC"}
LISTS = ("consensus", "contradictions", "partial_coverage", "unique_insights", "blind_spots")
EMPTY = {name: [] for name in LISTS}


def parse(reply, answers=ANSWERS):
    raw = reply if isinstance(reply, str) else json.dumps(reply)
    return parse_reply(raw, answers, {letter: letter for letter in answers}, "maker/judge")


def with_insight(insight, quote, answer="A"):
    """A reply whose backslashes are not doubled."""
    said = f'[{{"answer": "{answer}", "insight": "{insight}", "quote": "{quote}"}}]'
    return json.dumps(EMPTY).replace('"unique_insights": []', f'"unique_insights": {said}')


@pytest.mark.parametrize(
    ("answer", "quote"),
    [
        ("A", r"$\frac{a}{b} \times \theta$"),
        ("A", r"\(\nabla f\) is \(\neq 0\)"),
        ("A", r"\(\nu \to \rho\)"),
        ("C", r"C:\new\table"),
        ("C", r"\bword\b"),
    ],
)
def test_backslash_that_was_not_doubled_stays_one(answer, quote):
    analysis = parse(with_insight(r"uses \frac, \beta and \underline", quote, answer))

    [finding] = analysis.findings
    assert (finding.text, finding.evidence[0].quote) == (r"uses \frac, \beta and \underline", quote)
    assert finding.evidence[0].verified
    assert (analysis.status, analysis.note) == (AnalysisStatus.REPAIRED, "The reply's form was mended.")


@given(st.sampled_from(list(ANSWERS.values())), st.integers(0, 60), st.integers(1, 60))
def test_reply_with_doubled_backslashes_is_read_as_it_is(text, start, length):
    quote = text[start : start + length].strip(".… ") or "x"

    analysis = parse({**EMPTY, "unique_insights": [{"answer": "A", "insight": quote, "quote": ""}]})

    assert (analysis.status, analysis.findings[0].text) == (AnalysisStatus.OK, quote)


@pytest.mark.parametrize(
    "text",
    ["one\ntwo", "first\nu is short", "an\tan apple", "x\nit", 'caf\u00e9 "so"', "a\nnot b", "1\n2", "a/b \\\\ c"],
)
def test_wanted_escapes_stay(text):
    assert json.loads(doubled(json.dumps(text), ["plain"])) == text


COMMANDS = st.sampled_from(
    r"\frac \forall \beta \bar \binom \begin \nabla \neq \notin \newline \theta \times \text \tfrac \rho \right "
    r"\rangle \alpha \sum \int \upsilon \underline \( \) \[ \] \{ \, \%".split()
)


@given(st.lists(COMMANDS, min_size=1, max_size=6))
def test_no_command_becomes_a_control_character(commands):
    quote = " ".join(f"{command} {{x}}" for command in commands)

    [finding] = parse(with_insight("i", quote), {"A": "nothing of it", "B": "x"}).findings

    assert finding.evidence[0].quote == quote


@given(st.text())
def test_texts_of_an_analysis_have_no_control_characters(text):
    assert not [char for char in without_controls(text) if char < " " and char not in "\n\t"]


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("B", "B"), ("b", "B"), ("Answer B", "B"), ("model_b", "B"), ("B (the short one, unlike A)", "B"),
        ("A, C", "AC"), ("A and C", "AC"), ("A & C", "AC"), ("A/C", "AC"), ("a, c", "AC"), ("AC", "AC"),
        ("A; B; C", "ABC"), ("Answers A, B and C", "ABC"), ("Antworten A und C", "AC"), ("A e C", "AC"),
        ("A-C", "ABC"), ("A to C", "ABC"), ("all", "ABC"), ("All answers", "ABC"), ("alle", "ABC"),
        ("all three", "ABC"), ("All three answers", "ABC"), ("alle drei", "ABC"), ("each answer", "ABC"),
        ("les trois", ""), ("all four", ""), ("all 3", "ABC"), ("all three except B", "AC"),
        ("all but B", "AC"), ("everyone except A", "BC"), ("(A), (C)", "AC"), ("A (324 m), C (300 m)", "AC"),
        ("both A and B", "AB"), ("1", "A"), ("3", "C"), ("1, 3", "AC"), ("Answer 2", "B"), ("#1", "A"),
        ("answers 1 and 2", "AB"), ("H", "H"), ("A, A", "A"), ("none", ""), ("", ""), ("²", ""), ("the tallest", ""),
        ("0010", ""), ("0002", "B"), ("00", ""), ("1000", ""), ("9" * 200, ""), ("Answer 0010", ""), ("٢", "B"),
    ],
)  # fmt: skip
def test_named_finds_every_answer_that_is_meant(name, letters):
    assert "".join(named(name, "ABC")) == letters


@given(st.text() | st.text("0123456789²٢ ,-AB"), st.text("0123456789 ,-AB"))
def test_any_name_gives_letters_that_were_seen_or_one_capital(name, other):
    for text in (name, f"{other} {name}"):
        assert all(len(letter) == 1 or letter.isdecimal() for letter in named(text, "ABC"))
        assert is_name(text) in (True, False)


@given(st.lists(st.sampled_from("ABCDEFGH"), unique=True, min_size=1), st.sampled_from([", ", " and ", "/", "; ", ""]))
def test_named_reads_any_list_of_letters(letters, between):
    assert named(between.join(letters), "ABCDEFGH") == letters


def test_several_answers_in_one_string_all_count():
    reply = {
        **EMPTY,
        "consensus": [{"point": "tall", "support": "A, C"}],
        "unique_insights": [{"answer": "B and C", "insight": "330", "quote": "330 m tall"}],
    }

    analysis = parse(reply)

    [consensus, partial] = analysis.findings
    assert [one.slot for one in consensus.evidence] == ["A", "C"]
    assert (analysis.agreement.items, analysis.agreement.uncounted) == (0, 1)
    assert partial.kind is FindingKind.PARTIAL_COVERAGE
    assert [(one.slot, one.verified) for one in partial.evidence] == [("B", True), ("C", True)]


def test_quote_of_several_answers_belongs_to_those_that_have_it():
    support = [{"answer": "A, B", "quote": "330 m tall"}]

    [finding] = parse({**EMPTY, "consensus": [{"point": "tall", "support": support}]}).findings

    assert [(one.slot, one.quote, one.verified) for one in finding.evidence] == [
        ("A", "", False),
        ("B", "330 m tall", True),
    ]


REPLY = {
    "consensus": [{"point": "It is tall.", "support": [{"answer": "A", "quote": ""}, {"answer": "B", "quote": ""}]}],
    "contradictions": [
        {
            "topic": "Height",
            "stances": [
                {"stance": "330", "support": [{"answer": "A", "quote": ""}]},
                {"stance": "300", "support": [{"answer": "B", "quote": ""}]},
            ],
        }
    ],
    "partial_coverage": [],
    "unique_insights": [],
    "blind_spots": ["weight"],
}
SCHEMA = {"type": "object", "properties": {name: {"type": "array", "items": {"type": "object"}} for name in LISTS}}


def stances(value):
    return {**REPLY, "contradictions": [{"topic": "Height", "stances": value}]}


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps(json.dumps(REPLY)),
        json.dumps(json.dumps(json.dumps(REPLY))),
        json.dumps({"name": "submit_analysis", "arguments": json.dumps(REPLY)}),
        json.dumps({"tool_calls": [{"function": {"name": "reply", "arguments": json.dumps(REPLY)}}]}),
        f"<tool_call>{json.dumps({'name': 'reply', 'arguments': REPLY})}</tool_call>",
        json.dumps({**SCHEMA, **REPLY}),
        json.dumps({**REPLY, **SCHEMA}),
        json.dumps(SCHEMA) + "\n" + json.dumps(REPLY),
        json.dumps(REPLY) + "\n" + json.dumps(SCHEMA),
        json.dumps({"type": "object", "properties": REPLY}),
        json.dumps({"properties": {name: {"type": "array", "items": items} for name, items in REPLY.items()}}),
        "\n".join(json.dumps({name: items}) for name, items in REPLY.items()),
        json.dumps([{name: items} for name, items in REPLY.items()]),
        json.dumps({"consensus": REPLY["consensus"]}) + json.dumps({name: REPLY[name] for name in LISTS[1:]}),
        "\n".join(
            json.dumps({"type": kind, **item})
            for kind, item in [
                ("consensus", REPLY["consensus"][0]),
                ("contradiction", REPLY["contradictions"][0]),
                ("blind spot", {"text": "weight"}),
            ]
        ),
        json.dumps(stances({"A": "330", "B": "300"})),
        json.dumps(stances({"Answer A": {"stance": "330"}, "Answer B": {"view": "300"}})),
        json.dumps(stances({"330": ["A"], "300": "B"})),
        json.dumps(stances([{"A": "330"}, {"B": "300"}])),
        json.dumps(stances(["A: 330", "Answer B: 300"])),
        json.dumps({**REPLY, "contradictions": [{"topic": "Height", "A": "330", "B": "300"}]}),
        json.dumps(REPLY).replace('"answer": "A"', '"answer": "1"').replace('"answer": "B"', '"answer": 2'),
    ],
)  # fmt: skip
def test_reply_in_another_form_says_the_same(raw):
    assert parse(raw).findings == parse(REPLY).findings


@pytest.mark.parametrize(
    "wrapper",
    [
        {"name": "submit_analysis", "arguments": json.dumps(REPLY)},
        {"type": "function", "tool_calls": [{"function": {"name": "submit", "arguments": json.dumps(REPLY)}}]},
    ],
)
def test_name_of_a_wrapper_is_no_lost_text(wrapper):
    assert parse(json.dumps(wrapper)).note == "The reply's form was mended."


@pytest.mark.parametrize("raw", [json.dumps(EMPTY), json.dumps({**EMPTY, "assessments": []})])
def test_empty_lists_are_a_good_answer(raw):
    analysis = parse(raw)

    assert (analysis.status, analysis.findings, analysis.note) == (AnalysisStatus.OK, (), NOTHING_FOUND)
    assert (analysis.agreement.score, analysis.agreement.items) == (None, 0)


def test_empty_lists_in_a_wrapper_are_a_good_answer_too():
    analysis = parse(f"Here:\n```json\n{json.dumps(EMPTY)}\n```")

    assert (analysis.status, analysis.note) == (
        AnalysisStatus.REPAIRED,
        f"The reply's form was mended. {NOTHING_FOUND}",
    )


@pytest.mark.parametrize(
    "reply",
    [
        json.dumps(SCHEMA),
        {**EMPTY, "unique_insights": [{"answer": "H", "insight": "x", "quote": ""}]},
        {"consensus": []},
        {**EMPTY, "consensus": [{"point": "...", "support": [{"answer": "A", "quote": "..."}]}]},
    ],
)
def test_what_says_nothing_is_no_analysis(reply):
    with pytest.raises(BadReply):
        parse(reply)


OTHER_KEYS = {
    "de": {
        "widersprüche": [
            {
                "thema": "Höhe",
                "positionen": [
                    {"position": "330 m", "antworten": ["B"]},
                    {"position": "300 m", "antworten": ["C"]},
                ],
            }
        ]
    },
    "de, by strangers": {
        "streitpunkte": [
            {
                "worum": "Höhe",
                "lager": [
                    {"meinung": "330 m", "vertreten_durch": ["B"]},
                    {"meinung": "300 m", "vertreten_durch": ["C"]},
                ],
            }
        ]
    },
    "fr": {
        "désaccords": [
            {
                "sujet": "Höhe",
                "avis": [
                    {"avis": "330 m", "tenants": [{"réponse": "B", "extrait": "330 m tall"}]},
                    {"avis": "300 m", "tenants": [{"réponse": "C", "extrait": ""}]},
                ],
            }
        ]
    },
    "fr, in objects": {
        "oppositions": [
            {
                "à_propos": "Höhe",
                "camps": [
                    {"dit": "330 m", "par": [{"lettre": "B", "extrait": "330 m tall"}]},
                    {"dit": "300 m", "par": [{"lettre": "C", "extrait": ""}]},
                ],
            }
        ]
    },
    "es": {
        "contradicciones": [{"tema": "Höhe", "puntos_de_vista": ["B: 330 m", "C: 300 m"]}],
    },
    "es, a letter": {
        "choques": [
            {"asunto": "Höhe", "bandos": [{"dice": "330 m", "quién": "B"}, {"dice": "300 m", "quién": "C"}]}
        ],
    },
}  # fmt: skip


@pytest.mark.parametrize("reply", OTHER_KEYS.values(), ids=OTHER_KEYS)
def test_contradiction_under_other_names_is_read(reply):
    analysis = parse({**{name: [] for name in LISTS if name != "contradictions"}, **reply})

    [finding] = analysis.findings
    assert (finding.kind, finding.text) == (FindingKind.CONTRADICTION, "Höhe")
    assert [(one.slot, one.stance) for one in finding.evidence] == [("B", "330 m"), ("C", "300 m")]
    assert analysis.status is AnalysisStatus.REPAIRED
    assert "Left out" not in analysis.note


@pytest.mark.parametrize("key", ["gemeinsames", "points_communs", "lo_mismo"])
def test_list_under_a_name_that_tells_nothing_is_named(key):
    point = {"point": "It is tall.", "support": [{"answer": "B", "quote": "330 m tall"}]}
    analysis = parse({**EMPTY, "unique_insights": [{"answer": "B", "insight": "a b c", "quote": ""}] * 4, key: [point]})

    assert analysis.status is AnalysisStatus.REPAIRED
    assert "texts that could not be placed" in analysis.note


@pytest.mark.parametrize(
    "support",
    [
        {"antworten": ["A: 330 m tall", "B: very tall indeed"]},
        {"wer": ["A: 330 m tall", "B: very tall indeed"]},
        {"support": [{"answer": "A", "quote": "330 m tall"}, {"answer": "B", "quote": "very tall indeed"}]},
        {"wer": [{"lettre": "A", "extrait": "330 m tall"}, {"lettre": "B", "extrait": "very tall indeed"}]},
        {"wer": [{"lettre": "A", "worte": "330 m tall"}, {"lettre": "B", "worte": "very tall indeed"}]},
        {"punkt": None, "inhalt": "It is tall.", "wer": [{"a": "A", "b": "330 m tall"}, {"a": "B", "b": "very tall"}]},
    ],
)
def test_agreement_under_a_name_that_tells_nothing_is_no_contradiction(support):
    reply = {
        **{name: [] for name in LISTS if name != "contradictions"},
        "unique_insights": [{"answer": "B", "insight": "a b c", "quote": ""}] * 4,
        "gemeinsames": [{"punkt": "It is tall", **support}],
    }

    analysis = parse(reply)

    assert FindingKind.CONTRADICTION not in {finding.kind for finding in analysis.findings}
    assert "texts that could not be placed" in analysis.note


def test_sides_of_a_contradiction_may_stand_as_its_answers():
    entry = {"thema": "Höhe", "antworten": ["B: 330 m", "C: 300 m"]}

    [finding] = parse({**EMPTY, "contradictions": [entry]}).findings

    assert [(one.slot, one.stance) for one in finding.evidence] == [("B", "330 m"), ("C", "300 m")]
