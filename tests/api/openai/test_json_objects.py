"""Answers that must be any JSON object, of endpoints of which nobody knows whether they have such a form."""

import pytest

from tests.api.openai.test_compatibility import CHAT, RESPONSES, ask


@pytest.mark.parametrize("path", [CHAT, RESPONSES])
def test_any_object_is_asked_for_in_words_of_endpoints_that_may_not_know_the_form(panel, http, bench, path) -> None:
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
    assert [body for body in bodies if "response_format" in body] == []
    assert ["one JSON object" in str(body["messages"]) for body in bodies] == [True] * 5
