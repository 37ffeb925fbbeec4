"""Judging and writing again over HTTP: the requests that it makes, the takes that it lists, the prices before."""

import json
from typing import Any

import httpx

from apps.fusion.judging.reply_forms import ReplyForm
from tests.services import wait_until

BEST = {"answer": "A", "reason": "It alone is whole."}
REPLY = json.dumps({name: [] for name in ReplyForm.model_fields})


def listed(http: httpx.Client, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = http.get(path).json()["data"]
    return found


def test_takes_of_judge_and_writer_are_made_listed_and_chosen(panel, http, bench) -> None:
    run = bench.finish(bench.start(bench.model("a"), bench.model("b"), writer=bench.model("writer", text="First.")))
    api = bench.owner.api_keys.get()
    run.api_key = api
    run.save(update_fields=["api_key"])
    base, before = f"/api/v1/runs/{run.public_id}", len(bench.upstream.ledger())
    judge, second = bench.model("judge", text=REPLY), bench.model("second", text="Second.")

    price = http.post(f"{base}/rejudge", json={"judge": judge, "dry_run": True})
    assert (price.status_code, price.json()["calls"], len(bench.upstream.ledger())) == (200, 1, before)

    made = http.post(f"{base}/rejudge", json={"judge": judge, "criteria": "brevity", "instructions": "Be strict."})
    wait_until(lambda: all(take["status"] == "done" for take in listed(http, f"{base}/analyses")), "judged", 30)
    old, new = listed(http, f"{base}/analyses")
    assert (made.status_code, made.json()["id"]) == (201, new["call"])
    assert [entry["model"] for entry in bench.upstream.ledger()[before:]] == ["judge"]
    assert (new["is_current"], old["is_current"], new["criteria"], new["instructions"]) == (
        True,
        False,
        "brevity",
        "Be strict.",
    )
    assert [take["stale"] for take in listed(http, f"{base}/answers")] == ["It was written from another analysis."]

    made = http.post(f"{base}/rewrite", json={"writers": [second, second], "instructions": "Short."})
    assert made.status_code == 201
    wait_until(lambda: [one["status"] for one in listed(http, f"{base}/answers")] == ["done"] * 3, "written", 30)
    answers = listed(http, f"{base}/answers")
    assert [one["text"] for one in answers] == ["First.", "Second.", "Second."]
    assert [one["analysis"] for one in answers[1:]] == [new["call"]] * 2
    assert sum(one["is_current"] for one in answers) == 1
    assert not answers[0]["is_current"]

    chosen = http.post(f"{base}/current", json={"analysis": old["call"], "answer": answers[0]["call"]})
    assert (chosen.status_code, chosen.json()["answer"]["text"]) == (200, "First.")
    assert http.post(f"{base}/current", json={"answer": old["call"]}).status_code == 409

    refused = http.post(f"{base}/rewrite", json={"writers": [second] * 4})
    assert refused.status_code == 400
    late = http.post(f"{base}/columns", json={"model": bench.model("late")})
    assert (late.status_code, late.json()["slot"]) == (201, "C")
    wait_until(lambda: len(listed(http, f"{base}/analyses")) == 2, "listed", 30)
    wait_until(lambda: listed(http, f"{base}/analyses")[0]["stale"] != "", "stale", 30)


def test_rulings_are_put_listed_told_and_removed(panel, http, bench) -> None:
    run = bench.finish(bench.start(bench.model("a"), bench.model("b"), writer=bench.model("writer")))
    run.api_key = bench.owner.api_keys.get()
    run.save(update_fields=["api_key"])
    base = f"/api/v1/runs/{run.public_id}"
    ruling = {"verdict": "add", "text": "It sways in the wind."}

    put = http.put(f"{base}/rulings", json=ruling)
    assert (put.status_code, put.json()["data"][0]["applies"]) == (200, True)
    bad = http.put(f"{base}/rulings", json={"verdict": "drop", "finding": "made-up"})
    assert (bad.status_code, bad.json()["error"]["param"]) == (400, "finding")

    http.post(f"{base}/rewrite", json={"rulings": True}).raise_for_status()
    wait_until(lambda: [one["status"] for one in listed(http, f"{base}/answers")] == ["done"] * 2, "written", 30)
    last = bench.upstream.ledger("writer")[-1]["body"]["messages"][-1]["content"]
    assert "State this as well, as a point that all hold: It sways in the wind." in last
    assert listed(http, f"{base}/answers")[1]["rulings"][0]["text"] == "It sways in the wind."

    path = f"{base}/rulings/{put.json()['data'][0]['id']}"
    assert [http.delete(path).status_code, http.delete(path).status_code] == [204, 404]
    assert listed(http, f"{base}/rulings") == []


def test_run_is_made_with_instructions_for_judge_and_writer(panel, http, bench) -> None:
    judge = bench.model("judge", text=REPLY)
    wish = {
        "prompt": "How high is it?",
        "panel": [bench.model("a"), bench.model("b")],
        "judge": judge,
        "writer": bench.model("writer"),
        "judge_instructions": "Look at units.",
        "writer_instructions": "Use a table.",
    }

    run_id = http.post("/api/v1/runs", json=wish).json()["id"]

    wait_until(lambda: http.get(f"/api/v1/runs/{run_id}").json()["status"] == "done", "ends", 30)
    for model, words in (("judge", "Look at units."), ("writer", "Use a table.")):
        entry = bench.upstream.ledger(model)[-1]  # the writer wrote for the run that warmed the worker too
        assert entry["body"]["messages"][-1]["content"].endswith(words)
    assert listed(http, f"/api/v1/runs/{run_id}/analyses")[0]["instructions"] == "Look at units."


def test_judges_beside_the_analysis_check_its_order_and_judge_too(panel, http, bench) -> None:
    texts = {"a": "It is 330 metres high. It is iron.", "b": "It is 300 metres high. It is iron."}
    models = [bench.model(name, text=text) for name, text in texts.items()]
    run = bench.finish(bench.start(*models, judge=bench.model("judge", "judge", favours="first", best=BEST)))
    run.api_key = bench.owner.api_keys.get()
    run.save(update_fields=["api_key"])
    base, before = f"/api/v1/runs/{run.public_id}", len(bench.upstream.ledger())
    assert http.get(base).json()["stability"] is None

    price = http.post(f"{base}/order-check", json={"dry_run": True})
    assert (price.status_code, price.json()["calls"], len(bench.upstream.ledger())) == (200, 1, before)

    made = http.post(f"{base}/order-check", json={})
    wait_until(lambda: http.get(base).json()["stability"] is not None, "checked", 30)
    assert (made.status_code, len(made.json()["data"]), len(bench.upstream.ledger()) - before) == (201, 1, 1)
    first, check = listed(http, f"{base}/analyses")
    assert (first["is_current"], check["is_current"]) == (True, False)
    assert (check["order"], check["beside"]) == ("reversed", first["call"])
    figure = first["analysis"]["stability"]
    found = {"consensus-1": 2, "contradiction-1": 2, "unique-insight-1": 1}
    assert (figure["stable"], figure["findings"], figure["orders"], figure["found"]) == (2, 3, 2, found)
    document = http.get(base).json()
    assert document["analysis"]["stability"] == http.get(f"{base}/export").json()["analysis"]["stability"] == figure
    assert document["stability"] == http.get("/api/v1/runs").json()["data"][0]["stability"] == figure["share"]

    second = {"judge": bench.model("second", "judge")}
    assert http.post(f"{base}/second-judge", json={**second, "dry_run": True}).json()["calls"] == 1
    assert http.post(f"{base}/second-judge", json={"judge": "up/judge"}).status_code == 409
    # What would be refused has no price, and nothing but true and false says whether it is to cost something.
    unknown = http.post(f"{base}/second-judge", json={"judge": "up/nobody", "dry_run": True})
    assert unknown.status_code == 404
    assert http.post(f"{base}/second-judge", json={**second, "dry_run": 0}).status_code == 400
    made = http.post(f"{base}/second-judge", json=second)
    wait_until(lambda: http.get(base).json()["second_judges"] != [], "judged twice", 30)
    (other,) = http.get(base).json()["second_judges"]
    assert (made.status_code, made.json()["id"], other["model"]) == (201, other["call"], "up/second")
    assert (other["findings"], other["share"], [one["id"] for one in other["only_first"]]) == (
        3,
        2 / 3,
        ["unique-insight-1"],
    )
    assert http.get(f"{base}/export").json()["second_judges"] == [other]
    assert len(bench.upstream.ledger()) - before == 2

    best = http.get(base).json()["analysis"]["best_as_is"]
    panel = {call["slot"]: call["id"] for call in document["calls"] if call["role"] == "panel"}
    assert (best["reason"], sorted(panel)) == (BEST["reason"], ["A", "B"])
    others = [call for slot, call in panel.items() if slot != best["slot"]]
    assert http.post(f"{base}/current", json={"answer": others[0]}).status_code == 409
    chosen = http.post(f"{base}/current", json={"answer": panel[best["slot"]]}).json()["answer"]
    assert (chosen["kind"], chosen["call"]) == ("as_is", panel[best["slot"]])
    assert chosen["text"] == texts[chosen["model"].removeprefix("up/")]

    overlap = http.post(f"{base}/rejudge", json={"judge": "builtin/overlap"})
    wait_until(lambda: listed(http, f"{base}/analyses")[-1]["status"] == "done", "compared", 30)
    assert overlap.status_code == 201
    assert http.post(f"{base}/order-check", json={}).status_code == 409


CHECKED = {
    "findings": [{"fault": "unsupported", "point": "Nobody says 1889.", "quote": "It opened in 1889.", "answer": ""}]
}


def test_answer_is_checked_within_the_request_that_asks_for_it(panel, http, bench) -> None:
    bench.model("oak", text="It is 330 metres high.")
    judge = bench.model("judge", texts=[REPLY, json.dumps(CHECKED)])
    wish = {
        "model": "fusion",
        "messages": [{"role": "user", "content": "How high is it?"}],
        "fusion": {
            "panel": [bench.model("oak"), bench.model("ash", text="It is 300 metres high.")],
            "judge": judge,
            "writer": bench.model("writer"),
            "answer_check": True,
        },
    }

    answer = http.post("/v1/chat/completions", json=wish, timeout=60).raise_for_status().json()

    check = answer["fusion"]["answer_check"]
    assert check["state"] == "done"
    assert [(one["fault"], one["quote"]["state"]) for one in check["findings"]] == [("unsupported", "verified")]
    assert [line["role"] for line in answer["fusion"]["bill"]] == ["panel", "panel", "judge", "synthesis", "check"]
    assert answer["usage"]["cost"] > 0
    streamed = http.post("/v1/chat/completions", json=wish | {"stream": True}, timeout=60).text
    assert '"answer_check":{"state":"done"' in streamed.replace(" ", "")


def test_answer_is_checked_later_at_a_price_that_is_said_before(panel, http, bench) -> None:
    run = bench.finish(bench.start(bench.model("a"), bench.model("b"), writer=bench.model("writer", text="Hm.")))
    run.api_key = bench.owner.api_keys.get()
    run.save(update_fields=["api_key"])
    base, before = f"/api/v1/runs/{run.public_id}", len(bench.upstream.ledger())
    body = {"model": bench.model("checker", text='{"findings": []}')}

    price = http.post(f"{base}/answer-check", json=body | {"dry_run": True})
    assert (price.status_code, price.json()["calls"], http.get(base).json()["answer_check"]) == (200, 1, None)

    assert http.post(f"{base}/answer-check", json=body).status_code == 201
    wait_until(lambda: http.get(base).json()["answer_check"]["state"] == "done", "checked", 30)
    assert http.get(base).json()["answer_check"]["findings"] == []
    assert [entry["model"] for entry in bench.upstream.ledger()[before:]] == ["checker"]


def test_panel_reviews_its_answers_at_a_price_that_is_said_before(panel, http, bench) -> None:
    run = bench.finish(bench.start(bench.model("a"), bench.model("b"), writer=bench.model("writer", text="Hm.")))
    run.api_key = bench.owner.api_keys.get()
    run.save(update_fields=["api_key"])
    base, before = f"/api/v1/runs/{run.public_id}", len(bench.upstream.ledger())
    for name in ("a", "b"):
        bench.upstream.script(name, "ok", text='{"better": "X"}')

    price = http.post(f"{base}/peer-review", json={"dry_run": True})
    assert (price.status_code, price.json()["calls"], http.get(base).json()["peer_review"]) == (200, 4, None)

    made = http.post(f"{base}/peer-review", json={})
    assert (made.status_code, len(made.json()["data"])) == (201, 4)
    wait_until(lambda: http.get(base).json()["peer_review"]["state"] == "done", "reviewed", 30)
    said = http.get(base).json()["peer_review"]
    assert (said["standings"], said["preference"]["n"], said["preference"]["undecided"]) == ([], 2, ["A", "B"])
    assert len(bench.upstream.ledger()) - before == 4
