"""Texts that come twice are told once, and texts that repeat themselves stay as they are."""

import pytest

from apps.providers.doubled_text import Once


def told(*pieces: str) -> str:
    once = Once()
    return "".join([text for piece in pieces for text in once.feed(piece)] + list(once.flush()))


@pytest.mark.parametrize(
    "pieces, text",
    [
        (("Hello", " world", "."), "Hello world."),
        # every piece with all before it
        (("I", "I am", "I am here", "I am here now", "I am here now."), "I am here now."),
        (("I am", "I am s", "I am so"), "I am so"),
        (("Hello you", "Hello you there", "Hello you there", "Hello you there."), "Hello you there."),
        # everything once more
        (("Hello", " world", "Hello world"), "Hello world"),
        (("Hello", " world", "Hello world, and you"), "Hello world, and you"),
        # what only looks like it
        (("1", "10", " apples are enough"), "110 apples are enough"),
        (("Hello", " world", "Hello world", " again"), "Hello worldHello world again"),
        (("ha", "haha", "hahaha"), "hahahahahaha"),
        (("no ", "no ", "no "), "no no no "),
        (("The bells ring.\n", "The bells ring.\n", "The bells ring.\n"), "The bells ring.\n" * 3),
        (("I will not talk in class again.\n",) * 2, "I will not talk in class again.\n" * 2),
        (("No talk", " in class.\n", *["No talk in class.\n"] * 3), "No talk in class.\n" * 4),
        (("1", "12"), "112"),
        # nothing but the second piece itself says that it is the first, gone on with
        (("Hello you", "Hello you there"), "Hello youHello you there"),
        (("True\n", "True\nFalse\n"), "True\nTrue\nFalse\n"),
        (("0.0, ", "0.0, 1.0"), "0.0, 0.0, 1.0"),
        (("0.0", ", ", "0.0, 1.0"), "0.0, 0.0, 1.0"),
        (("ha", "ha", "haha", "hahahaha"), "ha" * 8),
        (("la la ", "la la ", "la la la la and on"), "la la la la la la la la and on"),
        ((), ""),
    ],
)
def test_each_part_of_a_text_is_told_once(pieces: tuple[str, ...], text: str) -> None:
    assert told(*pieces) == text


@pytest.mark.parametrize("size", [1, 2, 5, 9])
def test_ordinary_text_comes_through_whole_in_pieces_of_any_size(size: int) -> None:
    text = "Row, row, row your boat, gently down the stream.\n\n- ...\n- ...\n\n``` ```\n1000000 11 11" * 3

    assert told(*(text[at : at + size] for at in range(0, len(text), size))) == text
