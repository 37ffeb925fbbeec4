"""Search engines: what each is asked, what comes of its answer, and what a person reads when there is none."""

import json
from decimal import Decimal
from typing import Any

import pytest

from apps.fusion.lookups import LookupFailure, LookupFault, SearchHit, SearchResults
from apps.lookup import engines
from apps.lookup.engines import base
from apps.lookup.engines.base import Engine, EngineName
from apps.outbound import clients
from tests.lookup.web import Answer, FakeWeb, WebRequest

ROW = {
    "url": "https://pears.example/",
    "title": "Pears &amp; more",
    "content": "They <strong>keep</strong>\u200b well.",
}
HIT = SearchHit(url="https://pears.example/", title="Pears & more", snippet="They keep well.")
JSON = "application/json"


def engine(web: FakeWeb, name: EngineName, key: str = "k-1") -> Engine:
    return engines.engine_of(name, base_url=web.engine_url(name), key=key)


async def search(
    web: FakeWeb, name: EngineName = EngineName.BRAVE, query: str = "pears", **options: Any
) -> SearchResults:
    async with clients.client() as client:
        return await engines.search(client, engine(web, name, options.pop("key", "k-1")), query, **options)


def says(status: int, body: Any = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(json.dumps(body).encode() if body is not None else b"", JSON, status, named)


@pytest.mark.parametrize(
    "name, cost",
    [
        (EngineName.SEARXNG, "0"), (EngineName.BRAVE, "0.005"), (EngineName.TAVILY, "0.008"), (EngineName.EXA, "0.005"),
        (EngineName.SERPER, "0.001"),
    ],
)  # fmt: skip
async def test_results_are_plain_text_with_their_cost(web: FakeWeb, name: EngineName, cost: str) -> None:
    web.results = [ROW]

    found = await search(web, name)

    label = engines.ENGINES[name].label
    assert found == SearchResults(query="pears", engine=label, hits=(HIT,), cost=Decimal(cost))


def sent(asked: WebRequest) -> tuple[str, Any]:
    """Return what a request asks for, and the key that it carries."""
    keys = [
        asked.headers[name] for name in ("x-subscription-token", "authorization", "x-api-key") if name in asked.headers
    ]
    return str(asked.body or asked.query), keys


@pytest.mark.parametrize(
    "name, wish, keys",
    [
        (EngineName.SEARXNG, {"q": "pears", "format": "json"}, []),
        (EngineName.BRAVE, {"q": "pears", "count": "3", "result_filter": "web", "extra_snippets": "true"}, ["k-1"]),
        (EngineName.TAVILY, {"query": "pears", "max_results": 3, "search_depth": "basic"}, ["Bearer k-1"]),
        (
            EngineName.EXA,
            {"query": "pears", "type": "auto", "numResults": 3, "contents": {"highlights": {"maxCharacters": 500}}},
            ["k-1"],
        ),
        (EngineName.SERPER, {"q": "pears", "num": 3}, ["k-1"]),
    ],
)
async def test_engine_is_asked_in_its_own_words(web: FakeWeb, name: EngineName, wish: Any, keys: list[str]) -> None:
    await search(web, name, max_results=3, key=" k-1\n")

    [asked] = web.asked
    assert sent(asked) == (str(wish), keys)
    assert asked.headers["user-agent"] == "FusionWeb"


async def test_only_web_addresses_are_results_and_each_once(web: FakeWeb) -> None:
    urls = ["https://a.example/", "ftp://a.example/", "", "https://b.example/", "https://a.example/", "https://x y/"]
    urls.append("https://c.example/" + "梨" * 700)
    web.results = [{"url": url, "title": "T", "content": ""} for url in urls] + [{"title": "no address"}]

    found = await search(web, EngineName.SEARXNG)

    assert [hit.url for hit in found.hits] == ["https://a.example/", "https://b.example/"]


async def test_no_more_results_than_wanted(web: FakeWeb) -> None:
    web.results = [{"url": f"https://a.example/{number}", "title": "T"} for number in range(30)]

    assert len((await search(web, EngineName.SEARXNG, max_results=7)).hits) == 7
    assert len((await search(web, EngineName.SEARXNG, max_results=500)).hits) == 20


async def test_snippets_and_titles_are_short(web: FakeWeb) -> None:
    web.results = [{"url": "https://a.example/", "title": "t" * 10_000, "content": "<b>s" * 100_000}]

    [hit] = (await search(web, EngineName.SEARXNG)).hits

    assert (len(hit.title), len(hit.snippet)) == (base.MAX_TITLE_CHARS, base.MAX_SNIPPET_CHARS)


@pytest.mark.parametrize("query", ["", "  \n", "x" * 401])
async def test_query_that_no_engine_takes_is_not_sent(web: FakeWeb, query: str) -> None:
    with pytest.raises(LookupFault) as caught:
        await search(web, query=query)

    assert caught.value.code is LookupFailure.INVALID_ARGUMENTS
    assert web.asked == []


@pytest.mark.parametrize(
    "name, answer, code, sentence",
    [
        (
            EngineName.BRAVE,
            says(401),
            LookupFailure.WRONG_KEY,
            "Brave refuses the key. Enter another on the Web search page.",
        ),
        (
            EngineName.BRAVE,
            says(
                422, {"error": {"code": "SUBSCRIPTION_TOKEN_INVALID", "detail": "The subscription token is invalid."}}
            ),
            LookupFailure.WRONG_KEY,
            "Brave refuses the key. Enter another on the Web search page. It said: "
            "“The subscription token is invalid.”",
        ),
        (
            EngineName.SERPER,
            says(400, {"message": "Not enough credits", "statusCode": 400}),
            LookupFailure.OVER_QUOTA,
            "The quota of Serper is used up. Raise it there, or wait. It said: “Not enough credits”",
        ),
        (
            EngineName.TAVILY,
            says(432),
            LookupFailure.OVER_QUOTA,
            "The quota of Tavily is used up. Raise it there, or wait.",
        ),
        (EngineName.EXA, says(402), LookupFailure.OVER_QUOTA, "The quota of Exa is used up. Raise it there, or wait."),
        (
            EngineName.BRAVE,
            says(429, retry_after="77"),
            LookupFailure.RATE_LIMITED,
            "Brave takes no more searches for now. Try again in 77 s.",
        ),
        (
            EngineName.BRAVE,
            says(503),
            LookupFailure.UNAVAILABLE,
            "Brave has a fault of its own (503). Try later.",
        ),
        (
            EngineName.EXA,
            says(400, {"error": "numResults is odd"}),
            LookupFailure.INVALID_ARGUMENTS,
            "Exa refuses the search (400). It said: “numResults is odd”",
        ),
        (EngineName.BRAVE, says(404), LookupFailure.UNAVAILABLE, "Brave has no search at its address. Check it."),
        (
            EngineName.BRAVE,
            Answer(b"<!DOCTYPE html><html>Welcome</html>"),
            LookupFailure.UNAVAILABLE,
            "Brave answered with a web page in place of results. Check its address.",
        ),
        (
            EngineName.BRAVE,
            Answer(b"nonsense", JSON),
            LookupFailure.UNAVAILABLE,
            "Brave answered with something that is not JSON in place of results. Check its address.",
        ),
        (
            EngineName.BRAVE,
            Answer(b"[" * 100_000, JSON),
            LookupFailure.UNAVAILABLE,
            "Brave answered with something that is not JSON in place of results. Check its address.",
        ),
        (
            EngineName.BRAVE,
            says(200, ["results"]),
            LookupFailure.UNAVAILABLE,
            "Brave answered with JSON that holds no results. Check its address.",
        ),
        (
            EngineName.BRAVE,
            Answer(b" " * 10 * 2**20, JSON),
            LookupFailure.CONTENT_TOO_LARGE,
            "Brave answered with more than 2 MiB. Check its address.",
        ),
        (
            EngineName.BRAVE,
            Answer(status=302, headers={"Location": "https://other.example/"}),
            LookupFailure.UNAVAILABLE,
            "Brave redirects to https://other.example/, and redirects are not followed. Enter its own address.",
        ),
        (
            EngineName.SEARXNG,
            Answer(b"<html>Forbidden</html>", status=403),
            LookupFailure.UNAVAILABLE,
            "SearXNG refuses to answer in JSON. Add “json” to search.formats in its settings.yml, see that its limiter "
            "lets this server through, and start it again.",
        ),
        (
            EngineName.SEARXNG,
            says(200, {"results": [], "unresponsive_engines": [["google", "CAPTCHA"], ["bing", "timeout"]]}),
            LookupFailure.UNAVAILABLE,
            "SearXNG found nothing, since engines that it asks did not answer: google (CAPTCHA), bing (timeout). "
            "Check its engines.",
        ),
    ],
)
async def test_failure_says_what_to_do(
    web: FakeWeb, name: EngineName, answer: Answer, code: LookupFailure, sentence: str
) -> None:
    web.engine_answers = [answer]

    with pytest.raises(LookupFault) as caught:
        await search(web, name)

    assert (caught.value.code, caught.value.sentence) == (code, sentence)
    assert len(web.asked) == 1


@pytest.mark.parametrize(
    "body",
    [
        {}, {"web": None}, {"web": []}, {"web": {"results": None}}, {"web": {"results": "many"}},
        {"web": {"results": [None, 1, "x", {"url": 5}, {"url": None}]}},
    ],
)  # fmt: skip
async def test_answer_of_another_shape_holds_no_results(web: FakeWeb, body: Any) -> None:
    web.engine_answers = [says(200, body)]

    assert (await search(web)).hits == ()


@pytest.mark.parametrize("told", [None, "free", {"total": "NaN"}, {"total": -1}, {"total": True}, {"total": 1e99}])
async def test_cost_that_makes_no_sense_is_the_price_table_s(web: FakeWeb, told: Any) -> None:
    web.engine_answers = [says(200, {"results": [], "costDollars": told})]

    assert (await search(web, EngineName.EXA)).cost == Decimal("0.007")


async def test_short_wait_is_waited_out(web: FakeWeb) -> None:
    web.engine_answers = [says(429, X_RateLimit_Reset="0, 1419704"), says(200, {"web": {"results": [ROW]}})]

    assert len((await search(web)).hits) == 1
    assert len(web.asked) == 2


async def test_third_refusal_is_the_last(web: FakeWeb) -> None:
    web.engine_answers = [says(429, Retry_After="0")]

    with pytest.raises(LookupFault) as caught:
        await search(web)

    assert caught.value.code is LookupFailure.RATE_LIMITED
    assert len(web.asked) == 3


async def test_slow_engine_is_given_up(web: FakeWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "TOTAL_S", 0.2)
    web.gate.clear()

    with pytest.raises(LookupFault) as caught:
        await search(web)

    assert (caught.value.code, caught.value.sentence) == (
        LookupFailure.TIMEOUT,
        "Brave did not answer within 0.2 s. Try again later.",
    )


async def test_engine_that_is_away_is_named() -> None:
    away = engines.engine_of(EngineName.SEARXNG, base_url="http://127.0.0.1:1")
    async with clients.client() as client:
        with pytest.raises(LookupFault) as caught:
            await engines.search(client, away, "pears")

    assert caught.value.code is LookupFailure.UNAVAILABLE
    assert caught.value.sentence.startswith("SearXNG cannot be reached")


async def test_key_shows_in_no_sentence_and_no_repr(web: FakeWeb) -> None:
    with pytest.raises(LookupFault) as caught:
        await search(web, key="schlüssel")

    assert caught.value.code is LookupFailure.WRONG_KEY
    assert "schlüssel" not in caught.value.sentence + repr(engine(web, EngineName.BRAVE, "schlüssel"))
    assert web.asked == []
