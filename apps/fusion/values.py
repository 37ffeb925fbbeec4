"""The frozen values that everything passes around: messages, models, recipes, usage, call specifications."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from apps.fusion.vocabulary import SLOTS, FailureCode, FinishReason, Role


class Value(BaseModel):
    """A frozen value with a JSON form; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Message(Value):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    text: str


class Parameters(Value):
    """Sampling parameters of one call; ``None`` leaves the model's own default. ``max_tokens`` counts output tokens."""

    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_tokens: int | None = Field(default=None, gt=0)
    seed: int | None = None


class SlotSpec(Value):
    """One seat on the panel. ``model`` is a reference ``provider/model``."""

    slot: Annotated[str, Field(pattern=f"^[{SLOTS}]$")]
    model: str
    parameters: Parameters = Parameters()


class Recipe(Value):
    """The settings of a run, resolved, so that it can be repeated years later.

    ``grace_s`` (seconds) runs from the moment the quorum is reached, ``hard_limit_s`` from the start of the run.
    ``seed`` shuffles the letters that the judge sees.
    """

    strategy: Literal["fuse"] = "fuse"
    preset: str = ""
    panel: tuple[SlotSpec, ...] = Field(min_length=1, max_length=len(SLOTS))
    judge: str
    judge_parameters: Parameters = Parameters(temperature=0)
    writer: str
    writer_parameters: Parameters = Parameters()
    criteria: str = ""
    quorum: int = Field(default=2, ge=1, le=len(SLOTS))
    grace_s: float = Field(default=30, ge=0)
    hard_limit_s: float = Field(default=600, gt=0)
    seed: int = 0


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
    inputs: tuple[int, ...] = ()


class Reply(Value):
    """What one call brought back. ``cost`` is what the provider reported, in USD; ``None`` if it did not."""

    text: str = ""
    reasoning: str = ""
    finish_reason: FinishReason = FinishReason.UNKNOWN
    usage: Usage = Usage()
    cost: Decimal | None = None
    upstream_id: str = ""
