"""The tools by themselves: what they return and refuse, for whom, and what the server says of itself."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.accounts.models import User
from apps.catalogue import actions as catalogue_actions
from apps.catalogue.models import Preset
from apps.fusion.routing import RouteBasis
from apps.fusion.vocabulary import CitationOrigin, QuoteState, StrategyName
from apps.runs import valkey
from apps.runs.lifecycle import transitions
from apps.runs.models import Run, Source
from apps.runs.reading import queries
from tests.api.mcp.messages import Agent
from tests.factories import make_local_preset, make_user
from tests.web.run_factories import make_finished_run

TOOLS = {"fuse_start", "fuse_wait", "get_run", "search_runs", "rejudge", "list_presets", "estimate"}
CHANGING = {"fuse_start", "rejudge"}
NO_RUN = "There is no such run."


@pytest.fixture
def alice(db: None, valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> User:
    monkeypatch.setattr(catalogue_actions, "_send", lambda *_: True)  # no worker of this test run is to be woken
    monkeypatch.setattr(transitions, "enqueue", lambda _: None)
    valkey.client.cache_clear()
    make_local_preset()
    return make_user("alice")


@pytest.fixture
def agent_of() -> Callable[..., Agent]:
    def make(owner: User, *scopes: Scope, **limits: int) -> Agent:
        return Agent(api_keys.make_key(owner, "agent", scopes or [Scope.RUN], **limits)[1])

    return make


@pytest.fixture
def agent(alice: User, agent_of: Callable[..., Agent]) -> Agent:
    return agent_of(alice)


def test_tools_have_schemas_and_hints(agent: Agent):
    listed = {tool["name"]: tool for tool in agent.result("tools/list")["tools"]}

    assert set(listed) == TOOLS
    for name, tool in listed.items():
        assert tool["annotations"]["readOnlyHint"] is (name not in CHANGING)
        assert tool["annotations"]["destructiveHint"] is False
        assert tool["outputSchema"]["type"] == tool["inputSchema"]["type"] == "object"
        assert all(field["description"] for field in tool["inputSchema"]["properties"].values())
        assert "title" not in str(tool["inputSchema"]["properties"])


@pytest.mark.parametrize("version", ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"])
def test_the_server_says_what_it_has(agent: Agent, version: str):
    if version == "2026-07-28":
        told = agent.result("server/discover")
        assert version in told["supportedVersions"]
    else:
        told = agent.result("initialize", version, protocolVersion=version, capabilities={}, clientInfo={})
        assert told["protocolVersion"] == version
        assert agent.result("ping", version) == {}
    assert told["capabilities"] == {"tools": {}, "resources": {}}
    assert "fuse_wait" in told["instructions"]
    assert len(agent.result("tools/list", version)["tools"]) == len(TOOLS)


def test_fuse_start_makes_one_run_for_one_key(agent: Agent, alice: User):
    asked = {"prompt": "Why is the sky blue?", "system": "Be brief.", "max_cost": 0.5, "idempotency_key": "sky-1"}

    first, second = agent.call("fuse_start", **asked), agent.call("fuse_start", **asked)

    run = Run.objects.get()
    assert first == second
    assert first["run"] == first["thread"] == run.public_id
    assert first["url"] == f"http://testserver/runs/{run.public_id}/"
    assert (run.owner, run.api_key.name, run.preset) == (alice, "agent", "local")
    assert [message.role for message in run.messages] == ["system", "user"]
    assert str(run.recipe.max_cost) == "0.5"
    assert agent.refusal("fuse_start", prompt="Other", idempotency_key="sky-1").startswith("This idempotency key was")


def test_a_run_is_started_with_models_and_gone_on_with(agent: Agent, alice: User):
    run = make_finished_run(alice)

    started = agent.call(
        "fuse_start", prompt="And then?", models=["local/smollm2-135m"], thread=run.thread_id or run.public_id
    )

    made = Run.objects.get(public_id=started["run"])
    assert made.parent == run
    assert [spec.model for spec in made.recipe.panel] == ["local/smollm2-135m"]


def test_the_question_chooses_the_strategy_of_a_run(agent: Agent, alice: User):
    Preset.objects.update(routes=True)

    started = agent.call("fuse_start", prompt="How high is the Eiffel Tower?", strategy="route")
    named = agent.call("fuse_start", prompt="How high is the Eiffel Tower?", strategy="best_of")

    run, other = (Run.objects.get(public_id=one["run"]) for one in (started, named))
    assert (run.recipe.strategy, run.recipe.route.by) == (StrategyName.VOTE, RouteBasis.FORM)
    assert (other.recipe.strategy, other.recipe.route) == (StrategyName.BEST_OF, None)
    assert agent.call("list_presets")["presets"][0]["strategy"] == "route"


def test_fuse_wait_returns_the_answer_of_a_run_that_has_ended(agent: Agent, alice: User):
    run = make_finished_run(alice)

    waited = agent.call("fuse_wait", run=run.public_id, seconds=25)

    assert (waited["status"], waited["is_settled"], waited["failure"]) == ("done", True, None)
    assert waited["answer"] == run.answer_call.output.text
    assert waited["progress"]["answered"] == waited["progress"]["asked"] == 3
    assert isinstance(waited["contradictions"], list)


def test_fuse_wait_says_how_far_a_run_is(agent: Agent):
    run = agent.call("fuse_start", prompt="Why?")["run"]

    waited = agent.call("fuse_wait", run=run, seconds=0)

    assert (waited["status"], waited["is_settled"], waited["answer"]) == ("running", False, None)
    assert waited["progress"]["sentence"].startswith("0 of 3 models have answered. At work: ")


@pytest.mark.parametrize("part", ["answer", "analysis", "columns", "sources", "bill"])
def test_get_run_returns_one_part(agent: Agent, alice: User, part: str):
    run = make_finished_run(alice)

    found = agent.call("get_run", run=run.public_id, part=part)

    given = {name for name in ("answer", "analysis", "columns", "sources", "bill") if found[name] is not None}
    assert given == {part}
    if part == "columns":
        assert [column["slot"] for column in found["columns"]] == ["A", "B", "C"]
        one = agent.call("get_run", run=run.public_id, part=part, slot="C")
        assert one["columns"] == found["columns"][2:]
        assert agent.refusal("get_run", run=run.public_id, part=part, slot="H") == "The run has no column H."


def test_sources_name_the_columns_that_cite_them(agent: Agent, alice: User):
    run = make_finished_run(alice)
    call = run.calls.get(slot="B")
    page = Source.objects.create(run=run, number=1, url="https://tower.test/", title="Tower", fetched_at=timezone.now())
    Source.objects.create(run=run, number=2, url="https://other.test/", title="Other")
    verified = {"state": QuoteState.VERIFIED, "origin": CitationOrigin.TEXT}
    call.citations.create(source=page, number=1, start=0, end=3, **verified)

    sources = agent.call("get_run", run=run.public_id, part="sources")["sources"]

    assert [(source["url"], source["cited_by"]) for source in sources] == [
        ("https://tower.test/", ["B"]),
        ("https://other.test/", []),
    ]


def test_the_web_is_asked_where_the_key_may(alice: User, agent_of: Callable[..., Agent]):
    started = agent_of(alice, Scope.RUN, Scope.WEB).call("fuse_start", prompt="Why?", web=True)
    refusal = agent_of(alice).refusal("fuse_start", prompt="Why?", web=True)

    web = Run.objects.get(public_id=started["run"]).recipe.web
    assert (web.search, web.fetch) == (True, True)
    assert refusal.startswith("This key may not look things up.")


def test_search_runs_pages_through_what_fits(agent: Agent, alice: User):
    runs = [make_finished_run(alice) for _ in range(3)]

    first = agent.call("search_runs", query="Eiffel", limit=2)
    rest = agent.call("search_runs", query="Eiffel", limit=2, cursor=first["next_cursor"])

    assert [run["run"] for run in first["runs"] + rest["runs"]] == [run.public_id for run in reversed(runs)]
    assert rest["next_cursor"] is None
    assert agent.call("search_runs", query="zebra-without-a-run")["runs"] == []


def test_search_that_is_given_up_says_what_to_do(agent: Agent, monkeypatch: pytest.MonkeyPatch):
    def give_up(*_: object) -> None:
        raise queries.SearchTooSlow

    monkeypatch.setattr(queries, "history", give_up)

    assert agent.refusal("search_runs", query="the") == "The search is too broad and was given up: add a word or a day."


@pytest.mark.parametrize("role, model", [("judge", "builtin/overlap"), ("writer", "local/gemma3-270m")])
def test_rejudge_asks_a_judge_or_a_writer(alice: User, agent_of: Callable[..., Agent], role: str, model: str):
    run, wanted = make_finished_run(alice), {role: model, "instructions": "Be brief."}

    expected = agent_of(alice).call("rejudge", run=run.public_id, dry_run=True, **wanted)
    refusal = agent_of(alice).refusal("rejudge", run=run.public_id, **wanted)
    asked = agent_of(alice, Scope.ADMIN).call("rejudge", run=run.public_id, **wanted)

    call = run.calls.order_by("pk").last()
    assert (expected["estimate"]["calls"], expected["calls"]) == (role == "writer", [])
    assert refusal.startswith("This run was not made with this key, which would not pay")
    assert asked["calls"] == [{"id": call.pk, "role": call.role, "model": model, "status": "queued"}]
    assert agent_of(alice).call("fuse_wait", run=run.public_id, seconds=0)["is_settled"] is False


def test_presets_and_estimates_are_the_apis(agent: Agent):
    listed = agent.call("list_presets")
    expected = agent.call("estimate", prompt="Why?", preset=listed["presets"][0]["slug"])

    assert [(preset["slug"], preset["is_default"]) for preset in listed["presets"]] == [("local", True)]
    assert set(listed["presets"][0]["models"]) <= set(listed["models"])
    assert expected["calls"] >= 2


@pytest.mark.parametrize(
    "tool, arguments, sentence",
    [
        ("fuse_start", {}, "The parameter “prompt” is missing."),
        ("fuse_start", {"prompt": "Why?", "preset": "nothing"}, "There is no preset “nothing”. There are: local."),
        ("fuse_start", {"prompt": "Why?", "flavour": 1}, "There is no parameter “flavour”. Leave it out."),
        ("fuse_start", {"prompt": "Why?", "max_cost": 0}, "max_cost: Input should be greater than 0"),
        ("fuse_start", {"prompt": "Why?", "thread": "zzz"}, "There is no thread “zzz”."),
        ("fuse_wait", {"run": "zzz"}, NO_RUN),
        ("fuse_wait", {"run": "zzz", "seconds": 26}, "seconds: Input should be less than or equal to 25"),
        ("get_run", {"run": "zzz"}, NO_RUN),
        ("rejudge", {"run": "zzz"}, NO_RUN),
        ("rejudge", {"run": "z", "judge": "a/b", "writer": "a/b"}, "Name a judge or a writer, not both"),
        ("rejudge", {"run": "z", "criteria": "x", "writer": "a/b"}, "Criteria are for a judge."),
        ("search_runs", {"query": "agreement:<<"}, "agreement"),
        ("search_runs", {"limit": 0}, "limit: Input should be greater than or equal to 1"),
        ("list_presets", {"x": 1}, "There is no parameter “x”. Leave it out."),
        ("estimate", {"prompt": "Why?", "models": ["up/nothing"]}, "up/nothing"),
    ],
)
def test_a_refusal_is_a_sentence(agent: Agent, tool: str, arguments: dict[str, object], sentence: str):
    assert sentence in agent.refusal(tool, **arguments)


def test_runs_of_others_do_not_exist(alice: User, agent_of: Callable[..., Agent]):
    run, stranger = make_finished_run(alice), agent_of(make_user("charlie"), Scope.ADMIN)
    uri = f"run://{run.public_id}"

    assert stranger.refusal("fuse_wait", run=run.public_id, seconds=0) == NO_RUN
    assert stranger.refusal("get_run", run=run.public_id, part="bill") == NO_RUN
    assert stranger.refusal("rejudge", run=run.public_id, judge="builtin/overlap") == NO_RUN
    assert stranger.refusal("fuse_start", prompt="And?", thread=run.public_id).startswith("There is no thread")
    assert stranger.call("search_runs")["runs"] == []
    assert stranger.result("resources/list")["resources"] == []
    assert stranger.send("resources/read", uri=uri).json()["error"]["data"] == {"uri": uri}


def test_a_key_is_told_the_scope_that_it_lacks(alice: User, agent_of: Callable[..., Agent]):
    reader = agent_of(alice, Scope.READ)

    assert reader.call("list_presets")["presets"]
    for tool, arguments in (("fuse_start", {"prompt": "Why?"}), ("rejudge", {"run": "x"})):
        assert reader.refusal(tool, **arguments) == "This key may read; the request needs the scope “run”."
    assert not Run.objects.exists()


def test_a_capped_key_starts_no_run(alice: User, agent_of: Callable[..., Agent]):
    agent = agent_of(alice, concurrent_runs=1)

    agent.call("fuse_start", prompt="Why?")

    assert agent.refusal("fuse_start", prompt="Why not?").startswith("This key may have 1 runs at the same time.")


def test_a_run_is_a_resource(agent: Agent, alice: User):
    run = make_finished_run(alice)
    uri = f"run://{run.public_id}"

    listed = agent.result("resources/list")
    read = agent.result("resources/read", uri=uri)

    assert [resource["uri"] for resource in listed["resources"]] == [uri]
    assert agent.result("resources/templates/list")["resourceTemplates"][0]["uriTemplate"] == "run://{id}"
    assert read["contents"][0]["mimeType"] == "text/markdown"
    assert read["contents"][0]["text"].startswith(f"# {run.title}")
    assert read["cacheScope"] == "private"


@pytest.mark.parametrize("version, code", [("2026-07-28", -32602), ("2025-06-18", -32002)])
@pytest.mark.parametrize("uri", ["run://nothing", "file:///etc/passwd", "run://", 7])
def test_other_resources_do_not_exist(agent: Agent, version: str, code: int, uri: object):
    if not (uri == 7 and version == "2026-07-28"):  # no header could name it
        assert agent.send("resources/read", version, uri=uri).json()["error"]["code"] == code
