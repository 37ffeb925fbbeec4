"""The frozen values that everything passes around: messages, models, recipes, usage, call specifications."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from apps.fusion.caching import CacheHit, CacheSettings
from apps.fusion.calibration import Calibration, Certificate, MemberRecord
from apps.fusion.files import PromptFile
from apps.fusion.frozen import Value
from apps.fusion.lookup_steps import LookupSettings
from apps.fusion.native_search import NativeSearch
from apps.fusion.routing import Route
from apps.fusion.strategy_settings import (
    LONGEST_INSTRUCTIONS,
    CascadeSettings,
    CountedSettings,
    EarlyExitSettings,
    FieldwiseSettings,
    JsonFields,
    JudgedSettings,
    LayersSettings,
    NoMajority,
    Parameters,
    PlainSettings,
    SingleSettings,
    StrategySettings,
    VoteOptions,
    VoteSettings,
    WeighedSettings,
    WeightedSettings,
)
from apps.fusion.tools import ToolCall, ToolResult, VendorData
from apps.fusion.vocabulary import (
    SLOTS,
    AnswerOrder,
    Billing,
    Builtin,
    FailureCode,
    FinishReason,
    Role,
    RulingKind,
    StrategyName,
)

# The settings of strategies and of the cache are values too, so they are imported from here.
__all__ = [
    "LONGEST_INSTRUCTIONS",
    "CacheHit",
    "CacheSettings",
    "Calibration",
    "CascadeSettings",
    "Certificate",
    "CountedSettings",
    "EarlyExitSettings",
    "FieldwiseSettings",
    "JsonFields",
    "JudgedSettings",
    "LayersSettings",
    "MemberRecord",
    "NoMajority",
    "Parameters",
    "PlainSettings",
    "SingleSettings",
    "StrategySettings",
    "VoteOptions",
    "VoteSettings",
    "WeighedSettings",
    "WeightedSettings",
]


def _is_empty(value: Any) -> bool:
    return not value


class Message(Value):
    """One turn of a conversation. ``images`` are data URLs (``data:image/png;base64,…``) that go with the text.

    ``files`` go with it too; models read them in front of it (``prompting/files.py``).
    ``calls`` are tools that the assistant called in this turn; ``result`` marks a user's turn as what a tool returned.
    ``vendor_data`` goes back with the assistant's turn, to those who can read it.
    """

    role: Literal["system", "user", "assistant"]
    text: str
    images: tuple[str, ...] = ()
    files: tuple[PromptFile, ...] = Field(default=(), exclude_if=_is_empty)
    calls: tuple[ToolCall, ...] = Field(default=(), exclude_if=_is_empty)
    result: ToolResult | None = Field(default=None, exclude_if=_is_empty)
    vendor_data: VendorData | None = Field(default=None, exclude_if=_is_empty)


LONGEST_VARIANT_NAME = 40


class PromptVariant(Value):
    """A column's own prompt under a ``name``, for comparing prompts; '' leaves the shared text.

    ``system`` takes the place of the shared system prompt, ``prompt`` that of the question, which it may hold as
    ``{{prompt}}``: see ``prompting/variants.py``.
    """

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_VARIANT_NAME)]
    system: str = Field(default="", exclude_if=_is_empty)
    prompt: str = Field(default="", exclude_if=_is_empty)


class SlotSpec(Value):
    """One slot of the panel. ``model`` is a reference ``provider/model``; ``fallback`` ('' for none) answers for it
    while it fails in passing or its circuit is open. With a ``variant`` it is asked with a prompt of its own.
    """

    slot: Annotated[str, Field(pattern=f"^[{SLOTS}]$")]
    model: str
    parameters: Parameters = Parameters()
    fallback: str = ""
    variant: PromptVariant | None = Field(default=None, exclude_if=_is_empty)

    @property
    def call_fields(self) -> dict[str, Any]:
        """Return what a call to it has of it; its own prompt is read from the recipe when it is sent."""
        return {"slot": self.slot, "model": self.model, "parameters": self.parameters, "fallback": self.fallback}


class AnswerFormat(Value):
    """The form that a program wants the answer in: any JSON object, or JSON of a schema (JSON Schema 2020-12)."""

    type: Literal["json_object", "json_schema"]
    name: str = ""
    json_schema: dict[str, Any] | None = None


class Recipe(Value):
    """The resolved settings of a run, so that it can be repeated years later.

    ``settings`` are the strategy's own, the rest is every strategy's. ``hard_limit_s`` (seconds from the start of the
    run) ends the waiting for the panel. ``seed`` shuffles the letters that the judge sees. ``max_cost`` (USD, ``None``:
    no cap) stops the run. ``depth`` counts the servers like this one that the request has passed already. With ``web``
    models may look things up. ``today`` is the day (ISO 8601) that the models of a fusion are told, '' for none.
    ``route`` is the choice that led to these settings, where one was made; with ``cache`` an equal request may get the
    same answer.

    Its JSON form is flat: the settings stand beside the rest, as they did when ``fuse`` was the only strategy.
    """

    settings: StrategySettings
    preset: str = ""
    preset_version: int | None = None
    panel: tuple[SlotSpec, ...] = Field(min_length=1, max_length=len(SLOTS))
    answer_format: AnswerFormat | None = None
    criteria: str = ""
    hard_limit_s: float = Field(default=600, gt=0)
    seed: int = 0
    max_cost: Decimal | None = Field(default=None, gt=0)
    depth: int = Field(default=0, ge=0)
    web: LookupSettings | None = Field(default=None, exclude_if=_is_empty)
    today: str = Field(default="", pattern=r"^(\d{4}-\d\d-\d\d)?$", exclude_if=_is_empty)
    route: Route | None = Field(default=None, exclude_if=_is_empty)
    cache: CacheSettings | None = Field(default=None, exclude_if=_is_empty)

    @property
    def strategy(self) -> StrategyName:
        return self.settings.strategy

    @model_validator(mode="before")
    @classmethod
    def _read_flat(cls, data: Any) -> Any:
        """Sort the keys of the flat form. A ``fuse`` with one slot is read as ``single``, which it always was."""
        if not isinstance(data, Mapping) or "settings" in data:
            return data
        of_all = cls.model_fields  # made anew by each look
        shared = {name: value for name, value in data.items() if name in of_all}
        own = {name: value for name, value in data.items() if name not in of_all}
        own.setdefault("strategy", StrategyName.FUSE)
        if own["strategy"] == StrategyName.FUSE and len(data.get("panel") or ()) == 1:
            own = {name: value for name, value in own.items() if name not in PlainSettings.model_fields}
            own["strategy"] = StrategyName.SINGLE
        return {**shared, "settings": own}

    @model_validator(mode="after")
    def _check_slots(self) -> Self:
        if self.strategy is StrategyName.SINGLE and len(self.panel) > 1:
            raise ValueError("The strategy single asks one model; this panel has more.")
        own = self.settings
        if isinstance(own, CascadeSettings) and not {s for one in own.stages for s in one} <= {
            s.slot for s in self.panel
        }:
            raise ValueError("A stage names a slot that the panel does not have.")
        if isinstance(own, WeighedSettings) and not own.weights.keys() <= {spec.slot for spec in self.panel}:
            raise ValueError("A weight names a slot that the panel does not have.")
        if self.strategy is not StrategyName.SINGLE and len(self.panel) == 1:
            raise ValueError(f"The strategy {self.strategy} needs two answers; this panel has one model.")
        return self

    @model_serializer(mode="wrap")
    def _write_flat(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        nested: dict[str, Any] = write(self)
        own = nested.pop("settings", {})
        return {**own, **nested}


class Usage(Value):
    """Tokens of one call. ``None`` is unknown; ``estimated`` says that the figures are ours and not the provider's."""

    input_tokens: int | None = Field(default=None, ge=0)
    cached_tokens: int | None = Field(default=None, ge=0)
    output_tokens: int | None = Field(default=None, ge=0)
    reasoning_tokens: int | None = Field(default=None, ge=0)
    estimated: bool = False
    unread_tokens: int | None = Field(default=None, ge=0)


