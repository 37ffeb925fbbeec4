"""Every regular expression of the project: which meet foreign text, and that their time is bounded all the same.

A vendor, or whoever writes a prompt that a vendor echoes, may send megabytes of the beginning of any pattern, and a
pattern holds the interpreter while it runs. So the function that applies it cuts the text first, or the pattern reads
it once.
"""

import ast
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from apps.fusion import checkable, images, json_values, options
from apps.fusion.answers.groups import read_panel
from apps.fusion.answers.reading import TAIL
from apps.fusion.answers.refusals import is_refusal
from apps.fusion.citations import MOST_TEXT, check_citations
from apps.fusion.comparing.clauses import is_left_open
from apps.fusion.comparing.overlap import overlap
from apps.fusion.comparing.rows import align_rows
from apps.fusion.judging.quotes import locate
from apps.fusion.judging.reply import parse_reply
from apps.fusion.repetition import is_looping, trim_loop
from apps.fusion.vocabulary import FailureCode
from apps.fusion.wanted_repetition import LONGEST_REQUEST, asks_for_repetition
from apps.providers import corrections, discover, errors, families, finish_reasons, turns, vendor_messages
from apps.providers.errors import ProviderError
from apps.providers.event_stream import MAX_OUTPUT_CHARS, Event
from apps.providers.openai_answer import ChatTranslator
from tests.lookup.patterns import LOOKUPS
from tests.own_patterns import OWN
from tests.providers.asking import endpoint_at

USES = {"match", "search", "fullmatch", "compile", "sub", "subn", "split", "findall", "finditer"}
SIZE = 16 * 2**20
WITHIN_S = 1.0
SHORTEST_S = 0.001
"""Shorter times than this measure the machine."""
LONG_S = 0.1
AT = endpoint_at("http://vendor.test/v1")
CUT = vendor_messages.MAX_WORDS

Apply = Callable[[str], Any]


def refused(text: str) -> ProviderError:
    return errors.from_error_object(AT, "m", {"message": text})


def correct(text: str) -> Any:
    error = ProviderError("No.", FailureCode.INVALID_REQUEST, permanent=True)
    error.message = vendor_messages.VendorMessage(text, "", (text[:80],))
    return corrections.corrected(corrections.Post("/", {"temperature": 0, "stop": "x", "stream": True}, {}), error)


