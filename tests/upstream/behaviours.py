"""Behaviours of the upstream: one small coroutine for each row of the package's table, in any dialect."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.upstream.exchange import DEFAULT_TEXT, Exchange
from tests.upstream.judging import analysis_of, choice_of, revision_of
from tests.upstream.oddities import ODDITIES
from tests.upstream.searching import searches

__all__ = ["DEFAULT_TEXT", "LINE_TEXT", "UNICODE_TEXT", "perform"]

UNICODE_TEXT = "Grüße aus Zürich: 東京タワーは333メートル。 Ελλάδα 🗼 καλημέρα."
LINE_TEXT = "one\u2028two\u2029three\u0085four"
HTML = "<!DOCTYPE html><html><head><title>502</title></head><body><h1>Bad gateway</h1></body></html>"

Behaviour = Callable[[Exchange], Awaitable[None]]


async def perform(x: Exchange) -> None:
    """Answer as the behaviour says; a name that is a status answers with that status."""
    name = x.script["behaviour"]
    if re.fullmatch(r"[3-5]\d\d", name):
        await x.refuse(int(name))
    else:
        await BEHAVIOURS.get(name, ok)(x)


async def ok(x: Exchange) -> None:
    await x.begin()
    await asyncio.sleep(x.option("first_delay_s", 0))
    if x.option("reasoning"):
        await x.raw(x.wire.reasoning(x.option("reasoning")))
    await x.say(*x.pieces())
    await x.end()


async def echo(x: Exchange) -> None:
    x.script = {**x.script, "text": x.asked}
    await ok(x)


async def judge(x: Exchange) -> None:
    """Compare the answers of the prompt, after the look-ups of the script's rounds, if it has any."""
    prompt = "\n\n".join(x.texts_asked)
    settled = analysis_of(prompt, x.option("favours", ""), x.option("best"), x.option("settled", ""))
    x.script = {**x.script, "text": settled}
    await (looks_up if x.option("rounds") else ok)(x)


async def prefers(x: Exchange) -> None:
    x.script = {**x.script, "text": choice_of(x.asked, x.option("words", ""))}
    await ok(x)


async def revises(x: Exchange) -> None:
    """Write a draft, and its revision where one is asked for."""
    if "[REVISED ANSWER" in x.asked:
        x.script = {**x.script, "text": revision_of(x.asked, x.option("revised", "Better."), x.option("accepts", True))}
    await ok(x)


async def calls(x: Exchange) -> None:
    """Call the tools of the script, or every tool that is offered, until results come back; then answer."""
    if x.has_result or not x.tools:
        await ok(x)
        return
    await x.begin()
    await asyncio.sleep(x.option("first_delay_s", 0))
    if x.option("reasoning"):
        await x.raw(x.wire.reasoning(x.option("reasoning")))
    if x.option("before"):
        await x.say(x.option("before"))
    arguments = x.option("arguments", "{}")
    offered = [{"id": f"call_{at}", "name": name, "arguments": arguments} for at, name in enumerate(x.tools)]
    events = x.wire.calls(x.option("calls", offered)).split(b"\n\n")
    if held := x.option("held_after"):
        await x.raw(b"\n\n".join([*events[:held], b""]))
        await x.gate.wait()
        events = events[held:]
    await x.raw(b"\n\n".join(events))
    await x.end("tool_calls")


async def looks_up(x: Exchange) -> None:
    """Make the calls of the next round of the script as long as it may; then answer."""
    rounds = x.option("rounds", [])
    at = x.rounds if not x.option("endless") else 0
    if at >= len(rounds) or not (x.may_call or x.option("endless")):
        await ok(x)
        return
    await x.begin()
    if rounds[at].get("before"):
        await x.say(rounds[at]["before"])
    calls = [{"id": f"call_{x.rounds}_{n}", **one} for n, one in enumerate(rounds[at]["calls"])]
    await x.raw(x.wire.calls([{**one, "arguments": one.get("arguments", "{}")} for one in calls]))
    await x.end("tool_calls")


