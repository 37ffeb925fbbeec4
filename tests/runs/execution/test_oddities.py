"""Breaches of their own protocol by vendors, as a person sees them: the call's row, its column, the bill, the export.

Every dialect's reading of it is in ``tests/providers/test_behaviours.py``. The tests play the worker.
"""

import re
from decimal import Decimal
from html import unescape

import pytest

from apps.catalogue.models import Model
from apps.fusion.values import Message, Usage
from apps.fusion.vocabulary import Channel, FailureCode, FinishReason, ReasoningEffort, Status
from apps.runs import actions
from apps.runs.execution import requests
from apps.runs.execution.executor import executor
from apps.runs.models import Call
from tests.runs.execution.test_retries import perform, story
from tests.services import wait_until

USAGE = {"prompt_tokens": 10, "completion_tokens": 20}
LONG = "What is it? " * 6_000


@pytest.fixture(autouse=True)
def quick(settings, private_valkey):
    settings.RETRY_SECONDS = 0.02


def page_of(client, run):
    """The words of the run's page."""
    client.force_login(run.owner)
    return unescape(" ".join(re.sub("<[^>]*>", " ", client.get(run.get_absolute_url()).content.decode()).split()))


def performed(bench, prompt="How high is the Eiffel Tower?", **script):
    behaviour = script.pop("behaviour", "ok")
    return perform(bench.start(bench.model("a", behaviour, **{"usage": USAGE, **script}), prompt=prompt))


def started_with_fallback(bench):
    """A run of the model "a" whose fallback says yes."""
    recipe = bench.recipe("up/a")
    slot = recipe.panel[0].model_copy(update={"fallback": bench.model("b", text="Yes.")})
    asked = [Message(role="user", text="How high?")]
    return actions.start_run(bench.owner, asked, recipe.model_copy(update={"panel": (slot,)}))


@pytest.mark.parametrize(
    "script, finish, word",
    [
        ({"finish": "galaxy"}, FinishReason.UNKNOWN, "ended for no known reason"),
        ({"behaviour": "done-alone"}, FinishReason.UNKNOWN, "ended for no known reason"),
        ({"finish": "length"}, FinishReason.LENGTH, "truncated"),
        ({}, FinishReason.STOP, ""),
    ],
)
def test_end_without_a_good_reason_is_said_in_the_column_and_the_export(bench, client, script, finish, word):
    run = performed(bench, text="Yes.", **script)

    call = run.calls.get()
    page = page_of(client, run)
    assert (call.status, call.output.text, call.finish_reason) == (Status.DONE, "Yes.", finish)
    exported = client.get(f"{run.get_absolute_url()}export.md").content.decode()
    assert (word in page, f"*({word})*" in exported) == (True, bool(word))
    assert "ended for no known reason" not in page.replace(word or "-", "")


def test_break_of_the_vendor_is_a_failure_with_its_text_and_its_bill(bench, client):
    run = performed(bench, text="Half of it.", finish="insufficient_system_resource")

    call = run.calls.get()
    page = page_of(client, run)
    assert (call.status, call.output.text, call.failure_code) == (Status.FAILED, "Half of it.", FailureCode.OVERLOADED)
    assert (call.usage, call.cost) == (Usage(input_tokens=10, output_tokens=20), Decimal("0.000050"))
    assert "Upstream broke off its answer (insufficient system resource)." in page


def test_thinking_that_only_the_total_counts_is_on_the_bill(bench, client):
    run = performed(bench, usage={**USAGE, "total_tokens": 530})

    call = run.calls.get()
    assert (call.usage.output_tokens, call.cost) == (520, Decimal("0.001050"))
    assert "10 – 520 –" in page_of(client, run)


def test_cached_tokens_at_the_top_are_on_the_bill(bench):
    run = performed(bench, usage={"prompt_tokens": 100, "completion_tokens": 20, "cached_tokens": 90})

    assert run.calls.get().usage.cached_tokens == 90


