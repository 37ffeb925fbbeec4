"""Supporter chips are earned by words and figures."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fusion.comparing.passages import Passage, supporters

BOUND_S = 4
"""Seconds of CPU on a busy machine; an idle one takes a quarter."""

FUSED = """# The tower

The Eiffel Tower is 324 metres (1,063 ft) tall. It opened in 1889.

- It stands in Paris, the **French capital.**
- Bananas are yellow.
"""
ANSWERS = {
    "A": "The Eiffel Tower is 324 m tall. It was opened in 1889 in Paris, the capital of France.",
    "B": "The Eiffel Tower is 300 m tall and opened in 1889.",
    "C": "It is not in London. The tower stands in Paris, the French capital.",
}


def test_supporters_match_each_block():
    passages = supporters(FUSED, ANSWERS)

    assert [(FUSED[passage.start : passage.end], passage.slots) for passage in passages] == [
        ("The Eiffel Tower is 324 metres (1,063 ft) tall. It opened in 1889.", ("A",)),
        ("It stands in Paris, the **French capital.**", ("A", "C")),
        ("Bananas are yellow.", ()),
    ]


def test_answer_that_denies_a_passage_does_not_support_it():
    assert supporters("Grapes are toxic to dogs.", {"A": "Grapes are not toxic to dogs."}) == (
        Passage(start=0, end=25),
    )


@given(st.text(), st.dictionaries(st.sampled_from("ABC"), st.text()))
def test_passages_are_in_order_and_inside(fused, answers):
    passages = supporters(fused, answers)

    flat = [at for passage in passages for at in (passage.start, passage.end)]
    assert flat == sorted(flat)
    assert all(0 <= passage.start < passage.end <= len(fused) for passage in passages)


def test_supporters_of_a_long_text_take_seconds_at_most():
    text = " ".join(f"Sentence {number} speaks of thing{number % 50} and matter{number % 70}." for number in range(400))
    started = time.process_time()

    supporters(text, dict.fromkeys("ABCDEFGH", text))

    assert time.process_time() - started < BOUND_S


def test_passage_names_the_sentence_of_each_answer_that_says_it() -> None:
    fused = "The Eiffel Tower is 330 metres tall."
    answers = {"A": "It is in Paris. The Eiffel Tower is 330 metres tall today.", "B": "Rome has no such tower."}

    (passage,) = supporters(fused, answers)

    assert (passage.slots, passage.sentences) == (("A",), ("The Eiffel Tower is 330 metres tall today.",))


@pytest.mark.parametrize(
    ("fused", "answers", "chips"),
    [
        ("The answer is (A).", {"A": "The answer is (J).", "B": "The answer is (A)."}, ["B"]),
        ("The answer is A.", {"A": "The answer is B.", "B": "The answer is A."}, ["B"]),
        (
            "Momo from Curious Max is a black mixed breed dog.",
            {"A": "Momo from Curious Max is a black-and-white toy poodle."},
            [""],
        ),
        ("**42**", {"A": "42", "B": "42", "C": "43"}, ["AB"]),
        (
            "The tower was finished in 1889. Nobody lives in its attic today.",
            {"A": "The tower was finished in 1889.", "B": "Nobody lives in its attic today."},
            ["A", "B"],
        ),
        ("All birds can fly.", {"A": "Some birds can fly.", "B": "All birds can fly!"}, ["B"]),
        ("Take it before the meal.", {"A": "Take it after the meal.", "B": "take it before the **meal**"}, ["B"]),
        ("The call returns `true`.", {"A": "The call returns `false`.", "B": "The call returns `true`."}, ["B"]),
        ("The output is [3, 1].", {"A": "The output is [1, 3].", "B": "The output is [3, 1]."}, ["B"]),
        ("The song was sung by Robert Berg.", {"A": "The song was sung by Lennart Berg."}, [""]),
        ("Lennart wrote the song.", {"A": "Robert wrote the song.", "B": "Lennart wrote the song."}, ["B"]),
        ("The song ran for 8 minutes.", {"A": "The song ran for 8 hours.", "B": "The song ran 8 minutes."}, ["B"]),
        ("It closed in 2002%.", {"A": "It closed in 2002.", "B": "It closed in 2002%."}, ["B"]),
        ("It ran until −1983.", {"A": "It ran until 1983.", "B": "It ran until −1983."}, ["B"]),
        ("Its debt is $900 million.", {"A": "Its debt is $900 billion.", "B": "Its debt is $900 million."}, ["B"]),
        ("He may serve three terms.", {"A": "He may serve eleven terms.", "B": "He may serve three terms."}, ["B"]),
        ("She lost her boat at sea.", {"A": "He lost his boat at sea.", "B": "She lost her boat at sea."}, ["B"]),
        ("Bring bread or wine.", {"A": "Bring bread and wine.", "B": "Bring bread or wine."}, ["B"]),
        ("The hall has 8 doors.", {"A": "The hall has 8 windows.", "B": "The hall has 8 doors."}, ["B"]),
        ("The mean is -5 degrees.", {"A": "The mean is 5 degrees.", "B": "The mean is -5 degrees."}, ["B"]),
        ("Le billet est valable.", {"A": "Le billet n'est pas valable.", "B": "Le billet est valable."}, ["B"]),
        ("Билет действителен.", {"A": "Билет не действителен.", "B": "Билет действителен."}, ["B"]),
        ("この薬は安全です。", {"A": "この薬は安全ではありません。", "B": "この薬は安全です。"}, ["B"]),
        ("这座桥建成于杭州。", {"A": "这座桥建成于苏州。", "B": "这座桥建成于杭州。"}, ["B"]),
        ("この橋は仙台にあります。", {"A": "この橋は盛岡にあります。", "B": "この橋は仙台にあります。"}, ["B"]),
        (
            "Prices rose sharply in May.",
            {"A": "Prices fell sharply in May.", "B": "In May prices rose sharply."},
            ["B"],
        ),
    ],
)
def test_chip_needs_every_token_that_decides(fused, answers, chips):
    assert ["".join(passage.slots) for passage in supporters(fused, answers)] == chips


@pytest.mark.parametrize(
    ("affirmed", "denied"),
    [
        ("De brug is open voor auto's.", "De brug is niet open voor auto's."),
        ("Bron är öppen för bilar.", "Bron är inte öppen för bilar."),
        ("Bu ilaç çocuklar için güvenli.", "Bu ilaç çocuklar için güvenli değil."),
        ("पुल कारों के लिए खुला है।", "पुल कारों के लिए खुला नहीं है।"),
        ("Cầu mở cho xe hơi.", "Cầu không mở cho xe hơi."),
        ("Η γέφυρα είναι ανοιχτή για αυτοκίνητα.", "Η γέφυρα δεν είναι ανοιχτή για αυτοκίνητα."),
    ],
)
def test_only_the_same_words_support_where_negations_are_not_known(affirmed, denied):
    for said, chip in ((affirmed, "A"), (denied, "B")):
        passages = supporters(said, {"A": affirmed, "B": denied})
        assert [passage.slots for passage in passages] == [(chip,)]
