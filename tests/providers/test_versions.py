"""The version of the model that answered, as vendors of each dialect say it, and what of that is kept."""

import pytest

from apps.providers.anthropic_answer import MessageTranslator
from apps.providers.base import Endpoint
from apps.providers.gemini import ContentTranslator
from apps.providers.openai_answer import ChatTranslator

DELTA = {"choices": [{"delta": {"content": "Hi"}}]}
CASES = {
    "a dated name for an alias": (ChatTranslator, {"model": "gpt-4o-2024-08-06", **DELTA}, "gpt-4o-2024-08-06"),
    "the name goes before the fingerprint": (
        ChatTranslator,
        {"model": "gpt-4o-2024-08-06", "system_fingerprint": "fp_1", **DELTA},
        "gpt-4o-2024-08-06",
    ),
    "an echo with a fingerprint": (ChatTranslator, {"model": "gpt-4o", "system_fingerprint": "fp_1", **DELTA}, "fp_1"),
    "an echo alone": (ChatTranslator, {"model": "gpt-4o", **DELTA}, ""),
    "nothing": (ChatTranslator, DELTA, ""),
    "no words": (ChatTranslator, {"model": 7, "system_fingerprint": ["x"], **DELTA}, ""),
    "a long one with a control character": (ChatTranslator, {"model": "a\u0000" + "b" * 900, **DELTA}, "a" + "b" * 198),
    "Anthropic's message": (
        MessageTranslator,
        {"type": "message_start", "message": {"id": "m", "model": "claude-sonnet-4-5-20250929", "usage": {}}},
        "claude-sonnet-4-5-20250929",
    ),
    "Gemini's word": (ContentTranslator, {"modelVersion": "gemini-2.0-flash-001"}, "gemini-2.0-flash-001"),
}


@pytest.mark.parametrize("case", CASES)
def test_version_is_what_the_vendor_says_beyond_the_name_that_was_asked_for(case):
    translator_type, event, version = CASES[case]
    translator = translator_type(Endpoint("acme", "http://127.0.0.1:1"), "gpt-4o")

    list(translator.read(event))

    assert translator.version == version
