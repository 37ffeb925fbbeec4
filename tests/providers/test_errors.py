"""Foreign errors become ours: a code, a decision on another try, a delay, and a sentence without secrets."""

import pickle
from datetime import UTC, datetime

import httpx
import pytest
from pydantic import SecretStr

from apps.fusion.vocabulary import FailureCode
from apps.providers import batched_reads
from apps.providers.base import Endpoint
from apps.providers.errors import ProviderError, from_error_object, from_status, retry_after
from apps.providers.vendor_messages import MAX_QUOTE, masked
from tests.providers.asking import KEY, Bytes, ask, client_for, endpoint_at, request_to
from tests.upstream import Upstream

CREDITS = FailureCode.INSUFFICIENT_CREDITS
ENDPOINT = endpoint_at("http://vendor.test/v1", headers={"X-Org": "org-secret-1"})


def refusal(status: int, body: str, **headers: str) -> ProviderError:
    return from_status(ENDPOINT, "m-1", status, httpx.Headers(headers), body.encode())


@pytest.mark.parametrize(
    "status, body, code, permanent",
    [
        (400, '{"error":{"message":"bad"}}', FailureCode.INVALID_REQUEST, True),
        (400, '{"error":{"code":"context_length_exceeded"}}', FailureCode.CONTEXT_TOO_LONG, True),
        (400, '{"error":{"type":"exceed_context_size_error"}}', FailureCode.CONTEXT_TOO_LONG, True),
        (400, '{"error":{"code":"content_filter"}}', FailureCode.REFUSED, True),
        (400, '[{"error":{"message":"m-1 is not a valid model ID"}}]', FailureCode.INVALID_MODEL, True),
        (401, "", FailureCode.AUTHENTICATION, True),
        (402, "{}", FailureCode.INSUFFICIENT_CREDITS, True),
        (403, "{}", FailureCode.PERMISSION, True),
        (404, "{}", FailureCode.INVALID_MODEL, True),
        (408, "{}", FailureCode.UPSTREAM_ERROR, False),
        (413, "{}", FailureCode.TOO_LARGE, True),
        (418, "{}", FailureCode.INVALID_REQUEST, True),
        (422, '{"detail":[{"msg":"max_tokens is too big"}]}', FailureCode.INVALID_REQUEST, True),
        (429, "{}", FailureCode.RATE_LIMITED, False),
        (429, '{"error":{"type":"insufficient_quota"}}', FailureCode.INSUFFICIENT_CREDITS, True),
        (500, "{}", FailureCode.UPSTREAM_ERROR, False),
        (502, "<html>", FailureCode.UPSTREAM_ERROR, False),
        (503, '{"error":{"message":"Loading model"}}', FailureCode.OVERLOADED, False),
        (529, '{"error":{"type":"overloaded_error"}}', FailureCode.OVERLOADED, False),
        (500, "[" * 100_000, FailureCode.UPSTREAM_ERROR, False),
        (500, '{"error":7}', FailureCode.UPSTREAM_ERROR, False),
        (400, '{"error":{"message":"API key not valid. Please pass one."}}', FailureCode.AUTHENTICATION, True),
        (400, '{"error":{"message":"API key expired."}}', FailureCode.AUTHENTICATION, True),
        (400, '{"error":{"message":"Your credit balance is too low."}}', FailureCode.INSUFFICIENT_CREDITS, True),
        (429, '{"error":{"message":"You exceeded your current quota"}}', FailureCode.RATE_LIMITED, False),
        (
            400,
            '{"error":{"message":"input length and max_tokens exceed context limit"}}',
            FailureCode.CONTEXT_TOO_LONG,
            True,
        ),
        (400, '{"error":{"message":"Output blocked by content filtering policy"}}', FailureCode.REFUSED, True),
        (400, '{"error":{"message":"Content Exists Risk"}}', FailureCode.REFUSED, True),
        (400, '{"error":{"message":"输入或生成内容可能包含不安全或敏感内容"}}', FailureCode.REFUSED, True),
        (429, '{"error":{"code":"1113","message":"余额不足或无可用资源包"}}', CREDITS, True),
        (429, '{"error":{"message":"该模型当前访问量过大"}}', FailureCode.OVERLOADED, False),
        (400, '{"error":{"message":"You have reached your specified API usage limits."}}', CREDITS, True),
        (
            403,
            '{"error":{"message":"Project `p` does not have access to model `m`","code":"model_not_found"}}',
            *(FailureCode.PERMISSION, True),
        ),
        (410, "{}", FailureCode.INVALID_MODEL, True),
        (424, '{"message":"The model failed"}', FailureCode.UPSTREAM_ERROR, False),
        (499, "{}", FailureCode.UPSTREAM_ERROR, False),
    ],
)
def test_status_and_words_give_the_code(status: int, body: str, code: FailureCode, permanent: bool) -> None:
    error = refusal(status, body)

    assert (error.code, error.permanent, error.status) == (code, permanent, status)


