"""A strategy that gives one of several answers as it is: its words on the page, and after a person has them fused."""

from dataclasses import replace
from typing import cast

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.fusion.strategies import STRATEGIES
from apps.fusion.strategies.strategy import Strategy
from apps.fusion.vocabulary import AnswerKind, FailureCode, Role, Status, StrategyName
from apps.runs.models import Run
from apps.runs.reading.exits import exit_of
from apps.runs.reading.snapshot import take_snapshot
from tests.factories import GEMMA, SMOL, make_recipe, make_run
from tests.web.run.test_page import page_of, words_of
from tests.web.run_factories import make_call

pytestmark = pytest.mark.usefixtures("local", "valkey_url")


@pytest.fixture
def run(alice: User, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run whose second answer was taken, by a strategy that is after one answer as it is."""
    changes = {"answer_kind": AnswerKind.ONLY, "answered": "It came first.", "unanalysed": "Nobody compares them."}
    first = replace(STRATEGIES[StrategyName.FUSE], **changes)
    monkeypatch.setitem(cast("dict[StrategyName, Strategy]", STRATEGIES), StrategyName.FUSE, first)
    run = make_run(alice, recipe=make_recipe(SMOL, GEMMA))
    calls = [make_call(run, slot=slot, stage="panel", text=f"It is {slot}.") for slot in "AB"]
    run.answer_call, run.answer_kind = calls[1], AnswerKind.ONLY
    run.save()
    return run


def test_page_names_the_one_that_was_taken_and_says_why(as_alice: Client, run: Run) -> None:
    words, page = words_of(as_alice.get(run.get_absolute_url())), page_of(run)

    assert (page.headline, page.headline_dot, page.run.notices) == ("B’s answer as it is", "done", ())
    assert page.rail[-1].text == ""
    assert "It came first. It is the answer of one model: the others were not counted." in words
    assert "Nobody compares them." in words
    assert page.fused_calls == [call.id for call in page.run.calls], "all were there to take one from"


def test_only_usable_answer_is_not_said_to_be_chosen(run: Run) -> None:
    run.calls.filter(slot="A").update(status=Status.FAILED, failure_code=FailureCode.UPSTREAM_ERROR)

    ended, page = exit_of(take_snapshot(run)), page_of(run)

    assert ended is not None
    assert (ended.reason, ended.sentence) == ("only_answer", "Only B of 2 gave a usable answer.")
    assert (page.headline, page.headline_dot) == ("1 of 2 answered, no choice", "warn")
    assert "Only B gave a usable answer. It is shown as it is; nothing was judged or fused." in page.run.notices


def test_answer_that_a_person_had_fused_is_said_to_be_fused(run: Run) -> None:
    panel = tuple(run.calls.values_list("pk", flat=True))
    run.answer_call, run.answer_kind = make_call(run, Role.SYNTHESIS, stage="synthesis", inputs=panel), AnswerKind.FUSED
    run.save()

    ended, page = exit_of(take_snapshot(run)), page_of(run)

    assert ended is not None
    assert (ended.reason, page.headline, page.rail[-1].text) == ("fused", "Fused from all 2", "fused")
