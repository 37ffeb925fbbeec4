"""Marks of sources in a judge's words: what it says is looked for in the run's copies, as the panel's citations are."""

from collections import Counter

import pytest

from apps.fusion.citations import check_citations
from apps.fusion.judging import folding
from apps.fusion.judging.analysis import wire
from apps.fusion.judging.findings import Analysis, Assessment, BestAsIs, Evidence, Finding, SourceMark
from apps.fusion.source_marks import names_sources, with_source_marks
from apps.fusion.vocabulary import AnalysisStatus, FindingKind, QuoteState

SOURCES = {1: "Since 2022 the tower is exactly 330 metres tall.", 2: ""}
MANY = {number: f"Source {number} says nothing of it. " * 20 for number in range(1, 41)}


def analysis(text: str, stance: str = "", reason: str = "") -> Analysis:
    finding = Finding(
        id="k1", kind=FindingKind.CONTRADICTION, text=text, evidence=(Evidence(slot="A", stance=stance),)
    )  # fmt: skip
    marks = (Assessment(slot="A", criterion="right", score=3, reason=reason),)
    best = BestAsIs(slot="A", reason=reason)
    return Analysis(status=AnalysisStatus.OK, model="up/judge", findings=(finding,), assessments=marks, best_as_is=best)


def test_marks_of_sources_are_looked_for_in_all_words_of_the_judge() -> None:
    found = with_source_marks(
        analysis(
            "Its owner says 330 metres [1: 'exactly 330 metres tall'], or 312 [1: '312 metres tall'].",
            "the tower is exactly 330 metres tall [1]",
            "It says 324 metres [1]. Named alone [2]. A list [7].",
        ),
        SOURCES,
    )

    assert found.source_marks == (
        SourceMark(number=1, words="exactly 330 metres tall", state=QuoteState.VERIFIED),
        SourceMark(number=1, words="312 metres tall", state=QuoteState.UNVERIFIED),
        SourceMark(number=1, words="the tower is exactly 330 metres tall", state=QuoteState.VERIFIED),
        SourceMark(number=1, words="It says 324 metres", state=QuoteState.UNVERIFIED),
    )
    assert [one["state"] for one in wire(found)["source_marks"]] == ["verified", "unverified"] * 2


def test_words_without_marks_need_no_sources() -> None:
    assert not names_sources(analysis("The height is disputed."))
    assert names_sources(analysis("The height is disputed.", reason="As it says [1]."))


def test_marks_of_one_analysis_are_bounded() -> None:
    found = with_source_marks(analysis(" ".join(f"Point {at} [1]." for at in range(500)), "[1] " * 500), SOURCES)

    assert len(found.source_marks) == 60


@pytest.fixture
def folds(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """The times that each source is made searchable, which is what looking up costs."""
    counted: Counter[str] = Counter()

    def fold(text: str) -> folding.Folded:
        counted.update([text] if text in MANY.values() else [])
        return folding_of(text)

    folding_of = folding.fold
    folding.fold_answer.cache_clear()
    monkeypatch.setattr(folding, "fold", fold)
    return counted


def test_marks_that_come_again_are_looked_for_once_however_many_sources_they_name(folds: Counter[str]) -> None:
    text = " ".join(f'[{1 + at % 40}: "abc def zzz"]' for at in range(60))

    found = with_source_marks(analysis(text, text, text), MANY)

    assert len(found.source_marks) == 40
    assert max(folds.values()) == 1


def test_marks_of_many_sources_by_turns_make_each_searchable_once(folds: Counter[str]) -> None:
    text = " ".join(f'[{1 + at % 40}: "words number {at}"]' for at in range(60))

    cited = check_citations(text, MANY)
    found = with_source_marks(analysis(text), MANY)

    assert [(one.number, one.state) for one in cited] == [(one.number, one.state) for one in found.source_marks]
    assert len(cited) == 60
    assert max(folds.values()) <= 2  # once for each of the two