async def cut_calls(x: Exchange) -> None:
    """Begin the calls of the first round, and cut the connection in the middle of them."""
    await x.begin()
    sent = x.wire.calls([{"id": f"call_{n}", **one} for n, one in enumerate(x.option("rounds")[0]["calls"])])
    await x.raw(sent[: len(sent) // 2])
    x.cut()


async def slow_first(x: Exchange) -> None:
    x.script = {"first_delay_s": 0.3, **x.script}
    await ok(x)


async def stall_first(x: Exchange) -> None:
    x.script = {**x.script, "gate_after": 0}
    await ok(x)


async def stall_headers(x: Exchange) -> None:
    await x.gate.wait()
    await ok(x)


async def stall_mid(x: Exchange) -> None:
    x.script = {"gate_after": len(x.half()), **x.script}
    await ok(x)


async def cut_mid(x: Exchange) -> None:
    await x.begin()
    await x.say(*x.half())
    x.cut()


async def retry_later(x: Exchange) -> None:
    if x.option("gate_after") == 0:
        await x.gate.wait()
    await x.refuse(429, Retry_After=str(x.option("retry_after", "7")))


async def retry_at(x: Exchange) -> None:
    date = datetime.now(UTC) + timedelta(seconds=float(x.option("retry_after", 30)))
    await x.refuse(429, Retry_After=format_datetime(date, usegmt=True))


async def context(x: Exchange) -> None:
    x.script = {"message": "This model's maximum context length is 8192 tokens.", **x.script}
    await x.refuse(x.wire.statuses["context"], "context")


async def quota(x: Exchange) -> None:
    if x.option("gate_after") == 0:
        await x.gate.wait()
    await x.refuse(x.wire.statuses["quota"], "quota")


async def prompt_blocked(x: Exchange) -> None:
    await x.refuse(x.wire.statuses["blocked"], "blocked")


async def html(x: Exchange, status: int = 200) -> None:
    await x.head(status, "text/html; charset=utf-8")
    await x.raw(HTML.encode())
    await x.close()


async def html_502(x: Exchange) -> None:
    await html(x, 502)


async def error_200(x: Exchange) -> None:
    message = x.option("message", "The model is not available.")
    await x.whole(x.wire.error_body(502, "inside", message))


async def error_mid_stream(x: Exchange, status: int = 502) -> None:
    await x.begin()
    await x.say(*x.half())
    await x.raw(x.wire.error(status, x.option("message", "The provider disconnected.")))
    await x.close()


async def overloaded_mid_stream(x: Exchange) -> None:
    x.script = {"message": "Overloaded", **x.script}
    await error_mid_stream(x, 529)


async def counted_then_overloaded(x: Exchange) -> None:
    x.script = {"message": "Overloaded", **x.script}
    await x.head()
    await x.raw(x.wire.early(x.note(x.usage)))
    await x.raw(x.wire.error(529, x.option("message")))
    await x.close()


async def counted_then_error(x: Exchange) -> None:
    await x.head()
    await x.raw(x.wire.early(x.note(x.usage)))
    await x.say(*x.half())
    await x.raw(x.wire.error(502, x.option("message", "The provider disconnected.")))
    await x.close()


async def broken_json(x: Exchange) -> None:
    await x.begin()
    await x.say(*x.half())
    await x.raw(b'data: {"choices": [{"delta": {"content": "oh\n\n')
    await x.close()


async def u2028(x: Exchange) -> None:
    x.script = {"text": LINE_TEXT, "piece_chars": 9, **x.script}
    await ok(x)


async def unicode(x: Exchange) -> None:
    x.script = {"text": UNICODE_TEXT, **x.script}
    await x.begin()
    for piece in x.pieces():
        for byte in x.wire.text(piece):
            await x.raw(bytes([byte]))
        x.entry["text"] += piece
    await x.end()


async def empty(x: Exchange) -> None:
    x.script = {**x.script, "text": ""}
    await ok(x)


async def nothing(x: Exchange) -> None:
    await x.head()
    await x.close()


async def huge_token(x: Exchange) -> None:
    x.script = {"text": "ü" * 512 * 1024, **x.script}
    await ok(x)


async def endless(x: Exchange) -> None:
    await x.begin()
    while True:
        await x.say(x.option("text", "and so on ") * 100)
        await asyncio.sleep(x.option("delay_s", 0))


async def comments(x: Exchange) -> None:
    await x.head()
    while not x.gate.is_set():
        await x.raw(b": PROCESSING\n\n")
        await asyncio.sleep(x.option("delay_s", 0.02))
    await x.say(*x.pieces())
    await x.end()


async def double_done(x: Exchange) -> None:
    x.wire.done = (x.wire.done or b"data: [DONE]\n\n") * 2
    await ok(x)


async def no_done(x: Exchange) -> None:
    x.wire.done = b""
    await ok(x)


async def no_end(x: Exchange) -> None:
    await x.begin()
    await x.say(*x.pieces())
    await x.close()


async def no_usage(x: Exchange) -> None:
    x.script = {**x.script, "usage": None}
    await ok(x)


async def usage_early(x: Exchange) -> None:
    await x.head()
    await x.raw(x.wire.early(x.note(x.usage)))
    await x.say(*x.pieces())
    await x.raw(x.wire.ending("stop", None) + x.wire.done)
    await x.close()


async def usage_misplaced(x: Exchange) -> None:
    await x.begin()
    await x.say(*x.pieces())
    await x.raw(x.wire.misplaced("stop", x.note(x.usage)) + x.wire.done)
    await x.close()


async def absurd_usage(x: Exchange) -> None:
    figures = {"prompt_tokens": -5, "completion_tokens": 10**15, "total_tokens": "many", "cost": -1}
    x.script = {"usage": figures, **x.script}
    await ok(x)


async def refusal(x: Exchange) -> None:
    x.script = {"text": "I can't help with that.", **x.script}
    await x.begin()
    await x.raw(b"".join(map(x.wire.refusal, x.pieces())))
    x.entry["text"] = x.text
    await x.end("refusal")


async def content_filter(x: Exchange) -> None:
    await x.begin()
    await x.say(*x.half())
    await x.end("content_filter")


async def length(x: Exchange) -> None:
    x.script = {"finish": "length", **x.script}
    await ok(x)


async def reasoning(x: Exchange) -> None:
    x.script = {"reasoning": "Let me think. ", **x.script}
    await ok(x)


async def redirect(x: Exchange) -> None:
    await x.head(307, Location=x.option("location", "http://example.invalid/"))
    await x.close()


async def cached(x: Exchange) -> None:
    x.script = {
        "usage": {"prompt_tokens": 11, "completion_tokens": 17, "prompt_tokens_details": {"cached_tokens": 8}}
    } | (x.script)
    await ok(x)


async def reasoning_counted(x: Exchange) -> None:
    details = {"completion_tokens_details": {"reasoning_tokens": 5}}
    x.script = {"usage": {"prompt_tokens": 11, "completion_tokens": 17, **details}, **x.script}
    await reasoning(x)


async def whole(x: Exchange) -> None:
    x.entry["text"] = x.text
    await x.whole(x.wire.whole(x.text, x.note(x.usage)))


BEHAVIOURS: dict[str, Behaviour] = {
    **ODDITIES,
    "ok": ok,
    "echo": echo,
    "judge": judge,
    "prefers": prefers,
    "revises": revises,
    "calls": calls,
    "looks-up": looks_up,
    "searches": searches,
    "cut-calls": cut_calls,
    "slow-first": slow_first,
    "stall-first": stall_first,
    "stall-headers": stall_headers,
    "stall-mid": stall_mid,
    "cut-mid": cut_mid,
    "429-retry-after": retry_later,
    "429-retry-date": retry_at,
    "context": context,
    "prompt-blocked": prompt_blocked,
    "quota": quota,
    "html": html,
    "html-502": html_502,
    "error-200": error_200,
    "error-mid-stream": error_mid_stream,
    "overloaded-mid-stream": overloaded_mid_stream,
    "counted-then-overloaded": counted_then_overloaded,
    "counted-then-error": counted_then_error,
    "broken-json": broken_json,
    "u2028": u2028,
    "unicode": unicode,
    "empty": empty,
    "nothing": nothing,
    "huge-token": huge_token,
    "endless": endless,
    "comments": comments,
    "double-done": double_done,
    "no-done": no_done,
    "no-end": no_end,
    "no-usage": no_usage,
    "usage-early": usage_early,
    "usage-in-choice": usage_misplaced,
    "absurd-usage": absurd_usage,
    "refusal": refusal,
    "content-filter": content_filter,
    "length": length,
    "reasoning": reasoning,
    "reasoning-counted": reasoning_counted,
    "cached": cached,
    "redirect": redirect,
    "whole": whole,
}
