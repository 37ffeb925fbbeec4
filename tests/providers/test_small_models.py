"""Prompting very small models."""

from apps.fusion.values import Message
from apps.fusion.vocabulary import PromptStyle
from apps.providers.openai_compatible import body_of
from apps.providers.small_models import BASE_OPENING, base_prompt
from tests.providers.asking import endpoint_at, request_to

ENDPOINT = endpoint_at("http://127.0.0.1:1/v1")


def test_base_prompt_ends_where_the_answer_begins() -> None:
    messages = [Message(role="system", text="Be brief."), Message(role="user", text=" How\n\ntall? ")]

    assert base_prompt(messages) == f"{BASE_OPENING}\nQuestion: How tall?\nAnswer:"


def test_base_prompt_tells_the_conversation_so_far() -> None:
    messages = [
        Message(role="user", text="How tall?"),
        Message(role="assistant", text="330 m.\n\nTall."),
        Message(role="user", text="And old?"),
    ]

    assert base_prompt(messages) == (
        f"{BASE_OPENING}\nQuestion: How tall?\nAnswer: 330 m. Tall.\n\nQuestion: And old?\nAnswer:"
    )


def test_small_model_gets_a_penalty_on_repetition() -> None:
    bodies = [body_of(ENDPOINT, request_to("m", style=style)) for style in PromptStyle]

    assert [body.get("repeat_penalty") for body in bodies] == [None, 1.1, 1.1]
    assert [sorted(body.keys() & {"prompt", "messages", "stop"}) for body in bodies] == [
        ["messages"],
        ["messages"],
        ["prompt", "stop"],
    ]


def test_openai_itself_gets_its_own_words() -> None:
    endpoint = endpoint_at("https://api.openai.com/v1")
    parameters = request_to("x").parameters.model_copy(update={"temperature": 0.5, "max_tokens": 7})

    bodies = [body_of(endpoint, request_to(model, parameters=parameters)) for model in ("gpt-4o", "o3")]

    names = {"temperature", "max_tokens", "max_completion_tokens"}
    assert [{name: body[name] for name in names & body.keys()} for body in bodies] == [
        {"temperature": 0.5, "max_completion_tokens": 7},
        {"max_completion_tokens": 7},
    ]
