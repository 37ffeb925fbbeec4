"""The search box: what a query means, and where and why a wrong one is wrong."""

from datetime import date
from random import Random

import pytest

from apps.fusion.vocabulary import FindingKind
from apps.runs.reading.searching.run_query import (
    BadQuery,
    Facet,
    Figure,
    FindingWords,
    Made,
    ModelNamed,
    RunQuery,
    Words,
    names,
)

TODAY = date(2026, 11, 28)
CONTRADICTION = FindingKind.CONTRADICTION

MEANINGS = [
    ("", ()),
    ("sky  blue", (Words("sky"), Words("blue"))),
    ('"rate limit" -x', (Words("rate limit", is_phrase=True), Words("x", is_negated=True))),
    ("“rate limit”", (Words("rate limit", is_phrase=True),)),
    ("tow* it*", (Words("tow", is_prefix=True), Words("it", is_prefix=True))),
    ("a* * 塔* -塔", (Words("a*"), Words("*"), Words("塔", is_prefix=True), Words("塔", is_negated=True))),
    ("- --x a-b 5<6 it's", (Words("-"), Words("--x"), Words("a-b"), Words("5<6"), Words("it's"))),
    ("to\x00wer", (Words("tower"),)),
    ('key = "cost" <5', (Words("key"), Words("="), Words("cost", is_phrase=True), Words("<5"))),
    ("model:vendor/claude:free", (ModelNamed("model", "vendor/claude:free"),)),
    ('-judge:"Two Words" Alone:x', (ModelNamed("judge", "Two Words", True), ModelNamed("alone", "x"))),
    ("has:contradiction is:shared", (Facet("has", "contradiction"), Facet("is", "shared"))),
    ("status:stopped strategy:Vote", (Facet("status", "cancelled"), Facet("strategy", "vote"))),
    ("preset:Quick key:CI", (Facet("preset", "quick"), Facet("key", "ci"))),
    ("-fork-of:k3Xw9Qp2LmZa", (Facet("fork-of", "k3xw9qp2lmza", is_negated=True),)),
    ('contradiction:"rate limit"', (FindingWords(CONTRADICTION, "rate limit"),)),
    ("-contradiction:cost", (FindingWords(CONTRADICTION, "cost", True),)),
    ("agreement<0.5 cost>$0.05", (Figure("agreement", "lt", 0.5), Figure("cost", "gt", 0.05))),
    ("grounding:<=80% stability:1", (Figure("grounding", "lte", 0.8), Figure("stability", "exact", 1.0))),
    ("duration>=2m -duration<90s", (Figure("duration", "gte", 120.0), Figure("duration", "lt", 90.0, True))),
    ("rating>0 -rating:-0.5", (Figure("rating", "gt", 0.0), Figure("rating", "exact", -0.5, True))),
    (
        "rating:UP rating=down has:rating",
        (Figure("rating", "gt", 0), Figure("rating", "lt", 0), Facet("has", "rating")),
    ),
    ("reason:too-long", (Facet("reason", "too_long"),)),
    ("before:2026-11-05 after:2026-10", (Made(True, date(2026, 11, 5)), Made(False, date(2026, 10, 1)))),
    ("after:2025 before:today", (Made(False, date(2025, 1, 1)), Made(True, TODAY))),
    ("after:yesterday after:2w", (Made(False, date(2026, 11, 27)), Made(False, date(2026, 11, 14)))),
]


@pytest.mark.parametrize(("text", "terms"), MEANINGS)
def test_query_means(text: str, terms: tuple) -> None:
    assert RunQuery.parse(text, TODAY).terms == terms


