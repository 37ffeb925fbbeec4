"""With 20,000 runs, lists and searches read by indexes: the plans of the very queries, with their own values."""

import json
import re
from collections.abc import Callable, Iterator, Sized
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import User
from apps.fusion.blind_votes import FUSED, VotedAnswer
from apps.fusion.vectors import packed
from apps.runs import tasks
from apps.runs.lifecycle import due, sweep
from apps.runs.measuring.history import SEED_OF_TEXTS, Texts, disk_needed, seed_history
from apps.runs.models import Run
from apps.runs.reading import queries
from apps.runs.reading.bulk_export import export_runs, runs_found
from apps.runs.reading.history_columns import attach_makers, attach_ratings
from apps.runs.reading.history_pages import HistoryPage
from apps.runs.reading.leaderboard import VoteFilter, leaderboard, presets_voted_on, record_of
from apps.runs.reading.rated_prompts import rated_prompts
from apps.runs.reading.run_comparison import compare_runs
from apps.runs.reading.searching.run_query import FIGURES, FLAGS, RunQuery, names
from apps.runs.reading.searching.search import CUSTOM_PLANS, search_runs
from apps.runs.reading.searching.tags import tags_of
from apps.runs.reading.similar_runs import similar_runs
from tests.factories import SMOL, make_local_preset, make_user

RUNS, PEOPLE = 20_000, 20
SEEDED = {"runs_run", "runs_call", "runs_calloutput", "runs_searchrow"}
LARGE = SEEDED | {"annotations_blindvote", "annotations_rating", "runs_runvector"}
ANSWERS = (VotedAnswer(call=1, model=SMOL, is_chosen=True), VotedAnswer(call=2, model=FUSED, is_fused=True))
OPINIONS = """
INSERT INTO annotations_blindvote (run_id, author_id, verdict, answers, created_at)
    SELECT id, owner_id, 'best', %(answers)s::jsonb, now() FROM runs_run WHERE id %% 101 %% 3 = 0;
INSERT INTO annotations_rating (run_id, author_id, call, thumb, reasons, comment, created_at, changed_at)
    SELECT id, owner_id, answer_call_id, 'up', '[]', '', now(), now() FROM runs_run WHERE id %% 101 %% 3 = 1;
INSERT INTO runs_runvector (run_id, owner_id, numbers) SELECT id, owner_id, %(vector)s FROM runs_run;
ANALYZE annotations_blindvote, annotations_rating, runs_runvector
"""
"""A vote or a rating of two in three runs, whatever their tags and people go by, and a vector of each."""
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
    *("consensus:tower", "insight:tower", "coverage:tower", "blind-spot:tower"),
    *("judge:overlap", f"writer:{SMOL}", f"alone:{SMOL}", "-alone:nobody"),
    *("grounding<0.5", "stability<1", "preference>=50%", "duration>2m", "rating:up", "-rating:down", "after:2020"),
    *("strategy:fuse", "preset:custom", "reason:too-long", "key:any", "fork-of:any", "is:shared", "archived"),
]


SWEPT = (
    *(sweep.rescue_lost_calls, sweep.wake_runs, sweep.send_forgotten_calls, sweep.send_calls_put_back),
    *(sweep.tell_of_lost_events, lambda: due.look([*sweep.WORKS, *tasks.MORE])),
)
"""Queries of the sweep, of which the last comes once a second."""
ALL_VISIBLE = "UPDATE pg_class SET relallvisible = relpages WHERE relname = 'runs_run'"
"""The table as autovacuum leaves it: it cannot be vacuumed in the transaction of a test."""


