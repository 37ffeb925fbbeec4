"""Small panels on which the comparison once erred: what must be found, and what must never be."""

from itertools import permutations

import pytest

from apps.fusion.comparing.overlap import overlap
from apps.fusion.judging.agreement import same_side
from apps.fusion.vocabulary import FindingKind
from tests.fusion.comparing.language_pairs import COMPATIBLE, CONTRADICTING, OTHER_LANGUAGES

CRATES = (
    "A large crate has 300 nails, so a small crate has 300 / 3 = 100 nails.",
    "First, find the nails in a small crate: 300 nails / 3 = 100 nails.",
    "A large crate has 300 nails.",
)
LETTERS = (
    "Tom carries 54 letters to Eve.",
    "In total, he carries 54 + 18 = 72 letters.",
    "Tom carries 54 letters to Eve.",
)


def said(*texts):
    return dict(zip("ABC", texts, strict=False))


def sides(analysis):
    return [
        tuple(same_side(one.stance) for one in finding.evidence)
        for finding in analysis.findings
        if finding.kind is FindingKind.CONTRADICTION
    ]


@pytest.mark.parametrize(
    "texts, stances",
    [
        (
            (
                "The difference is 40 - 12 = 28 more red than blue marbles.",
                "The difference between the number of red and blue marbles is 31.",
            ),
            ("28", "31"),
        ),
        (("The answer is (C).", "The answer is (A).", "The answer is (C)."), ("(c)", "(a)", "(c)")),
        (("The answer is (D).", "The answer is (B)."), ("(d)", "(b)")),
        (("Yes.", "No."), ("yes", "no")),
        (("The call returns `true`.", "The call returns `false`."), ("true", "false")),
        (("The output is [3, 1].", "The output is [1, 3]."), ("[3, 1]", "[1, 3]")),
        (("The answer is 35.", "The answer is 40 miles."), ("35", "40 miles")),
        (("The total is 1800.", "The total is 240."), ("1800", "240")),
        (("The fine is $1500.", "The fine is $2500."), ("$1500", "$2500")),
        (("The mean is 1.3333333333333333.", "The mean is 3.1."), ("1.3333333333333333", "3.1")),
        (("$\\boxed{48}$", "The answer is 52."), ("48", "52")),
        (("The bus leaves at 9:15.", "The bus leaves at 10:45."), ("9:15", "10:45")),
        (("The act passed on 2 May 2003.", "The act passed on 05/20/2003."), ("2 may 2003", "05/20/2003")),
        (("The app fails to save the file.", "The app saves the file."), ("denies it", "says so")),
        (
            ('```json\n{"answer": "7"}\n```', '```json\n{"answer": "7"}\n```', '```json\n{"answer": "9"}\n```'),
            ("7", "7", "9"),
        ),
        (("桥长300米。", "桥长450米。"), ("300米", "450米")),
        (("この薬は安全です。", "この薬は安全ではありません。"), ("says so", "denies it")),
        (("Билет действителен.", "Билет не действителен."), ("says so", "denies it")),
    ],
)
def test_contradiction_has_the_stances_of_its_slots(texts, stances):
    analysis = overlap(said(*texts))

    assert sides(analysis) == [stances]
    assert all(finding.kind is FindingKind.CONTRADICTION for finding in analysis.findings)


def test_case_counts_in_a_literal():
    analysis = overlap(said("The result is 'abX'.", "The result is 'abx'."))

    assert [[one.stance for one in finding.evidence] for finding in analysis.findings] == [["'abX'", "'abx'"]]
    assert (analysis.agreement.score, len(analysis.bottom_lines)) == (0, 2)


