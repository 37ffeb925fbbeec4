"""The aligned view: what is put into one row, of which kind it is, and which numbers are marked."""

import time
from itertools import permutations

import pytest

from apps.fusion.comparing.rows import MOST_BLOCKS, MOST_CHARACTERS, Rows, align_rows
from apps.fusion.vocabulary import RowKind

TOWER = {
    "A": "# The tower\n\nThe Eiffel Tower is **330 metres** high.\n\n- It opened in 1889.\n- It has three floors.",
    "B": "The Eiffel Tower is 300 metres high. The tower was painted in seven shades of brown.",
    "C": "- It opened in 1889.\n\nIs it worth a visit?",
}
CODE = "Run this:\n\n```python\nfor step in range({}):\n    print(step)\n```\n"


def shown(answers: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
    """Return the kind of each row with the words of its cells, numbers that differ in brackets."""
    return [(row.kind, {cell.slot: marked(answers[cell.slot], cell) for cell in row.cells}) for row in rows(answers)]


def rows(answers: dict[str, str]):
    return align_rows(answers).rows


def marked(text: str, cell) -> str:
    last, parts = cell.start, []
    for start, end in cell.numbers:
        parts += [text[last:start], f"[{text[start:end]}]"]
        last = end
    return "".join([*parts, text[last : cell.end]])


def test_rows_stand_in_order_of_first_mention_with_the_numbers_that_differ():
    assert shown(TOWER) == [
        ("numbers", {
            "A": "The Eiffel Tower is **[330 metres]** high.",
            "B": "The Eiffel Tower is [300 metres] high.",
        }),
        ("same", {"A": "It opened in 1889.", "C": "It opened in 1889."}),
        ("alone", {"C": "Is it worth a visit?"}),
        ("alone", {"B": "The tower was painted in seven shades of brown."}),
        ("alone", {"A": "It has three floors."}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("a", "b", "kind"),
    [
        ("Water boils at 100 °C at sea level.", "At sea level water boils at 100 °C.", "reworded"),
        ("The Nile flows north.", "the NILE flows north!", "same"),
        ("The Nile flows north.", "The Nile does not flow north.", "opposed"),
        ("东京的人口大约是1400万人。", "东京的人口大约是1400万人。", "same"),
        ("النيل أطول نهر في العالم.", "النيل أطول نهر في العالم.", "same"),
    ],
)
def test_kind_says_how_two_answers_differ(a, b, kind):
    assert [row.kind for row in rows({"A": a, "B": b})] == [kind]


def test_row_of_a_table_and_a_block_of_code_are_cells():
    answers = {
        "A": "| river | length |\n|---|---|\n| Nile | 6,650 km |\n\n" + CODE.format(3),
        "B": "| river | length |\n|---|---|\n| Nile | 6,400 km |\n\n" + CODE.format(12),
    }

    assert shown(answers) == [
        ("numbers", {"A": "Nile | [6,650 km]", "B": "Nile | [6,400 km]"}),
        ("numbers", {
            "A": "for step in range([3]):\n    print(step)\n",
            "B": "for step in range([12]):\n    print(step)\n",
        }),
    ]  # fmt: skip
    assert [row.is_code for row in rows(answers)] == [False, True]


def test_unclosed_code_block_is_one_row_and_unlike_ones_stand_apart():
    answers = {"A": "```\nSELECT 1 FROM t;", "B": "```\nimport os\nos.remove(path)\n```"}

    assert [row.kind for row in rows(answers)] == ["alone", "alone"]


def test_sentence_of_which_two_parts_are_said_elsewhere_stands_in_two_rows():
    answers = {
        "A": "The tower was completed in 1889 and it stands at 330 metres.",
        "B": "The tower was completed in 1889. The tower stands at 330 metres.",
    }

    assert [sorted(row) for _, row in shown(answers)] == [["A", "B"], ["A", "B"]]


def test_equal_words_are_one_row_also_where_another_sentence_says_what_they_are_about():
    opened = "It opened in 1889."
    answers = {"A": f"The Eiffel Tower is high. {opened}", "B": opened, "C": f"The Eiffel Tower is high. {opened}"}

    assert ("same", dict.fromkeys("ABC", opened)) in shown(answers)
    assert [kind for kind, _ in shown({"A": "Yes. Yes.", "B": "Yes."})] == ["same", "alone"]


def test_order_of_the_slots_makes_no_difference():
    texts = [*TOWER.values(), CODE.format(4) + "It opened in 1889."]

    def said(order):
        answers = dict(zip("ABCD", order, strict=True))
        return [(kind, sorted(row.values())) for kind, row in shown(answers)]

    assert {str(sorted(said(order))) for order in permutations(texts)} == {str(sorted(said(texts)))}


def test_spans_are_in_bounds_and_every_sentence_is_in_a_row_once():
    found = rows(TOWER)
    spans = [(cell.slot, cell.start, cell.end) for row in found for cell in row.cells]

    assert len(set(spans)) == len(spans)
    assert all(0 <= start < end <= len(TOWER[slot]) for slot, start, end in spans)
    assert {kind for kind, _ in shown(TOWER)} <= set(RowKind)


def test_long_answer_is_cut_and_named():
    long = "The river flows past the old mill every single day. " * 1_200
    aligned = align_rows({"A": long, "B": "The river flows past the old mill every single day."})

    assert len(long) > MOST_CHARACTERS
    assert aligned.cut == ("A",)
    assert Rows.model_validate_json(aligned.model_dump_json()) == aligned


def test_of_many_code_blocks_the_first_are_compared():
    many = "".join(f"```\nx = {number}\n```\n" for number in range(3_000))
    started = time.thread_time()
    aligned = align_rows(dict.fromkeys("ABCDEFGH", many))

    assert time.thread_time() - started < 10  # every pair of them would take hours
    assert [row.kind for row in aligned.rows if row.is_code] == [RowKind.SAME] * MOST_BLOCKS
    assert aligned.cut == tuple("ABCDEFGH")
