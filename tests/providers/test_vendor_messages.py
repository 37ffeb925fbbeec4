"""The vendors' own sentences: what they mean, how long they ask to wait, what they name."""

import httpx
import pytest

from apps.fusion.vocabulary import FailureCode
from apps.providers.errors import from_error_object, from_status, reset_after, retry_after
from apps.providers.vendor_messages import asks_too_much, message_in, says_something, wait_in
from tests.providers.asking import endpoint_at

ENDPOINT = endpoint_at("http://vendor.test/v1")

OVERFLOWS = (
    "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    "The decoder prompt (length 9000) is longer than the maximum model length of 8192.",
    "The number of tokens to keep from the initial prompt is greater than the context length (n_keep: 5 >= n_ctx: 4).",
    "Trying to keep the first 9000 tokens when context the overflows. n_keep: 9000",
    "Context size has been exceeded.",
    "The request exceeds the available context size, try increasing it",
    "Input is too long for requested model.",
    "Invalid request: Your request exceeded model token limit: 8192 (requested: 9000)",
    "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens",
    "`inputs` must have less than 1024 tokens. Given: 5000",
    "too many tokens: total number of tokens in the prompt cannot exceed 4081",
    "Range of input length should be [1, 30720]",
    "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
    "Prompt exceeds max length",
    "Please reduce the length of the messages or completion.",
    "The input token count (9000) exceeds the maximum number of tokens allowed (8192).",
    "prompt is too long: 9000 tokens > 8192 maximum",
    "input length and `max_tokens` exceed context limit: 9000 + 4096 > 8192",
    "Your input exceeds the context window of this model. Please adjust your input and try again.",
    "This endpoint's maximum context length is 8192 tokens.",
    "Your prompt has 200000 tokens, but this model accepts at most 128000.",
    "The total number of tokens (9000) is above the limit of this model (8192).",
    "Token limit exceeded: input has 9000 tokens, limit is 8192",
    "ContextWindowExceededError: no fallback",
    "Invalid 'messages[0].content': string too long. Expected a string with maximum length 1048576.",
    "This model can only handle 4096 tokens, you sent 9000",
    "Sequence length 9000 exceeds model max 8192",
    "max_seq_len exceeded (9000 > 8192)",
    "number of tokens in prompt exceeds n_ctx",
    "input_length + max_new_tokens > max_total_tokens",
    "Request exceeds the maximum allowed number of tokens (9000 > 8192)",
    "the request has 9000 input tokens; the maximum is 8192",
    "Request body too large for gpt-4o model. Max size: 8000 tokens.",
    "Please shorten your prompt",
    "the prompt (9000 tokens) does not fit into the context",
    "Die Eingabe ist zu lang für dieses Modell",
    "Le prompt dépasse la longueur maximale",
    "プロンプトが長すぎます",
    "输入长度超过模型上下文限制",
    "The conversation is longer than this model can read.",
    "The prompt exceeds 100000 characters.",
    "prompt_too_long",
    "max_tokens must be at least 1, got -804.",
    "model_max_prompt_tokens_exceeded",
    "Prompt has too many tokens",
    "tokens_limit_reached",
)


@pytest.mark.parametrize("words", OVERFLOWS)
def test_overflow_in_any_words_is_permanent_wherever_it_comes(words: str) -> None:
    refused = from_status(ENDPOINT, "m", 400, httpx.Headers(), words.encode())
    in_stream = from_error_object(ENDPOINT, "m", {"message": words})

    assert (refused.code, refused.permanent) == (FailureCode.CONTEXT_TOO_LONG, True)
    assert (in_stream.code, in_stream.permanent) == (FailureCode.CONTEXT_TOO_LONG, True)


