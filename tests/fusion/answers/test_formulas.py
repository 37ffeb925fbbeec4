"""Formulas as final answers: which are equal however they are written, and that none takes long."""

import itertools
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.fusion.answers.formulas import LONGEST, formula_form
from apps.fusion.answers.groups import exclude, group_answers, read_answers
from apps.fusion.vocabulary import FinalKind

EQUAL = [
    (r"\frac{1}{2}", "0.5"),
    (r"\frac{1}{2}", "1/2"),
    (r"\frac12", "1/2"),
    (r"\dfrac{2}{4}", "0.5"),
    (r"\frac{1+1}{4}", "1/2"),
    ("x^2+2x+1", "(x+1)^2"),
    ("x^2 + 2x + 1", "1 + 2x + x^{2}"),
    ("x² + 2x + 1", "(x+1)**2"),
    ("(x+1)(x-1)", "x^2 - 1"),
    ("2(x+y)", "2x + 2y"),
    ("5 - x", "-x + 5"),
    (r"\frac{x}{2}", "0.5x"),
    (r"\frac{x}{2}", "x/2"),
    (r"\frac{1}{x}", "x^{-1}"),
    (r"\frac{x^2-1}{x-1}", "x + 1"),
    (r"\sqrt{8}", r"2\sqrt{2}"),
    (r"\sqrt2", "sqrt(2)"),
    (r"\frac{1}{\sqrt{2}}", r"\frac{\sqrt{2}}{2}"),
    (r"\frac{1}{1+\sqrt{2}}", r"\sqrt{2}-1"),
    (r"\sqrt{3+2\sqrt{2}}", r"1+\sqrt{2}"),
    (r"\sqrt[3]{8}", "2"),
    (r"2\pi", r"\pi \cdot 2"),
    (r"\pi r^2", "π r²"),
    (r"\ln 8", r"3\ln 2"),
    (r"\log_2 8", "3"),
    ("e^x", "exp(x)"),
    ("2^{10}", "1024"),
    ("2^10", "1,024"),
    ("x^10", "x^{10}"),
    ("x^(n+1)", "x^{n+1}"),
    (r"\left(x+1\right)^2", "(x + 1)^2"),
    (r"3 \times x", "3x"),
    ("x = 5", "5"),
    ("y = 2x + 1", "2x+1"),
    ("f(x) = 2x", "2x"),
    ("x^2 + y^2 = 1", "x^2 + y^2 - 1 = 0"),
    (r"\{1, 2\}", r"\{2, 1\}"),
    (r"\{\frac{1}{2}, 2\}", r"\{2, 0.5\}"),
    ("[0, 1)", "[0,1)"),
    (r"[0, \frac{1}{2})", "[0, 0.5)"),
    (r"(-\infty, 3)", "(-∞, 3)"),
    (r"[0,1) \cup (2,3]", "(2, 3] ∪ [0, 1)"),
    (r"(\frac{1}{2}, x+x)", "(0.5, 2x)"),
]
DIFFERENT = [
    ("x^2+2x+1", "(x-1)^2"),
    ("x^2", "2x"),
    ("x+1", "x-1"),
    ("2(x+y)", "2x+y"),
    ("R - r", "r - R"),
    ("2R", "2r"),
    ("Rr", "r^2"),
    (r"\frac{x}{12}", r"\frac{x1}{2}"),
    (r"\frac{x+1}{2}", r"x + \frac{1}{2}"),
    (r"2\pi", "6.28"),
    (r"\sqrt{2}", "1.414"),
    (r"2\pi", "2"),
    ("2(x+y)", "2"),
    ("5 - x", "5"),
    ("2^{10}", "2"),
    ("9^{9^9}", "9"),
    ("9^{9^9}", "9^{99}"),
    ("a/bc", "ac/b"),
    ("a/bc", "a/(bc)"),
    ("[0, 1)", "[0, 2)"),
    ("[0, 1)", "(0, 1]"),
    ("[0, 1)", "[0, 1]"),
    (r"\{1, 2\}", r"\{1, 3\}"),
    ("x = 5", "x = -5"),
    ("x^2 + y^2 = 1", "x^2 + y^2 = 2"),
    (r"\sin x", r"\cos x"),
    ("1e5", "5e"),
    ("x^{1/2}", "x^{1/3}"),
]
SAME_SENTENCE = [
    ("The answer is $x^2+2x+1$.", r"Thus \boxed{(x+1)^2}"),
    ("The answer is (x+1)^2.", r"The answer is \(x^2+2x+1\)."),
    ("**Answer:** $2\\pi$", r"so \boxed{2\pi}"),
]
HOSTILE = [
    "9^{9^{9}}", "9**9**9", "((9^{99})^{99})^{99}", "2^{99999999}", "2^{9999x}", "x^{9^9}", "x^{y^{z^{w}}}",
    "{" * 90 + "x" + "}" * 90, "(" * 90 + "x" + ")" * 90, "(" * 4 + "x" + ")" * 4 + "+1",
    r"\sqrt{" * 20 + "x" + "}" * 20,
    r"\frac{1}{" * 8 + "x" + "}" * 8, "(x+y+z+w)^{24}", "(x+1)" * 30, "(x+1)" * 10 + "(x-1)" * 10, "x+" * 60 + "1",
    r"\sin " * 20 + "x", "-" * 100 + "x", "1/" * 60 + "x", "(x+y+z+w)^4/(x-y+z-w)^3", "(x^{24}+1)/(x^{23}-1)",
    "+".join(f"1/(x^5+{i})" for i in range(14)), "+".join(f"1/(x+{i}y-z)" for i in range(9)),
    r"\frac{x^5+y^4+z^3+1}{x^4y+z^5-w}+\frac{w^5+1}{x^3-z^4+1}", r"\sqrt{2+\sqrt{3+\sqrt{5+\sqrt{7}}}}",
    r"\sqrt{999999999999989}+x", "123456789012345^24", r"\sin(10^{100})", "|" * 20, "x!" * 50, "100000000!",
]  # fmt: skip