@pytest.mark.parametrize(
    "status, body, sentence",
    [
        (404, '{"error":{"message":"No endpoints found that support image input"}}', "reads no images"),
        (500, '{"error":{"message":"image input is not supported - hint: provide the mmproj"}}', "reads no images"),
        (400, '{"error":{"message":"image_url is only supported by certain models."}}', "reads no images"),
        (400, '{"error":{"message":"m-1 does not support image input"}}', "reads no images"),
        (404, '{"error":{"message":"No endpoints found matching your data policy"}}', "for this request"),
        (404, '{"error":{"message":"No allowed providers are available for the selected model."}}', "for this request"),
        (404, '{"error":{"message":"This is not a chat model and thus not supported"}}', "for this request"),
        (404, '{"error":{"message":"No endpoints found that support tool use."}}', "takes no tools"),
        (404, '{"error":{"message":"No endpoints found for m-1."}}', "does not know m-1"),
    ],
)
def test_request_that_a_model_does_not_take_says_why(status: int, body: str, sentence: str) -> None:
    error = refusal(status, body)

    assert sentence in error.sentence
    assert (error.permanent, error.code is FailureCode.INVALID_REQUEST) == (True, "not know" not in sentence)


@pytest.mark.parametrize(
    "words", ['"code":"tool_use_failed"', '"message":"Failed to generate JSON."', '"code":"json_validate_failed"']
)
def test_what_a_model_wrote_badly_is_asked_for_once_more(words: str) -> None:
    error = refusal(400, f'{{"error":{{{words},"type":"invalid_request_error"}}}}')

    assert (error.code, error.permanent, error.requests) == (FailureCode.EMPTY, False, 2)


@pytest.mark.parametrize("quota, requests", [("PerDayPerProject-FreeTier", 1), ("PerMinutePerProject", None)])
def test_googles_quota_of_a_day_is_told_from_that_of_a_minute(quota: str, requests: int | None) -> None:
    failure = f'{{"@type":"…/QuotaFailure","violations":[{{"quotaMetric":"m","quotaId":"GenerateRequests{quota}"}}]}}'
    wait = '{"@type":"…/RetryInfo","retryDelay":"27s"}'
    words = '"message":"You exceeded your current quota.","status":"RESOURCE_EXHAUSTED"'

    error = refusal(429, f'{{"error":{{"code":429,{words},"details":[{failure},{wait}]}}}}')

    assert (error.code, error.requests, error.retry_after) == (FailureCode.RATE_LIMITED, requests, 27)


@pytest.mark.parametrize(
    "body, said",
    [
        ('{"error":{"message":"No such thing.","code":null}}', " Acme said: “No such thing.”"),
        ('{"error":"No such thing."}', " Acme said: “No such thing.”"),
        ('{"message":"No such thing."}', " Acme said: “No such thing.”"),
        ('{"detail":"No such thing."}', " Acme said: “No such thing.”"),
        ("No\n such  thing.\x00", " Acme said: “No such thing.”"),
        ("<!DOCTYPE html><p>No such thing.", ""),
        ("<html><head><TITLE>\n Busy &amp; slow </TITLE>", " Acme said: “Busy & slow”"),
        ('{"base_resp":{"status_code":1002,"status_msg":"Busy"}}', " Acme said: “Busy”"),
        ("", ""),
        ("x" * 999, f" Acme said: “{'x' * (MAX_QUOTE - 1)}…”"),
    ],
)
def test_vendors_words_are_quoted(body: str, said: str) -> None:
    assert refusal(418, body).sentence == f"Acme did not accept the request. Check the settings for m-1.{said}"


