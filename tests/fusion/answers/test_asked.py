"""Requests by the kind of their answer, and final answers that are read beside them."""

from itertools import permutations

import pytest

from apps.fusion.answers.asked import repeats, wants_letter, wants_number, wants_verdict
from apps.fusion.answers.choice.letters import letter_candidates
from apps.fusion.answers.groups import read_panel
from apps.fusion.answers.programs import wants_output
from apps.fusion.languages import language_of


def canonical(texts, asked):
    found = read_panel(dict(zip("ABC", texts, strict=True)), asked)
    return [found[slot].final.canonical if slot in found else "-" for slot in "ABC"]


@pytest.mark.parametrize(
    "asked, expected",
    [
        ("Is the seal intact?", True),
        ("Ist das Siegel heil? Begründe es.", True),
        ("Le sceau est-il intact ?", True),
        ("Est-ce que le sceau est intact ?", True),
        ("¿Es verdad que el sello está intacto?", True),
        ("Il sigillo è intatto?", True),
        ("O selo está intacto?", True),
        ("Верно ли, что печать цела?", True),
        ("封条完好吗？", True),
        ("封印は無傷ですか？", True),
        ("Which seal is intact?", False),
        ("Is it the seal or the box?", False),
        ("Could you write a poem?", False),
        ("Is it wet? Is it cold?", False),
        ("In che anno fu fondata?", False),
        ("Que distância percorre?", False),
        ("Какова новая цена?", False),
        ("哪个最大？", False),
        ("Name the largest seal.", False),
    ],
)
def test_question_for_a_yes_or_no_is_known(asked, expected):
    assert wants_verdict(asked) is expected


@pytest.mark.parametrize(
    "statement, asked, expected",
    [
        ("Toronto is the capital.", "Is Toronto the capital of Canada?", True),
        ("The capital is another city.", "Is Toronto the capital of Canada?", False),
        ("Toronto n'est pas la capitale.", "Toronto est-elle la capitale du Canada ?", False),
        ("Es lengua oficial allí.", "¿Es el inglés lengua oficial en Malta?", True),
        ("Schweben.", "Schweben Quallen im Wasser?", True),
        ("Pi is rational.", "Is pi irrational?", False),
        ("Eule ist der Vogel.", "Singt die Amsel?", None),
        # Of a comparison: the second side alone denies it, both in their order say so.
        ("Silver is denser.", "Is iron denser than silver?", False),
        ("Iron is denser than silver.", "Is iron denser than silver?", True),
        ("Silver is denser than iron.", "Is iron denser than silver?", None),
        ("Гуще мёд.", "Вода гуще мёда?", None),
        ("湖水会结冰。", "湖水会结冰吗？", True),
        ("湖水不会结冰。", "湖水会结冰吗？", False),
        ("最大的是另一座岛。", "海南是最大的岛吗？", False),
        ("12は偶数です。", "12は偶数ですか？", True),
        # A question that denies is not repeated for sure.
        ("It is not wet.", "Is it not wet?", None),
    ],
)
def test_statement_answers_the_question_that_it_repeats(statement, asked, expected):
    assert repeats(statement, asked) is expected