@pytest.mark.parametrize(
    "texts",
    [
        ("The jar holds 50 beads.", "In all, the jar holds 50 + 14 = 64 beads."),
        CRATES,
        ("There are 9 + 6 = 15 chairs in the hall.", "There are 9 chairs in the hall, then 6 more."),
        ("Half of the garden is 12 m wide.", "The garden is 24 m wide."),
        ("Half of the jars have lids and half of them do not have lids.", "Half of the jars have lids."),
        ("There are 27 floors in the north tower 4.", "how many floors in the north tower 4."),
        LETTERS,
        # Sums with an unknown, shares, and a relative clause that may be about either of two.
        ("The full runtime is 2x + 15 minutes.", "We know that the full runtime is 65 minutes."),
        ("The tip should be 1/5 (or 20%) of $15. Then 5 * 2 = 10.", "So the tip should be $3. Then 5 * 2 = 10."),
        (
            "The second bank lent him twice as much as the first bank, which is $8000. So 5 * 2 = 10.",
            "Later the second bank lent him twice as much as the first bank, which is $4000. So 5 * 2 = 10.",
        ),
        # Other things of one owner, a bracket that is no subject, a figure that both give.
        ("Jenna's apples: 10", "Jenna's mother picked 20 apples."),
        ("- Tuesday: 15 crates", "He sold 20 crates (weekend) and 15 crates (Tuesday). His target was 120 crates."),
        ("Ray had 25 sweets and kept 5 for himself.", "He kept 5 sweets for himself."),
        # The same compared the other way round.
        ("The yellow snake weighs more than the pink frog.", "The pink frog weighs less than the yellow snake."),
        # Two states, of which each answer gives both or one.
        (
            "- 3 plain cakes\n\nHe bakes again:\n\n- 7 plain cakes",
            "So in the end he has 7 plain cakes.\n\n- 4 plain cakes",
        ),
    ],
)
def test_no_contradiction_is_made_of_arithmetic_parts_and_questions(texts):
    for order in permutations(texts):
        assert sides(overlap(said(*order))) == []


@pytest.mark.parametrize(
    "texts",
    [
        ("A third of them left.", "Half of them left."),
        ("Let's think step by step.", "Let's think step by step."),
        ("The jar holds 50 beads.", "In all, the jar holds 50 + 14 = 64 beads."),
        ("The record is held by Robert Berg.", "The record is held by Lennart Berg."),
        ("Option (A) is the safe one.", "Option (J) is the safe one."),
        ("The test x < 5 holds for all rows.", "The test x > 5 holds for all rows."),
        ("The fee is 5 euros.", "The fee is 5 dollars."),
        ("The Austria trip takes a week.", "The Australia trip takes a week."),
        ("The tool was released as v1.2.", "The tool was released as v1.20."),
        ("The gate opens before noon.", "The gate opens after noon."),
    ],
)
def test_tokens_that_differ_are_never_consensus(texts):
    kinds = {finding.kind for finding in overlap(said(*texts)).findings}

    assert FindingKind.CONSENSUS not in kinds
    assert FindingKind.PARTIAL_COVERAGE not in kinds


@pytest.mark.parametrize(
    "texts", [("62", "$62", "62 dollars"), ("The function returns -7.", "The function returns `-7`.")]
)
def test_same_value_in_another_form_is_consensus(texts):
    analysis = overlap(said(*texts))

    assert [finding.kind for finding in analysis.findings] == [FindingKind.CONSENSUS]
    assert analysis.agreement.score == 1


@pytest.mark.parametrize("mark", ["*", "_", "**", "__", "***"])
@pytest.mark.parametrize("marked", ["{0}412 kg{0}", "{0}412{0} kg"])
def test_emphasis_changes_nothing_about_a_figure(mark, marked):
    written = marked.format(mark)

    other = overlap(said(f"The probe weighs {written}.", "The probe weighs 430 kg."))
    same = overlap(said(f"The probe weighs {written}.", "The probe weighs 412 kg."))

    assert sides(other) == [("412 kg", "430 kg")]
    assert [finding.kind for finding in same.findings] == [FindingKind.CONSENSUS]


@pytest.mark.parametrize("mark", ["*", "_", "**", "__"])
def test_emphasis_changes_nothing_about_a_negation(mark):
    analysis = overlap(said(f"The bridge is {mark}not{mark} open to cars.", "The bridge is open to cars."))

    assert sides(analysis) == [("denies it", "says so")]


CODE = "```python\nfor row in rows:\n    print(row, end='')\n```"


