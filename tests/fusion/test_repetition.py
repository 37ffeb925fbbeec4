"""The repetition guard: what is a loop, what is not, and where the cut falls."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fusion.repetition import RepetitionGuard, is_looping, trim_loop

SENTENCE = "The tower is 330 metres tall. "
LONG = "The tower was built for the World's Fair of 1889 and was meant to stand for twenty years only. "


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Hello. " + SENTENCE * 6, "Hello. The tower is 330 metres tall."),
        (LONG * 3, LONG.strip()),
        ("Dear [Your " + "[Your " * 40, "Dear [Your"),
        ("It begins. " + "and then and then " * 12, "It begins. and then"),
        ("So. " + "He saw the cat\nand the dog.\n" * 6, "So. He saw the cat\nand the dog."),
        ("Zuerst. " + "Größe und Gewicht. " * 9, "Zuerst. Größe und Gewicht."),
        ("塔です。" + "東京タワーは赤い。" * 20, "塔です。東京タワーは赤い。"),
        ("One. A of the B. " + "C of the B. " * 20, "One. A of the B."),
        ("|a|\n" * 300, "|a|"),
    ],
)
def test_trim_loop_keeps_one_copy(text: str, kept: str) -> None:
    assert (is_looping(text), trim_loop(text)) == (True, kept)


@pytest.mark.parametrize(
    "text",
    [
        "",
        SENTENCE * 2,
        LONG * 2,
        "1. Wash the apples.\n2. Cut the apples.\n3. Boil the apples.\n4. Cool the apples.\n5. Eat the apples.\n",
        "- yes\n- yes\n- no\n- yes\n- yes\n- yes\n- yes\n",
        "| a | b |\n|---|---|\n" + "| yes | no |\n" * 12,
        "| 0 | 0 | 0 | 0 |\n" * 10,
        "```python\n" + "    items.append(None)\n" * 15 + "```\n",
        "<ul>\n" + "  <li>An item of the list</li>\n" * 12 + "</ul>",
        "0, 0, 0, 0, " * 20,
        "=" * 400,
        "Row, row, row your boat, gently down the stream. Merrily, merrily, merrily, merrily, life is but a dream.",
        "Na na na na, na na na na, hey hey, goodbye. " * 2,
        "\n\n".join(
            f"Verse {n} of {n * 7} lines, quite unlike the rest: {n**5}.\nAnd so we sing, and so we sing."
            for n in range(9)
        ),
        "Ha ha ha ha ha ha ha! " * 2,
        "Monday 9:00-17:00\nTuesday 9:00-17:00\nWednesday 9:00-17:00\nThursday 9:00-17:00\nFriday 9:00-17:00\n",
    ],
)
def test_ordinary_text_is_not_a_loop(text: str) -> None:
    assert (is_looping(text), trim_loop(text)) == (False, text)


@given(
    st.lists(st.integers(1, 12), max_size=60),
    st.sampled_from(["Hello. " + SENTENCE * 6, LONG * 2, "```" + "a b c ``` " * 30]),
)
def test_guard_does_not_care_how_the_text_is_split(sizes: list[int], text: str) -> None:
    guard, rest = RepetitionGuard(), text + "\n"

    for size in sizes:
        guard.feed(rest[:size])
        rest = rest[size:]
    guard.feed(rest)

    assert (guard.is_looping, guard.trim(text)) == (is_looping(text), trim_loop(text))


@given(st.lists(st.integers(0, 10**9), unique=True, max_size=300))
def test_distinct_words_never_loop(words: list[int]) -> None:
    assert not is_looping(" ".join(f"w{word}" for word in words))


@given(st.text(max_size=300))
def test_trimming_gives_a_beginning_of_the_text(text: str) -> None:
    assert text.startswith(trim_loop(text))


def test_guard_finds_a_loop_after_a_very_long_text() -> None:
    text = " ".join(f"w{n}" for n in range(50_000))

    assert trim_loop(f"{text}. {SENTENCE * 9}") == f"{text}. {SENTENCE.strip()}"
