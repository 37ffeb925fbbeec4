"""Two to four runs beside each other: deltas with signs, findings, texts by model, whose runs, and how many."""

from decimal import Decimal

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.catalogue.models import Preset
from apps.fusion.vocabulary import Role
from apps.runs.measuring.history import Texts
from apps.runs.models import Run
from apps.runs.reading.run_comparison import compare_runs
from tests.calls import change_output
from tests.factories import make_run, make_user
from tests.web.run_factories import ANSWERS, make_analysis, make_finished_run, make_live_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(alice: User, local: Preset) -> tuple[Run, Run]:
    """Two runs: the second is cheaper, has one finding less and one more, and only two columns."""
    first = make_finished_run(alice, prompt="How high is it?")
    second = make_finished_run(alice, {"A": ANSWERS["A"], "B": "It is red."}, prompt="How high is it now?")
    second.cost = Decimal("0.004")
    second.save()
    analysis = make_analysis(ANSWERS)
    stale, *kept = analysis.findings
    other = stale.model_copy(update={"id": "k9", "text": "Colour of the tower"})
    judge = second.calls.get(role=Role.JUDGE)
    change_output(judge, analysis=analysis.model_copy(update={"findings": (*kept, other)}))
    return first, second


def address(*runs: Run, **given: str) -> str:
    more = "".join(f"&{name}={value}" for name, value in given.items())
    return f"/compare/?runs={','.join(run.public_id for run in runs)}{more}"


def test_page_has_deltas_findings_and_texts(as_alice: Client, pair: tuple[Run, Run]) -> None:
    page = as_alice.get(address(*pair)).context["page"]

    base, other = page.sides
    assert (base.is_base, [delta for _, _, delta, _ in base.figures]) == (True, ["", "", ""])
    assert other.figures[1] == ("Cost", "$0.0040", "−$0.0065", "better")  # noqa: RUF001
    assert [(title, [text for _, text in found]) for _, title, found in other.told_findings][:2] == [
        ("gone", ["Height of the tower"]),
        ("new", ["Colour of the tower"]),
    ]
    assert len(other.findings.stayed) == 4
    assert other.changes == ("prompt changed (+2 −1 words)", "column C removed: SmolLM2 135M")  # noqa: RUF001
    assert [row.title for row in page.rows] == [
        *("Prompt", "Answer", "SmolLM2 135M", "SmolLM2 135M (2)", "SmolLM2 135M (3)"),
    ]
    assert page.rows[-1].texts == (ANSWERS["C"], None)


def test_run_at_work_is_not_cheaper_by_what_it_has_not_cost_yet(as_alice: Client, alice: User, local: Preset) -> None:
    base, live = make_finished_run(alice), make_live_run(alice, {"A": ANSWERS["A"]}, cost=Decimal("0.001"))

    page = as_alice.get(address(base, live)).context["page"]

    assert page.sides[1].figures[1] == ("Cost", "unknown", "", "")


def test_any_run_is_the_baseline_and_what_is_the_same_is_left_out(as_alice: Client, pair: tuple[Run, Run]) -> None:
    first, second = pair

    page = as_alice.get(address(first, second, base=second.public_id, only="differences")).context["page"]

    assert [side.is_base for side in page.sides] == [False, True]
    assert page.sides[0].figures[1] == ("Cost", "$0.0105", "+$0.0065", "worse")
    assert "SmolLM2 135M" not in [row.title for row in page.rows]
    html = as_alice.get(address(first, second, only="differences")).content.decode()
    assert "1 gone" in html
    assert "stayed" not in html


def test_a_cost_that_is_partly_unknown_has_no_delta(as_alice: Client, alice: User, pair: tuple[Run, Run]) -> None:
    Run.objects.filter(pk=pair[1].pk).update(cost_is_complete=False)

    comparison = compare_runs(alice, [run.public_id for run in pair])

    cost = comparison.figures(comparison.runs[1])[1]
    assert (cost.name, cost.value, cost.delta, cost.is_better) == ("cost", None, None, None)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_other_numbers_of_runs_are_asked_for_in_words(as_alice: Client, alice: User, local: Preset, count: int) -> None:
    runs = [make_run(alice) for _ in range(count)]

    answer = as_alice.get(address(*runs, *runs))

    assert answer.status_code == 200
    sentence = "Choose 2 to 4 different runs to compare." if count else "Choose runs to compare"
    assert sentence in answer.content.decode()


def test_a_run_of_somebody_else_is_unknown(as_alice: Client, alice: User, local: Preset) -> None:
    own, foreign = make_run(alice), make_run(make_user("dave"))

    assert as_alice.get(address(own, foreign)).status_code == 404
    assert as_alice.get(f"/compare/?runs={own.public_id},nothing").status_code == 404
    wrong_base = as_alice.get(address(own, make_run(alice), base=foreign.public_id))
    assert "The baseline is one of the runs" in wrong_base.content.decode()


def test_page_of_four_long_runs_is_light(as_alice: Client, alice: User, local: Preset) -> None:
    texts = Texts.of(3)
    runs = [
        make_finished_run(alice, {slot: texts.text(2_000) for slot in "ABCDEFGH"}, prompt=texts.text(600))
        for _ in range(4)
    ]

    page = as_alice.get(address(*runs), headers={"Accept-Encoding": "gzip"})

    assert (page.status_code, page.headers["Content-Encoding"]) == (200, "gzip")
    assert len(page.content) < 150_000
