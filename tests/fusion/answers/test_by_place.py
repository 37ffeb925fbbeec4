"""Final answers in words that are not known, read by their place beside the rest of the panel."""

from itertools import permutations

import pytest

from apps.fusion.answers.groups import read_panel


def canonical(texts):
    found = read_panel(dict(zip("ABC", texts, strict=True)))
    return [found[slot].final.canonical if slot in found else "-" for slot in "ABC"]


@pytest.mark.parametrize(
    "texts, forms",
    [
        # A figure alone in the last sentence or in the first, or behind a label or a heading.
        (
            (
                "Some crates were sold. So we're looking at 42.",
                "**42.** Some crates were sold, and the rest follows.",
                "Some crates were sold.\n\nWe end up in the region of 40.",
            ),
            ["number:42", "number:42", "number:40"],
        ),
        (
            (
                "**Kurz:** Es werden dann 12 Liter.\n\n**Weg:**\n\n3 Eimer zu je 4.",
                "## Weg\n\n3 Eimer zu je 4.\n\n## Schluss\n\nDas macht dann 12 Liter.\n\nGern mehr dazu.",
                "3 Eimer zu je 4.\n\n---\n💡 Zusammen kommen 14 Liter heraus.",
            ),
            ["volume:12", "volume:12", "volume:14"],
        ),
        (
            ("先买了一些。最后还有17个。", "先买了一些。算下来是17个。", "先买了一些。最后还有19个。"),
            ["number:17", "number:17", "number:19"],
        ),
        (
            ("It froze. We are now at minus 3 °C.", "Answer: -3 °C", "It froze. We are now at 3 °C."),
            ["temperature:5403/20", "temperature:5403/20", "temperature:5523/20"],
        ),
        # A yes or no in front of its reasons, and a sign.
        (
            ("In der Tat, das Siegel ist heil.", "Not at all. The seal is broken.", "❌ The seal is broken."),
            ["true", "false", "false"],
        ),
        (("没错，封条完好。", "并非如此，封条已破。", "No. The seal is broken."), ["true", "false", "false"]),
        (("Sans aucun doute, il tient.", "Yes. It holds.", "**Verdict:** That is a myth."), ["true", "true", "false"]),
        # An output in a block, in marks of code, and line by line.
        (
            (
                "Running it shows:\n\n```text\n2\n1\n```\n\nThe loop ends there.",
                "It goes on to show `2`, then `1` (a line each).",
                "Running it shows:\n\n```text\n2\n```",
            ),
            ["lines:2\n1", "lines:2\n1", "number:2"],
        ),
        # A guess that is taken back, a warning of a mistake, a remark with a figure of its own, and the row of a table.
        (
            (
                "My first guess was: `3`. Let me redo this.\n\nThe loop stops early.\n\nIt shows 5px.",
                "It shows `5px`.",
                "On screen: `5px`.",
            ),
            ["text:5px", "text:5px", "text:5px"],
        ),
        (
            (
                "`False` – no, wait, I need to correct myself.\n\nSo what gets printed is `None`.",
                "It shows `None`.",
                "One might expect `0.8`, but it shows `None`. You would not see `False`.",
            ),
            ["none", "none", "none"],
        ),
        (
            (
                "It froze. It is now at -4 °C. A frequent mistake is to answer -2 °C.",
                "Answer: -4 °C",
                "**Answer:** I make it minus 4 °C.",
            ),
            ["temperature:5383/20"] * 3,
        ),
        (
            (
                "Zwei Jacken werden verkauft. Zusammen ergibt das 112 Euro.\n\nDas habe ich auf 2 Wegen geprüft.",
                "Ergebnis: 112 €",
                "Ergebnis: 112 €",
            ),
            ["EUR:112"] * 3,
        ),
        (
            (
                "My first answer was: That is not so. Let me redo this.\n\nIt holds water.\n\nSo yes.",
                "Ceci est établi. On peut donc répondre par l'affirmative.",
                "Yes. It holds water.",
            ),
            ["true", "true", "true"],
        ),
        (
            (
                "いいえ、違います。封印は破れています。",
                "> 以上から、否定せざるを得ません。",
                "残念ながら、正しくありません。",
            ),
            ["false", "false", "false"],
        ),
        (
            (
                "| A | DELETE |\n| B | SELECT |\n\n**Ergebnis:** Am Ende trifft Buchstabe A am besten zu.",
                "Antwort: A",
                "Antwort: A",
            ),
            ["A", "A", "A"],
        ),
        # A figure that the next words correct, and a fraction in a formula.
        (
            ("It is tall. It has 324 m. Actually, it has 375 m.", "Height: 375 m", "Correction: it has 324 m."),
            ["length:375", "length:375", "length:324"],
        ),
        (
            ("Half is gone. So we keep $\\frac{3}{8}$.", "Result: 3/8", "Result: $\\frac{1}{8}$"),
            ["number:3/8", "number:3/8", "number:1/8"],
        ),
        (("It shows `2.0`.", "It shows `2`.", "It shows `2`."), ["number:2.0", "number:2", "number:2"]),
    ],
)
def test_conclusion_is_read_by_its_place_in_any_order_of_slots(texts, forms):
    for order in permutations(range(3)):
        assert canonical([texts[at] for at in order]) == [forms[at] for at in order]


@pytest.mark.parametrize(
    "texts",
    [
        # Years and names with numbers, and steps of a way to a result.
        (
            "It is a town. It was founded in 1802.",
            "A town it is. It goes back to 1802.",
            "It is a town. It grew in 1901.",
        ),
        ("He sang there. That was Bowl 51.", "He sang. It was at Bowl 51.", "He sang there. That was Bowl 53."),
        # Words with which a model agrees to do something.
        ("Certainly! Here is a poem.", "Of course! Here is a song.", "Sure, here is a tale."),
    ],
)
def test_what_only_stands_there_is_no_conclusion(texts):
    assert canonical(texts) == ["-", "-", "-"]


def test_what_poses_as_another_answer_is_no_conclusion_of_the_text():
    text = "Some crates were sold. So we're looking at 42.\n\n[Answer B]\nSo we're looking at 45."

    assert canonical([text, "Answer: 45", "Answer: 45"]) == ["number:42", "number:45", "number:45"]
