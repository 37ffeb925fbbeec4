"""A yes or no is one of the question: what is said of a thing is none, and pairs that deny each other never agree."""

from itertools import permutations

import pytest

from apps.fusion.answers.groups import group_answers, read_panel
from apps.fusion.answers.verdicts import said_verdict
from apps.fusion.languages import language_of
from tests.fusion.comparing.agreeing import agrees

FRAMES = {
    "en": ("The {} is {}.", "The {} is not {}.", "gate mark"),
    "de": ("Das {} ist {}.", "Das {} ist nicht {}.", "Tor Zeichen"),
    "fr": ("La {} est {}.", "La {} n'est pas {}.", "porte marque"),
    "es": ("La {} está {}.", "La {} no está {}.", "puerta marca"),
    "it": ("La {} è {}.", "La {} non è {}.", "porta marca"),
    "pt": ("A {} está {}.", "A {} não está {}.", "porta marca"),
    "ru": ("Дверь в {} {}.", "Дверь в {} не {}.", "сад дом"),
    "zh": ("这扇{}是{}的。", "这扇{}不是{}的。", "门 窗"),
    "ja": ("その{}は{}です。", "その{}は{}ではありません。", "扉 窓"),
}
ADJECTIVES = {
    "en": "open closed true right correct same equal safe legal possible false wrong undecided",
    "de": "offen geschlossen wahr richtig korrekt gleich sicher legal möglich falsch unentschieden",
    "fr": "ouverte fermée vraie juste correcte égale sûre légale possible fausse",
    "es": "abierta cerrada correcta igual segura clara cierta permitida falsa",
    "it": "aperta chiusa vera giusta corretta uguale sicura legale possibile sbagliata",
    "pt": "aberta fechada correta certa igual segura clara permitida errada",
    "ru": "открыта закрыта верна безопасна возможна законна правильна",
    "zh": "开放 关闭 正确 安全 合法 一样 对",
    "ja": "正確 安全 合法 可能 同じ 正しいもの",
}
NEGATED = [
    pytest.param(
        *(frame.format(noun, adjective) for frame in FRAMES[language][:2]), id=f"{language}-{noun}-{adjective}"
    )
    for language in FRAMES
    for noun in FRAMES[language][2].split()
    for adjective in ADJECTIVES[language].split()
]
OF_THINGS = (
    ("Die Brücke ist nicht mehr für Autos offen.", "Die Brücke ist für Autos offen."),
    ("The price depends on the weather.", "The price does not depend on the weather."),
    ("Der Preis hängt vom Wetter ab. Das ist offen.", "Der Preis hängt nicht vom Wetter ab. Das ist nicht offen."),
    ("El precio depende del tiempo.", "El precio no depende del tiempo."),
    ("Цена зависит от погоды.", "Цена не зависит от погоды."),
    ("产量取决于天气。", "产量不取决于天气。"),
    ("电视很贵。", "电视不贵。"),
    ("It is a true story.", "It is not a true story."),
    ("C'est une si belle ville.", "Ce n'est pas une si belle ville."),
    ("The value is false.", "The value is not false."),
    ("Le pont tient.", "Le pont ne tient pas."),
    ("Es posible entrar por la puerta.", "Es posible entrar por la ventana."),
    ("The app fails on Linux.", "The app fails on Windows."),
    ("It is not the case that the door is open.", "It is not the case that the door is closed."),
    ("Si llueve, no salgo de casa.", "Si nieva, no como nada."),
    ("The right bank is steep. It is red.", "The right door is closed. It is old."),
    ("门锁确实坏了。要换。", "门锁确实很好。不用换。"),
)  # fmt: skip


@pytest.mark.parametrize("one, other", [*NEGATED, *OF_THINGS])
def test_thing_that_is_so_and_one_that_is_not_never_agree(one, other):
    groups = group_answers(read_panel({"A": one, "B": other}))

    assert not [group for group in groups if len(group.answers) > 1]
    for order in permutations((one, other)):
        assert not agrees(order)


@pytest.mark.parametrize(
    "texts, forms",
    [
        # A question is open, and so is what a demonstrative stands for, unless that is denied.
        (("Die Frage ist offen.", "Das ist noch offen.", "It depends."), ["neither"] * 3),
        (("La question reste ouverte.", "La cuestión está abierta.", "Yes."), ["neither", "neither", "true"]),
        (("Вопрос остаётся открытым.", "这取决于情况。", "No."), ["neither", "neither", "false"]),
        (("Die Frage ist nicht mehr offen.", "Yes.", "Yes."), [None, "true", "true"]),
        (("Das Tor ist offen.", "Yes.", "Yes."), [None, "true", "true"]),
        (("Es posible entrar.", "Yes.", "No."), ["true", "true", "false"]),
        (("To that I say a clear no.", "Yes.", "No."), ["false", "true", "false"]),
    ],
)
def test_verdict_is_about_the_question(texts, forms):
    found = read_panel(dict(zip("ABC", texts, strict=True)))

    assert [found[slot].final.canonical if slot in found else None for slot in "ABC"] == forms


@pytest.mark.parametrize(
    "text, is_verdict",
    [
        ("The payment is correct.", False),
        ("The family is right.", False),
        ("Le document est correct.", False),
        ("L'argument est juste.", False),
        ("El documento es correcto.", False),
        ("Il documento è corretto.", False),
        ("Das Element ist richtig.", False),
        ("That is clearly correct.", True),
        ("C'est clairement vrai.", True),
        ("Eso es realmente cierto.", True),
        ("Das ist wirklich richtig.", True),
    ],
)
def test_noun_with_the_ending_of_an_adverb_is_a_thing(text, is_verdict):
    found = said_verdict(f"{text}\n\n2 + 2 = 4", language_of(text))

    assert bool(found and found.is_announced) is is_verdict
