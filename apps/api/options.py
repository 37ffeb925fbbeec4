"""The options of a fusion in our words.

The same options are the body of the runs API and the ``fusion`` object of the OpenAI-compatible routes.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from apps.api.files import GivenFile
from apps.api.numbers import Number, Whole
from apps.api.routing import AnyStrategy, CacheOptions
from apps.api.strict import Lenient, Strict
from apps.api.web_options import WebOptions
from apps.api.weights import AnyCalibration, Reference, Weight
from apps.fusion.strategies import STRATEGIES
from apps.fusion.strategy_settings import LONGEST_LABEL, MOST_LABELS, JsonFields, NoMajority
from apps.fusion.tools import ToolMode
from apps.fusion.values import LONGEST_VARIANT_NAME, PromptVariant
from apps.fusion.vocabulary import (
    SLOTS,
    CountedKind,
    EarlierAnswers,
    Priority,
    ReasoningEffort,
    StrategyName,
    WeightBasis,
)

__all__ = ["Lenient", "Reference", "Strict"]

WAYS = "; ".join(f"`{name}`: {strategy.option.does}" for name, strategy in STRATEGIES.items() if strategy.option)
"""The strategies that can be chosen, in the words of the form."""

Dollars = Annotated[Decimal, Field(gt=0, le=1_000_000, max_digits=14, decimal_places=6)]

Metadata = Annotated[
    dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]], Field(max_length=16)
]


class Sampling(Strict):
    """Sampling parameters; what is left out is the model's own default. `max_tokens` counts output tokens."""

    temperature: Number | None = Field(None, ge=0, le=2)
    """The freedom in the choice of words."""
    top_p: Number | None = Field(None, ge=0, le=1)
    """The share of likely words to choose from."""
    max_tokens: Whole | None = Field(None, gt=0, le=10_000_000)
    """The most to write, in tokens."""
    seed: Whole | None = Field(None, ge=-(2**63), lt=2**63)
    """For answers that can be repeated, where a vendor can."""
    reasoning_effort: ReasoningEffort | None = None
    """The effort of thinking, where a model can."""
    stop: list[Annotated[str, Field(min_length=1, max_length=200)]] | None = Field(None, max_length=4)
    """Texts at which the model ends."""
    frequency_penalty: Number | None = Field(None, ge=-2, le=2)
    """A malus for words by the number of times that they came, where a vendor knows it."""
    presence_penalty: Number | None = Field(None, ge=-2, le=2)
    """A malus for words that came before, where a vendor knows it."""

    @property
    def given(self) -> dict[str, Any]:
        """The parameters that were given, as our values name them."""
        said = self.model_dump(exclude_none=True)
        return said | {"stop": tuple(said["stop"])} if "stop" in said else said


class PanelVariant(Strict):
    """A slot's own prompt, to compare prompts as models are compared; judge and writer are told the shared one."""

    name: str = Field(min_length=1, max_length=LONGEST_VARIANT_NAME, examples=["concise"])
    """The name, under which its answers and votes are counted."""
    system: str = ""
    """In place of the shared system prompt; empty leaves that."""
    prompt: str = Field("", examples=["In one sentence: {{prompt}}"])
    """In place of the question, which stands where it says `{{prompt}}`; empty leaves the question."""

    @property
    def value(self) -> PromptVariant:
        """Return the variant, without space at the ends of its texts."""
        name = " ".join(self.name.split())
        return PromptVariant.model_construct(name=name, system=self.system.strip(), prompt=self.prompt.strip())


class PanelSlot(Strict):
    """One slot of the panel: a model, its sampling, its own prompt, and what answers while it cannot be reached."""

    model: Reference
    """A reference, `provider/model`."""
    parameters: Sampling = Sampling()
    """Its sampling."""
    fallback: str = Field("", max_length=255)
    """The model that answers while this one is down."""
    variant: PanelVariant | None = None
    """Its own prompt."""


def _slot_form(value: Any) -> str:
    return "tagged-reference" if isinstance(value, str) else "tagged-slot"


AnySlot = Annotated[
    Annotated[Reference, Tag("tagged-reference")] | Annotated[PanelSlot, Tag("tagged-slot")], Discriminator(_slot_form)
]
"""A slot, or its model alone; what is wrong with either is told of the form that was meant."""


Grace = Annotated[
    Annotated[Number, Field(ge=0, le=86_400), Tag("tagged-seconds")] | Annotated[Literal["auto"], Tag("tagged-auto")],
    Discriminator(lambda value: "tagged-auto" if isinstance(value, str) and value.isalpha() else "tagged-seconds"),
]
"""Seconds, or the word for as long as the models usually take."""