def split(text: str) -> int:
    translator = ChatTranslator(AT, "m")
    with suppress(ProviderError):  # too large
        for _ in translator.feed(Event(json.dumps({"choices": [{"delta": {"content": text[: SIZE // 6]}}]}))):
            pass
    return len([*translator.flush()])


def names_of(text: str) -> None:
    families.maker_of(text)
    families.family_of(text)
    families.has_fixed_sampling(text)
    families.has_vision(text)
    families.has_reasoning(text)


def wait_in_header(text: str) -> float | None:
    errors.reset_after(httpx.Headers({"x-ratelimit-reset": text}))
    return errors.retry_after(httpx.Headers({"retry-after": text, "retry-after-ms": text}))


def is_image(text: str) -> None:
    with pytest.raises(images.BadImage):
        images.decoded(text)


def image_data(text: str) -> None:
    with pytest.raises(ProviderError):
        turns.image_data(text)


def read_judgement(text: str) -> None:
    try:
        parse_reply(text, {"A": "x", "B": "y"}, {"A": "A", "B": "B"}, "m")
    except ValueError:
        return


def conclude(text: str) -> None:
    is_refusal(text)
    for answer in ("Answer: 5", "It prints `5`.", "No."):
        read_panel({"A": text, "B": text[1:1_000], "C": answer})


def ask(text: str) -> None:
    read_panel({"A": "Answer: 5", "B": "It prints `4`.", "C": "No."}, text)


def quote(text: str) -> None:
    locate(text[2:2_000], text)


def trim(text: str) -> None:
    is_looping(text[:MAX_OUTPUT_CHARS])
    trim_loop(text[:MAX_OUTPUT_CHARS])


TRIED: dict[str, tuple[Apply, tuple[str, ...]]] = {
    "apps.providers.refusals.PATTERNS": (
        refused,
        (
            "input token count ",
            "exceed ",
            "prompt exceeds ",
            "context length ",
            "inputs` must have less than 1",
            "model not ",
            "input flagge",
            "too large for ",
            "maximum maximum context ",
        ),
    ),
    "apps.providers.errors.retry_after": (wait_in_header, ("1", "1.", " ")),
    "apps.providers.errors.reset_after": (wait_in_header, ("1", " ")),
    "apps.providers.vendor_messages.HTML": (vendor_messages.is_html, (" ", "<", "\n\t")),
    "apps.providers.vendor_messages.TITLE": (vendor_messages.message_in, ("<html><title> ", "<html><title>x")),
    "apps.providers.vendor_messages.SECRET_PARTS": (lambda text: vendor_messages.masked(AT, text), ("-a",)),
    "apps.providers.vendor_messages.LOOKS_SECRET": (
        lambda text: vendor_messages.masked(AT, text),
        ("sk-abcd", "Bearer ", "Bearer         ", "AIza", "key-....."),
    ),
    "apps.providers.vendor_messages.masked": (lambda text: vendor_messages.masked(AT, text), ("sk-alice-", "•")),
    "apps.providers.vendor_messages.LIMIT": (vendor_messages.asks_too_much, ("limit ", "limit 1,1,")),
    "apps.providers.vendor_messages.REQUESTED": (vendor_messages.asks_too_much, ("limit 1 requested ",)),
    "apps.providers.vendor_messages.TOO_BIG_FOR_PLAN": (vendor_messages.asks_too_much, ("request too large for ",)),
    "apps.providers.vendor_messages.LONG_LIMIT": (vendor_messages.is_long_limit, ("tokens per ", "daily ", "today ")),
    "apps.providers.overflow.OVERFLOW": (
        refused,
        ("prompt ", "reduce the a a a a ", "tokens ", "only 1 tok", "max 1k "),
    ),
    "apps.providers.overflow.OTHER_LIMIT": (refused, ("prompt too long per-", "1 1", "max_tokens .,.,")),
    "apps.providers.vendor_messages.GOOGLE_DELAY": (vendor_messages.wait_in, ('"retryDelay" ', '"retryDelay"  :')),
    "apps.providers.vendor_messages.FIELD_DELAY": (vendor_messages.wait_in, ('"retry_after" :', '"retry_after":1')),
    "apps.providers.vendor_messages.SPOKEN_DELAY": (vendor_messages.wait_in, ("try again in 1m1m1m1m", "retry again ")),
    "apps.providers.vendor_messages.SPOKEN_PART": (vendor_messages.wait_in, ("try again in 1m 1", "1m1")),
    "apps.providers.finish_reasons.word_of": (finish_reasons.word_of, (" ", "_-")),
    "apps.providers.corrections.SEPARATORS": (correct, (".",)),
    "apps.providers.corrections.NO_STREAM": (correct, ("stream ", "streaming not ", "don't support ")),
    "apps.providers.corrections.REFUSES": (correct, ("'temperature' only ", "'temperature' not be ")),
    "apps.providers.corrections.NO_SYSTEM": (correct, ("system ", "not support ", "developer not ")),
    "apps.providers.corrections.LACKS_THOUGHTS": (
        correct,
        (
            "reasoning_content ",
            "missing ",
            "missing reasoning_",
            "expected thinking ",
            "thinking not support ",
            "tool_choice ",
        ),
    ),
    "apps.providers.corrections.BAD_SIGNATURE": (
        correct,
        ("invalid ", "invalid signature ", "corrupted thought ", "reasoning_content "),
    ),
    "apps.providers.corrections.UNKNOWN_ID": (correct, ("unknown name id at ", "unknown name ")),
    "apps.providers.corrections.STRICT_TURNS": (
        correct,
        ("roles must ", "system message must be ", "unexpected role "),
    ),
    "apps.providers.corrections.UNKNOWN": (correct, ("max_tokens extr",)),
    "apps.providers.corrections._is_refused": (correct, ("'temperature", "parameters: ", "value of")),
    "apps.providers.discover.NUM_CTX": (
        lambda text: discover._context_length({"parameters": text}, None),
        ("num_ctx ", "num_ctx 1 ", "num_ctx\n", "\n"),
    ),
    "apps.providers.base.SURROGATES": (split, ("\ud83d", "é")),
    "apps.providers.base.RAW_BYTES": (split, ("\udcf0", "a\udcf0\udc9f")),
    "apps.providers.base.CUT_BYTES": (split, ("\udcf0\udc9f\udc98", "\udce0")),
    "apps.providers.base.LONE_HALF": (split, ("\ude00", "a\ud83d")),
    "apps.providers.thinking.MARK": (split, ("<think", "x</think>", "<|", "`</think>` ")),
    "apps.providers.thinking.CLOSING": (split, ("<think></thin", "<think></think>")),
    "apps.providers.thinking.HARMONY_TOKEN": (split, ("<|channel|>", "<|start|><|mess")),
    "apps.providers.turns.image_data": (image_data, ("data:a/", "data:a/a;base64,A", " ")),
    "apps.providers.families.maker_of": (names_of, ("qwen", "x-", "a.")),
    "apps.providers.families.family_of": (names_of, ("a",)),
    "apps.providers.families.has_fixed_sampling": (names_of, ("gpt-5cha", "claude-v")),
    "apps.providers.families.bare_name": (names_of, ("1.", "1p1")),
    "apps.providers.families._known": (names_of, ("kimi-", "qwen3instruc", "-v", "nemotro")),
    "apps.providers.families._split": (names_of, ("a", "a.", "a/", "-.")),
    **LOOKUPS,
    "apps.fusion.checkable.FACT": (checkable.is_checkable, ("who is", "what is the capital ", "? ")),
    "apps.fusion.options._OPTION": (options.options_of, ("A) ", "(A) x\n", "\n", " ", "A. x\nB. y\n")),
    "apps.fusion.checkable.ASKS_NUMBER": (checkable.checkable_form, ("how much 1 2", "what is the ")),
    "apps.fusion.images._DATA_URL": (is_image, ("data:image/png;base64,A", "data:image/", "A=")),
}
"""The function that applies a pattern, and the beginnings of the pattern that cost it most."""

THROUGH: tuple[tuple[str, Apply, str, tuple[str, ...], str, int], ...] = (
    ("answers", conclude, "", ("\n   ", "\t", "*", "#"), " answer is 4", TAIL),
    ("answers", conclude, "answer", (" ", "*", "\n"), "is", TAIL),
    ("answers", conclude, "", ("~", "`", "> ~"), "", TAIL),
    ("answers", conclude, "the answer is \\frac", (" ", "\n"), "x", TAIL),
    ("answers", conclude, "the answer is \\frac{1", (" ", "\n"), "x", TAIL),
    ("requests", ask, "", ("\n", "\r\n", "\n ", "```x", "```\n", "1 ", "A. "), "?", TAIL),
    ("requests", ask, "What does `f(1)` print: ", ("`", "```x", "\n", "f(", "a; "), " x", TAIL),
    ("requests", ask, "What is it? ", ("\n", "\t", ": A "), " x", 10 * TAIL),
    ("json_values", json_values.json_text, "```", (" ", "\t", "json ", "\n"), "\n{}\n```", json_values.LONGEST),
    ("quotes", quote, "> ", ("#", "&", "1-", "II "), " x", 16_000),
    ("clauses", is_left_open, "The tower is ", (" ", "*", "_", "\r", "is "), " tall.", 50_000),
    ("wanted_repetition", asks_for_repetition, "", ("1,", "1.", "百"), " a", LONGEST_REQUEST),
)
"""Functions with what stands before and after the beginnings that cost them most, and the characters they read."""

DOORS: dict[str, tuple[Apply, tuple[str, ...]]] = {
    "apps.fusion.comparing": (
        lambda text: (overlap({"A": text, "B": text}), align_rows({"A": text, "B": text})),
        tuple("not |1,|between 1 and |1 January |(|```\n|- |un|e.g. |$1 |as of |`| |~~~ ".split("|")),
    ),
    "apps.fusion.answers": (
        conclude,
        (
            "the answer is ",
            "\\boxed{",
            '{"answer": ',
            "```\n",
            "= ",
            "3 * ",
            "\n ",
            "I am sorry, but I ",
            "[",
            "(A) ",
            "total of a ",
            "1 ",
            "`",
            "1,",
            "es tut mir leid, ich ",
            "add 1 and ",
            "1 which, it ",
            "since 1 ",
            "1 = 2, a ",
            "the answer is $x^",
            "\\boxed{(x+",
            "So I get $",
            "1 A ",
            "`f` ",
            ">>> f\n",
            "B. ",
            "\\text{",
            "**A:** ",
            "\n\n---\n",
            "SYSTEM: ",
            "| A ",
            "minus ",
            "yes, no ",
            "**1** ",
        ),
    ),
    "apps.fusion.judging": (
        read_judgement,
        ('{"', "[" * 9, '{"a":', "\\u", "A: ", "1.", "not ", '"…', "{'a': ", "//", "findings ", "```json\n"),
    ),
    "apps.fusion.citations": (
        lambda text: check_citations(text, {1: text}),
        ("[1, ", '[1: "', "[", "`", "```", "a. ", '[1: "a" ', "[1] ", "[1]. "),
    ),
    "apps.fusion.repetition": (trim, ("a ", "a b c ", "\n")),
    "apps.fusion.wanted_repetition": (
        asks_for_repetition,
        ("1 ", "1 a ", "1", "1,", "一", "no ", "repeat ", "no repeat ", "回", "a "),
    ),
}
"""Packages whose patterns are all behind one function, which cuts an answer before any of them sees it."""

CUTS = {
    "comparing": 50_000,
    "answers": TAIL,
    "wanted_repetition": LONGEST_REQUEST,
    "judging": 200_000,
    "repetition": MAX_OUTPUT_CHARS,
    "citations": MOST_TEXT,
}
"""Characters that the functions at the doors read at most; the others read `CUT`."""


def patterns() -> Iterator[str]:
    """The module, and the function or constant in it, of each use of ``re``."""
    for path in sorted(Path("apps").rglob("*.py")):
        module = ".".join(path.with_suffix("").parts)
        for top in ast.parse(path.read_text()).body:
            nodes = top.body if isinstance(top, ast.ClassDef) else [top]
            yield from (f"{module}.{name_of(node)}" for node in nodes if has_pattern(node))


def name_of(node: ast.stmt) -> str:
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    return str(getattr(node, "name", "") or getattr(target, "id", ""))


def has_pattern(node: ast.stmt) -> bool:
    calls = [one.func for one in ast.walk(node) if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute)]
    return any(isinstance(one.value, ast.Name) and one.value.id == "re" and one.attr in USES for one in calls)


def is_listed(pattern: str) -> bool:
    packages = (*DOORS, "apps.fusion.dates", "apps.fusion.prompting", "apps.markdown", "apps.runs.measuring")
    return pattern in TRIED or pattern in OWN or pattern.startswith(tuple(f"{package}." for package in packages))


def beginnings() -> list[Any]:
    tables = {**TRIED, **DOORS}
    return [
        pytest.param(apply, seed, CUTS.get(name.rpartition(".")[2], CUT), id=f"{name.rpartition('.')[2]}-{seed!r}")
        for name, (apply, seeds) in tables.items()
        for seed in seeds
    ]


def assert_grows_with_the_text(apply: Apply, small: str, large: str, took: float) -> None:
    """Assert that twice the text takes hardly longer than twice the time, if it takes a time that can be measured.

    ``took`` is what the large text takes at most, as one of at least its length did.
    """
    if took <= 3 * SHORTEST_S:
        return
    most = 3 * max(seconds(apply, small, 5), SHORTEST_S)

    assert took <= most or seconds(apply, large, 4, enough=most) <= most


def seconds(apply: Apply, text: str, times: int, enough: float = 0) -> float:
    """The best of so many tries, of the processor alone; one that took no longer than ``enough`` is the last.

    Without ``enough``, two are enough where a try is so long that the machine hardly matters.
    """
    tries: list[float] = []
    for _ in range(times):
        if tries and (min(tries) <= enough or (not enough and len(tries) > 1 and sum(tries) > LONG_S)):
            break
        started = time.thread_time()
        apply(text)
        tries.append(time.thread_time() - started)
    return min(tries)


def test_every_pattern_is_in_one_of_the_tables() -> None:
    found = set(patterns())

    assert [pattern for pattern in sorted(found) if not is_listed(pattern)] == []
    assert [name for name in (*TRIED, *OWN) if name not in found and name.count(".") > 2] == []


@pytest.mark.parametrize("apply, seed, cut", beginnings())
def test_time_of_a_pattern_is_bounded(apply: Apply, seed: str, cut: int) -> None:
    whole = (seed * (SIZE // len(seed) + 1))[:SIZE]
    small, large = whole[:cut], whole[: 2 * cut]
    took = seconds(apply, whole, 5, enough=WITHIN_S)

    assert took <= WITHIN_S
    assert_grows_with_the_text(apply, small, large, took)


@pytest.mark.parametrize(
    "apply, before, seed, after, cut",
    [
        pytest.param(apply, before, seed, after, cut, id=f"{name}-{before}-{seed!r}")
        for name, apply, before, seeds, after, cut in THROUGH
        for seed in seeds
    ],
)
def test_time_between_two_words_is_bounded(apply: Apply, before: str, seed: str, after: str, cut: int) -> None:
    def text(length: int) -> str:
        return before + (seed * (length // len(seed) + 1))[: length - len(before) - len(after)] + after

    took = seconds(apply, text(cut), 5, enough=WITHIN_S)

    assert took <= WITHIN_S
    assert_grows_with_the_text(apply, text(cut // 2), text(cut), took)
