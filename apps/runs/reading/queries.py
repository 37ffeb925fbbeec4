"""Reading runs, each for somebody: what a person may not see does not exist for them."""

import base64
import binascii
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from math import isfinite
from operator import and_
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Exists, FloatField, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast
from psycopg.errors import QueryCanceled

from apps.accounts.models import User
from apps.catalogue.models import Model
from apps.catalogue.recipes.warnings import references_of
from apps.fusion.vocabulary import Builtin, Role, Status
from apps.runs.models import UNFINISHED, Call, Run, Share
from apps.runs.reading import access

LARGEST_ID = 2**63 - 1
LONGEST_SEARCH, MOST_WORDS = 300, 8
"""Characters and words of a search that count."""
SEARCH_MS = 5_000
FIGURES = ("agreement", "grounding", "stability", "preference")
"""Figures of a run (0 to 1) that a search may name."""
LOOKUPS = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte", "=": "exact"}
RECENT_RUNS = 10
"""Runs whose models count as asked recently."""
MOST_NEW = 50
"""Runs that are added to a list at once."""


@dataclass(slots=True)
class HistoryPage:
    """Some runs, newest first, and the cursor of the next page ('' at the end)."""

    runs: list[Run]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions on the runs of a list; ``None`` or '' is no condition. Times are those of creation."""

    status: Status | None = None
    preset: str = ""
    model: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def lookups(self) -> dict[str, Any]:
        wanted = {
            "status": self.status,
            "preset": self.preset,
            "created_at__gte": self.since,
            "created_at__lt": self.until,
        }
        return {name: value for name, value in wanted.items() if value}


def find_run(user: User, public_id: str) -> Run:
    """Return a run that a person may read; raises ``Run.DoesNotExist`` for any other."""
    return access.visible_to(user).select_related("parent").get(public_id=public_id)


def find_editable_run(user: User, public_id: str) -> Run:
    """Return a run that a person may change; raises ``Run.DoesNotExist`` for any other."""
    return access.editable_by(user).select_related("parent").get(public_id=public_id)


def find_call(user: User, call_id: int) -> Call:
    """Return a call of a run that a person may read, with the run; raises ``Call.DoesNotExist``."""
    call = Call.objects.get(pk=call_id, run__in=access.visible_to(user))
    call.run = access.visible_to(user).get(pk=call.run_id)
    return call


def find_editable_call(user: User, call_id: int) -> Call:
    """Return a call of a run that a person may change, with the run; raises ``Call.DoesNotExist``."""
    call = Call.objects.get(pk=call_id, run__in=access.editable_by(user))
    call.run = access.editable_by(user).get(pk=call.run_id)
    return call


def find_editable_share(user: User, **lookup: Any) -> Share:
    """Return a share of a run that a person may change, with the run; raises ``Share.DoesNotExist``."""
    share = Share.objects.get(run__in=access.editable_by(user), **lookup)
    share.run = access.editable_by(user).get(pk=share.run_id)
    return share


def find_share(code: str) -> Share:
    """Return a share that has not been revoked; raises ``Share.DoesNotExist``."""
    return Share.objects.get(code=code, revoked_at__isnull=True)


def history(user: User, search: str = "", before: str = "", size: int = 50) -> HistoryPage:
    """Return a page of the threads that a person may read, each by its newest turn; at most three queries.

    With a ``search`` it is the newest turn whose prompt, answers and model names together contain every word, and whose
    figures are as it says ("grounding:<0.8"). Raises :class:`SearchTooSlow`.
    """
    words = search[:LONGEST_SEARCH].split()[:MOST_WORDS]
    matching = reduce(and_, map(_contains, words), Q())
    runs = access.visible_to(user).filter(matching)
    # However the database joins them, only turns of threads are searched a second time.
    in_threads = runs.filter(thread__isnull=False)
    later = in_threads.filter(thread=OuterRef("thread"), pk__gt=OuterRef("pk"))
    runs = runs.filter(~Exists(later))
    with _bounded() if words else nullcontext():
        found = list(_after(runs.defer("messages", "own_answers").order_by("-created_at", "-id"), before)[: size + 1])
    page = found[:size]
    attach_labels(page)
    _attach_turns(page)
    return HistoryPage(page, cursor_of(page[-1]) if len(found) > size else "")


def changes(user: User, public_ids: Collection[str], newest: str) -> tuple[list[Run], list[Run]]:
    """Return those of the named runs that have ended, and the runs that are newer than a cursor, newest first.

    Of both only what a person may read, and at most a page; '' as the cursor stands for no newer ones.
    """
    runs = access.visible_to(user).defer("messages", "own_answers").order_by("-created_at", "-id")
    ended = list(runs.filter(public_id__in=public_ids).exclude(status__in=UNFINISHED)) if public_ids else []
    newer, moment = [], _read_cursor(newest)
    if moment:
        created_at, pk = moment
        newer = list(runs.filter(Q(created_at__gt=created_at) | Q(created_at=created_at, pk__gt=pk))[:MOST_NEW])
    attach_labels([*ended, *newer])
    _attach_turns([*ended, *newer])
    return ended, newer


def recently_asked(user: User, runs: int = RECENT_RUNS) -> list[str]:
    """Return the models on the panels of a person's last runs, judges and writers too, the latest first; one query."""
    recipes = user.runs.order_by("-created_at", "-id").values_list("recipe", flat=True)[:runs]
    models = (reference for recipe in recipes for reference in references_of(recipe))
    return list(dict.fromkeys(models))


