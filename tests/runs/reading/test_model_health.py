"""The time to the first token of models, from our own calls."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.runs.models import Call
from apps.runs.reading.model_health import median_ttft
from tests.calls import create_call
from tests.factories import make_local_models, make_run, make_user

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
