"""The settings of strategies, one model of the union in a recipe; and the parameters of a call that they name."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Discriminator, Field, Tag, model_validator

from apps.fusion.calibration import Calibration
from apps.fusion.frozen import Value
from apps.fusion.vocabulary import SLOTS, Builtin, CountedKind, ReasoningEffort, StrategyName, WeightBasis

LONGEST_INSTRUCTIONS = 4_000
"""Characters of the instructions that a judge or a writer is given beside its task."""


class JsonFields(StrEnum):
    """The votes of answers in JSON: for whole answers, or for each field."""

    WHOLE = "whole"
    WINNER = "winner"


class NoMajority(StrEnum):
    """The value of a field on which no majority agrees: null, or what judge and writer make of the answers."""

    NULL = "null"
    JUDGE = "judge"


class Parameters(Value):
    """Sampling parameters of one call; ``None`` leaves the model's own default. ``max_tokens`` counts output tokens.

    ``stop`` are up to four texts at which the model ends. What a model does not know is not sent, and said.
    """

    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    max_tokens: int | None = Field(default=None, gt=0)
    seed: int | None = None
    reasoning_effort: ReasoningEffort | None = None
    stop: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(default=(), max_length=4)
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)


MOST_LABELS, LONGEST_LABEL = 50, 80
Label = Annotated[str, Field(min_length=1, max_length=LONGEST_LABEL, pattern=r"^\S(?:.*\S)?$")]
Labels = Annotated[tuple[Label, ...], Field(max_length=MOST_LABELS)]
"""Words that may be a final answer; they begin and end with no space."""


def problem_of_labels(kind: CountedKind, labels: Sequence[str]) -> str:
    """Return a sentence about labels that do not fit the kind of answer that counts, or ''."""
    if kind is CountedKind.LABEL and len(labels) < 2:
        return "Votes for labels need two labels or more."
    if labels and kind is not CountedKind.LABEL:
        return "Labels are for votes that count labels."
    if len({label.casefold() for label in labels}) < len(labels):
        return "Each label stands in the list once, whatever its case."
    return ""


def problem_of_certificate(kind: CountedKind) -> str:
    """Return a sentence about votes of a kind that are to end at a certificate, or ''."""
    if not kind.is_lasting:
        return "Groups of texts by meaning have no certificate: another text may divide them anew."
    return ""


def problem_of_agreement(threshold: float | None, at_certificate: bool) -> str:
    """Return a sentence about two rules for when a stage of a cascade agrees, or '' for one or none."""
    if threshold is not None and at_certificate:
        return "A stage agrees from a share of the weight on, or at the share that is certified. Choose one of the two."
    return ""


class JudgedSettings(Value):
    """Settings of strategies that may judge and fuse: by whom, and when the panel has been waited for long enough.

    With neither ``quorum`` nor ``grace_s``, all answers are waited for. Else the grace (seconds, 30 by default) runs
    from the moment the quorum (answers, 2 by default) is reached. With ``grace_is_auto`` the grace follows the models'
    measured times; a run that has begun has its number in ``grace_s``. With ``judge_is_auto`` or ``writer_is_auto`` the
    model was chosen by the site and not by a person. ``judge_instructions`` and ``writer_instructions`` are free text
    for that model alone, '' for none. With ``answer_check`` the fused answer is checked against the panel's, with
    ``peer_review`` the panel reviews its answers and the fused one.
    """

    judge: str
    judge_parameters: Parameters = Parameters(temperature=0)
    judge_is_auto: bool = False
    judge_instructions: str = Field(default="", max_length=LONGEST_INSTRUCTIONS)
    writer: str
    writer_parameters: Parameters = Parameters()
    writer_is_auto: bool = False
    writer_instructions: str = Field(default="", max_length=LONGEST_INSTRUCTIONS)
    quorum: int | None = Field(default=None, ge=1, le=len(SLOTS))
    grace_s: float | None = Field(default=None, ge=0)
    grace_is_auto: bool = False
    answer_check: bool = False
    peer_review: bool = False

    @property
    def checker(self) -> str:
        """The model that checks a fused answer: the judge, or the writer where the words are compared without one."""
        return self.writer if self.judge in list(Builtin) else self.judge


class PlainSettings(JudgedSettings):
    """Settings of every strategy of panels that has none of its own, such as ``fuse``.

    Where its steps ask no judge or writer, these are whom a person may ask for later.
    """

    strategy: StrategyName = StrategyName.FUSE


class CountedSettings(JudgedSettings):
    """Settings of strategies whose members vote: which final answers count.

    Of the kind ``label`` these are the ``labels``, as whole words in any case; other kinds have none.
    """

    answer_kind: CountedKind = CountedKind.AUTO
    labels: Labels = ()

    @model_validator(mode="after")
    def _check_labels(self) -> Self:
        if problem := problem_of_labels(self.answer_kind, self.labels):
            raise ValueError(problem)
        return self


class FieldwiseSettings(CountedSettings):
    """Settings of strategies whose answer may be made of each field's winner, where the answers are JSON.

    A field without a majority is ``null`` then, or all answers go to judge and writer, by ``no_majority``. What is made
    so has to keep to the form that was asked for; else whole answers are counted.
    """

    json_fields: JsonFields = JsonFields.WHOLE
    no_majority: NoMajority = NoMajority.NULL


class VoteSettings(FieldwiseSettings):
    """Settings of ``vote``; judge and writer are asked where no vote decides. A ``calibration`` breaks ties."""

    strategy: Literal[StrategyName.VOTE] = StrategyName.VOTE
    calibration: Calibration | None = None


class VoteOptions(Value):
    """The options of votes that a preset keeps: what counts, and weights; those by cost are taken anew each day."""

    answer_kind: CountedKind = CountedKind.AUTO
    labels: Labels = ()

    weigh_by: WeightBasis = WeightBasis.EQUAL
    weights: dict[str, float] = {}
    calibration: Calibration | None = None
    at_certificate: bool = False
    threshold: float | None = Field(default=None, gt=0.5, le=1)
    json_fields: JsonFields = JsonFields.WHOLE
    no_majority: NoMajority = NoMajority.NULL


class WeighedSettings(CountedSettings):
    """Settings of strategies whose votes weigh by ``weigh_by``: a ``calibration``, or ``weights`` by slot.

    Weights by cost were taken from the models' prices when the recipe was made. Judge and writer are asked where no
    vote decides.
    """

    weigh_by: WeightBasis = WeightBasis.ACCURACY
    weights: dict[str, Annotated[float, Field(ge=0, le=1_000_000)]] = {}
    calibration: Calibration | None = None

    @model_validator(mode="after")
    def _check_weights(self) -> Self:
        if self.weigh_by in (WeightBasis.COST, WeightBasis.HAND) and not any(self.weights.values()):
            raise ValueError("Votes that weigh by cost or by hand need a weight above 0.")
        return self


class WeightedSettings(WeighedSettings, FieldwiseSettings):
    """Settings of ``weighted``, whose votes are all waited for."""

    strategy: Literal[StrategyName.WEIGHTED] = StrategyName.WEIGHTED


class EarlyExitSettings(WeighedSettings):
    """Settings of ``early_exit``, which ends when no vote can change the result.

    With ``at_certificate`` it also ends when the leader has the share that the calibration's certificate asks for.
    """

    strategy: Literal[StrategyName.EARLY_EXIT] = StrategyName.EARLY_EXIT
    weigh_by: WeightBasis = WeightBasis.EQUAL
    at_certificate: bool = False


class CascadeSettings(CountedSettings):
    """Settings of ``cascade``: the slots of its two or three ``stages``, the last of which has one.

    Judge and writer are asked only where the last stage gives nothing and no vote decides. Quorum and grace have no
    use: a stage agrees when all its members have answered. It agrees if all say the same; with a ``threshold``, or at
    the certificate of the calibration's stage, if one answer has that share of the weight of all that were asked.
    """

    strategy: Literal[StrategyName.CASCADE] = StrategyName.CASCADE
    calibration: Calibration | None = None
    threshold: float | None = Field(default=None, gt=0.5, le=1)
    at_certificate: bool = False
    stages: tuple[tuple[str, ...], ...] = Field(min_length=2, max_length=3)

    @model_validator(mode="after")
    def _check_stages(self) -> Self:
        slots = [slot for stage in self.stages for slot in stage]
        if len(self.stages[0]) < 2 or len(self.stages[-1]) != 1 or not all(self.stages):
            raise ValueError("The first stage needs two members that can agree, and the last one has one.")
        if len(set(slots)) < len(slots):
            raise ValueError("A slot stands in one stage.")
        return self


class LayersSettings(JudgedSettings):
    """Settings of ``layers``: how often the panel answers, each time after the first with all answers before it."""

    strategy: Literal[StrategyName.LAYERS] = StrategyName.LAYERS
    layers: int = Field(default=2, ge=1, le=3)


class SingleSettings(Value):
    """Settings of ``single``: none, its one model sits on the panel."""

    strategy: Literal[StrategyName.SINGLE] = StrategyName.SINGLE


OwnSettings = Annotated[
    SingleSettings | VoteSettings | CascadeSettings | WeightedSettings | EarlyExitSettings | LayersSettings,
    Field(discriminator="strategy"),
]
"""One model for each strategy that has settings of its own; ``strategy`` tells them apart."""
SETTINGS: Mapping[StrategyName, type[Value]] = {
    kind.model_fields["strategy"].default: kind for kind in get_args(get_args(OwnSettings)[0])
}
"""These models by the word of their strategy; all others have :class:`PlainSettings`."""


def _tag_of(value: Any) -> str:
    word = value.get("strategy") if isinstance(value, Mapping) else getattr(value, "strategy", None)
    return "own" if word in SETTINGS else "plain"


StrategySettings = Annotated[
    Annotated[OwnSettings, Tag("own")] | Annotated[PlainSettings, Tag("plain")], Discriminator(_tag_of)
]
"""The settings of a recipe."""