@pytest.mark.parametrize(
    "words, code",
    [
        ("The context window is being loaded, try again.", FailureCode.UPSTREAM_ERROR),
        ("The server is overloaded; its context length is fine.", FailureCode.UPSTREAM_ERROR),
        ("Rate limit exceeded for context caching.", FailureCode.RATE_LIMITED),
        ("This request would exceed the rate limit of 30,000 input tokens per minute.", FailureCode.RATE_LIMITED),
        ("Too many tokens, please wait before trying again.", FailureCode.UPSTREAM_ERROR),
        (
            "max_tokens is too large: 99999. This model supports at most 16384 completion tokens",
            FailureCode.UPSTREAM_ERROR,
        ),
        ("The request exceeded the time limit", FailureCode.UPSTREAM_ERROR),
        ("Invalid 'user': string too long", FailureCode.UPSTREAM_ERROR),
        ("Prompt cache exceeded", FailureCode.UPSTREAM_ERROR),
        ("image exceeds 5 MB maximum", FailureCode.UPSTREAM_ERROR),
        ("Your access token has reached its limit", FailureCode.UPSTREAM_ERROR),
        ("number of output tokens exceeds limit", FailureCode.UPSTREAM_ERROR),
        ("messages: at most 100 messages are allowed", FailureCode.UPSTREAM_ERROR),
        ("Invalid input: n must be at most 4", FailureCode.UPSTREAM_ERROR),
        ("Input should be at most 64 characters", FailureCode.UPSTREAM_ERROR),
        ("The string is too long: title", FailureCode.UPSTREAM_ERROR),
        ("The text is too long: title", FailureCode.UPSTREAM_ERROR),
        ("Prompt text exceeds the number of allowed languages", FailureCode.UPSTREAM_ERROR),
        ("Too many messages: the conversation exceeds 100 turns", FailureCode.UPSTREAM_ERROR),
    ],
)
def test_other_sentences_about_contexts_and_tokens_are_no_overflow(words: str, code: FailureCode) -> None:
    assert from_error_object(ENDPOINT, "m", {"message": words}).code == code


@pytest.mark.parametrize(
    "words, is_beyond",
    [
        ("on tokens per minute (TPM): Limit 6000, Requested 10000, please reduce your message size", True),
        ("on tokens per minute (TPM): Limit 6000, Used 3000, Requested 4000. Please try again in 10s", False),
        ("Request too large for gpt-4o on tokens per min (TPM): Limit 30,000, Requested 40,000.", True),
        ("Requested: 9, limit: 8", True),
        ("Requested 10000, but the limit is 6000", True),
        ("Rate limit: you requested 10,000 tokens, and the limit is 6,000 tokens per minute", True),
        ("limit of 6,000 tokens per minute; your request needs 10,000 tokens", True),
        ("requested tokens (10000) exceed the rate limit (6000)", True),
        ("Limit: 6000 tokens/min, needed: 10000", True),
        ("Request needs 10000 tokens but only 6000 per minute are allowed", True),
        ("You requested 400 tokens, but the limit is 6000 tokens per minute", False),
        ("limit of 10 requests per minute for the requested model", False),
        ("Rate limit reached", False),
    ],
)
def test_more_than_the_limit_of_a_minute_never_passes(words: str, is_beyond: bool) -> None:
    assert asks_too_much(words) is is_beyond


@pytest.mark.parametrize(
    "status, words, code, permanent, requests",
    [
        (413, "rate_limit_exceeded", FailureCode.TOO_LARGE, True, None),
        (429, "Rate limit: requested 10000, but the limit is 6000", FailureCode.TOO_LARGE, True, None),
        (429, "tokens per day (TPD): Limit 9, Used 9, Requested 1.", FailureCode.RATE_LIMITED, False, 1),
        (429, "Quota exceeded: GenerateRequestsPerDayPerProjectPerModel-FreeTier", FailureCode.RATE_LIMITED, False, 1),
        (429, "You have reached your daily usage cap", FailureCode.RATE_LIMITED, False, 1),
        (429, "monthly limit reached", FailureCode.RATE_LIMITED, False, 1),
        (429, "Rate limit exceeded: free-models-per-day", FailureCode.RATE_LIMITED, False, 1),
        (429, "Slow down.", FailureCode.RATE_LIMITED, False, None),
    ],
)
def test_limits_that_no_waiting_mends(
    status: int, words: str, code: FailureCode, permanent: bool, requests: int | None
) -> None:
    error = from_status(ENDPOINT, "m", status, httpx.Headers(), words.encode())

    assert (error.code, error.permanent, error.requests) == (code, permanent, requests)


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("Please try again in 5m45.6s.", 345.6),
        ("Please try again in 450ms. Visit", 0.45),
        ("Please retry in 34.5s", 34.5),
        ("try again in 1h2m", 3720),
        ("Try again in 20 seconds", 20),
        ("retry after 2 minutes", 120),
        ("Please wait 30 seconds before retrying", 30),
        ("rate limit resets in 12s", 12),
        ("wait for 2m0s", 120),
        ("Slow down. Retry-After: 7", 7),
        ("try again in ~20s", 20),
        ("try again in 20\u017f", 20),
        ('{"error": {"retry_after": 1.5}}', 1.5),
        ('{"error": {"retry_after_ms": 1500}}', 1.5),
        ('{"retryAfterMs": "1500"}', 1.5),
        ('{"retryDelay": "34s"}', 34),
        ("try again in a moment", None),
        ("try again in 5 months", None),
        ("", None),
    ],
)
def test_wait_in_words(text: str, seconds: float | None) -> None:
    assert wait_in(text) == seconds


