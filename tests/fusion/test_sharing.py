"""Passages to black out are found by their letters, whatever a text puts between them."""

import pytest

from apps.fusion.sharing import REDACTED, Passages, moved

SECRET = "Project Nightjar, 40 km"


@pytest.mark.parametrize(
    ("text", "black"),
    [
        ("It is Project Nightjar, 40 km away.", f"It is {REDACTED} away."),
        ("It is **Project** _Nightjar_,\n> 40 km away.", f"It is **{REDACTED} away."),
        ("PROJECT NIGHTJAR 40KM!", f"{REDACTED}!"),
        ('{"point": "Project\\nNightjar, \\u0034\\u0030 km"}', f'{{"point": "{REDACTED}"}}'),
        ("http://x.test/?q=Project%20Nightjar%2C%2040%20km&a=1", f"http://x.test/?q={REDACTED}&a=1"),
        ("Project&nbsp;Nightjar,&#32;&#52;0 km", REDACTED),
        ("Project Nightjar", "Project Nightjar"),
        ("", ""),
    ],
)
def test_passage_is_found_in_every_spelling(text, black):
    assert Passages([SECRET]).redact(text) == black


def test_accents_case_and_other_alphabets_are_compared_alike():
    black = Passages(["café", "王伟"])

    assert black.redact("CAFE\u0301 by 王 伟, ÇA") == f"{REDACTED}\u0301 by {REDACTED}, ÇA"


def test_marks_at_the_ends_of_a_passage_go_with_it():
    assert Passages(["-40 €"]).redact("from -40 € to 400") == f"from {REDACTED} to {REDACTED}0"


def test_passages_that_touch_are_one_mark():
    assert Passages(["ab", "bc"]).redact("x abc") == f"x {REDACTED}"


def test_shortened_text_loses_the_beginning_of_a_passage():
    black = Passages([SECRET])

    assert black.redact("About Project Night…", is_cut=True) == f"About {REDACTED}"
    assert black.redact("About Pro", is_cut=True) == "About Pro"
    assert black.redact("About Project Night…") == "About Project Night…"


def test_positions_move_with_what_is_blacked_out():
    text = "a SECRET b SECRET c"
    passages = Passages(["SECRET"])
    black, spans = passages.redact(text), passages.spans(text)

    assert [black[moved(text.index(mark), spans)] for mark in "abc"] == ["a", "b", "c"]
    assert moved(text.index("CRET"), spans) == black.index(REDACTED)


def test_nothing_to_black_out_leaves_texts_as_they_are():
    assert not Passages(["", "  ", "€ –"])
    assert Passages(()).redact(SECRET) == SECRET
