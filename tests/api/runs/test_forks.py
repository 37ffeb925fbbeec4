"""Forks over real HTTP: a run made again exactly, or with changes, from a program and from the command line."""

from typing import Any

import httpx
import pytest

from apps.api.errors import ApiError
from apps.api.fork_options import recipe_of_fork
from apps.fusion.values import CascadeSettings, SlotSpec, VoteSettings
from apps.fusion.vocabulary import SLOTS, StrategyName, WeightBasis
from apps.runs.models import Run
from apps.runs.sharing import share_run
from tests.api.conftest import Ask
from tests.api.factories import FUSED
from tests.api.runs.test_runs import PROMPT, ended
from tests.factories import GEMMA, SMOL, make_local_models, make_recipe, make_user


def test_a_run_is_made_again_exactly_and_with_changes(panel: Any, http: httpx.Client, bench: Any, ask: Ask) -> None:
    turns = [{"role": "system", "text": "Be brief."}, {"role": "user", "text": PROMPT["prompt"]}]
    origin = ended(http, http.post("/api/v1/runs", json={"messages": turns, "criteria": "names a source"}).json()["id"])
    path = f"/api/v1/runs/{origin['id']}/fork"

    made = http.post(path, json={"metadata": {"try": "2"}}).json()
    exact = ended(http, made["id"])
    elm, yew = ({"model": name, "parameters": {"temperature": 0.5}} for name in ("up/elm", "up/yew"))
    changed = ended(http, http.post(path, json={"prompt": "How old is it?", "panel": [elm, yew]}).json()["id"])

    assert (exact["forked_from"], exact["changes"], exact["metadata"]) == (origin["id"], [], {"try": "2"})
    assert [exact[name] for name in ("messages", "recipe")] == [origin[name] for name in ("messages", "recipe")]
    assert exact["answer"]["text"] == FUSED
    assert [change["text"] for change in changed["changes"]] == [
        "prompt changed (+2 −4 words)",  # noqa: RUF001
        "column A removed: up/oak",
        "preset: trees → custom",
    ]
    assert changed["recipe"]["criteria"] == "names a source"
    assert (changed["recipe"]["writer"], changed["recipe"]["seed"]) == ("up/writer", origin["recipe"]["seed"])
    assert [turn["text"] for turn in changed["messages"]] == ["Be brief.", "How old is it?"]

    again, other = ask_fork(ask, origin["id"]), ask_fork(ask, origin["id"], "Why?", "--judge", "up/elm")
    newest = list(Run.objects.order_by("-pk")[:2])
    assert (again.returncode, again.stdout) == (0, f"{FUSED}\n"), again.stderr
    assert other.returncode == 0
    assert [change.what for change in newest[0].changes] == ["prompt", "judge", "preset"]
    assert newest[1].changes == ()
    assert ask_fork(ask, "nothing").returncode == 1
    found = http.get("/api/v1/runs", params={"q": f"fork-of:{origin['id']}"}).json()["data"]
    assert len(found) == 4

    # From a link, which hides the system prompt, with what it shows alone.
    code = share_run(Run.objects.get(public_id=origin["id"])).code
    of_link = ended(http, http.post(f"/api/v1/shares/{code}/fork", json={}).json()["id"])
    assert (of_link["forked_from"], of_link["changes"]) == (origin["id"], [])
    assert [turn["text"] for turn in of_link["messages"]] == [PROMPT["prompt"]]
    assert http.post("/api/v1/shares/nothing/fork", json={}).status_code == 404


def ask_fork(ask: Ask, *arguments: str) -> Any:
    return ask(*arguments, command="fork")


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"prompt": "Why?", "messages": [{"role": "user", "text": "Why?"}]}, "prompt"),
        ({"thread": "abc"}, "thread"),
        ({"from_slot": "A"}, "from_slot"),
        ({"panel": ["up/elm"], "preset": "trees"}, "fusion.preset"),
        ({"panel": ["up/nothing"]}, "model"),
        ({"stages": [["A"], ["B"]]}, "fusion.stages"),
        ({"prompt": ""}, "messages"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused(panel, http, change, param) -> None:
    run = http.post("/api/v1/runs", json=PROMPT).json()

    refused = http.post(f"/api/v1/runs/{run['id']}/fork", json=change)

    assert (refused.is_client_error, Run.objects.count()) == (True, 1)
    assert param in (refused.json()["error"]["param"] or "model"), refused.text


def test_settings_of_columns_follow_another_panel(db: None) -> None:
    make_local_models()
    user = make_user("alice")
    three = [SlotSpec(slot=slot, model=model) for slot, model in zip(SLOTS, (SMOL, GEMMA, SMOL), strict=False)]
    cascade = make_recipe(SMOL, GEMMA, SMOL, SMOL, strategy=StrategyName.CASCADE)
    weights = {"A": 2.0, "B": 1.0, "C": 1.0, "D": 3.0}
    by_hand = {"strategy": StrategyName.WEIGHTED, "weigh_by": WeightBasis.HAND, "weights": weights}

    changed = recipe_of_fork(user, cascade, three, None, None)
    weighted = recipe_of_fork(user, make_recipe(SMOL, GEMMA, SMOL, SMOL, **by_hand), three, None, None)
    alone = recipe_of_fork(user, make_recipe(strategy=StrategyName.VOTE), three[:1], None, None)
    judged = recipe_of_fork(user, make_recipe(strategy=StrategyName.VOTE), None, SMOL, None)

    assert isinstance(changed.settings, CascadeSettings)
    assert changed.settings.stages == (("A", "B"), ("C",))
    assert weighted.settings.model_dump()["weights"] == {"A": 2.0, "B": 1.0, "C": 1.0}
    assert alone.strategy is StrategyName.SINGLE
    assert isinstance(judged.settings, VoteSettings)
    assert judged.settings.judge == SMOL
    with pytest.raises(ApiError, match="The first stage needs two"):
        recipe_of_fork(user, cascade, three[:2], None, None)
