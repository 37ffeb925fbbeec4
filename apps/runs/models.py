"""Runs, calls, findings and shares. Written only through actions.py; nothing here decides what happens next."""

import secrets
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.crypto import get_random_string

from apps.catalogue.models import Model
from apps.catalogue.queries import models_called
from apps.fusion.comparing.passages import AnswerIndex
from apps.fusion.judging.findings import Analysis
from apps.fusion.values import Attempt, Failure, Message, Parameters, Recipe, Usage
from apps.fusion.vocabulary import (
    SLOTS,
    AnswerKind,
    CostSource,
    FailureCode,
    FindingKind,
    FinishReason,
    Priority,
    Role,
    Status,
    WaitReason,
)
from apps.tables import Table

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""When a queued call was sent that nobody has sent yet."""
UNFINISHED = [Status.QUEUED, Status.RUNNING]


def new_public_id() -> str:
    """12 random letters and digits: 71 bits."""
    return get_random_string(12)


def new_share_code() -> str:
    """192 random bits, in 32 characters."""
    return secrets.token_urlsafe(24)


def one_of(field: str, words: Any, *, blank: bool = False) -> models.CheckConstraint:
    """A constraint that a field holds one of these words, or '' if it may be blank."""
    allowed = [str(word) for word in words] + ([""] if blank else [])
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": allowed}), name=f"%(app_label)s_%(class)s_{field}_is_known"
    )


class RunQuerySet(models.QuerySet["Run"]):
    """Runs by what can be said of them together; whose they are is ``reading/access.py``'s."""

    def live(self) -> Self:
        """Keep the runs of which anything can still change by itself; a row's form of ``fusion.state.is_live``."""
        at_work = models.Exists(Call.objects.filter(run=models.OuterRef("pk"), status__in=UNFINISHED))
        return self.filter(models.Q(status__in=UNFINISHED) | models.Q(at_work))


