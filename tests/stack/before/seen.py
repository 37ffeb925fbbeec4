"""Print, as JSON, what people and programs see of the site in the database that `DATABASE_URL` names.

Reads `given.json` (who signs in, with which keys, at which moment) and asks the site over HTTP as they do, in the
process: API documents, exports, shared copies, pages and forms. It knows no table and no module of the project, so
that it reads a database before and after a migration, with the code of either time, the same way.

    python -m tests.stack.before.seen            what is seen now
    python -m tests.stack.before.seen record     writes expected.json.gz, where pages are cut down to the stored HTML

`test_upgrade.py` compares the two.
"""

import gzip
import hashlib
import json
import os
import re
import sys
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from unittest import mock

import django
from django.contrib.auth import get_user_model
from django.test import Client

FOLDER = Path(__file__).parent
NUMBERS = re.compile(r"\S*\d\S*")
STORED_HTML = re.compile(r'<div class="prose text">(.*?)</div>', re.DOTALL)
SEARCHES = ("preset=towers", "model=quarry/chalk", "model=quarry/marble", "status=failed", "status=cancelled")
"""Queries of the list of runs that go through columns of the runs and of their calls."""


class Form(HTMLParser):
    """The fields of a page's forms, by name, as they would be sent; and the page's visible text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self.texts: list[str] = []
        self._select = self._textarea = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        kind = given.get("type", "text")
        if tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and "selected" in given:
            self._add(self._select, given.get("value", ""))
        elif tag == "textarea":
            self._textarea = given.get("name", "")
            self._add(self._textarea, "")
        elif tag == "input" and is_sent(kind, given):
            self._add(given.get("name", ""), given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.fields[self._textarea][-1] += data.removeprefix("\n")
        else:
            self.texts.append(data)

    def _add(self, name: str, value: str) -> None:
        if name:
            self.fields.setdefault(name, []).append(value)


def is_sent(kind: str, attributes: dict[str, str]) -> bool:
    """Return whether an input is one that a person sees and that would be sent."""
    return kind not in ("hidden", "file", "submit") and (kind not in ("checkbox", "radio") or "checked" in attributes)


class Visitor:
    """Somebody who asks the site: signed in, with a key, or a stranger."""

    def __init__(self, name: str = "", key: str = "") -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.http = Client(headers=headers, SERVER_NAME="localhost")
        if name:
            self.http.force_login(get_user_model().objects.get(username=name))

    def text(self, path: str) -> str:
        answer = self.http.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.content.decode()

    def json(self, path: str) -> Any:
        return json.loads(self.text(path))

    def status(self, path: str) -> int:
        return int(self.http.get(path).status_code)

    def form(self, path: str) -> dict[str, list[str]]:
        return Form(self.text(path)).fields

    def numbers(self, path: str) -> list[str]:
        """Return all words with a digit that the page shows."""
        return NUMBERS.findall(" ".join(Form(self.text(path)).texts))

    def post(self, path: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
        """Return the answer's status, with the id that it names or the code of its error."""
        answer = self.http.post(path, compact(body), content_type="application/json", headers=headers)
        found = answer.json()
        return {"status": answer.status_code, "id": found.get("id"), "code": found.get("error", {}).get("code")}


