"""A cascade on its pages: chosen in the form with its expected cost, saved in presets, and shown stage by stage."""

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.catalogue.models import Preset
from apps.catalogue.recipes.calibrations import save_calibration
from apps.fusion.calibration import Calibration, MemberRecord, StageRecord
from apps.fusion.strategies.vote import ballot_of
from apps.fusion.values import CacheHit, CascadeSettings, SlotSpec
from apps.fusion.vocabulary import AnswerKind, Builtin, Status, StrategyName, VoteResult
from apps.fusion.weights import panel_fingerprint
from apps.runs.lifecycle.rows_to_events import load_state
from apps.runs.models import Run
from tests.factories import GEMMA, SMOL, make_hosted_models, make_recipe, make_run
from tests.web.compose.test_home import HOME, facts, form, preset_form, sentence_on
from tests.web.run.test_page import page_of, words_of
from tests.web.run_factories import make_call, make_live_call

pytestmark = pytest.mark.usefixtures("local", "valkey_url")

THREE = {"model": [SMOL, GEMMA, SMOL], "temperature": ["", "", ""], "kept": ["", "", ""]}
STAGES = (("A", "B"), ("C",))


def make_cascade(owner: User, **values: object) -> Run:
    own = CascadeSettings(judge=Builtin.OVERLAP, writer=SMOL, stages=STAGES)
    return make_run(owner, recipe=make_recipe(SMOL, GEMMA, SMOL).model_copy(update={"settings": own}), **values)


def end(run: Run, winner: str, kind: AnswerKind, result: VoteResult) -> Run:
    calls = {call.slot: call for call in run.calls.all()}
    ballot = ballot_of(load_state(run), [call.pk for call in calls.values()])
    run.ballot = ballot.model_copy(update={"result": result, "winner": winner})
    run.answer_call, run.answer_kind = calls[winner], kind
    run.save()
    return run


def stops(run: Run) -> list[tuple[str, str, str]]:
    return [(stop.name, stop.dot, stop.text) for stop in page_of(run).rail]


def test_form_makes_a_run_that_asks_the_last_model_later(as_alice: Client) -> None:
    as_alice.post(HOME, form(**THREE, strategy="cascade"))

    run = Run.objects.get()
    assert (run.recipe.strategy, run.recipe.settings.stages) == ("cascade", STAGES)
    assert [(call.slot, call.stage) for call in run.calls.order_by("slot")] == [("A", "panel"), ("B", "panel")]


def test_form_with_two_models_says_what_a_cascade_needs(as_alice: Client) -> None:
    response = as_alice.post(HOME, form(strategy="cascade"))

    assert sentence_on(response, "strategy").startswith("A cascade needs three models")
    assert (response.status_code, Run.objects.count()) == (400, 0)


@pytest.mark.parametrize(
    ("models", "sentence"),
    [
        # Two at $5 for a million output tokens before one at $15.
        (["birch-1", "birch-1", "anvil-1"], "escalated costs 97 % of what Anvil 1 alone costs."),
        (["anvil-1", "cedar-1", "birch-1"], "escalated costs more than Birch 1 alone: 5.7 times as much."),
    ],
)
def test_facts_hold_a_cascade_against_its_last_model_alone(as_alice: Client, models: list[str], sentence: str) -> None:
    make_hosted_models()
    names = [f"router/{name}" for name in models]
    panel = THREE | {"model": names, "judge": names[0], "writer": names[1]}

    told = facts(as_alice.post("/estimate/", form(**panel, strategy="cascade")))

    assert told.startswith("2 calls, 3 if they do not agree, about $")
    assert sentence in told


MEASURED = "Of your last 20 runs of this cascade 5 % were escalated; so it costs 72 % of what Anvil 1 alone costs."


def test_facts_go_by_ones_own_runs_of_the_same_cascade(as_alice: Client, alice: User) -> None:
    make_hosted_models()
    names = ["router/birch-1", "router/birch-1", "router/anvil-1"]
    panel = THREE | {"model": names, "judge": names[0], "writer": names[1]}
    recipe = make_recipe(*names, judge=names[0], writer=names[1], strategy=StrategyName.CASCADE)
    other = make_recipe(*names[::-1], judge=names[0], writer=names[1], strategy=StrategyName.CASCADE)
    for _ in range(18):
        make_run(alice, recipe=recipe, answer_kind=AnswerKind.VOTED)
        make_run(alice, recipe=other, answer_kind=AnswerKind.ESCALATED)
    make_run(alice, recipe=recipe, answer_kind=AnswerKind.ESCALATED)
    make_run(alice, recipe=recipe, answer_kind=AnswerKind.VOTED, cache_hit=CacheHit(run="x"))
    assert "of which 30 % of the runs" in facts(as_alice.post("/estimate/", form(**panel, strategy="cascade")))

    make_run(alice, recipe=recipe, answer_kind=AnswerKind.VOTED)

    assert MEASURED in facts(as_alice.post("/estimate/", form(**panel, strategy="cascade")))


