"""Calls of a run: one row for what changes often, one for what is large, and one for each attempt."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone

from apps.catalogue.models import Model
from apps.catalogue.queries import models_called
from apps.fields import EnumField, ValueField
from apps.fusion import values
from apps.fusion.citations import marks_in
from apps.fusion.comparing.provenance import Provenance
from apps.fusion.judging.findings import Analysis
from apps.fusion.opinions import Opinion
from apps.fusion.prompting.variants import column_messages, variant_of
from apps.fusion.tools import ToolCall, VendorData
from apps.fusion.values import Failure, Guidance, Parameters, Usage
from apps.fusion.vocabulary import (
    SLOTS,
    Billing,
    CostSource,
    FailureCode,
    FinishReason,
    Role,
    Status,
    WaitReason,
)
from apps.runs.models.columns import UNFINISHED, columns_of, failure_of, moment, one_of, seconds
from apps.runs.models.runs import Run


class CallQuerySet(models.QuerySet["Call"]):
    """Calls, with what belongs to them."""

    def with_output(self) -> "CallQuerySet":
        """Load each call's output with it, but not its HTML, which only pages need."""
        return self.select_related("output").defer("output__html")

    def with_priority(self) -> "CallQuerySet":
        """Load each call's run with it, as far as sending needs it: a recipe that cannot be read harms no other run."""
        return self.select_related("run").defer(
            *("run__recipe", "run__messages", "run__own_answers", "run__prompt", "run__tools")
        )

    def for_update(self) -> "CallQuerySet":
        """Lock the rows of calls until the transaction ends, and load their outputs."""
        return self.with_output().select_for_update(of=("self",))


