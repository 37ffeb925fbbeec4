"""The forms of the runs API: what creates a run, and runs as they are answered. Money is USD, durations are seconds."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from apps.api.files import GivenFile
from apps.api.options import Dollars, FusionOptions, Metadata, Reference, Sampling, Strict
from apps.api.schemas import Document, Open
from apps.fusion.values import AnswerFormat
from apps.fusion.vocabulary import EarlierAnswers, Status

QUESTION = "How high is the Eiffel Tower?"


class Turn(Strict):
    """One turn of a conversation; `images` are data URLs, which as `files` are for the user's turns."""

    role: Literal["system", "user", "assistant"]
    """The speaker."""
    text: str
    """The text of the turn."""
    images: list[str] = Field([], max_length=16)
    """Pictures as data URLs."""
    files: list[GivenFile] = []
    """Text, Markdown, CSV or PDF files."""


class Format(Strict):
    """The form that the answer must have."""

    type: Literal["json_object", "json_schema"]
    """Any object, or JSON of a schema."""
    name: str = Field("", max_length=64)
    """The name of the schema, as models are told it."""
    json_schema: dict[str, Any] | None = None
    """A JSON Schema (2020-12), for `json_schema`."""

    @property
    def value(self) -> AnswerFormat:
        return AnswerFormat(type=self.type, name=self.name, json_schema=self.json_schema)


class RunCreate(FusionOptions):
    """A run to be made: a prompt or a whole conversation, and how to answer it."""

    model: Reference | None = Field(None, description="One model alone, instead of a fusion.")
    prompt: str | None = Field(None, examples=[QUESTION])
    """The question, instead of `messages`."""
    messages: Annotated[list[Turn], Field(min_length=1, max_length=1_000)] | None = None
    """A whole conversation, instead of `prompt`."""
    parameters: Sampling = Sampling()
    """Sampling, for panel and writer."""
    answer_format: Format | None = None
    """The form of the answer; free text if absent."""
    metadata: Metadata = Field({}, examples=[{"report": "2026-11"}])
    """Kept with the run."""


class RunFork(RunCreate):
    """Changes to a run. What is left out is that run's; without any change it is run again exactly as it was."""


class ContinueRun(Strict):
    """A higher cap for a run that a cap stopped."""

    max_cost: Dollars | None = Field(None, examples=[0.5])
    """USD, more than was spent; without it the run has no cap of its own."""


class FuseAgain(Strict):
    """The columns to fuse."""

    slots: list[Annotated[str, Field(pattern="^[A-H]$")]] = Field(min_length=1, max_length=8, examples=[["A", "B"]])
    """Letters of columns with an answer, or with a text that broke off."""
    takes: list[Annotated[int, Field(strict=True, ge=1)]] = Field([], max_length=8)
    """Ids of calls to take instead of the newest answers of their columns."""


class RetryCall(Strict):
    """Another model for a column."""

    model: Reference | None = None
    """The model that answers instead; without it the same one is asked again."""


class RunSummary(Open):
    """A run in a list."""

    id: str = Field(examples=["k3Xw9Qp2LmZa"])
    """The public id of the run."""
    url: str
    """The page of the run."""
    thread: str
    """The id of its thread, by which it is continued."""
    links: dict[str, str]
    """Where its events, export and actions are."""
    status: Status
    """Its state."""
    title: str = Field(examples=[QUESTION])
    """The beginning of the prompt."""
    preset: str
    """The slug of the preset; empty for settings of its own."""
    created_at: datetime
    """When it was made."""
    ended_at: datetime | None
    """When it ended."""
    duration_s: float | None
    """Seconds from start to end."""
    agreement: float | None
    """From 0 to 1, between the answers: how often they take the same side. It says nothing about who is right."""
    grounding: float | None
    """The share of the judge's quotes, 0 to 1, that stand in the answers word for word; `null` without quotes."""
    stability: float | None
    """The share of the findings, 0 to 1, that came up in every order of the answers; `null` before an order check."""
    cost: float | None
    """USD; `null` if no price is known."""
    cost_is_complete: bool
    """False if a part of the cost is unknown: `cost` is then the least."""


class Answer(Document):
    """The answer of a run: `fused`, `voted`, the `only` one, the one `closest` to the others, or one chosen `as_is`."""

    tool_calls: list[dict[str, str]]
    """The calls of the client's tools that it asks for: `id`, `name`, and `arguments` as JSON in a text."""
    text: str
    """The answer itself, as Markdown."""
    kind: str | None
    """`fused`, `only`, `closest`, `voted` or `as_is`."""
    model: str
    """The model that wrote it."""
    variant: str
    """The name of the prompt variant that it was asked with; empty for the shared prompt."""
    call: int
    """The id of the call that brought it."""
    traced: float | None
    """The share of its text that an answer supports, 0 to 1; `null` if unknown. The call has the passages."""


class CallDocument(Open):
    """One request to one model."""

    tool_calls: list[dict[str, str]]
    """The calls of the client's tools that it asks for, as in the answer."""
    lookups: list[dict[str, Any]]
    """Its look-ups on the web, step by step; the numbers of their `sources` are the run's."""
    citations: list[dict[str, Any]]
    """The marks of sources in its text, in characters; `verified` words stand in the copy of the source."""
    id: int
    """The id of the call."""
    role: str
    """Panel, judge or writer."""
    slot: str
    """The letter of its column; empty for judge and writer."""
    take: int
    """1, and one more for every retry."""
    model: str
    """The reference of the model."""
    variant: str
    """The name of the prompt variant of its column; empty for the shared prompt."""
    status: Status
    """Its state."""
    text: str
    """The text so far."""
    cost: float | None
    """USD; `null` if it is unknown."""
    usage: dict[str, Any]
    """Tokens."""


