"""The page's fold.js and the core's `apply` must read a run's events alike; both get the same random histories."""

import json
import shutil
import subprocess
from functools import reduce
from pathlib import Path
from random import Random
from typing import Any

import pytest

from apps.fusion.events import AnyEvent, from_wire
from apps.fusion.state import CallState, RunState, apply
from apps.fusion.vocabulary import Role, Status

BASE_DIR = Path(__file__).resolve().parent.parent.parent.parent
NODES = (shutil.which("node"), BASE_DIR / ".bootstrap" / "node" / "bin" / "node")
SCRIPT = """
import { apply, emptyState, isLive } from "%s";
const histories = JSON.parse(await new Promise((read) => {
  let text = ""; process.stdin.on("data", (part) => { text += part; }).on("end", () => read(text));
}));
console.log(JSON.stringify(histories.map(({ known, events }) => {
  const state = emptyState("r");
  for (const call of known) state.calls.set(call.id, call);
  for (const event of events) apply(state, event);
  return { status: state.status, answer: state.answer, analysis: state.analysis,
    live: isLive(state), calls: [...state.calls.values()] };
})));
"""
FIELDS = ("id", "stage", "role", "slot", "take", "model", "status", "claim", "text", "reasoning", "lookups")


def random_event(random: Random) -> dict[str, Any]:
    call = random.randint(1, 3)
    run = random.choice(["r"] * 9 + ["other"])
    identity = {
        "call": call,
        **({"stage": "first"} if random.random() < 0.9 else {}),  # logs of before name none
        "role": "panel",
        "slot": "ABC"[call - 1],
        "take": 1,
        "model": "m",
        "at": 1.0,
    }
    claim = random.randint(1, 3)
    match random.randint(0, 13):
        case 0:
            return {"type": "run.started", "run": run, "at": 1.0}
        case 1:
            return {
                "type": "run.ended",
                "run": run,
                "at": 2.0,
                "status": "done",
                "answer": call,
                "answer_kind": "fused",
                **({"analysis": call + 10} if random.random() < 0.5 else {}),
            }
        case 2 | 3:
            return {"type": "call.started", "run": run, **identity, "claim": claim}
        case 4:
            ended = {"type": "call.ended", "run": run, **identity, "claim": claim}
            changed = {"text": random.choice(["cut", ""])} if random.random() < 0.5 else {}
            return {**ended, "status": random.choice(["done", "failed", "cancelled"]), **changed}
        case 5:
            return {"type": "resync", "run": run}
        case 6 | 7:
            place = {"step": random.randint(1, 2), "ordinal": random.randint(0, 2), "tool": "web_search"}
            lookup = {**place, "summary": "x", "status": "running", "sentence": "", "sources": []}
            phase = random.choice(["started", "ended"])
            lookup |= {"status": "done"} if phase == "ended" else {}
            return {"type": "call.tool", "run": run, "call": call, "claim": claim, "phase": phase, "lookup": lookup}
        case 8:
            part = {"place": random.randint(0, 2), "id": "t", "name": "f", "text": "{"}
            return {"type": "call.arguments", "run": run, "call": call, "claim": claim, **part}
        case _:
            channel = random.choice(["text", "text", "reasoning"])
            text = random.choice(["a", "ü", "\u2028", "𝄞", ""])
            return {"type": "call.delta", "run": run, "call": call, "claim": claim, "channel": channel, "text": text}


def random_call(random: Random) -> dict[str, Any]:
    """Return a call with the fields that a page is rendered with."""
    status = random.choice(["queued", "queued", "running", "done"])
    identity = {"id": random.randint(1, 3), "stage": "panel", "role": "panel", "slot": "A", "take": 1, "model": "m"}
    return {**identity, "status": status, "claim": random.randint(0, 2), "text": "", "reasoning": "", "lookups": []}


def folded(known: list[dict[str, Any]], events: list[dict[str, Any]]) -> dict[str, Any]:
    typed = {"role": Role.PANEL, "lookups": ()}
    drawn = tuple(CallState(**{**call, **typed, "status": Status(call["status"])}) for call in known)
    state: RunState = reduce(apply, map(from_wire, events), RunState(id="r", calls=drawn))
    return {
        "status": state.status,
        "answer": state.answer,
        "analysis": state.analysis,
        "live": state.is_live,
        "calls": [plain(call) for call in state.calls],
    }


def plain(call: CallState) -> dict[str, Any]:
    lookups = [one.model_dump(mode="json") for one in call.lookups]
    return {**{field: getattr(call, field) for field in FIELDS}, "lookups": lookups}


def folded_by_page(histories: list[dict[str, Any]]) -> list[dict[str, Any]]:
    node = next((str(path) for path in NODES if path and Path(path).exists()), None)
    if node is None:
        pytest.fail("Node is missing; `make test` brings one.")
    script = SCRIPT % (BASE_DIR / "static" / "js" / "run" / "fold.js").as_uri()
    command = [node, "--input-type=module", "--eval", script]
    done = subprocess.run(command, input=json.dumps(histories), capture_output=True, text=True, check=True, timeout=60)
    states = json.loads(done.stdout)
    return [{**state, "calls": [{f: call[f] for f in FIELDS} for call in state["calls"]]} for state in states]


def test_page_folds_events_as_the_core_does():
    histories = [
        {
            "known": [random_call(Random(seed))] if seed % 2 else [],
            "events": [random_event(Random(seed * 1000 + at)) for at in range(30)],
        }
        for seed in range(300)
    ]
    assert all(isinstance(from_wire(event), AnyEvent) for event in histories[0]["events"])

    assert folded_by_page(histories) == [folded(**history) for history in histories]
