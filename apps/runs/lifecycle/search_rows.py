"""Keeping search rows as their runs are.

A change of a run only sets ``needs_indexing``, in the UPDATE that it makes anyway. The sweep then writes the rows that
are due, and a search first writes those of its reader's newest runs, so that it finds what they just did. Runs that
were there before search rows come in the same way, a batch a second.
"""

import logging
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db import DataError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Prefetch, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Left
from django.utils import timezone

from apps.accounts.models import User
from apps.annotations.models import BlindVote, Rating
from apps.catalogue.queries import labels_called
from apps.fusion.vocabulary import Builtin, FindingKind, Role
from apps.runs.models import UNFINISHED, Call, Evidence, Finding, Run, Share

log = logging.getLogger(__name__)

BATCH = 20
"""Runs that are locked together, for some hundredths of a second."""
ROUND_S = 0.4
"""The part of a second that the sweep gives to search rows."""
UNDER_WAY_S = 10
"""Seconds for which the sweep leaves a run that is under way alone: most have ended by then."""
PAUSE_S = 0.02
MOST_PAUSES = 25
"""Pauses in which a reader waits for rows that are just being written."""
OWN = 60
"""Runs of a reader whose rows are written before a search."""
LONGEST_TEXT, LONGEST_PROMPT = 20_000, 60_000
"""Characters of an answer, and of a prompt, that can be found."""
SHORTENED = 10_000
"""Characters of each kind of text if PostgreSQL refuses them: a text search vector takes 1 MB."""
WEIGHTS = {
    FindingKind.CONTRADICTION: "A",
    FindingKind.CONSENSUS: "B",
    FindingKind.UNIQUE_INSIGHT: "C",
    FindingKind.PARTIAL_COVERAGE: "C",
    FindingKind.BLIND_SPOT: "D",
}
"""The weight by which a kind of finding is told from others among the words of findings."""
ROLES = {Role.PANEL: "model", Role.JUDGE: "judge", Role.SYNTHESIS: "writer", Role.REVISION: "writer"}

WRITE = """
INSERT INTO runs_searchrow (run_id, owner_id, thread, created_at, agreement, grounding, stability, preference,
    rating, cost, duration, facets, words, finding_words)
SELECT id, owner_id, thread, created_at, agreement, grounding, stability,
    peers_for_fused / nullif(peers_asked, 0)::float,
    (SELECT CASE thumb WHEN 'up' THEN 1 ELSE -1 END FROM annotations_rating
        WHERE call = answer_call_id AND author_id = runs_run.owner_id),
    CASE WHEN cost > 0 OR cost_is_complete THEN cost END,
    extract(epoch FROM ended_at - created_at), %(facets)s::varchar[],
    setweight(to_tsvector(%(language)s::regconfig, %(asked)s), 'A')
        || setweight(to_tsvector(%(language)s::regconfig, %(concluded)s), 'B')
        || setweight(to_tsvector(%(language)s::regconfig, %(names)s), 'C')
        || strip(to_tsvector(%(language)s::regconfig, %(answers)s)),
    setweight(to_tsvector(%(language)s::regconfig, %(A)s), 'A')
        || setweight(to_tsvector(%(language)s::regconfig, %(B)s), 'B')
        || setweight(to_tsvector(%(language)s::regconfig, %(C)s), 'C')
        || to_tsvector(%(language)s::regconfig, %(D)s)
FROM runs_run WHERE id = %(run)s
ON CONFLICT (run_id) DO UPDATE SET owner_id = EXCLUDED.owner_id, thread = EXCLUDED.thread,
    created_at = EXCLUDED.created_at, agreement = EXCLUDED.agreement, grounding = EXCLUDED.grounding,
    stability = EXCLUDED.stability, preference = EXCLUDED.preference, rating = EXCLUDED.rating,
    cost = EXCLUDED.cost, duration = EXCLUDED.duration, facets = EXCLUDED.facets, words = EXCLUDED.words,
    finding_words = EXCLUDED.finding_words
"""

APART = str.maketrans(dict.fromkeys("<>/\\@|", " "))
"""Signs that part words here. PostgreSQL takes what they join for one tag, path or address, or for no word at all."""
DOT_IN_NAME = re.compile(r"(?<=[^\W\d])\.(?=[^\W\d])")


def searchable(text: str) -> str:
    """Return a text with its words apart, as rows and queries have them: those of List<str>, np.array and a/b.py."""
    return DOT_IN_NAME.sub(" ", text.translate(APART))