class FusionOptions(Strict):
    """The way to fuse. An option that is left out comes from the preset, or is the site's default."""

    preset: str | None = Field(None, max_length=50, description="A preset's slug; the default preset if absent.")
    panel: list[AnySlot] | None = Field(
        None, min_length=1, max_length=len(SLOTS), description="1 to 8 models instead of the preset's."
    )
    judge: Reference | None = Field(None, description="A model, `auto`, or `builtin/overlap`.")
    writer: Reference | None = Field(None, description="A model, or `auto`.")
    strategy: AnyStrategy | None = Field(
        None,
        description=f"The way to one answer. {WAYS}.\n\nA panel of one is always `single`. With `route` your rules "
        "choose, else your rated prompts or the form of the question.",
    )
    calibration: AnyCalibration | None = None
    """The name of one of yours, or measured accuracies of the members: they break ties, and weigh votes."""
    weigh_by: WeightBasis | None = None
    """For `weighted` and `early_exit`: by a calibration (`accuracy`), by price (`cost`), by `hand`, or all `equal`."""
    weights: dict[Annotated[str, Field(pattern=f"^[{SLOTS}]$")], Weight] | None = Field(
        None, max_length=len(SLOTS), description="By slot, for `hand`.", examples=[{"A": 2, "B": 1, "C": 1}]
    )
    at_certificate: bool | None = Field(
        None, strict=True, description="For `early_exit` and `cascade`: accept as soon as the certificate holds."
    )
    threshold: Number | None = Field(
        None, gt=0.5, le=1, description="For `cascade`: accept an answer with this share of the weight of those asked."
    )
    answer_kind: CountedKind | None = None
    """For votes: the final answers that count, `auto` for all that are read, else those of a kind."""
    labels: list[Annotated[str, Field(min_length=1, max_length=LONGEST_LABEL)]] | None = Field(
        None,
        max_length=MOST_LABELS,
        description="The labels that count, as whole words; `answer_kind` is `label`.",
    )
    json_fields: JsonFields | None = None
    """For `vote` and `weighted` on answers in JSON: count `whole` answers, or take each field’s `winner`."""
    no_majority: NoMajority | None = None
    """With `json_fields` `winner`: a field without a majority is `null`, or judge and writer are asked (`judge`)."""
    stages: list[Annotated[list[Annotated[str, Field(pattern=f"^[{SLOTS}]$")]], Field(min_length=1)]] | None = Field(
        None,
        min_length=2,
        max_length=3,
        description="For `cascade`: the slots asked together; all but the last, then it.",
    )
    layers: Whole | None = Field(None, ge=1, le=3, description="For `layers`: how often the panel answers.")
    criteria: str | None = Field(None, max_length=10_000, description="What the judge assesses besides, one a line.")
    judge_instructions: str | None = Field(None, max_length=4_000, description="Free text for the judge.")
    writer_instructions: str | None = Field(None, max_length=4_000, description="Free text for the writer.")
    answer_check: bool | None = Field(
        None, strict=True, description="Check the fused answer against the panel's: one call more, to the judge."
    )
    peer_review: bool | None = Field(
        None, strict=True, description="Let the panel review its answers and the fused one: up to three calls a model."
    )
    tell_day: bool | None = Field(
        None, strict=True, description="Tell panel, judge and writer the date of today; your setting decides if absent."
    )
    web: WebOptions | None = Field(
        None, description="Let models search the web and read pages; the key needs the permission `web`."
    )
    cache: CacheOptions | None = Field(None, description="Let equal requests get the same answer; off by default.")
    quorum: Whole | None = Field(None, ge=1, le=len(SLOTS))
    """Answers with which the grace begins. Without this and `grace_s`, all answers are waited for."""
    grace_s: Grace | None = None
    """Seconds to wait for the others after that, or `auto`: as long as they usually take; 30 with a quorum alone."""
    hard_limit_s: Number | None = Field(None, gt=0, le=86_400)
    """Seconds to wait at most."""
    max_cost: Dollars | None = Field(None, description="USD; the run stops there and keeps its text.")
    files: list[GivenFile] | None = Field(
        None, description="Files that go with the newest question: text, Markdown, CSV or PDF."
    )
    thread: str | None = Field(None, min_length=1, max_length=20, description="The id of a thread to go on with.")
    earlier_answers: EarlierAnswers | None = Field(
        None, description="In a thread: `fused` answers go to the whole panel, `own` ones back to each column."
    )
    webhook: str | None = Field(None, min_length=1, max_length=500, examples=["https://hooks.example/fusionweb"])
    """An address that is told of the run's end; the key allows its host."""
    from_slot: Annotated[str, Field(pattern=f"^[{SLOTS}]$")] | None = Field(
        None, description="In a thread: the column whose answer takes the place of the newest turn's fused one."
    )
    priority: Priority = Field(Priority.INTERACTIVE, description="`bulk` lets runs that somebody waits for go first.")

    @property
    def named_strategy(self) -> StrategyName | None:
        """The strategy, where one is named; ``route`` leaves the choice open."""
        return self.strategy if isinstance(self.strategy, StrategyName) else None

    @property
    def names_models(self) -> bool:
        """True if a model for panel, judge or writer is named, which a request for one model must not do."""
        is_fused = self.strategy not in (None, StrategyName.SINGLE)
        return is_fused or any(value is not None for value in (self.preset, self.panel, self.judge, self.writer))


class FusionOfRequest(FusionOptions):
    """Our own options beside a request in another form. With `detach` the run goes on when the client hangs up."""

    detach: bool = False
    """The run goes on when the client hangs up."""
    tools: ToolMode | Literal["ignore"] | None = Field(
        None,
        description="Who is told of tools in a fusion: the `writer`, the panel too (`panel_first`), nobody (`ignore`).",
    )
    on_tool_result: Literal["fuse", "single"] | None = Field(
        None, description="`single` asks the writer alone when the last message is the result of a tool."
    )
