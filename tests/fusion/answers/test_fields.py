"""JSON answers are compared field by field: which values a field has, who gave them, and whether one has a majority."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fusion.answers.fields import field_votes
from apps.fusion.json_values import json_answer


def told(*answers, members=None):
    texts = {slot: one if isinstance(one, str) else json.dumps(one) for slot, one in zip("ABCD", answers, strict=False)}
    found = field_votes(texts, members or len(answers))
    return {
        one.pointer: ([(each.text, "".join(each.slots)) for each in one.classes], "".join(one.missing), one.winner)
        for one in found
    }


TABLE = {
    "majority": (
        [{"city": "Paris"}, {"city": " paris"}, {"city": "Lyon"}],
        {"/city": ([('"Paris"', "AB"), ('"Lyon"', "C")], "", '"Paris"')},
    ),
    "no majority": ([{"n": 1}, {"n": 2}], {"/n": ([("1", "A"), ("2", "B")], "", "")}),
    "numbers however written": ([{"n": 1}, {"n": 1.0}, {"n": "1"}], {"/n": ([("1", "ABC")], "", "1")}),
    "thousands and money": (
        [{"n": "140,000"}, {"n": 140000}, {"n": "$140,000.00"}],
        {"/n": ([('"140,000"', "ABC")], "", '"140,000"')},
    ),
    "two currencies": (
        [{"n": "$6"}, {"n": "6 €"}, {"n": "$6.00"}, {"n": 6}],
        {"/n": ([('"$6"', "AC"), ('"6 €"', "B"), ("6", "D")], "", "")},
    ),
    "no thousands": (
        [{"n": "0,125"}, {"n": 125}, {"n": "1,2,3"}, {"n": 123}],
        {"/n": ([('"0,125"', "A"), ("125", "B"), ('"1,2,3"', "C"), ("123", "D")], "", "")},
    ),
    "no money": ([{"n": "$HOME"}, {"n": "home"}], {"/n": ([('"$HOME"', "A"), ('"home"', "B")], "", "")}),
    "a power of ten in a text": (
        [{"n": "1e-99999999"}, {"n": "0"}],
        {"/n": ([('"1e-99999999"', "A"), ('"0"', "B")], "", "")},
    ),
    "true is not one": ([{"n": True}, {"n": 1}], {"/n": ([("true", "A"), ("1", "B")], "", "")}),
    "null is a value": ([{"n": None}, {"n": None}], {"/n": ([("null", "AB")], "", "null")}),
    "a field that one lacks": (
        [{"a": 1, "b": 2}, {"a": 1}],
        {"/a": ([("1", "AB")], "", "1"), "/b": ([("2", "A")], "B", "")},
    ),
    "nested, with escapes": ([{"a/b": {"c~d": 1}}, {"a/b": {"c~d": 1}}], {"/a~1b/c~0d": ([("1", "AB")], "", "1")}),
    "lists by order": (
        [{"l": [1, 2]}, {"l": [1, 3]}],
        {"/l/0": ([("1", "AB")], "", "1"), "/l/1": ([("2", "A"), ("3", "B")], "", "")},
    ),
    "lists by key": (
        [[{"id": 7, "p": 1}, {"id": 8, "p": 2}], [{"id": 8, "p": 2}, {"id": 7, "p": 1}]],
        {
            "/id=7/id": ([("7", "AB")], "", "7"),
            "/id=7/p": ([("1", "AB")], "", "1"),
            "/id=8/id": ([("8", "AB")], "", "8"),
            "/id=8/p": ([("2", "AB")], "", "2"),
        },
    ),
    "in a fence": (['```json\n{"n": 1}\n```', {"n": 1}], {"/n": ([("1", "AB")], "", "1")}),
    "no JSON": (["The answer is 7.", "7"], {}),
    "one alone": ([{"n": 1}, "no"], {}),
    "an object and a list": ([{"n": 1}, [1]], {}),
}


SCALARS = """
"01234"|"1234"|no
"12e3"|"12000"|no
"12E3"|12000|no
"+4930"|"4930"|no
"1_000"|"1000"|no
"1_000"|1000|no
"١٢"|12|no
"-007"|-7|no
"1."|1|no
"inf"|"infinity"|no
1e-50|0|no
1e-300|2e-300|no
52.520012|52.520018|no
100000000000000000000001|100000000000000000000002|no
100000000000000000000001|1e23|no
1|1.0|yes
1e3|1000|yes
"1.50"|1.5|yes
"-7"|-7|yes
-0.0|0|yes
0.30000000000000004|0.3|yes
1e22|10000000000000000000000|yes
"""


@pytest.mark.parametrize("row", SCALARS.strip().splitlines())
def test_scalars_are_equal_as_numbers_only_where_they_are_numbers(row):
    one, other, are_equal = row.split("|")

    classes = told(f'{{"v": {one}}}', f'{{"v": {other}}}')["/v"][0]

    assert [slots for _, slots in classes] == (["AB"] if are_equal == "yes" else ["A", "B"])


@pytest.mark.parametrize("number", ["1e-400", "-1e-400", "1e400", "-1e400", "NaN", "Infinity"])
def test_number_that_no_float_holds_is_in_no_json_answer(number):
    assert json_answer(f'{{"v": {number}}}') is None
    assert told(f'{{"v": {number}}}', {"v": 0}) == {}


@pytest.mark.parametrize("case", TABLE)
def test_fields(case):
    answers, expected = TABLE[case]

    assert told(*answers) == expected


def test_majority_is_of_all_members_also_of_those_without_json():
    assert told({"n": 1}, {"n": 1}, members=4)["/n"][2] == ""
    assert told({"n": 1}, {"n": 1}, members=3)["/n"][2] == "1"


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 100_000, "{}", "7", '{"a": 1} and more', "```\n{\n```", "{" + "x" * 200_000]
)
def test_text_that_is_no_json_is_none(text):
    assert json_answer(text) is None


def test_order_of_the_members_decides_nothing_but_the_letters():
    answers = [{"n": 1}, {"n": "1.0"}, {"n": 2}]

    shares = [sorted(len(slots) for _, slots in told(*order)["/n"][0]) for order in (answers, answers[::-1])]

    assert shares == [[1, 2], [1, 2]]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def test_a_key_without_end_is_not_repeated_by_the_fields_below_it():
    assert list(told(*[{"key" * 10_000: {f"a{at}": at for at in range(100)}, "b": 1}] * 2)) == ["/b"]


@given(st.lists(JSON, min_size=2, max_size=3))
def test_any_json_is_read_without_a_fault(answers):
    for one in field_votes(dict(zip("ABC", map(json.dumps, answers), strict=False)), len(answers)):
        assert sum(len(each.slots) for each in one.classes) + len(one.missing) <= len(answers)


@pytest.mark.parametrize("text", ['{"\\u0000": 1}', '[{"a": [1, "b\\u0000"]}]', '{"\\ud83d": 1}', '["\\ude00"]'])
def test_answer_that_no_database_keeps_is_no_json(text):
    assert json_answer(text) is None
    assert told(text, text) == {}


def test_spelled_characters_are_read():
    assert json_answer('{"\\ud83d\\ude00": "\\\\u0000"}') == {"😀": "\\u0000"}