@dataclass(slots=True)
class Material:
    """The texts of a run by their weight, and what is so of it."""

    facets: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    concluded: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    findings: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def texts(self, longest: int | None = None) -> dict[str, str]:
        """Return the texts as parameters of :data:`WRITE`, each cut at so many characters."""
        parts = {"asked": self.asked, "concluded": self.concluded, "names": self.names, "answers": self.answers}
        parts |= {weight: self.findings[weight] for weight in "ABCD"}
        return {name: searchable("\n".join(texts)[:longest]) for name, texts in parts.items()}


def index_due_runs() -> int:
    """Write rows that are due, those of the newest runs first, for a part of a second. Return how many."""
    due = runs_to_index().order_by("-pk")
    written, deadline = 0, time.monotonic() + ROUND_S
    while (found := index_batch(due)) and time.monotonic() < deadline:
        written += found
    return written + found


def runs_to_index() -> QuerySet[Run]:
    """Return those whose rows :func:`index_due_runs` writes."""
    not_yet = Q(status__in=UNFINISHED, created_at__gt=timezone.now() - timedelta(seconds=UNDER_WAY_S))
    return Run.objects.filter(~not_yet, needs_indexing=True, binned_at=None)


def index_own_runs(user: User) -> bool:
    """Write the rows of a reader's newest runs that are due. Return whether more are due than are written at once.

    Those that another process is writing come with its commit, for which this waits a moment.
    """
    due = Run.objects.filter(owner=user, needs_indexing=True, binned_at=None).order_by("-pk")
    for _ in range(0, OWN, BATCH):
        if index_batch(due) < BATCH:
            break
    else:
        return due.exists()
    for _ in range(MOST_PAUSES):
        if not due.exists():
            return False
        time.sleep(PAUSE_S)
    return due.exists()


def index_batch(due: QuerySet[Run]) -> int:
    """Write the rows of some runs, which are locked so that no change of them is missed. Return how many.

    Runs that somebody else has locked are left to the next time, and a run that breaks is left without a row.
    """
    with transaction.atomic():
        found = due.select_for_update(skip_locked=True, no_key=True, of=("self",))
        parts = {
            "strategy": KeyTextTransform("strategy", "recipe"),
            "prompt_start": Left("prompt", LONGEST_PROMPT),
            "note_start": Left("note", LONGEST_TEXT),
        }
        runs = list(
            found.annotate(**parts).only(
                *("owner", "thread", "title", "preset", "status", "api_key", "answer_call", "analysis_call"),
                *("tags", "is_starred", "is_archived", "forked_from", "imported_at"),
            )[:BATCH]
        )
        if runs:
            for run, material in zip(runs, _materials(runs), strict=True):
                _write(run, material)
            Run.objects.filter(pk__in=[run.pk for run in runs]).update(needs_indexing=False)
    return len(runs)


def _write(run: Run, material: Material) -> None:
    parameters = {"run": run.pk, "language": settings.HISTORY_LANGUAGE, "facets": sorted(material.facets)}
    for longest in (None, SHORTENED):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(WRITE, parameters | material.texts(longest))
            return
        except (OperationalError, InterfaceError) as error:
            # "string is too long for tsvector" is called an operational error: a limit of the program.
            if "tsvector" not in str(error):
                raise
            log.warning("Run %s can be found by the beginnings of its texts alone: %s", run.pk, error)
        except DataError as error:
            log.warning("Run %s cannot be found: %s", run.pk, error)
            return


def _materials(runs: Sequence[Run]) -> list[Material]:
    """Return what the rows of some runs are made of, in their order; a fixed number of queries."""
    found = {run.pk: Material() for run in runs}
    shared = set(Share.objects.filter(run__in=runs, revoked_at=None).values_list("run_id", flat=True))
    for run in runs:
        material = found[run.pk]
        note = run.note_start  # type: ignore[attr-defined]
        material.asked += [run.title, run.prompt_start]  # type: ignore[attr-defined]
        material.names += [run.preset, note]
        material.facets |= {
            f"status:{run.status}",
            f"strategy:{run.strategy or 'fuse'}",  # type: ignore[attr-defined]
            f"preset:{run.preset.lower() or 'custom'}",
        }
        material.facets |= {f"tag:{tag}" for tag in run.tags}
        is_so = {
            "is:shared": run.pk in shared,
            "is:starred": run.is_starred,
            "is:archived": run.is_archived,
            "is:imported": run.imported_at is not None,
            "has:note": bool(note),
            "has:tag": bool(run.tags),
        }
        material.facets |= {facet for facet, holds in is_so.items() if holds}
    _add_calls(runs, found)
    _add_findings(runs, found)
    _add_keys(runs, found)
    _add_ratings(runs, found)
    _add_origins(runs, found)
    return [found[run.pk] for run in runs]


