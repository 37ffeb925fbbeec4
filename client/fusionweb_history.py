"""The commands of `fusionweb` about runs that are there: list, mark, bin, searches, export.

They print lines with tabs between, for people and for scripts. It is a part of `fusionweb_client`, which runs it.
"""

import argparse
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

import httpx
from fusionweb_wire import USAGE, Trouble, checked

Ask = Callable[..., dict[str, Any]]
"""Sends a request (method, address under /api/v1, and what httpx takes) and returns the body of the response."""
MARKS = ("tag", "untag", "star", "unstar", "archive", "unarchive")
COMMANDS = ("runs", "mark", "bin", "searches", "export")


def add_commands(commands: Any) -> list[argparse.ArgumentParser]:
    """Add the commands to a command line. Return them."""
    runs = commands.add_parser("runs", help="list runs, or search them")
    runs.add_argument("query", nargs="?", default="", help="a search, such as 'has:contradiction cost>0.05'")
    runs.add_argument("--like", metavar="RUN", help="in place of a search: runs whose prompts are like that of a run")
    runs.add_argument("--best", action="store_true", help="the best match first, not the newest")
    runs.add_argument("--limit", type=int, default=50, help="the most runs that are listed")
    mark = commands.add_parser("mark", help="tag, star or archive runs, or undo that")
    mark.add_argument("mark", choices=[*MARKS, "undo"])
    mark.add_argument("what", nargs="*", help="for tag and untag first the tag; then ids of runs; for undo a change")
    bins = commands.add_parser("bin", help="delete runs for 30 days, list them, take them back")
    bins.add_argument("do", choices=["list", "delete", "restore"])
    bins.add_argument("what", nargs="*", help="ids of runs")
    searches = commands.add_parser("searches", help="list, save and change searches")
    searches.add_argument("do", choices=["list", "save", "rename", "pin", "unpin", "delete"])
    searches.add_argument("name", nargs="?", default="")
    searches.add_argument("value", nargs="?", default="", help="for save the search, for rename the new name")
    export = commands.add_parser("export", help="write runs to a file, all without ids and query")
    export.add_argument("run", nargs="?", default="", help="the id of one run")
    export.add_argument("--format", choices=["md", "json", "csv", "jsonl"], default="json")
    export.add_argument("--output", type=Path, help="a file in place of the standard output")
    for command in (mark, bins, export):
        command.add_argument("--query", help="all runs that this search finds")
    return [runs, mark, bins, searches, export]


def carry_out(options: argparse.Namespace, client: httpx.Client) -> None:
    """Carry out a command of :data:`COMMANDS`. Raises :class:`Trouble`, and what the client raises."""

    def ask(method: str, path: str, **content: Any) -> dict[str, Any]:
        return checked(client.request(method, f"/api/v1{path}", **content))

    if options.command == "runs":
        _runs(options, ask)
    elif options.command == "mark":
        _mark(options, ask)
    elif options.command == "bin":
        _bin(options, ask)
    elif options.command == "searches":
        _searches(options, ask)
    else:
        _export(options, client)


def _runs(options: argparse.Namespace, ask: Ask) -> None:
    if options.like:
        similar = ask("GET", f"/runs/{quote(options.like, safe='')}/similar", params={"limit": min(options.limit, 100)})
        for one in similar["data"]:
            _print(one["run"]["id"], f"{one['likeness']:.2f}", one["run"]["created_at"], one["run"]["title"])
        return
    cursor, left = "", options.limit
    while left > 0:
        asked = {"q": options.query, "limit": min(left, 100), "cursor": cursor}
        if options.best:
            asked["sort"] = "best"
        page = ask("GET", "/runs", params=asked)
        for run in page["data"]:
            cost = "unknown" if run["cost"] is None else f"${run['cost']:.4f}"
            _print(run["id"], run["status"], run["created_at"], cost, run["title"])
        left -= len(page["data"])
        cursor = page["next_cursor"]
        if not cursor:
            return


def _mark(options: argparse.Namespace, ask: Ask) -> None:
    words = list(options.what)
    if not words and options.mark in ("tag", "untag", "undo"):
        raise Trouble(USAGE, f"Name the {'change' if options.mark == 'undo' else 'tag'}.")
    if options.mark == "undo":
        _print_change(ask("POST", f"/marks/{quote(words[0], safe='')}/undo"))
        return
    body: dict[str, Any] = {"mark": options.mark}
    if options.mark in ("tag", "untag"):
        body["tag"] = words.pop(0)
    _print_change(ask("POST", "/marks", json=body | _chosen(options.query, words)))


def _bin(options: argparse.Namespace, ask: Ask) -> None:
    if options.do != "list":
        chosen = _chosen(options.query, options.what)
        _print_change(ask("POST", "/bin" if options.do == "delete" else "/bin/restore", json=chosen))
        return
    cursor = ""
    while True:
        page = ask("GET", "/bin", params={"cursor": cursor})
        for run in page["data"]:
            _print(run["id"], run["binned_at"], run["title"])
        cursor = page["next_cursor"]
        if not cursor:
            return


def _searches(options: argparse.Namespace, ask: Ask) -> None:
    if options.do == "save":
        saved = ask("POST", "/searches", json={"name": options.name, "query": options.value})
        _print(saved["name"], "pinned", saved["query"])
        return
    found = ask("GET", "/searches")["data"]
    if options.do == "list":
        for one in found:
            _print(one["name"], "pinned" if one["pinned"] else "", one["query"])
        return
    search = next((one["id"] for one in found if one["name"] == options.name), None)
    if search is None:
        raise Trouble(USAGE, f"No search is called “{options.name}”.")
    if options.do == "delete":
        ask("DELETE", f"/searches/{search}")
        return
    changes = {"rename": {"name": options.value}, "pin": {"pinned": True}, "unpin": {"pinned": False}}
    ask("PATCH", f"/searches/{search}", json=changes[options.do])


def _export(options: argparse.Namespace, client: httpx.Client) -> None:
    path = f"/api/v1/runs/{quote(options.run, safe='')}/export" if options.run else "/api/v1/export"
    asked = {"format": options.format} | ({"query": options.query} if options.query else {})
    with client.stream("GET", path, params=asked) as response:
        if not response.is_success:
            response.read()
            checked(response)
        with _opened(options.output) if options.output else nullcontext(sys.stdout.buffer) as file:
            for piece in response.iter_bytes():
                file.write(piece)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("wb")
    except OSError as error:
        raise Trouble(USAGE, f"{path} cannot be written: {error}") from None


def _chosen(query: str | None, runs: list[str]) -> dict[str, Any]:
    return {"query": query} if query is not None and not runs else {"runs": runs}


def _print_change(change: dict[str, Any]) -> None:
    _print(
        change["id"], change["mark"], f"{change['changed']} of {change['total']}", "" if change["ended"] else "at work"
    )


def _print(*cells: Any) -> None:
    print(*(" ".join(str(cell).split()) for cell in cells), sep="\t")
