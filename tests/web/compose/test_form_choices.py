"""The models that a sent form is read against: those that it names, or all where it names them otherwise."""

from typing import Any

import pytest

from apps.accounts.models import User
from apps.catalogue.models import Model
from apps.fusion.vocabulary import AUTO, Builtin
from apps.web.compose.drafts import Draft
from apps.web.compose.form import FormChoices
from apps.web.compose.slots import SlotDraft
from tests.factories import GEMMA, SMOL

GONE = "local/gone"


@pytest.mark.parametrize(
    ("slots", "judge", "writer", "is_all"),
    [
        ([SlotDraft(SMOL)], Builtin.OVERLAP, SMOL, False),
        ([SlotDraft(SMOL)], "", "", False),
        ([], Builtin.OVERLAP, "", False),
        ([SlotDraft(SMOL)], Builtin.OVERLAP, AUTO, True),
        ([SlotDraft(SMOL)], AUTO, SMOL, True),
        ([SlotDraft("SmolLM2 135M")], Builtin.OVERLAP, SMOL, True),
        ([SlotDraft(SMOL.upper())], Builtin.OVERLAP, SMOL, True),
        ([SlotDraft(SMOL, fallback=GONE)], Builtin.OVERLAP, SMOL, True),
    ],
)
def test_draft_is_read_with_the_models_that_it_needs(
    alice: User,
    local: Any,
    slots: list[SlotDraft],
    judge: str,
    writer: str,
    is_all: bool,
    django_assert_num_queries: Any,
) -> None:
    Model.objects.create(provider=Model.objects.get(reference=SMOL).provider, reference=GONE, is_available=False)
    choices, draft = FormChoices(alice), Draft(slots=tuple(slots), judge=judge, writer=writer)

    found = set(choices.models_for(draft))

    named = {SMOL} if slots or writer else set()
    assert found == ({SMOL, GEMMA} if is_all else named)
    with django_assert_num_queries(0):  # asked again, nothing is looked up
        choices.models_for(draft)


def test_form_that_names_its_models_asks_for_no_others(as_alice: Any, local: Any, monkeypatch: Any) -> None:
    from tests.web.compose.test_home import form  # noqa: PLC0415 - the form of that page

    monkeypatch.setattr(FormChoices, "models", property(lambda _: pytest.fail("all models were looked up")))

    assert as_alice.post("/", form()).status_code == 302


def test_form_without_a_preset_asks_for_none(as_alice: Any, local: Any, monkeypatch: Any) -> None:
    from tests.web.compose.test_home import form  # noqa: PLC0415 - the form of that page

    monkeypatch.setattr(FormChoices, "presets", property(lambda _: pytest.fail("all presets were looked up")))

    assert as_alice.post("/", form()).status_code == 302
