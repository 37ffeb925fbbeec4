"""`fusionweb ask` puts a question to a server, shows the panel at work and prints the answer on standard output.

`fusionweb fork` runs an earlier run again, exactly or with changes, and prints its answer likewise.

`fusionweb batch` runs a prompt with every row of a table and prints a line of JSON a row; `fusionweb templates` lists,
shows, makes and compares prompt templates. Both: `fusionweb_batches.py`.
`fusionweb runs`, `mark`, `bin`, `searches` and `export` are about runs that are there: `fusionweb_history.py`.

Needs httpx and rich, and nothing of the server. Exit codes: 0 answered, 1 the run failed or was refused, 2 wrong
usage, 3 the server cannot be reached or does not accept the key, 130 stopped by Ctrl-C or a signal. However it ends,
`ask` leaves no run at work behind, unless the connection to the server is lost; a batch goes on until it is cancelled.
"""

import argparse
import json
import os
import signal
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import quote

import fusionweb_history as history
import httpx
from fusionweb_batches import add_batch, add_templates, do_batch, do_templates
from fusionweb_wire import (
    ANSWERED,
    FAILED,
    STOPPED,
    UNREACHABLE,
    Trouble,
    add_variants,
    answered,
    checked,
    problem_of_variants,
    settings_of,
)
from httpx_sse import EventSource, ServerSentEvent
from rich.console import Console
from rich.live import Live
from rich.table import Table

__version__ = "0.1.0"
PATIENCE = httpx.Timeout(30, connect=10)
TRIES = 8
"""Connections without a new event before giving up."""
LONGEST_PAUSE_S = 8.0
AT_WORK = ("queued", "running")
TRIES_TO_STOP = 40


