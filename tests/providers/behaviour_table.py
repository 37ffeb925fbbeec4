"""Every dialect against all that a vendor can do: the rows that the test runs and ``docs/providers.md`` shows."""

from dataclasses import replace

from apps.fusion.values import Message, Parameters, Usage
from apps.fusion.vocabulary import FailureCode, FinishReason
from apps.providers.base import Timeouts
from apps.providers.dialects import Dialect
from tests.providers.outcomes import ANY, COUNTED, HALF, NO, READ, UNKNOWN, Answered, Failed, Row
from tests.upstream.behaviours import LINE_TEXT, UNICODE_TEXT
from tests.upstream.exchange import DEFAULT_TEXT

USAGE = {"prompt_tokens": 11, "completion_tokens": 17}
UNCOUNTED = Answered(FinishReason.UNKNOWN, usage=UNKNOWN)
FOUR = Answered(text="Four.", reasoning="Hm.")
PLAN = "Limit 6000, Requested 10000, please reduce your message size and try again."
SOON = Timeouts(first_token_s=0.3)
C = FailureCode

ROWS = (
    Row("ok", "a plain answer", Answered()),
    Row("slow-first", "the first token takes its time", Answered()),
    Row("u2028", "line separators inside the text", Answered(text=LINE_TEXT)),
    Row("unicode", "characters cut in the middle", Answered(text=UNICODE_TEXT)),
    Row("empty", "no text at all", Failed(C.EMPTY, False, usage=COUNTED, requests=2)),
    Row(
        "ok",
        "no text because of a tool that it wanted to call",
        Failed(C.EMPTY, False, usage=COUNTED, requests=2),
        options={"text": "", "finish": "MALFORMED_FUNCTION_CALL"},
    ),
    Row("huge-token", "a token of 1 MB", Answered(text="ü" * 512 * 1024)),
    Row("whole", "one JSON document instead of a stream", Answered()),
    Row("double-done", "the end is said twice", Answered()),
    Row("no-done", "the end is not said", Answered()),
    Row("reasoning", "thinking aloud before the text", Answered(reasoning="Let me think. ")),
    Row(
        "reasoning-counted",
        "the thinking is counted",
        Answered(reasoning="Let me think. ", usage=COUNTED.model_copy(update={"reasoning_tokens": 5})),
        options={"usage": {**USAGE, "completion_tokens_details": {"reasoning_tokens": 5}}},
    ),
    Row(
        "cached",
        "a part of the prompt comes from the cache",
        Answered(usage=COUNTED.model_copy(update={"cached_tokens": 8})),
        options={"usage": {**USAGE, "prompt_tokens_details": {"cached_tokens": 8}}},
    ),
    Row("no-usage", "usage is missing", Answered(usage=Usage()), options={"usage": None}),
    Row(
        "usage-early",
        "usage comes first, in the wrong place",
        Answered(),
        anthropic=Answered(usage=Usage(input_tokens=11)),
    ),
    Row("usage-in-choice", "usage comes last, in the wrong place", Answered()),
    Row(
        "absurd-usage",
        "negative and absurd figures",
        Answered(usage=Usage()),
        options={"usage": {"prompt_tokens": -5, "completion_tokens": 10**15, "cost": -1}},
    ),
    Row("length", "the limit of tokens is reached", Answered(FinishReason.LENGTH)),
    Row("ok", "an unknown reason to stop", Answered(FinishReason.UNKNOWN), options={"finish": "galaxy"}),
    Row("done-alone", "the end without a reason", UNCOUNTED, anthropic=replace(UNCOUNTED, usage=READ)),
    Row(
        "ok",
        "a reason that says that the vendor broke off",
        Failed(C.UPSTREAM_ERROR, False, text=DEFAULT_TEXT, usage=COUNTED),
        options={"finish": "error"},
    ),
    Row(
        "ok",
        "a reason that says that the vendor has no room",
        Failed(C.OVERLOADED, False, text=DEFAULT_TEXT, usage=COUNTED),
        options={"finish": "insufficient_system_resource"},
    ),
    Row("reason-everywhere", "a reason with every event, and a pause", Answered(), options={"pause_s": 0.6}),
    Row("reason-everywhere", "the word “null” for a reason", Answered(), options={"reason": "null"}),
    Row("reason-first", "a reason in the first event only", Answered(), anthropic=Answered(usage=READ)),
    Row(
        "reason-everywhere",
        "a reason with every event, then silence",
        Failed(C.TIMEOUT, False, text=HALF),
        options={"stall_after": len(HALF.split())},
        timeouts=Timeouts(idle_s=0.8),
        has_begun=True,
    ),
    Row("repeated-whole", "the whole text once more at the end", Answered()),
    Row("repeated-before-end", "the whole text once more before the end", Answered()),
    Row("cumulative", "every piece with all before it", Answered()),
    Row("repeated-start", "the first word twice, in its block and after it", Answered()),
    Row(
        "ok",
        "a thought whose opening mark is missing",
        Answered(text="Four.", reasoning="Let me see, 2+2 is 4.\n"),
        options={"text": "Let me see, 2+2 is 4.\n</think>\n\nFour."},
    ),
    Row("ok", "a thought in marks of another spelling", FOUR, options={"text": "[THINK]Hm.[/THINK]Four."}),
    Row(
        "ok",
        "thought and answer in the harmony format",
        FOUR,
        options={
            "text": "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Four.",
            "piece_chars": 5,
        },
    ),
    Row("only-reasoning", "thinking aloud and no text", Answered(text="", reasoning="It is 330 metres.")),
    Row("reasoning-twice", "the same thought in two places", Answered(reasoning="Let me think. ")),
    Row("ok", "an event stream labelled as JSON", Answered(), options={"media": "application/json"}),
    Row("ok", "an event stream labelled as a web page", Answered(), options={"media": "text/html"}),
    Row("whole", "a JSON document labelled as an event stream", Answered(), options={"media": "text/event-stream"}),
    Row("whole", "a JSON document labelled as plain text", Answered(), options={"media": "text/plain"}),
    Row("whole", "a JSON document without a label", Answered(), options={"media": ""}),
    Row("bom", "a byte order mark at the start", Answered()),
    Row(
        "split-characters",
        "a character as two escapes in two events",
        Answered(text="🗼 ok"),
        options={"text": "🗼 ok"},
    ),
    Row("split-bytes", "bytes of a character in two events", Answered(text="Höhe: 🗼"), options={"text": "Höhe: 🗼"}),
    Row("single-newlines", "events separated by one newline", Answered()),
    Row("empty-errors", "an empty error object with every event", Answered()),
    Row("words-between", "plain words and signs of life between the events", Answered()),
    Row("done-quoted", "the end in quotation marks and small letters", Answered()),
    Row("packed-once", "a packed stream that nobody asked for", Answered()),
    Row(
        "ok",
        "thinking that only the total counts",
        Answered(usage=Usage(input_tokens=11, output_tokens=519)),
        options={"usage": {**USAGE, "total_tokens": 530}},
        anthropic=Answered(),
    ),
    Row(
        "ok",
        "more thinking than output",
        Answered(usage=Usage(input_tokens=11, output_tokens=60, reasoning_tokens=60)),
        options={
            "usage": {
                "prompt_tokens": 11,
                "completion_tokens": 0,
                "completion_tokens_details": {"reasoning_tokens": 60},
            }
        },
        gemini=Answered(usage=Usage(input_tokens=11, reasoning_tokens=60)),
    ),
    Row(
        "ok",
        "cached tokens at the top of the usage",
        Answered(usage=COUNTED.model_copy(update={"cached_tokens": 8})),
        options={"usage": {**USAGE, "cached_tokens": 8}},
        anthropic=Answered(),
        gemini=Answered(),
    ),
    Row(
        "ok",
        "far fewer tokens read than sent",
        Answered(usage=Usage(input_tokens=4096, output_tokens=17, unread_tokens=20_000 - 4096)),
        options={"usage": {"prompt_tokens": 4096, "completion_tokens": 17}},
        prompt=("What is it? " * 10_000)[:80_000],
    ),
    Row("no-streams", "a model that may not be streamed", Answered()),
    Row(
        "refuses-parameter",
        "a parameter that the model refuses",
        Answered(dropped=("temperature",)),
        parameters=Parameters(temperature=0),
    ),
    Row(
        "no-blanks",
        "no text of nothing but white space is taken",
        Answered(),
        earlier=(
            Message(role="system", text=" \n"),
            Message(role="user", text="Hello."),
            Message(role="assistant", text=" \n"),
        ),
    ),
    Row("refusal", "the model refuses", Answered(FinishReason.REFUSAL, NO)),
    Row(
        "content-filter",
        "a filter cuts the answer",
        Answered(FinishReason.CONTENT_FILTER, HALF),
        anthropic=Answered(FinishReason.REFUSAL, HALF),
    ),
    Row("prompt-blocked", "the prompt is blocked", Failed(C.REFUSED, status=400), gemini=Failed(C.REFUSED)),
    Row("400", "400", Failed(C.INVALID_REQUEST, status=400)),
    Row("401", "401: wrong key", Failed(C.AUTHENTICATION, status=401)),
    Row("402", "402: nothing left to pay with", Failed(C.INSUFFICIENT_CREDITS, status=402)),
    Row("403", "403: the key may not", Failed(C.PERMISSION, status=403)),
    Row("404", "404: unknown model", Failed(C.INVALID_MODEL, status=404)),
    Row("413", "413: too large", Failed(C.TOO_LARGE, status=413)),
    Row(
        "413",
        "413: more than the plan allows per minute",
        Failed(C.TOO_LARGE, status=413),
        options={"message": f"Rate limit reached on tokens per minute (TPM): {PLAN}"},
    ),
    Row(
        "429",
        "429: more than the plan allows per minute",
        Failed(C.TOO_LARGE, status=429),
        options={"message": f"Request too large on tokens per min (TPM): {PLAN}"},
    ),
    Row(
        "429",
        "429: the limit of a day",
        Failed(C.RATE_LIMITED, False, 429, wait=(840, 840), requests=1),
        options={
            "message": "Rate limit reached on tokens per day (TPD): Limit 9, Used 9, Requested 1. Try again in 14m"
        },
    ),
    Row("context", "the prompt is longer than the context", Failed(C.CONTEXT_TOO_LONG, status=400)),
    Row(
        "quota",
        "the account is empty, in the vendor's own way",
        Failed(C.INSUFFICIENT_CREDITS, status=429),
        anthropic=Failed(C.INSUFFICIENT_CREDITS, status=400),
    ),
    Row("429", "429 without `Retry-After`", Failed(C.RATE_LIMITED, False, 429)),
    Row("429-retry-after", "429 with `Retry-After` in seconds", Failed(C.RATE_LIMITED, False, 429, wait=(7, 7))),
    Row("429-retry-date", "429 with `Retry-After` as a date", Failed(C.RATE_LIMITED, False, 429, wait=(1, 30))),
    Row("429-retry-ms", "429 with a wait in milliseconds", Failed(C.RATE_LIMITED, False, 429, wait=(1.5, 1.5))),
    Row(
        "429",
        "429 with a wait in words",
        Failed(C.RATE_LIMITED, False, 429, wait=(345.6, 345.6)),
        options={"message": "Rate limit reached. Please try again in 5m45.6s."},
    ),
    Row("500", "500", Failed(C.UPSTREAM_ERROR, False, 500)),
    Row("503", "503: overloaded", Failed(C.OVERLOADED, False, 503)),
    Row("529", "529: overloaded", Failed(C.OVERLOADED, False, 529)),
    Row("html", "a web page with status 200", Failed(C.BAD_STREAM, True, 200)),
    Row("html-502", "a web page with status 502", Failed(C.UPSTREAM_ERROR, False, 502)),
    Row(
        "error-200",
        "an error body with status 200",
        Failed(C.UPSTREAM_ERROR, False, 502),
        anthropic=Failed(C.UPSTREAM_ERROR, False),
    ),
    Row(
        "error-document",
        "an error body labelled as an event stream",
        Failed(C.UPSTREAM_ERROR, False),
        gemini=Failed(C.UPSTREAM_ERROR, False, 500),
    ),
    Row("plain-words", "a few words of plain text with status 200", Failed(C.UPSTREAM_ERROR, False)),
    Row(
        "plain-words",
        "a web page labelled as an event stream",
        Failed(C.BAD_STREAM, True, 200),
        options={"media": "text/event-stream", "message": "<!DOCTYPE html><p>Sign in"},
    ),
    Row("error-field", "an error in a field of its own", Failed(C.CONTEXT_TOO_LONG, status=400)),
    Row(
        "error-field",
        "an error in a field of its own, and the end",
        Failed(C.CONTEXT_TOO_LONG, status=400),
        options={"done": "data: [DONE]\n\n"},
    ),
    Row(
        "error-first",
        "the prompt is too long, said inside a stream",
        Failed(C.CONTEXT_TOO_LONG, status=500),
        options={"message": "The number of tokens to keep from the initial prompt is greater than the context length"},
        anthropic=Failed(C.CONTEXT_TOO_LONG),
    ),
    Row("packed-twice", "a body packed twice", Failed(C.BAD_STREAM)),
    Row("redirect", "a redirect", Failed(C.INVALID_REQUEST, True, 307)),
    Row("nothing", "a stream without an event", Failed(C.CONNECTION, False)),
    Row(
        "error-mid-stream",
        "an error in the middle of the stream",
        Failed(C.UPSTREAM_ERROR, False, 502, HALF),
        anthropic=Failed(C.UPSTREAM_ERROR, False, text=HALF),
        has_begun=True,
    ),
    Row(
        "overloaded-mid-stream",
        "overloaded in the middle of the stream",
        Failed(C.OVERLOADED, False, 529, HALF),
        anthropic=Failed(C.OVERLOADED, False, text=HALF),
        has_begun=True,
    ),
    Row(
        "counted-then-overloaded",
        "usage comes first, then overloaded",
        Failed(C.OVERLOADED, False, 529, usage=COUNTED),
        anthropic=Failed(C.OVERLOADED, False),
        has_begun=True,
    ),
    Row(
        "counted-then-error",
        "usage comes first, then half of the text and an error",
        Failed(C.UPSTREAM_ERROR, False, 502, HALF, usage=COUNTED),
        anthropic=Failed(C.UPSTREAM_ERROR, False, text=HALF),
        has_begun=True,
    ),
    Row("error-words", "an error event of plain words", Failed(C.UPSTREAM_ERROR, False, text=HALF), has_begun=True),
    Row("broken-json", "an event that is not JSON", Failed(C.BAD_STREAM, False, text=HALF), has_begun=True),
    Row("cut-mid", "the connection breaks", Failed(C.CONNECTION, False, text=HALF), has_begun=True),
    Row("no-end", "the stream ends without a reason", Failed(C.CONNECTION, False, text=DEFAULT_TEXT), has_begun=True),
    Row("stall-headers", "no answer at all", Failed(C.TIMEOUT, False, requests=1), timeouts=SOON),
    Row(
        "stall-first",
        "silence before the first token",
        Failed(C.TIMEOUT, False, requests=1),
        timeouts=SOON,
        has_begun=True,
    ),
    Row("comments", "only signs of life", Failed(C.TIMEOUT, False, requests=1), timeouts=SOON),
    Row(
        "stall-mid",
        "silence in the middle",
        Failed(C.TIMEOUT, False, text=HALF),
        timeouts=Timeouts(idle_s=0.8),
        has_begun=True,
    ),
    Row(
        "endless",
        "text without end, slowly",
        Failed(C.TIMEOUT, False, text=ANY),
        options={"delay_s": 0.02},
        timeouts=Timeouts(total_s=1),
        has_begun=True,
    ),
    Row(
        "endless",
        "text without end, fast",
        Failed(C.TOO_LARGE, text=ANY),
        options={"text": "and so on " * 500},
        has_begun=True,
    ),
    Row("tls", "a certificate that is not trusted", Failed(C.CONNECTION), place="tls"),
    Row("dns", "a host that does not exist", Failed(C.CONNECTION, False), place="dns"),
    Row("down", "nobody listens", Failed(C.CONNECTION, False), place="nowhere"),
)


def markdown() -> str:
    """The table as ``docs/providers.md`` shows it."""
    names = {Dialect.OPENAI: "OpenAI", Dialect.ANTHROPIC: "Anthropic", Dialect.GEMINI: "Gemini"}
    lines = [f"| the vendor | {' | '.join(names.values())} |", f"|{'---|' * (len(names) + 1)}"]
    for row in ROWS:
        cells = [str(row.outcome_of(dialect)) for dialect in names]
        lines.append(f"| {row.says} | {' | '.join(cells)} |")
    return "\n".join(lines)
