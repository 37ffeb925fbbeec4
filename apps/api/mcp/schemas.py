"""The arguments of the tools and the documents that they return; the docstrings are what a calling model reads."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.json_schema import GenerateJsonSchema

from apps.api.numbers import Number, Whole
from apps.api.options import Strict
from apps.api.routing import AnyStrategy
from apps.api.schemas import Document
from apps.fusion.vocabulary import SLOTS, Status

LONGEST_WAIT_S = 25
"""Most clients give a call of a tool up after 30 or 60 seconds."""
MOST_FOUND = 50

Model = Annotated[str, Field(min_length=1, max_length=255)]
RunId = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,20}$")]


class WithoutTitles(GenerateJsonSchema):
    """A JSON schema without the titles that pydantic makes of names: each costs the calling model tokens."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's own
        return False


class Question(Strict):
    """A question, and how to answer it. Whatever is left out comes from the preset."""

    prompt: str = Field(min_length=1)
    """The question, with everything that the models have to know: they see nothing else."""
    system: str = ""
    """Instructions for the models, before the question."""
    preset: str | None = Field(None, max_length=50)
    """The slug of a preset, see list_presets; the default preset if neither this nor models is given."""
    models: list[Model] | None = Field(None, min_length=1, max_length=len(SLOTS))
    """1 to 8 models to ask instead of a preset's, see list_presets. One alone is neither judged nor fused."""
    judge: Model | None = None
    """The model that compares the answers, or auto, or builtin/overlap, which is free."""
    writer: Model | None = None
    """The model that writes the one answer, or auto."""
    strategy: AnyStrategy | None = None
    """The way to one answer, such as fuse, vote or cascade; route lets the question choose it."""
    criteria: str | None = Field(None, max_length=10_000)
    """Points that the judge assesses besides, one a line."""
    answer_check: bool | None = Field(None, strict=True)
    """Check the fused answer against those that it came from: one call more."""
    max_cost: float | None = Field(None, gt=0, le=1_000_000, strict=True)
    """USD; the run stops there and keeps its text."""
    web: bool | None = Field(None, strict=True)
    """Let the models search the web, read pages and call the site's tools; the key needs the permission web."""
    thread: str | None = Field(None, min_length=1, max_length=20)
    """The id of a thread to go on with, as fuse_start returned it: its turns come before the prompt."""


class FuseStart(Question):
    """A run to be started."""

    idempotency_key: str | None = Field(None, min_length=1, max_length=255, pattern=r"^[ -~]+$")
    """The same call with the same key makes one run, however often it is sent."""


class FuseWait(Strict):
    """A run to be waited for."""

    run: RunId
    """The id of the run."""
    seconds: Number = Field(20, ge=0, le=LONGEST_WAIT_S)
    """The longest time to wait."""


class GetRun(Strict):
    """A part of a run to be read."""

    run: RunId
    """The id of the run."""
    part: Literal["answer", "analysis", "columns", "sources", "bill"] = "answer"
    """The part to read: columns are the answers of the panel's models, analysis is the judge's comparison of them."""
    slot: str | None = Field(None, pattern=f"^[{SLOTS}]$")
    """For columns: the letter of one of them; all if absent."""


class SearchRuns(Strict):
    """A search in the history."""

    query: str = Field("", max_length=300)
    """Words, "phrases" and conditions as on the Runs page, such as agreement<0.5; the newest runs if empty."""
    cursor: str | None = Field(None, max_length=200)
    """The next_cursor of the page before."""
    limit: Whole = Field(20, ge=1, le=MOST_FOUND)
    """Runs on the page."""


class Rejudge(Strict):
    """One more judge, or one more writer, for a run that has ended; the panel is not asked again."""

    run: RunId
    """The id of the run."""
    judge: Model | None = None
    """The model that compares the answers again; the run's own judge if neither this nor writer is given."""
    writer: Model | None = None
    """The model that writes another fused answer, instead of a judge."""
    criteria: str | None = Field(None, max_length=4_000)
    """For a judge: what it assesses besides, one a line."""
    instructions: str | None = Field(None, max_length=4_000)
    """Free text for that judge or writer."""
    dry_run: bool = Field(default=False, strict=True)
    """Estimate the cost and ask nobody."""


class Nothing(Strict):
    """No arguments."""


