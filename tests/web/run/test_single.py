"""A run of one model on its page: the strategy ``single`` has neither judge nor writer, and nothing waits for them."""

import json
import re

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.catalogue.models import Preset
from apps.fusion.values import SingleSettings
from apps.fusion.vocabulary import AnswerKind, Role, Status
from apps.runs.models import Run
from apps.runs.reading.export import export_json
from apps.runs.reading.snapshot import take_snapshot
from tests.factories import SMOL, make_hosted_models, make_recipe, make_run
from tests.web.compose.test_home import HOME, facts, form
from tests.web.run.test_page import page_of, words_of
from tests.web.run_factories import make_call, make_live_call

pytestmark = pytest.mark.usefixtures("local", "valkey_url")

ONE = {"model": [SMOL], "temperature": ["0.2"], "kept": [""]}


def stops(run: Run) -> list[tuple[str, str, str]]:
    return [(stop.name, stop.dot, stop.text) for stop in page_of(run).rail]


def make_single(owner: User, **values: object) -> Run:
    return make_run(owner, recipe=make_recipe(SMOL), **values)


def answered(owner: User) -> Run:
    run = make_single(owner)
    run.answer_call, run.answer_kind = make_call(run, slot="A", text="It is **so**."), AnswerKind.ONLY
    run.save()
    return run


def test_form_with_one_slot_makes_a_single_run(as_alice: Client) -> None:
    as_alice.post(HOME, form(**ONE))

    run = Run.objects.get()
    assert run.recipe.settings == SingleSettings()
    assert [(call.role, call.slot, call.model) for call in run.calls.all()] == [(Role.PANEL, "A", SMOL)]


def test_form_with_two_slots_makes_a_fused_run(as_alice: Client) -> None:
    as_alice.post(HOME, form())

    assert Run.objects.get().recipe.strategy == "fuse"


def test_facts_of_one_slot_count_one_call_and_name_no_judge(as_alice: Client) -> None:
    make_hosted_models()
    slot = {"model": ["router/anvil-1"], "temperature": [""], "kept": [""]}

    said = facts(as_alice.post("/estimate/", form(**slot, judge="router/anvil-1", writer="router/birch-1")))

    assert re.fullmatch(r"1 call, about \$[\d.]+–[\d.]+ \. Your prompt goes to Anvil \(through Router\)\.", said)


def test_preset_of_one_slot_stays_itself_whatever_judge_was_chosen(as_alice: Client, alice: User) -> None:
    as_alice.post("/presets/new/", form(**ONE, name="Alone"))
    slug = Preset.objects.get(name="Alone").slug

    as_alice.post(HOME, form(**ONE, preset=slug))

    assert (Run.objects.get().preset, Run.objects.get().recipe.strategy) == (slug, "single")


def test_page_of_a_single_run_has_no_judge_and_no_warning(as_alice: Client, alice: User) -> None:
    run = answered(alice)

    words = words_of(as_alice.get(run.get_absolute_url()))

    assert stops(run) == [("Panel", "done", "1 of 1"), ("Answer", "done", "")]
    assert "Answer by SmolLM2 135M" in words
    assert words.count("It is so .") == 1
    assert "One answer; there is nothing to compare." in words
    assert "in fusion" not in words
    assert "Judge" not in words
    assert page_of(run).run.notices == ()


def test_page_of_a_single_run_waits_for_its_model_alone(as_alice: Client, alice: User) -> None:
    run = make_single(alice, status=Status.RUNNING, ended_at=None)
    make_live_call(run, "A")

    words = words_of(as_alice.get(run.get_absolute_url()))

    assert stops(run) == [("Panel", "live", "0 of 1"), ("Answer", "wait", "")]
    assert "One answer needs no judge." in words
    assert "Goes on when" not in words


def test_only_answer_of_a_fused_run_is_still_told(alice: User) -> None:
    run = make_run(alice)
    run.answer_call, run.answer_kind = make_call(run, slot="A", text="So."), AnswerKind.ONLY
    make_call(run, slot="B", status=Status.FAILED)
    run.save()

    assert stops(run)[1:] == [("Judge", "", "not asked"), ("Answer", "warn", "not fused")]
    assert page_of(run).author == "answer A as it is, not fused"
    assert "Only A gave a usable answer." in page_of(run).run.notices[0]


def test_export_of_a_single_run_keeps_the_known_keys(alice: User) -> None:
    run = answered(alice)

    document = json.loads(export_json(take_snapshot(run)))

    call = run.calls.get().pk
    assert document["stages"] == [{"name": "panel", "role": "panel", "title": "Panel", "calls": [call]}]
    assert [take["id"] for column in document["columns"] for take in column["takes"]] == [call]
    assert (document["judges"], document["writers"]) == ([], [])
