"""Behaviours of vendors that break their own protocol: words in the wrong place, labels that lie, texts said twice."""

import asyncio
import json
import zlib

from tests.upstream.exchange import Exchange

BOM = b"\xef\xbb\xbf"


async def reason_everywhere(x: Exchange) -> None:
    """A finish reason with every piece of text, and a pause in the middle."""
    half, reason = len(x.half()), x.option("reason", "stop")
    await x.begin()
    for number, piece in enumerate(x.pieces()):
        if number == half:
            await asyncio.sleep(x.option("pause_s", 0))
        if number == x.option("stall_after"):
            await x.gate.wait()
        await x.raw(x.wire.text_with_reason(piece, reason))
        x.entry["text"] += piece
    await x.end()


async def reason_first(x: Exchange) -> None:
    """The finish reason in the very first event, and none later."""
    await x.head()
    await x.raw(x.wire.opening(x.usage) + x.wire.text_with_reason("", "stop"))
    await x.say(*x.pieces())
    await x.raw(x.wire.early(x.note(x.usage)) + x.wire.done)
    await x.close()


async def repeated_whole(x: Exchange) -> None:
    """Text in pieces, then a last event with the whole of it."""
    await x.begin()
    await x.say(*x.pieces())
    await x.raw(x.wire.repeated(x.text, x.note(x.usage)) + x.wire.done)
    await x.close()


async def repeated_before_end(x: Exchange) -> None:
    """Text in pieces, then the whole of it in an event like all others, then the end."""
    await x.begin()
    await x.say(*x.pieces())
    await x.raw(x.wire.text(x.text))
    await x.end()


async def cumulative(x: Exchange) -> None:
    """Every piece with all that came before it."""
    await x.begin()
    for number in range(len(x.pieces())):
        await x.raw(x.wire.text("".join(x.pieces()[: number + 1])))
    x.entry["text"] = x.text
    await x.end()


async def repeated_start(x: Exchange) -> None:
    """The first piece twice, where the dialect has a place for it."""
    await x.begin()
    first, *rest = x.pieces()
    await x.raw(x.wire.begun_with(first))
    await x.say(first, *rest)
    await x.end()


async def error_field(x: Exchange) -> None:
    """An error in a field of its own, as some builds of llama.cpp send it."""
    error = {"code": 400, "message": x.option("message", "the request exceeds the available context size")}
    await x.head()
    await x.raw(b"error: " + json.dumps(error).encode() + b"\n\n" + x.option("done", "").encode())
    await x.close()


async def error_words(x: Exchange) -> None:
    """Half of the text, then an error event that holds words instead of JSON."""
    await x.begin()
    await x.say(*x.half())
    await x.raw(b"event: error\ndata: Internal Server Error\n\n")
    await x.close()


async def error_first(x: Exchange) -> None:
    """An error object as the first event of a 200 stream."""
    await x.head()
    await x.raw(x.wire.error(x.option("code", 500), x.option("message", "The provider disconnected.")))
    await x.close()


async def words_between(x: Exchange) -> None:
    """Signs of life and plain words in place of data, in the middle of the text."""
    await x.begin()
    await x.say(*x.half())
    await x.raw(b"event: ping\ndata: ping\n\ndata: still at work on it\n\ndata: keep-alive\n\n: comment\n\ndata: 7\n\n")
    await x.say(*x.pieces()[len(x.half()) :])
    await x.end()


async def bom(x: Exchange) -> None:
    """A byte order mark before the first event."""
    await x.head()
    await x.raw(BOM + (x.wire.opening(x.usage) or x.wire.text("")))
    await x.say(*x.pieces())
    await x.end()