class Estimated(Document):
    """The expected cost in USD; null where a price is unknown."""

    calls: int
    """The number of calls of models."""
    low: float | None
    """The least that is likely."""
    high: float | None
    """The most that is likely."""
    is_complete: bool
    """True if every price is known."""


class CostRange(Document):
    """The expected cost in USD; null where a price is unknown."""

    low: float | None
    """The least that is likely."""
    high: float | None
    """The most that is likely."""


class Started(Document):
    """A run that was started; fuse_wait says when it has an answer."""

    run: str
    """The id of the run."""
    url: str
    """The page of the run, for a person."""
    thread: str
    """The id of its thread, to ask a further question in it."""
    status: Status
    """Its state."""
    estimate: CostRange
    """The expected cost."""


class Progress(Document):
    """The state of a run's work."""

    answered: int
    """Models of the panel that have answered."""
    asked: int
    """Models of the panel."""
    stage: str
    """The newest stage."""
    sentence: str
    """The same in words."""


class Waited(Document):
    """A run as it stands now. Call fuse_wait again while status is queued or running."""

    run: str
    """The id of the run."""
    url: str
    """The page of the run, for a person."""
    status: Status
    """Its state; done, failed and cancelled are final."""
    is_settled: bool
    """True if nothing more is to come: no judge and no writer is at work either."""
    progress: Progress
    """The work so far."""
    answer: str | None
    """The answer as Markdown, once there is one."""
    answer_kind: str | None
    """fused, voted, the only one, the closest to the others, or one chosen as_is."""
    agreement: float | None
    """From 0 to 1: how often the models take the same side. It says nothing about who is right."""
    contradictions: list[dict[str, Any]] | None
    """The points on which the models contradict each other, with who says what; null before the judge has ended."""
    failure: str | None
    """Why there is no answer."""
    cost: float | None
    """USD; null while unknown."""


class RunPart(Document):
    """A part of a run; the others are null."""

    run: str
    """The id of the run."""
    url: str
    """The page of the run, for a person."""
    title: str
    """The beginning of the prompt."""
    status: Status
    """Its state."""
    answer: dict[str, Any] | None = None
    """The answer: text, kind, model, and traced, the share of it that the models' answers support."""
    analysis: dict[str, Any] | None = None
    """The judge's findings: consensus, contradictions, unique insights, blind spots, agreement."""
    columns: list[dict[str, Any]] | None = None
    """The newest answer of each model of the panel, by its letter."""
    sources: list[dict[str, Any]] | None = None
    """The pages that the models found or read, by number, with the letters of the columns that cite them."""
    bill: list[dict[str, Any]] | None = None
    """A line for every call that ended, USD and tokens."""


class FoundRun(Document):
    """A run in the history."""

    run: str
    """The id of the run."""
    url: str
    """The page of the run, for a person."""
    title: str
    """The beginning of the prompt."""
    status: Status
    """Its state."""
    preset: str
    """The slug of the preset; empty for settings of its own."""
    created_at: datetime
    """When it was made."""
    agreement: float | None
    """From 0 to 1, between the answers."""
    cost: float | None
    """USD; null while unknown."""


class FoundRuns(Document):
    """Runs, newest first."""

    runs: list[FoundRun]
    """The runs; of a thread, the newest turn that fits."""
    next_cursor: str | None
    """The cursor of the next page; null at the end."""


class StartedCalls(Document):
    """The calls that were started; fuse_wait waits for them. With dry_run there are none, and an estimate."""

    run: str
    """The id of the run."""
    url: str
    """The page of the run, for a person."""
    calls: list[dict[str, Any]]
    """The calls."""
    estimate: Estimated | None
    """The expected cost, with dry_run."""


class ListedPreset(Document):
    """A preset: a panel of models, a judge and a writer under a name."""

    slug: str
    """The name to start a run with."""
    name: str
    """The name for people."""
    note: str
    """Its purpose."""
    strategy: AnyStrategy
    """The way to one answer; route chooses by the question."""
    models: list[str]
    """Its panel."""
    judge: str
    """Its judge; auto is chosen by the panel."""
    writer: str
    """Its writer; auto is chosen by the panel."""
    is_default: bool
    """True for the one that a run has without a preset and models."""


class ListedPresets(Document):
    """The presets and models that a run can be started with."""

    presets: list[ListedPreset]
    """The presets, the default first."""
    models: list[str]
    """The models that can be asked by name."""