TORN = "A condition has no spaces in it, as in agreement<0.5 or status:done."
FAULTS = [
    ("agremeent<0.5", "There is no “agremeent<”. Did you mean “agreement”?", 0, 9, "agreement<0.5"),
    ("sky -statsu:done x", "There is no “statsu:”. Did you mean “status”?", 5, 6, "sky -status:done x"),
    ("http://x", "There is no “http:”. To find the words themselves, put them in quotes.", 0, 4, ""),
    ("status:dne", "“status” does not take “dne”. Did you mean “done”?", 7, 3, "status:done"),
    ('has:"contradicton"', "“has” does not take “contradicton”. Did you mean “contradiction”?", 5, 12,
     'has:"contradiction"'),
    ("is:zzz", "“is” does not take “zzz”. It takes shared, starred, archived or imported.", 3, 3, ""),
    ("status:zzz", "“status” does not take “zzz”. It takes queued, running, done, failed, cancelled or stopped.", 7, 3,
     ""),
    ("status>done", "After “status” stands a colon, as in status:done.", 6, 1, ""),
    ("sky model:", "“model:” needs a value right after it, without a space.", 9, 1, ""),
    ("preset: x", "“preset:” needs a value right after it, without a space.", 6, 1, ""),
    ("sky agreement < 0.5", TORN, 4, 11, "sky agreement<0.5"),
    ("Cost >=$1 x", TORN, 0, 9, "Cost>=$1 x"),
    ("-status :done", TORN, 0, 13, "-status:done"),
    ('has : "note"', TORN, 0, 5, 'has:"note"'),
    ('a "b', "This quote is never closed.", 2, 1, ""),
    ('"a"b', "Put a space here, between two words of the search.", 3, 1, ""),
    ('model:""', "There is nothing between these quotes.", 6, 2, ""),
    ("agreement<x", "“agreement” takes a number: 0.8 or 80%.", 10, 1, ""),
    ("rating:good", "“rating” takes a number: 1, 0 or -1, or the words up and down.", 7, 4, ""),
    ("reason:to-long", "“reason” does not take “to-long”. Did you mean “too-long”?", 7, 7, "reason:too-long"),
    ("cost>nan", "“cost” takes a number: 0.05.", 5, 3, ""),
    ("duration>1e99", "“duration” takes a number: 90, 90s or 2m.", 9, 4, ""),
    ("before:2026-13", "“before” takes a day: 2026-11-28, 2026-11, 2026, today, yesterday or 7d (also w, m, y).", 7,
     7, ""),
    ("after:99999999999w", "“after” takes a day: 2026-11-28, 2026-11, 2026, today, yesterday or 7d (also w, m, y).", 6,
     12, ""),
    ("x" * 501, "A search takes at most 500 characters.", 500, 1, ""),
    ("x " * 21, "A search takes at most 20 words and conditions.", 40, 1, ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence", "column", "length", "suggestion"), FAULTS)
def test_wrong_query_says_where_and_what_is_near(
    text: str, sentence: str, column: int, length: int, suggestion: str
) -> None:
    with pytest.raises(BadQuery) as refused:
        RunQuery.parse(text, TODAY)

    error = refused.value
    assert (error.sentence, error.column, error.length, error.suggestion) == (sentence, column, length, suggestion)


@pytest.mark.parametrize("text", [fault[4] for fault in FAULTS if fault[4]])
def test_what_is_suggested_is_no_fault_itself(text: str) -> None:
    assert RunQuery.parse(text, TODAY).terms


@pytest.mark.parametrize("name", [name for name in names() if len(name) > 4])
def test_every_name_with_two_letters_exchanged_is_suggested(name: str) -> None:
    wrong = name[:1] + name[2] + name[1] + name[3:]
    for operator in (":", "<"):
        with pytest.raises(BadQuery) as refused:
            RunQuery.parse(f"sky {wrong}{operator}1", TODAY)
        assert (refused.value.column, refused.value.suggestion) == (4, f"sky {name}{operator}1")


def test_any_text_is_read_or_refused_at_a_place_and_what_is_suggested_goes_further():
    chance = Random(5)
    parts = [*names(), *"<>=:-\"' *()|&!\\/", "<=", ">=", "0.5", "80%", "2m", "up", "today", "7d", "claude", "塔", "٣"]
    parts += ["1e309", "nan", "--", "agremeent", "modle", "\x00", "\u202e", "\t", "y", "9" * 20 + "y", "2026-13", " "]

    def fault(text: str) -> BadQuery | None:
        try:
            RunQuery.parse(text, TODAY)
        except BadQuery as error:
            return error
        return None

    def text() -> str:
        return "".join(chance.choice(parts) + chance.choice(["", "", " "]) for _ in range(chance.randint(1, 7)))

    refused = [error for error in (fault(text()) for _ in range(4_000)) if error]
    assert len(refused) > 300
    assert [error.text for error in refused if not 0 <= error.column <= len(error.text)] == []
    suggested = [(error, fault(error.suggestion)) for error in refused if error.suggestion]
    assert len(suggested) > 20
    assert [one.suggestion for one, later in suggested if later and later.column <= one.column] == []
