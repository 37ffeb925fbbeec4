"""Options in whatever alphabet: lower case, Cyrillic, kana, on lines or in one, chosen by letter or by their words."""

import pytest

from apps.fusion.answers.groups import read_panel

OCEAN = "What is the largest ocean? A. Atlantic B. Indian C. Pacific D. Arctic"
BIOME = "Qual é o maior bioma?\na) Cerrado\nb) Amazônia\nc) Caatinga"
NOVEL = "Кто написал роман?\nА) Толстой\nБ) Достоевский\nВ) Булгаков\nГ) Чехов"
MAMMAL = "哺乳類でないものはどれですか?\nア コウモリ\nイ イルカ\nウ ペンギン\nエ カモノハシ"


@pytest.mark.parametrize(
    "asked, text, letter, shown",
    [
        (OCEAN, "The largest ocean in the world is the Arctic Ocean.", "D", "Arctic"),
        (OCEAN, "pacific", "C", "pacific"),
        (BIOME, "A Amazônia é o maior bioma do Brasil.", "B", "Amazônia"),
        (BIOME, "Alternativa b) Amazônia, que ocupa cerca de 49% do território.", "B", "b"),
        (BIOME, "Também cobre outros países. Resposta: c", "C", "c"),
        (NOVEL, "Правильный ответ: В) Булгаков.", "C", "Булгаков"),
        (NOVEL, "Ответ Б", "B", "Б"),
        (MAMMAL, "ペンギンは鳥類なので、答えは「ウ」になります。", "C", "ウ"),
        (MAMMAL, "ウ", "C", "ウ"),
    ],
)
def test_option_is_read_in_the_letters_of_the_request(asked, text, letter, shown):
    final = read_panel({"A": text}, asked)["A"]

    assert (final.final.canonical, shown in final.text) == (letter, True)
    assert text[slice(*final.span)] == final.quote


@pytest.mark.parametrize(
    "text, letter",
    [
        ("- B) Indian → too small\n- D) Arctic → the smallest of all\n\nHence the first choice is right.", "A"),
        ("* A: Atlantic → is large\n* D: Arctic → is small\n\nBy elimination, A remains.", "A"),
    ],
)
def test_item_of_a_list_of_options_chooses_none(text, letter):
    final = read_panel({"A": text}, OCEAN).get("A")

    assert (final.final.canonical if final else None) == letter


def test_text_that_names_two_options_chooses_none_by_words():
    assert read_panel({"A": "It is the Pacific or the Arctic."}, OCEAN) == {}


STAYS = "How long does it take? A. 2 h 15 min B. 2 h 25 min C. 3 h 15 min"


@pytest.mark.parametrize(
    "asked, text, letter",
    [
        (OCEAN, "A and B can be ruled out, and D is the smallest, which leaves C.", "C"),
        (OCEAN, "Option D is tempting, but it is the smallest one. The answer is the Pacific.", "C"),
        (OCEAN, "- A: Atlantic ✗\n- B: Indian ✗\n- C: Pacific ✓\n- D: Arctic ✗", "C"),
        (STAYS, "It takes 145 min, so 2 hours 25 minutes.", "B"),
    ],
)
def test_option_is_chosen_among_those_that_a_text_rejects(asked, text, letter):
    assert read_panel({"A": text}, asked)["A"].final.canonical == letter