def compact(body: dict[str, Any]) -> str:
    """Return the very bytes of the recorded request: a repeated request is recognised by them."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def seen(given: dict[str, Any]) -> dict[str, Any]:
    """Return everything by kind; settings first, because the use of a key shows there."""
    people = {name: Visitor(name) for name in given["people"]}
    programs = {name: Visitor(key=key) for name, key in given["keys"].items()}
    return {
        "settings": [settings_of(name, person) for name, person in people.items()],
        "catalogue": catalogue(people["admin"]),
        "criteria": criteria(people["admin"]),
        "runs": [run for name in people for run in runs(people[name], programs[given["people"][name]])],
        "found": [
            {"search": query, "runs": [one["id"] for one in listed(programs["admin"], query)]} for query in SEARCHES
        ],
        "list": [one for key in given["people"].values() for one in listed(programs[key])],
        "shares": [share(code) for code in given["shares"]],
        "revoked": Visitor().status(f"/s/{given['revoked_share']}/"),
        "keys": keys(programs, given),
    }


def settings_of(name: str, person: Visitor) -> dict[str, Any]:
    """Return keys with their limits, caps and spending; only a page has them, so its numbers are taken."""
    page = Form(person.text("/settings/"))
    caps = {field: page.fields[field][-1] for field in ("cap_per_day", "cap_per_month")}
    return {"person": name, **caps, "numbers": NUMBERS.findall(" ".join(page.texts))}


def catalogue(person: Visitor) -> dict[str, Any]:
    """Return providers, models with their prices and time limits, and presets."""
    page = person.text("/models/")
    models = sorted(set(re.findall(r'"(/models/\d+/)"', page)))
    providers = sorted(set(re.findall(r'"(/models/providers/[\w-]+/)"', page)))
    presets = sorted(set(re.findall(r'"(/presets/[\w-]+/)"', person.text("/presets/"))) - {"/presets/new/"})
    forms = [{"at": path, "form": person.form(path)} for path in (*models, *providers, *presets)]
    return {"forms": forms, "models": person.numbers("/models/"), "presets": person.numbers("/presets/")}


def criteria(person: Visitor) -> list[str]:
    """Return the criteria that the form holds after a press on each saved set."""
    presses = re.findall(r'"(use:\d+)"[^>]*>([^<]+)<', person.text("/"))
    pages = [(name, person.http.post("/criteria/", {"edit": press}).content.decode()) for press, name in presses]
    return [f"{name}: {Form(page).fields['criteria'][0]}" for name, page in pages]


def runs(person: Visitor, program: Visitor) -> list[dict[str, Any]]:
    """Return each run of a person, oldest first, from every view of it."""
    return [run(person, program, one["id"]) for one in reversed(listed(program))]


def listed(program: Visitor, query: str = "") -> list[dict[str, Any]]:
    """Return a page of the list of runs, newest first."""
    found: list[dict[str, Any]] = program.json(f"/api/v1/runs?limit=100&{query}")["data"]
    return found


def run(person: Visitor, program: Visitor, public_id: str) -> dict[str, Any]:
    page = person.text(f"/runs/{public_id}/")
    images = sorted(set(re.findall(rf"/runs/{public_id}/images/\d+/\d+/", page)))
    return {
        "id": public_id,
        "api": program.json(f"/api/v1/runs/{public_id}"),
        "export": person.json(f"/runs/{public_id}/export.json"),
        "images": [hashlib.sha256(person.http.get(path).content).hexdigest() for path in images],
        "page": page,
    }


def share(code: str) -> dict[str, Any]:
    """Return a shared copy, as a stranger finds it."""
    stranger = Visitor()
    return {"code": code, "export": stranger.json(f"/s/{code}.json"), "page": stranger.text(f"/s/{code}/")}


def keys(programs: dict[str, Visitor], given: dict[str, Any]) -> dict[str, Any]:
    """Return the permissions of each key: read, start (at no cost), repeat a request, see no other user's runs."""
    same = given["same_request"]
    again, name = programs[same["key"]], {"Idempotency-Key": same["idempotency_key"]}
    costly = {"prompt": "How heavy is neon?", "model": "quarry/granite"}
    return {
        "read": {key: program.status("/api/v1/runs") for key, program in programs.items()},
        "start": {key: programs[key].post("/api/v1/runs", costly) for key in given["refused"]},
        "repeat": again.post("/api/v1/runs", same["body"], **name),
        "other": again.post("/api/v1/runs", costly, **name),
        "stranger": programs["clara"].status(f"/api/v1/runs/{given['run_of_admin']}"),
    }


def recorded(found: dict[str, Any]) -> dict[str, Any]:
    """Return the same, with each page as the pieces of stored HTML on it."""
    return {
        **found,
        **{
            kind: [{**one, "page": STORED_HTML.findall(one["page"])} for one in found[kind]]
            for kind in ("runs", "shares")
        },
    }


def main() -> None:
    django.setup()
    given = json.loads((FOLDER / "given.json").read_text())
    moment = datetime.fromtimestamp(given["now"], UTC)
    with mock.patch("django.utils.timezone.now", return_value=moment):
        found = seen(given)
    if sys.argv[1:] == ["record"]:
        text = json.dumps(recorded(found), indent=1, ensure_ascii=False, sort_keys=True)
        (FOLDER / "expected.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    else:
        sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "fusionweb.settings"
    main()