def test_prompt_that_was_cut_is_said_in_the_column_and_on_the_bill(bench, client):
    run = performed(bench, prompt=LONG, usage={"prompt_tokens": 4096, "completion_tokens": 20})

    call = run.calls.get()
    page = page_of(client, run)
    assert call.usage.unread_tokens == -(-len(LONG.strip()) // 4) - 4096
    assert f"The provider read 4096 tokens and left out about {call.usage.unread_tokens}:" in page
    assert "4096 prompt cut" in page


def test_parameter_that_was_refused_is_said_as_one_that_is_not_sent(bench, client, upstream):
    run = performed(bench, behaviour="refuses-parameter", text="Yes.")

    call = run.calls.get()
    assert (call.output.text, call.dropped, len(call.attempt_values)) == ("Yes.", ("temperature",), 1)
    assert ["temperature" in entry["body"] for entry in upstream.ledger("a")] == [True, False]
    assert "Not sent: temperature. The model does not accept it." in page_of(client, run)


def test_model_that_may_not_stream_answers_whole(bench, upstream):
    run = performed(bench, behaviour="no-streams", text="Yes.")

    call = run.calls.get()
    assert (call.status, call.output.text, call.dropped) == (Status.DONE, "Yes.", ())
    assert [entry["body"]["stream"] for entry in upstream.ledger("a")] == [True, False]


def test_thought_without_an_opening_mark_leaves_the_text_and_its_readers(bench, client):
    bench.model("a", text="Let me see, 2+2 is 4.\n</think>\n\nFour.", gate_after=4)
    run = bench.start("up/a")
    call = bench.claimed(run)
    streaming = executor().start(requests.prepare(call))
    wait_until(lambda: streaming.text() == "Let me see, 2+2", "the thought looks like text")
    bench.upstream.release("a")
    outcome = streaming.future.result(timeout=60)

    assert (outcome.reply.text, outcome.reply.reasoning) == ("Four.", "Let me see, 2+2 is 4.\n")
    deltas = [event for event in streaming.whole() if event.type == "call.delta"]
    assert [(one.channel, one.text) for one in deltas] == [
        (Channel.REASONING, "Let me see, 2+2 is 4.\n"),
        (Channel.TEXT, "Four."),
    ]


def test_empty_answer_is_asked_for_once_more_and_then_named(bench, upstream, client):
    run = performed(bench, text="")

    call = run.calls.get()
    assert (call.status, call.failure_code) == (Status.FAILED, FailureCode.EMPTY)
    assert story(call) == [("up/a", "empty"), ("up/a", "empty")]
    assert call.cost == 2 * Decimal("0.000050")
    assert "Upstream sent an empty answer. Try again, or choose another model." in page_of(client, run)


def test_empty_answer_that_is_followed_by_words_is_forgiven(bench):
    run = performed(bench, texts=["", "Yes."])

    call = run.calls.get()
    assert (call.status, call.output.text, story(call)) == (Status.DONE, "Yes.", [("up/a", "empty"), ("up/a", None)])
    assert call.cost == 2 * Decimal("0.000050")


def test_empty_answer_goes_to_the_fallback(bench):
    bench.model("a", text="")

    call = perform(started_with_fallback(bench)).calls.get()

    assert (call.output.text, story(call)) == ("Yes.", [("up/a", "empty"), ("up/a", "empty"), ("up/b", None)])


def test_thought_without_an_answer_is_offered_as_one(bench, client):
    run = performed(bench, behaviour="only-reasoning")

    call = run.calls.get()
    page = page_of(client, run)
    assert (call.status, call.failure_code, call.output.reasoning) == (
        Status.FAILED,
        FailureCode.EMPTY,
        "It is 330 metres.",
    )
    assert (len(call.attempt_values), call.cost) == (1, Decimal("0.000050"))
    assert "The model wrote only its reasoning and no answer. Read the reasoning below, or retry." in page
    assert "It is 330 metres." in page


def test_silence_before_the_first_token_is_not_asked_for_again(bench, upstream, settings):
    settings.FIRST_TOKEN_TIMEOUT = 0.3
    run = performed(bench, behaviour="stall-first")

    call = run.calls.get()
    assert (call.status, story(call)) == (Status.FAILED, [("up/a", "timeout")])
    assert len(upstream.ledger("a")) == 1


def test_silence_before_the_first_token_goes_to_the_fallback(bench, settings):
    settings.FIRST_TOKEN_TIMEOUT = 0.3
    bench.model("a", "stall-first")

    call = perform(started_with_fallback(bench)).calls.get()

    assert (call.output.text, story(call)) == ("Yes.", [("up/a", "timeout"), ("up/b", None)])


@pytest.mark.parametrize(
    "reasons, effort, own, seconds",
    [
        (True, None, None, 300),
        (None, ReasoningEffort.LOW, None, 300),
        (False, ReasoningEffort.LOW, None, 60),
        (None, None, None, 60),
        (True, ReasoningEffort.HIGH, 7, 7),
    ],
)
def test_model_that_thinks_is_given_longer_for_its_first_token(bench, settings, reasons, effort, own, seconds):
    settings.FIRST_TOKEN_TIMEOUT = 60
    model = bench.model("a")
    Model.objects.filter(reference=model).update(supports_reasoning=reasons, first_token_s=own)
    run = bench.start(model)
    call = run.calls.get()
    Call.objects.filter(pk=call.pk).update(
        parameters=call.parameters.model_copy(update={"reasoning_effort": effort and ReasoningEffort(effort)})
    )

    prepared = requests.prepare(bench.claimed(run, Call.objects.get(pk=call.pk)))

    assert prepared.routes[0].request.timeouts.first_token_s == seconds
