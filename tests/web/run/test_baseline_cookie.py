"""The model that a bill is compared with: remembered if there is such a model, whatever its name is made of."""

import pytest
from django.test import Client

from apps.catalogue.models import Model
from tests.factories import make_hosted_models, make_model
from tests.web.run_factories import make_finished_run

NAME = "modèle-大; a=b"


@pytest.fixture
def run(alice, local):
    first, *_ = make_hosted_models()
    make_model(first.provider, NAME, label="Named", price_input=1, price_output=1)
    return make_finished_run(alice)


def compare(client: Client, run, reference: str):
    return client.post(f"/runs/{run.public_id}/compare/", {"baseline": reference}, headers={"hx-request": "true"})


@pytest.mark.parametrize("reference", ["modèle", "x\r\nSet-Cookie: a=b", "router/nothing", ""])
def test_model_that_is_not_there_is_not_remembered(as_alice: Client, run, reference: str) -> None:
    answer = compare(as_alice, run, reference)

    assert answer.status_code == 200
    assert "baseline" not in answer.cookies


def test_model_with_any_name_is_remembered_in_ascii(as_alice: Client, run) -> None:
    reference = Model.objects.get(label="Named").reference

    answer = compare(as_alice, run, reference)

    assert answer.cookies["baseline"].value.isascii()
    page = as_alice.get(f"/runs/{run.public_id}/").content.decode()
    assert f'<option value="{reference}" selected>' in page
