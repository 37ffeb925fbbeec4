"""The bodies and documents of what is asked of a run that has ended: judge and write again, rulings, takes."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from apps.api.options import Reference, Strict
from apps.api.schemas import Document, Open
from apps.fusion.vocabulary import AnswerOrder, DecisionKind, RulingKind, Status
from apps.runs.reading.settlements import SettlementState

Flag = Annotated[bool, Field(strict=True)]
"""True or false: a 0 for ``dry_run`` would cost money."""


class Rejudge(Strict):
    """One more judge for a run that has ended; what is left out is as in the run's recipe."""

    judge: Reference | None = None
    """The model that compares the answers, or `builtin/overlap`."""
    criteria: str | None = Field(None, max_length=4_000)
    """Criteria for the answers, one a line, beside the usual ones."""
    instructions: str | None = Field(None, max_length=4_000)
    """Free text for the judge."""
    slots: list[Annotated[str, Field(pattern="^[A-H]$")]] = Field([], max_length=8, examples=[["A", "B"]])
    """Letters of the columns to compare; all that have an answer if empty."""
    takes: list[Annotated[int, Field(strict=True, ge=1)]] = Field([], max_length=8)
    """Ids of calls to take instead of the newest answers of their columns."""
    dry_run: Flag = False
    """Estimate the cost and ask nobody."""


class OrderCheck(Strict):
    """The judge of the analysis that counts, asked once more for each other order of the same answers."""

    dry_run: Flag = False
    """Estimate the cost and ask nobody."""


class AskSecondJudge(Strict):
    """Another model that judges the same answers, beside the analysis that counts."""

    judge: Reference
    """The model that compares the answers; another than the first judge."""
    dry_run: Flag = False
    """Estimate the cost and ask nobody."""


class Rewrite(Strict):
    """One to three more fused answers for a run that has ended, from the analysis that counts."""

    writers: list[Reference] = Field([], max_length=3)
    """The models that write, at the same time; the recipe's writer if empty."""
    instructions: str | None = Field(None, max_length=4_000)
    """Free text for the writers; that of the recipe if absent."""
    rulings: Flag = False
    """Tell the writers the run's rulings."""
    dry_run: Flag = False
    """Estimate the cost and ask nobody."""


class CheckAnswer(Strict):
    """A check of the fused answer that counts."""

    model: Reference | None = None
    """The model that checks; the recipe's judge, or its writer where that is word overlap, if absent."""
    dry_run: Flag = False
    """Estimate the cost and ask nobody."""


class ReviewAnswers(Strict):
    """A peer review of the answers by the panel itself."""

    dry_run: Flag = False
    """Estimate the cost and ask nobody."""


class Settle(Strict):
    """A contradiction of the analysis that counts, looked up by one model with web search."""

    finding: str = Field(max_length=60, examples=["contradiction-1"])
    """The id of the finding."""
    model: Reference
    """The model that looks it up."""
    dry_run: Flag = False
    """Estimate the cost and ask nobody."""


class Decide(Strict):
    """A decision on what a settlement proposes."""

    decision: DecisionKind
    """`accepted` makes it the ruling on its point, `dropped` leaves the point as it is."""
    text: str | None = Field(None, max_length=2_000)
    """The words of the ruling; those that were proposed if absent."""


class SettlementDocument(Open):
    """A look-up of one contradiction, and what became of it."""

    call: int
    """The id of its call."""
    judge: int | None
    """The id of the judge call whose finding it looked up."""
    finding: str
    """The id of that finding."""
    topic: str
    """Its wording."""
    model: str
    """The reference of the model that looked it up."""
    state: SettlementState
    """`unsettled`: the sources do not decide; `unsourced`: the reply names no source. Neither can be accepted."""
    text: str
    """The proposed words, with the marks of their sources."""
    sources: list[dict[str, Any]]
    """The sources that it cites: `number`, `url`, `title`, `state` of the quotes, `origin` of the citation."""
    sentence: str
    """Why the call failed."""
    faults: list[str]
    """Why look-ups gave nothing, a sentence each."""
    cost: str | None
    """USD, searches included; `null` if unknown."""
    decision: DecisionKind | None
    """The decision of a person, if there is one."""


