"""The commands `fusionweb batch` and `fusionweb templates`: tables that are run, and prompts with variables."""

import argparse
import difflib
import json
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
from fusionweb_wire import ANSWERED, FAILED, USAGE, Trouble, answered, checked, read_text, settings_of
from rich.console import Console

PATIENCE_S = 60
"""Seconds for which a batch that is waited for may not be readable."""
BATCH_WORDS = [
    *("run", "status", "rows", "start", "pause", "resume", "retry", "repeat", "cap", "checks", "cancel", "delete")
]


def add_batch(commands: Any) -> argparse.ArgumentParser:
    batch: argparse.ArgumentParser = commands.add_parser("batch", help="run a prompt with every row of a table")
    batch.add_argument("do", choices=BATCH_WORDS)
    batch.add_argument("what", nargs="?", default="", help="for run the table, a CSV or JSONL file; else a batch's id")
    batch.add_argument("--template", help="the id of a prompt template")
    batch.add_argument("--prompt", help="a prompt with the table's columns in double braces")
    batch.add_argument(
        "--check",
        action="append",
        default=[],
        help="an output check, such as 'contains: Paris'; for checks, in place of all",
    )
    batch.add_argument("--repetitions", type=int, default=1, help="the runs of each row, 30 at most")
    batch.add_argument("--cap", type=float, help="USD, for all runs together")
    batch.add_argument("--no-start", action="store_true", help="make the batch, say what it should cost, and leave it")
    batch.add_argument("--no-wait", action="store_true", help="print the batch's id and leave it at work")
    return batch


def add_templates(commands: Any) -> argparse.ArgumentParser:
    """Add the command for prompt templates."""
    templates: argparse.ArgumentParser = commands.add_parser("templates", help="list and change prompt templates")
    do = ["list", "show", "versions", "diff", "create", "change", "fill", "delete"]
    templates.add_argument("do", nargs="?", default="list", choices=do)
    templates.add_argument("what", nargs="?", default="", help="for create the name; else a template's id")
    templates.add_argument("file", nargs="?", default="-", help="the prompt; - or nothing reads the standard input")
    templates.add_argument("--system", help="a system prompt; change keeps the old one without it")
    templates.add_argument("--check", action="append", help="an output check; change keeps the old ones without any")
    templates.add_argument(
        "--value", action="append", nargs=2, default=[], metavar=("NAME", "TEXT"), help="for fill, a variable's value"
    )
    templates.add_argument("--name", default="", help="another name, for change")
    templates.add_argument("--of", type=int, metavar="VERSION", help="for show, and for diff the older version")
    templates.add_argument("--to", type=int, metavar="VERSION", help="for diff, the newer version")
    return templates


def do_templates(client: httpx.Client, options: argparse.Namespace, console: Console) -> int:
    """Carry out a word on templates; all that is asked for goes to the standard output, a system prompt beside it."""
    if options.do == "list":
        for one in checked(client.get("/api/v1/templates"))["data"]:
            print(one["id"], one["version"], one["name"], ",".join(one["variables"]), sep="\t")
        return ANSWERED
    if not options.what:
        wanted = "a name" if options.do == "create" else "the id of a template, as fusionweb templates lists it"
        raise Trouble(USAGE, f"Give {wanted}.")
    if options.do in ("create", "change"):
        return _save(client, options)
    path = f"/api/v1/templates/{quote(options.what, safe='')}"
    if options.do in ("fill", "delete"):
        return _fill(client, path, options, console) if options.do == "fill" else _delete(client, path)
    return _read(checked(client.get(path)), checked(client.get(f"{path}/versions"))["data"], options)


def _read(template: dict[str, Any], found: list[dict[str, Any]], options: argparse.Namespace) -> int:
    """Print the versions of a template, one of them, or what is another in one of them."""
    if options.do == "versions":
        for one in found:
            print(one["version"], one["created_at"], sep="\t")
    elif options.do == "show":
        texts = _version(found, options.of or found[0]["version"])
        print(json.dumps(template | texts, indent=2, ensure_ascii=False))
    else:
        newer = _version(found, options.to or found[0]["version"])
        older = _version(found, options.of or max(1, newer["version"] - 1))
        before, after = (f"version {one['version']}" for one in (older, newer))
        for line in difflib.unified_diff(_lines(older), _lines(newer), before, after, lineterm=""):
            print(line)
    return ANSWERED


def _fill(client: httpx.Client, path: str, options: argparse.Namespace, console: Console) -> int:
    """Print the prompt of a template with values; the system prompt goes to the error output."""
    filled = checked(client.post(f"{path}/fill", json={"values": dict(options.value)}))
    if filled["system"]:
        console.print(filled["system"], style="dim", markup=False, soft_wrap=True)
    print(filled["prompt"])
    return ANSWERED


def _delete(client: httpx.Client, path: str) -> int:
    checked(client.delete(path))
    return ANSWERED


