"""Runs, and what was spent of which no call tells."""

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.crypto import get_random_string

from apps.fields import EnumField, ValueField
from apps.fusion.caching import CacheHit
from apps.fusion.changes import SetUpChange
from apps.fusion.ratings import Thumb
from apps.fusion.tools import ToolSet
from apps.fusion.values import Failure, Message, Recipe
from apps.fusion.vocabulary import SLOTS, AnswerKind, EarlierAnswers, FailureCode, Priority, Status
from apps.fusion.voting import Ballot
from apps.runs.models.columns import UNFINISHED, columns_of, failure_of, one_of

if TYPE_CHECKING:
    from apps.runs.models.shares import Share

ASSISTANT_MESSAGES = """jsonb_array_length(jsonb_path_query_array(%(expressions)s, '$[*] ? (@.role == "assistant")'))"""
"""SQL that counts the assistant's messages of a conversation."""


def new_public_id() -> str:
    """12 random letters and digits: 71 bits."""
    return get_random_string(12)


def new_share_code() -> str:
    """192 random bits, in 32 characters."""
    return secrets.token_urlsafe(24)


class RunQuerySet(models.QuerySet["Run"]):
    """Runs by what can be said of them together; whose they are is ``reading/access.py``'s."""

    def live(self) -> Self:
        """Keep the runs of which anything can still change by itself; a row's form of ``fusion.state.is_live``."""
        at_work = Run.objects.filter(pk=models.OuterRef("pk"), calls__status__in=UNFINISHED)
        return self.filter(models.Q(status__in=UNFINISHED) | models.Q(models.Exists(at_work)))

    def with_answers_before(self) -> Self:
        """Count the assistant messages of each conversation, without loading the conversations."""
        return self.defer("messages", "own_answers").annotate(
            answers_before=models.Func("messages", template=ASSISTANT_MESSAGES, output_field=models.IntegerField())
        )


class SharedCap(models.Model):
    """A cap that several runs have in common: ``limit`` is USD for all of them together.

    ``spent_on_deleted`` is the cost of runs that were deleted, or retried before there was the cap.
    """

    limit = models.DecimalField(max_digits=14, decimal_places=6)
    spent_on_deleted = models.DecimalField(max_digits=14, decimal_places=6, default=0)

    def __str__(self) -> str:
        return f"cap of {self.limit} USD"


FEW_TAGS = models.Q(binned_at=None, tags__len__range=(1, 10))
"""The condition on tagged runs whose tags fit into an index, of which a row takes at most 2.7 kB."""
MANY_TAGS = models.Q(binned_at=None, tags__len__gt=10)


