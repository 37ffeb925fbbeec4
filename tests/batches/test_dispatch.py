"""Batches carried out: on real workers, with workers killed between rows, paused, cancelled, retried and capped."""

from decimal import Decimal

import pytest

from apps.batches import actions
from apps.batches.actions import InvalidBatch
from apps.batches.dispatch import AT_WORK, dispatch_round
from apps.batches.models import BatchRow, BatchState
from apps.batches.reading import counts_of, estimate_batch, spreads_of
from apps.catalogue.models import Model
from apps.fusion.values import Message, PromptVariant
from apps.fusion.vocabulary import Priority, Status
from apps.runs.actions import cancel_run, delete_run
from apps.runs.models import Call, Run
from tests.batches.steps import (
    dispatch_until,
    make_batch,
    prompts_of,
    state,
    statuses,
    wait_for_end,
)

MANY = "city\n" + "".join(f"City {at}\n" for at in range(1, 9))


def test_batch_runs_each_row_once_and_checks_its_outputs(bench, worker):
    a, b = bench.model("a", text="Paris has 2 million people."), bench.model("b", text="It is old.")
    bench.model("writer", text="Paris is old.")
    batch = make_batch(bench, a, b, checks="contains: {{city}}\nlength: at most 30 words", repetitions=2)

    assert (state(batch), statuses(batch)) == (BatchState.READY, ["queued"] * 6)
    actions.start_batch(batch)
    wait_for_end(batch)

    assert prompts_of(batch) == [f"How old is {city}?" for city in ("Paris", "Paris", "Rome", "Rome", "Oslo", "Oslo")]
    assert set(Run.objects.values_list("priority", flat=True)) == {Priority.BULK}
    rows = list(batch.rows.order_by("number"))
    assert [(row.line, row.repetition, row.passed) for row in rows] == [
        *((1, 1, True), (1, 2, True), (2, 1, False), (2, 2, False), (3, 1, False), (3, 2, False)),
    ]
    assert {slot: [one.passed for one in found] for slot, found in rows[0].results.items()} == {
        "": [True, True], "A": [True, True], "B": [False, True],
    }  # fmt: skip
    spread = spreads_of(batch, [1])[1]
    assert (spread.total, spread.without, spread.share, spread.agreement) == (2, 2, None, None)
    assert rows[2].results[""][0].reason == "It does not contain “Rome”."
    counts = counts_of([batch])[batch.pk]
    assert (counts.done, counts.passed, counts.not_passed, counts.cost > 0) == (6, 2, 4, True)


def test_own_prompts_of_columns_have_the_values_of_each_row(bench, worker, upstream):
    a = bench.model("a", text="Old.")
    recipe = bench.recipe(a, a)
    brief = PromptVariant(name="brief", system="You know {{city}}.", prompt="{{prompt}} Be brief on {{city}}.")
    panel = (recipe.panel[0].model_copy(update={"variant": brief}), recipe.panel[1])
    recipe = recipe.model_copy(update={"panel": panel})
    plain = estimate_batch(make_batch(bench, a, a, table="city\nParis\n"))
    batch = make_batch(bench, recipe=recipe, table="city\nParis\n")

    assert estimate_batch(batch).most > plain.most
    actions.start_batch(batch)
    wait_for_end(batch)

    sent = [[turn["content"] for turn in one["body"]["messages"]] for one in upstream.ledger("a")]
    assert sorted(sent) == [["How old is Paris?"], ["You know Paris.", "How old is Paris? Be brief on Paris."]]
    with pytest.raises(InvalidBatch, match=r"own prompts .* There is no value for \{\{city}}") as refused:
        make_batch(bench, recipe=recipe, table="town\nParis\n", messages=(Message(role="user", text="{{town}}?"),))
    assert refused.value.field == "table"


def test_fixed_conversation_is_repeated_as_it_is(bench, worker):
    messages = (Message(role="system", text="Be {{brief}}."), Message(role="user", text="Why {{x+y}}?"))
    batch = make_batch(bench, bench.model("a"), table="", messages=messages, repetitions=3)
    assert batch.recipe.cache is None

    actions.start_batch(batch)
    wait_for_end(batch)

    assert [tuple(run.messages) for run in Run.objects.all()] == [messages] * 3


def test_worker_killed_between_rows_leaves_no_row_out_and_runs_none_twice(bench, own_worker, private_valkey, upstream):
    first = own_worker("first")
    a = bench.model("a", text="one two three", gate_after=1)
    batch = make_batch(bench, a, table=MANY)
    actions.start_batch(batch)
    upstream.wait_for("a", requests=AT_WORK, events=1)

    first.kill()
    at_work = statuses(batch)
    bench.age_heartbeats()
    upstream.release("a")
    own_worker("second")
    wait_for_end(batch)

    assert at_work == ["running"] * AT_WORK + ["queued"] * 2
    assert prompts_of(batch) == [f"How old is City {at}?" for at in range(1, 9)]
    assert (Run.objects.count(), statuses(batch)) == (8, ["done"] * 8)
    assert set(Call.objects.values_list("take", flat=True)) == {1}