@pytest.mark.parametrize(
    "texts, is_noted",
    [
        ((f"Use a loop:\n\n{CODE}", f"Try this one:\n\n{CODE.replace('rows', 'table')}"), True),
        ((f"Use a loop:\n\n{CODE}", "A loop over the rows prints each of them."), True),
        # Nothing but code or a value is compared as it stands, and a key that holds the answer is read.
        ((CODE, CODE.replace("rows", "table")), False),
        (('```json\n{"answer": "7"}\n```', '```json\n{"answer": "9"}\n```'), False),
        (("A loop over the rows prints each of them. " * 3 + f"\n\n{CODE}", "A loop prints all rows."), False),
    ],
)
def test_note_says_that_code_was_not_compared_where_it_is_most_of_an_answer(texts, is_noted):
    assert ("code was not compared" in overlap(said(*texts)).note) is is_noted


@pytest.mark.parametrize("question", ["ما هو ارتفاع برج التلفزيون في برلين؟", "Wie hoch ist der Turm?", "塔有多高？"])
def test_question_in_any_script_claims_nothing(question):
    analysis = overlap(said(question, question))

    assert (analysis.findings, analysis.agreement.score) == ((), None)


def test_members_who_say_the_same_agree_beside_one_who_calculates():
    analysis = overlap(said(LETTERS[0], LETTERS[1], LETTERS[2]))

    assert [(one.kind, [e.slot for e in one.evidence]) for one in analysis.findings] == [
        (FindingKind.PARTIAL_COVERAGE, ["A", "C"]),
    ]


def test_equal_answers_are_found_equal_however_often_a_word_stands_in_them():
    text = "\n".join(f"- The tower {name} stands in the old town." for name in (f"Nr{n}x" for n in range(150)))

    assert overlap(said(text, text)).agreement.score == 1


def kinds_of(pair):
    return {finding.kind for finding in overlap(said(*pair)).findings}


def test_contradictions_in_nine_languages_are_found_and_never_called_agreement():
    pairs = [pair for found in CONTRADICTING.values() for pair in found]
    found = [FindingKind.CONTRADICTION in kinds_of(pair) for pair in pairs]

    assert sum(found) >= 0.9 * len(pairs)
    assert [pair for pair in pairs if FindingKind.CONSENSUS in kinds_of(pair)] == []
    assert len(pairs) + sum(map(len, COMPATIBLE.values())) >= 135


@pytest.mark.parametrize("language", CONTRADICTING)
def test_each_language_finds_most_of_its_contradictions(language):
    pairs = CONTRADICTING[language]

    assert sum(FindingKind.CONTRADICTION in kinds_of(pair) for pair in pairs) >= 0.75 * len(pairs)


@pytest.mark.parametrize("pair", [pair for found in COMPATIBLE.values() for pair in found])
def test_compatible_sentences_do_not_contradict(pair):
    assert FindingKind.CONTRADICTION not in kinds_of(pair)


@pytest.mark.parametrize("pair", OTHER_LANGUAGES)
def test_nothing_is_claimed_of_languages_whose_negations_are_not_known(pair):
    analysis = overlap(said(*pair))

    assert kinds_of(pair) <= {FindingKind.UNIQUE_INSIGHT}
    assert "only wording was compared" in analysis.note


PANELS = (
    *(
        tuple(text for text in (*pair, pair[0]))
        for pair in (*CONTRADICTING["en"], *CONTRADICTING["zh"], *COMPATIBLE["en"])
    ),
    CRATES,
    LETTERS,
    (
        "The jar holds 50 beads. Each of 4 jars holds 50, so 4 * 50 = 200. The answer is 200.",
        "The jar holds 60 beads. 4 * 60 = 240 beads in all.",
        "The jar holds 50 beads, the lid is red. Therefore there are 200 beads.",
    ),
)


@pytest.mark.parametrize("texts", PANELS)
def test_findings_and_score_are_the_same_for_every_permutation_of_the_slots(texts):
    def form(order):
        analysis = overlap({slot: texts[at] for slot, at in zip("ABC", order, strict=True)})
        name = dict(zip("ABC", order, strict=True))
        findings = [
            (one.id, one.text, sorted((name[e.slot], e.stance, e.quote, e.span) for e in one.evidence))
            for one in analysis.findings
            if one.kind is not FindingKind.UNIQUE_INSIGHT
        ]
        score = analysis.agreement.score
        return findings, None if score is None else round(score, 9)

    assert len({repr(form(order)) for order in permutations(range(len(texts)))}) == 1
