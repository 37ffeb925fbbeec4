#!/usr/bin/env python3
"""Check the rules of this project that no linter knows.

An error is a docstring that begins with What, Who, Which or How, a file of more than 400 lines, and a name for which
the project has a better word. A warning is a private function of fewer than three lines that its file uses once.
Import arrows are import-linter's to check. Only the standard library is used, so any Python runs it.
"""

import ast
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

MOST_LINES = 400
FEWEST_LINES = 3
SOURCES = (".py", ".js", ".css", ".html")
BAD_OPENING = re.compile(r"(What|Who|Which|How)\b")
JS_DOC_COMMENT = re.compile(r"/\*\*(?:\s|\*(?!/))*([^*]*)")
JS_DEFINITION = re.compile(
    r"\b(?:function\*?|class|const|let)\s+(\w+)|^\s*(?:async\s+|static\s+)*(\w+)\(.*\)\s*{$", re.MULTILINE
)

Documented = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Problem:
    """A broken rule at a line of a file; ``is_warning``: it is worth a look and fails nothing."""

    path: str
    line: int
    text: str
    is_warning: bool = False

    def __str__(self) -> str:
        """Return the problem as compilers write it: path, line, text."""
        return f"{self.path}:{self.line}: {'warning: ' if self.is_warning else ''}{self.text}"


@dataclass(frozen=True)
class Definition:
    """A name that a file gives to a module, class, function, attribute or module-level variable."""

    name: str
    path: str
    line: int
    kind: str


@dataclass(frozen=True)
class BadName:
    """A name and the better word for it. It is bad in the paths that begin with the pattern ``inside``.

    '' is everywhere, and ``*`` in it any folder or folders.
    """

    name: str
    better: str
    inside: str = ""


