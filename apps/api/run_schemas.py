"""The forms of the runs API: what creates a run, and runs as they are answered. Money is USD, durations are seconds."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from apps.api.options import Dollars, FusionOptions, Reference, Sampling, Strict
from apps.api.schemas import Open
from apps.api.wire.formats import Metadata
from apps.fusion.values import AnswerFormat
from apps.fusion.vocabulary import Status

QUESTION = "How high is the Eiffel Tower?"


class Turn(Strict):
    """One turn of a conversation; `images` are data URLs, for the user's turns."""

    role: Literal["system", "user", "assistant"]
    text: str
    images: list[str] = Field([], max_length=16)


class Format(Strict):
    """The form that the answer must have."""

    type: Literal["json_object", "json_schema"]
    name: str = Field("", max_length=64)
    json_schema: dict[str, Any] | None = None

    @property
    def value(self) -> AnswerFormat:
        return AnswerFormat(type=self.type, name=self.name, json_schema=self.json_schema)


class RunWish(FusionOptions):
    """A run to be made: a prompt or a whole conversation, and how to answer it."""

    model: Reference | None = Field(None, description="One model alone, instead of a fusion.")
    prompt: str | None = Field(None, examples=[QUESTION])
    messages: Annotated[list[Turn], Field(min_length=1, max_length=1_000)] | None = None
    parameters: Sampling = Sampling()
    answer_format: Format | None = None
    metadata: Metadata = Field({}, examples=[{"report": "2026-11"}])


class CapWish(Strict):
    """A higher cap for a run that a cap stopped."""

    max_cost: Dollars | None = None


class SlotsWish(Strict):
    """The columns to fuse."""

    slots: list[Annotated[str, Field(pattern="^[A-H]$")]] = Field(min_length=1, max_length=8, examples=[["A", "B"]])


class RunSummary(Open):
    """A run in a list."""

    id: str = Field(examples=["k3Xw9Qp2LmZa"])
    url: str
    links: dict[str, str]
    status: Status
    title: str = Field(examples=[QUESTION])
    preset: str
    created_at: datetime
    ended_at: datetime | None
    duration_s: float | None
    agreement: float | None
    cost: float | None
    cost_is_complete: bool


class Answer(BaseModel):
    """What a run came to: `fused`, the `only` one, or the one `closest` to the others."""

    text: str
    kind: str | None
    model: str
    call: int


class CallDocument(Open):
    """One request to one model."""

    id: int
    role: str
    slot: str
    take: int
    model: str
    status: Status
    text: str
    cost: float | None
    usage: dict[str, Any]


class RunDocument(RunSummary):
    """A run with everything that is known of it."""

    failure: dict[str, Any] | None
    messages: list[dict[str, Any]]
    recipe: dict[str, Any]
    metadata: dict[str, Any]
    parent: str | None
    answer: Answer | None
    analysis: dict[str, Any] | None
    notices: list[str]
    calls: list[CallDocument]
    bill: list[dict[str, Any]]
    failed_models: list[dict[str, Any]]
    estimate: dict[str, float | None]


class RunPage(BaseModel):
    """Some runs, newest first, and the cursor of the next page; `null` at the end."""

    data: list[RunSummary]
    next_cursor: str | None


class ShareDocument(BaseModel):
    """A link to a frozen copy of a run, for people without an account."""

    code: str
    url: str
    created_at: datetime


class EstimateDocument(BaseModel):
    """What a run should cost; `null` where a price is unknown."""

    calls: int
    low: float | None
    high: float | None
    is_complete: bool


class CallRef(BaseModel):
    """A call that was made."""

    id: int
    slot: str
    take: int
    status: Status