def test_run_and_the_note_of_it_on_its_row_are_one_transaction(bench, private_valkey, monkeypatch):
    batch = make_batch(bench, bench.model("a"))
    actions.start_batch(batch)

    def die(*_args, **_values):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(BatchRow, "save", die)
        with pytest.raises(KeyboardInterrupt):
            dispatch_round()

    assert (Run.objects.count(), statuses(batch)) == (0, ["queued"] * 3)
    dispatch_round()
    assert (Run.objects.count(), statuses(batch)) == (3, ["running"] * 3)
    dispatch_round()
    assert Run.objects.count() == 3


def test_pause_starts_no_more_and_resume_runs_what_is_outstanding(bench, private_valkey):
    batch = make_batch(bench, bench.model("a"), table=MANY)
    actions.start_batch(batch)
    dispatch_round()

    actions.pause_batch(batch)
    cancel_run(batch.rows.get(number=1).run)
    dispatch_round()
    paused = statuses(batch)
    actions.start_batch(batch)
    dispatch_round()

    assert paused == ["cancelled"] + ["running"] * (AT_WORK - 1) + ["queued"] * 2
    assert statuses(batch) == ["cancelled"] + ["running"] * AT_WORK + ["queued"]
    assert Run.objects.count() == AT_WORK + 1


def test_cancel_stops_what_is_at_work_and_starts_nothing(bench, private_valkey):
    batch = make_batch(bench, bench.model("a"), table=MANY)
    actions.start_batch(batch)
    dispatch_round()

    actions.cancel_batch(batch)
    dispatch_round()

    assert (state(batch), statuses(batch)) == (BatchState.CANCELLED, ["cancelled"] * 8)
    assert Run.objects.count() == AT_WORK
    with pytest.raises(InvalidBatch):
        actions.start_batch(batch)


def test_retry_runs_only_what_failed_and_counts_what_it_cost_before(bench, worker, upstream):
    usage = {"prompt_tokens": 1_000_000, "completion_tokens": 0}
    upstream.script("a", "400")
    batch = make_batch(bench, bench.model("a"))
    Model.objects.filter(reference="up/a").update(price_output=0)  # 0 tokens of an answer with words are no count
    actions.start_batch(batch)
    wait_for_end(batch)
    failed = list(batch.rows.values_list("run", flat=True))
    assert statuses(batch) == ["failed"] * 3
    assert batch.rows.first().error["message"]

    Run.objects.filter(pk=failed[0]).update(cost=Decimal("0.5"))
    BatchRow.objects.filter(batch=batch, number=2).update(status=Status.DONE)
    upstream.script("a", "ok", text="Old.", usage=usage)
    assert actions.retry_failed(batch) == 2
    wait_for_end(batch)

    runs = list(batch.rows.order_by("number").values_list("run", flat=True))
    assert statuses(batch) == ["done"] * 3
    assert [run in failed for run in runs] == [False, True, False]
    assert counts_of([batch])[batch.pk].cost == Decimal("2.5")
    with pytest.raises(InvalidBatch):
        actions.retry_failed(batch)


def test_cap_of_a_batch_pauses_it_and_a_higher_one_lets_it_go_on(bench, worker):
    a = bench.model("a", text="Old.", usage={"prompt_tokens": 0, "completion_tokens": 200})
    Model.objects.filter(reference=a).update(price_input=0, price_output=1000)
    batch = make_batch(bench, a, table=MANY, max_cost=Decimal("0.6"))

    actions.start_batch(batch)
    wait_for_end(batch, BatchState.PAUSED)
    batch.refresh_from_db()
    dispatch_until(lambda: "running" not in statuses(batch))
    ended = statuses(batch)
    spent = counts_of([batch])[batch.pk].cost

    assert batch.reason == "Nothing is left to spend. The cap of this batch is $0.60. Raise it to go on now." or (
        batch.reason == "The cap of this batch is $0.60."
    )
    assert 0 < ended.count("done") < 8
    assert Decimal("0.2") <= spent <= Decimal("1.8")  # those at work at once may pass the cap by what they had begun
    actions.set_cap(batch, Decimal(10))
    actions.start_batch(batch)
    wait_for_end(batch)
    assert statuses(batch) == ["done"] * 8