def _add_calls(runs: Sequence[Run], found: dict[int, Material]) -> None:
    """Add the texts of panel and writers, and the models that were asked, by their references and names."""
    calls = Call.objects.filter(run__in=runs, role__in=list(ROLES)).order_by("pk")
    rows = list(calls.values_list("run_id", "pk", "role", "model", "answered_by", Left("output__text", LONGEST_TEXT)))
    references = {name for row in rows for name in row[3:5] if name}
    labels = labels_called(references)
    imported = {run.pk: labels_called(references, run.owner) for run in runs if run.imported_at}
    answer_of = {run.pk: run.answer_call_id for run in runs}
    for run_id, pk, role, model, answered_by, text in rows:
        material = found[run_id]
        for reference in filter(None, (model, answered_by)):
            material.facets.add(f"{ROLES[Role(role)]}:{reference}")
            if reference not in list(Builtin):
                material.names += [reference, imported.get(run_id, labels).get(reference, "")]
        if role != Role.JUDGE and text:
            (material.concluded if pk == answer_of[run_id] else material.answers).append(text)


def _add_findings(runs: Sequence[Run], found: dict[int, Material]) -> None:
    """Add the findings of the analyses that count, and the models that said something which no other answer did."""
    run_of = {run.analysis_call_id: run.pk for run in runs if run.analysis_call_id}
    models: dict[int, dict[str, str]] = defaultdict(dict)
    panel = Call.objects.filter(run__in=run_of.values(), role=Role.PANEL).order_by("take", "pk")
    for run_id, slot, model, answered_by in panel.values_list("run_id", "slot", "model", "answered_by"):
        models[run_id][slot] = answered_by or model
    stances = Evidence.objects.annotate(stance_start=Left("stance", LONGEST_TEXT)).only("finding", "slot")
    findings = Finding.objects.filter(call__in=run_of).annotate(text_start=Left("text", LONGEST_TEXT)).defer("text")
    findings = findings.prefetch_related(Prefetch("evidence", stances))
    for finding in findings:
        run_id = run_of[finding.call_id]
        material, evidence = found[run_id], list(finding.evidence.all())
        text = "\n".join([finding.text_start, *(one.stance_start for one in evidence)])  # type: ignore[attr-defined]
        material.concluded.append(text[:LONGEST_TEXT])
        material.facets.add(f"has:{finding.kind}")
        if finding.kind in WEIGHTS:
            material.findings[WEIGHTS[finding.kind]].append(text[:LONGEST_TEXT])
        if finding.kind is FindingKind.UNIQUE_INSIGHT:
            slots = [one.slot for one in evidence if one.slot in models[run_id]]
            material.facets |= {f"alone:{models[run_id][slot]}" for slot in slots}


def _add_keys(runs: Sequence[Run], found: dict[int, Material]) -> None:
    keys = Run.objects.filter(pk__in=[run.pk for run in runs if run.api_key_id])
    for run_id, name, prefix in keys.values_list("pk", "api_key__name", "api_key__prefix"):
        found[run_id].facets |= {f"key:{name.lower()}", f"key:{prefix.lower()}", "key:any"}


def _add_ratings(runs: Sequence[Run], found: dict[int, Material]) -> None:
    """Add that their owner rated answers, whichever they are, and for which reasons; and that they voted on them.

    Only the owner searches a run, so opinions of others are none of the reader's.
    """
    own = {"run__in": runs, "author": F("run__owner")}
    for run_id, reasons in Rating.objects.filter(**own).values_list("run_id", "reasons"):
        found[run_id].facets |= {"has:rating", *(f"reason:{reason}" for reason in reasons)}
    for run_id in BlindVote.objects.filter(**own).values_list("run_id", flat=True):
        found[run_id].facets.add("has:blind_vote")


def _add_origins(runs: Sequence[Run], found: dict[int, Material]) -> None:
    """Add the runs that forks were made from; no query where there are none."""
    forks = [run.pk for run in runs if run.forked_from_id]
    if forks:
        for run_id, origin in Run.objects.filter(pk__in=forks).values_list("pk", "forked_from__public_id"):
            found[run_id].facets |= {f"fork-of:{origin.lower()}", "fork-of:any"}


def mark_for_indexing(runs: QuerySet[Run] | Iterable[int]) -> None:
    """Let the rows of runs be written anew."""
    chosen = runs if isinstance(runs, QuerySet) else Run.objects.filter(pk__in=list(runs))
    chosen.update(needs_indexing=True)