def test_facts_go_by_each_calibration_that_holds_for_the_panel(as_alice: Client, alice: User) -> None:
    make_hosted_models()
    names = ["router/birch-1", "router/cedar-1", "router/anvil-1"]
    panel = THREE | {"model": names, "judge": names[0], "writer": names[1]}
    members = tuple(MemberRecord(model=name, correct=90, items=300, versions=("1",)) for name in names)
    for name, agreed, tied in (("Sums", 270, names), ("Code", 30, names), ("Other", 300, names[::-1][:2])):
        slots = tuple(SlotSpec(slot=slot, model=model) for slot, model in zip("ABC", tied, strict=False))
        stage = StageRecord(members=tuple(names[:2]), agreed=agreed, right=agreed, items=300)
        value = Calibration(members=members, items=300, stage=stage, panel=panel_fingerprint(slots))
        save_calibration(alice, name, value.model_copy(update={"task": "sums"} if name == "Sums" else {}))

    told = facts(as_alice.post("/estimate/", form(**panel, strategy="cascade")))

    # $5 and $12 for a million output tokens before $15 for a tenth, or nine tenths, of the runs.
    costs = "this cascade escalates about {} and costs more than Anvil 1 alone: {} times as much (300 labelled items)."
    assert f"On questions from “sums” {costs.format('10 %', '1.2')}" in told
    assert f"On questions like those of “Code” {costs.format('90 %', '2.0')}" in told
    assert "Other" not in told
    # Under another system prompt none of them holds.
    assert "of which 30 % of the runs" in facts(
        as_alice.post("/estimate/", form(**panel, strategy="cascade", system="Be brief."))
    )
    # Nor does any once a model answers in another version than it was measured in.
    make_call(make_run(alice), slot="A", model=names[1], text="7", model_version="2")
    assert "of which 30 % of the runs" in facts(as_alice.post("/estimate/", form(**panel, strategy="cascade")))


def test_preset_keeps_the_cascade(as_alice: Client) -> None:
    as_alice.post("/presets/new/", form(**THREE, name="Sums", strategy="cascade"))
    preset = Preset.objects.get(name="Sums")

    as_alice.post(HOME, preset_form(preset, strategy="cascade"))

    run = Run.objects.get()
    assert (preset.strategy, run.preset, run.recipe.settings.stages) == ("cascade", preset.slug, STAGES)


def test_page_of_a_stage_that_agreed(as_alice: Client, alice: User) -> None:
    run = make_cascade(alice)
    for slot, text in (("A", "The answer is 330."), ("B", "330")):
        make_call(run, slot=slot, stage="panel", text=text)
    end(run, "A", AnswerKind.VOTED, VoteResult.AGREED)

    words = words_of(as_alice.get(run.get_absolute_url()))

    assert stops(run) == [
        ("Panel", "done", "2 of 2"),
        ("Stage 2", "", "not asked"),
        ("Vote", "done", "2 of 2"),
        ("Answer", "done", ""),
    ]
    assert page_of(run).headline == "2 of 2 agree"
    assert "2 of 2 members gave this final answer. How often such a vote is right was not measured" in words
    assert (page_of(run).run.notices, page_of(run).headline_dot) == ((), "done")
    assert "not asked Asked only if the earlier columns do not agree." in words
    assert (page_of(run).unasked, page_of(run).column_count) == ((("C", "SmolLM2 135M"),), 3)


def test_page_of_an_escalated_answer(as_alice: Client, alice: User) -> None:
    run = make_cascade(alice)
    for slot, stage, text in (("A", "panel", "330"), ("B", "panel", "300"), ("C", "panel-2", "The answer is 324.")):
        make_call(run, slot=slot, stage=stage, text=text)
    end(run, "C", AnswerKind.ESCALATED, VoteResult.ESCALATED)

    words = words_of(as_alice.get(run.get_absolute_url()))

    assert stops(run)[:3] == [("Panel", "done", "2 of 2"), ("Stage 2", "done", "1 of 1"), ("Vote", "done", "escalated")]
    assert page_of(run).headline == "Escalated to C"
    assert "A and B did not agree, so C was asked, and its answer stands." in words
    assert "answer C as it is, of the last stage" in words
    assert (page_of(run).run.notices, page_of(run).headline_dot) == ((), "done")


def test_page_while_the_first_stage_is_at_work(alice: User) -> None:
    run = make_cascade(alice, status=Status.RUNNING, ended_at=None)
    make_live_call(run, "A", stage="panel")
    make_live_call(run, "B", stage="panel")

    assert stops(run) == [
        ("Panel", "live", "0 of 2"),
        ("Stage 2", "wait", ""),
        ("Vote", "wait", ""),
        ("Answer", "wait", ""),
    ]
