"""The head of a run's page: one sentence of what happened, how long it waits, and what can be pressed then."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.fusion.vocabulary import AnalysisStatus, AnswerKind, FailureCode, Role, Status
from apps.runs.models import Call, Run
from tests.calls import change_output
from tests.factories import GEMMA, SMOL, make_recipe, make_run
from tests.web.run.test_page import HTMX, page_of, words_of
from tests.web.run_factories import ANSWERS, make_analysis, make_call, make_finished_run, make_live_call, make_live_run

CAPPED = {"status": Status.CANCELLED, "failure_code": FailureCode.CAPPED}

pytestmark = pytest.mark.usefixtures("local", "valkey_url")


def headline(run: Run) -> str:
    return page_of(run).headline


def with_settings(run: Run, **settings) -> Run:
    """Return the run with other settings of its strategy."""
    run.recipe = run.recipe.model_copy(update={"settings": run.recipe.settings.model_copy(update=settings)})
    run.save()
    return run


def test_header_says_in_one_sentence_what_happened(alice, as_alice: Client):
    run = make_finished_run(alice)
    judge = run.calls.get(role=Role.JUDGE)
    change_output(judge, analysis=make_analysis(ANSWERS, status=AnalysisStatus.DEGRADED, note="Unreadable."))
    for slot, status in (("D", Status.FAILED), ("E", Status.CANCELLED)):
        make_call(run, slot=slot, text="", status=status)
    run.created_at, run.cost = run.ended_at - timedelta(seconds=38), Decimal("0.036")
    run.save()

    words = words_of(as_alice.get(run.get_absolute_url()))

    assert "Fused from 3 of 5 · judge degraded · 0:38 · $0.0360" in words
    assert "The analysis is degraded. Unreadable." in words


def test_fusion_of_all_says_so(alice):
    run = make_finished_run(alice)
    assert (headline(run), page_of(run).headline_dot) == ("Fused from all 3", "done")


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
def test_run_that_lost_a_column_is_not_green(alice, status):
    run = make_finished_run(alice)
    lost = make_call(run, slot="D", text="", status=status)
    assert page_of(run).headline_dot == "warn"

    make_call(run, slot="D", take=lost.take + 1, text="An answer after all.")

    assert page_of(run).headline_dot == "done"


def test_next_step_is_the_one_filled_button_of_the_header(alice, as_alice: Client):
    answered, stopped = make_finished_run(alice), make_run(alice, status=Status.CANCELLED)

    def filled(run: Run) -> list[str]:
        head = as_alice.get(run.get_absolute_url()).content.decode().split('<div class="rail">')[0]
        return re.findall(r'class="btn[^"]*\bprimary\b[^"]*"\s+href="([^"]*)"', head)

    assert filled(answered) == ["#go-on"]
    assert filled(stopped) == []


@pytest.mark.parametrize(
    "values, kind, expected",
    [
        ({"status": Status.DONE}, AnswerKind.ONLY, "1 of 3 answered, not fused"),
        ({"status": Status.DONE}, AnswerKind.CLOSEST, "Closest of 1 answer, not fused"),
        ({"status": Status.FAILED, "failure_code": FailureCode.ALL_PANELS_FAILED}, None, "Failed"),
        ({"status": Status.CANCELLED, "failure_code": FailureCode.CANCELLED}, None, "Stopped before an answer"),
        (CAPPED, None, "Cap reached before an answer"),
        (CAPPED, AnswerKind.FUSED, "Fused from 1 of 3 · cap reached"),
    ],
)  # fmt: skip
def test_every_end_has_its_sentence(alice, values, kind, expected):
    run = make_run(alice, recipe=make_recipe(SMOL, GEMMA, SMOL), **values)
    calls = [make_call(run, slot=slot, text="An answer.") for slot in "ABC"]
    if kind:
        run.answer_call, run.answer_kind = calls[0], kind
        run.save()

    assert headline(run) == expected


def test_answer_of_one_model_alone_is_as_planned(alice):
    run = make_run(alice, recipe=make_recipe(SMOL))
    run.answer_call, run.answer_kind = make_call(run, slot="A", text="Yes."), AnswerKind.ONLY
    run.save()

    assert headline(run) == "Answered by one model"


def test_live_run_says_where_it_stands(alice):
    run = make_live_run(alice, {"B": ANSWERS["B"]})
    assert headline(run) == "1 of 3 answered"

    judge = make_live_call(run, role=Role.JUDGE)
    assert headline(run) == "Comparing the answers"

    Call.objects.filter(pk=judge.pk).update(status=Status.DONE)
    make_live_call(run, role=Role.SYNTHESIS)
    assert headline(run) == "Writing the answer"


def test_run_whose_late_column_goes_on_says_so(alice):
    run = make_finished_run(alice)
    make_live_call(run, "D")

    assert headline(run) == "Fused from 3 of 4 · D still answering"
    assert page_of(run).run.notices[-1] == "D is still answering and may be included later."


def test_grace_is_counted_down_with_the_names_of_the_slow(alice, as_alice: Client):
    run = with_settings(make_live_run(alice, {"A": ANSWERS["A"], "B": ANSWERS["B"]}), grace_s=30.0)
    wake_at = timezone.now() + timedelta(seconds=18)
    Run.objects.filter(pk=run.pk).update(wake_at=wake_at)

    response = as_alice.get(run.get_absolute_url())

    assert "2 of 3 answered · goes on in without C ·" in words_of(response)  # the script counts in between
    assert f'data-until="{wake_at.timestamp():.3f}"' in response.content.decode()
    assert "Go on without C" in words_of(response)


@pytest.mark.parametrize("answers, settings", [("A", {"grace_s": 30.0}), ("AB", {})], ids=["no quorum", "no grace"])
def test_nothing_is_counted_down_while_no_grace_runs(alice, as_alice: Client, answers, settings):
    run = with_settings(make_live_run(alice, {slot: ANSWERS[slot] for slot in answers}), **settings)
    Run.objects.filter(pk=run.pk).update(wake_at=timezone.now() + timedelta(seconds=600))

    words = words_of(as_alice.get(run.get_absolute_url()))

    assert "goes on in" not in words
    assert f"Go on without {'C' if answers == 'AB' else 'B and C'}" in words


def test_many_slow_columns_are_counted_and_not_named(alice, as_alice: Client):
    run = make_live_run(alice, {"A": ANSWERS["A"]}, slots="ABCDEF")

    assert "Go on without 5 columns" in words_of(as_alice.get(run.get_absolute_url()))


def test_cap_notice_with_its_form_stands_in_the_header(alice, as_alice: Client):
    capped = {"failure_code": FailureCode.CAPPED, "failure_sentence": "The cap is $0.05.", "cap_reached": True}
    run = make_run(alice, status=Status.CANCELLED, **capped)
    make_call(run, slot="A", text="It", status=Status.CANCELLED, failure_code=FailureCode.CAPPED)

    html = as_alice.get(run.get_absolute_url()).content.decode()

    header = html[html.index('id="run-header"') : html.index("<main")]
    assert "Cap reached" in header
    assert reverse("web:run_continue", args=[run.public_id]) in header
    assert html.count("/continue/") == 2  # one form: its action, and that of htmx
    assert "The cap was reached before an answer was written." in html


def make_failed_run(alice) -> Run:
    sentence = "No panel model gave a usable answer. A: It is overloaded. B: It is overloaded."
    failure = {"failure_code": FailureCode.ALL_PANELS_FAILED, "failure_sentence": sentence}
    run = make_run(alice, status=Status.FAILED, recipe=make_recipe(SMOL, GEMMA), **failure)
    for slot in "AB":
        reason = {"failure_code": FailureCode.OVERLOADED, "failure_sentence": "It is overloaded."}
        make_call(run, slot=slot, text="", status=Status.FAILED, **reason)
    return run


def test_failed_column_says_why_once(alice, as_alice: Client):
    words = words_of(as_alice.get(make_failed_run(alice).get_absolute_url()))

    assert words.count("It is overloaded.") == 2  # one for each column
    assert "This run failed. No panel model gave a usable answer; each column says why." in words


def test_failed_columns_are_retried_together(alice, as_alice: Client):
    run = make_failed_run(alice)
    assert "Retry 2 failed" in words_of(as_alice.get(run.get_absolute_url()))

    response = as_alice.post(reverse("web:run_retry_failed", args=[run.public_id]), headers=HTMX)

    assert sorted(run.calls.filter(take=2).values_list("slot", flat=True)) == ["A", "B"]
    assert "Retry 2 failed" not in words_of(response)
    assert "run-live" in response["HX-Trigger"]


def test_failed_column_asks_the_same_model_or_another_with_one_press(alice, as_alice: Client):
    run = make_failed_run(alice)
    call = run.calls.get(slot="A")
    assert words_of(as_alice.get(run.get_absolute_url())).count("Ask again") == 2

    as_alice.post(reverse("web:call_retry", args=[call.pk]), {"model": GEMMA}, headers=HTMX)

    again = run.calls.get(slot="A", take=2)
    assert (again.model, again.fallback) == (GEMMA, "")
    other = run.calls.get(slot="B")
    as_alice.post(reverse("web:call_retry", args=[other.pk]), {"model": ""}, headers=HTMX)
    assert run.calls.get(slot="B", take=2).model == other.model
    page = as_alice.get(run.get_absolute_url()).content.decode()
    assert re.search(r'id="name-A"\s+title="local/gemma3-270m"', page)


def test_unknown_model_is_refused_with_a_sentence(alice, as_alice: Client):
    call = make_failed_run(alice).calls.get(slot="A")

    response = as_alice.post(reverse("web:call_retry", args=[call.pk]), {"model": "up/none"}, headers=HTMX)

    assert "is not connected" in response["HX-Trigger"]


def test_column_that_answered_offers_no_other_model(alice, as_alice: Client):
    words = words_of(as_alice.get(make_finished_run(alice).get_absolute_url()))

    assert "Ask again" not in words
