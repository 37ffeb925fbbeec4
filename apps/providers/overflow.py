"""Whether a vendor says, in whatever words, that a prompt is longer than its model reads.

The sentences that are known stand in `refusals.BY_WORDS`. New ones are told by what they have in common: something that
is read, and that it is too much; nothing in them may speak of another limit.
"""

import re

READ = r"(prompts?|inputs?|messages?|conversations?|history|sequences?|contexts?|texts?|eingabe)"
TOO_LONG = r"(too (long|large|big)\b(?! ago)|longer than|not fit|n[’']t fit|shorter|zu lang|trop long)"
TOO_MUCH = r"(larger than|exceed|above the|over the|at most|dépass)"
LENGTH = r"(tokens?\b|contexts?\b|length|longueur|länge|window|characters?\b|max(imum)? size)"
"""A limit of anything at all is only that of a prompt where its sentence speaks of a length."""
OVERFLOW = re.compile(
    rf"\b{READ}\b[^\n]{{0,80}}{TOO_LONG}"
    rf"|\b{READ}\b[^\n]{{0,80}}{TOO_MUCH}[^\n]{{0,80}}{LENGTH}|\b{READ} {LENGTH}[^\n]{{0,80}}{TOO_MUCH}"
    rf"|\b(shorten|reduce|truncate|trim) (the|your) ([a-z]{{1,20}} ){{0,2}}{READ}\b"
    r"|\btokens?\b[^\n]{0,60}(exceed|above|beyond|over the|\bmaximum\b|limit|at most|> ?\d)"
    r"|(exceed|max(imum)?|limit|at most|handle|only|up to)\w{0,4}\b[^\n]{0,60}\d ?k?[ _]?tokens?\b"
    r"|\bmax_?(seq|sequence|input|prompt|context|model|total)_?(len(gth)?|tokens)\b"
    r"|(prompt|input|request|messages?|conversation)_(is_)?(too_(long|large)|length_exceeded)"
    r"|context_?(window|length|size)_?exceed|above_max_length|tokens?_limit_(reached|exceeded)|\bn_ctx\b"
    r"|長すぎ|过长|過長|超(过|過|出)[^\n]{0,20}(上下文|长度|長度|token|限制)",
    re.IGNORECASE,
)
OTHER_LIMIT = re.compile(
    r"per[ _-]?(second|minute|min|hour|day|week|month)\b|\b[tr]p[md]\b|\brate\b|concurren|quota|budget|credit"
    r"|\boutput\b|completion|\bmax_(new_)?tokens\W{1,4}(\d|is|must|should|too)|\b(image|picture|audio|video|file)"
    r"|\d ?[mkg]b\b|bytes|timeout|timed out|\btime\b|deadline|memory|depth|\bgpu|\bcache|access|\bauth"
    r"|\b(tools?|functions?|stop|schema|header|metadata|user|name|title|description|label)\b"
    r"|\b(input|string|value|list) should\b",
    re.IGNORECASE,
)


def is_overflow(words: str) -> bool:
    """Return whether ``words``, cut by the caller, say that there is more to read than the model can."""
    return OVERFLOW.search(words) is not None and OTHER_LIMIT.search(words) is None
