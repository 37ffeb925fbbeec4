"""The page "Tool servers" with a real server behind it: connect, allow, test, change, disconnect, delete."""

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.catalogue import tool_servers
from apps.catalogue.models import ToolServer
from tests.tool_servers.server import TOKEN
from tests.web.conftest import signed_in

PAGE = "/models/tool-servers/"


@pytest.fixture
def staff(db: None) -> Client:
    return signed_in(User.objects.create(username="root", is_staff=True))


def callable_names() -> list[str]:
    return [tool.name for tool in tool_servers.callable_tools()]


def test_a_server_is_connected_and_its_tools_allowed(staff: Client, tool_server: str):
    entry = {"name": "Orchard", "url": tool_server, "token": "wrong", "is_private": "on"}
    refused = staff.post(f"{PAGE}add", entry)
    private = staff.post(f"{PAGE}add", {**entry, "token": TOKEN, "is_private": ""})
    connected = staff.post(f"{PAGE}add", {**entry, "token": TOKEN}, follow=True)
    allowed = staff.post(f"{PAGE}orchard/allow/", {"tool": ["find_trees", "fell_tree"]}, follow=True)
    tested = staff.post(f"{PAGE}orchard/refresh/", follow=True)
    changed = staff.post(f"{PAGE}orchard/", {**entry, "name": "Old orchard", "token": ""}, follow=True)
    by_header = {
        **entry,
        "name": "Old orchard",
        "token": "",
        "headers": f"authorization: Bearer {TOKEN}\nX-Team: fruit",
    }
    with_header = staff.post(f"{PAGE}orchard/", by_header, follow=True)
    both = staff.post(f"{PAGE}orchard/", {**by_header, "token": "wrong"})
    no_header = staff.post(f"{PAGE}orchard/", {**entry, "headers": "Host: evil.example"})
    form = staff.get(f"{PAGE}orchard/").content.decode()

    assert "It refused the token (HTTP 401)" in refused.content.decode()
    assert "is an address inside this network. If it is meant to be there, say so below." in private.content.decode()
    assert refused.status_code == private.status_code == 400
    assert "may change something" in connected.content.decode()
    assert "<code>kind</code>" in connected.content.decode()
    assert "The tools of Orchard are saved." in allowed.content.decode()
    assert "Orchard answers, and its tools are listed." in tested.content.decode()
    assert "Old orchard is connected." in changed.content.decode()
    assert "Old orchard is connected." in with_header.content.decode()
    assert "It refused the token (HTTP 401)" in both.content.decode()  # the token counts, and is sent once
    assert "Leave out headers that every request sets itself" in no_header.content.decode()
    pages = (form.encode(), *(one.content for one in (connected, with_header, both)))
    assert not any(TOKEN.encode() in page for page in pages)
    assert callable_names() == ["fell_tree", "find_trees"]

    staff.post(f"{PAGE}orchard/connected/", {"connected": "no"})
    assert callable_names() == []
    staff.post(f"{PAGE}orchard/delete/")
    assert not ToolServer.objects.exists()


def test_a_failed_test_is_told_and_keeps_the_tools(staff: Client):
    server = ToolServer.objects.create(slug="gone", name="Gone", url="http://127.0.0.1:1/mcp", only_public=False)
    server.tools.create(name="find", is_read_only=True)

    page = staff.post(f"{PAGE}gone/refresh/", follow=True).content.decode()

    assert "The tools could not be listed." in page
    assert callable_names() == ["find"]
