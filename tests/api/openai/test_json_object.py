"""Any JSON object as the form of an answer: asked for in words and of the vendor, and once more where it is missed."""

import pytest

from tests.api.openai.test_compatibility import CHAT, RESPONSES, ask


@pytest.mark.parametrize("path", [CHAT, RESPONSES])
def test_any_object_is_asked_for_in_words_and_of_the_vendor(panel, http, bench, path) -> None:
    form = {"type": "json_object"}
    more = {"response_format": form} if path == CHAT else {"text": {"format": form}}
    texts = ['Here it is:\n```json\n{"metres": 330}\n```', "Three hundred and thirty", "[330]"]

    answers = []
    for text in texts:
        bench.upstream.script("elm", "ok", text=text)
        answers.append(ask(http, path, **more))

    assert ['{\\"metres\\": 330}' in answer.text for answer in answers] == [True, False, False]
    assert [answer.json()["error"] and answer.json()["error"]["code"] for answer in answers[1:]] == [
        "invalid_answer_format"
    ] * 2
    bodies = [entry["body"] for entry in bench.upstream.ledger("elm")]
    assert len(bodies) == 1 + 2 + 2  # whoever misses the form is asked once more
    assert [body["response_format"] for body in bodies] == [form] * 5
    assert ["one JSON object" in str(body["messages"]) for body in bodies] == [True] * 5


@pytest.mark.parametrize("path", [CHAT, RESPONSES])
def test_vendor_that_does_not_know_the_form_is_asked_in_words_alone(panel, http, bench, path) -> None:
    form = {"type": "json_object"}
    bench.upstream.script("writer", "refuses-parameter", refused="json_object", text='{"metres": 330}')
    more = {"response_format": form} if path == CHAT else {"text": {"format": form}}

    answer = ask(http, path, **more, model="fusion")

    bodies = [entry["body"] for entry in bench.upstream.ledger("writer")]
    bodies = [body for body in bodies if "one JSON object" in str(body["messages"])]
    assert '{\\"metres\\": 330}' in answer.text
    assert [body.get("response_format") for body in bodies] == [form, None]
    others = [entry["body"] for entry in bench.upstream.ledger() if entry["model"] != "writer"]
    assert [body for body in others if "response_format" in body] == []
