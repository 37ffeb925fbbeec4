"""Outputs of programs in natural answers: what ends the text, what is not the program's own, errors, several values."""

import pytest

from apps.fusion.answers.groups import read_panel

SLICE = 'What is printed?\n\n```python\nprint("abc"[::-1])\n```'
SORT = "What does this print?\n\n```python\nnums = [5, 3, 8]\nprint(nums.sort())\n```"
TUPLE = "What happens when you run this?\n\n```python\nt = (1, 2)\nt[0] = 9\nprint(t)\n```"
ROUND = "What would this print?\n\n```python\nprint(round(2.5), round(3.5))\n```"
CAUGHT = 'Ergebnis?\n\n```python\ntry:\n    int("x")\nexcept ValueError:\n    print("Fehler")\n```'

PLAIN = "What does this print?\n\nx = [1, 2]\ny = x\ny.append(3)\nprint(len(x))"
UNFENCED = 'Was steht danach in der Konsole?\n\nconsole.log("4" - 1, "4" + 1);'
NAMES = "Qu'affiche ce programme ?\n\n```python\nmots = ['un', 'quatre']\nprint(sorted(mots, key=len))\n```"


@pytest.mark.parametrize(
    "asked, text, form",
    [
        (SLICE, "The slice `[::-1]` walks backwards, so `cba` is printed.", "text:cba"),
        (SLICE, "cba", "text:cba"),
        (SLICE, 'Hi "cba"', 'text:Hi "cba"'),
        (SORT, "It returns `None`, so `None` is shown. (`sorted(nums)` would have given `[3, 5, 8]`.)", "none"),
        (SORT, "`[5, 3, 8]` – as it stands, not `[3, 5, 8]` as one might hope.", "literal:[5,3,8]"),
        (SORT, "It sorts in place, hence:\n\n```python\n# shows\n[3, 5, 8]\n```", "literal:[3,5,8]"),
        (SORT, "First: f(0) = 1\nthen f(1) = 1\n\n→ 120", "number:120"),
        (TUPLE, "Tuples are immutable. Line 2 therefore fails with a TypeError.", "error:TypeError"),
        (TUPLE, "It raises no TypeError.\n\n`(9, 2)`", "literal:(9,2)"),
        (TUPLE, "```\nTraceback:\n    print(t)\nTypeError: no assignment\n```", "error:TypeError"),
        (ROUND, "It rounds half to even, so it's 2 and then 4. The output is 2 4.", "text:2 4"),
        (PLAIN, "Both names stand for one list, as `x is y` shows. `len(x)` gives 3.", "number:3"),
        (UNFENCED, "Both are converted, so 4 - 1 = 3 and 4 + 1 = 5. Therefore the console shows:\n\n3 5", "text:3 5"),
        (UNFENCED, "Ausgabe:\n\n3 41\n\n- Minus rechnet\n- Plus verbindet", "text:3 41"),
        (UNFENCED, "Output: 3 41. The first is a number, the other is empty of numbers.", "text:3 41"),
        (
            NAMES,
            "Elle trie d'après la clé `len`. Le programme affiche donc ['un', 'quatre'].",
            "literal:['un','quatre']",
        ),
        (NAMES, "**un quatre**\n\n`mots` est trié.", "text:un quatre"),
        (NAMES, "Les longueurs :\n\n```\nun: 2\nquatre: 6\n```\n\nDonc il affiche `[6, 2]`.", "literal:[6,2]"),
        (NAMES, "Avec `key=len`, la console montre\n\n['un']\n\nSi on la retire, `[]` reste.", "literal:['un']"),
        (SORT, "输出：[3, 5, 8]", "literal:[3,5,8]"),
        (ROUND, "- round(2.5) is 2\n\nSo we get: False False", "text:False False"),
        (CAUGHT, 'int("x") wirft einen ValueError. Es erscheint `Fehler`.', "text:Fehler"),
    ],
)
def test_output_is_read_of_a_natural_answer(asked, text, form):
    assert read_panel({"A": text}, asked)["A"].final.canonical == form


def test_what_others_show_counts_only_in_a_likelier_place():
    texts = {
        "A": "```\ncba\n```",
        "B": 'It gives "abc" at first. What you will see is cba.',
        "C": "The parts are `a`, `b` and `c`. What stands on the screen is cba. There is no space.",
        "D": "`abc`. You might have expected cba.",
        "E": "print() shows no quotes.",
    }
    finals = {slot: one.final.canonical for slot, one in read_panel(texts, SLICE).items()}

    assert finals == {"A": "text:cba", "B": "text:cba", "C": "text:cba", "D": "text:abc"}


@pytest.mark.parametrize(
    "asked, text, form",
    [
        (
            "What does `[10, 9].sort()` return in JavaScript?",
            "It returns `[10, 9]`. With a comparator: `[9, 10]`.",
            "[10,9]",
        ),
        ("Was gibt `print([2] * 2)` aus?", "Die Ausgabe ist [2, 2]. Mit `print([4])` wäre es [4].", "[2,2]"),
    ],
)
def test_program_in_a_sentence_is_read_and_what_another_shows_is_not(asked, text, form):
    assert read_panel({"A": text}, asked)["A"].final.canonical == f"literal:{form}"