@pytest.mark.parametrize(
    "headers, seconds",
    [
        ({"retry-after-ms": "1500"}, 1.5),
        ({"x-ms-retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"retry-after": "5s"}, 5),
    ],
)
def test_wait_in_headers_of_milliseconds(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(httpx.Headers(headers)) == seconds


@pytest.mark.parametrize(
    "headers, seconds",
    [
        ({"ratelimit-reset": "30"}, 30),
        ({"x-ratelimit-reset": "1000000020"}, 20),
        ({"x-ratelimit-reset": "1000000020500"}, 20.5),
        ({"x-ratelimit-reset": "999999000"}, 0),
        ({"x-ratelimit-reset": "soon"}, None),
    ],
)
def test_time_at_which_a_limit_is_lifted(headers: dict[str, str], seconds: float | None) -> None:
    assert reset_after(httpx.Headers(headers), now=1_000_000_000) == seconds


def test_only_a_limit_is_waited_for_until_it_is_lifted() -> None:
    headers = httpx.Headers({"ratelimit-reset": "30"})

    assert from_status(ENDPOINT, "m", 429, headers, b"Slow down.").retry_after == 30
    assert from_status(ENDPOINT, "m", 500, headers, b"Oh.").retry_after is None


@pytest.mark.parametrize(
    "status, words, code, permanent",
    [
        (400, "Arrearage", FailureCode.INSUFFICIENT_CREDITS, True),
        (429, "exceeded_current_quota_error", FailureCode.INSUFFICIENT_CREDITS, True),
        (400, "Not enough credits", FailureCode.INSUFFICIENT_CREDITS, True),
        (400, "invalid x-api-key", FailureCode.AUTHENTICATION, True),
        (500, "Unauthorized", FailureCode.AUTHENTICATION, True),
        (400, "Model Not Exist", FailureCode.INVALID_MODEL, True),
        (400, "Unknown model: x", FailureCode.INVALID_MODEL, True),
        (400, "data_inspection_failed", FailureCode.REFUSED, True),
        (422, "This content violates our usage policy.", FailureCode.REFUSED, True),
        (400, "Loading model", FailureCode.OVERLOADED, False),
        (500, "The model is currently loading", FailureCode.OVERLOADED, False),
        (498, "Flex tier is at capacity", FailureCode.OVERLOADED, False),
        (501, "Not implemented", FailureCode.INVALID_REQUEST, True),
        (413, "Request Entity Too Large", FailureCode.TOO_LARGE, True),
    ],
)
def test_vendors_say_the_same_in_many_words(status: int, words: str, code: FailureCode, permanent: bool) -> None:
    error = from_status(ENDPOINT, "m", status, httpx.Headers(), words.encode())

    assert (error.code, error.permanent) == (code, permanent)


@pytest.mark.parametrize(
    "error, says",
    [
        ({"message": "", "code": None}, False),
        ({"message": "", "code": 0, "type": "", "param": None, "details": []}, False),
        ({}, False),
        (None, False),
        (" ", False),
        ({"message": "", "code": 429}, True),
        ({"metadata": {"raw": "busy"}}, True),
        ("busy", True),
    ],
)
def test_an_error_says_something_or_is_none(error: object, says: bool) -> None:
    assert says_something(error) is says


@pytest.mark.parametrize(
    "body, names",
    [
        ('{"error": {"param": "temperature"}}', ("temperature",)),
        ('{"param": "top_p", "message": "no"}', ("top_p",)),
        ('{"detail": [{"loc": ["body", "temperature"], "msg": "no"}]}', ("body", "temperature")),
        (
            '{"error": {"details": [{"fieldViolations": [{"field": "generation_config.top_p"}]}]}}',
            ("generation_config.top_p",),
        ),
        ('{"errors": {"temperature": ["may not be set"]}}', ("temperature",)),
        ('{"errors": [{"field": "top_p", "message": "no"}]}', ("top_p",)),
        ('{"error": "temperature"}', ()),
    ],
)
def test_parameters_that_an_error_names(body: str, names: tuple[str, ...]) -> None:
    assert message_in(body).names == names