class Call(models.Model):
    """One request to one model. ``stage`` is the strategy's name for its place in the run, ``slot`` '' off the panel.

    ``model`` is what was asked for, ``answered_by`` what answered if that was the ``fallback``; ``routed_to`` is the
    fallback once the call has to wait for admission at that one's provider. ``deliveries`` counts how often a worker
    took it. ``dropped`` names parameters that were not sent. A queued call waits until ``not_before`` for
    ``wait_reason``; ``enqueued_at`` is when its message was sent, NULL if none is on its way. ``guidance`` is what a
    person asked of this judge or writer alone, beside a run that had ended; NULL for a call of the strategy's own.
    ``model_version`` is its vendor's word for what answered, '' for none.
    ``is_copy``: it was asked in another run, whose answer this one reuses, or before its run was imported. It says
    nothing of its model and is no spending.

    Amounts are USD. ``cost`` is known when the call has ended, earlier attempts included. Until then ``cost_so_far`` is
    our count for the attempt under way, and ``reserved_cost`` what was set aside for it when it was admitted.
    ``possible_extra_cost`` counts under caps on top of these: until the call has ended, what its other attempts cost or
    may cost; from then on, only what they may cost. It is the sum over its attempts, kept here because caps are checked
    twice a second over all calls of a month.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="calls")
    stage = models.CharField(max_length=40)
    role = EnumField(Role, max_length=10)
    slot = models.CharField(max_length=1, blank=True)
    take = models.PositiveIntegerField(default=1)
    model = models.CharField(max_length=255)
    parameters = ValueField(Parameters, default=Parameters)
    inputs = ValueField(tuple[int, ...], default=tuple)
    guidance = ValueField(Guidance, null=True, blank=True)
    status = EnumField(Status, max_length=10, default=Status.QUEUED)
    claim = models.PositiveIntegerField(default=0)
    deliveries = models.PositiveIntegerField(default=0)
    fallback = models.CharField(max_length=255, blank=True)
    routed_to = models.CharField(max_length=255, blank=True)
    answered_by = models.CharField(max_length=255, blank=True)
    dropped = ValueField(tuple[str, ...], default=tuple, blank=True)
    cancel_requested = models.BooleanField(default=False)
    cancel_code = EnumField(FailureCode, max_length=30, null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    wait_reason = EnumField(WaitReason, max_length=20, null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    failure_code = EnumField(FailureCode, max_length=30, null=True, blank=True)
    failure_sentence = models.TextField(blank=True)
    finish_reason = EnumField(FinishReason, max_length=20, null=True, blank=True)
    usage = ValueField(Usage, default=Usage)
    cost = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    cost_source = EnumField(CostSource, max_length=10, default=CostSource.UNKNOWN)
    cost_so_far = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    reserved_cost = models.DecimalField(max_digits=14, decimal_places=6, default=0)
    possible_extra_cost = models.DecimalField(max_digits=14, decimal_places=6, default=0)
    upstream_id = models.CharField(max_length=200, blank=True)
    model_version = models.CharField(max_length=200, blank=True)
    is_copy = models.BooleanField(default=False)
    ttft_s = models.FloatField(null=True, blank=True)
    duration_s = models.FloatField(null=True, blank=True)
    enqueued_at = models.DateTimeField(default=timezone.now, null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "stage", "role", "slot", "take"], name="call_is_unique"),
            one_of("role", Role),
            one_of("slot", SLOTS, blank=True),
            one_of("status", Status),
            one_of("finish_reason", FinishReason),
            one_of("failure_code", FailureCode),
            one_of("cancel_code", FailureCode),
            one_of("cost_source", CostSource),
            one_of("wait_reason", WaitReason),
        ]
        indexes = [
            # lifecycle/sweep.py and rate_limits.py: which calls are lost, forgotten or wait, once a second.
            models.Index(
                fields=["status", "heartbeat_at"],
                name="call_unfinished",
                condition=models.Q(status__in=UNFINISHED),
            ),
            # spending/answer_lengths.py: the newest answers of a model in a role.
            models.Index(
                fields=["model", "role", "-id"],
                name="call_lengths",
                condition=models.Q(status=Status.DONE, is_copy=False),
            ),
            # spending/ledger.py: spent_by(); reading/model_health.py: calls of the last days.
            models.Index(fields=["ended_at"], name="call_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.slot} take {self.take} of run {self.run_id}"

    @property
    def is_final(self) -> bool:
        return self.status.is_final

    @property
    def next_model(self) -> str:
        """The reference of the model that is asked next."""
        return self.routed_to or self.model

    @cached_property
    def models_by_reference(self) -> dict[str, Model]:
        """The models that may answer, as they were when first asked for here; also disconnected ones."""
        return models_called([self.model, self.fallback, self.routed_to])

    @cached_property
    def input_calls(self) -> list["Call"]:
        """The calls that a judge or writer reads, oldest first; they have ended, so they are loaded once."""
        return list(Call.objects.with_output().filter(pk__in=self.inputs).order_by("pk")) if self.inputs else []

    @cached_property
    def prompts(self) -> dict[str, Any]:
        """The prompts that its role has made of it so far, by the model that they are for."""
        return {}

    @property
    def own_messages(self) -> tuple[values.Message, ...]:
        """The messages of its run; for a call of the panel with its column's own answers and prompt, if it has any."""
        if self.role is not Role.PANEL:
            return self.run.messages
        own = self.run.own_answers.get(self.slot, ())
        return column_messages(self.run.messages, variant_of(self.run.recipe, self.slot), own)

    @property
    def may_look_up(self) -> bool:
        """Whether look-ups of it may be stored: its recipe allows them, or it is there for nothing else."""
        return self.run.recipe.web is not None or self.role is Role.SETTLEMENT

    @property
    def may_cite(self) -> bool:
        """Whether its text may cite sources of the run: files, what it may look up, what a ruling cites."""
        told = self.guidance.rulings if self.guidance else ()
        return self.may_look_up or self.run.has_files or any(next(marks_in(ruling.text), None) for ruling in told)

    @property
    def attempt_values(self) -> tuple[values.Attempt, ...]:
        """The attempts so far, oldest first."""
        return tuple(attempt.value for attempt in self.attempts.all())

    @property
    def failure(self) -> Failure | None:
        """Why the call failed or was cancelled: a code and a sentence, two columns."""
        return failure_of(self.failure_code, self.failure_sentence)

    @failure.setter
    def failure(self, failure: Failure | None) -> None:
        self.failure_code, self.failure_sentence = columns_of(failure)

    def tokens_per_second(self, attempts: Sequence[values.Attempt]) -> float | None:
        """Return output tokens per second after the first token, where both are known; ``attempts`` are the call's."""
        tokens, waited = self.usage.output_tokens, self.ttft_s
        if not tokens or waited is None or self.duration_s is None:
            return None
        # Earlier attempts since the call was last claimed are part of its duration, but not of its answer.
        since = self.started_at.timestamp() if self.started_at else 0.0
        moments = [one.started_at for one in attempts if one.started_at >= since]
        earlier_s = moments[-1] - moments[0] if moments else 0.0
        wrote_s = self.duration_s - waited - earlier_s
        return tokens / wrote_s if wrote_s > 0 else None