def _save(client: httpx.Client, options: argparse.Namespace) -> int:
    """Make a template, or write its next version, and print its id and version."""
    prompt = sys.stdin.read() if options.file == "-" else read_text(options.file)
    if options.do == "create":
        body = {"name": options.what, "prompt": prompt, "system": options.system or "", "checks": options.check or []}
        saved = checked(client.post("/api/v1/templates", json=body))
    else:
        path = f"/api/v1/templates/{quote(options.what, safe='')}"
        before = checked(client.get(path))
        body = {
            "name": options.name or before["name"],
            "prompt": prompt,
            "system": before["system"] if options.system is None else options.system,
            "checks": before["checks"] if options.check is None else options.check,
        }
        saved = checked(client.put(path, json=body))
    print(saved["id"], saved["version"], sep="\t")
    return ANSWERED


def _version(found: list[dict[str, Any]], number: int) -> dict[str, Any]:
    for one in found:
        if one["version"] == number:
            return one
    raise Trouble(FAILED, f"There is no version {number}. The newest is {found[0]['version']}.")


def _lines(version: dict[str, Any]) -> list[str]:
    """Return the texts of a version as lines, each text under its name."""
    texts = {"system": version["system"], "prompt": version["prompt"], "checks": "\n".join(version["checks"])}
    return [line for name, text in texts.items() if text for line in (f"[{name}]", *text.splitlines())]


def do_batch(client: httpx.Client, options: argparse.Namespace, console: Console) -> int:
    """Carry out a word on a batch; the rows go to the standard output, its state to the error output."""
    path = f"/api/v1/batches/{quote(options.what, safe='')}"
    if missing := _missing(options):
        raise Trouble(USAGE, missing)
    if options.do == "delete":
        return _delete(client, path)
    batch = _run_table(client, options) if options.do == "run" else _do(client, path, options)
    waits = {"run": _is_at_work, "checks": lambda batch: batch["counts"]["to_check"] > 0}
    while not options.no_wait and options.do in waits and waits[options.do](batch):
        time.sleep(1)
        batch = _read_again(client, batch["id"])
    counts = batch["counts"]
    console.print(f"{batch['url']}  {_state(batch)}", style="dim", markup=False, soft_wrap=True)
    if options.do == "rows" or (options.do == "run" and not (options.no_wait or options.no_start)):
        for row in _rows(client, batch["id"]):
            print(json.dumps(row, ensure_ascii=False))
    else:
        print(batch["id"])
    return FAILED if counts["failed"] else ANSWERED


def _read_again(client: httpx.Client, batch_id: str) -> dict[str, Any]:
    """Return a batch that is waited for, perhaps for hours: a server that is away for a minute is waited for, too.

    Raises :class:`Trouble`, and ``httpx.TransportError`` after a minute.
    """
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return answered(client.get(f"/api/v1/batches/{batch_id}"))
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
        time.sleep(1)


def _missing(options: argparse.Namespace) -> str:
    """Say what a word on a batch lacks, '' for nothing."""
    if options.do != "run" and not options.what:
        return "Give the id of a batch, as its address ends."
    if options.do == "cap" and options.cap is None:
        return "Give the cap in USD: --cap 2.50."
    if options.do == "checks" and not options.check:
        return "Give the output checks, each with --check; --check '' leaves none."
    return ""


def _run_table(client: httpx.Client, options: argparse.Namespace) -> dict[str, Any]:
    """Make a batch of a table, or of a prompt without one."""
    body = {**settings_of(options), "repetitions": options.repetitions, "checks": options.check, "cap": options.cap}
    body["start"] = not options.no_start
    body |= {"template": options.template} if options.template else {"prompt": options.prompt}
    if options.what:
        body["csv"] = read_text(options.what)
    return checked(client.post("/api/v1/batches", json=body))


def _do(client: httpx.Client, path: str, options: argparse.Namespace) -> dict[str, Any]:
    """Read a batch, or do to it what the word says."""
    if options.do in ("status", "rows"):
        return checked(client.get(path))
    bodies = {"cap": {"cap": options.cap}, "checks": {"checks": options.check}}
    return checked(client.post(f"{path}/{options.do}", json=bodies.get(options.do)))


def _is_at_work(batch: dict[str, Any]) -> bool:
    return bool(batch["state"] == "running" or batch["counts"]["running"])


def _state(batch: dict[str, Any]) -> str:
    """Say in a line how far a batch has come, and what it should cost before it is started."""
    counts, estimate = batch["counts"], batch["estimate"]
    ended = counts["total"] - counts["queued"] - counts["running"]
    words = [f"{batch['state']}: {ended} of {counts['total']}, {counts['failed']} failed"]
    if counts["passed"] or counts["not_passed"]:
        words.append(f", {counts['passed']} of {counts['passed'] + counts['not_passed']} passed")
    if counts["to_check"]:
        words.append(f", {counts['to_check']} still to be checked")
    words.append("  cost unknown" if batch["cost"] is None else f"  ${batch['cost']:.4f}")
    if estimate and estimate["expected"] is not None:
        words.append(f"  expected ${estimate['expected']:.4f}, at most about ${estimate['most']:.4f}")
    return f"{''.join(words)} {batch['reason']}"


def _rows(client: httpx.Client, batch_id: str) -> Iterator[dict[str, Any]]:
    after: int | None = 0
    while after is not None:
        page = checked(client.get(f"/api/v1/batches/{batch_id}/rows", params={"after": after, "limit": 200}))
        yield from page["data"]
        after = page["next_after"]
