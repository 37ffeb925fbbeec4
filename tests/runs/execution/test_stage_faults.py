"""A worker that is killed between two stages, or within the later one: what was answered is not asked again."""

import json

from apps.fusion.values import PlainSettings, Reply, Usage
from apps.fusion.vocabulary import AnswerKind, CostSource, Role, Status, StrategyName
from apps.runs import actions
from apps.runs.lifecycle import claims
from apps.runs.lifecycle.outcomes import Outcome, Result
from tests.runs.log_reader import read_log, stored, told

DRAFT = "The Eiffel Tower is 300 metres high. It opened in 1889."


def test_worker_killed_between_stages_and_in_one_repeats_no_answer(bench, own_worker, private_valkey, upstream):
    issue = {"quote": "300 metres", "problem": "It is 330 metres.", "severity": 3, "fix": "330 metres"}
    author = bench.model("author", "revises", text=DRAFT, revised="The Eiffel Tower is 330 metres high since 2022.")
    reviewer = bench.model("reviewer", text=json.dumps({"issues": [issue]}), gate_after=0)
    recipe = bench.recipe(author, reviewer)
    own = PlainSettings(strategy=StrategyName.CRITIQUE, judge=recipe.settings.judge, writer=author)
    recipe = recipe.model_copy(update={"settings": own})
    run = actions.start_run(bench.owner, [bench.message("How high is the Eiffel Tower?")], recipe)

    # This process plays the worker that ends the draft, is to go on with the review, and dies before it does.
    draft = bench.claimed(run)
    result = Result(Outcome(Status.DONE, Reply(text=DRAFT), text_changed=True), Usage(), None, CostSource.UNKNOWN)
    ended = claims.end(draft, result, run_next_here=True)
    review = run.calls.get(role=Role.REVIEW)
    assert (ended.next_call, review.status, review.claim) == (review.pk, Status.QUEUED, 0)
    first = own_worker("first")
    upstream.wait_for("reviewer")
    first.kill()
    bench.age_heartbeats()
    upstream.script("reviewer", "ok", text=json.dumps({"issues": [issue]}))
    own_worker("second")

    run = bench.finish(run)

    assert (run.status, run.answer_kind) == (Status.DONE, AnswerKind.REVISED)
    calls = [(call.role, call.take, call.claim) for call in run.calls.order_by("pk")]
    assert calls[:3] == [(Role.PANEL, 1, 1), (Role.REVIEW, 1, 2), (Role.REVISION, 1, 1)]
    # The draft is the one that was handed in; its author was asked for the revision alone.
    (revision,) = upstream.ledger("author")
    assert revision["text"].endswith("The Eiffel Tower is 330 metres high since 2022.")
    assert len(upstream.ledger("reviewer")) == 2 + calls.count((Role.REVIEW, 2, 1))
    assert told(read_log(run)) == stored(run)
