"""Tables of values: CSV and JSON lines as people have them, and the line that is wrong."""

import pytest

from apps.fusion.value_tables import MOST_BYTES, MOST_ROWS, BadTable, decode_table, read_table

TABLES = [
    ("city,year\nParis,1889\nRome,80\n", [{"city": "Paris", "year": "1889"}, {"city": "Rome", "year": "80"}]),
    ("city;year\r\nParis;1889\r\n\r\n", [{"city": "Paris", "year": "1889"}]),
    ("city\tyear\nParis\t1889", [{"city": "Paris", "year": "1889"}]),
    ('city,note\nParis,"a, ""b""\nand c"\n', [{"city": "Paris", "note": 'a, "b"\nand c'}]),
    ("\ufefffirst name\nAnn", [{"first name": "Ann"}]),
    ("note\na\u2028b\n", [{"note": "a\u2028b"}]),
    ("city,year\nParis,\n", [{"city": "Paris", "year": ""}]),
    (
        '{"city": "Paris", "year": 1889}\n\n{"year": 80.5, "city": "Ro\\nme"}\n',
        [{"city": "Paris", "year": "1889"}, {"city": "Ro\nme", "year": "80.5"}],
    ),
    ('{"ok": true}', [{"ok": "true"}]),
    (
        '{"a": 2.50, "b": 1e5, "c": 1234567890.1234567890}',
        [{"a": "2.50", "b": "1e5", "c": "1234567890.1234567890"}],
    ),
    (
        "city;year\rParis, the old, big, fair one;1889\r\rRome;80",
        [
            {"city": "Paris, the old, big, fair one", "year": "1889"},
            {"city": "Rome", "year": "80"},
        ],
    ),
    ('{"a": 1}\r{"a": 2}\r\n{"a": "x\u2028y"}', [{"a": "1"}, {"a": "2"}, {"a": "x\u2028y"}]),
    ("\ufeff\r\n\r\ncity\r\nParis\r\n \r\n", [{"city": "Paris"}]),
    ("a,b\n,\n1,2\n,\n", [{"a": "1", "b": "2"}]),
    ('a,b\n"x\r\n\r\ny",2', [{"a": "x\r\n\r\ny", "b": "2"}]),
]
WRONG = [
    ("", "The table is empty."),
    ("city", "The table has a first line with names and no row below it."),
    ("city,year\nParis\n", "Line 2 has 1 cell; the first line has 2 (city, year)."),
    ('city,note\nA,"x\ny"\nB,1,2\n', "Line 4 has 3 cells; the first line has 2"),
    ('city\n"Paris', "Line 2 is no CSV"),
    ("city,city\nA,B", "Line 1: there are two columns “city”."),
    ("city,\nA,B", "Line 1: “” cannot name column 2."),
    ("1st\nA", "Line 1: “1st” cannot name column 1."),
    ("city\nA\x00", "Line 2 has a NUL character."),
    ("city\r\nA\rB\n\x00", "Line 4 has a NUL character. Remove it, or save the file as UTF-8."),
    (",,\n,,\n", "The table is empty."),
    ("\ufeff \n", "The table is empty."),
    ("\n\n1st\nA", "Line 3: “1st” cannot name column 1."),
    ("\n\na,a\n1,2", "Line 3: there are two columns “a”."),
    ('a,b\n1,"x\ny"\n\n2,"z\n\nq",3\n', "Line 5 has 3 cells"),
    ('[{"city": "Paris"}]', "The table is a list in JSON. Put each of its objects on a line of its own"),
    ("{}\n{}", "Line 1 names no column."),
    ('{"a": 1}\n{"a": 1, "a": 2}', "Line 2 has “a” twice."),
    ('{"\\ud800": 1}', "Line 1: a name has a character that is no text"),
    ('{"a": 1}\n{"a": 1, "\\u0000": 2}', "Line 2: a name has a character that is no text"),
    ('{"a": 1}\n{"a": 1, "' + "x" * 3_000 + '": 2}', f"Line 2 has “{'x' * 50}…”; the first has a."),
    ('{"a": 1}\n{"a": NaN}', "Line 2 has NaN, which is no JSON. Put it in quotes."),
    ('{"a": -1e999}', "Line 1: “a” is too large a number. Put it in quotes."),
    ('{"a": ' + "9" * 5_000 + "}", "Line 1 is no JSON: "),
    ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "Line 1 is no JSON: "),
    ('{"a": 1}\n{"b": 1}', "Line 2 has no “a”; the first has a."),
    ('{"a": 1}\n{"a": 1, "b": 2}', "Line 2 has “b”; the first has a."),
    ('{"a": 1}\n[1]', "Line 2 is no object."),
    ('{"a": "\\u0000"}', "Line 1: “a” has a character that is no text"),
    ('{"a": "\\ud800"}', "Line 1: “a” has a character that is no text"),
    ('{"a": 1}\n{', "Line 2 is no JSON"),
    ('{"a": [1]}', "Line 1: “a” is a list."),
    ('{"a": null}', "Line 1: “a” is null."),
    ("a\n" + "x" * 100_001, "Line 2: “a” has more than 100,000 characters."),
    ("a\n" + "x" * 200_000, "Line 2: a cell has more than 100,000 characters."),
    (",".join(f"c{at}" for at in range(51)) + "\n", "The table has 51 columns; 50 are the most."),
]


@pytest.mark.parametrize("text, rows", TABLES)
def test_table_is_read(text, rows):
    assert list(read_table(text).rows) == rows


@pytest.mark.parametrize("text, beginning", WRONG)
def test_wrong_table_is_refused_with_its_line(text, beginning):
    with pytest.raises(BadTable) as caught:
        read_table(text)

    assert caught.value.sentence.startswith(beginning)


def test_file_in_another_utf_is_refused_with_what_to_do():
    for data in ("city\nParis".encode("utf-16-le"), "city\nParis".encode("utf-32")):
        with pytest.raises(BadTable, match="Line 1 has a NUL character"):
            read_table(decode_table(data))


def test_ten_thousand_rows_are_refused_with_the_limit():
    with pytest.raises(BadTable) as caught:
        read_table("n\n" + "".join(f"{at}\n" for at in range(10_000)))

    assert caught.value.sentence == "The table has more than 5,000 rows; line 5002 is the first too many. Split it."
    assert len(read_table("n\n" + "1\n" * MOST_ROWS).rows) == MOST_ROWS


@pytest.mark.parametrize(
    "data, expected",
    [
        ("größe\n1".encode("utf-8-sig"), "größe\n1"),
        ("größe\n1".encode("utf-16"), "größe\n1"),
        ("a\nb\ngröße".encode("latin-1"), "Line 3 is not UTF-8 (byte 0xF6). Save the file as UTF-8."),
        (b"\xff\xfea", "Line 1 is not UTF-16, as its first bytes say (it breaks off). Save the file as UTF-8."),
        (
            "a\nb\n".encode("utf-16") + b"\0\xd8c\0",
            "Line 3 is not UTF-16, as its first bytes say (byte 0x00). Save the file as UTF-8.",
        ),
        (b"\xfe\xff" + "größe\n1".encode("utf-16-be"), "größe\n1"),
        (b"a" * (MOST_BYTES + 1), "The file has more than 5,000,000 bytes. Split it."),
    ],
)
def test_file_is_decoded_or_refused_with_its_line(data, expected):
    try:
        found = decode_table(data)
    except BadTable as error:
        found = error.sentence

    assert found == expected
