"""A long history for measurements: runs of many people with texts of realistic lengths, in the tables by COPY.

Each run is like a template run of its own database, but for texts, times and figures. Words follow Zipf's law, so that
some are in nearly all runs and most in few. From one seed come the same texts, which come again and again in a history
that is longer than they are: most of the time would else be PostgreSQL's for finding their words.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.catalogue.recipes.resolve import build_recipe
from apps.fusion.values import Message, SlotSpec
from apps.fusion.vocabulary import AnswerKind, Builtin, Role, Status
from apps.runs.models import Call, CallOutput, Run, SearchRow

VOCABULARY, EXPONENT = 20_000, 1.05
SYLLABLES = "ba be bi bo bu da de di do du ka ke ki ko ku la le li lo lu ma me mi mo mu na ne ni no nu ra re ri ro ru"
SEED_OF_TEXTS = 7
ID_BEGINS = "hist"
"""The beginning of the ids of made-up runs; the number of the run follows."""
PART = 10_000
"""Runs of one transaction."""
DISK_OF_RUN, DISK_OF_ANSWER = 5_500, 3
"""Bytes of a run with its rows and indexes, and bytes for each character of the median answer: 29,500 in all for one of
2,000, as measured with 5,000 runs. The mean answer is longer than the median, and each word stands in an index too."""
GIN_INDEXES = [index for index in SearchRow._meta.indexes if isinstance(index, GinIndex)]
MEMORY = "512MB"
"""Memory in which PostgreSQL makes them."""
DISTINCT = 20_011
"""Runs with texts of their own, after which the texts come again; a prime, so that each text comes to all people."""
TEXTS = """
DROP TABLE IF EXISTS seed, seed_text, seed_copy;
CREATE TEMPORARY TABLE seed_copy (place int, title text, prompt text, slot_a text, slot_b text, slot_c text,
    fused text, agreement float, cost numeric, tags varchar[])
"""
WORDS = """
CREATE TEMPORARY TABLE seed_text AS SELECT *,
    setweight(to_tsvector(%(language)s::regconfig, prompt), 'A')
        || setweight(to_tsvector(%(language)s::regconfig, fused), 'B')
        || strip(to_tsvector(%(language)s::regconfig, slot_a || ' ' || slot_b || ' ' || slot_c)) AS words,
    setweight(to_tsvector(%(language)s::regconfig, CASE WHEN agreement < 0.5 THEN title ELSE '' END), 'A')
        AS finding_words
FROM seed_copy;
DROP TABLE seed_copy;
ANALYZE seed_text
"""
SEED = """
DROP TABLE IF EXISTS seed;
CREATE TEMPORARY TABLE seed AS SELECT %(begin)s || lpad(number::text, 8, '0') AS public_id,
    (%(owners)s::bigint[])[1 + number %% cardinality(%(owners)s::bigint[])] AS owner_id,
    %(now)s::timestamptz - number * interval '1 minute' AS created_at, number %% %(texts)s AS place
FROM generate_series(%(first)s::int, %(last)s::int) AS number;
ANALYZE seed
"""
SEARCH_ROWS = """
INSERT INTO runs_searchrow (run_id, owner_id, created_at, agreement, cost, duration, facets, words, finding_words)
SELECT run.id, run.owner_id, run.created_at, run.agreement, run.cost, 24,
    ARRAY['status:done', 'strategy:fuse', 'preset:custom', 'model:' || %(model)s]
        || ARRAY(SELECT 'tag:' || tag FROM unnest(run.tags) AS tag)
        || CASE WHEN run.agreement < 0.5 THEN ARRAY['has:contradiction'] ELSE '{}' END,
    words, finding_words
