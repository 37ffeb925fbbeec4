"""A refusal in words is known in nine languages, and nothing that says something is taken for one."""

import pytest

from apps.fusion.answers.refusals import is_refusal


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I cannot assist with this request.",
        "As an AI language model, I am unable to provide medical advice.",
        "Es tut mir leid, aber dabei kann ich nicht helfen.",
        "Je suis désolé, mais je ne peux pas répondre à cette question.",
        "Lo siento, pero no puedo ayudar con eso.",
        "Mi dispiace, ma non posso aiutarti.",
        "Desculpe, mas não posso ajudar com isso.",
        "Извините, но я не могу помочь с этим.",
        "很抱歉，我无法回答这个问题。",
        "申し訳ありませんが、その質問にはお答えできません。",
    ],
)
def test_refusal_in_words_is_known(text):
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "The lake cannot be reached by car.",
        "I'm sorry to say that the answer is 5.",
        "I can't verify this, but the answer is 5.",
        "I cannot provide exact figures. However, the lake is about 40 m deep.",
        "No puedo is Spanish for I cannot.",
        "Sorry seems to be the hardest word.",
    ],
)
def test_answer_that_says_something_is_no_refusal(text):
    assert not is_refusal(text)
