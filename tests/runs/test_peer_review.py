"""A peer review of a run that has ended: the requests that it makes, what it stores, and who gave nothing."""

import json

import pytest

from apps.fusion.strategies import planned_calls
from apps.fusion.vocabulary import FailureCode, Role, Status
from apps.runs import second_opinions
from apps.runs.lifecycle.rows_to_events import load_state
from apps.runs.reading.export import export_json, export_markdown
from apps.runs.reading.peer_reviews import review_document, review_of
from apps.runs.reading.snapshot import take_snapshot
from apps.runs.starting import InvalidRun
from tests.runs.log_reader import read_log

FUSED = "It stands in Paris, and is 330 metres tall."
TEXTS = {
    "a": "It is 330 metres tall.",
    "b": "It is 300 metres tall.",
    "c": "I am Claude, made by Anthropic. It is tall.",
}


@pytest.fixture
def ended(bench, worker):
    models = [bench.model(name, text=text) for name, text in TEXTS.items()]
    return bench.finish(bench.start(*models, writer=bench.model("writer", text=FUSED)))


def reviews(order, better):
    """Return a reply of a model that does for each of its calls, which are made at once."""
    return json.dumps({"ranking": order, "better": better})


def test_panel_ranks_itself_and_the_rate_is_stored_with_its_n(bench, ended, upstream):
    # Each reply answers both questions: X is the own answer once and the fused one once.
    bench.upstream.script("a", "ok", text=reviews(["A", "B"], "X"), gate_after=0)
    bench.upstream.script("b", "ok", text="I like the second one.")
    bench.upstream.script("c", "ok", text=reviews(["B", "A"], "Y"))
    before, expected = len(upstream.ledger()), second_opinions.estimate_review(ended)

    calls = second_opinions.review_answers(ended)
    with pytest.raises(InvalidRun, match="under way"):
        second_opinions.review_answers(ended)
    upstream.release("a")

    run = bench.finish(ended)
    made = upstream.ledger()[before:]
    assert sorted(entry["model"] for entry in made) == sorted(["a"] * 3 + ["b"] * 3 + ["c"] * 3)
    assert (expected.calls, len(calls)) == (9, 9)
    review = review_of(take_snapshot(run))
    assert set(review.rankings) == {"A", "C"}
    assert review.without_ranking == ("B",)
    assert all(reviewer not in order for reviewer, order in review.rankings.items())
    assert (review.preferences.undecided, review.preferences.missing) == (("A", "C"), ("B",))
    assert (run.peers_for_fused, run.peers_asked) == (0, 2)
    assert {call.failure_code for call in run.calls.filter(slot="B").exclude(role=Role.PANEL)} == {
        FailureCode.BAD_REPLY
    }
    assert (run.status, run.answer_call.output.text) == (Status.DONE, FUSED)
    assert {one.status for one in read_log(run).calls} == {one.status for one in load_state(run).calls}


def test_reviewer_is_blind_and_reads_the_two_answers_in_both_orders(bench, ended, upstream):
    bench.upstream.script("a", "ok", text=reviews(["A", "B"], "X"))
    before = len(upstream.ledger())

    second_opinions.review_answers(ended)

    bench.finish(ended)
    sent = [entry["body"]["messages"][-1]["content"] for entry in upstream.ledger()[before:] if entry["model"] == "a"]
    (ranking,) = [text for text in sent if "Rank the answers" in text]
    assert "It is 300 metres tall." in ranking
    assert "It is 330 metres tall." not in ranking
    assert "Claude" not in "".join(sent)
    pairs = [text for text in sent if "Which of the answers" in text]
    firsts = sorted(text.index(FUSED) < text.index(TEXTS["a"]) for text in pairs)
    assert firsts == [False, True]
    assert not any(word in text for text in pairs for word in ("fused", "your own", "judge"))


def test_review_is_in_exports_and_says_when_its_answer_is_an_earlier_one(bench, ended):
    for name, order in (("a", ["A", "B"]), ("b", ["A", "B"]), ("c", ["A", "B"])):
        bench.upstream.script(name, "ok", text=reviews(order, "X"))
    second_opinions.review_answers(ended)
    run = bench.finish(ended)

    snapshot = take_snapshot(run)
    document = review_document(snapshot)
    assert (document["state"], document["is_outdated"], document["preference"]["n"]) == ("done", False, 3)
    assert document["preference"]["rate"] == 0.0
    exported = json.loads(export_json(snapshot))
    assert exported["peer_review"] == document
    assert len(exported["reviews"]) == 9
    assert "Of 3 reviewers 0 prefer the fused answer to their own in both orders." in export_markdown(snapshot)

    other = snapshot.model_copy(update={"answer": snapshot.answer.model_copy(update={"id": 1})})
    assert review_document(other)["is_outdated"]


def test_review_of_a_recipe_follows_the_answer_and_costs_what_was_planned(bench, worker, upstream):
    models = [bench.model(name, texts=[text, *3 * [reviews(["A", "B"], "X")]]) for name, text in TEXTS.items()]

    run = bench.finish(bench.start(*models, writer=bench.model("writer", text=FUSED), peer_review=True))

    assert (run.status, run.answer_call.output.text) == (Status.DONE, FUSED)
    review = review_of(take_snapshot(run))
    assert (len(review.calls), review.answer, review.preferences.n) == (9, run.answer_call_id, 3)
    assert len(upstream.ledger()) == len([one for one in planned_calls(run.recipe) if not one.is_builtin])


def test_review_of_one_model_alone_is_refused(bench, worker):
    alone = bench.finish(bench.start(bench.model("a")))

    with pytest.raises(InvalidRun, match="nothing to judge"):
        second_opinions.review_answers(alone)
