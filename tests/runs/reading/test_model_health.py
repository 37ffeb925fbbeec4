"""The time to the first token of models, from our own calls."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.catalogue.models import Model
from apps.fusion.strategies import strategy_of
from apps.fusion.strategies.grace import AnswerTimes
from apps.fusion.values import Message, Usage
from apps.runs import actions
from apps.runs.models import Call
from apps.runs.reading.model_health import answer_times, median_ttft, store_prompt_speeds
from tests.calls import create_call
from tests.factories import GEMMA, SMOL, make_hosted_models, make_local_models, make_recipe, make_run, make_user

pytestmark = pytest.mark.django_db


def test_median_counts_recent_finished_panel_answers_of_the_model_itself():
    make_local_models()
    run = make_run(make_user("alice"))

    def add(model, *times, days=1, **values):
        ended_at = timezone.now() - timedelta(days=days)
        for ttft in times:
            fields = {"role": "panel", "slot": "A", "status": "done", "take": Call.objects.count() + 1, **values}
            create_call(run, model=model, ttft_s=ttft, ended_at=ended_at, **fields)

    add("x/often", 0.2, 0.4, 9.0)
    add("x/seldom", 0.2, 0.4)
    add("x/long-ago", 1, 1, 1, days=31)
    add("x/failed", 1, 1, 1, status="failed")
    add("x/judge", 1, 1, 1, role="judge", slot="")
    add("x/replaced", 1, 1, 1, answered_by="x/other")

    assert median_ttft() == {"x/often": 0.4}


def test_grace_that_is_auto_follows_the_times_of_the_newest_panel_answers(monkeypatch):
    make_local_models()
    owner = make_user("alice")
    old = make_run(owner)
    for slot, model, seconds in (("A", SMOL, 2.0), ("B", GEMMA, 60.0)):
        for take in range(1, 21):
            create_call(old, model=model, role="panel", slot=slot, status="done", take=take, duration_s=seconds)
    create_call(old, model=SMOL, role="judge", status="done", duration_s=900.0)
    create_call(old, model="x/few", role="panel", slot="C", status="done", duration_s=900.0)
    monkeypatch.setattr("apps.runs.lifecycle.transitions.enqueue", lambda _: None)
    question = [Message(role="user", text="How high is it?")]
    recipe = make_recipe(SMOL, SMOL, GEMMA, grace_is_auto=True)

    run = actions.start_run(owner, question, recipe)
    plain = actions.start_run(owner, question, make_recipe(SMOL, SMOL, GEMMA))

    assert answer_times([SMOL, "x/few", "x/none"]) == {SMOL: AnswerTimes(2.0, 2.0)}
    assert (run.recipe.settings.grace_s, run.recipe.settings.grace_is_auto) == (58.0, True)
    assert strategy_of(run.recipe).waiting_rule(run.recipe).grace_s == 58.0
    assert plain.recipe.settings.grace_s is None


def test_speed_of_local_models_comes_from_long_prompts_that_were_read_anew():
    make_local_models()
    router = make_hosted_models()[0]
    run = make_run(make_user("alice"))

    def add(model, *calls, **values):
        for ttft_s, tokens, cached in calls:
            usage = Usage(input_tokens=tokens, cached_tokens=cached, **values.pop("usage", {}))
            fields = {"role": "panel", "slot": "A", "status": "done", "take": Call.objects.count() + 1, **values}
            create_call(run, model=model, ttft_s=ttft_s, usage=usage, **fields)

    add(SMOL, (10, 1000, 0), (10, 1200, 0), (5, 1500, None), (0.1, 1000, 990), (1, 30, 0), (20, 1000, 0))
    add(GEMMA, (10, 1000, 0), (10, 1000, 0))
    add(router.reference, (1, 1000, 0), (1, 1000, 0), (1, 1000, 0))
    Model.objects.filter(reference=GEMMA).update(prompt_speed=77)

    store_prompt_speeds()

    speeds = dict(Model.objects.values_list("reference", "prompt_speed"))
    assert (speeds[SMOL], speeds[GEMMA], speeds[router.reference]) == (110, 77, None)
