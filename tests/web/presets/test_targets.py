"""Targets of presets on their form and card; and the panel advisor below the cards."""

from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from apps.accounts.models import User
from apps.annotations.models import Rating, Ruling
from apps.batches.templates import create_template
from apps.catalogue.models import Preset
from apps.catalogue.recipes.presets import create_preset
from apps.fusion.ratings import Thumb
from apps.fusion.targets import Targets
from apps.fusion.vocabulary import RulingKind
from apps.runs.models import Run
from tests.factories import GEMMA, SMOL, make_recipe, make_run
from tests.web.compose.test_home import preset_form, sentence_on
from tests.web.run_factories import make_call


@pytest.fixture
def mine(alice: User, local: Preset) -> Preset:
    return create_preset(alice, "Legal", make_recipe(SMOL, GEMMA))


def texts(client: Client, begins: str, ends: str, part: str = "") -> list[str]:
    """Return the texts of the elements that begin and end so, of the page or of its part from there on."""
    page = client.get("/presets/").content.decode()
    pieces = page[page.index(part) :].split(begins)[1:]
    return [unescape(" ".join(strip_tags(piece.split(ends)[0].partition(">")[2]).split())) for piece in pieces]


def targets(client: Client) -> list[str]:
    return texts(client, "<li", "</li>", '<ul class="record')


def run_of(preset: Preset, owner: User, seconds: int, **values: Any) -> Run:
    run = make_run(owner, age_s=0, **values)
    run.preset, run.ended_at = preset.slug, run.created_at + timedelta(seconds=seconds)
    run.answer_call = make_call(run, slot="A", text="330 m")
    run.save()
    return run


def test_card_says_how_many_of_the_newest_runs_met_the_targets(as_alice: Client, alice: User, mine: Preset) -> None:
    typed = {"name": "Legal", "target_s": "20", "target_usd": "0,05", "target_percent": "85"}
    bad = as_alice.post("/presets/legal/", preset_form(mine, **typed | {"target_s": "0", "target_percent": "101"}))
    assert bad.status_code == 400
    assert sentence_on(bad, "target_s") == "The target is seconds above 0, or empty for none."
    assert sentence_on(bad, "target_percent").startswith("The target is a percentage above 0 and up to 100")
    assert b'value="0,05"' in bad.content

    as_alice.post("/presets/legal/", preset_form(mine, **typed))

    saved = Preset.objects.get(slug="legal")
    assert (saved.version, saved.targets) == (1, Targets(seconds=20, cost=Decimal("0.05"), accuracy=0.85))
    assert targets(as_alice) == [
        "Within 20 s: no run yet",
        "For $0.05 or less: no run yet",
        "85 % good answers: none of them is rated, voted on or checked",
    ]
    first, _, _ = (run_of(mine, alice, seconds) for seconds in (19, 20, 21))
    run_of(mine, alice, 5, cost=None, cost_is_complete=False)
    Rating.objects.create(run=first, author=alice, call=first.answer_call_id, thumb=Thumb.DOWN)
    assert targets(as_alice) == [
        "3 of the last 4 within 20 s",
        "3 of the last 4 for $0.05 or less; the cost of 1 is unknown",
        "0 of the 1 rated, voted on or checked were good (0 %; the target of 85 % is missed)",
    ]
    create_template(alice, "Contracts", "{{text}}", checks="contains: Paris")
    as_alice.post("/presets/legal/", preset_form(mine, **typed, target_set="Contracts"))
    assert targets(as_alice)[2] == "85 % right on “Contracts”: no checked batch yet"
    page = as_alice.get("/presets/legal/").content.decode()
    assert '<option value="Contracts" selected>' in page
    assert all(f'value="{value}"' in page for value in ("20", "0.05", "85"))
    as_alice.post("/presets/legal/", preset_form(mine, name="Legal"))
    assert Preset.objects.get(slug="legal").targets is None


def test_advisor_says_what_is_missing_and_then_whom_to_add_and_drop(
    as_alice: Client, alice: User, mine: Preset
) -> None:
    def rule(count: int, right: str) -> None:
        for _ in range(count):
            run = make_run(alice)
            for slot, (model, cost) in zip("AB", ((SMOL, "0.001"), (GEMMA, "0.0004")), strict=True):
                make_call(run, slot=slot, model=model, text="7", cost=Decimal(cost))
            Ruling.objects.create(run=run, author=alice, verdict=RulingKind.SIDE, right=tuple(right))

    assert "200 to go." in texts(as_alice, '<p class="small muted about"', "</p>")[0]
    assert "<tbody" not in as_alice.get("/presets/").content.decode()
    rule(3, "A")
    assert "<tbody" not in as_alice.get("/presets/").content.decode()  # no figure would stand in it
    assert texts(as_alice, '<span class="muted few', "</span>") == ["3 of 200: 197 more are needed"] * 2
    rule(190, "A")
    rule(7, "AB")

    assert "missing" not in texts(as_alice, '<p class="small muted about"', "</p>")[0]
    row = texts(as_alice, "<tr", "</tr>", "<tbody")[-1]
    assert row == (
        "Legal SmolLM2 135M and Gemma 3 270M (base) "
        "Drop Gemma 3 270M (base): the ceiling stays, for $0.0004 less a question. "
        "200 SmolLM2 135M, 100 % 100 % 0.0 (at most 1.5) $0.0014"
    )
