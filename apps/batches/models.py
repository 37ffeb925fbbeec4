"""Prompt templates with their versions, and batches with their rows; ``templates`` and ``actions`` write them."""

from decimal import Decimal
from enum import StrEnum

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from apps.fields import EnumField, ValueField
from apps.fusion.output_checks import CheckResult
from apps.fusion.values import Message, Recipe
from apps.fusion.vocabulary import Status
from apps.runs.models import Delivery, Run, SharedCap, new_public_id


class BatchState(StrEnum):
    """The state of a batch: not started, at work, paused by a person or a cap, ended, or cancelled."""

    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class PromptTemplate(models.Model):
    """A prompt with variables, under a name. Its texts are those of its newest version."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="prompt_templates")
    team = models.ForeignKey("accounts.Team", on_delete=models.RESTRICT, related_name="prompt_templates")
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_template_of_a_name")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/templates/{self.public_id}/"


class PromptVersion(models.Model):
    """A version of a template, never changed: prompt, system prompt ('' for none), and output checks, a line each."""

    template = models.ForeignKey(PromptTemplate, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    prompt = models.TextField()
    system = models.TextField(blank=True)
    checks = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="one_version_of_a_number")]

    def __str__(self) -> str:
        return f"version {self.number}"


class FilledTemplate(models.Model):
    """The template that a single run was made of: its version, unless that was deleted, its values and its checks."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="filled_template")
    version = models.ForeignKey(PromptVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    template_values = models.JSONField(default=dict)
    checks = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"template of run {self.run_id}"


class BatchFile(models.Model):
    """A file that a program uploaded for batches in OpenAI's form; ``size`` is bytes."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="batch_files")
    team = models.ForeignKey("accounts.Team", on_delete=models.RESTRICT, related_name="batch_files")
    name = models.CharField(max_length=200)
    text = models.TextField()
    size = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class Batch(models.Model):
    """Runs of one set-up: ``messages`` with the values of each row of a table, or the same ``repetitions`` times.

    Without ``is_rendered`` the messages are sent as they are, whatever braces they hold: a batch without a table is one
    conversation, repeated. ``messages`` and ``checks`` are copies, so that a template may change or go. ``reason`` says
    why a batch is paused. ``shared_cap`` holds all its runs together.

    One with an ``endpoint`` came in OpenAI's form: each row has a request of its own, and ``recipe`` is ``None``. A
    program's may have the ``idempotency_key`` under which it asked, and has a digest of what it asked.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="batches")
    team = models.ForeignKey("accounts.Team", on_delete=models.RESTRICT, related_name="batches")
    api_key = models.ForeignKey(
        "accounts.ApiKey", null=True, blank=True, on_delete=models.SET_NULL, related_name="batches"
    )
    is_of_key = models.BooleanField(default=False)
    name = models.CharField(max_length=200)
    version = models.ForeignKey(PromptVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="batches")
    messages = ValueField(tuple[Message, ...], default=tuple, blank=True)
    is_rendered = models.BooleanField(default=False)
    columns = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    checks = models.TextField(blank=True)
    recipe = ValueField(Recipe, null=True, blank=True)
    repetitions = models.PositiveSmallIntegerField(default=1)
    shared_cap = models.OneToOneField(SharedCap, null=True, blank=True, on_delete=models.SET_NULL, related_name="batch")
    state = EnumField(BatchState, max_length=10, default=BatchState.READY)
    reason = models.TextField(blank=True)
    endpoint = models.CharField(max_length=40, blank=True)
    input_file = models.ForeignKey(BatchFile, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    metadata = models.JSONField(default=dict, blank=True)
    site = models.CharField(max_length=200, blank=True)
    idempotency_key = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - NULLs are not compared
    request_digest = models.CharField(max_length=64, blank=True, db_default="")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=[str(state) for state in BatchState]), name="batch_state_is_known"
            ),
            models.UniqueConstraint(fields=["owner", "idempotency_key"], name="batch_is_created_once"),
        ]
        indexes = [
            # dispatch.py: dispatch_round(), once a second.
            models.Index(fields=["id"], name="batch_at_work", condition=models.Q(state="running")),
            # reading.py: batches_of(), newest first.
            models.Index(fields=["owner", "-id"], name="batch_newest"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/batches/{self.public_id}/"


class BatchDelivery(Delivery):
    """The message about the end of a batch; one that is retried sends another about its next end."""

    batch = models.OneToOneField(Batch, on_delete=models.CASCADE, related_name="webhook")

    class Meta:
        # webhooks.py: send_due_deliveries(), once a second.
        indexes = [models.Index(fields=["due_at"], condition=models.Q(status="waiting"), name="batch_webhook_waiting")]

    def __str__(self) -> str:
        return f"message of batch {self.batch_id} to {self.url}"

    @property
    def subject(self) -> Batch:
        return self.batch

    @property
    def title(self) -> str:
        return self.batch.name


class BatchRow(models.Model):
    """One run of a batch: ``line`` is the row of the table (from 1), ``number`` the place among all, repetitions too.

    ``status`` is queued until its run is made, or a run that a cap stopped goes on; running until that has ended; then
    as it ended. ``earlier_cost`` is USD of runs that were retried, a lower bound unless
    ``earlier_cost_is_complete``. ``results`` are those of the output checks when the
    run ended, by slot, '' for the run's answer; ``passed`` is whether the answer passed all, ``None`` without checks.
    ``needs_checking``: the checks of the batch were changed, and the dispatcher has not come to this row.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    line = models.PositiveIntegerField()
    repetition = models.PositiveSmallIntegerField(default=1)
    row_values = models.JSONField(default=dict, blank=True)
    custom_id = models.CharField(max_length=200, blank=True)
    request = models.JSONField(null=True, blank=True)
    status = EnumField(Status, max_length=10, default=Status.QUEUED)
    run = models.OneToOneField(Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="batch_row")
    earlier_cost = models.DecimalField(max_digits=14, decimal_places=6, default=Decimal(0))
    earlier_cost_is_complete = models.BooleanField(default=True, db_default=True)
    error = models.JSONField(null=True, blank=True)
    results = ValueField(dict[str, tuple[CheckResult, ...]], default=dict, blank=True)
    passed = models.BooleanField(null=True, blank=True)
    needs_checking = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["batch", "number"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="one_row_of_a_number"),
            models.CheckConstraint(
                condition=models.Q(status__in=[str(status) for status in Status]), name="row_status_is_known"
            ),
        ]
        indexes = [
            # dispatch.py: the batches with a row at work, once a second.
            models.Index(fields=["batch"], name="row_at_work", condition=models.Q(status="running")),
            # dispatch.py: start_next(); reading.py: counts by status.
            models.Index(fields=["batch", "status", "number"], name="row_by_status"),
            # checking.py: check_due_rows(), once a second.
            models.Index(fields=["batch", "number"], name="row_to_check", condition=models.Q(needs_checking=True)),
        ]

    def __str__(self) -> str:
        return f"row {self.number}"
