"""Names that answers to "who", "where" and "which" conclude, beside the request and the rest of the panel."""

from itertools import permutations

import pytest

from apps.fusion.answers.asked import wants_name, wants_time
from apps.fusion.answers.groups import exclude, group_answers, read_panel


def read(texts, asked):
    return read_panel(dict(zip("ABC", texts, strict=True)), asked)


@pytest.mark.parametrize(
    "asked, expected",
    [
        ("Who wrote it?", True),
        ("Which river runs through Cologne?", True),
        ("Wie heißt die Hauptstadt von Peru?", True),
        ("Quel est le plus grand lac ?", True),
        ("¿Quién lo pintó?", True),
        ("Qual è la moneta della Svezia?", True),
        ("Onde fica?", True),
        ("Кто автор?", True),
        ("谁写的？", True),
        ("作者は誰ですか？", True),
        ("Is it the Rhine?", False),
        ("How many are there?", False),
        ("Who were the members?", False),
        ("Why is it so?", False),
        ("What is the difference?", False),
        ("Write a poem.", False),
    ],
)
def test_question_for_a_name_is_known(asked, expected):
    assert wants_name(asked) is expected


def test_question_for_a_time_is_known():
    assert [
        wants_time(one) for one in ("In which year did it sink?", "Wann war das?", "Which data structure is it?")
    ] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    "asked, texts, sides",
    [
        # Alone, behind a colon, at the end, in front of a dash; and what others mention.
        (
            "What is the capital of Peru?",
            (
                "The city lies on a river. The capital of Peru is Lima.",
                "**Answer:** Lima.\n\n**Reasoning:** Some would say Cusco, but that is a mix-up.",
                "Cusco – the details are below. It was the seat of kings.",
            ),
            "aab",
        ),
        (
            "Wer schrieb „Der Prozess“?",
            (
                "Das Werk erschien 1925. Der Autor heißt Franz Kafka.",
                "## Ergebnis\n\nHier ist Kafka richtig.",
                "Thomas Mann.",
            ),
            "aab",
        ),
        (
            "Quelle est la monnaie du Japon ?",
            (
                "Sauf erreur, le yen.",
                "Tout compte fait : le won.",
                "C'est le yen.\n\nJe peux développer ce point si besoin !",
            ),
            "aba",
        ),
        (
            "¿Qué gas absorben las plantas?",
            ("El gas absorbido es: el dióxido de carbono.", "Así pues: **el oxígeno**.", "Respuesta: el oxígeno"),
            "abb",
        ),
        (
            "Кто написал роман?",
            ("Если не ошибаюсь, Булгаков.", "Автор романа — Михаил Булгаков.", "Это Иван Бунин."),
            "aab",
        ),
        ("澳大利亚的首都是哪里？", ("由此可以确定为堪培拉。", "我选择悉尼。", "用排除法得出堪培拉。"), "aba"),
        ("この浮世絵師は誰ですか？", ("よって答えは葛飾北斎です。", "北斎です。", "それは歌川広重です。"), "aab"),
        # Three that differ, and years.
        (
            "Which planet is it?",
            ("It is Saturn.", "My final pick is therefore Jupiter.", "All of this points to Uranus."),
            "abc",
        ),
        ("In which year did it sink?", ("I'll go with 1912.", "To sum up: it's 1911.", "That makes it 1912."), "aba"),
    ],
)
def test_names_are_read_beside_their_question_in_any_order_of_slots(asked, texts, sides):
    for order in permutations(range(3)):
        groups = group_answers(read([texts[at] for at in order], asked))
        by_slot = {slot: at for at, group in enumerate(groups) for slot in group.answers}
        told = [by_slot.get(slot) for slot in "ABC"]
        assert None not in told
        expected = [sides[at] for at in order]
        assert [one == other for one in told for other in told] == [
            one == other for one in expected for other in expected
        ]
        assert all(exclude(one, other) for one in groups for other in groups if one is not other)


@pytest.mark.parametrize(
    "asked, texts",
    [
        # A common word, an abbreviation, a formula, and another spelling may be the same thing.
        ("Who was it?", ("It was Marie Curie.", "It was Pierre Curie.", "It was Marie Curie.")),
        ("Which gas is it?", ("It is CO₂.", "It is carbon dioxide.", "It is CO₂.")),
        ("Who was it?", ("It was Tchaikovsky.", "It was Tschaikowsky.", "It was Tchaikovsky.")),
    ],
)
def test_names_that_may_be_the_same_do_not_exclude_each_other(asked, texts):
    groups = group_answers(read(texts, asked))

    assert not any(exclude(one, other) for one in groups for other in groups if one is not other)


def test_sentences_that_tell_something_else_conclude_no_name():
    texts = (
        "The song was recorded in 1978. It was made popular by the country singer Ann Lee.",
        "The song is a ballad. It came out on her second studio album, Harbour, and on the film score.",
        "Ann Lee, Bo Mills, and Cy Young had worked on it before. Its first release was a single in Norway.",
    )

    assert read(texts, "Who sings the song?") == {}


def test_remarks_and_essays_conclude_no_name():
    texts = (
        "It is a town by a lake. People like it!",
        "Many say it is lovely there.",
        "The lake freezes, but not often.",
    )

    assert read(texts, "Where would one go?") == {}
