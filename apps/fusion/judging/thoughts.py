"""Thoughts that a judge wrote in tags before its reply, and that may hold drafts of it."""

import re
from typing import NamedTuple

_NAME = r"(?:\w{1,12}[:_]){0,3}(?:think(?:ing)?|thoughts?|reasoning|reflection|scratchpad|prefix|suffix)"
_OPENING = re.compile(rf"[<\[◁]\|?(?!end_)(?:{_NAME})\|?[>\]▷]", re.IGNORECASE)
_CLOSING = re.compile(rf"[<\[◁]\|?(?:/(?:{_NAME})|end_(?:{_NAME})|inner_suffix)\|?[>\]▷]", re.IGNORECASE)
_BEFORE_REPLY = re.compile(r"[^\"{}\[\]]{0,2000}[{\[]")
_FINAL_CHANNEL = re.compile(r"<\|channel\|>\s*final\b[^{\"]{0,200}<\|message\|>", re.IGNORECASE)

MOST_THOUGHTS = 20
"""Thoughts in a row; what follows is read as a reply, whatever it looks like."""


class ReplyText(NamedTuple):
    """A text without thoughts; ``is_cut`` if it ended within one."""

    text: str
    is_cut: bool


def without_thoughts(text: str) -> ReplyText:
    """Return a judge's text behind its thoughts. A tag inside the JSON, say in a quote, stays."""
    finals = [match.end() for match in _FINAL_CHANNEL.finditer(text)]
    text = text[finals[-1] :] if finals else text
    for _ in range(MOST_THOUGHTS):
        opening = _OPENING.search(text)
        if opening is None or "{" in text[: opening.start()]:
            break
        closing = _CLOSING.search(text, opening.end())
        if closing is None:
            return ReplyText(text[: opening.start()], True)
        text = text[closing.end() :]
    # Templates with the opening tag in the prompt leave only the closing one. It is one of the reply's strings, and
    # no tag, unless the JSON begins right behind it.
    ends = [match.end() for match in _CLOSING.finditer(text)][-MOST_THOUGHTS:]
    closings = [end for end in ends if _BEFORE_REPLY.match(text, end)]
    return ReplyText(text[closings[-1] :] if closings else text, False)