class SettlementList(Document):
    """The settlements of a run, oldest first."""

    data: list[SettlementDocument]
    """The settlements."""


class AddColumn(Strict):
    """One more model for the panel of a run."""

    model: Reference
    """The model to ask; nothing is judged or written anew."""


class Current(Strict):
    """The analysis and the answer that are to count."""

    analysis: Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)] | None = None
    """The id of a judge call that brought an analysis."""
    answer: Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)] | None = None
    """The id of a writer call that brought an answer, or of the panel call that the judge would give as it is."""


class PutRuling(Strict):
    """A ruling on a point of the analysis that counts, in place of the one on it before."""

    verdict: RulingKind
    """`side` picks one, `statement` writes the right one, `immaterial` and `drop` leave the point out, `add` adds one,
    `comment` is a remark alone."""
    finding: str = Field("", max_length=60, examples=["contradiction-1"])
    """The id of the finding; empty to add a point, or for a remark on the whole."""
    right: list[Annotated[str, Field(pattern="^[A-H]$")]] = Field([], max_length=8)
    """For `side`: the slots that are right, all on one side."""
    text: str = Field("", max_length=2_000)
    """For `statement` and `add`: the words."""
    comment: str = Field("", max_length=2_000)
    """A remark, with any verdict."""


class RulingDocument(Open):
    """A person's ruling beside the analysis that counts."""

    id: int
    """By which it is removed."""
    finding: str
    """The id of the finding that it is about, empty for none of this analysis."""
    point: str
    """The wording of that finding."""
    verdict: RulingKind
    """The ruling on it."""
    right: list[str]
    """The slots that were picked."""
    text: str
    """The right, or the added, statement."""
    comment: str
    """The remark."""
    applies: bool
    """False if this analysis has no such point: writers are not told it."""
    author: str
    """The name of the person."""
    changed_at: datetime
    """When it was made or changed."""


class RulingList(Document):
    """The rulings of a run, oldest first."""

    data: list[RulingDocument]
    """The rulings."""


class TakeDocument(Open):
    """A judge's or a writer's take: its model, what it was asked to heed, what it cost, and whether it counts."""

    call: int
    """The id of the call."""
    take: int
    """1, and one more for each that followed."""
    model: str
    """The reference of the model."""
    label: str
    """The name of the model."""
    status: Status
    """Its state."""
    is_current: bool
    """True for the one that counts."""
    stale: str
    """Why it rests on something older than the run now has; empty if it does not."""
    instructions: str
    """The free text that it was given."""
    cost: float | None
    """USD; `null` if it is unknown."""
    duration_s: float | None
    """Seconds."""
    failure: dict[str, Any] | None
    """Why it failed, if it did."""


class AnalysisTake(TakeDocument):
    """One analysis of a run."""

    criteria: str
    """The criteria of the answers beside the usual ones."""
    order: AnswerOrder
    """The order in which the judge read the answers: `shuffled`, or for an order check `reversed` or `rotated`."""
    beside: int | None
    """The id of the judge call whose analysis this one is compared with; `null` if it was not asked for that."""
    analysis: dict[str, Any] | None
    """The judge's findings."""


class AnswerTake(TakeDocument):
    """One fused answer of a run."""

    text: str
    """The answer, as Markdown."""
    analysis: int | None
    """The id of the judge call that its writer read."""
    rulings: list[dict[str, Any]]
    """The rulings that its writer was told."""


class AnalysisList(Document):
    """Every analysis of a run, oldest first."""

    data: list[AnalysisTake]
    """The analyses."""


class AnswerList(Document):
    """Every fused answer of a run, oldest first."""

    data: list[AnswerTake]
    """The answers."""


class SentDocument(Document):
    """The request that was sent for a call, word for word; never a key."""

    call: int
    """The id of the call."""
    model: str
    """The reference of the model that was asked."""
    messages: list[dict[str, Any]]
    """The messages, each with `role`, `text` and `images`; empty where `missing` says why."""
    parameters: dict[str, Any]
    """The parameters that were sent."""
    dropped: list[str]
    """Parameters that were left out because the provider does not take them."""
    json_schema: dict[str, Any] | None
    """The schema that was sent with it."""
    missing: str
    """Why there are no messages; empty where there are."""
