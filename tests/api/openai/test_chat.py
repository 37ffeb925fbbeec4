"""Chat completions over real HTTP, with OpenAI's own client where it can say it."""

import pytest

from tests.api.factories import ANSWERS, FUSED

ASK = [{"role": "user", "content": "How high is the Eiffel Tower?"}]


def test_a_fusion_answers_with_its_analysis_and_bill(panel, sdk) -> None:
    answer = sdk.chat.completions.create(model="fusion", messages=ASK)

    fusion = answer.fusion
    assert answer.choices[0].message.content == FUSED
    assert answer.choices[0].finish_reason == "stop"
    assert [one["model"] for one in fusion["responses"]] == ["up/oak", "up/elm", "up/yew"]
    assert fusion["analysis"]["consensus"] is not None
    assert set(fusion["analysis"]) == {
        "consensus", "contradictions", "partial_coverage", "unique_insights", "blind_spots", "evidence",
    }  # fmt: skip
    assert [line["role"] for line in fusion["bill"]] == ["panel"] * 3 + ["judge", "synthesis"]
    assert answer.usage.cost == pytest.approx(sum(line["cost"] for line in fusion["bill"]))
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_a_stream_brings_the_same_answer_while_it_is_written(panel, sdk, bench) -> None:
    bench.upstream.script("writer", "ok", text=FUSED, gate_after=3)
    with sdk.chat.completions.create(
        model="fusion", messages=ASK, stream=True, stream_options={"include_usage": True}
    ) as stream:
        chunks = []
        for chunk in stream:
            chunks.append(chunk)
            if chunk.choices and chunk.choices[0].delta.content:
                bench.upstream.release("writer")

    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == FUSED
    assert len([chunk for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]) > 1
    assert chunks[-1].choices == []
    assert chunks[-1].usage.total_tokens > 0
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"


def test_a_model_by_its_reference_is_asked_alone(panel, sdk, bench) -> None:
    answer = sdk.chat.completions.create(model="up/elm", messages=ASK, temperature=0.2, max_tokens=50, stop=["END"])

    body = bench.upstream.ledger("elm")[0]["body"]
    assert answer.choices[0].message.content == ANSWERS["elm"]
    assert answer.fusion["analysis"] is None
    assert (body["temperature"], body["max_tokens"], body["stop"]) == (0.2, 50, ["END"])