@pytest.mark.parametrize(
    "asked, texts, forms",
    [
        (
            "Is Toronto the capital of Canada?",
            (
                "## Reasons\n\nIt is the largest city.\n\n## Conclusion\n\nToronto is the capital.",
                "Unfortunately, that's not the case. It is Ottawa.",
                "Parliament meets in Ottawa. So the claim does not hold.",
            ),
            ["true", "false", "false"],
        ),
        (
            "Schmilzt Eis bei 2 °C?",
            (
                "**Antwort:** Falsch.\n\n**Erklärung:** Es ist dort noch fest.",
                "Es ist dort noch fest. Insgesamt lässt sich die Aussage nicht halten.",
                "So ist es.",
            ),
            ["false", "false", "true"],
        ),
        (
            "¿Es el hielo más denso que el agua?",
            (
                "Flota en ella.\n\n**Resumen**\n\n> En definitiva, eso no se cumple.",
                "Efectivamente.",
                "Todo apunta a que es verdadero.\n\nP. D.: Si la pregunta era otra, dímelo, no pasa nada.",
            ),
            ["false", "true", "true"],
        ),
        (
            "L'acqua bolle a 90 gradi?",
            ("Procediamo passo dopo passo. Evapora prima.", "Tutto conferma che è così.", "Non è così. Evapora prima."),
            ["-", "true", "false"],
        ),
        (
            "冰会浮在水上吗？",
            ("它的密度更小。\n\n---\n💡 总之，并不是这样。", "在没有更多信息的情况下，无法判断。", "你说得对。"),
            ["false", "neither", "true"],
        ),
        (
            "氷は水に浮きますか？",
            ("氷は水に浮きます。", "> **まとめ：** 以上から、そうとは言えません。", "つまり、本当です。"),
            ["true", "false", "true"],
        ),
        # What others say is no verdict of the text.
        (
            "A baleia é um peixe?",
            ("Isso mesmo. Muitos dizem que respira ar. Esse argumento não se sustenta.", "Sim.", "Não."),
            ["true", "true", "false"],
        ),
    ],
)
def test_yes_or_no_is_read_beside_its_question_in_any_order_of_slots(asked, texts, forms):
    for order in permutations(range(3)):
        assert canonical([texts[at] for at in order], asked) == [forms[at] for at in order]


SHOWS = "What does this program print?\n\n```python\nfor i in range(0):\n    print(i)\n```"
OPTIONS = "Which one is a metal?\n(A) tin\n(B) salt\n(C) ink\n(D) wax"
BOXES = "There are 6 boxes of 7 pens. How many pens are there?"


@pytest.mark.parametrize(
    "asked, expected",
    [
        (BOXES, (True, False, False)),
        ("Welcher Anteil bleibt übrig?", (True, False, False)),
        ("Quelle est la moyenne de 4 et 8 ?", (True, False, False)),
        ("¿Cuánto mide?", (True, False, False)),
        ("Какова новая цена?", (True, False, False)),
        ("一共有多少支笔？", (True, False, False)),
        ("何冊残りますか？", (True, False, False)),
        ("何色ですか？", (False, False, False)),
        (OPTIONS, (False, True, False)),
        (SHOWS, (False, False, True)),
        ("Who wrote it?", (False, False, False)),
        ("Write a poem about pens.", (False, False, False)),
    ],
)
def test_kind_of_the_answer_is_known(asked, expected):
    assert (wants_number(asked), wants_letter(asked), wants_output(asked)) == expected