@dataclass
class Progress:
    """The state of each call, built from the events."""

    calls: dict[int, dict[str, Any]] = field(default_factory=dict)

    def apply(self, event: dict[str, Any]) -> None:
        kind = event["type"]
        if kind == "call.started":
            self.calls[event["call"]] = {**event, "status": "writing", "characters": 0}
        elif kind == "call.delta" and event["call"] in self.calls and event["channel"] == "text":
            self.calls[event["call"]]["characters"] += len(event["text"])
        elif kind == "call.ended":
            self.calls[event["call"]] = {"characters": 0, **self.calls.get(event["call"], {}), **event}

    def table(self) -> Table:
        table = Table(box=None, show_header=False, pad_edge=False)
        for call in self.calls.values():
            name = f"{call['role']} {call['slot']}".strip()
            seconds = f"{call['duration_s']:.1f} s" if call.get("duration_s") else ""
            note = (call.get("failure") or {}).get("sentence", "")
            table.add_row(name, call["model"], call["status"], f"{call['characters']} characters", seconds, note)
        return table


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out the command line. Return the exit code."""
    options = _options(arguments)
    signals = _listen_to_signals()
    console = Console(stderr=True)
    try:
        code = _carried_out(options, console, signals)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever read the output, such as `head`, has enough. Python would flush the rest once more as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Trouble as trouble:
        console.print(str(trouble), style="red", markup=False)
        return trouble.code
    except KeyboardInterrupt:
        return STOPPED
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        console.print(f"{options.server} cannot be reached: {error}", style="red", markup=False)
        return UNREACHABLE


def _carried_out(options: argparse.Namespace, console: Console, signals: list[int]) -> int:
    if options.command in ("ask", "fork"):
        return _ask(options, console, signals)
    with _client(options) as client:
        if options.command in history.COMMANDS:
            history.carry_out(options, client)
            return ANSWERED
        do = do_templates if options.command == "templates" else do_batch
        return do(client, options, console)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="fusionweb", description="Ask a panel of models.")
    parser.add_argument("--version", action="version", version=f"fusionweb {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    ask = commands.add_parser("ask", help="put a question to a server")
    ask.add_argument("prompt", nargs="?", default="-", help="the question; - or nothing reads the standard input")
    ask.add_argument("--system", default="", help="instructions before the question")
    ask.add_argument("--thread", help="the id of a thread to go on with, as the line below an answer names it")
    ask.add_argument("--from-slot", metavar="LETTER", help="in a thread: go on with the answer of this column")
    fork = commands.add_parser("fork", help="run an earlier run again, exactly or with changes")
    fork.add_argument("run", help="the id of the run, as its address ends")
    fork.add_argument("prompt", nargs="?", default="", help="another question; - reads the standard input")
    batch, templates = add_batch(commands), add_templates(commands)
    for command in (ask, fork, batch):
        command.add_argument(
            "--preset", help="a preset of the server's, in place of the default or of a run's settings"
        )
        command.add_argument("--model", action="append", default=[], help="a model; several make a panel")
        command.add_argument("--judge", help="the judge, or auto")
        command.add_argument("--writer", help="the writer, or auto")
        add_variants(command)
    for command in (ask, fork):
        command.add_argument("--json", action="store_true", help="print the whole run as JSON")
    for command in (ask, fork, batch, templates, *history.add_commands(commands)):
        command.add_argument("--server", default=os.environ.get("FUSIONWEB_URL", "http://localhost:8000"))
        command.add_argument("--key", default=os.environ.get("FUSIONWEB_API_KEY", ""), help="or set FUSIONWEB_API_KEY")
    options = parser.parse_args(arguments)
    if problem := _problem_of(options):
        parser.error(problem)
    if options.command not in ("ask", "fork") or (options.command == "fork" and options.prompt != "-"):
        return options  # a script's standard input is none of its business, unless that was asked for
    options.prompt = _prompt(options.prompt)
    if not options.prompt:
        parser.error("The question is empty.")
    return options


def _problem_of(options: argparse.Namespace) -> str:
    """Return what is wrong with the options together, or ''."""
    if not options.key:
        return "Give a key with --key, or set FUSIONWEB_API_KEY. The Settings page of the server makes one."
    if not (options.key.isascii() and options.key.isprintable()):
        return "The key has characters that no key has. Copy it anew, or make one on the Settings page of the server."
    if options.command not in ("ask", "fork", "batch"):
        return ""
    if options.preset and options.model:
        return "Choose --preset or --model, not both."
    if options.command == "batch" and options.do == "run" and bool(options.template) == bool(options.prompt):
        return "Give --template or --prompt."
    if options.command == "ask" and options.from_slot and not options.thread:
        return "--from-slot goes on with a column of a thread: name it with --thread."
    return problem_of_variants(options)


def _prompt(given: str) -> str:
    """Return the question; text that is piped in follows the one given as an argument."""
    piped = "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.read().strip()
    return "\n\n".join(part for part in ("" if given == "-" else given.strip(), piped) if part)


def _ask(options: argparse.Namespace, console: Console, signals: list[int]) -> int:
    with _client(options) as client:
        if options.command == "fork":
            question = {"prompt": options.prompt} if options.prompt else {}
            path, body = f"/api/v1/runs/{quote(options.run, safe='')}/fork", question | settings_of(options)
        else:
            path, body = "/api/v1/runs", _run_body(options)
        start = partial(client.post, path, json=body, headers={"Idempotency-Key": uuid.uuid4().hex})
        run: dict[str, Any] = {}
        try:
            run = checked(start())
            _watch(client, run, console)
            run = checked(client.get(f"/api/v1/runs/{run['id']}"))
        except BaseException as error:
            # A signal may come while a library cleans up, and turn into another exception there.
            if isinstance(error, KeyboardInterrupt) or signals:
                _stop(client, run or _run_of(start))
                raise Trouble(STOPPED, "Stopped.") from None
            if run and not isinstance(error, httpx.TransportError):
                _stop(client, run)  # nobody would read the answer, and it would go on costing
            raise
    return _print(run, options, console)


def _client(options: argparse.Namespace) -> httpx.Client:
    headers = {"Authorization": f"Bearer {options.key}"}
    server = options.server.rstrip("/").removesuffix("/v1").rstrip("/")  # the address that OpenAI's clients are given
    return httpx.Client(base_url=server, headers=headers, timeout=PATIENCE)


def _run_of(start: Callable[[], httpx.Response]) -> dict[str, Any]:
    """Return the run of a request whose answer had not come: the same key gives the same run, once it is taken in."""
    for _ in range(TRIES_TO_STOP):
        response = start()
        if response.status_code != httpx.codes.CONFLICT:
            break
        time.sleep(0.25)
    return checked(response)


def _stop(client: httpx.Client, run: dict[str, Any]) -> None:
    """Stop a run; nothing happens to one that has ended."""
    client.post(f"/api/v1/runs/{run['id']}/cancel")


def _listen_to_signals() -> list[int]:
    """Let Ctrl-C and orderly ends of the process stop the run, also where a script started it in the background.

    A shell without job control ignores SIGINT for such a process, and Python leaves it at that. ``nohup`` is obeyed.
    Return the list in which the signals that come will stand.
    """
    caught: list[int] = []

    def interrupt(number: int, _frame: object) -> None:
        caught.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, interrupt)
    return caught


def _run_body(options: argparse.Namespace) -> dict[str, Any]:
    turns = [{"role": "system", "text": options.system}] if options.system else []
    body: dict[str, Any] = {"messages": [*turns, {"role": "user", "text": options.prompt}]}
    if options.thread:
        body["thread"] = options.thread
    if options.from_slot:
        body["from_slot"] = options.from_slot.upper()
    return body | settings_of(options)


def _watch(client: httpx.Client, run: dict[str, Any], console: Console) -> None:
    """Show the calls until the run has ended; the display is live on a terminal and silent elsewhere."""
    progress = Progress()
    with Live(progress.table(), console=console, transient=True, refresh_per_second=8) as live:
        for event in _events(client, run):
            if event["type"] == "resync":
                progress = Progress()
            progress.apply(event)
            live.update(progress.table())


def _events(client: httpx.Client, run: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the events of a run to its end, over as many connections as it takes: a server may be started anew."""
    last, tries, pause = "", TRIES, 0.5
    while tries:
        has_ended = False
        try:
            for event in _connected(client, run, last):
                if event.id not in ("", last):
                    last, tries, pause = event.id, TRIES, 0.5
                if event.data:  # httpx-sse makes an empty event of the blank line after a comment
                    told = json.loads(event.data)
                    has_ended = told["type"] == "run.ended"
                    yield told
            # The server also closes a stream that is read too slowly, or that it cannot go on with.
            if has_ended or answered(client.get(f"/api/v1/runs/{run['id']}"))["status"] not in AT_WORK:
                return
        except httpx.TransportError:
            pass
        tries -= 1
        time.sleep(pause)
        pause = min(LONGEST_PAUSE_S, pause * 2)
    raise Trouble(UNREACHABLE, "The connection was cut again and again. The run goes on; read it on its page.")


