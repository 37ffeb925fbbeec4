"""The kinds of refusals, each with its sentence, and how a refusal is told: by the vendor's own words, then its status.

A vendor's words are cut before any pattern is tried on them: they may be megabytes.
"""

import re
from dataclasses import dataclass

from apps.fusion.vocabulary import FailureCode
from apps.providers.overflow import is_overflow
from apps.providers.vendor_messages import VendorMessage, asks_too_much, is_long_limit


@dataclass(frozen=True, slots=True)
class Rule:
    """The name and explanation of one kind of refusal; ``sentence`` may use {vendor} and {model}."""

    code: FailureCode
    permanent: bool
    sentence: str


INVALID = Rule(
    FailureCode.INVALID_REQUEST, True, "{vendor} did not accept the request. Check the settings for {model}."
)
KEY = Rule(FailureCode.AUTHENTICATION, True, "{vendor} did not accept the key. Check the key of this provider.")
CREDITS = Rule(
    FailureCode.INSUFFICIENT_CREDITS,
    True,
    "The account at {vendor} has no credit left. Top it up or choose another model.",
)
PERMISSION = Rule(
    FailureCode.PERMISSION,
    True,
    "{vendor} does not let this key use {model}. Check the account or choose another model.",
)
MODEL = Rule(
    FailureCode.INVALID_MODEL, True, "{vendor} does not know {model}. Check the model's name and the base URL."
)
NO_TOOLS = Rule(
    FailureCode.INVALID_REQUEST, True, "{model} at {vendor} takes no tools. Choose another model, or send it none."
)
NO_IMAGES = Rule(
    FailureCode.INVALID_REQUEST, True, "{model} at {vendor} reads no images. Choose another model, or send it none."
)
UNSUITED = Rule(
    FailureCode.INVALID_REQUEST,
    True,
    "{vendor} does not offer {model} for this request. Check the account's settings there, or choose another model.",
)
MISWRITTEN = Rule(
    FailureCode.EMPTY,
    False,
    "{model} at {vendor} did not write the form that was asked for. Try again, or choose another model.",
)
CONTEXT = Rule(
    FailureCode.CONTEXT_TOO_LONG,
    True,
    "The prompt is longer than {model} can read. Shorten it or choose another model.",
)
TOO_LARGE = Rule(FailureCode.TOO_LARGE, True, "The request is too large for {vendor}. Shorten the prompt.")
REFUSED = Rule(FailureCode.REFUSED, True, "{vendor} blocked the prompt by its content rules. Rephrase it.")
BEYOND_PLAN = Rule(
    FailureCode.TOO_LARGE,
    True,
    "The request is larger than the plan at {vendor} allows per minute. Shorten it or choose another model.",
)
USED_UP = Rule(
    FailureCode.RATE_LIMITED,
    False,
    "What {vendor} allows in a day or longer is used up. Try again tomorrow or choose another model.",
)
LIMITED = Rule(FailureCode.RATE_LIMITED, False, "{vendor} is limiting requests. Wait a little and try again.")
OVERLOADED = Rule(FailureCode.OVERLOADED, False, "{vendor} is overloaded. Try again in a moment.")
UPSTREAM = Rule(FailureCode.UPSTREAM_ERROR, False, "{vendor} had an error of its own. Try again in a moment.")

BY_STATUS = {
    401: KEY,
    402: CREDITS,
    403: PERMISSION,
    404: MODEL,
    405: INVALID,
    408: UPSTREAM,
    409: UPSTREAM,
    410: MODEL,
    413: TOO_LARGE,
    424: UPSTREAM,
    425: UPSTREAM,
    429: LIMITED,
    498: OVERLOADED,
    499: UPSTREAM,
    501: INVALID,
    503: OVERLOADED,
    529: OVERLOADED,
}

BY_KIND = {
    **dict.fromkeys(
        ("invalid_request_error", "bad_request", "badrequest", "invalid_argument", "invalidparameter"), 400
    ),
    **dict.fromkeys(("not_found_error", "notfounderror"), 404),
}
"""Vendors' words for kinds of errors, in lower case, that stand for a status."""

