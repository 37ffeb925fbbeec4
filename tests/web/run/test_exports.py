"""A single run as a file of each form, from its menu."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.annotations.models import BlindVote
from apps.fusion.blind_votes import BlindVerdict, VotedAnswer
from tests.factories import SMOL
from tests.web.run_factories import make_finished_run

pytestmark = pytest.mark.usefixtures("local")


@pytest.mark.parametrize(
    "form, kind",
    [
        ("md", "text/markdown; charset=utf-8"),
        ("json", "application/json; charset=utf-8"),
        ("csv", "text/csv; charset=utf-8"),
        ("jsonl", "application/x-ndjson; charset=utf-8"),
    ],
)
def test_export_is_a_file(alice, as_alice: Client, form: str, kind: str):
    run = make_finished_run(alice)
    answers = (
        VotedAnswer(call=run.answer_call_id, model=SMOL, is_chosen=True),
        VotedAnswer(call=run.calls.first().pk, model=SMOL),
    )
    BlindVote.objects.create(run=run, author=alice, verdict=BlindVerdict.BEST, answers=answers)

    response = as_alice.get(reverse("web:run_export", args=[run.public_id, form]))

    assert response["Content-Type"] == kind
    assert response["Content-Disposition"] == f'attachment; filename="fusionweb-{run.public_id}.{form}"'
    assert "The tower is 330 metres high; B says 300." in response.content.decode()
    assert f'href="{response.request["PATH_INFO"]}"' in as_alice.get(run.get_absolute_url()).content.decode()
