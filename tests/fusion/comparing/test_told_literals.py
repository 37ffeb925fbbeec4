"""A literal of which a sentence says something is no conclusion; one that is shown is."""

import pytest

from apps.fusion.answers.groups import group_answers, read_panel
from apps.fusion.answers.reading import final_answer
from apps.fusion.comparing.exact_tokens import exact_tokens
from tests.fusion.comparing.agreeing import agrees

MARKS = ("`{}`", "'{}'", '"{}"', "**{}**")
PREDICATED = (
    ("The flag {} is true by default.", "The flag {} is false by default."),
    ("The setting {} is on.", "The setting {} is off."),
    ("The setting {} is enabled.", "The setting {} is disabled."),
    ("Use {} for that.", "Do not use {} for that."),
    ("{} is stable in Python.", "{} is not stable in Python."),
    ("{} prints a list.", "{} does not print a list."),
    ("The output of {} is sorted.", "The output of {} is not sorted."),
    ("The output of {} is large.", "The output of {} is small."),
    ("Call {} before the loop.", "Call {} after the loop."),
    ("It returns {} before the call.", "It returns {} after the call."),
    ("It prints {}.", "It does not print {}."),
    ("Note: {} is fast.", "Note: {} is slow."),
    ("{} is the default.", "{} is never the default."),
    ("Die Option {} ist aktiviert.", "Die Option {} ist deaktiviert."),
    ("Die Einstellung {} ist an.", "Die Einstellung {} ist aus."),
    ("Nimm dafür {}.", "Nimm dafür nicht {}."),
    ("{} ist stabil.", "{} ist nicht stabil."),
    ("L'option {} est activée.", "L'option {} est désactivée."),
    ("Utilisez {} pour cela.", "N'utilisez pas {} pour cela."),
    ("{} est stable.", "{} n'est pas stable."),
    ("La opción {} está activada.", "La opción {} está desactivada."),
    ("Use {} para eso.", "No use {} para eso."),
    ("{} es estable.", "{} no es estable."),
)


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("one, other", PREDICATED)
def test_literal_of_which_something_is_said_is_no_conclusion(one, other, mark):
    texts = [text.format(mark.format("sort")) for text in (one, other)]

    groups = group_answers(read_panel(dict(zip("AB", texts, strict=True))))

    assert not [group for group in groups if len(group.answers) > 1]
    assert not agrees(texts)


@pytest.mark.parametrize(
    "texts, forms",
    [
        (("It prints `a`.", "`a` is printed.", "On screen: `b`."), ["text:a", "text:a", "text:b"]),
        (("Es gibt `a` aus.", "`a` wird ausgegeben.", "Ausgabe: `a`"), ["text:a"] * 3),
        (("Il affiche `a`.", "`a` est affiché.", "`b`"), ["text:a", "text:a", "text:b"]),
        # "No" is "in the" in Portuguese, and denies nothing in "no matter" and "with no".
        (("Imprime `5` no ecrã.", "Aparece no terminal `5`.", "Não imprime `5`."), ["number:5", "number:5", None]),
        (("It prints `5` no matter what.", "With no input it prints `5`.", "It prints `5`."), ["number:5"] * 3),
        (("It never prints `5`.", "It doesn't print `5`.", "It prints `5`."), [None, None, "number:5"]),
    ],
)
def test_literal_that_is_shown_is_one(texts, forms):
    found = read_panel(dict(zip("ABC", texts, strict=True)))

    assert [found[slot].final.canonical if slot in found else None for slot in "ABC"] == forms


@pytest.mark.parametrize(
    "text, form",
    [
        ("I ran both. Python's returns 5", "number:5"),
        ("I ran it. A call with no arguments returns 5", "number:5"),
        ("I ran it. No doubt the result is 5", "number:5"),
        ("Corri o programa. No fim o resultado é 5", "number:5"),
        ("I ran it. It never returns 5", None),
        ("I ran it. It doesn't return 5", None),
    ],
)
def test_result_is_denied_by_words_that_deny(text, form):
    found = final_answer(text)

    assert (found.final.canonical if found else None) == form


@pytest.mark.parametrize(
    "text, said",
    [
        ("The lamp is on, and the fan is on.", ("on",)),
        ("The fan is off, and the lamp is on.", ("off", "on")),
        ("Yes, the lamp is on.", ("on", "yes")),
    ],
)
def test_state_that_is_said_twice_counts_once(text, said):
    assert exact_tokens(text, text.strip(".").replace(",", "").split())["boolean"] == said