class Run(models.Model):
    """A prompt, a recipe and its calls. ``cost`` is USD; ``cost_is_complete`` is false while a part is unknown.

    ``cap_reached``: no call may start before the cap is raised; ``resumed_at`` is when it last was. A program's run
    names its ``api_key``, and the ``idempotency_key`` under which it asked, with a digest of what it asked.
    ``tools`` are the client's, which the model that answers may call. ``answer_call`` and ``analysis_call`` hold the
    answer and the analysis that count now; the strategy says which.
    Without ``is_kept`` it is deleted soon after it has ended, as the program that made it asked.
    ``is_crowded``: its payer had many unfinished runs when it was made, so that others' calls go before its own.
    ``cache_key`` names what models are asked, '' where no answer is reused. A run that gets another's answer is a
    ``copy_of`` it, NULL again once that one is deleted; ``cache_hit`` says so for good.
    ``needs_resync``: events were lost, so readers have to load the run anew.
    ``needs_indexing``: its search row is missing, or older than it.

    Of its newest peer review, ``peers_asked`` reviewers gave a preference, and ``peers_for_fused`` of them prefer the
    fused answer to their own in both orders: models' opinions, no votes of people.

    ``thread`` is the public id of the first run of its thread, which may be deleted since; NULL while nothing follows a
    run that follows none. ``ancestors`` are the keys of the turns before it, the first one first, also those that are
    deleted since and those of the thread that it branches off. ``own_answers`` has for each slot that goes on with its
    own answers a text for each assistant message of ``messages``, ``None`` where that message itself is sent.
    With a ``shared_cap`` it is one of several runs that may cost so much together.
    With ``from_slot`` the run went on from the answer of that column of its parent, in place of the fused one.

    A fork was made from the run ``forked_from``, NULL once that is deleted, and ``changes`` is what was otherwise then;
    nothing where it was run again exactly. It follows nothing by that: threads go by ``parent``. ``from_share`` is the
    link by which its origin was read, NULL for the reader's own. ``read_by`` is never stored: it is the link by which
    a run that stands for an origin was read.

    One that came out of an archive has ``imported_at``, and its calls of then are copies.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="runs")
    team = models.ForeignKey("accounts.Team", on_delete=models.RESTRICT, related_name="runs")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children")
    thread = models.CharField(max_length=20, null=True, blank=True)  # noqa: DJ001 - NULL is no thread's id
    ancestors = ArrayField(models.BigIntegerField(), default=list, blank=True)
    forked_from = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="forks")
    from_share = models.ForeignKey(
        "runs.Share", null=True, blank=True, on_delete=models.SET_NULL, related_name="forks", db_index=False
    )
    read_by: "Share | None" = None
    changes = ValueField(tuple[SetUpChange, ...], default=tuple, blank=True)
    earlier_answers = EnumField(EarlierAnswers, max_length=10, default=EarlierAnswers.FUSED)
    shared_cap = models.ForeignKey(
        SharedCap, null=True, blank=True, on_delete=models.SET_NULL, related_name="runs", db_index=False
    )
    own_answers = ValueField(dict[str, tuple[str | None, ...]], default=dict, blank=True)
    from_slot = models.CharField(max_length=1, blank=True)
    title = models.CharField(max_length=200)
    prompt = models.TextField()
    messages = ValueField(tuple[Message, ...])
    tools = ValueField(ToolSet, null=True, blank=True)
    recipe = ValueField(Recipe)
    preset = models.CharField(max_length=50, blank=True)
    api_key = models.ForeignKey(
        "accounts.ApiKey", null=True, blank=True, on_delete=models.SET_NULL, related_name="runs"
    )
    idempotency_key = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - NULLs are not compared
    request_digest = models.CharField(max_length=64, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    note = models.TextField(blank=True, default="")
    tags = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    is_starred = models.BooleanField(default=False)
    is_archived = models.BooleanField(default=False)
    binned_at = models.DateTimeField(null=True, blank=True)
    is_kept = models.BooleanField(default=True)
    is_crowded = models.BooleanField(default=False)
    cache_key = models.CharField(max_length=64, blank=True, default="")
    copy_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="copies")
    cache_hit = ValueField(CacheHit, null=True, blank=True)
    priority = EnumField(Priority, max_length=15, default=Priority.INTERACTIVE)
    status = EnumField(Status, max_length=10, default=Status.RUNNING)
    answer_call = models.ForeignKey("Call", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    answer_kind = EnumField(AnswerKind, max_length=10, null=True, blank=True)
    analysis_call = models.ForeignKey("Call", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    failure_code = EnumField(FailureCode, max_length=30, null=True, blank=True)
    failure_sentence = models.TextField(blank=True)
    agreement = models.FloatField(null=True, blank=True)
    agreement_items = models.PositiveIntegerField(default=0)
    contradictions = models.PositiveIntegerField(default=0)
    grounding = models.FloatField(null=True, blank=True)
    stability = models.FloatField(null=True, blank=True)
    ballot = ValueField(Ballot, null=True, blank=True)
    peers_for_fused = models.PositiveSmallIntegerField(default=0)
    peers_asked = models.PositiveSmallIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    cost_is_complete = models.BooleanField(default=True)
    estimate_low = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    estimate_high = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    wake_at = models.DateTimeField(null=True, blank=True)
    fuse_now = models.BooleanField(default=False)
    cancel_requested = models.BooleanField(default=False)
    cap_reached = models.BooleanField(default=False)
    resumed_at = models.DateTimeField(null=True, blank=True)
    needs_resync = models.BooleanField(default=False)
    needs_indexing = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    imported_at = models.DateTimeField(null=True, blank=True)
    turns: int  # of its thread, up to it, set by queries.history
    thread_title: str  # that of the first of them, set by queries.history
    answers_before: int  # assistant messages of its conversation, set by with_answers_before
    panel_labels: list[str]  # the names of the panel's models, set by queries.history
    is_degraded: bool = False  # its analysis, set by queries.history
    lost_columns: Sequence[tuple[Status, FailureCode | None]] = ()  # how they ended, set by queries.history
    can_edit: bool  # whether the reader may change it, set by reading.access
    differences: dict[str, tuple[str, str]]  # from the baseline of a list, set by web.history.baseline
    own_thumb: Thumb | None  # the reader's for its answer, set by reading.history_columns
    snippets: Sequence[Any] = ()  # where the words of a search stand, set by web.history.views
    maker: str  # the name of the key or the person, set by reading.history_columns

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints = [
            one_of("priority", Priority),
            one_of("status", Status),
            one_of("earlier_answers", EarlierAnswers),
            one_of("from_slot", SLOTS, blank=True),
            one_of("answer_kind", AnswerKind),
            one_of("failure_code", FailureCode),
            models.UniqueConstraint(fields=["owner", "idempotency_key"], name="run_is_created_once"),
        ]
        indexes = [
            # reading/queries.py: history() and filtered(), newest first.
            models.Index(fields=["owner", "-created_at", "-id"], name="run_history"),
            # lifecycle/crowding.py: is_crowded(), for every new run.
            models.Index(fields=["owner", "api_key"], name="run_unfinished", condition=models.Q(status__in=UNFINISHED)),
            # lifecycle/deletion.py: delete_unkept_runs(), once a second.
            models.Index(fields=["ended_at"], name="run_unkept", condition=models.Q(is_kept=False)),
            # reading/queries.py: the newest turn of each thread; reading/threads.py: a thread by its id.
            models.Index(fields=["thread", "id"], name="run_thread", condition=models.Q(thread__isnull=False)),
            # lifecycle/search_rows.py: the newest runs whose search row is due, once a second and before a search.
            models.Index(fields=["owner", "id"], name="run_to_index", condition=models.Q(needs_indexing=True)),
            # lifecycle/cache.py: source_of(), for a new run that may reuse an answer.
            models.Index(fields=["owner", "cache_key"], name="run_cached", condition=~models.Q(cache_key="")),
            # reading/preset_records.py: the newest runs of a preset.
            models.Index(fields=["owner", "preset", "-id"], name="run_of_preset", condition=~models.Q(preset="")),
            # reading/searching/tags.py: the tags of a person, of the index alone where they fit into it.
            models.Index(fields=["owner"], include=["tags"], name="run_few_tags", condition=FEW_TAGS),
            models.Index(fields=["owner"], name="run_many_tags", condition=MANY_TAGS),
            # lifecycle/deletion.py: empty_bins(), once a second; reading/access.py: the bin of a person.
            models.Index(fields=["binned_at"], name="run_binned", condition=models.Q(binned_at__isnull=False)),
            # spending/ledger.py: spent_under().
            models.Index(fields=["shared_cap"], name="run_shared_cap", condition=models.Q(shared_cap__isnull=False)),
            # For the deletion of a link.
            models.Index(fields=["from_share"], name="run_from_share", condition=models.Q(from_share__isnull=False)),
            # lifecycle/sweep.py: tell_of_lost_events(), once a second.
            models.Index(fields=["id"], name="run_to_resync", condition=models.Q(needs_resync=True)),
            # lifecycle/sweep.py: wake_runs(), once a second.
            models.Index(fields=["wake_at"], name="run_wake", condition=models.Q(wake_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.public_id

    def get_absolute_url(self) -> str:
        return f"/runs/{self.public_id}/"

    def get_turn_url(self) -> str:
        """Return its place on the page of its thread; that of its own while it is alone."""
        return f"/threads/{self.thread}/#turn-{self.public_id}" if self.thread else self.get_absolute_url()

    @property
    def thread_id(self) -> str:
        """The id by which its thread is continued, also before anything follows it."""
        return self.thread or self.public_id

    @property
    def has_files(self) -> bool:
        """Whether files go with its conversation, which are sources of it."""
        return any(message.files for message in self.messages)

    @property
    def is_final(self) -> bool:
        return self.status.is_final

    def is_live(self) -> bool:
        """Return whether anything of it can still change by itself, as the database has it now."""
        return Run.objects.live().filter(pk=self.pk).exists()

    @property
    def failure(self) -> Failure | None:
        """Why the run failed or was cancelled: a code and a sentence, two columns."""
        return failure_of(self.failure_code, self.failure_sentence)

    @failure.setter
    def failure(self, failure: Failure | None) -> None:
        self.failure_code, self.failure_sentence = columns_of(failure)

    @property
    def duration_s(self) -> float | None:
        return (self.ended_at - self.created_at).total_seconds() if self.ended_at else None


class PastSpending(models.Model):
    """An amount (USD) spent on a day (UTC) of which no call tells: on deleted runs, and on tests of models."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="past_spending")
    api_key = models.ForeignKey(
        "accounts.ApiKey", null=True, blank=True, on_delete=models.SET_NULL, related_name="past_spending"
    )
    day = models.DateField()
    cost = models.DecimalField(max_digits=14, decimal_places=6)

    class Meta:
        # spending/ledger.py: spent_by().
        indexes = [models.Index(fields=["owner", "day"], name="past_spending")]

    def __str__(self) -> str:
        return f"{self.cost} on {self.day}"
