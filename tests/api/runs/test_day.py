"""The date of today: told to the models of a fusion where its author wants it, and to no single model."""

import re
from typing import Any

import httpx

from apps.runs.models import Run

DAY = re.compile(r"Today is (\d{4}-\d\d-\d\d)\.$")


def told(bench: Any, http: httpx.Client, model: str, names: list[str], **fusion: Any) -> dict[str, bool]:
    """Return which of the models were told the day in a request."""
    asked = {"model": model, "messages": [{"role": "user", "content": "Why?"}], "fusion": fusion}
    http.post("/v1/chat/completions", json=asked).raise_for_status()
    sent = {name: bench.upstream.ledger(name)[-1]["body"]["messages"] for name in names}
    return {name: bool(DAY.search(turns[0]["content"])) for name, turns in sent.items()}


def test_models_of_a_fusion_are_told_the_day_that_their_author_wants(panel, http, bench) -> None:
    names = ["oak", "elm", "writer"]

    assert told(bench, http, "fusion", names) == dict.fromkeys(names, False)
    assert told(bench, http, "fusion", names, tell_day=True) == dict.fromkeys(names, True)
    bench.owner.tells_day = True
    bench.owner.save()
    assert told(bench, http, "fusion", names) == dict.fromkeys(names, True)
    (day,) = DAY.findall(bench.upstream.ledger("oak")[-1]["body"]["messages"][0]["content"])
    assert Run.objects.latest("pk").recipe.today == day
    assert told(bench, http, "fusion", names, tell_day=False) == dict.fromkeys(names, False)
    assert told(bench, http, "up/elm", ["elm"], tell_day=True) == {"elm": False}