def test_deleted_runs_count_under_the_cap_and_fail_their_rows(bench, private_valkey):
    batch = make_batch(bench, bench.model("a"), max_cost=Decimal("0.6"))
    actions.start_batch(batch)
    dispatch_round()
    run = batch.rows.get(number=1).run
    Call.objects.filter(run=run).update(status=Status.DONE, cost=Decimal("0.7"))

    delete_run(run)
    dispatch_round()

    row = batch.rows.get(number=1)
    assert (row.status, row.error["code"]) == (Status.FAILED, "deleted")
    batch.shared_cap.refresh_from_db()
    assert batch.shared_cap.spent_on_deleted == Decimal("0.7")


def test_row_that_cannot_be_run_fails_alone_with_the_reason(bench, private_valkey, settings):
    batch = make_batch(bench, bench.model("a"), table="city\nParis\n" + "x" * 40 + "\n")
    settings.PROMPT_LIMIT = 30  # it was higher when the batch was made
    actions.start_batch(batch)

    dispatch_round()

    assert statuses(batch) == ["running", "failed"]
    error = batch.rows.get(number=2).error
    assert error["message"].startswith("The prompt has 52 characters; the limit is 30.")
    assert error["status"] == 400


def test_daily_cap_of_the_owner_pauses_the_batch(bench, private_valkey):
    bench.owner.cap_per_day = Decimal(0)
    bench.owner.save()
    batch = make_batch(bench, bench.model("a"))
    actions.start_batch(batch)

    dispatch_round()

    batch.refresh_from_db()
    assert (batch.state, statuses(batch)) == (BatchState.PAUSED, ["queued"] * 3)
    assert "Your daily cap is $0.00." in batch.reason


def test_estimate_is_that_of_all_rows(bench, private_valkey):
    one = make_batch(bench, bench.model("a"), table="city\nParis\n")
    ten = make_batch(bench, bench.model("a"), table="city\nParis\n", repetitions=10)

    single, many = estimate_batch(one), estimate_batch(ten)

    assert (many.runs, many.calls) == (10, 10)
    assert many.expected == 10 * single.expected > 0
    assert many.most == 10 * single.most > many.expected


@pytest.mark.parametrize(
    "values, field, beginning",
    [
        ({"table": "town\nParis\n"}, "table", "The table has no column for {{city}}: it has town."),
        ({"checks": "equals: {{year}}"}, "table", "The table has no column for {{year}}: it has city."),
        ({"messages": ()}, "prompt", "Write a prompt"),
        ({"messages": (Message(role="user", text="{{1}}"),)}, "prompt", "Line 1: “{{1}}” is no variable."),
        ({"checks": "nonsense"}, "checks", "Line 1: “nonsense” is no check."),
        ({"repetitions": 31}, "repetitions", "Each row can be run 1 to 30 times."),
        (
            {"table": "city\n" + "x\n" * 3_000, "repetitions": 2},
            "repetitions",
            "3,000 rows 2 times are 6,000 runs; 5,000 are the most.",
        ),
        (
            {"messages": (Message(role="user", text="{{city}}" * 40_000),), "table": f"city\nParis\n{'x' * 90_000}\n"},
            "table",
            "Row 2: with its values the prompt has 3,600,000,000 characters; the limit is",
        ),
        ({"max_cost": Decimal(0)}, "max_cost", "A cap is more than 0"),
    ],
)
def test_batch_that_cannot_be_made_says_why(bench, private_valkey, values, field, beginning):
    with pytest.raises(InvalidBatch) as caught:
        make_batch(bench, bench.model("a"), **values)

    assert caught.value.field == field
    assert caught.value.sentence.startswith(beginning)


@pytest.mark.parametrize("prompt", ["{{prompt}}" * 19_000, "{{city}}" * 19_000])
def test_own_prompts_count_with_the_values_of_each_row(bench, private_valkey, prompt):
    # With the value in every place, they would be nearly two thousand million characters long.
    recipe, table = bench.recipe(bench.model("a")), f"city\nParis\n{'x' * 99_000}\n"
    often = PromptVariant(name="often", prompt=prompt)
    often = recipe.model_copy(update={"panel": (recipe.panel[0].model_copy(update={"variant": often}),)})
    asked = (Message(role="user", text="{{city}}"),)
    too_long = "Row 2: with its values the prompt of column A has 1,881,000,000 characters"

    with pytest.raises(InvalidBatch) as refused:
        make_batch(bench, recipe=often, messages=asked, table=table)
    assert (refused.value.field, refused.value.sentence[: len(too_long)]) == ("table", too_long)

    imported = make_batch(bench, recipe=recipe, messages=asked, table=table)
    imported.recipe = often
    imported.save(update_fields=["recipe"])
    with pytest.raises(InvalidBatch) as refused:
        actions.repeat_batch(imported)
    assert refused.value.sentence.startswith(too_long)