class Price(Value):
    """USD per million tokens; ``None`` is unknown, zero is free."""

    input: Decimal | None = None
    output: Decimal | None = None
    cached: Decimal | None = None


class Failure(Value):
    """Why a call or a run did not succeed: a code for programs and a sentence for a person."""

    code: FailureCode
    sentence: str


class Side(Value):
    """One of the views of a contradiction, and the slots that hold it."""

    stance: str
    slots: tuple[str, ...]


class Ruling(Value):
    """A person's ruling on a point of an analysis, as a writer is told it.

    ``point`` is the wording of the point, '' where the ruling adds one or is about the whole; ``sides`` are those of a
    contradiction and ``right`` the slots of the one that was picked. ``text`` is the right statement, or what is to be
    added; ``comment`` is a remark that may go with any verdict.
    """

    verdict: RulingKind
    point: str = ""
    sides: tuple[Side, ...] = ()
    right: tuple[str, ...] = ()
    text: str = ""
    comment: str = ""


class Guidance(Value):
    """A person's wishes for one call of a judge or a writer, in place of the recipe's own.

    ``criteria`` and ``instructions`` are free text, ``rulings`` are for a writer. Calls that were asked for together
    have the same ``batch``, the take of the first of them.

    A judge reads the answers in an ``order``. With ``beside``, the id of another judge's call, its analysis is compared
    with that one's and does not count in its place. A settlement is about one ``finding`` of the judge that it reads,
    by its id.
    """

    criteria: str = ""
    instructions: str = ""
    rulings: tuple[Ruling, ...] = ()
    batch: int = 1
    order: AnswerOrder = AnswerOrder.SHUFFLED
    beside: int | None = None
    finding: str = Field(default="", exclude_if=lambda finding: not finding)