BY_WORDS = (
    (CONTEXT, r"context_length_exceeded|exceed_context_size|context_(window_)?(exceeded|too_long|overflow)"),
    (CONTEXT, r"(maximum|max|available)( model)? context (length|size|window)|maximum model length|\bn_keep\b"),
    (
        CONTEXT,
        r"\b(exceed(s|ed|ing)?|(larger|longer|greater|bigger) than|beyond|too (long|large|big) for|fits? (in|within))\b"
        r"[^\n]{0,80}\bcontext[ _-](length|size|window|limit)",
    ),
    (CONTEXT, r"\bcontext (window|length|size|limit)[^\n]{0,40}\b(exceeded|overflow|is full|reached)|context overflow"),
    (CONTEXT, r"\b(prompt|input|messages?|conversation)( text)?( is| are| was| were)? too long"),
    (CONTEXT, r"\b(maximum|max) (prompt|input|sequence) length|\bprompt[^\n]{0,40} exceeds? [^\n]{0,40}(max|limit)"),
    (
        CONTEXT,
        r"input token count[^\n]{0,200}exceeds|\binput( token)? length[^\n]{0,80} exceeds?\b|input tokens exceed",
    ),
    (CONTEXT, r"exceed(s|ed)? (the )?(model('s)?|maximum|max)( maximum| max| context)? token limit"),
    (CONTEXT, r"too many (input|prompt) tokens(?! per)|too many tokens: total|prompt has too many tokens"),
    # What is left for the answer, by vLLM's count; the code of GitHub's Copilot.
    (CONTEXT, r"max_(completion_)?tokens must be at least 1, got -\d|model_max_prompt_tokens_exceeded"),
    (CONTEXT, r"`?inputs?`? tokens \+ `?max_new_tokens|inputs?`? must have less than \d{1,12} tokens"),
    (CONTEXT, r"range of input length should be|prompt (has|contains) \d{1,12} tokens"),
    (CONTEXT, r"reduce the length of (the|your) (messages|prompt|input)|超长|上下文长度"),
    (
        CREDITS,
        r"insufficient[_ ](quota|credits|balance|funds)|credit balance|billing_(hard_limit|not|error)"
        r"|credits are depleted|exceeded_current_quota|arrearage|\boverdue\b|payment required|key limit exceeded"
        r"|(no|out of|not enough|negative|zero)( \w{1,20})? (credits?|balance|funds)\b|余额不足|欠费"
        r"|reached your (specified )?(api )?usage limits",
    ),
    (
        KEY,
        r"invalid_api_key|authentication_error|incorrect api key|no auth credentials|\bunauthori[sz]ed\b"
        r"|api[ _-]?key (is )?(not valid|invalid|expired|missing|required)"
        r"|(invalid|missing|expired|wrong) (x-)?(api|access|auth\w{0,12})[ _-]?(key|token)",
    ),
    (PERMISSION, r"permission_error|\b(not|n[’']t) have access to\b[^\n]{0,40}\bmodel"),
    (TOO_LARGE, r"request_too_large"),
    (
        NO_TOOLS,
        r"\b(not|n[’']t) support (the )?(tools?|function calling|functions)\b|endpoints? [^\n]{0,40}support tool use",
    ),
    (
        NO_TOOLS,
        r"\b(tool use|tool calling|tools?|function calling|functions)\W{0,2} (is|are) (not|n[’']t) (supported|enabled)",
    ),
    (NO_TOOLS, r"tools param requires --jinja|enable-auto-tool-choice"),
    (
        NO_IMAGES,
        r"\b(not|n[’']t) support (the )?(image|vision|multimodal)|endpoints? [^\n]{0,40}support image input"
        r"|\b(images?|vision|image_url|image inputs?)( input)? (is|are) (not|n[’']t|only) (supported|enabled)( by)?"
        r"|\bnot a (multimodal|vision) model|provide the mmproj",
    ),
    (UNSUITED, r"no endpoints found (that|matching)|no allowed providers|\bnot a chat model|\bonly supported in v1/"),
    # Servers of open models answer 500 where the model's own template refuses the turns.
    (INVALID, r"\bjinja exception|\broles must alternate|\b(system message must be|system role not supported)"),
    (MISWRITTEN, r"tool_use_failed|json_validate_failed|failed to call a function|failed to generate json"),
    (
        MODEL,
        r"model_not_found|invalid_model|model [^\n]{0,120}(not found|does not exist|not exist\b)|not a valid model"
        r"|\b(no such|unknown) model\b",
    ),
    (
        REFUSED,
        r"content[_ ](policy|filter)|content management policy|requires moderation|input [^\n]{0,40}flagged"
        r"|data_inspection_failed|inappropriate content|sensitive (content|words?)"
        r"|content exists risk|敏感内容|不安全[^\n]{0,20}内容"
        r"|\bviolat(e|es|ed|ing|ion)\b[^\n]{0,60}\b(polic(y|ies)|guidelines|terms|rules)\b|content violates",
    ),
    (
        OVERLOADED,
        r"overloaded_error|engine_overloaded|model is (currently )?overloaded|server is busy"
        r"|\bmodel (is )?(currently |still )?(being )?(loading|loaded|starting)\b|\bloading (the )?model\b(?! context)"
        r"|(at|no|out of|over)[ _]capacity|capacity (exceeded|constraint)|访问量过大",
    ),
    (LIMITED, r"rate[_ ]limit|too many requests"),
)
"""Vendors' own words, which say more than their status. The first match wins.

Every gap is bounded and the words are cut before (`vendor_messages.MAX_WORDS`), so the time is bounded as well.
"""

PATTERNS = tuple((rule, re.compile(pattern, re.IGNORECASE)) for rule, pattern in BY_WORDS)


def rule_of(status: int | None, message: VendorMessage) -> Rule:
    """Return the rule for a refusal: the vendor's own words first, then the status.

    A refusal without a status came inside a stream, and its kind may stand for one. Where that says nothing either, it
    is the vendor's own trouble.
    """
    kind = message.kind.lower()
    status = status or next((status for word, status in BY_KIND.items() if word in kind), 500)
    words = f"{message.kind} {message.message}"
    rule = next((rule for rule, pattern in PATTERNS if pattern.search(words)), None)
    if (rule is LIMITED and status == 413) or ((rule is LIMITED or status in (413, 429)) and asks_too_much(words)):
        return BEYOND_PLAN  # no waiting helps
    # A 413 may be a proxy's, which counts bytes.
    may_overflow = status in (400, 422) or status >= 500 or (status == 413 and "token" in words.lower())
    if rule is None and may_overflow and is_overflow(words):
        rule = CONTEXT
    if rule is None:
        rule = BY_STATUS.get(status, UPSTREAM if status >= 500 else INVALID)
    return USED_UP if rule is LIMITED and is_long_limit(words) else rule
