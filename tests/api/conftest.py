"""Programs and the site that they ask: Daphne and a worker as processes, models on a scriptable vendor.

Pytest may load this file before Django is set up, so what needs models is imported where it is used.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import openai
import pytest

from tests.runs.conftest import own_worker
from tests.services import wait_until
from tests.warm_python import Done, run_script

if TYPE_CHECKING:
    from apps.accounts.models import User
    from tests.runs.stack import Bench, Worker
    from tests.site import Site

__all__ = ["own_worker"]

CLIENT = Path(__file__).resolve().parents[2] / "client" / "fusionweb_client.py"
Ask = Callable[..., Done]

warm: set[int] = set()


@pytest.fixture
def make_key(bench: Bench) -> Callable[..., str]:
    """Makes keys of Alice's; the scope is ``run`` unless told otherwise."""
    from apps.accounts import api_keys
    from apps.accounts.api_keys import Scope

    def make(*scopes: str, owner: Any = None, **limits: Any) -> str:
        wanted = [Scope(scope) for scope in scopes or ("run",)]
        return api_keys.make_key(owner or bench.owner, "test", wanted, **limits)[1]

    return make


@pytest.fixture
def key(make_key: Callable[..., str]) -> str:
    return make_key()


@pytest.fixture
def admin_key(make_key: Callable[..., str]) -> str:
    return make_key("admin")


@pytest.fixture
def panel(bench: Bench) -> Any:
    """The default preset: three models that disagree, judged by word overlap, and a writer; all on the vendor."""
    from tests.api.factories import make_preset

    return make_preset(bench)


@pytest.fixture
def warm_worker(bench: Bench, worker: Worker) -> Worker:
    """A worker that has carried out a run: the first one loads much, for longer than tests wait for a heartbeat."""
    if worker.process.pid not in warm:
        bench.finish(bench.start(bench.model("warm"), bench.model("warmer")))
        warm.add(worker.process.pid)
    return worker


@pytest.fixture
def base_url(shared_site: Site, warm_worker: Worker) -> Iterator[str]:
    """The address of a site with a worker behind it; a test leaves nothing at work behind."""
    from apps.runs import actions
    from apps.runs.models import UNFINISHED, Call, Run

    Run.objects.all().delete()
    yield shared_site.url
    for run in Run.objects.filter(status__in=UNFINISHED):
        actions.cancel_run(run)
    wait_until(lambda: not Call.objects.filter(status__in=UNFINISHED).exists(), "all calls end")
    wait_until(lambda: not Run.objects.filter(status__in=UNFINISHED).exists(), "all runs end")


@pytest.fixture
def http(base_url: str, key: str) -> Iterator[httpx.Client]:
    """A plain client with Alice's key."""
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=base_url, headers=headers, timeout=120) as client:
        yield client


@pytest.fixture
def sdk(base_url: str, key: str) -> Iterator[openai.OpenAI]:
    """OpenAI's own client."""
    with openai.OpenAI(base_url=f"{base_url}/v1", api_key=key, max_retries=0, timeout=120) as client:
        yield client


@pytest.fixture
def ask(panel: Any, base_url: str, key: str) -> Ask:
    """The command line as a process that asks the site."""

    def run(*arguments: str, piped: str = "", command: str = "ask", **environment: str) -> Done:
        variables = {**os.environ, "FUSIONWEB_URL": base_url, "FUSIONWEB_API_KEY": key, **environment}
        return run_script(CLIENT, command, *arguments, environment=variables, piped=piped)

    return run


@pytest.fixture
def spender(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> User:
    """Alice with models that cost and models that do not; no call is sent to a worker."""
    from tests.factories import make_hosted_models, make_local_preset, make_user

    monkeypatch.setattr("apps.runs.lifecycle.transitions.enqueue", lambda calls: None)
    make_local_preset()
    make_hosted_models()
    return make_user("alice")
