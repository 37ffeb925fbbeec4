"""The forms of templates and batches: what makes them, and how they are answered. Money is USD."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from apps.api.numbers import Whole
from apps.api.options import Dollars, Strict
from apps.api.runs.schemas import RunCreate
from apps.api.runs.webhooks import WebhookDocument
from apps.api.schemas import Document, Open
from apps.batches.actions import MOST_REPETITIONS
from apps.batches.models import BatchState
from apps.fusion.output_checks import MOST_CHECKS
from apps.fusion.value_tables import MOST_ROWS
from apps.fusion.vocabulary import Status

PROMPT = "How old is {{city}}?"
Checks = Annotated[list[Annotated[str, Field(max_length=20_000)]], Field(max_length=MOST_CHECKS)]


class TemplateWrite(Strict):
    """A template, or its next version."""

    name: str = Field(max_length=100, examples=["Ages of cities"])
    """The name; one of yours is not given twice."""
    prompt: str = Field(examples=[PROMPT])
    """The prompt, with variables in double braces."""
    system: str = ""
    """The system prompt."""
    checks: Checks = Field([], examples=[["contains: old"]])
    """Output checks, one a text."""


class TemplateFill(Strict):
    """Values for the variables of a template."""

    values: dict[str, str] = Field({}, examples=[{"city": "Paris"}])
    """By the name of the variable; others are left over."""


class VersionDocument(Document):
    """A version of a template."""

    version: int
    """1, and one more for every change."""
    prompt: str
    """Its prompt."""
    system: str
    """Its system prompt."""
    checks: list[str]
    """Its output checks."""
    created_at: datetime
    """When it was saved."""


class TemplateDocument(VersionDocument):
    """A template with the texts of its newest version."""

    id: str
    """The id of the template."""
    name: str
    """Its name."""
    variables: list[str]
    """The variables that need a value."""


class TemplateList(Document):
    """The templates of a person."""

    data: list[TemplateDocument]
    """By name."""


class VersionList(Document):
    """The versions of a template."""

    data: list[VersionDocument]
    """The newest first."""


class FilledPrompt(Document):
    """A template that was filled in."""

    prompt: str
    """The prompt."""
    system: str
    """The system prompt."""


class BatchCreate(RunCreate):
    """A batch to be made: a template, a prompt or a conversation, with the rows of a table, and how to answer it."""

    name: str = Field("", max_length=200)
    """Its name; made of the prompt if absent."""
    template: str | None = Field(None, max_length=20, description="A template's id, instead of `prompt`.")
    rows: list[dict[str, str | int | float | bool]] | None = Field(
        None,
        min_length=1,
        max_length=MOST_ROWS,
        description="The table, with the same keys in each row.",
        examples=[[{"city": "Paris"}, {"city": "Rome"}]],
    )
    csv: str | None = Field(None, description="The table as CSV, instead of `rows`.")
    checks: Checks = []
    """Output checks beside those of the template."""
    repetitions: Whole = Field(1, ge=1, le=MOST_REPETITIONS)
    """The runs of each row."""
    cap: Dollars | None = Field(None, description="USD, for all runs together.")
    start: bool = Field(True, strict=True)
    """If false, the batch waits to be started, and says what it should cost."""


class BatchChange(Strict):
    """Another cap."""

    cap: Dollars
    """USD, for all runs together."""


class BatchChecks(Strict):
    """Other output checks."""

    checks: Checks = Field(examples=[["contains: old"]])
    """Output checks, one a text, in place of all that the batch has."""


class BatchEstimateDocument(Document):
    """The likely cost of a batch."""

    runs: int
    """Its runs."""
    calls: int
    """About so many calls."""
    expected: float | None
    """USD; `null` if no price is known."""
    most: float | None
    """USD, if every answer is as long as they usually come."""
    is_complete: bool
    """False if a price is unknown."""


class BatchDocument(Open):
    """A batch: its state, and how far it has come."""

    id: str
    """The id of the batch."""
    url: str
    """Its page."""
    name: str
    """Its name."""
    state: BatchState
    """`ready`, `running`, `paused`, `done` or `cancelled`."""
    reason: str
    """The reason for which it is paused, if nobody did it."""
    template: str | None
    """The id of its template."""
    version: int | None
    """The version of the template."""
    checks: list[str]
    """Its output checks."""
    repetitions: int
    """The runs of each row."""
    cap: float | None
    """USD, for all runs together."""
    cost: float | None
    """USD so far; `null` while nothing is known but what was free."""
    cost_is_complete: bool
    """False if a part of the cost is unknown."""
    counts: dict[str, int]
    """The rows: `total`, and by status; `passed` and `not_passed` of those whose answers were checked; `to_check` of
    those that have ended and wait for checks that were changed."""
    estimate: BatchEstimateDocument | None
    """The likely cost, until it is started."""
    metadata: dict[str, Any]
    """The metadata of its runs."""
    webhook: WebhookDocument | None
    """The message that it has ended; `null` if it was made without a webhook."""
    created_at: datetime
    """When it was made."""
    started_at: datetime | None
    """When it was started first."""
    ended_at: datetime | None
    """When its last row ended."""


class BatchList(Document):
    """A page of batches."""

    data: list[BatchDocument]
    """The newest first."""
    next_cursor: str | None
    """Send it as `cursor` for the next page."""


class RowDocument(Document):
    """One run of a batch."""

    number: int
    """Its place, from 1."""
    line: int
    """The row of the table, from 1."""
    repetition: int
    """1, and one more for every further run of the row."""
    values: dict[str, Any]
    """The values of the row."""
    status: Status
    """Its state."""
    answer: str | None
    """The answer of its run."""
    error: dict[str, Any] | None
    """The reason for which it failed."""
    passed: bool | None
    """True if the answer passed all output checks; `null` without any."""
    checks: dict[str, list[dict[str, Any]]]
    """The results of the output checks, of the `answer` and of each column."""
    cost: float | None
    """USD, retried runs included."""
    duration_s: float | None
    """Seconds that its run took."""
    run: str | None
    """The id of its run."""
    spread: dict[str, Any] | None
    """With repetitions, of all runs of its line: the distinct final `answers` with their counts, those `without` one,
    the `total`, the `share` of the most common, and the `agreement` of the runs: `least`, `median`, `most`."""


class RowList(Document):
    """A page of rows."""

    data: list[RowDocument]
    """By number."""
    next_after: int | None
    """Send it as `after` for the next page."""
