"""The answers of OpenAI's chat completions and of those who imitate them, event by event, and the usage they report.

Vendors disagree on where usage and reasoning sit and on how a stream ends; all the places seen in the field are read.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from apps.fusion.tools import VendorData
from apps.fusion.values import Usage
from apps.fusion.vocabulary import FinishReason
from apps.providers.base import MAX_ID, End, Endpoint, Reasoning, Text, clean
from apps.providers.native_search.openai import OpenAISearchNotes
from apps.providers.reading import (
    at_most,
    cost_of,
    grown,
    objects,
    output_tokens,
    part,
    raw_text,
    tokens_of,
    words_in,
)
from apps.providers.translation import Translator

REASONING_KEYS = ("reasoning", "reasoning_content", "reasoning_text", "thinking", "thinking_content")
SAYS = ("content", "refusal", "tool_calls", *REASONING_KEYS)
"""The fields of a delta that hold words or calls."""
DETAILS = ("reasoning_details", "thinking_blocks")
"""The fields with thoughts in parts, of OpenRouter and LiteLLM, which mostly come beside the ones above."""
WANTED_BACK = ("reasoning_content", *DETAILS)
"""The fields with thoughts that DeepSeek, Moonshot, OpenRouter and LiteLLM want back with a call of a tool."""
IN_PIECES = ("reasoning.text", "reasoning.summary", "thinking")
"""The parts of thoughts that come in pieces, and go back whole: their signature is for all of the text."""
TICKS_OF_A_DOLLAR = 10_000_000_000
DIALECT = "openai"


class ChatTranslator(Translator):
    """Turns the events of one answer into chunks.

    ``starts_bare`` drops white space before the first word: a completion begins with the space after "Answer:".
    """

    def __init__(self, endpoint: Endpoint, model: str, starts_bare: bool = False) -> None:
        super().__init__(endpoint, model)
        self.search: OpenAISearchNotes = OpenAISearchNotes()
        self.usage = Usage()
        self.cost: Decimal | None = None
        self.has_refusal = False
        self.starts_bare = starts_bare
        self._wanted_back: dict[str, list[Any]] = {}
        self._extras: dict[int, dict[str, Any]] = {}

    def read(self, found: dict[str, Any]) -> Iterator[Text | Reasoning]:
        choices = objects(found.get("choices"))
        # One answer is asked for; a proxy that sends several numbers them, in any order.
        choice = next((one for one in choices if one.get("index") == 0), choices[0] if choices else {})
        # First: what an error comes with is billed.
        self._note_usage(found, choice)
        has_answer = any(found.get(name) is not None for name in ("choices", "usage"))
        self.raise_for_error(found, has_answer=has_answer)
        # Groq says there why it stopped a stream.
        self.raise_for_error({"error": part(found, "x_groq").get("error")}, has_answer=True)
        self.upstream_id = self.upstream_id or clean(str(found.get("id") or "")[:MAX_ID])
        self.note_version(found.get("model"), found.get("system_fingerprint"))
        # OpenRouter puts an error of the vendor behind it into the choice.
        self.raise_for_error(choice, has_answer=True)
        yield from self._chunks(choice)
        self.finish(choice.get("finish_reason"))

    def count_late(self, found: Any) -> None:
        if isinstance(found, dict):
            self._note_usage(found, {})

    def end(self) -> End:
        reason = FinishReason.REFUSAL if self.has_refusal else self.finish_reason
        return End(reason, self.usage, self.cost, self.upstream_id)

    def _chunks(self, choice: dict[str, Any]) -> Iterator[Text | Reasoning]:
        """Yield what a choice holds: a ``delta``, a whole ``message`` (not streamed) or, for completions, ``text``.

        Some vendors end a stream with the whole message; what has come in pieces is not taken from it again.
        """
        delta, message = choice.get("delta"), choice.get("message")
        self.search.note_message(part(choice, "delta"))
        self.search.note_message(part(choice, "message"))
        if isinstance(message, dict) and not (isinstance(delta, dict) and any(map(delta.get, SAYS))):
            self._note_calls({} if len(self.calls) else message)
            yield from self.unsaid(list(self._message_chunks(message)))
        else:
            self._note_calls(delta)
            yield from self._message_chunks(delta if delta is not None else {"content": choice.get("text")})

    def _note_calls(self, said: Any) -> None:
        """Gather pieces of calls, and the thoughts that have to go back with them."""
        if not self.takes_calls or not isinstance(said, dict):
            return
        for name in WANTED_BACK:
            if said.get(name):
                self._wanted_back.setdefault(name, []).append(said[name])
        for piece in objects(said.get("tool_calls")):
            function, index = part(piece, "function"), piece.get("index")
            # Some gateways write the number as a text, or with a point.
            key = index if isinstance(index, int | float) else str(index)[:9] if isinstance(index, str) else None
            self.calls.add(key, piece.get("id"), function.get("name"), function.get("arguments"))
            if extra := part(piece, "extra_content"):
                self._extras[len(self.calls) - 1] = extra
        # The form before tools had names of their own: one call, without an id.
        if old := part(said, "function_call"):
            self.calls.add("function_call", None, old.get("name"), old.get("arguments"))

    def vendor_data(self) -> VendorData | None:
        thoughts = {
            name: clean("".join(pieces)) if all(isinstance(piece, str) for piece in pieces) else _whole_parts(pieces)
            for name, pieces in self._wanted_back.items()
        }
        extras = [{"call": at, "extra_content": extra} for at, extra in self._extras.items()]
        content = ([thoughts] if thoughts else []) + extras
        return VendorData(dialect=DIALECT, model=self.model, content=tuple(content)) if content else None

    def _message_chunks(self, said: Any) -> Iterator[Text | Reasoning]:
        if not isinstance(said, dict):
            return
        thoughts = (words_in(said.get(name)) for name in REASONING_KEYS)
        details = "".join(words_in(one) for name in DETAILS for one in objects(said.get(name)))
        if reasoning := next(filter(None, thoughts), details):
            yield Reasoning(reasoning)
        content = said.get("content")
        if self.starts_bare and isinstance(content, str):
            # A base model's answer begins with the blank after the prompt's last colon.
            content = content.lstrip()
            self.starts_bare = not content
        yield from _content_chunks(content)
        if refusal := raw_text(said.get("refusal")):
            self.has_refusal = True
            yield Text(refusal)

    def _note_usage(self, event: dict[str, Any], choice: dict[str, Any]) -> None:
        # Groq sends the usage of a stream there.
        nested = part(event, "x_groq").get("usage")
        found = event.get("usage") or choice.get("usage") or nested
        if isinstance(found, dict):
            self.usage = grown(self.usage, usage_of(found))
            cost = reported_cost(found)
            self.cost = self.cost if cost is None else cost
            self.search.note_usage(found)


def _whole_parts(pieces: list[Any]) -> list[Any]:
    """Return the parts in lists that came one after the other, each part whole."""
    parts: list[Any] = []
    open_parts: dict[tuple[str, str], dict[str, Any]] = {}
    texts: dict[int, tuple[dict[str, Any], str, list[str]]] = {}
    for one in (one for piece in pieces for one in (piece if isinstance(piece, list) else [piece])):
        kind = str(one.get("type")) if isinstance(one, dict) else ""
        if kind not in IN_PIECES:
            parts.append(one)
            continue
        key = (kind, str(one.get("index")))
        known = open_parts.get(key)
        if known is None or known.get("signature") or (known.get("id") and one.get("id") not in (None, known["id"])):
            known = open_parts[key] = {}
            parts.append(known)
        for name, value in one.items():
            if name in ("text", "summary", "thinking") and isinstance(value, str):
                texts.setdefault(id(known), (known, name, []))[2].append(value)
            elif value is not None or name not in known:
                known[name] = value
    for known, name, told in texts.values():
        known[name] = clean("".join(told))
    return parts


def _content_chunks(content: Any) -> Iterator[Text | Reasoning]:
    """Yield what a content holds: a string, or typed parts, of which ``thinking`` is reasoning (Mistral)."""
    for piece in content if isinstance(content, list) else [content]:
        kind = str(piece.get("type")) if isinstance(piece, dict) else ""
        is_thought = kind.startswith(("reasoning", "thinking", "thought"))
        if text := words_in(piece):
            yield Reasoning(text) if is_thought else Text(text)


def usage_of(found: dict[str, Any]) -> Usage:
    """Return the tokens of a usage object; what is missing, negative or absurd is unknown.

    Cached tokens stand in the details, at DeepSeek and Moonshot at the top. Gateways fill the names of the other
    dialects with noughts.
    """
    given = _most(found.get("prompt_tokens"), found.get("input_tokens"))
    thought = tokens_of(part(found, "completion_tokens_details").get("reasoning_tokens"))
    cached = _most(
        *(part(found, name).get("cached_tokens") for name in ("prompt_tokens_details", "input_tokens_details")),
        *(found.get(name) for name in ("cached_tokens", "prompt_cache_hit_tokens", "cache_read_input_tokens")),
    )
    return Usage(
        input_tokens=given,
        cached_tokens=at_most(cached, given),
        output_tokens=output_tokens(
            _most(found.get("completion_tokens"), found.get("output_tokens")),
            thought=thought,
            given=given,
            total=tokens_of(found.get("total_tokens")),
        ),
        reasoning_tokens=thought,
    )


def _most(*counts: Any) -> int | None:
    """Return the largest of some counts of one thing, ``None`` if none is known."""
    return max((count for count in map(tokens_of, counts) if count is not None), default=None)


def reported_cost(found: dict[str, Any]) -> Decimal | None:
    """Return what the vendor says the call cost, in USD.

    Where somebody's own key is used through OpenRouter, its fee and the vendor's price are named apart
    (openrouter.ai, ``/docs/use-cases/usage-accounting``). xAI counts in parts of a dollar (docs.x.ai), Perplexity names
    the total beside its parts.
    """
    ticks = found.get("cost_in_usd_ticks")
    if isinstance(ticks, int) and not isinstance(ticks, bool):
        return cost_of(ticks / TICKS_OF_A_DOLLAR)
    cost = cost_of(part(found, "cost").get("total_cost", found.get("cost")))
    beyond = (
        cost_of(part(found, "cost_details").get("upstream_inference_cost")) if found.get("is_byok") is True else None
    )
    return cost if cost is None or beyond is None else cost + beyond