@pytest.mark.timeout(600)
@pytest.mark.django_db
def test_no_list_and_no_search_reads_a_whole_table():
    make_local_preset()
    owners = [make_user(f"person{number}") for number in range(PEOPLE)]
    with connection.cursor() as cursor:  # a database whose rows were deleted thinks its tables empty, at any size
        cursor.execute(f"LOCK TABLE {', '.join(SEEDED)} IN SHARE UPDATE EXCLUSIVE MODE")  # autovacuum writes there too
        cursor.execute("UPDATE pg_class SET relpages = 100, reltuples = 0 WHERE relname = ANY(%s)", [[*SEEDED]])
    assert list(seed_history(owners, RUNS, SMOL, body=64, slots=""))[-1] == RUNS == Run.objects.count()
    reader = owners[3]
    middle = queries.history(reader, size=500).next_cursor
    asked = {"first page": lambda: queries.history(reader), "middle": lambda: queries.history(reader, before=middle)}
    for text in SEARCHES:
        query = RunQuery.parse(text, timezone.localdate())
        best = replace(query, by_relevance=True)
        asked[text] = lambda query=query: search_runs(reader, query, by_thread=True)
        asked[f"best {text}"] = lambda query=best: search_runs(reader, query)

    with connection.cursor() as cursor:
        answers = json.dumps([one.model_dump(mode="json") for one in ANSWERS])
        cursor.execute(OPINIONS, {"answers": answers, "vector": packed([COMMON])[0]})
    voted = Run.objects.filter(owner=reader, blind_votes__author=reader).exclude(tags=[]).order_by("pk")[0]
    page = queries.history(reader).runs
    names, exported = [run.public_id for run in page[:4]], [run.pk for run in page[:2]]
    asked |= {
        "compare": lambda: compare_runs(reader, names).runs,
        "leaderboard": lambda: leaderboard(reader).standings,
        "leaderboard of a tag": lambda: leaderboard(reader, VoteFilter(tag=voted.tags[0])).standings,
        "sentence at the prompt": lambda: [record_of(reader)],
        "presets voted on": lambda: ["", *presets_voted_on(reader)],
        "rated prompts": lambda: rated_prompts(reader),
        "keys of an export": lambda: list(islice(runs_found(reader, RunQuery()), 600)),
        "keys of an exported search": lambda: list(runs_found(reader, RunQuery.parse(COMMON, timezone.localdate()))),
        "export": lambda: "".join(export_runs(reader, exported, "csv")).splitlines(),
        "similar runs": lambda: similar_runs(reader, page[0]).runs,
        "sweep": lambda: [one() for one in SWEPT],
        "columns": lambda: (attach_ratings(reader, page), attach_makers(page)),
        "tags": lambda: tags_of(reader),
    }

    read = {name: read_by(ask) for name, ask in asked.items()}

    assert {name: whole for name, (_, whole) in read.items() if whole} == {}
    assert read[COMMON][0] == read["middle"][0] == 50
    assert 0 < read[RARE][0] < 50
    assert (read["compare"][0], read["similar runs"][0], read["keys of an export"][0]) == (4, 20, 600)
    assert read["leaderboard"][0] == read["leaderboard of a tag"][0] == 2
    assert read["rated prompts"][0] > RUNS / PEOPLE / 2
    assert read["tag:nothing"][0] == read["status:failed"][0] == 0
    tags = {tag for own in Run.objects.filter(owner=reader).values_list("tags", flat=True) for tag in own}
    with CaptureQueriesContext(connection) as captured, connection.cursor() as cursor:
        cursor.execute(ALL_VISIBLE)
        assert tags_of(reader) == sorted(tags) != []
    scans = {node["Index Name"]: node["Node Type"] for node in nodes_of(captured[-1]["sql"]) if "Index Name" in node}
    assert scans["run_few_tags"] == "Index Only Scan"
    assert [name for name in FIGURES if name not in condition_of(reader, f"{name}>0.9")] == []
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX search_figures, search_facets, run_vector_newest")
    for name in ("tag:nothing", "similar runs"):
        assert read_by(asked[name])[1] != []  # without indexes the plan says so


def condition_of(reader: User, search: str) -> str:
    """Return what a search looks at in the index of figures, without the rows behind it."""
    with CaptureQueriesContext(connection) as captured:
        search_runs(reader, RunQuery.parse(search, timezone.localdate()))
    (sql,) = [query["sql"] for query in captured if query["sql"].startswith('SELECT "runs_searchrow"."run_id"')]
    (scan,) = [node for node in nodes_of(sql) if node.get("Index Name") == "search_figures"]
    return scan["Index Cond"]


def read_by(ask: Callable[[], HistoryPage | Sized]) -> tuple[int, list[str]]:
    """Return how many runs were found, and the large tables that were read from end to end for them."""
    with CaptureQueriesContext(connection) as captured:
        found = ask()
    number = len(found.runs if isinstance(found, HistoryPage) else found)
    return number, [table for query in captured.captured_queries for table in whole_tables(query["sql"] or "")]


def whole_tables(sql: str) -> Iterator[str]:
    """Yield the large tables that the plan of a query reads from end to end."""
    if sql.startswith(("SELECT", "(SELECT")):
        scans = (node for node in nodes_of(sql) if node["Node Type"] == "Seq Scan")
        yield from (node["Relation Name"] for node in scans if node["Relation Name"] in LARGE)


def nodes_of(sql: str) -> Iterator[dict[str, Any]]:
    """Yield the nodes of the plan of a query."""
    with connection.cursor() as cursor:
        cursor.execute(f"{CUSTOM_PLANS}; EXPLAIN (FORMAT JSON) {sql}")
        cursor.nextset()
        plan = cursor.fetchone()[0]
    plans = [(json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]]
    while plans:
        node = plans.pop()
        plans += node.get("Plans", [])
        yield node


def test_every_prefix_is_among_the_searches_whose_plans_are_looked_at():
    asked = {re.match(r"-?([\w-]*)", term).group(1) for text in SEARCHES for term in text.split()}

    assert {*names(), *FLAGS} - asked == set()


def test_disk_is_said_before_it_is_filled():
    assert disk_needed(1_000_000, 2000) == pytest.approx(29.5e9, rel=0.01)
