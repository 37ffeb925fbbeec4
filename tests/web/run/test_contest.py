"""Best of on its pages: chosen in the form, kept by presets, its stages on the rail and its pairs on the page."""

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.catalogue.models import Preset
from apps.fusion.opinions import Opinion
from apps.fusion.values import PlainSettings
from apps.fusion.vocabulary import AnswerKind, Role, Status, StrategyName
from apps.runs.models import Run
from apps.runs.reading.export import export_markdown
from apps.runs.reading.snapshot import take_snapshot
from tests.calls import change_output
from tests.factories import GEMMA, SMOL, make_hosted_models, make_recipe, make_run
from tests.web.compose.test_home import HOME, facts, form, preset_form
from tests.web.run.test_page import page_of, words_of
from tests.web.run_factories import make_call, make_live_call

pytestmark = pytest.mark.usefixtures("local", "valkey_url")

THREE = {"model": [SMOL, GEMMA, SMOL], "temperature": ["", "", ""], "kept": ["", "", ""]}


@pytest.fixture
def panel(alice: User) -> Run:
    """A run whose three answers are there."""
    own = PlainSettings(strategy=StrategyName.BEST_OF, judge=GEMMA, writer=SMOL)
    recipe = make_recipe(SMOL, GEMMA, SMOL).model_copy(update={"settings": own, "seed": 0})
    run = make_run(alice, recipe=recipe)
    for slot, text in (("A", "It is tall."), ("B", "It is 330 m tall."), ("C", "Tall it is.")):
        make_call(run, slot=slot, stage="panel", text=text)
    return run


def compare(run: Run, take: int, first: str, second: str, better: str, **values: object) -> None:
    keys = {call.slot: call.pk for call in run.calls.filter(role=Role.PANEL)}
    others = tuple(key for slot, key in keys.items() if slot not in (first, second))
    inputs = (keys[first], keys[second], *others)
    call = make_call(run, Role.COMPARISON, stage="comparison", take=take, model=GEMMA, inputs=inputs, **values)
    if better:
        change_output(call, verdict=Opinion(better=keys[better]))


def end(run: Run, best: str) -> None:
    run.answer_call, run.answer_kind = run.calls.get(slot=best), AnswerKind.BEST
    run.save()


def stops(run: Run) -> list[tuple[str, str, str]]:
    return [(stop.name, stop.dot, stop.text) for stop in page_of(run).rail]


def test_page_of_a_contest_shows_both_replies_of_each_pair(as_alice: Client, panel: Run) -> None:
    for take, (first, second, better) in enumerate(
        [("A", "B", "B"), ("B", "A", "B"), ("B", "C", "B"), ("C", "B", "C")]
    ):
        compare(panel, take + 1, first, second, better)
    end(panel, "B")

    words, page = words_of(as_alice.get(panel.get_absolute_url())), page_of(panel)

    assert stops(panel) == [("Panel", "done", "3 of 3"), ("Comparison", "done", "4 of 4"), ("Answer", "done", "")]
    assert (page.headline, page.headline_dot, page.run.notices) == ("B is the best of 3", "done", ())
    assert "B was preferred in both orders in 1 pair. How often that is right was not measured." in words
    assert "answer B as it is, the best in comparisons" in words
    ended = "All pairs were compared, and B held its place to the end. One model compared 2 pairs in both orders and "
    ended += "preferred this answer in 1. That is a preference, and no chance to be right."
    assert ended in words
    assert ended in export_markdown(take_snapshot(panel))
    assert [(row.preferred, row.winner, row.word) for row in page.refining.contest.rows] == [
        (("B", "B"), "B", "preferred in both orders"),
        (("B", "C"), "", "tie: the preference changed with the order"),
    ]
    assert "- A and B: B in both orders\n- B and C: tie" in export_markdown(take_snapshot(panel))


def test_page_of_a_contest_that_decided_nothing_says_so(as_alice: Client, panel: Run) -> None:
    for take, (first, second) in enumerate([("A", "B"), ("B", "A"), ("A", "C"), ("C", "A")]):
        compare(panel, take + 1, first, second, "" if take else first)
    end(panel, "A")

    words = words_of(as_alice.get(panel.get_absolute_url()))

    assert "Comparisons undecided" in words
    assert "No comparison could be read. A is shown because it was drawn first." in words


def test_page_while_answers_are_compared(panel: Run) -> None:
    panel.status, panel.ended_at = Status.RUNNING, None
    panel.save()
    compare(panel, 1, "A", "B", "B")
    make_live_call(panel, role=Role.COMPARISON, stage="comparison", take=2, inputs=panel.calls.last().inputs)

    page = page_of(panel)

    assert stops(panel)[1] == ("Comparison", "live", "1 of 2")
    assert (page.headline, page.can_fuse_now) == ("Comparing the answers", False)
    assert page.refining.contest.count == "being compared"


def test_form_offers_it_with_its_calls_and_presets_keep_it(as_alice: Client) -> None:
    make_hosted_models()
    names = ["router/anvil-1", "router/birch-1", "router/cedar-1"]
    hosted = THREE | {"model": names, "judge": "router/anvil-1", "writer": "router/birch-1"}

    told = facts(as_alice.post("/estimate/", form(**hosted, strategy="best_of")))
    as_alice.post("/presets/new/", form(**THREE, name="Letters", strategy="best_of"))
    preset = Preset.objects.get(name="Letters")
    as_alice.post(HOME, preset_form(preset, strategy="best_of"))

    run = Run.objects.get()
    assert told.startswith("7 calls, about $")
    assert (preset.strategy, run.preset, run.recipe.strategy) == ("best_of", preset.slug, "best_of")