class RunDocument(RunSummary):
    """A run with everything that is known of it."""

    sources: list[dict[str, Any]]
    """The pages that its models found or read, by number, and the slots whose answers cite them."""
    failure: dict[str, Any] | None
    """Why it failed, if it did."""
    messages: list[dict[str, Any]]
    """The conversation, system prompt first; calls of tools and their results are words in it."""
    tools: dict[str, Any] | None
    """The tools of the request, and how they may be called."""
    recipe: dict[str, Any]
    """The settings that it ran with."""
    metadata: dict[str, Any]
    """The metadata of the request."""
    parent: str | None
    """The id of the run that it follows."""
    earlier_answers: EarlierAnswers
    """Whose answers the panel went on with, in a thread."""
    from_slot: str | None
    """The column of the turn before whose answer it went on from; `null` for the fused answer."""
    forked_from: str | None
    """The id of the run that it was made from, with changes or exactly; `null` for none, and once that is deleted."""
    imported_at: str | None
    """The moment at which it was imported out of an archive; `null` for a run that was made here."""
    changes: list[dict[str, Any]]
    """The differences from that run: `what`, the values `before` and `after`, or the words of a text that were
    `added` and `removed`; and all of it as a `text`."""
    own_answers: dict[str, list[str | None]]
    """The texts that columns were sent in place of each answer in `messages`; `null` where it was that answer."""
    route: dict[str, Any] | None
    """Of a run whose settings were chosen for it: `by` a `rule` of yours or the question’s `form`, and the `reason`."""
    cache: dict[str, Any] | None
    """Of a run that got the answer of an equal one: the id of that `run`, and `age_s`, how old it was (seconds)."""
    answer: Answer | None
    """The answer, once there is one."""
    exit_reason: str | None
    """Why the run ended, in a word (see [strategies](strategies.md#ends)); `null` while it is live."""
    exit_sentence: str | None
    """The same in a sentence."""
    confidence: dict[str, Any] | None
    """The grounds to trust the answer: the `basis`, its `meaning` in a sentence, the `n` things that it rests
    on, and a `share` of them, which is a chance to be right only with a certificate."""
    analysis: dict[str, Any] | None
    """The judge's findings: agreement, contradictions, gaps."""
    second_judges: list[dict[str, Any]]
    """Judges of other models beside that analysis, each with the findings that both have, and the `share` of these."""
    answer_check: dict[str, Any] | None
    """The check of the fused answer: its `state`, and `findings`; `null` if nobody asked for one."""
    contest: dict[str, Any] | None
    """Of `best_of`: the pairs of answers that were compared, the winner of each, and the `best`; `null` for none."""
    critique: list[dict[str, Any]] | None
    """Of `critique`: each review with its issues, the author's decisions, and the revision; `null` for none."""
    claims: dict[str, Any] | None
    """Of `verify`: the `claims` of the answers with their `label` and evidence, and the share that is supported."""
    peer_review: dict[str, Any] | None
    """The newest peer review: standings of the answers, and who prefers the fused one; `null` for none."""
    notices: list[str]
    """Departures from the request, a sentence each."""
    calls: list[CallDocument]
    """All requests to models."""
    bill: list[dict[str, Any]]
    """A line for every call that ended."""
    failed_models: list[dict[str, Any]]
    """The panel's models without an answer, and why."""
    estimate: dict[str, float | None]
    """The expected cost, USD."""


class RunPage(Document):
    """Some runs, newest first, and the cursor of the next page; `null` at the end."""

    data: list[RunSummary]
    """The runs."""
    next_cursor: str | None
    """The value of `cursor` for the next page."""


class ComparisonDocument(Document):
    """Runs against one of them."""

    base: str
    """The id of the run that the others are compared with."""
    runs: list[dict[str, Any]]
    """Each run: its `figures` with their `delta`, the `changes` of its set-up, and the `findings` of the base that are
    `gone`, those that are `new`, and those that `stayed`, with their id in each run."""
    texts: list[dict[str, Any]]
    """Prompt, answer and columns, put together by their models: the texts in the order of the runs; `null` for none."""


class ThreadDocument(Document):
    """A thread: runs that follow each other."""

    id: str = Field(examples=["k3Xw9Qp2LmZa"])
    """The value of `thread` that goes on with it."""
    url: str
    """The page of the thread."""
    title: str
    """The beginning of the first prompt."""
    turns: list[RunSummary]
    """The runs, oldest first."""
    deleted: int
    """The number of turns that are deleted."""


class EstimateDocument(Document):
    """The expected cost of a run; `null` where a price is unknown."""

    calls: int
    """The number of models that are asked."""
    low: float | None
    """The least that is likely, USD."""
    high: float | None
    """The most that is likely, USD."""
    is_complete: bool
    """True if every price is known."""


class CallRef(Document):
    """A call that was made."""

    id: int
    """The id of the call."""
    slot: str
    """The letter of its column; empty for judge and writer."""
    take: int
    """1, and one more for every retry."""
    status: Status
    """Its state."""


class CallList(Document):
    """Calls that were made together."""

    data: list[CallRef]
    """The calls."""