async def split_characters(x: Exchange) -> None:
    """Every character beyond the first plane as two escapes in two events."""
    await x.begin()
    for character in x.text:
        halves = character.encode("utf-16-be").hex()
        marks = [f"half{number}" for number in range(len(halves) // 4)] if len(halves) > 4 else [character]
        for mark in marks:
            data = x.wire.text(mark)
            for number in range(len(halves) // 4):
                data = data.replace(f"half{number}".encode(), rf"\u{halves[4 * number : 4 * number + 4]}".encode())
            await x.raw(data)
    x.entry["text"] = x.text
    await x.end()


async def split_bytes(x: Exchange) -> None:
    """Every character that takes several bytes cut in two events, between its bytes."""
    await x.begin()
    for character in x.text:
        whole = character.encode()
        for piece in filter(None, (whole[: len(whole) // 2], whole[len(whole) // 2 :])):
            await x.raw(x.wire.text("half").replace(b"half", piece))
    x.entry["text"] = x.text
    await x.end()


async def single_newlines(x: Exchange) -> None:
    """One newline between events where the rules ask for two."""
    raw = x.raw

    async def squeezed(data: bytes) -> None:
        await raw(data.replace(b"\n\n", b"\n"))

    x.raw = squeezed  # type: ignore[method-assign]
    await x.begin()
    await x.say(*x.pieces())
    await x.end()


async def empty_errors(x: Exchange) -> None:
    """An error without a word beside every piece of the answer."""
    raw = x.raw

    async def with_error(data: bytes) -> None:
        await raw(data.replace(b"data: {", b'data: {"error": {"message": "", "code": null}, '))

    x.raw = with_error  # type: ignore[method-assign]
    await x.begin()
    await x.say(*x.pieces())
    await x.end()


async def done_alone(x: Exchange) -> None:
    """The end without a finish reason."""
    await x.begin()
    await x.say(*x.pieces())
    await x.raw(x.wire.done or b"data: [DONE]\n\n")
    await x.close()


async def done_quoted(x: Exchange) -> None:
    """The end in quotation marks and small letters, and rubbish after it."""
    await x.begin()
    await x.say(*x.pieces())
    await x.raw(x.wire.ending(x.option("finish", "stop"), x.note(x.usage)))
    await x.raw(b'data: "[done]"\n\ndata: {"oh\n\n')
    await x.close()


async def only_reasoning(x: Exchange) -> None:
    """Thoughts and no text."""
    await x.begin()
    await x.raw(x.wire.reasoning("It is 330 metres."))
    await x.end()


async def reasoning_twice(x: Exchange) -> None:
    """The thought in its own channel, and between marks in the text as well."""
    await x.begin()
    await x.raw(x.wire.reasoning("Let me think. "))
    await x.raw(x.wire.text("<think>Let me "))
    await x.raw(x.wire.text("think. </think>\n\n"))
    await x.say(*x.pieces())
    await x.end()


async def no_streams(x: Exchange) -> None:
    """A model that may not be streamed: 400 for a stream, a document for a request without."""
    if x.is_asked_to_stream:
        x.script = {"message": "Your organization must be verified to stream this model.", **x.script}
        await x.refuse(400)
    else:
        x.entry["text"] = x.text
        await x.whole(x.wire.whole(x.text, x.note(x.usage)))


async def refuses_parameter(x: Exchange) -> None:
    """400 for a request with the parameter ``refused``, by the name that the dialect has for it."""
    name = x.option("refused", "temperature")
    if name in json.dumps(x.entry["body"]):
        await x.refuse(400, message=f"Unsupported parameter: '{name}' is not supported with this model.")
    else:
        await x.begin()
        await x.say(*x.pieces())
        await x.end()


async def no_blanks(x: Exchange) -> None:
    """400 for a request with a text of nothing but white space, as strict vendors answer."""
    if any(not text.strip() for text in x.texts_asked):
        await x.refuse(400)
    else:
        await x.begin()
        await x.say(*x.pieces())
        await x.end()


async def error_document(x: Exchange) -> None:
    """An error body with status 200 and the label of a stream."""
    await x.head()
    await x.raw(x.wire.error_body(500, "", x.option("message", "model not loaded")))
    await x.close()


async def plain_words(x: Exchange) -> None:
    """A few words of plain text with status 200."""
    await x.head(content_type="text/plain")
    await x.raw(x.option("message", "model not loaded").encode())
    await x.close()


async def packed_twice(x: Exchange) -> None:
    """A body packed twice, which would become much larger than it is."""
    packer = zlib.compressobj(9, wbits=31)
    body = b"".join(packer.compress(b"\0" * 2**20) for _ in range(64)) + packer.flush()
    again = zlib.compressobj(9, wbits=31)
    await x.head(Content_Encoding="gzip, gzip")
    await x.raw(again.compress(body) + again.flush())
    await x.close()


async def packed_once(x: Exchange) -> None:
    """A stream packed with gzip, though nobody asked for it."""
    raw, packer = x.raw, zlib.compressobj(9, wbits=31)

    async def packed(data: bytes) -> None:
        await raw(packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))

    await x.head(Content_Encoding="gzip")
    x.raw = packed  # type: ignore[method-assign]
    await x.raw(x.wire.opening(x.usage) or b": hello\n\n")
    await x.say(*x.pieces())
    # The end of the packing in one with that of the answer, behind which a reader hangs up.
    await raw(packer.compress(x.wire.ending("stop", x.note(x.usage)) + x.wire.done) + packer.flush())
    await x.close()


async def retry_later_ms(x: Exchange) -> None:
    """429 with the wait in milliseconds, in a header of OpenAI's and Azure's own."""
    await x.refuse(429, retry_after_ms=str(x.option("retry_after_ms", 1500)))


ODDITIES = {
    "reason-everywhere": reason_everywhere,
    "reason-first": reason_first,
    "repeated-whole": repeated_whole,
    "repeated-before-end": repeated_before_end,
    "cumulative": cumulative,
    "repeated-start": repeated_start,
    "error-field": error_field,
    "error-words": error_words,
    "error-first": error_first,
    "words-between": words_between,
    "bom": bom,
    "split-characters": split_characters,
    "split-bytes": split_bytes,
    "single-newlines": single_newlines,
    "empty-errors": empty_errors,
    "done-alone": done_alone,
    "done-quoted": done_quoted,
    "only-reasoning": only_reasoning,
    "reasoning-twice": reasoning_twice,
    "no-streams": no_streams,
    "refuses-parameter": refuses_parameter,
    "no-blanks": no_blanks,
    "error-document": error_document,
    "plain-words": plain_words,
    "packed-twice": packed_twice,
    "packed-once": packed_once,
    "429-retry-ms": retry_later_ms,
}