MODELS = "apps/*/models[./]"
"""The models of every app, in a file or in a folder."""
BAD_NAMES = (
    # The two APIs.
    BadName("Told", "EventsReceived"),
    BadName("Piece", "AnswerDelta"),
    BadName("Pause", "Idle"),
    BadName("Over", "RunFinished"),
    BadName("Listener", "AnswerFollower"),
    BadName("hear", "apply"),
    BadName("next_piece", "next_delta"),
    BadName("Order", "RunRequest"),
    BadName("place", "create_run_once", "apps/api/"),
    BadName("RunWish", "RunCreate"),
    BadName("CapWish", "ContinueRun"),
    BadName("SlotsWish", "FuseAgain"),
    BadName("Place", "StreamLease"),
    BadName("admit", "acquire", "apps/"),
    BadName("leave", "release", "apps/"),
    BadName("Program", "ApiClient"),
    # Pages.
    BadName("Seat", "PanelSlot"),
    BadName("Offer", "FormChoices"),
    BadName("Kept", "RenderedSettings"),
    BadName("drawn", "redact, or RenderedSettings", "apps/"),
    BadName("changed", "render_changed_parts", "apps/web/"),
    BadName("refused", "render_refusal", "apps/web/"),
    BadName("go_on", "continue_run"),
    BadName("story", "run_store", "static/"),
    BadName("tell", "dispatch", "static/"),
    BadName("takeIn", "syncFromServer", "static/"),
    BadName("carryOver", "preserveUserState", "static/"),
    BadName("pill", "answer_toast", "static/"),
    # Claims, heartbeats and the end of a call.
    BadName("Hold", "Heartbeat"),
    BadName("beat", "heartbeat", "apps/"),
    BadName("give_back", "requeue_on_shutdown"),
    BadName("decline", "leave_to_others"),
    BadName("postpone", "requeue_after"),
    BadName("hand_over", "requeue_for_fallback", "apps/runs/lifecycle/"),
    BadName("Change", "RunChange"),
    BadName("changing", "locked_run"),
    BadName("goes_on", "run_next_here"),
    BadName("Standing", "RunLiveness"),
    BadName("is_told", "log_is_complete"),
    BadName("_Patient", "BatchReader"),
    BadName("_Veil", "Redactor"),
    # Cost.
    BadName("settle", "price_lost_call", "apps/runs/spending/"),
    BadName("settle", "price_lost_call", "apps/runs/lifecycle/"),
    BadName("carry", "carry_over_cost", "apps/runs/"),
    BadName("wordless", "failed_attempt"),
    BadName("of_wordless", "cost_of_failed_attempts"),
    BadName("in_all", "total_cost"),
    BadName("in_doubt", "possible_cost"),
    BadName("spent_before", "cost_of_earlier_attempts"),
    # Results of a call.
    BadName("broken", "unsendable_result", "apps/runs/"),
    BadName("salvaged", "failed_result"),
    BadName("conclude", "build_result", "apps/runs/execution/results"),
    BadName("_checked", "_normalised", "apps/runs/"),
    BadName("_free", "_free_result", "apps/runs/"),
    BadName("referee", "judge_or_writer"),
    BadName("ask", "call_with_fallback", "apps/"),
    BadName("_ask_patiently", "call_with_retries"),
    BadName("measured", "model_health", "apps/"),
    # Columns.
    BadName("accrued", "cost_so_far", "apps/"),
    BadName("carried", "cost_before_restart", MODELS),
    BadName("beyond", "possible_extra_cost", MODELS),
    BadName("reserved", "reserved_cost", MODELS),
    BadName("read", "input_calls", MODELS),
    BadName("asked", "next_model", MODELS),
    BadName("candidates", "models_by_reference", MODELS),
    BadName("resolved", "recipe", MODELS),
    BadName("events_lost", "needs_resync"),
    BadName("queued_at", "enqueued_at"),
    BadName("LONG_AGO", "None in enqueued_at"),
    # Providers and the catalogue.
    BadName("patience", "retry_delay", "apps/"),
    BadName("is_passing", "is_transient"),
    BadName("NOT_THE_VENDORS", "NOT_VENDOR_FAULTS"),
    BadName("Verdict", "CallHealth (of a circuit) or Comparison (of texts)"),
    BadName("Said", "VendorMessage (in errors) or AnswerIndex (in passages)"),
    BadName("remarks", "warnings"),
    BadName("is_sane", "is_reasonably_priced"),
)
# One word, one thing: a second class or constant of one of these names means something else by it.
UNIQUE_NAMES = ("VENDORS", "Vendor", "Asked", "Limits", "Estimate")


def sources(root: Path) -> Iterator[tuple[str, str]]:
    """Yield path and text of every source of the working tree that a person wrote; migrations are generated."""
    listing = ["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listing, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in sorted(set(names)):
        path = root / name
        # A symbolic link would show a file twice; a file that is only in the index is gone.
        if name.endswith(SOURCES) and "/migrations/" not in name and path.is_file() and not path.is_symlink():
            yield name, path.read_text()


def check_length(path: str, text: str) -> Iterator[Problem]:
    """Yield a problem if the file has more than 400 lines."""
    lines = len(text.splitlines())
    if lines > MOST_LINES:
        yield Problem(path, lines, f"{lines} lines; split what is longer than {MOST_LINES}")


def check_docstrings(path: str, text: str) -> Iterator[Problem]:
    """Yield a problem for every docstring that begins with What, Who, Which or How.

    Docstrings are those of modules, classes and functions, the strings below fields, and JavaScript's doc comments.
    """
    if path.endswith(".py"):
        tree = ast.parse(text)
        blocks = (node.body for node in ast.walk(tree) if isinstance(node, Documented))
        found = (
            (statement.lineno, statement.value.value.strip())
            for block in blocks
            for statement in block
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if isinstance(statement.value.value, str)
        )
    elif path.endswith(".js"):
        found = ((_line_of(text, match.start(1)), match[1]) for match in JS_DOC_COMMENT.finditer(text))
    else:
        return
    for line, docstring in found:
        if opening := BAD_OPENING.match(docstring):
            yield Problem(path, line, f"a docstring begins with {opening[1]}; begin with a verb, or with the noun")


def check_small_functions(path: str, text: str) -> Iterator[Problem]:
    """Yield a warning for every private function of one or two lines, docstring aside, that its file uses once."""
    if not path.endswith(".py"):
        return
    tree = ast.parse(text)
    # Names and attributes count by their last word: a method of the same name elsewhere only hides a warning.
    uses = Counter(
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute)
    )
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.decorator_list:
            continue
        body = node.body[1:] if ast.get_docstring(node) else node.body
        lines = sum((statement.end_lineno or 0) - statement.lineno + 1 for statement in body)
        is_private = node.name.startswith("_") and not node.name.endswith("__")
        if is_private and lines < FEWEST_LINES and uses[node.name] == 1:
            yield Problem(path, node.lineno, f"{node.name} is short and used once; join it with its caller", True)


