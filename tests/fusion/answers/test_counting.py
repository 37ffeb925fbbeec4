"""The final answers that a vote counts: of a kind, or labels of a list."""

import pytest
from pydantic import ValidationError

from apps.fusion.answers.counting import Counted, counted_answers
from apps.fusion.answers.groups import group_answers
from apps.fusion.values import VoteSettings
from apps.fusion.vocabulary import CountedKind, FinalKind, FinishReason, VoteResult
from apps.fusion.voting import vote
from tests.fusion.test_voting import Answer

SPAM = ("spam", "not spam", "unsure")


def sides(texts: list[str], kind: CountedKind = CountedKind.AUTO, labels: tuple[str, ...] = ()) -> list[str]:
    answers = dict(zip("ABCDEFGH", texts, strict=False))
    return ["".join(group.answers) for group in group_answers(counted_answers(answers, Counted(kind, labels)))]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["It is spam.", "SPAM", "**Spam**"], ["ABC"]),
        (["This is not spam.", "spam", "Not Spam!"], ["AC", "B"]),
        (["At first spam, but then: unsure", "unsure", "I think spam"], ["AB", "C"]),
        (["spammer", "spam", "antispam"], ["B"]),
        (["It holds no label.", "", "5"], []),
        (["I am sorry, but I cannot help with spam.", "spam", "spam"], ["BC"]),
        (["spam\n\nThat is all I can say.", "The answer is 5. spam", "unsure"], ["AB", "C"]),
    ],
)
def test_only_labels_count_the_last_as_a_whole_word_in_any_case(texts: list[str], expected: list[str]) -> None:
    assert sides(texts, CountedKind.LABEL, SPAM) == expected


@pytest.mark.parametrize(
    ("texts", "labels", "expected"),
    [
        (["İADE", "iade", "Sonuç: İade.", "ŞİKAYET"], ("iade", "şikayet"), ["ABC", "D"]),
        (["BİLLİNG", "bıllıng", "Billing"], ("billing", "other"), ["ABC"]),
        (["iade", "İade"], ("İade", "iade"), ["A", "B"]),
    ],
)
def test_a_label_counts_in_the_capitals_of_turkish(
    texts: list[str], labels: tuple[str, ...], expected: list[str]
) -> None:
    assert sides(texts, CountedKind.LABEL, labels) == expected


@pytest.mark.parametrize(
    ("text", "label", "quote"),
    [("One line.\nIt is SPAM, surely.", "spam", "It is SPAM, surely."), ("c++ (C#)", "C#", "c++ (C#)")],
)
def test_a_label_is_shown_as_in_the_list_with_its_line_as_the_quote(text: str, label: str, quote: str) -> None:
    found = counted_answers({"A": text}, Counted(CountedKind.LABEL, ("spam", "C++", "C#")))["A"]

    assert (found.text, found.quote, text[slice(*found.span)]) == (label, quote, quote)


@pytest.mark.parametrize(
    ("kind", "counted"),
    [
        (CountedKind.AUTO, "ABCDEFG"),
        (CountedKind.NUMBER, "A"),
        (CountedKind.CHOICE, "B"),
        (CountedKind.FORMULA, "AD"),
        (CountedKind.TEXT, "CFG"),
        (CountedKind.JSON, "EF"),
    ],
)
def test_a_kind_counts_its_own_answers_only(kind: CountedKind, counted: str) -> None:
    texts = {
        "A": "The answer is 5 km.",
        "B": "The answer is (B).",
        "C": "The answer is Paris.",
        "D": "$\\boxed{(x+1)^2}$",
        "E": '{"size": 3, "tags": ["a"]}',
        "F": '{"answer": "none of it", "n": 1}',
        "G": "Yes, it does.",
        "H": "Rivers run to the sea and nobody asked for more than that.",
    }

    assert "".join(counted_answers(texts, Counted(kind))) == counted


CITIES = {"A": "Paris", "B": "The Hague", "C": "12", "D": "12 km", "E": "Yes", "F": "$1,250", "G": "7 m", "H": "7 kg"}


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("The answer is (B).", "B"),
        ("It is the seat of the court, so the answer is The Hague.", "B"),
        ("paris", "A"),
        ("**The Hague**", "B"),
        ("So we get $\\boxed{1250}$.", "F"),
        ("Yes.", "E"),
        ("The answer is 12000 m.", "D"),
        ("The answer is 12.", "C"),
        # What may be two of the options is no choice.
        ("The answer is 7.", None),
        ("The answer is 13.", None),
        ("The answer is Rome.", None),
        ("The answer is (Z).", None),
        ("The court sits in a city by the sea, and its judges come from many countries of the world.", None),
        ("I'm sorry, but I can't help with that.", None),
        ('{"answer": "The Hague"}', "B"),
    ],
)
def test_letter_of_the_option_that_an_answer_names_by_its_words_counts(text: str, letter: str | None) -> None:
    found = counted_answers({"A": text}, Counted().among(CITIES))

    assert [(one.final.kind, one.final.canonical) for one in found.values()] == (
        [(FinalKind.CHOICE, letter)] if letter else []
    )
    for one in found.values():
        assert text[slice(*one.span)] == one.quote


def test_options_count_unless_another_kind_was_asked_for() -> None:
    kinds = {kind: Counted(kind).among(CITIES).kind for kind in CountedKind}

    assert kinds == {**{kind: kind for kind in CountedKind}, CountedKind.AUTO: CountedKind.CHOICE}
    assert Counted().among({}) == Counted()


def test_json_is_equal_whatever_its_order_of_keys_and_its_scalars() -> None:
    texts = ['{"a": 1, "b": ["X"]}', '```json\n{"b": ["x"], "a": 1.0}\n```', '{"a": 2, "b": ["X"]}', "It is 1."]

    assert sides(texts, CountedKind.JSON) == ["AB", "C"]


def test_a_ballot_says_what_counted_and_names_the_others_as_nulls() -> None:
    texts = {"A": "spam", "B": "It is spam", "C": "The answer is 5."}
    answers = {slot: Answer(text, FinishReason.STOP) for slot, text in texts.items()}

    ballot = vote(answers, counted=Counted(CountedKind.LABEL, SPAM))

    assert (ballot.result, ballot.winner, ballot.nulls) == (VoteResult.MAJORITY, "A", ("C",))
    assert (ballot.counts, ballot.labels, ballot.classes[0].text) == (CountedKind.LABEL, SPAM, "spam")


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"answer_kind": "label"}, "need two labels"),
        ({"answer_kind": "label", "labels": ["spam"]}, "need two labels"),
        ({"labels": ["spam", "ham"]}, "for votes that count labels"),
        ({"answer_kind": "label", "labels": ["spam", "SPAM"]}, "once"),
        ({"answer_kind": "label", "labels": [str(number) for number in range(51)]}, "at most 50"),
        ({"answer_kind": "label", "labels": ["spam", " ham"]}, "pattern"),
    ],
)
def test_labels_that_cannot_be_counted_are_refused(said: dict[str, object], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        VoteSettings(judge="up/judge", writer="up/writer", **said)
