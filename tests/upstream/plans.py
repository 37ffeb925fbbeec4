"""Behaviours by the count of requests for a model: those that change with the count, and those left to chance."""

import random
from typing import Any

FAILURES = ("429", "500", "529", "cut-mid", "error-mid-stream", "overloaded-mid-stream", "broken-json", "nothing")
"""The ways in which ``flaky`` fails, unless its script names others."""

PLANS = {"revoked": {"behaviour": "ok", "times": 1, "then": "401"}}


def planned(script: dict[str, Any], model: str, count: int) -> dict[str, Any]:
    """The script of the ``count``-th request (from 1), its behaviour one of the behaviours proper."""
    script = {**script, **PLANS.get(script["behaviour"], {})}
    if "times" in script and count > script["times"]:
        script["behaviour"] = script.get("then", "ok")
    if "texts" in script:
        script["text"] = script["texts"][min(count, len(script["texts"])) - 1]
    if script["behaviour"] == "flaky":
        script["behaviour"] = drawn(script, model, count)
    return script


def drawn(script: dict[str, Any], model: str, count: int) -> str:
    """A failure at the script's ``rate``, else ``ok``; the same for the same seed, model and count."""
    chance = random.Random(f"{script.get('seed', 0)} {model} {count}")
    if chance.random() >= script.get("rate", 0.3):
        return "ok"
    return str(chance.choice(script.get("failures", FAILURES)))
