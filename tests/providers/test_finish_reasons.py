"""Vendors' words for why an answer ended, also those that nobody has listed."""

import pytest

from apps.fusion.vocabulary import FailureCode, FinishReason
from apps.providers.finish_reasons import break_of, reason_of, word_of
from tests.providers.asking import endpoint_at

ENDPOINT = endpoint_at("http://vendor.test/v1")
R, C = FinishReason, FailureCode


@pytest.mark.parametrize(
    "words, reason",
    [
        ("STOP FinishReason.STOP FINISH_REASON_STOP end_of_turn endoftext stop-sequence Complete eos finished", R.STOP),
        (
            "MAX_TOKENS max-tokens maxtokens_limit max_new_tokens token_limit truncated context_window_exceeded",
            R.LENGTH,
        ),
        ("content-filter IMAGE_SAFETY guardrail_intervened blocked content_filtered error_toxic", R.CONTENT_FILTER),
        ("OTHER repetition tool_use function_call TOO_MANY_TOOL_CALLS MALFORMED_FUNCTION_CALL 7", R.UNKNOWN),
        ("no_error not-stopped NOT_FILTERED without_failure max_tokens_not_exceeded cannot_complete", R.UNKNOWN),
    ],
)
def test_words_say_why_an_answer_ended(words: str, reason: FinishReason) -> None:
    for word in map(word_of, words.split()):
        assert (reason_of(word, {}), break_of(ENDPOINT, word)) == (reason, None), word


@pytest.mark.parametrize(
    "words, code",
    [
        (
            "error server_error internal-error model_error failed killed user_cancelled timeout ERROR_LIMIT",
            C.UPSTREAM_ERROR,
        ),
        ("overloaded rate_limit unavailable preempted insufficient_system_resource", C.OVERLOADED),
    ],
)
def test_words_for_a_break_are_a_failure(words: str, code: FailureCode) -> None:
    for word in map(word_of, words.split()):
        failure = break_of(ENDPOINT, word)
        assert failure is not None, word
        assert (failure.code, failure.permanent) == (code, False), word


@pytest.mark.parametrize("value", [None, False, "", "null", " NULL ", "N/A", "None", "FINISH_REASON_UNSPECIFIED"])
def test_words_that_say_nothing_are_none(value: object) -> None:
    assert word_of(value) == ""
