"""The frozen values that everything passes around: messages, models, recipes, usage, call specifications."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from apps.fusion.vocabulary import SLOTS, FailureCode, FinishReason, ReasoningEffort, Role


class Value(BaseModel):
    """A frozen value with a JSON form; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Message(Value):
    """One turn of a conversation. ``images`` are data URLs (``data:image/png;base64,…``) that go with the text."""

    role: Literal["system", "user", "assistant"]
    text: str
    images: tuple[str, ...] = ()


class Parameters(Value):
    """Sampling parameters of one call; ``None`` leaves the model's own default. ``max_tokens`` counts output tokens.

    ``stop`` are up to four texts at which the model ends. What a model does not know is not sent, and said.
    """

    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_tokens: int | None = Field(default=None, gt=0)
    seed: int | None = None
    reasoning_effort: ReasoningEffort | None = None
    stop: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(default=(), max_length=4)


class SlotSpec(Value):
    """One seat on the panel. ``model`` is a reference ``provider/model``; ``fallback`` ('' for none) answers for it
    while it fails in passing or its circuit is open.
    """

    slot: Annotated[str, Field(pattern=f"^[{SLOTS}]$")]
    model: str
    parameters: Parameters = Parameters()
    fallback: str = ""


class AnswerFormat(Value):
    """The form that a program wants the answer in: any JSON object, or JSON of a schema (JSON Schema 2020-12)."""

    type: Literal["json_object", "json_schema"]
    name: str = ""
    json_schema: dict[str, Any] | None = None


class Recipe(Value):
    """The settings of a run, resolved, so that it can be repeated years later.

    ``grace_s`` (seconds) runs from the moment the quorum is reached, ``hard_limit_s`` from the start of the run.
    ``seed`` shuffles the letters that the judge sees. ``max_cost`` (USD, ``None``: no cap) stops the run. With
    ``judge_is_auto`` or ``writer_is_auto`` the model was chosen by the site and not by a person. ``depth`` is how many
    servers like this one the request has passed already.
    """

    strategy: Literal["fuse"] = "fuse"
    preset: str = ""
    preset_version: int | None = None
    panel: tuple[SlotSpec, ...] = Field(min_length=1, max_length=len(SLOTS))
    judge: str
    judge_parameters: Parameters = Parameters(temperature=0)
    judge_is_auto: bool = False
    writer: str
    writer_parameters: Parameters = Parameters()
    writer_is_auto: bool = False
    answer_format: AnswerFormat | None = None
    criteria: str = ""
    quorum: int = Field(default=2, ge=1, le=len(SLOTS))
    grace_s: float = Field(default=30, ge=0)
    hard_limit_s: float = Field(default=600, gt=0)
    seed: int = 0
    max_cost: Decimal | None = Field(default=None, gt=0)
    depth: int = Field(default=0, ge=0)


class Usage(Value):
    """Tokens of one call. ``None`` is unknown; ``estimated`` says that the figures are ours and not the provider's."""

    input_tokens: int | None = Field(default=None, ge=0)
    cached_tokens: int | None = Field(default=None, ge=0)
    output_tokens: int | None = Field(default=None, ge=0)
    reasoning_tokens: int | None = Field(default=None, ge=0)
    estimated: bool = False


class Price(Value):
    """USD per million tokens; ``None`` is unknown, zero is free."""

    input: Decimal | None = None
    output: Decimal | None = None
    cached: Decimal | None = None


class Failure(Value):
    """Why a call or a run did not succeed: a code for programs and a sentence for a person."""

    code: FailureCode
    sentence: str


class CallSpec(Value):
    """A call that a strategy asks for. ``inputs`` are the ids of the calls it reads; ``slot`` is '' off the panel."""

    role: Role
    slot: str = ""
    take: int = Field(default=1, ge=1)
    model: str
    parameters: Parameters = Parameters()
    fallback: str = ""
    inputs: tuple[int, ...] = ()


class Attempt(Value):
    """One request of a call to a vendor. ``at``: seconds since 1970; without ``failure`` it brought the answer.

    ``status`` is HTTP's, where there was one; ``waited_s`` is how long the next attempt was put off (seconds).
    ``may_be_billed``: it brought no word and was not turned away, so nobody knows what it cost.

    Of one that brought no word, ``usage`` and ``cost`` (USD) are what the vendor counted all the same; where it counted
    nothing but may bill it, ``may_cost`` is what its input would cost. Of the others, the call knows.
    """

    model: str
    at: float
    failure: Failure | None = None
    status: int | None = None
    waited_s: float | None = None
    may_be_billed: bool | None = None
    usage: Usage | None = None
    cost: Decimal | None = None
    may_cost: Decimal | None = None


class Reply(Value):
    """What one call brought back. ``cost`` is what the provider reported, in USD; ``None`` if it did not."""

    text: str = ""
    reasoning: str = ""
    finish_reason: FinishReason = FinishReason.UNKNOWN
    usage: Usage = Usage()
    cost: Decimal | None = None
    upstream_id: str = ""