class SearchTooSlow(Exception):
    """The search was given up: it would have kept the database busy for longer than ``SEARCH_MS``."""


@contextmanager
def _bounded() -> Iterator[None]:
    """Let PostgreSQL cancel statements in the block after ``SEARCH_MS``; raise :class:`SearchTooSlow` then."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {SEARCH_MS:d}")
            yield
            cursor.execute("SET LOCAL statement_timeout = DEFAULT")  # the transaction may be somebody else's
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise SearchTooSlow from error
        raise


class BadCursor(ValueError):
    """A cursor that no page gave."""


def filtered(user: User, wanted: Filters, cursor: str = "", size: int = 50) -> HistoryPage:
    """Return the runs that a person may read and that fit, newest first; raises :class:`BadCursor`."""
    if cursor and _read_cursor(cursor) is None:
        raise BadCursor
    runs = access.visible_to(user).defer("messages", "own_answers").order_by("-created_at", "-id")
    for name, value in wanted.lookups.items():
        runs = runs.filter(**{name: value})
    if wanted.model:
        runs = runs.filter(Exists(Call.objects.filter(run=OuterRef("pk"), model=wanted.model)))
    found = list(_after(runs, cursor)[: size + 1])
    return HistoryPage(found[:size], cursor_of(found[size - 1]) if len(found) > size else "")


def _figure(word: str) -> Q | None:
    """Return the condition on a figure that a word of a search states: "grounding:<0.8", "agreement:>=80%"."""
    name, colon, condition = word.partition(":")
    if not colon or name.lower() not in FIGURES:
        return None
    number = condition.lstrip("<>=")
    lookup = LOOKUPS.get(condition.removesuffix(number) or "=") if number else None
    try:
        bound = float(number.removesuffix("%")) / (100 if number.endswith("%") else 1)
    except ValueError:
        return None
    if lookup is None or not isfinite(bound):
        return None
    if name.lower() == "preference":  # a share that is kept as its two counts
        return Q(
            **{"peers_asked__gt": 0, f"peers_for_fused__{lookup}": Cast("peers_asked", FloatField()) * Value(bound)}
        )
    return Q(**{f"{name.lower()}__{lookup}": bound})


def _contains(word: str) -> Q:
    """Return the condition that a word is in the prompt, in an answer of panel or writer, or in their models' names.

    One that states a figure is a condition on that.
    """
    figure = _figure(word)
    if figure is not None:
        return figure
    named = Model.objects.filter(label__icontains=word).values("reference")
    calls = Call.objects.filter(run=OuterRef("pk"), role__in=[Role.PANEL, Role.SYNTHESIS]).exclude(model__in=Builtin)
    said = calls.filter(Q(output__text__icontains=word) | Q(model__icontains=word) | Q(model__in=named))
    return Q(prompt__icontains=word) | Q(preset__iexact=word) | Q(Exists(said))


def _after(runs: QuerySet[Run], cursor: str) -> QuerySet[Run]:
    moment = _read_cursor(cursor)
    if moment is None:
        return runs
    created_at, pk = moment
    return runs.filter(Q(created_at__lt=created_at) | Q(created_at=created_at, pk__lt=pk))


def cursor_of(run: Run) -> str:
    """Return the place of a run in the lists, as it stands in addresses."""
    return base64.urlsafe_b64encode(f"{run.created_at.isoformat()} {run.pk}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, int] | None:
    """Return the place that a cursor names; ``None`` for none and for nonsense, which shows the first page."""
    try:
        moment, pk = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(" ")
        return datetime.fromisoformat(moment).astimezone(UTC), min(int(pk), LARGEST_ID)
    except (ValueError, OverflowError, binascii.Error):
        return None


def _attach_turns(runs: list[Run]) -> None:
    """Give each run ``turns``, how many its thread has, and ``thread_title``, that of the first of them."""
    names = {run.thread for run in runs if run.thread}
    keys = {key for run in runs for key in run.ancestors}
    turns = Run.objects.filter(Q(pk__in=keys) | Q(thread__in=names)).order_by("pk") if names else Run.objects.none()
    found = list(turns.values_list("pk", "thread", "title"))
    for run in runs:
        before = set(run.ancestors)
        titles = [title for key, thread, title in found if thread == run.thread or key in before]
        run.turns, run.thread_title = len(titles) if run.thread else 1, titles[0] if run.thread else run.title


def attach_labels(runs: Sequence[Run]) -> None:
    """Give each run ``panel_labels``: the names of its panel's models."""
    references = {slot.model for run in runs for slot in run.recipe.panel}
    labels = dict(Model.objects.filter(reference__in=references).values_list("reference", "label"))
    for run in runs:
        run.panel_labels = [labels.get(slot.model, slot.model) for slot in run.recipe.panel]