@pytest.mark.parametrize(
    "asked, texts, forms",
    [
        # Numbers that all differ, in texts of one sentence too, behind frame words, as a fraction, and taken back.
        (
            BOXES,
            ("It's 42. The 6 boxes have 7 each.", "They hold 36 pens.", "**40.** No, wait, I stand at 44 now."),
            ["number:42", "number:36", "number:44"],
        ),
        (
            "What fraction is left?",
            (
                "Half of it is gone. What is left then comes to $\\frac{3}{8}$.",
                "**Answer:** One keeps $\\frac{3}{8}$.\n\n**Reasoning:** 1 - 5/8.",
                "If you got 1/2, you probably skipped a step. We keep 1/8.",
            ),
            ["number:3/8", "number:3/8", "number:1/8"],
        ),
        (
            BOXES,
            (
                "A common error is 13. Take 6 times 7.\n\n$$6 \\times 7 = 42$$\n\nI checked this in 2 different ways.",
                "All in all 42.\n\nP.S. If you meant 8 boxes, tell me.",
                "Result: 42",
            ),
            ["number:42", "number:42", "number:42"],
        ),
        # Letters of options in the likeliest place, beside those that are denied.
        (
            OPTIONS,
            (
                "B can be ruled out. That matches A and none of the others.",
                "- (A) tin\n- (B) salt\n\n**In short**\n\n> Only B stands up to this.\n\n---\n*Confidence: high.*",
                "C) ink. No, wait, let me correct myself. By elimination, D (wax) remains.",
            ),
            ["A", "B", "D"],
        ),
        # Options by their place, with a noun or alone, and in sentences that speak of others as things.
        (
            OPTIONS,
            (
                "- tin sinks\n- salt dissolves\n\nSo it is the **second**.",
                "Whoever heats it first sees that wax melts, unlike the others. So wax it is.",
                "Salt dissolves, tin sinks. I take the third one.",
            ),
            ["B", "D", "C"],
        ),
        # Outputs without marks of code, in front of a trace, and none at all.
        (
            SHOWS,
            (
                "The loop does not run. The console stays blank.",
                "> **Summary:** It prints nothing at all.",
                "It shows: 0",
            ),
            ["text:", "text:", "number:0"],
        ),
        (
            SHOWS,
            (
                "**Answer:** `4 fox`\n\n**Trace:**\n\nwords: ['the', 'fox']",
                "One sees **4 fox**.",
                "Many would say `4 a`.\n\n`4 fox`",
            ),
            ["text:4 fox", "text:4 fox", "text:4 fox"],
        ),
        # What it is only held against is no result.
        (
            "Wie viele Tage hat ein Schaltjahr?",
            (
                "Ein Schaltjahr hat 366 Tage.",
                "Es hat einen Tag mehr als ein Gemeinjahr, verglichen mit dessen 365 Tagen.",
                "Es sind 366 Tage.",
            ),
            ["duration:31622400", "-", "duration:31622400"],
        ),
    ],
)
def test_value_is_read_as_the_kind_that_is_asked_for_in_any_order_of_slots(asked, texts, forms):
    for order in permutations(range(3)):
        assert canonical([texts[at] for at in order], asked) == [forms[at] for at in order]


@pytest.mark.parametrize(
    "text",
    [
        "I would have to disagree. The seal has a crack.",
        "Answer: I disagree.\n\nThe seal has a crack.",
        "Antwort: Da muss ich widersprechen.\n\nDas Siegel hat einen Riss.",
        "Je ne suis pas d'accord. Le sceau a une fente.",
        "Me temo que no estoy de acuerdo. Tiene una grieta.",
        "Я с этим не согласен. На печати трещина.",
        "这个说法是错误的。封条有裂口。",
        "封条有裂口。\n\n我不同意。",
        # Nothing but a no, at the end.
        "На печати трещина.\n\n**Вовсе нет.**",
        "The seal has a crack.\n\n**Of course not.**",
    ],
)
def test_disagreement_and_a_lone_no_answer_a_question_for_yes_or_no(text):
    for texts in permutations([text, "Yes.", "No."]):
        forms = dict(zip(texts, canonical(texts, "Is the seal intact?"), strict=True))
        assert forms[text] == "false"


def test_what_others_are_said_to_claim_answers_nothing():
    assert canonical(["有一种说法是错误会自行消失。", "Yes.", "No."], "Is the seal intact?")[0] == "-"


@pytest.mark.parametrize(
    "text, letter",
    [
        ("It takes place in a second.", None),
        ("What is left is a quarter.", None),
        ("What counts is the prime.", None),
        ("It is one of the primary.", None),
        ("My primary choice stands open.", None),
        ("Il en reste le quart.", None),
        ("Es bleibt das Viertel.", None),
        ("It is the second.", "B"),
        ("It is the **fourth**.", "D"),
        ("Es ist die vierte.", "D"),
        ("C'est la première.", "A"),
        ("É a segunda.", "B"),
        ("It is the secondary.", None),
    ],
)
def test_option_is_named_by_its_place_in_ordinals_alone(text, letter):
    asked = "Which one holds?\n(A) xenon\n(B) krypton\n(C) radon\n(D) neon"
    found = letter_candidates({"A": text}, asked, {"A": language_of(text)})["A"]

    assert [one.value for one in found if one.value] == ([letter] if letter else [])