class CallSpec(Value):
    """A call that a strategy asks for. ``inputs`` are the ids of the calls it reads; ``slot`` is '' off the panel.

    ``stage`` is the strategy's name for its place in the run, '' for the role's own word. Takes count within it.
    With ``guidance`` a person asked for this one call of a run that has ended: the strategy takes no step after it.
    """

    role: Role
    stage: str = Field(default="", max_length=40)
    slot: str = ""
    take: int = Field(default=1, ge=1)
    model: str
    parameters: Parameters = Parameters()
    fallback: str = ""
    inputs: tuple[int, ...] = ()
    guidance: Guidance | None = None


class PlannedCall(Value):
    """A model that a strategy means to ask in a stage, before the run starts.

    ``fewest``, ``expected`` and ``most`` count the calls of a run in which no call fails; the repair of an answer that
    has to have a form is among the most. Retries, repairs of a judge and stand-ins come on top. ``reads`` names the
    earlier stages whose texts the call is sent. ``stand_in`` is the built-in model that takes over where this one fails
    ('' for none).
    """

    stage: str
    role: Role
    slot: str = ""
    model: str
    parameters: Parameters = Parameters()
    fallback: str = ""
    stand_in: str = ""
    is_auto: bool = False
    reads: tuple[str, ...] = ()
    fewest: int = Field(default=1, ge=0)
    expected: float = Field(default=1, ge=0)
    most: int = Field(default=1, ge=0)

    @property
    def is_builtin(self) -> bool:
        return self.model in list(Builtin)


class Attempt(Value):
    """One request of a call to a vendor. Moments are seconds since 1970; without ``failure`` it brought the answer.

    ``http_status`` is set where there was one; ``waited_s`` is how long the next attempt was put off (seconds).
    ``billing`` is uncertain if it brought no word and was not turned away, so nobody knows what it cost.

    Of one that brought no word, ``usage`` and ``cost`` (USD) are what the vendor counted all the same; where it counted
    nothing but may bill it, ``possible_cost`` is what its input would cost. Of one whose text was lost with its worker,
    ``cost`` is what that had cost by our count. Of the one that brought the answer, the call knows.
    """

    model: str
    started_at: float
    ended_at: float | None = None
    failure: Failure | None = None
    http_status: int | None = None
    waited_s: float | None = None
    billing: Billing = Billing.BILLED
    usage: Usage | None = None
    cost: Decimal | None = None
    possible_cost: Decimal | None = None


class Reply(Value):
    """The result of one call to a vendor. ``cost`` is in USD as the provider reported it; ``None`` if it did not.

    ``tool_calls`` are those that the model asks for, ``vendor_data`` what has to go back with them. ``search`` is
    what the vendor searched for itself.
    """

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    vendor_data: VendorData | None = None
    search: NativeSearch | None = None
    finish_reason: FinishReason = FinishReason.UNKNOWN
    usage: Usage = Usage()
    cost: Decimal | None = None
    upstream_id: str = ""
    version: str = ""
