"""The time to the first token of models, from our own calls."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.catalogue.models import Model
from apps.fusion.values import Usage
from apps.runs.models import Call
from apps.runs.reading.model_health import median_ttft, store_prompt_speeds
from tests.calls import create_call
from tests.factories import GEMMA, SMOL, make_hosted_models, make_local_models, make_run, make_user

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
