"""Presets in our API: their targets, the newest runs against them, and advice on their panels."""

from pydantic import Field

from apps.api.numbers import Number
from apps.api.routing import AnyStrategy
from apps.api.schemas import Document
from apps.api.strict import Strict
from apps.fusion.targets import LONGEST_NAME, LONGEST_S, MOST_USD


class PutTargets(Strict):
    """The targets of a preset of your own, in place of those before; `{}` removes them."""

    seconds: Number | None = Field(None, gt=0, le=LONGEST_S)
    """Seconds from the start to the answer."""
    cost: Number | None = Field(None, ge=0.000001, le=float(MOST_USD))
    """USD a run."""
    accuracy: Number | None = Field(None, gt=0, le=1)
    """The share of the answers that you rate, vote on or check which is to be good, from 0 to 1."""
    question_set: str = Field("", max_length=LONGEST_NAME)
    """The name of a template of yours with output checks: the accuracy is then that on the rows of its batches."""


class TargetsDocument(Document):
    """Targets; `null` is none."""

    seconds: float | None
    """Seconds from the start to the answer."""
    cost: float | None
    """USD a run."""
    accuracy: float | None
    """The share of good answers, from 0 to 1."""
    question_set: str = ""
    """The template on whose batches it is reckoned; empty for whatever is rated, voted on or checked."""


class TallyDocument(Document):
    """So many of those of which it is known."""

    met: int
    """Runs that met the target; for the accuracy, good answers."""
    of: int
    """Runs of which it is known."""


class PresetRecordDocument(Document):
    """The newest runs of a preset's present version against its targets; `null` where there is no such target."""

    runs: int
    """The runs that are counted, at most 50: none that were stopped or reused an answer."""
    seconds: TallyDocument | None
    """Runs that had their answer in time."""
    cost: TallyDocument | None
    """Runs that cost no more, of those whose cost is known."""
    accuracy: TallyDocument | None
    """Good answers, of those that were rated, voted on or checked."""


class StandingDocument(Document):
    """A preset's targets, and its newest runs against them."""

    targets: TargetsDocument | None
    """The targets."""
    record: PresetRecordDocument | None
    """The runs; null without targets."""


class CeilingDocument(Document):
    """A panel on questions that were rated, voted on, ruled or checked."""

    questions: int
    """The questions for which all these models have a label."""
    ceiling: float
    """The share to which a member gave a good answer, from 0 to 1."""
    best: str
    """The best member."""
    best_alone: float
    """Its share of good answers."""
    headroom: float
    """The ceiling above the best member."""
    headroom_bound: float
    """The most that may be gained, wrong with a chance of 5 %."""


class PanelChangeDocument(Document):
    """A model that is added to a panel, or dropped from it."""

    model: str
    """The model."""
    gain: float
    """The rise of the ceiling, below 0 where it falls."""
    cost: float | None
    """USD for a question that it costs more, or less without it; null while unknown."""
    questions: int
    """The questions on which it rests."""


class ProposalDocument(Document):
    """Another panel for one of the site's presets."""

    models: list[str]
    """The panel, in the order in which its members were added."""
    figures: CeilingDocument
    """The panel on the questions."""
    cost: float | None
    """USD for a question; null while unknown."""
    today: CeilingDocument | None
    """The preset's own panel on the same questions; null where too few of them say something of it."""


class AdviceDocument(Document):
    """Advice on a panel."""

    questions: int
    """The questions for which every member has a label."""
    missing: int
    """The questions that lack before anything is said."""
    figures: CeilingDocument | None
    """The panel on the questions; null while some are missing."""
    cost: float | None
    """USD for a question; null while unknown."""
    additions: list[PanelChangeDocument]
    """Models that raise the ceiling by a point or more, the most per dollar first."""
    removals: list[PanelChangeDocument]
    """Members without which it falls by less than a point, the dearest first."""
    proposal: ProposalDocument | None
    """Another panel, for Quality and Budget alone."""


class PresetDocument(StandingDocument):
    """A preset, with what your runs say of it."""

    slug: str
    """The name that requests use."""
    name: str
    """Its name."""
    version: int
    """Counts the changes of what it asks."""
    is_own: bool
    """True for one of yours, false for one of the site's."""
    strategy: AnyStrategy
    """The way to one answer."""
    models: list[str]
    """The panel."""
    judge: str
    """The judge, or `auto`."""
    writer: str
    """The writer, or `auto`."""
    advice: AdviceDocument | None
    """Advice on its panel; null for a panel of one model."""


class PresetList(Document):
    """The presets, the default first."""

    data: list[PresetDocument]
    """The presets."""