class Run(models.Model):
    """A prompt, a recipe and its calls. ``cost`` is USD; ``cost_is_complete`` is false while a part is unknown.

    ``cap_reached``: no call may start before the cap is raised; ``resumed_at`` is when it last was. A program's run
    names its ``api_key``, and the ``idempotency_key`` under which it asked, with a digest of what it asked.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="runs")
    team = models.ForeignKey("accounts.Team", on_delete=models.RESTRICT, related_name="runs")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children")
    title = models.CharField(max_length=200)
    prompt = models.TextField()
    messages = models.JSONField()
    recipe = models.JSONField()
    preset = models.CharField(max_length=50, blank=True)
    api_key = models.ForeignKey(
        "accounts.ApiKey", null=True, blank=True, on_delete=models.SET_NULL, related_name="runs"
    )
    idempotency_key = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - NULLs are not compared
    request_digest = models.CharField(max_length=64, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    priority = models.CharField(max_length=15, default=Priority.INTERACTIVE)
    status = models.CharField(max_length=10, default=Status.RUNNING)
    answer_call = models.ForeignKey("Call", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    answer_kind = models.CharField(max_length=10, blank=True)
    failure_code = models.CharField(max_length=30, blank=True)
    failure_sentence = models.TextField(blank=True)
    agreement = models.FloatField(null=True, blank=True)
    agreement_items = models.PositiveIntegerField(default=0)
    contradictions = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    cost_is_complete = models.BooleanField(default=True)
    estimate_low = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    estimate_high = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    wake_at = models.DateTimeField(null=True, blank=True)
    fuse_now = models.BooleanField(default=False)
    cancel_requested = models.BooleanField(default=False)
    cap_reached = models.BooleanField(default=False)
    resumed_at = models.DateTimeField(null=True, blank=True)
    events_lost = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    panel_labels: list[str]  # the names of the panel's models, set by queries.history
    can_edit: bool  # whether the reader may change it, set by reading.access

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints = [
            one_of("priority", Priority),
            one_of("status", Status),
            one_of("answer_kind", AnswerKind, blank=True),
            one_of("failure_code", FailureCode, blank=True),
            models.UniqueConstraint(fields=["owner", "idempotency_key"], name="run_is_created_once"),
        ]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="run_history"),
            models.Index(fields=["wake_at"], name="run_wake", condition=models.Q(wake_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.public_id

    def get_absolute_url(self) -> str:
        return f"/runs/{self.public_id}/"

    @property
    def conversation(self) -> tuple[Message, ...]:
        return tuple(Message.model_validate(message) for message in self.messages)

    @property
    def resolved(self) -> Recipe:
        return Recipe.model_validate(self.recipe)

    @property
    def is_final(self) -> bool:
        return Status(self.status).is_final

    def is_live(self) -> bool:
        """Return whether anything of it can still change by itself, as the database has it now."""
        return Run.objects.live().filter(pk=self.pk).exists()

    @property
    def failure(self) -> Failure | None:
        return _failure(self.failure_code, self.failure_sentence)

    @property
    def duration_s(self) -> float | None:
        return (self.ended_at - self.created_at).total_seconds() if self.ended_at else None


class Call(models.Model):
    """One request to one model. ``slot`` is '' off the panel; for the judge ``text`` is its reply as it came.

    ``model`` is what was asked for, ``answered_by`` what answered if that was the ``fallback``; ``turn_of`` is the
    fallback from when it has to wait for its turn at its own provider. ``deliveries`` counts
    how often a worker took it, ``attempts`` lists the requests sent. ``dropped`` names parameters that were not sent.
    A queued call waits until ``not_before`` for ``wait_reason``. ``cost`` (USD) is known when it has ended; until then
    ``accrued`` is our estimate of what it has cost, ``reserved`` what was set aside for it when it was let in, and
    ``carried`` what was spent on requests whose text is lost. ``beyond`` (USD) counts under caps on top of that: what
    requests that brought no word cost or may cost; once the call has ended, only what they may cost. ``coverage`` is
    the share (0 to 1) of each answer that a writer saw.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="calls")
    role = models.CharField(max_length=10)
    slot = models.CharField(max_length=1, blank=True)
    take = models.PositiveIntegerField(default=1)
    model = models.CharField(max_length=255)
    parameters = models.JSONField(default=dict)
    inputs = models.JSONField(default=list)
    status = models.CharField(max_length=10, default=Status.QUEUED)
    claim = models.PositiveIntegerField(default=0)
    deliveries = models.PositiveIntegerField(default=0)
    fallback = models.CharField(max_length=255, blank=True)
    turn_of = models.CharField(max_length=255, blank=True)
    answered_by = models.CharField(max_length=255, blank=True)
    attempts = models.JSONField(default=list, blank=True)
    dropped = models.JSONField(default=list, blank=True)
    cancel_requested = models.BooleanField(default=False)
    cancel_code = models.CharField(max_length=30, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    wait_reason = models.CharField(max_length=20, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    failure_code = models.CharField(max_length=30, blank=True)
    failure_sentence = models.TextField(blank=True)
    text = models.TextField(blank=True)
    reasoning = models.TextField(blank=True)
    html = models.TextField(blank=True)
    finish_reason = models.CharField(max_length=20, blank=True)
    usage = models.JSONField(default=dict)
    cost = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    cost_source = models.CharField(max_length=10, default=CostSource.UNKNOWN)
    accrued = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    reserved = models.DecimalField(max_digits=14, decimal_places=6, default=0)
    carried = models.DecimalField(max_digits=14, decimal_places=6, default=0)
    beyond = models.DecimalField(max_digits=14, decimal_places=6, default=0)
    upstream_id = models.CharField(max_length=200, blank=True)
    analysis = models.JSONField(null=True, blank=True)
    coverage = models.JSONField(default=dict, blank=True)
    ttft_s = models.FloatField(null=True, blank=True)
    duration_s = models.FloatField(null=True, blank=True)
    queued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "role", "slot", "take"], name="call_is_unique"),
            one_of("role", Role),
            one_of("slot", SLOTS, blank=True),
            one_of("status", Status),
            one_of("finish_reason", FinishReason, blank=True),
            one_of("failure_code", FailureCode, blank=True),
            one_of("cancel_code", FailureCode, blank=True),
            one_of("cost_source", CostSource),
            one_of("wait_reason", WaitReason, blank=True),
        ]
        indexes = [
            models.Index(
                fields=["status", "heartbeat_at"],
                name="call_unfinished",
                condition=models.Q(status__in=UNFINISHED),
            ),
            models.Index(fields=["model", "role", "-id"], name="call_lengths", condition=models.Q(status=Status.DONE)),
            models.Index(fields=["ended_at"], name="call_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.slot} take {self.take} of run {self.run_id}"

    @property
    def is_final(self) -> bool:
        return Status(self.status).is_final

    @property
    def asked(self) -> str:
        """The model that is asked next."""
        return self.turn_of or self.model

    @cached_property
    def candidates(self) -> dict[str, Model]:
        """The models that may answer, by reference, as they were when first asked for here; also disconnected ones."""
        return models_called([self.model, self.fallback, self.turn_of])

    @cached_property
    def read(self) -> list["Call"]:
        """The calls that a judge or writer reads, oldest first; they have ended, so they are loaded once."""
        return CALLS.select("WHERE id = ANY(%s) ORDER BY id", [self.inputs]) if self.inputs else []

    said: dict[str, AnswerIndex] | None = None
    """What the answers that a writer reads say, by slot, where that was read ahead."""

    @property
    def sampling(self) -> Parameters:
        return Parameters.model_validate(self.parameters)

    @property
    def used(self) -> Usage:
        return Usage.model_validate(self.usage)

    @property
    def requests(self) -> tuple[Attempt, ...]:
        """The requests sent for this call, oldest first."""
        return tuple(Attempt.model_validate(attempt) for attempt in self.attempts)

    @property
    def failure(self) -> Failure | None:
        return _failure(self.failure_code, self.failure_sentence)

    @property
    def findings_of_judge(self) -> Analysis | None:
        return Analysis.model_validate(self.analysis) if self.analysis else None

    @property
    def tokens_per_second(self) -> float | None:
        """Output tokens per second after the first token, where both are known."""
        tokens, waited = self.used.output_tokens, self.ttft_s
        if not tokens or waited is None or self.duration_s is None:
            return None
        wrote_s = self.duration_s - waited - self._asked_before_s
        return tokens / wrote_s if wrote_s > 0 else None

    @property
    def _asked_before_s(self) -> float:
        """Seconds of ``duration_s`` that went by before the request that was answered."""
        since = self.started_at.timestamp() if self.started_at else 0.0
        moments = [one.at for one in self.requests if one.at >= since]
        return moments[-1] - moments[0] if moments else 0.0


RUNS = Table(Run, "run")
CALLS = Table(Call, "call", without=["html"])


class Finding(models.Model):
    """A row per finding of a judge call, so that history can be asked about them; ``Call.analysis`` is the whole."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="findings")
    kind = models.CharField(max_length=20)
    ordinal = models.PositiveIntegerField()
    text = models.TextField()

    class Meta:
        ordering = ["call", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["call", "ordinal"], name="finding_is_unique"),
            one_of("kind", FindingKind),
        ]

    def __str__(self) -> str:
        return self.text


class Evidence(models.Model):
    """Who takes which side on a finding, in which words; the span counts characters of the answer's text."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="evidence")
    slot = models.CharField(max_length=1)
    stance = models.TextField(blank=True)
    quote = models.TextField(blank=True)
    span_start = models.PositiveIntegerField(null=True, blank=True)
    span_end = models.PositiveIntegerField(null=True, blank=True)
    is_verified = models.BooleanField(default=False)

    class Meta:
        constraints = [one_of("slot", SLOTS)]

    def __str__(self) -> str:
        return f"{self.slot}: {self.quote or self.stance}"


class Assessment(models.Model):
    """The judge's opinion of one answer by one criterion, 1 to 5."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="assessments")
    slot = models.CharField(max_length=1)
    criterion = models.CharField(max_length=200)
    score = models.PositiveSmallIntegerField()
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            one_of("slot", SLOTS),
            models.CheckConstraint(condition=models.Q(score__range=(1, 5)), name="assessment_score_is_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.slot} {self.criterion} {self.score}"


class PastSpending(models.Model):
    """What was spent on a day (UTC), in USD, of which no call tells: on deleted runs, and on tests of models."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="past_spending")
    api_key = models.ForeignKey(
        "accounts.ApiKey", null=True, blank=True, on_delete=models.SET_NULL, related_name="past_spending"
    )
    day = models.DateField()
    cost = models.DecimalField(max_digits=14, decimal_places=6)

    class Meta:
        indexes = [models.Index(fields=["owner", "day"], name="past_spending")]

    def __str__(self) -> str:
        return f"{self.cost} on {self.day}"


class Share(models.Model):
    """A read-only copy of a run for people without an account; later changes of the run do not reach it."""

    code = models.CharField(max_length=40, unique=True, default=new_share_code)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="shares")
    snapshot = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"share of run {self.run_id}"

    def get_absolute_url(self) -> str:
        return f"/s/{self.code}/"


def _failure(code: str, sentence: str) -> Failure | None:
    return Failure(code=FailureCode(code), sentence=sentence) if code else None


def seconds(moment: datetime | None) -> float | None:
    """A moment as seconds since 1970, the form that the core reckons in."""
    return moment.timestamp() if moment else None
