"""Equal requests get one answer: a finished one for a while, one at work for all who wait, and nothing is lost."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connections, transaction
from django.utils import timezone

from apps.catalogue.models import Model
from apps.fusion.caching import CacheSettings
from apps.fusion.files import PromptFile
from apps.fusion.values import Message
from apps.fusion.vocabulary import AnswerKind, CitationOrigin, FailureCode, QuoteState, Status
from apps.runs import actions
from apps.runs.lifecycle.transitions import locked_run
from apps.runs.models import Citation, Finding, Run
from apps.runs.reading.model_health import health
from apps.runs.reading.snapshot import take_snapshot
from apps.runs.starting import InvalidRun
from tests.factories import make_user
from tests.runs.stack import somebody_waits_for_a_row
from tests.services import wait_until

HOUR = CacheSettings(ttl_s=3_600)
AT_WORK_ONLY = CacheSettings(ttl_s=0)


def requests(bench):
    return sum(len(bench.upstream.ledger(name)) for name in ("a", "b", "writer"))


def start(bench, cache=HOUR, **values):
    return bench.start(bench.model("a"), bench.model("b"), cache=cache, **values)


def test_finished_answer_is_given_again_without_asking(bench, worker):
    first = bench.finish(start(bench))
    Run.objects.filter(pk=first.pk).update(ended_at=timezone.now() - timedelta(seconds=90))
    wait_until(lambda: not first.calls.filter(slot__in="AB", output__html="").exists(), "its texts are rendered")
    asked, measured = requests(bench), health(["up/a"])["up/a"].calls

    second = bench.finish(start(bench))

    assert (second.status, second.answer_kind, second.cost) == (Status.DONE, AnswerKind.FUSED, 0)
    assert (second.copy_of_id, second.cache_hit.run) == (first.pk, first.public_id)
    assert 90 <= second.cache_hit.age_s < 900
    assert requests(bench) == asked
    assert health(["up/a"])["up/a"].calls == measured
    old, new = take_snapshot(first), take_snapshot(second)
    assert new.answer.text == old.answer.text
    assert new.analysis == old.analysis
    assert [(call.role, call.slot, call.text, call.html) for call in new.calls] == [
        (call.role, call.slot, call.text, call.html) for call in old.calls
    ]
    assert {call.id for call in new.calls}.isdisjoint(call.id for call in old.calls)
    assert set(new.answer.inputs) <= {call.id for call in new.calls}
    found = [Finding.objects.filter(call__run=run).values_list("text", flat=True) for run in (first, second)]
    assert sorted(found[0]) == sorted(found[1])
    assert {line.usage.output_tokens for line in new.calls} == {0}
    # What was copied can be gone on with as any other run.
    actions.fuse_again(second, "AB")
    assert bench.finish(second).answer_call_id != new.answer.id
    assert requests(bench) > asked


NO_HITS = {
    "expired": lambda first: Run.objects.filter(pk=first.pk).update(ended_at=timezone.now() - timedelta(hours=2)),
    "deleted": actions.delete_run,
    "in the bin": lambda first: Run.objects.filter(pk=first.pk).update(binned_at=timezone.now()),
    "not stored": lambda first: Run.objects.filter(pk=first.pk).update(is_kept=False),
    "another's": lambda first: Run.objects.filter(pk=first.pk).update(owner=make_user("bob")),
    "failed": lambda first: Run.objects.filter(pk=first.pk).update(status=Status.FAILED, answer_call=None),
}


def test_answer_that_is_old_deleted_or_not_ones_own_is_none(bench, private_valkey):
    for name, spoil in NO_HITS.items():
        Run.objects.all().delete()
        first = start(bench)
        call = first.calls.first()
        first.calls.update(status=Status.DONE)
        Run.objects.filter(pk=first.pk).update(status=Status.DONE, ended_at=timezone.now(), answer_call=call)
        hit = start(bench)
        hit.refresh_from_db()
        assert hit.cache_hit is not None, name
        spoil(first)

        assert start(bench).calls.count() == 2, name
        assert start(bench, prompt="How old is it?").calls.count() == 2
        assert start(bench, cache=None).calls.count() == 2
        hit.refresh_from_db()
        assert hit.status is Status.DONE  # a copy stays whatever becomes of the first


def test_equal_requests_at_work_are_asked_once(bench, worker, upstream):
    bench.model("b", gate_after=0)
    first = start(bench, AT_WORK_ONLY)
    upstream.wait_for("b")
    others = [start(bench, AT_WORK_ONLY), start(bench, AT_WORK_ONLY), start(bench)]
    assert [run.calls.count() for run in others] == [0, 0, 0]
    actions.cancel_run(others[0])

    upstream.release("b")

    answer = take_snapshot(bench.finish(first)).answer.text
    for run in others[1:]:
        assert take_snapshot(bench.finish(run)).answer.text == answer
        assert (run.cost, run.cache_hit.was_running, run.cache_hit.age_s) == (0, True, 0)
    assert bench.finish(others[0]).status is Status.CANCELLED
    assert [len(upstream.ledger(name)) for name in ("a", "b", "writer")] == [1, 1, 1]
    # Nothing is kept for later where only those at work share.
    assert start(bench, AT_WORK_ONLY).calls.count() == 2


def test_reuse_is_free_where_a_cap_is_used_up_and_waiting_in_vain_spends_nothing(bench, worker, upstream):
    first = bench.finish(start(bench))
    bench.model("b", gate_after=0)
    # Without a price: or the next heartbeat of the call, which is held, would stop it at the cap.
    Model.objects.filter(reference="up/b").update(price_input=None, price_output=None)
    at_work = start(bench, prompt="How old is it?")
    for name in "ab":  # or one that is still on its way would be counted below
        upstream.wait_for(name, requests=2)
    bench.wait_for_call(at_work, Status.DONE, slot="A")
    first.calls.update(cost=1)
    bench.owner.cap_per_day = Decimal(1)
    bench.owner.save()

    waiting, again = start(bench, prompt="How old is it?"), bench.finish(start(bench))

    assert (again.status, again.cost, again.cache_hit.run) == (Status.DONE, 0, first.public_id)
    for prompt, cache in (("Another?", HOUR), ("How high is the Eiffel Tower?", None)):
        with pytest.raises(InvalidRun, match=r"Nothing is left to spend. Your daily cap is \$1.00."):
            start(bench, cache, prompt=prompt)
    asked = requests(bench)
    actions.cancel_run(at_work)
    assert bench.finish(waiting).failure_code is FailureCode.CAPPED
    assert requests(bench) == asked


def test_who_waits_in_vain_has_the_whole_limit_before_them(bench, private_valkey):
    first, second = (start(bench, AT_WORK_ONLY, hard_limit_s=600) for _ in range(2))
    Run.objects.filter(pk=second.pk).update(created_at=timezone.now() - timedelta(hours=1))

    actions.cancel_run(first)
    with locked_run(second.pk):
        pass

    second.refresh_from_db()
    assert (second.status, second.cache_hit) == (Status.RUNNING, None)
    assert [call.status for call in second.calls.all()] == [Status.QUEUED] * 2
    assert second.wake_at > timezone.now() + timedelta(seconds=300)


WAYS = ["stopped", "deleted", "failed"]


@pytest.mark.parametrize("way", WAYS)
def test_who_waits_in_vain_asks_and_the_next_waits_for_them(bench, worker, upstream, way):
    gated = bench.model("c", "quota", gate_after=0)
    first = bench.start(gated, cache=HOUR)
    upstream.wait_for("c")
    second, third = (bench.start(gated, cache=HOUR) for _ in range(2))
    assert [second.calls.count(), third.calls.count()] == [0, 0]
    bench.model("c", text="At last.", gate_after=0)
    if way == "stopped":
        actions.cancel_run(first)
    elif way == "deleted":
        actions.delete_run(first)
    else:
        upstream.release("c", earlier=True)
        assert bench.finish(first).failure_code is FailureCode.ALL_PANELS_FAILED

    wait_until(lambda: second.calls.exists() or third.calls.exists(), "one of them asks")
    upstream.wait_for("c", requests=2)
    upstream.release("c")

    texts = [take_snapshot(bench.finish(run)).answer.text for run in (second, third)]
    assert texts == ["At last."] * 2
    assert sorted(bool(run.cache_hit) for run in (second, third)) == [False, True]


def test_equal_requests_at_the_same_moment_make_one_original(bench, private_valkey):
    recipe, ready = bench.recipe(bench.model("a"), bench.model("b"), cache=HOUR), threading.Barrier(4)

    def ask():
        try:
            ready.wait(30)
            actions.start_run(bench.owner, [bench.message("Why?")], recipe)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    runs = list(Run.objects.order_by("pk"))
    original = [run.pk for run in runs if run.copy_of_id is None]
    assert len(runs) == 4
    assert len(original) == 1
    assert {run.copy_of_id for run in runs if run.copy_of_id} == set(original)
    assert [run.calls.count() for run in runs if run.copy_of_id] == [0, 0, 0]


def test_answer_that_comes_while_its_run_is_waited_for_is_given(bench, private_valkey):
    recipe = bench.recipe(bench.model("a"), bench.model("b"), cache=HOUR)
    first = actions.start_run(bench.owner, [bench.message("Why?")], recipe)
    started = []

    def ask():
        try:
            started.append(actions.start_run(bench.owner, [bench.message("Why?")], recipe))
        finally:
            connections.close_all()

    thread = threading.Thread(target=ask)
    with transaction.atomic():
        first.calls.update(status=Status.DONE)
        ended = {"status": Status.DONE, "ended_at": timezone.now(), "answer_call": first.calls.first()}
        Run.objects.filter(pk=first.pk).update(**ended)
        thread.start()
        wait_until(somebody_waits_for_a_row, "the other waits for the row of the first")
    thread.join(60)

    (second,) = started
    second.refresh_from_db()
    assert second.cache_hit.run == first.public_id


def test_reused_answer_keeps_its_marks_of_files(bench, private_valkey):
    text = "The tower is 330 metres high."
    file = PromptFile(name="tower.txt", media_type="text/plain", size=len(text), sha256="0" * 64, text=text)
    asked = [Message(role="user", text="How high is it?", files=(file,))]
    recipe = bench.recipe(bench.model("a"), bench.model("b"), cache=HOUR)
    first = actions.start_run(bench.owner, asked, recipe)
    call = first.calls.first()
    first.calls.update(status=Status.DONE)
    Run.objects.filter(pk=first.pk).update(status=Status.DONE, ended_at=timezone.now(), answer_call=call)
    source = first.sources.get()
    Citation.objects.create(
        call=call, source=source, number=1, start=0, end=3, state=QuoteState.VERIFIED, origin=CitationOrigin.TEXT
    )

    second = actions.start_run(bench.owner, asked, recipe)

    copied = Citation.objects.get(call__run=second)
    assert (copied.source.run_id, copied.number, copied.state) == (second.pk, 1, QuoteState.VERIFIED)
    assert copied.source_id != source.pk
    renamed = [Message(role="user", text="How high is it?", files=(file.model_copy(update={"name": "other.txt"}),))]
    assert actions.start_run(bench.owner, renamed, recipe).calls.count() == 2
