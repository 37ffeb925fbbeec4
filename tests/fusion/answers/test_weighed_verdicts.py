"""The yes or no of an answer in natural words: what concludes weighs more than what is granted, supposed or quoted."""

import pytest

from apps.fusion.answers.asked import wants_verdict
from apps.fusion.answers.groups import read_panel
from apps.fusion.vocabulary import FinalKind

PRIME = "Is 91 a prime number?"
VISA = "Do I need a visa to work in Spain?"
WHALE = "Ist ein Wal ein Fisch?"


def verdict(asked: str, text: str) -> str | None:
    final = read_panel({"A": text}, asked).get("A")
    return final.final.canonical if final else None


@pytest.mark.parametrize(
    "asked, text, expected",
    [
        (PRIME, "- 7: 7 × 13 = 91 ✓\n\nSince 7 divides it evenly, 91 is **composite**, not prime.", "false"),
        (
            PRIME,
            "7 × 12 = 84. Yes, so 7 × 13 = 91.\n\n91 is therefore not a prime. Its divisors are 1, 7 and 13.",
            "false",
        ),
        (PRIME, "It looks prime, one is tempted to say yes, but logically it is no.", "false"),
        (PRIME, "It has no small divisors. I believe it is.", "true"),
        (PRIME, "**Prime number according to the tables:** ❌", None),
        ("Is Pluto a planet?", "**Status:** dwarf planet\n**Pluto is a planet:** ❌", "false"),
        (VISA, "You don't need a visa. However, after three months you should register.", "false"),
        (VISA, "No.\n\nYes, that is some paperwork, but none of it is a visa.", "false"),
        (VISA, "Yes, that is some paperwork, but there is more to it. Register after three months.", "true"),
        (VISA, "EU law covers it. If you come from elsewhere, call the consulate right away.", None),
        (VISA, "As you asked about work: no, it's not needed. I hope that clears it up!", "false"),
        (WHALE, "Wale sind Säugetiere: Sie atmen mit Lungen. Also nein, kein Fisch.", "false"),
        (WHALE, "| Merkmal | Wal |\n|---|---|\n| Kiemen | nein |\n\nEr atmet mit Lungen.", None),
        ("La balena è un mammifero?", "Non è un pesce, come spesso si crede.", None),
        ("Is it always irrational?", "Many say “yes, it is always irrational”, and books repeat it.", None),
        ("Can I eat eggs and cheese together?", "I'm not a doctor, but people do. Both are food.", None),
        (
            "Is the Wall visible from space?",
            "That's a myth older than space flight – it was in *Believe It or Not!* in 1932.",
            "false",
        ),
        ("Darf man abbiegen, wenn man anhält?", "Das ist erlaubt. Wer nicht anhält, zahlt ein Bußgeld.", None),
        ("Did I comply with the notice period?", "So you did not comply with it, even if an e-mail counts.", "false"),
        ("Se hoje é sexta, amanhã será domingo?", "Sexta + 1 = sábado. Portanto, não: será sábado.", "false"),
        ("Is it always even?", "Not necessarily. What *is* always true is that twice a number is even.", "false"),
        ("Is it always even?", "**Not necessarily**\n\nWhat *is* always true: twice a number is even.", "false"),
        ("Est-ce toujours vrai ?", "Pas toujours. Ce qui est vrai, c'est que la somme est paire.", "false"),
        ("Ist das immer gerade?", "**Nicht unbedingt:** Wahr ist nur, dass das Doppelte gerade ist.", "false"),
        ("偶数总是合数吗？", "不一定。2 是偶数，这是真的。", "false"),
        ("Can you legally drink at 18 in Germany?", "**Yes**, and some of it is allowed even earlier.", "true"),
        ("¿Es 1000 divisible entre 8?", "1000 ÷ 8 = 125, exacto. Por lo tanto sí.", "true"),
    ],
)
def test_what_concludes_weighs_most(asked, text, expected):
    assert verdict(asked, text) == expected


@pytest.mark.parametrize(
    "asked, is_one",
    [
        ("Can you legally drink at 18 in Germany?", True),
        ("¿Puedes legalmente conducir a los 16 en España?", True),
        ("Kannst du legal mit 16 Bier kaufen?", True),
        ("Peux-tu légalement doubler à droite ?", True),
        ("Can you explain whether one may legally drink at 18?", False),
        ("Can you really help me with this letter?", False),
        ("Kannst du mir das Gesetz zusammenfassen?", False),
    ],
)
def test_question_whether_one_may_is_told_from_a_bid(asked, is_one):
    assert wants_verdict(asked) == is_one


def test_number_is_no_answer_to_a_question_for_yes_or_no():
    finals = read_panel({"A": "The digits add up to 10, and 91 = 7 × 13 = 91.", "B": "No."}, PRIME)

    assert {slot: one.final.kind for slot, one in finals.items()} == {"B": FinalKind.BOOLEAN}


def test_code_is_no_answer_to_a_question_for_yes_or_no():
    answers = {
        "A": "Only modules take it. You'll get\n\n```\nSyntaxError: await is only valid in async functions\n```",
        "B": "Yes, since Node 14.8 you can simply write `const x = await load()`.",
        "C": 'No. Use a module:\n\n```js\nconst x = await load();\nconsole.log("ok");  // ok\n```',
    }

    finals = read_panel(answers, "Can I use `await` at the top level of a CommonJS script?")

    assert {slot: one.final.canonical for slot, one in finals.items()} == {"B": "true", "C": "false"}