def _connected(client: httpx.Client, run: dict[str, Any], last: str) -> Iterator[ServerSentEvent]:
    """Yield the events of one connection. Raise as :func:`answered`, also for a failure that the stream tells."""
    headers = {"Last-Event-ID": last} if last else {}
    with client.stream("GET", run["links"]["events"], headers=headers) as response:
        if not response.is_success:
            response.read()
            answered(response)
        for event in EventSource(response).iter_sse():
            if event.event == "error":
                raise httpx.ReadError(event.data)
            yield event


def _print(run: dict[str, Any], options: argparse.Namespace, console: Console) -> int:
    if options.json:
        print(json.dumps(run, indent=2, ensure_ascii=False))
    elif run["answer"]:
        print(run["answer"]["text"])
    for notice in run["notices"]:
        console.print(notice, style="yellow", markup=False)
    if run["answer"] is None:
        failure = (run["failure"] or {}).get("sentence", f"The run is {run['status']}.")
        raise Trouble(FAILED, failure)
    cost = "cost unknown" if run["cost"] is None else f"${run['cost']:.4f}"
    console.print(f"{run['url']}  {cost}  --thread {run['thread']}", style="dim", markup=False, soft_wrap=True)
    return ANSWERED


if __name__ == "__main__":
    sys.exit(main())