FROM seed JOIN seed_text USING (place) JOIN runs_run AS run USING (public_id)
"""


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts of made-up words: rank 1 is the most common one."""

    chance: random.Random
    words: list[str]
    weights: list[float]

    @classmethod
    def of(cls, seed: int) -> "Texts":
        """Return the texts that come from a seed."""
        chance, syllables = random.Random(seed), SYLLABLES.split()
        words = [
            "".join(chance.choice(syllables) for _ in range(2 + rank % 3)) + str(rank) for rank in range(VOCABULARY)
        ]
        return cls(chance, words, list(accumulate(1 / (rank + 2) ** EXPONENT for rank in range(VOCABULARY))))

    def text(self, characters: int) -> str:
        """Return a text of about so many characters."""
        count = max(1, characters // 8)
        return " ".join(self.chance.choices(self.words, cum_weights=self.weights, k=count))


def disk_needed(runs: int, body: int) -> int:
    """Return the bytes that so many runs take, with three answers and a fused one of so many characters."""
    return int(runs * (DISK_OF_RUN + 4 * body * DISK_OF_ANSWER))


def seed_history(owners: list[User], runs: int, model: str, body: int = 2000, slots: str = "ABC") -> Iterator[int]:
    """Store runs of these owners, one a minute into the past, and yield how many were stored after each part.

    Each has a call for each of the ``slots`` of its panel, which are A, B and C, and one for the fused answer.
    """
    before = done = Run.objects.filter(public_id__startswith=ID_BEGINS).count()
    texts = min(DISTINCT, runs)
    of_all: dict[str, Any] = {"begin": ID_BEGINS, "now": timezone.now(), "texts": texts}
    of_all["owners"] = [owner.pk for owner in owners]
    _copy_texts(Texts.of(SEED_OF_TEXTS), texts, body)
    try:
        # A GIN index is made in a tenth of the time that it takes to fill one row by row.
        with connection.schema_editor() as editor:
            for index in GIN_INDEXES:
                editor.remove_index(SearchRow, index)
        while done < before + runs:
            part = min(PART, before + runs - done)
            with transaction.atomic():
                template = _template(owners[0], model, slots)
                with connection.cursor() as cursor:
                    cursor.execute(SEED, of_all | {"first": done, "last": done + part - 1})
                _insert_rows(template, model, is_first=done == before)
                template.delete()
            done += part
            yield done - before
    finally:
        with connection.schema_editor() as editor:
            editor.execute(f"DROP TABLE IF EXISTS seed, seed_text; SET LOCAL maintenance_work_mem = '{MEMORY}'")
            for index in GIN_INDEXES:
                editor.add_index(SearchRow, index)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _template(owner: User, model: str, slots: str) -> Run:
    panel = [SlotSpec(slot=slot, model=model) for slot in "ABC"]
    message = Message(role="user", text="Template")
    run = Run.objects.create(
        owner=owner,
        team=owner.personal_team,
        title="Template",
        prompt="Template",
        messages=(message,),
        recipe=build_recipe(panel, Builtin.OVERLAP, model),
        status=Status.DONE,
        answer_kind=AnswerKind.FUSED,
        agreement_items=4,
        needs_indexing=False,
    )
    roles = [*((Role.PANEL, slot) for slot in slots), (Role.SYNTHESIS, "")]
    for role, slot in roles:
        values = {"status": Status.DONE, "claim": 1, "cost": Decimal("0.01"), "ended_at": timezone.now()}
        call = Call.objects.create(run=run, stage=role, role=role, slot=slot, model=model, **values)
        CallOutput.objects.create(call=call)
    return run


def _copy_texts(texts: Texts, count: int, body: int) -> None:
    """Copy so many texts into a table of this connection, with their words."""
    chance = texts.chance
    with connection.cursor() as cursor:
        cursor.execute(TEXTS)
        with cursor.copy("COPY seed_copy FROM STDIN") as copy:
            for place in range(count):
                # Lengths scatter as those of answers do: many short ones, and a long tail.
                lengths = [min(4 * body, max(16, int(chance.lognormvariate(0, 0.6) * body))) for _ in range(4)]
                prompt = texts.text(max(40, body // 8))
                tags = [f"tag{chance.randrange(40)}"] if chance.random() < 0.2 else []
                row = [place, prompt[:200], prompt, *(texts.text(length) for length in lengths)]
                copy.write_row([*row, chance.random(), chance.random() / 10, tags])
        cursor.execute(WORDS, {"language": settings.HISTORY_LANGUAGE})


def _insert_rows(template: Run, model: str, *, is_first: bool) -> None:
    """Insert runs, calls, outputs and search rows of the texts; all else of them is the template's."""
    # Tables that were emptied are thought empty until then, and the joins below would go through them row by row.
    analyse = [f"ANALYZE {table}" for table in ("runs_run", "runs_call") if is_first]
    own = {"public_id", "owner_id", "created_at"}
    texts = {"title", "prompt", "agreement", "cost", "tags"}
    of_run = [field.column for field in Run._meta.concrete_fields if not field.primary_key]
    of_call = [field.column for field in Call._meta.concrete_fields if field.column not in ("id", "run_id")]
    of_output = [field.column for field in CallOutput._meta.concrete_fields if field.column not in ("call_id", "text")]
    source = {**dict.fromkeys(own, "seed"), **dict.fromkeys(texts, "seed_text")}
    run_values = ", ".join(f'{source.get(name, "template")}."{name}"' for name in of_run)
    run_values = run_values.replace('template."ended_at"', "seed.created_at + interval '24 seconds'")
    statements = [
        f"INSERT INTO runs_run ({_listed(of_run)}) SELECT {run_values} FROM seed JOIN seed_text USING (place),"
        " runs_run AS template WHERE template.id = %(template)s",
        *analyse[:1],
        f"INSERT INTO runs_call (run_id, {_listed(of_call)}) SELECT run.id, {_listed(of_call, 'template')}"
        " FROM seed JOIN runs_run AS run USING (public_id), runs_call AS template"
        " WHERE template.run_id = %(template)s",
        *analyse[1:],
        f"INSERT INTO runs_calloutput (call_id, text, {_listed(of_output)})"
        " SELECT call.id, CASE call.slot WHEN 'A' THEN slot_a WHEN 'B' THEN slot_b WHEN 'C' THEN slot_c ELSE fused END,"
        f" {_listed(of_output, 'template')} FROM seed JOIN seed_text USING (place)"
        " JOIN runs_run AS run USING (public_id) JOIN runs_call AS call ON call.run_id = run.id,"
        " (SELECT * FROM runs_calloutput WHERE call_id = (SELECT min(id) FROM runs_call WHERE run_id = %(template)s))"
        " AS template",
        "UPDATE runs_run SET answer_call_id = call.id FROM seed, runs_call AS call"
        " WHERE runs_run.public_id = seed.public_id AND call.run_id = runs_run.id AND call.slot = ''",
        SEARCH_ROWS,
    ]
    parameters = {"template": template.pk, "model": model, "language": settings.HISTORY_LANGUAGE}
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, parameters)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def _listed(columns: list[str], table: str = "") -> str:
    return ", ".join(f'{table}."{column}"' if table else f'"{column}"' for column in columns)
