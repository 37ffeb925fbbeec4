"""Outputs of programs in natural answers: what ends the text, what is not the program's own, errors, several values."""

import pytest

from apps.fusion.answers.groups import read_panel

SLICE = 'What is printed?\n\n```python\nprint("abc"[::-1])\n```'
SORT = "What does this print?\n\n```python\nnums = [5, 3, 8]\nprint(nums.sort())\n```"
TUPLE = "What happens when you run this?\n\n```python\nt = (1, 2)\nt[0] = 9\nprint(t)\n```"
ROUND = "What would this print?\n\n```python\nprint(round(2.5), round(3.5))\n```"
CAUGHT = 'Ergebnis?\n\n```python\ntry:\n    int("x")\nexcept ValueError:\n    print("Fehler")\n```'


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
        (CAUGHT, 'int("x") wirft einen ValueError. Es erscheint `Fehler`.', "text:Fehler"),
    ],
)
def test_output_is_read_of_a_natural_answer(asked, text, form):
    assert read_panel({"A": text}, asked)["A"].final.canonical == form
