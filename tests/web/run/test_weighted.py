"""Weighted votes and the early exit on the page of a run: weights beside the votes, and what is certified."""

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.fusion.calibration import CountingRule
from apps.fusion.strategies.vote import ballot_of
from apps.fusion.values import Calibration, Certificate, EarlyExitSettings, MemberRecord, VoteSettings, WeightedSettings
from apps.fusion.vocabulary import AnswerKind, Builtin, ExitReason, Status
from apps.fusion.weights import panel_fingerprint
from apps.runs.lifecycle.rows_to_events import load_state
from apps.runs.models import Run
from tests.factories import GEMMA, SMOL, make_recipe, make_run
from tests.web.run.test_page import page_of, words_of
from tests.web.run_factories import make_call

pytestmark = pytest.mark.usefixtures("local", "valkey_url")


def calibration(panel: str = "", correct: int = 190, items: int = 200) -> Calibration:
    members = (
        MemberRecord(model=SMOL, correct=correct, items=items),
        MemberRecord(model=GEMMA, correct=2, items=items),
    )
    certificate = Certificate(threshold=0.9, alpha=0.03, delta=0.1, errors=9, accepted=604)
    return Calibration(task="heights", members=members, certificate=certificate, panel=panel)


def make_weighed(
    owner: User, own: VoteSettings | WeightedSettings | EarlyExitSettings, *texts: str, waived: str = ""
) -> Run:
    """Create a run of two models whose votes were counted by these settings."""
    run = make_run(owner, recipe=make_recipe(SMOL, GEMMA).model_copy(update={"settings": own}))
    calls = {slot: make_call(run, slot=slot, text=text) for slot, text in zip("AB", texts, strict=False)}
    if waived:
        calls[waived] = make_call(run, slot=waived, text="", status=Status.CANCELLED)
    counted = [call.pk for slot, call in calls.items() if slot != waived]
    ballot = ballot_of(load_state(run), counted, waived)
    run.ballot = ballot.model_copy(update={"exit": ExitReason.CERTAIN if waived else None})
    run.answer_call, run.answer_kind = calls[ballot.winner], AnswerKind.VOTED
    run.save()
    return run


def weighted(**values: object) -> WeightedSettings:
    return WeightedSettings(judge=Builtin.OVERLAP, writer=SMOL, **values)


def test_page_shows_the_weights_and_what_is_certified(as_alice: Client, alice: User) -> None:
    own = weighted(calibration=calibration(panel_fingerprint(make_recipe(SMOL, GEMMA).panel)))
    run = make_weighed(alice, own, "The answer is 330.", "300")

    words = words_of(as_alice.get(run.get_absolute_url()))

    assert "1 of 2 members gave this final answer, with 100 % of the weight by measured accuracy." in words
    assert "Right on at least 97 % of questions from “heights”, with 90 % confidence (604 items)." in words
    assert "Weight" in words
    assert page_of(run).run.notices == ("A weighs more than all the others together, so its answer wins.",)


@pytest.mark.parametrize(
    ("own", "notice"),
    [
        (
            weighted(calibration=calibration("0123")),
            "was made for other models, parameters or prompts than this panel’s",
        ),
        (weighted(calibration=calibration(correct=30, items=40)), "The weights rest on 40 labelled items"),
    ],
)
def test_page_says_where_a_calibration_does_not_hold(
    as_alice: Client, alice: User, own: WeightedSettings, notice: str
) -> None:
    run = make_weighed(alice, own, "330", "330")

    words = words_of(as_alice.get(run.get_absolute_url()))

    assert notice in words
    assert "How often such a vote is right was not measured" in words
    assert "Right on at least" not in words


def test_page_says_on_how_few_items_a_certificate_of_equal_votes_rests(as_alice: Client, alice: User) -> None:
    made = calibration(panel_fingerprint(make_recipe(SMOL, GEMMA).panel), correct=30, items=40)
    few = made.model_copy(update={"rule": CountingRule.MAJORITY})
    run = make_weighed(alice, VoteSettings(judge=Builtin.OVERLAP, writer=SMOL, calibration=few), "330", "330")

    assert "Right on at least 97 %" in words_of(as_alice.get(run.get_absolute_url()))
    assert page_of(run).run.notices == ("The certificate rests on 40 labelled items; fewer than 200 say little.",)


def test_page_shows_who_was_not_waited_for(as_alice: Client, alice: User) -> None:
    own = EarlyExitSettings(judge=Builtin.OVERLAP, writer=SMOL, weigh_by="accuracy", calibration=calibration())
    run = make_weighed(alice, own, "The answer is 330.", waived="B")

    words = words_of(as_alice.get(run.get_absolute_url()))

    assert "B was not waited for: it could not have changed the result." in words
    assert "not waited for" in words
    assert "gave no usable answer" not in words
    assert [(stop.name, stop.text) for stop in page_of(run).rail][1] == ("Vote", "1 of 2")


def test_page_compares_json_answers_field_by_field(as_alice: Client, alice: User) -> None:
    own = weighted(calibration=calibration())
    texts = ('{"height": 330, "answer": "tall"}', '{"height": 324, "answer": "tall"}')
    run = make_weighed(alice, own, *texts)

    words = words_of(as_alice.get(run.get_absolute_url()))

    assert "All agree on 1 of 2 fields Field Values /height A 330 B 324" in words  # A has more than half of the weight


def test_page_says_on_which_fields_no_majority_of_the_weight_agrees(as_alice: Client, alice: User) -> None:
    texts = ('{"height": 330, "answer": "tall"}', '{"height": 324, "answer": "tall"}')
    run = make_weighed(alice, weighted(weigh_by="hand", weights={"A": 1, "B": 1}), *texts)

    words = words_of(as_alice.get(run.get_absolute_url()))

    assert "All agree on 1 of 2 fields; 1 without a majority" in words
    assert "/height no majority A 330 B 324" in words
