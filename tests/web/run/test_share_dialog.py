"""The dialog of a share lists all that a link shows: a part of a run that it does not name fails here."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.fusion.sharing import Shown
from apps.runs.models import Run, Share
from apps.runs.reading.redaction import for_strangers
from apps.runs.reading.snapshot import RunSnapshot, take_snapshot
from tests.factories import make_local_preset
from tests.web.run_factories import make_finished_run

CHOICES = {
    "costs": ("without_costs", "on", False),
    "reasoning": ("reasoning", "on", True),
    "system_prompt": ("system_prompt", "on", True),
    "rulings": ("rulings", "on", True),
    "ratings": ("ratings", "on", True),
    "passages": ("passages", "330 metres", ("330 metres",)),
}
"""For each choice of what a link shows: the field of the dialog, what it sends, and what that means."""
PROMPT, MODELS, ANSWER = "the title, the prompt", "the models with", "the agreement, the findings"
COSTS, WHEN, RULINGS, RATINGS = (
    "what each call cost",
    "when it was asked",
    "your rulings",
    "your ratings and blind votes",
)
LISTED = {
    **dict.fromkeys(("title", "messages", "tools", "preset", "recipe", "earlier_answers", "from_slot"), PROMPT),
    **dict.fromkeys(("stages", "labels", "status", "failure"), MODELS),
    **dict.fromkeys(("answer", "answer_kind", "analysis_call", "ballot", "sources"), ANSWER),
    **dict.fromkeys(("cost", "cost_is_complete", "cap_reached", "estimate_low", "estimate_high"), COSTS),
    **dict.fromkeys(("id", "created_at", "ended_at", "imported_at", "cache_hit"), WHEN),
    "rulings": RULINGS,
    **dict.fromkeys(("ratings", "blind_votes"), RATINGS),
}
"""The parts of a run that a link shows, and the words of the dialog for each."""
NEVER = {"parent", "thread", "forked_from", "changes", "own_answers", "has_uncounted_cost"}
"""The parts that no link shows."""
OF_A_COPY = {"hides_costs", "is_redacted"}
"""The parts of a copy that are about itself."""


@pytest.fixture
def run(db, alice) -> Run:
    make_local_preset()
    return make_finished_run(alice)


def dialog(client: Client, run: Run) -> str:
    page = client.get(run.get_absolute_url()).content.decode()
    form = page.partition('id="share-menu-form"')[2].partition("</form>")[0]
    return " ".join(form.split())


def test_each_choice_has_its_field_its_line_and_no_other_effect(as_alice: Client, run: Run) -> None:
    form = dialog(as_alice, run)

    assert set(CHOICES) == set(Shown.model_fields)
    for choice, (field, sent, meaning) in CHOICES.items():
        assert f'name="{field}"' in form
        if choice != "passages":
            assert f'data-with{"out" if meaning is False else ""}="{field}"' in form
        as_alice.post(reverse("web:run_share", args=[run.public_id]), {field: sent})
        assert Share.objects.latest("pk").shown == Shown(**{choice: meaning}), choice


def test_each_part_of_a_run_is_named_or_never_shown(as_alice: Client, run: Run) -> None:
    text = re.sub(r"<[^>]+>", "", dialog(as_alice, run))

    assert set(RunSnapshot.model_fields) == LISTED.keys() | NEVER | OF_A_COPY
    assert [words for words in set(LISTED.values()) if words not in text] == []
    origin = make_finished_run(run.owner)
    full = take_snapshot(run).model_copy(
        update={
            **dict.fromkeys(("parent", "thread", "forked_from"), origin.public_id),
            "own_answers": {"A": ("said before",)},
            "has_uncounted_cost": True,
        }
    )
    everything = Shown(reasoning=True, system_prompt=True, rulings=True, ratings=True)
    shown = for_strangers(full, everything)
    assert (shown.parent, shown.thread, shown.forked_from, shown.changes) == (None, "", None, ())
    assert (shown.own_answers, shown.has_uncounted_cost) == ({"A": ("",)}, False)
