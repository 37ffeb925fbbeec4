"""Shared by the commands of the client: exit codes, refusals, and the settings that the command line names."""

import argparse
from pathlib import Path
from typing import Any

import httpx

ANSWERED, FAILED, USAGE, UNREACHABLE, STOPPED = 0, 1, 2, 3, 130
LETTERS = "ABCDEFGH"


class Trouble(Exception):
    """No answer could be had; carries the reason and the exit code."""

    def __init__(self, code: int, sentence: str) -> None:
        self.code = code
        super().__init__(sentence)


def checked(response: httpx.Response) -> dict[str, Any]:
    """Return the body of a response, empty for one without. Raise :class:`Trouble` for a refusal."""
    if response.status_code == httpx.codes.NO_CONTENT:
        return {}
    try:
        body: Any = response.json()
    except ValueError:
        body = None
    error = body.get("error", {}) if isinstance(body, dict) else None
    if isinstance(body, dict) and response.is_success:
        return body
    if not isinstance(error, dict):
        raise Trouble(UNREACHABLE, f"{response.url} does not answer like FusionWeb.")
    sentence = error.get("message", f"The server refused (status {response.status_code}).")
    raise Trouble(UNREACHABLE if response.status_code in (401, 403) else FAILED, sentence)


def answered(response: httpx.Response) -> dict[str, Any]:
    """Return the body of a response. Raise ``httpx.TransportError`` for a failure that may pass, as a lost connection.

    Raise :class:`Trouble` for a refusal.
    """
    if response.is_server_error:
        raise httpx.ReadError(f"The server failed (status {response.status_code}).")
    return checked(response)


def add_variants(command: argparse.ArgumentParser) -> None:
    """Add the options for own prompts of the columns."""
    texts = {"system": "a system prompt", "prompt": "a prompt, with {{prompt}} for the question,"}
    for name, words in texts.items():
        command.add_argument(
            f"--variant-{name}",
            action="append",
            nargs=3,
            default=[],
            metavar=("LETTER", "NAME", "TEXT"),
            help=f"{words} of its own for a column, under a name; @FILE reads the text from a file",
        )


def problem_of_variants(options: argparse.Namespace) -> str:
    """Return what is wrong with the own prompts that the command line names, or ''."""
    given = [*options.variant_system, *options.variant_prompt]
    names: dict[str, set[str]] = {}
    for letter, name, _text in given:
        names.setdefault(letter.upper(), set()).add(name)
    if given and not options.model:
        return "Own prompts are for the columns of --model: name the models."
    if wrong := sorted(names.keys() - set(LETTERS[: len(options.model)])):
        return f"There is no column {wrong[0]}: the models are {LETTERS[0]} to {LETTERS[len(options.model) - 1]}."
    if torn := sorted(letter for letter, found in names.items() if len(found) > 1):
        return f"Column {torn[0]} has one variant: give both of its texts the same name."
    return ""


def settings_of(options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that the command line names: of preset, models, own prompts, judge and writer."""
    body = {name: value for name in ("preset", "judge", "writer") if (value := getattr(options, name))}
    variants: dict[str, dict[str, str]] = {}
    for field in ("system", "prompt"):
        for letter, name, text in getattr(options, f"variant_{field}"):
            variants.setdefault(letter.upper(), {"name": name})[field] = _text(text)
    if len(options.model) == 1 and not variants:
        body["model"] = options.model[0]
    elif options.model:
        body["panel"] = [
            {"model": model, "variant": variants[letter]} if letter in variants else model
            for letter, model in zip(LETTERS, options.model, strict=False)
        ] + options.model[len(LETTERS) :]
    return body


def read_text(path: str) -> str:
    """Return the text of a file. Raise :class:`Trouble` for one that is not there or is no UTF-8."""
    try:
        return Path(path).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(USAGE, f"{path} cannot be read as UTF-8: {error}") from None


def _text(given: str) -> str:
    return read_text(given[1:]) if given.startswith("@") else given