@pytest.mark.parametrize(
    "words, shown",
    [
        (f"Key {KEY} is wrong", "Key ••• is wrong"),
        (f"Bearer {KEY}", "Bearer •••"),
        ("Org org-secret-1", "Org •••"),
        ("Incorrect key: sk-proj-ab****yz.", "Incorrect key: •••"),
        ("x" * 295 + KEY, "x" * 295 + "•••"),
    ],
)
def test_echoed_secrets_are_masked(words: str, shown: str) -> None:
    sentence = refusal(418, words).sentence

    assert sentence == f"Acme did not accept the request. Check the settings for m-1. Acme said: “{shown}”"


@pytest.mark.parametrize(
    "key, words, shown",
    [
        ("hunter2", "Key hunter2 and xhunter2y", "Key ••• and x•••y"),
        ("ab1", "Key ab1, not cab12", "Key •••, not cab12"),
        ("", "No key", "No key"),
    ],
)
def test_a_short_key_is_masked_too(key: str, words: str, shown: str) -> None:
    assert masked(Endpoint("Acme", "http://vendor.test/v1", SecretStr(key)), words) == shown


def test_endpoint_shows_no_secret() -> None:
    assert repr(ENDPOINT) == (
        "Endpoint(name='Acme', base_url='http://vendor.test/v1', api_key=SecretStr('**********'), only_public=False)"
    )


@pytest.mark.parametrize("key", ["sk-a\nb", "“sk-ab”", "sk-a\x00b"])
async def test_impossible_key_is_refused_before_it_is_sent(key: str) -> None:
    endpoint = Endpoint("Acme", "http://vendor.test/v1", SecretStr(key))

    with pytest.raises(ProviderError) as caught:
        await ask(client_for(Bytes([])), endpoint, request_to("m"))

    assert (caught.value.code, caught.value.__cause__) == (FailureCode.AUTHENTICATION, None)
    assert caught.value.sentence == "The key or a header of Acme contains characters that no key has. Enter it again."


@pytest.mark.parametrize(
    "value, seconds",
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("Wed, 21 Oct 2026 07:28:30 GMT", 30.0),
        ("Wed, 21 Oct 2026 07:00:00 GMT", 0.0),
        ("Wed, 21 Oct 2026 09:28:30 +0200", 30.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("9" * 400, None),
        ("Wed, 21 Oct 2026 07:28:30 +" + "9" * 30, None),
    ],
)
def test_retry_after_in_both_forms(value: str, seconds: float | None) -> None:
    now = datetime(2026, 10, 21, 7, 28, tzinfo=UTC)

    assert retry_after(httpx.Headers({"Retry-After": value}), now) == seconds


@pytest.mark.parametrize(
    "body, headers, seconds",
    [
        ('[{"error":{"details":[{"@type":"…/google.rpc.RetryInfo","retryDelay":"34.5s"}]}}]', {}, 34.5),
        ('{"retryDelay": "34s"}', {"Retry-After": "0"}, 0.0),
        ('{"retryDelay": "soon"}', {}, None),
    ],
)
def test_delay_that_google_asks_for_in_the_body(body: str, headers: dict[str, str], seconds: float | None) -> None:
    assert refusal(429, body, **headers).retry_after == seconds