def boxed(*texts: str) -> dict[str, str]:
    return {slot: f"So it is $\\boxed{{{text}}}$." for slot, text in zip("ABC", texts, strict=False)}


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_equal_formulas_are_one_group_however_they_are_written(one: str, other: str) -> None:
    assert [len(group.answers) for group in group_answers(read_answers(boxed(one, other)))] == [2]
    assert [len(group.answers) for group in group_answers(read_answers(boxed(other, one)))] == [2]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_formulas_are_two_groups(one: str, other: str) -> None:
    assert [len(group.answers) for group in group_answers(read_answers(boxed(one, other)))] == [1, 1]
    assert [len(group.answers) for group in group_answers(read_answers(boxed(other, one)))] == [1, 1]


@pytest.mark.parametrize(("one", "other"), SAME_SENTENCE)
def test_a_formula_that_is_stated_is_read_as_one_in_a_box(one: str, other: str) -> None:
    assert [len(group.answers) for group in group_answers(read_answers({"A": one, "B": other}))] == [2]


@pytest.mark.parametrize("formula", [r"\sqrt{8}", r"\frac{\sqrt{3}}{8}", r"\ln 8", r"\sin 8"])
@pytest.mark.parametrize(
    "said",
    [
        r"The answer is \boxed{%s}.", r"The final answer is: $\boxed{%s}$", "Answer:\n\\[\n\\boxed{%s}\n\\]",
        r"Final answer: $$\boxed{%s}$$", "The answer is $$%s$$",
    ],
)  # fmt: skip
def test_no_figure_of_an_announced_formula_is_the_answer(said: str, formula: str) -> None:
    answers = {"A": said % formula, "B": rf"So it is $\boxed{{{formula}}}$.", "C": "The answer is 8."}

    assert [[*group.answers] for group in group_answers(read_answers(answers))] == [["A", "B"], ["C"]]


