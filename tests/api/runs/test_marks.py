"""Saved searches, marks and the bin by programs: what they do, what they refuse, and which scope they need."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.accounts.models import User
from apps.runs import saved_searches
from apps.runs.lifecycle import marks as setting
from apps.runs.models import Run, SavedSearch
from tests.factories import make_local_preset, make_run, make_user

pytestmark = pytest.mark.django_db(transaction=True)
Ask = Callable[..., HttpResponse]


def program_of(user: User, *scopes: Scope) -> Ask:
    """Return a function that asks the API with a key of a person."""
    _, secret = api_keys.make_key(user, "test", list(scopes))
    headers = {"Authorization": f"Bearer {secret}"}

    def ask(method: str, path: str, body: Any = None) -> HttpResponse:
        content = b"" if body is None else json.dumps(body)
        return Client().generic(method, f"/api/v1{path}", content, "application/json", headers=headers)

    return ask


@pytest.fixture
def alice() -> User:
    make_local_preset()
    return make_user("alice")


@pytest.fixture
def ask(alice: User) -> Ask:
    return program_of(alice, Scope.RUN, Scope.READ)


@pytest.fixture
def admin(alice: User) -> Ask:
    return program_of(alice, Scope.ADMIN)


def refusal(response: HttpResponse) -> tuple[int, str, str]:
    error = json.loads(response.content)["error"]
    return response.status_code, error["param"], error["message"]


def test_searches_are_saved_renamed_pinned_and_deleted(ask: Ask, alice, monkeypatch):
    first = ask("POST", "/searches", {"query": " starred ", "name": " My   stars "}).json()
    other = ask("POST", "/searches", {"query": "tower", "sort": "best", "pinned": False}).json()

    assert first.pop("created_at")
    assert first == {"id": first["id"], "name": "My stars", "query": "starred", "sort": "newest", "pinned": True}
    assert (other["name"], other["sort"]) == ("tower", "best")
    changed = ask("PATCH", f"/searches/{other['id']}", {"name": "Towers", "pinned": True}).json()
    assert [changed[name] for name in ("name", "query", "sort", "pinned")] == ["Towers", "tower", "best", True]
    changed = ask("PATCH", f"/searches/{other['id']}", {"query": "bridge", "sort": "newest"}).json()
    assert [changed[name] for name in ("name", "query", "sort")] == ["Towers", "bridge", "newest"]
    assert [one["name"] for one in ask("GET", "/searches").json()["data"]] == ["My stars", "Towers"]
    again = ask("POST", "/searches", {"query": "archived", "name": "Towers"}).json()
    assert (again["id"], again["query"]) == (other["id"], "archived")

    path = f"/searches/{other['id']}"
    assert refusal(ask("PATCH", path, {"name": "My stars"}))[1:] == ("name", "Another search is called “My stars”.")
    assert refusal(ask("PATCH", path, {"name": " "}))[:2] == (400, "name")
    assert refusal(ask("PATCH", path, {"query": ""}))[:2] == (400, "query")
    assert refusal(ask("POST", "/searches", {"query": "agremeent<1"}))[:2] == (400, "query")
    assert refusal(ask("POST", "/searches", {"query": "a", "colour": 1}))[:2] == (400, "colour")
    monkeypatch.setattr(saved_searches, "MOST_SAVED", 2)
    assert refusal(ask("POST", "/searches", {"query": "new"}))[:2] == (400, "name")
    assert [ask("DELETE", path).status_code for _ in range(2)] == [204, 404]
    assert [one.name for one in SavedSearch.objects.all()] == ["My stars"]


def test_details_of_a_run_are_read_and_changed_as_far_as_they_are_sent(ask: Ask, alice):
    run = make_run(alice, "Why?", tags=["old"], note="Kept.")
    path = f"/runs/{run.public_id}/details"

    changed = ask("PATCH", path, {"title": "Fruit", "tags": ["A b", "c", "c"], "starred": True}).json()

    wanted = {"id": run.public_id, "title": "Fruit", "note": "Kept.", "tags": ["a-b", "c"], "starred": True}
    assert changed == wanted | {"archived": False}
    assert ask("PATCH", path, {"archived": True, "starred": False}).json() == wanted | {
        "archived": True,
        "starred": False,
    }
    assert ask("GET", path).json() == ask("PATCH", path, {}).json()
    assert refusal(ask("PATCH", path, {"tags": ["x" * 51]}))[:2] == (400, "tags")
    assert refusal(ask("PATCH", path, {"title": " "}))[:2] == (400, "title")
    assert Run.objects.get().title == "Fruit"


def test_runs_are_marked_by_names_and_by_a_search_and_set_back(ask: Ask, alice, monkeypatch):
    monkeypatch.setattr(setting, "PART", 2)
    runs = [make_run(alice, f"tower {number}") for number in range(3)]
    make_run(alice, "bridge")

    tagged = ask("POST", "/marks", {"mark": "tag", "tag": "Rate limit", "runs": [runs[0].public_id]}).json()
    starred = ask("POST", "/marks", {"mark": "star", "query": "tower"}).json()

    assert [tagged[name] for name in ("mark", "tag", "total", "changed", "ended")] == ["tag", "rate-limit", 1, 1, True]
    assert [starred[name] for name in ("total", "done", "ended")] == [3, 2, False]
    setting.carry_on_changes()
    assert ask("GET", f"/marks/{starred['id']}").json()["ended"] is True
    assert Run.objects.filter(is_starred=True).count() == 3
    undone = ask("POST", f"/marks/{starred['id']}/undo").json()
    setting.carry_on_changes()
    assert (undone["mark"], undone["undo_of"]) == ("unstar", starred["id"])
    assert not Run.objects.filter(is_starred=True).exists()
    assert refusal(ask("POST", f"/marks/{undone['id']}/undo"))[0] == 409
    for wrong, param in (
        ({"mark": "star"}, "runs"),
        ({"mark": "star", "runs": [], "query": "a"}, "runs"),
        ({"mark": "bin", "query": "tower"}, "mark"),
        ({"mark": "tag", "tag": " ", "query": "tower"}, "tag"),
        ({"mark": "star", "query": "agremeent<1"}, "query"),
    ):
        assert refusal(ask("POST", "/marks", wrong))[:2] == (400, param)


def test_one_unknown_run_among_the_named_changes_none(ask: Ask, admin: Ask, alice):
    own, foreign = make_run(alice), make_run(make_user("charlie"))
    names = [own.public_id, foreign.public_id]

    answers = [ask("POST", "/marks", {"mark": "star", "runs": names}), admin("POST", "/bin", {"runs": names})]

    assert [answer.status_code for answer in answers] == [404, 404]
    stranger = program_of(foreign.owner, Scope.ADMIN)
    assert stranger("POST", "/marks", {"mark": "archive", "query": "tower"}).json()["total"] == 1
    assert [run.is_archived for run in (Run.objects.get(pk=own.pk), Run.objects.get(pk=foreign.pk))] == [False, True]
    assert not Run.objects.filter(is_starred=True).exists()
    assert not Run.objects.exclude(binned_at=None).exists()


def test_bin_is_filled_paged_and_emptied_again_with_its_scope(ask: Ask, admin: Ask, alice):
    runs = [make_run(alice, f"tower {number}") for number in range(3)]

    for run in runs:
        assert admin("POST", "/bin", {"runs": [run.public_id]}).json()["mark"] == "bin"

    first = ask("GET", "/bin?limit=2").json()
    second = ask("GET", f"/bin?limit=2&cursor={first['next_cursor']}").json()
    assert [one["title"] for one in first["data"] + second["data"]] == ["tower 2", "tower 1", "tower 0"]
    assert second["next_cursor"] is None
    assert ask("GET", "/bin?cursor=nonsense").status_code == 400
    back = admin("POST", "/bin/restore", {"runs": [runs[0].public_id]}).json()
    assert (back["mark"], back["changed"]) == ("restore", 1)
    assert admin("POST", "/bin/restore", {"runs": [runs[0].public_id]}).status_code == 404
    change = admin("POST", "/bin", {"query": "tower"}).json()
    assert change["total"] == 1
    assert refusal(ask("POST", f"/marks/{change['id']}/undo"))[0] == 403
    assert Run.objects.exclude(binned_at=None).count() == 3
    assert admin("POST", f"/marks/{change['id']}/undo").status_code == 200
    assert Run.objects.exclude(binned_at=None).count() == 2
