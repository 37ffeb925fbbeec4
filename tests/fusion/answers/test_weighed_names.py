"""Names in natural answers: an opening, a bold word, a clause that repeats the question; none beside a sure one."""

import pytest

from apps.fusion.answers.groups import read_panel

PAINTER = "Who painted the Mona Lisa?"
CAPITAL = "What is the capital of Australia?"
RIVER = "Which river flows through Vienna and Belgrade?"


def names(asked: str, *texts: str) -> list[str | None]:
    finals = read_panel(dict(zip("ABC", texts, strict=False)), asked)
    return [finals[slot].text if slot in finals else None for slot in "ABC"[: len(texts)]]


@pytest.mark.parametrize(
    "asked, text, name",
    [
        (
            PAINTER,
            "Leonardo da Vinci, between roughly 1503 and 1519, as most agree on the evidence of Vasari.",
            "Leonardo da Vinci",
        ),
        (
            CAPITAL,
            "Many people assume Sydney or Melbourne, but the capital is in fact **Canberra**, chosen in 1908.",
            "Canberra",
        ),
        (
            "Wie heißt die Hauptstadt von Kanada?",
            "Die Hauptstadt Kanadas ist Ottawa – nicht Toronto, wie oft vermutet wird.",
            "Ottawa",
        ),
        ("Quelle est la capitale de la Turquie ?", "Ankara, et non Istanbul.", "Ankara"),
        ("Какая самая длинная река в Европе?", "Волга, её длина составляет около 3530 км.", "Волга"),
        (CAPITAL, "Okay, let me think about states and territories first, there are several of each.", None),
    ],
)
def test_name_is_read_of_a_natural_answer(asked, text, name):
    assert names(asked, text) == [name]


def test_name_that_may_be_another_is_none_where_a_sure_one_is_told_too():
    found = names(
        RIVER,
        "That's the Danube.",
        "The river in question is the Danube (German: Donau). It also flows through Bratislava.",
        "**Danube**",
    )

    assert found[1] != "Bratislava"
