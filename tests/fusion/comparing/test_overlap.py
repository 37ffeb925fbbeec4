"""The built-in analysis finds what answers share and where they differ, and quotes exactly."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fusion.comparing.overlap import closest, degraded, overlap
from apps.fusion.vocabulary import AnalysisStatus, FindingKind

BOUND_S = 4
"""Seconds of CPU on a busy machine; an idle one takes a quarter."""

TOWER = {
    "A": "The Eiffel Tower is 324 meters tall. It was completed in 1889.",
    "B": "The height of the Eiffel Tower is 1,063 feet. The Eiffel Tower was completed in 1887.",
    "C": "The Eiffel Tower, located in Paris, is 300 meters tall. The tower was completed in 1889.",
}


def found(analysis, kind):
    return [
        (finding.text, {evidence.slot: evidence.stance for evidence in finding.evidence})
        for finding in analysis.findings
        if finding.kind is kind
    ]


def test_overlap_finds_contradictions_in_figures_across_units():
    analysis = overlap(TOWER)

    assert (analysis.status, analysis.model, analysis.note) == (
        AnalysisStatus.OK,
        "builtin/overlap",
        "word overlap, no model",
    )
    assert found(analysis, FindingKind.CONTRADICTION) == [
        ("The Eiffel Tower is … tall", {"A": "1,063 feet", "B": "1,063 feet", "C": "300 meters"}),
        ("The Eiffel Tower was completed in …", {"A": "1889", "B": "1887", "C": "1889"}),
    ]
    assert [(outlier.finding, outlier.slot) for outlier in analysis.outliers] == [
        ("contradiction-1", "C"),
        ("contradiction-2", "B"),
    ]
    assert analysis.agreement.score == pytest.approx((0.5 + 0.5 + 0) / 3)


def test_overlap_tells_consensus_partial_coverage_and_insights_apart():
    analysis = overlap(
        {
            "A": "Paris is the capital of France. The Louvre is the largest museum.",
            "B": "The capital of France is Paris. The largest museum is the Louvre.",
            "C": "France has Paris as its capital. Its metro carries millions of passengers daily.",
        }
    )

    assert found(analysis, FindingKind.CONSENSUS) == [("Paris is the capital of France.", {"A": "", "B": "", "C": ""})]
    assert found(analysis, FindingKind.PARTIAL_COVERAGE) == [
        ("The Louvre is the largest museum.", {"A": "", "B": ""}),
    ]
    assert found(analysis, FindingKind.UNIQUE_INSIGHT) == [
        ("Its metro carries millions of passengers daily.", {"C": ""}),
    ]


def test_overlap_finds_a_denial():
    analysis = overlap({"A": "Grapes are not toxic to dogs.", "B": "Grapes are toxic to dogs."})

    assert found(analysis, FindingKind.CONTRADICTION) == [
        ("Grapes are toxic to dogs.", {"A": "denies it", "B": "says so"}),
    ]


def test_overlap_does_not_take_a_shared_subject_for_consensus():
    analysis = overlap({"A": "The Eiffel Tower is beautiful.", "B": "The Eiffel Tower is crowded."})

    assert analysis.findings == ()


@pytest.mark.parametrize(
    "listed",
    [
        "Three rivers in Germany are:\n\n1. The Rhine (1,570 km)\n2. The Elbe\n3. The Weser",
        "Three rivers in Germany are: the Elbe, the Weser and the Rhine. The Rhine is 1,570 km long.",
    ],
)
def test_overlap_takes_no_introduction_of_a_list_for_a_claim(listed):
    analysis = overlap(
        {
            "A": "Three rivers in Germany are the Rhine, the Main and the Danube.",
            "B": listed,
            "C": "The Rhine River runs through Germany from the north to the south. It is 350 km long.",
        }
    )

    assert found(analysis, FindingKind.CONSENSUS) == []
    assert [stances for _, stances in found(analysis, FindingKind.CONTRADICTION)] == [{"B": "1,570 km", "C": "350 km"}]


def test_overlap_reads_sentences_that_state_several_things():
    analysis = overlap(
        {
            "A": "The Eiffel Tower, located in Paris, was completed in 1887 and stands at 330 meters (1,083 feet).",
            "B": "The Eiffel Tower was built in 1889 by Gustave Eiffel, an engineer. It is 300 m tall.",
        }
    )

    assert [list(stances.values()) for _, stances in found(analysis, FindingKind.CONTRADICTION)] == [
        ["1887", "1889"],
        ["330 meters", "300 m"],
    ]


def test_overlap_compares_bare_figures():
    analysis = overlap({"A": "1889.", "B": "It was 1887", "C": "The Eiffel Tower was completed in 1889."})

    assert found(analysis, FindingKind.CONTRADICTION) == [
        ("The Eiffel Tower was completed in …", {"A": "1889", "B": "1887", "C": "1889"}),
    ]


@pytest.mark.parametrize("answers", [{}, {"A": "Only one answer here."}, {"A": "", "B": "  \n"}, {"A": "?", "B": "😀"}])
def test_overlap_says_nothing_where_nothing_is_shared(answers):
    analysis = overlap(answers)

    assert (analysis.findings, analysis.agreement.score) == ((), None)


def test_degraded_says_why():
    analysis = degraded(overlap(TOWER), "The judge timed out.")

    said = "The judge timed out. Words were compared instead."
    assert (analysis.status, analysis.note) == (AnalysisStatus.DEGRADED, said)
    assert analysis.findings == overlap(TOWER).findings


@pytest.mark.parametrize("order", ["BCA", "CAB", "CBA"])
def test_overlap_does_not_depend_on_who_says_what(order):
    renamed = dict(zip(order, TOWER.values(), strict=True))

    analysis = overlap(renamed)

    assert analysis.agreement.score == pytest.approx(overlap(TOWER).agreement.score)
    assert sorted(finding.text for finding in analysis.findings) == sorted(f.text for f in overlap(TOWER).findings)


PIECES = "The tower|Es|is|not|324|m|1,063 ft|1889|tall.|nicht|👩\u200d👧|\u202e\u05e9\u05dc|\0|\n|-|**|中文。|„x“"
WORDS = st.sampled_from(PIECES.split("|"))
TEXTS = st.text() | st.lists(WORDS, max_size=30).map(" ".join)


@given(st.dictionaries(st.sampled_from("ABCDEFGH"), TEXTS))
def test_overlap_quotes_exactly_whatever_the_text(answers):
    for finding in overlap(answers).findings:
        for evidence in finding.evidence:
            assert evidence.verified
            assert answers[evidence.slot][slice(*evidence.span)] == evidence.quote


def test_closest_is_the_answer_with_most_in_common():
    answers = {"A": "Bananas are yellow.", "B": "The tower is tall and old.", "C": "The old tower is in Paris."}

    assert closest(answers) == "B"


def test_closest_of_equals_is_the_first_letter():
    assert closest({"B": "Same words.", "A": "Same words."}) == "A"


def long_answer(seed: int) -> str:
    draw = random.Random(seed)
    vocabulary = ["".join(draw.choices("abcdefghijklmnop", k=draw.randint(3, 9))) for _ in range(600)]
    sentences = [
        f"{' '.join(draw.choices(vocabulary, k=draw.randint(6, 16)))} {draw.randint(1, 400)} km.".capitalize()
        for _ in range(250)
    ]
    return " ".join(sentences)[:20_000]


@pytest.mark.parametrize(
    "text_of",
    [long_answer, lambda _: long_answer(1), lambda _: "The tower is 324 m tall. " * 800, lambda _: "1,000 " * 3_300],
    ids=["different", "the same", "one sentence", "one line"],
)
def test_overlap_of_eight_long_answers_takes_seconds_at_most(text_of):
    answers = {slot: text_of(number) for number, slot in enumerate("ABCDEFGH")}
    started = time.process_time()

    analysis = overlap(answers)

    assert time.process_time() - started < BOUND_S
    assert analysis.note.startswith("word overlap, no model")


def test_marks_of_sources_are_no_words_and_stay_in_quotes():
    answers = {
        "A": "The Eiffel Tower is 324 m tall [1]. It was built in 1889 [2]. Final answer: B [1]",
        "B": "The Eiffel Tower is 330 m tall [2]. It was built in 1889[1]. Final answer: B [2]",
    }

    analysis = overlap(answers, {1, 2})

    texts = {finding.text for finding in analysis.findings}
    assert texts == {"Bottom line: B", "The Eiffel Tower is … tall", "It was built in 1889."}
    quotes = {one.quote for finding in analysis.findings for one in finding.evidence}
    assert {"The Eiffel Tower is 330 m tall [2].", "It was built in 1889[1]."} <= quotes
    assert all(one.quote in answers[one.slot] for finding in analysis.findings for one in finding.evidence)


@pytest.mark.parametrize(
    "piece", ["|", "-", ".", " ", "- ", "1.", "[", "$1", "Al ", "約束", "not ", "March 5 ", "\n", "`", "!)"]
)
def test_overlap_of_hostile_text_takes_little_time(piece):
    answers = dict.fromkeys("AB", (piece * 20000)[:20000])
    started = time.process_time()

    overlap(answers)

    assert time.process_time() - started < BOUND_S


@pytest.mark.parametrize(
    "texts",
    [
        ("Los niños corren más rápido que los adultos.", "Las niñas corren más rápido que los adultos."),
        ("Su hijo heredó la casa.", "Su hija heredó la casa."),
        ("Il premio è andato al ragazzo di Torino.", "Il premio è andato alla ragazza di Torino."),
        ("O tio herdou a casa antiga.", "A tia herdou a casa antiga."),
    ],
)
def test_persons_whose_words_differ_by_their_ending_are_not_the_same(texts):
    analysis = overlap(dict(zip("AB", texts, strict=True)))

    assert found(analysis, FindingKind.CONSENSUS) == []