@pytest.mark.parametrize(
    "error, code, permanent",
    [
        ({"message": "boom", "code": 402}, FailureCode.INSUFFICIENT_CREDITS, True),
        ({"message": "boom", "code": "503"}, FailureCode.OVERLOADED, False),
        ({"message": "boom", "code": "server_error"}, FailureCode.UPSTREAM_ERROR, False),
        (
            {"message": "Provider returned error", "metadata": {"raw": "rate limited"}},
            FailureCode.RATE_LIMITED,
            False,
        ),
        ("Rate limit reached", FailureCode.RATE_LIMITED, False),
        (["boom"], FailureCode.UPSTREAM_ERROR, False),
        ({"message": "boom", "type": "bad_request_error", "http_code": "400"}, FailureCode.INVALID_REQUEST, True),
        ({"message": "boom", "status_code": 402}, FailureCode.INSUFFICIENT_CREDITS, True),
        ({"error": "boom", "message": "Bad", "statusCode": 413}, FailureCode.TOO_LARGE, True),
        ({"error": {"message": "boom", "code": 400}}, FailureCode.INVALID_REQUEST, True),
        ({"message": "boom", "type": "invalid_request_error", "code": None}, FailureCode.INVALID_REQUEST, True),
        ({"message": "boom", "type": "not_found_error"}, FailureCode.INVALID_MODEL, True),
        ({"message": "slow", "type": "invalid_request_error", "code": "rate_limit"}, FailureCode.RATE_LIMITED, False),
        ({"message": "boom", "code": 1400}, FailureCode.UPSTREAM_ERROR, False),
    ],
)
def test_error_object_in_a_stream(error: object, code: FailureCode, permanent: bool) -> None:
    found = from_error_object(ENDPOINT, "m-1", error)

    assert (found.code, found.permanent) == (code, permanent)


def raising(error: Exception) -> httpx.AsyncClient:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise error

    return httpx.AsyncClient(transport=httpx.MockTransport(refuse))


@pytest.mark.parametrize(
    "raised, code, permanent, sentence",
    [
        (
            httpx.ConnectTimeout("x"),
            *(FailureCode.TIMEOUT, False),
            "Acme did not accept a connection in time. Check the base URL and the network.",
        ),
        (
            httpx.ConnectError("[Errno -2] Name or service not known"),
            *(FailureCode.CONNECTION, False),
            "Acme cannot be reached. Check that it runs, the base URL and the network.",
        ),
        (
            httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"),
            *(FailureCode.CONNECTION, True),
            "No secure connection to Acme: its certificate is not trusted. Check the base URL.",
        ),
        (
            httpx.ReadError("x"),
            *(FailureCode.CONNECTION, False),
            "Acme cut the connection before the answer was complete. Try again.",
        ),
        (
            httpx.DecodingError("x"),
            *(FailureCode.BAD_STREAM, False),
            "Acme sent bytes that cannot be decoded. Try again.",
        ),
    ],
)
async def test_transport_failures(raised: Exception, code: FailureCode, permanent: bool, sentence: str) -> None:
    with pytest.raises(ProviderError) as caught:
        await ask(raising(raised), ENDPOINT, request_to("m"))

    assert (caught.value.code, caught.value.permanent, caught.value.sentence) == (code, permanent, sentence)
    assert caught.value.__cause__ is raised


async def test_provider_that_must_be_public_is_not_asked_inside_this_network(upstream: Upstream) -> None:
    upstream.script("inside")
    async with batched_reads.client(0.04) as client:
        with pytest.raises(ProviderError, match="inside this network") as caught:
            await ask(client, endpoint_at(upstream.url_of("openai"), only_public=True), request_to("inside"))

    assert (caught.value.code, caught.value.permanent) == (FailureCode.CONNECTION, True)
    assert upstream.ledger("inside") == []


@pytest.mark.parametrize("base_url", ["vendor.test/v1", "ftp://vendor.test", "http://acme:port", ""])
async def test_base_url_that_is_none(client: httpx.AsyncClient, base_url: str) -> None:
    with pytest.raises(ProviderError) as caught:
        await ask(client, endpoint_at(base_url), request_to("m"))

    assert (caught.value.code, caught.value.permanent) == (FailureCode.INVALID_REQUEST, True)


def test_error_survives_pickling() -> None:
    error = refusal(429, "slow down", **{"Retry-After": "3"})

    copy = pickle.loads(pickle.dumps(error))

    assert (str(copy), copy.code, copy.permanent, copy.retry_after, copy.status) == (
        *(error.sentence, FailureCode.RATE_LIMITED),
        *(False, 3.0, 429),
    )
