"""Servers without a list of models: their names are entered on the provider's form, one a line."""

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from apps.catalogue.connecting import checks, environment, listing
from apps.catalogue.models import Model, Provider
from apps.providers.base import ListedModel
from tests.factories import make_provider

ADD = "/models/providers/add"
NAMES = "  gpt-tiny \r\n\r\nvendor/elm:free\nmy-image-describer\ngpt-tiny"
MODELS = ["gpt-tiny", "my-image-describer", "vendor/elm:free"]


class WithoutList(http.server.BaseHTTPRequestHandler):
    """A server that answers 404 to every GET, and notes it."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(404)

    def do_POST(self) -> None:
        """Be too busy for the request by which an entry is tried, which says nothing against it."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_error(503)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def base_url() -> Iterator[str]:
    WithoutList.asked = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), WithoutList)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def form(base_url: str, names: str) -> dict[str, str]:
    return {"name": "Tiny", "dialect": "openai", "base_url": base_url, "api_key": "", "model_names": names}


def offered() -> list[str]:
    return sorted(Model.objects.filter(is_available=True).values_list("name", flat=True))


def test_server_without_a_list_is_told_where_names_are_entered(as_root: Client, base_url: str) -> None:
    refused = as_root.post(ADD, form(base_url, ""))
    assert "needs their names below" in refused.context["form"].errors["base_url"][0]
    WithoutList.asked.clear()
    as_root.post(ADD, {**form(base_url, ""), "untried": "yes"})

    checks.refresh(list(Provider.objects.all()))

    page = as_root.get("/models/").content.decode()
    assert offered() == []
    assert WithoutList.asked == ["/v1/models"]
    assert '<a href="/models/providers/tiny/">the names by hand</a>' in page


def test_names_by_hand_are_the_models_and_nobody_is_asked(as_root: Client, base_url: str) -> None:
    as_root.post(ADD, form(base_url, NAMES))

    checks.refresh(list(Provider.objects.all()))

    provider = Provider.objects.get()
    assert offered() == MODELS
    assert Model.objects.get(name="gpt-tiny").reference == "tiny/gpt-tiny"
    assert (provider.refresh_failure, WithoutList.asked) == ("", [])
    assert (
        "gpt-tiny\nvendor/elm:free\nmy-image-describer</textarea>"
        in as_root.get("/models/providers/tiny/").content.decode()
    )


def test_changed_names_change_the_models(as_root: Client, base_url: str) -> None:
    as_root.post(ADD, form(base_url, NAMES))
    checks.refresh(list(Provider.objects.all()))

    as_root.post("/models/providers/tiny/", form(base_url, "gpt-tiny\nbirch"))
    checks.refresh(list(Provider.objects.all()))

    assert offered() == ["birch", "gpt-tiny"]


def test_names_for_an_endpoint_of_the_environment_outlive_a_start(as_root: Client, base_url: str) -> None:
    given = {"OPENAI_BASE_URL": base_url}
    environment.connect(given)
    assert offered() == []

    as_root.post("/models/providers/custom/", {"model_names": "gpt-tiny"})
    assert Provider.objects.get(slug="custom").refresh_asked_at is not None
    environment.connect(given)

    assert offered() == ["gpt-tiny"]


@pytest.mark.parametrize("names", ["x" * 201, "a\x07b", "\n".join(map(str, range(2_001)))])
def test_names_that_cannot_be_stored_are_refused(as_root: Client, base_url: str, names: str) -> None:
    response = as_root.post(ADD, form(base_url, names))

    assert response.status_code == 400
    assert "Write up to 2,000 names of at most 200 characters each." in response.content.decode()
    assert not Provider.objects.exists()


def test_names_of_this_machine_are_not_asked_for(as_root: Client) -> None:
    make_provider("local")

    assert "model_names" not in as_root.get("/models/providers/local/").content.decode()
    assert as_root.post("/models/providers/local/", {"max_streams": "2"}).status_code == 302


def test_list_that_is_too_long_is_cut_and_told(as_root: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_MODELS", 3)
    monkeypatch.setattr("apps.web.catalogue.page.MOST_MODELS", 3)
    provider = make_provider("big", "Big")

    listing.write_listing(provider, [ListedModel(id=f"m{number}", name="") for number in range(5)])

    page = as_root.get("/models/").content.decode()
    assert offered() == ["m0", "m1", "m2"]
    assert "Big lists 5 models. The first 3 are offered; enter the names" in page
    assert "could not be listed" not in page


def test_limit_of_a_list_is_what_pages_can_show() -> None:
    assert listing.MOST_MODELS == 2_000
