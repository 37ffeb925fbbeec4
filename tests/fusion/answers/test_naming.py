"""Names and terms that natural answers conclude, chosen among all that they mention."""

from itertools import permutations

import pytest

from apps.fusion.answers.asked import wants_name
from apps.fusion.answers.groups import exclude, group_answers, read_panel

SHELLEY = (
    "Mary Shelley, who began it at the age of 18 at Lake Geneva. Lord Byron had proposed a contest of ghost stories.",
    "The novel was written by Mary Shelley and came out in 1818; her husband Percy wrote its preface.",
    'Bram Stoker wrote it, a few years before "Dracula".',
)
TAKEN = (
    "take – took – taken, so the form you need is *taken*.",
    "Taken.",
    "The forms are: take, took, took. So it is **took**.",
)
PAINTED = (
    "El cuadro es de Diego Velázquez, que se retrató a sí mismo ante el lienzo.",
    "Velázquez.",
    "Lo pintó Francisco de Goya hacia 1800, cuando era pintor de la corte.",
)


@pytest.mark.parametrize(
    "asked, texts",
    [
        ('Who wrote the novel "Frankenstein"?', SHELLEY),
        ('What is the past participle of "to take"?', TAKEN),
        ("¿Quién pintó «Las meninas»?", PAINTED),
    ],
)
def test_names_are_chosen_in_any_order_of_slots(asked, texts):
    for order in permutations(texts):
        slots = dict(zip(order, "ABC", strict=True))
        same, other = group_answers(read_panel(dict(zip("ABC", order, strict=True)), asked))
        assert {*same.answers} == {slots[texts[0]], slots[texts[1]]}
        assert exclude(same, other) or asked.startswith("What")  # "took" is spelt like "taken"


def test_day_of_the_week_is_a_name_and_no_number():
    asked = "It leaves on Friday at 22:45 and needs 26 hours. On what day of the week does it arrive?"
    found = read_panel({"A": "Sunday, at 0:45.", "B": "It's a Saturday.", "C": "**Sunday**"}, asked)

    assert [found[slot].final.canonical for slot in "ABC"] == ["name:sunday", "name:saturday", "name:sunday"]


def test_question_for_a_thing_by_its_kind_is_one_for_a_name():
    assert wants_name("What colour do you get?")
    assert not wants_name("What do people do?")