@pytest.mark.parametrize(
    ("text", "kind", "canonical"),
    [
        (r"\boxed{18}", FinalKind.NUMBER, "number:18"),
        (r"\boxed{C}", FinalKind.CHOICE, "C"),
        ("The answer is 5 km.", FinalKind.NUMBER, "length:5000"),
        (r"\boxed{5 m}", FinalKind.NUMBER, "length:5"),
        ("The answer is 7 pm.", FinalKind.NUMBER, "clock:1140"),
        ("The answer is the 2nd.", FinalKind.TEXT, "text:2nd"),
        ("The answer is C++.", FinalKind.TEXT, "text:c++"),
        ("The answer is 3D.", FinalKind.TEXT, "text:3d"),
        ("The answer is F-16.", FinalKind.TEXT, "text:f-16"),
        ("The answer is H2O.", FinalKind.TEXT, "text:h2o"),
        ("The answer is [1, 2].", FinalKind.LITERAL, "literal:[1,2]"),
        (r"\boxed{x^2}", FinalKind.FORMULA, "rational:Pow(Symbol('x'), Integer(2))"),
    ],
)
def test_what_is_no_formula_stays_what_it_was(text: str, kind: FinalKind, canonical: str) -> None:
    final = read_answers({"A": text})["A"].final

    assert (final.kind, final.canonical) == (kind, canonical)


def test_only_formulas_that_are_surely_different_exclude_each_other() -> None:
    sure = group_answers(read_answers(boxed("x^2+1", "x^2-1")))
    open_ = group_answers(read_answers(boxed(r"\sin(x)^2+\cos(x)^2", "1")))
    complex_ = group_answers(read_answers(boxed("i^2+x", "x-1")))
    below = group_answers(read_answers(boxed("a/bc", "ac/b")))

    assert [exclude(*one) for one in (sure, open_, complex_, below)] == [True, False, False, False]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_formula_takes_no_long_time(text: str) -> None:
    formula_form("x+1")  # The libraries are loaded.
    began = time.process_time()

    read_answers(boxed(text))

    # The worst takes a second; without the bounds these take minutes or all memory.
    assert time.process_time() - began < 20


@pytest.mark.parametrize("text", ["(x+3)^{2", "2(x+3", "3x+[x-1", r"\sqrt{x}+3}", "x+3)^2", "x^3]+1"])
def test_part_of_a_formula_is_none_and_takes_the_parser_no_time(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    monkeypatch.setattr("latex2sympy2_extended.latex2sympy", lambda words, **_: parsed.append(words))

    assert (formula_form(text), parsed) == (None, [])


def test_threads_read_formulas_side_by_side() -> None:
    formula_form.cache_clear()
    texts = [f"(x+{number})^2" for number in range(1, 13)]
    expanded = [f"x^2+{2 * number}x+{number * number}" for number in range(1, 13)]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(formula_form, [*texts, *expanded]))

    assert found[:12] == found[12:]
    assert None not in found
    assert len(set(found)) == 12


def test_the_libraries_are_loaded_with_the_first_formula_and_not_before() -> None:
    code = (
        "import sys; from apps.fusion.answers.groups import read_answers; read_answers({'A': 'It is 5 km.'});"
        "first = 'sympy' in sys.modules; read_answers({'A': '$(x+1)^2$'}); print(first, 'sympy' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)

    assert done.stdout.split() == ["False", "True"]


def test_equality_of_all_pairs_is_an_equivalence() -> None:
    texts = sorted({text for pair in EQUAL + DIFFERENT for text in pair})
    finals = {text: read_answers(boxed(text)).get("A") for text in texts}
    same = {
        (one, other)
        for one, other in itertools.product(texts, repeat=2)
        if finals[one] and finals[other] and finals[one].final.canonical == finals[other].final.canonical
    }

    assert all((other, one) in same for one, other in same)
    assert all((one, far) in same for one, other in same for near, far in same if near == other)


PARTS = [*"xyR123+-*/^=(){}[],. |\\", "\\frac{", "\\sqrt{", "\\cup ", "\\{", "^{"]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join))
def test_any_text_is_read_without_an_error(text: str) -> None:
    form = formula_form(text)

    assert form == formula_form(text)
    assert form is None or len(text) <= LONGEST