def check_names(found: Iterable[Definition]) -> Iterator[Problem]:
    """Yield a problem for every definition that has a better word, and for second meanings of one word."""
    better = defaultdict(list)
    for bad in BAD_NAMES:
        better[bad.name].append(bad)
    meanings = defaultdict(list)
    for definition in found:
        for bad in better[definition.name]:
            if fnmatchcase(definition.path, f"{bad.inside}*"):
                text = f"{definition.kind} {bad.name} has a better name: {bad.better}"
                yield Problem(definition.path, definition.line, text)
                break
        if definition.name in UNIQUE_NAMES and definition.kind in ("class", "variable"):
            meanings[definition.name].append(definition)
    for name, places in meanings.items():
        for second in places[1:]:
            text = f"{name} is also {places[0].path}:{places[0].line}; one word means one thing"
            yield Problem(second.path, second.line, text)


def definitions(path: str, text: str) -> Iterator[Definition]:
    """Yield what the file defines: itself, classes, functions, class attributes, ``self.x = …`` and variables.

    Local variables and parameters are no names of the project, and keyword arguments are the callee's.
    """
    if not path.endswith((".py", ".js")):
        return
    yield Definition(PurePosixPath(path).stem, path, 1, "module")
    if path.endswith(".py"):
        for name, line, kind in _python_definitions(text):
            yield Definition(name, path, line, kind)
    else:
        for match in JS_DEFINITION.finditer(text):
            yield Definition(match[1] or match[2], path, _line_of(text, match.start()), "function")


def check(root: Path) -> list[Problem]:
    """Return every problem of the sources below ``root``, a git working tree."""
    problems: list[Problem] = []
    found: list[Definition] = []
    for path, text in sources(root):
        for rule in (check_length, check_docstrings, check_small_functions):
            problems += rule(path, text)
        found += definitions(path, text)
    problems += check_names(found)
    return sorted(problems, key=lambda problem: (problem.path, problem.line))


def main() -> int:
    """Print the problems of this working tree, warnings first. Return 1 if one of them is an error, else 0."""
    problems = check(Path(__file__).resolve().parent.parent)
    for problem in sorted(problems, key=lambda problem: not problem.is_warning):
        print(problem)
    errors = sum(not problem.is_warning for problem in problems)
    print(f"{errors} errors, {len(problems) - errors} warnings")
    return 1 if errors else 0


def _python_definitions(text: str) -> Iterator[tuple[str, int, str]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef):
            yield node.name, node.lineno, "class"
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno, "function"
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _is_self(node.value):
            yield node.attr, node.lineno, "attribute"
        if isinstance(node, ast.Module | ast.ClassDef):
            kind = "attribute" if isinstance(node, ast.ClassDef) else "variable"
            for statement in node.body:
                yield from ((name.id, name.lineno, kind) for name in _targets(statement))


def _targets(statement: ast.stmt) -> list[ast.Name]:
    if isinstance(statement, ast.AnnAssign):
        return [statement.target] if isinstance(statement.target, ast.Name) else []
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return [name for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]


def _is_self(node: ast.expr) -> bool:
    # Only an object's own methods define its attributes; elsewhere the name is another's choice.
    return isinstance(node, ast.Name) and node.id == "self"


def _line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


if __name__ == "__main__":
    sys.exit(main())
