"""Where the passages of a fused text come from: supporters, the writer, and sides in contradictions."""

import pytest

from apps.fusion.comparing.overlap import overlap
from apps.fusion.comparing.passages import index_answers, supporters
from apps.fusion.comparing.provenance import Provenance, trace

ANSWERS = {
    "A": "The Eiffel Tower is 330 metres high. It opened in 1889. Gustave Eiffel's company designed and built it.",
    "B": "The Eiffel Tower is 300 metres high. The tower was repainted every seven years.",
    "C": "The Eiffel Tower is 330 metres high. Its permit ended after twenty years.",
}
QUESTION = "How high is the Eiffel Tower?"
INVENTED = "Nightly guided tours by bicycle depart hourly from Montmartre and include breakfast pastries."


def traced(fused: str, answers: dict[str, str] | None = None, question: str = QUESTION) -> Provenance:
    answers = ANSWERS if answers is None else answers
    said = index_answers(answers)
    return trace(fused, supporters(fused, answers, said), answers, said, overlap(answers).findings, question)


def test_share_of_the_text_with_a_supporter_is_stored():
    supported = "The tower was repainted every seven years."
    fused = f"{supported}\n\n{INVENTED}"

    found = traced(fused)

    assert found.traced == round(len(supported) / (len(supported) + len(INVENTED)), 4)
    assert [(fused[one.start : one.end], one.slots, one.is_added) for one in found.passages] == [
        (supported, ("B",), False),
        (INVENTED, (), True),
    ]


@pytest.mark.parametrize(
    "passage",
    [
        "Repainting the tall tower takes place on a schedule of seven years.",  # put differently
        "The permit of Eiffel's tower, a building by his company, was meant to end.",
        "I could not tell.",  # too short to tell
        "Substituting the unknown yields \\(x = 17\\) whenever nightly bicycles depart hourly.",
        "How high is the Eiffel Tower, and what about that question of height?",
        "## Montmartre bicycles breakfast pastries nightly",
    ],
)
def test_passage_that_may_come_from_an_answer_is_not_called_added(passage):
    assert [one.is_added for one in traced(f"It opened in 1889.\n\n{passage}").passages if one.is_added] == []


def test_words_of_the_question_are_not_the_writers_own():
    answers = {"A": "Yes, it is possible.", "B": "It is possible, yes, with care."}
    repeated = "Growing citrus orchards in Norwegian fjord valleys during winter is possible."

    assert [one.is_added for one in traced(repeated, answers, question=f"Is this possible? {repeated}").passages] == [
        False
    ]


def test_text_in_another_language_is_not_compared():
    german = "Der Turm wurde alle sieben Jahre gestrichen. Nachts fahren geführte Fahrradtouren vom Montmartre los."

    assert traced(german) == Provenance()


@pytest.mark.parametrize(
    ("passage", "side"),
    [
        ("The Eiffel Tower is 330 metres high.", ("330 metres", ("A", "C"))),
        ("The Eiffel Tower is 300 metres high.", ("300 metres", ("B",))),
        ("The Eiffel Tower is 330 metres high, while B says 300 metres.", None),
        ("The Eiffel Tower is high.", None),
        # The figure that holds is that at the end.
        ("The Eiffel Tower is 330 metres high. Actually, the Eiffel Tower is 375 metres high.", None),
        ("The Eiffel Tower is 330 metres high, or more precisely 300 metres high.", None),
        (
            "The Eiffel Tower is 330 metres high. Correction: The Eiffel Tower is 300 metres high.",
            ("300 metres", ("B",)),
        ),
        ("The Eiffel Tower is 280 metres high.", None),
        ("It opened in 1889.", None),
    ],
)
def test_passage_takes_a_side_only_against_all_others(passage, side):
    sides = [(one.stance, one.slots) for origin in traced(passage).passages for one in origin.sides]

    assert sides == ([side] if side else [])


def test_value_survives_its_json():
    found = traced(f"The Eiffel Tower is 330 metres high.\n\n{INVENTED}")

    assert found.passages[0].sides
    assert Provenance.model_validate_json(found.model_dump_json()) == found


def test_fields_of_json_have_their_supporters_their_sides_and_what_the_writer_added():
    answers = {
        "A": '{"city": "Paris", "height": 330, "cost": "$1,500,000",'
        ' "note": "It was meant to stand for twenty years and stayed."}',
        "B": 'Here it is:\n```json\n{"height": 324, "city": "paris", "cost": 1500000, "note": "It stood long."}\n```',
        "C": "The tower is 330 metres high.",
    }
    fused = """```json
{
  "city": "Paris",
  "height": 330,
  "cost": "1,500,000",
  "note": "It was meant to stand for twenty years, and stayed.",
  "year": 1889
}
```"""

    found = traced(fused, answers)

    assert [
        (fused[one.start : one.end].partition(":")[0], one.slots, one.is_added, [side.stance for side in one.sides])
        for one in found.passages
    ] == [
        ('"city"', ("A", "B"), False, []),
        ('"height"', ("A",), False, ["330"]),
        ('"cost"', ("A", "B"), False, []),
        ("It was meant to stand for twenty years, and stayed.", ("A",), False, []),
        ('"year"', (), True, []),
    ]


def test_json_of_another_kind_than_the_answers_has_no_fields_of_theirs():
    assert [one.slots for one in traced('[{"height": 330}]', {"A": '{"height": 330}', "B": "x"}).passages] == [()]