class CallOutput(models.Model):
    """Large parts of a call, in a row of their own so that status changes do not copy them; made with the call.

    ``text`` and ``reasoning`` are the model's own words (for a judge, its reply as it came), ``html`` the text as it is
    shown, '' until it is rendered. ``tool_calls`` are those that the model asks for, ``vendor_data`` what its vendor
    wants back with them. ``coverage`` is the share (0 to 1) of each answer that a writer saw, ``provenance`` where the
    passages of its text come from, ``verdict`` what a peer reviewer says.
    """

    call = models.OneToOneField(Call, primary_key=True, on_delete=models.CASCADE, related_name="output")
    text = models.TextField(blank=True)
    reasoning = models.TextField(blank=True)
    html = models.TextField(blank=True)
    tool_calls = ValueField(tuple[ToolCall, ...], default=tuple, blank=True)
    vendor_data = ValueField(VendorData, null=True, blank=True)
    analysis = ValueField(Analysis, null=True, blank=True)
    coverage = models.JSONField(default=dict, blank=True)
    provenance = ValueField(Provenance, null=True, blank=True)
    verdict = ValueField(Opinion, null=True, blank=True)

    class Meta:
        indexes = [
            # reading/tool_turns.py: the call whose id comes back with a result. Most outputs have none.
            GinIndex(
                fields=["tool_calls"],
                opclasses=["jsonb_path_ops"],
                name="output_tool_calls",
                condition=models.Q(vendor_data__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"output of call {self.call_id}"


class Attempt(models.Model):
    """One request of a call to a vendor, as ``fusion.values.Attempt`` describes it; ``ordinal`` counts from 0."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="attempts")
    ordinal = models.PositiveIntegerField()
    model = models.CharField(max_length=255)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    waited_s = models.FloatField(null=True, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    failure_code = EnumField(FailureCode, max_length=30, null=True, blank=True)
    failure_sentence = models.TextField(blank=True)
    billing = EnumField(Billing, max_length=10)
    usage = ValueField(Usage, null=True, blank=True)
    cost = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    possible_cost = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)

    class Meta:
        ordering = ["call", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["call", "ordinal"], name="attempt_is_unique"),
            one_of("failure_code", FailureCode),
            one_of("billing", Billing),
        ]

    def __str__(self) -> str:
        return f"attempt {self.ordinal} of call {self.call_id}"

    @classmethod
    def of(cls, call: Call, ordinal: int, value: values.Attempt) -> "Attempt":
        """Return the row of an attempt, not saved yet."""
        code, sentence = columns_of(value.failure)
        return cls(
            call=call,
            ordinal=ordinal,
            model=value.model,
            started_at=moment(value.started_at),
            ended_at=moment(value.ended_at) if value.ended_at else None,
            waited_s=value.waited_s,
            http_status=value.http_status,
            failure_code=code,
            failure_sentence=sentence,
            billing=value.billing,
            usage=value.usage,
            cost=value.cost,
            possible_cost=value.possible_cost,
        )

    @property
    def value(self) -> values.Attempt:
        return values.Attempt(
            model=self.model,
            started_at=self.started_at.timestamp(),
            ended_at=seconds(self.ended_at),
            failure=failure_of(self.failure_code, self.failure_sentence),
            http_status=self.http_status,
            waited_s=self.waited_s,
            billing=self.billing,
            usage=self.usage,
            cost=self.cost,
            possible_cost=self.possible_cost,
        )
