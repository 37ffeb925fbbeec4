"""The kind of an answer in headers: for clients that show nothing but its text."""

import pytest

CHAT, RESPONSES, COMPLETIONS = "/v1/chat/completions", "/v1/responses", "/v1/completions"
ASKED = {
    CHAT: {"messages": [{"role": "user", "content": "How high?"}]},
    RESPONSES: {"input": "How high?"},
    COMPLETIONS: {"prompt": "How high?"},
}


def kind_of(answer) -> tuple[str | None, str | None]:
    return answer.headers.get("X-Answer-Kind"), answer.headers.get("X-Analysis-Status")


@pytest.mark.parametrize("path", ASKED)
def test_headers_say_of_which_kind_an_answer_is(panel, http, bench, path) -> None:
    bench.model("judge", "ok", text="no analysis")
    asked = ASKED[path]
    answers = {
        "single": http.post(path, json={"model": "up/elm", **asked}),
        "fused": http.post(path, json={"model": "fusion", **asked}),
        "degraded": http.post(path, json={"model": "fusion", **asked, "fusion": {"judge": "up/judge"}}),
    }
    bench.upstream.script("writer", "empty")
    answers["closest"] = http.post(path, json={"model": "fusion", **asked})
    for name in ("oak", "yew"):
        bench.upstream.script(name, "401")
    answers["only"] = http.post(path, json={"model": "fusion", **asked})

    assert {name: kind_of(answer) for name, answer in answers.items()} == {
        "single": ("only", None),
        "fused": ("fused", "ok"),
        "degraded": ("fused", "degraded"),
        "closest": ("closest", "ok"),
        "only": ("only", None),
    }


def test_response_that_is_read_again_has_the_headers(panel, http) -> None:
    made = http.post(RESPONSES, json={"model": "fusion", "input": "How high?"}).json()

    assert kind_of(http.get(f"{RESPONSES}/{made['id']}")) == ("fused", "ok")


def test_stream_says_its_kind_in_the_last_chunk(panel, http) -> None:
    answer = http.post(CHAT, json={"model": "fusion", "stream": True, **ASKED[CHAT]})

    assert kind_of(answer) == (None, None)
    assert '"answer_kind":"fused"' in answer.text


def test_answer_that_failed_has_no_kind(panel, http, bench) -> None:
    bench.upstream.script("elm", "401")

    assert kind_of(http.post(CHAT, json={"model": "up/elm", **ASKED[CHAT]})) == (None, None)
