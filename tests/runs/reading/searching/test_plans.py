"""With 50,000 runs, lists and searches read by indexes: the plans of the very queries, with their own values."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.runs.measuring.history import SEED_OF_TEXTS, Texts, disk_needed, seed_history
from apps.runs.models import Run
from apps.runs.reading import queries
from apps.runs.reading.history_pages import HistoryPage
from apps.runs.reading.searching.run_query import RunQuery
from apps.runs.reading.searching.search import CUSTOM_PLANS, search_runs
from tests.factories import SMOL, make_local_preset, make_user

RUNS, PEOPLE = 50_000, 50
LARGE = {"runs_run", "runs_call", "runs_calloutput", "runs_searchrow"}
WORDS = Texts.of(SEED_OF_TEXTS).words
COMMON, RARE = WORDS[1], WORDS[3000]
SEARCHES = [
    COMMON,
    RARE,
    f"{COMMON} {RARE}",
    f'"{COMMON} {WORDS[2]}"',
    f"{RARE[:-2]}*",
    "tag:tag7",
    "tag:nothing",
    f"model:{SMOL}",
    f"-model:{SMOL}",
    "has:contradiction agreement<0.1",
    "agreement<0.001",
    "cost>0.0999",
    "starred",
    "status:failed",
    "before:2020",
    f"contradiction:{COMMON}",
    f"contradiction:{RARE}",
]


@pytest.mark.timeout(600)
@pytest.mark.django_db
def test_no_list_and_no_search_reads_a_whole_table():
    make_local_preset()
    owners = [make_user(f"person{number}") for number in range(PEOPLE)]
    with connection.cursor() as cursor:  # a database whose rows were deleted thinks its tables empty, at any size
        cursor.execute(f"LOCK TABLE {', '.join(LARGE)} IN SHARE UPDATE EXCLUSIVE MODE")  # autovacuum writes there too
        cursor.execute("UPDATE pg_class SET relpages = 100, reltuples = 0 WHERE relname = ANY(%s)", [[*LARGE]])
    assert list(seed_history(owners, RUNS, SMOL, body=64, slots=""))[-1] == RUNS == Run.objects.count()
    reader = owners[3]
    middle = queries.history(reader, size=500).next_cursor
    asked = {"first page": lambda: queries.history(reader), "middle": lambda: queries.history(reader, before=middle)}
    for text in SEARCHES:
        query = RunQuery.parse(text, timezone.localdate())
        best = replace(query, by_relevance=True)
        asked[text] = lambda query=query: search_runs(reader, query, by_thread=True)
        asked[f"best {text}"] = lambda query=best: search_runs(reader, query)

    read = {name: read_by(ask) for name, ask in asked.items()}

    assert {name: whole for name, (_, whole) in read.items() if whole} == {}
    assert read[COMMON][0] == read["middle"][0] == 50
    assert 0 < read[RARE][0] < 50
    assert read["tag:nothing"][0] == read["status:failed"][0] == 0
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX search_newest, search_facets, search_cost, search_agreement")
    assert read_by(asked["tag:nothing"])[1] != []  # without indexes the plan says so


def read_by(ask: Callable[[], HistoryPage]) -> tuple[int, list[str]]:
    """Return how many runs were found, and the large tables that were read from end to end for them."""
    with CaptureQueriesContext(connection) as captured:
        runs = ask().runs
    return len(runs), [table for query in captured.captured_queries for table in whole_tables(query["sql"])]


def whole_tables(sql: str) -> Iterator[str]:
    """Yield the large tables that the plan of a query reads from end to end."""
    if not sql.startswith("SELECT"):
        return
    with connection.cursor() as cursor:
        cursor.execute(f"{CUSTOM_PLANS}; EXPLAIN (FORMAT JSON) {sql}")
        cursor.nextset()
        plan = cursor.fetchone()[0]
    plans = [(json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]]
    while plans:
        node = plans.pop()
        plans += node.get("Plans", [])
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE:
            yield node["Relation Name"]


def test_disk_is_said_before_it_is_filled():
    assert disk_needed(1_000_000, 2000) == pytest.approx(29.5e9, rel=0.01)
