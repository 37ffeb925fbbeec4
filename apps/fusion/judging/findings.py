"""The values of an analysis: bottom lines, findings with their evidence, assessments, outliers, agreement."""

from pydantic import Field

from apps.fusion.frozen import Value
from apps.fusion.vocabulary import AnalysisStatus, CheckFault, FindingKind, QuoteState


class Quoted(Value):
    """A quote of one slot's answer, or of the fused one (slot ''). ``span`` counts characters there, end exclusive.

    ``verified``: the quote stands there word for word. ``similar``: what stands there differs in stop words, endings
    and marks, and should be shown in its place. With neither, the quote was not found.
    """

    slot: str
    quote: str = ""
    verified: bool = False
    similar: bool = False
    span: tuple[int, int] | None = None

    @property
    def state(self) -> QuoteState:
        if self.verified:
            return QuoteState.VERIFIED
        return QuoteState.SIMILAR if self.similar else QuoteState.UNVERIFIED


class Evidence(Quoted):
    """The position of one slot on a finding."""

    stance: str = ""


class Finding(Value):
    """One point of an analysis. In a contradiction, slots whose evidence has the same ``stance`` are on one side.

    ``fault`` is what a check found in a fused answer, ``None`` for findings of other kinds. ``pointer`` names the field
    of answers in JSON that it is about (RFC 6901), '' if it is about none.
    """

    id: str
    kind: FindingKind
    text: str
    evidence: tuple[Evidence, ...] = ()
    fault: CheckFault | None = None
    pointer: str = ""

    @property
    def is_grounded(self) -> bool:
        """Whether a quote of it was verified; a blind spot is about what no answer says, and needs none.

        A check says what stands in two texts, so every quote that it gives has to be found.
        """
        if self.kind is FindingKind.ANSWER_CHECK:
            return bool(self.evidence) and all(one.state is not QuoteState.UNVERIFIED for one in self.evidence)
        return self.kind is FindingKind.BLIND_SPOT or any(one.verified for one in self.evidence)


class BottomLine(Value):
    """A conclusion and the slots whose answers come to it, each with the words in which it does."""

    text: str
    evidence: tuple[Evidence, ...]

    @property
    def slots(self) -> tuple[str, ...]:
        return tuple(one.slot for one in self.evidence)


class Assessment(Quoted):
    """The judge's opinion of one slot by one criterion, 1 (poor) to 5 (excellent); never part of the agreement."""

    criterion: str
    score: int = Field(ge=1, le=5)
    reason: str = ""


class Outlier(Value):
    """A slot that stands alone in a contradiction against two or more that share a stance."""

    finding: str
    slot: str


class PairAgreement(Value):
    """On how many of the ``items`` on which both took a side two slots took the same; ``a < b``.

    ``concluded`` is whether their bottom lines, one of the items, are the same; ``None`` if these do not compare.
    """

    a: str
    b: str
    same: int
    items: int
    concluded: bool | None = None

    @property
    def share(self) -> float:
        """Return the pair's agreement, 0 to 1. The bottom line weighs as much as all other items together."""
        if self.concluded is None or self.items == 1:
            return self.same / self.items
        others = (self.same - self.concluded) / (self.items - 1)
        return (self.concluded + others) / 2


class Conclusions(Value):
    """From how many of the ``answers`` that are no refusals a conclusion could be ``read``."""

    read: int = 0
    answers: int = 0


class Agreement(Value):
    """The agreement score, 0 to 1 or ``None`` without shared items; ``items`` were sided on by two slots or more.

    ``uncounted`` more would be items if a quote of theirs had been found in the answers. ``conclusions`` says from how
    many answers one could be read where those of some count; ``None`` where none do.
    """

    score: float | None = Field(default=None, ge=0, le=1)
    pairs: tuple[PairAgreement, ...] = ()
    items: int = 0
    uncounted: int = 0
    conclusions: Conclusions | None = None

    @property
    def is_bounded(self) -> bool:
        """Return whether pairs count half since the conclusion of one of them could not be read."""
        return self.conclusions is not None and self.conclusions.read < self.conclusions.answers


class Grounding(Value):
    """The quotes of an analysis: how many it gives, and how many of them were verified."""

    verified: int = 0
    quotes: int = 0

    @property
    def share(self) -> float | None:
        """The share of verified quotes, 0 to 1; ``None`` without any quote."""
        return self.verified / self.quotes if self.quotes else None


class Stability(Value):
    """In how many ``orders`` of the answers, the analysis's own included, each of its findings was found, by its id.

    ``further`` findings were found in another order only. ``calls`` are the ids of the judges of the other orders.
    """

    orders: int = Field(ge=2)
    found: dict[str, int]
    further: int = 0
    calls: tuple[int, ...] = ()

    @property
    def stable(self) -> int:
        """The number of findings that were found in every order."""
        return sum(times == self.orders for times in self.found.values())

    @property
    def share(self) -> float | None:
        """The share of the findings that were found in every order, 0 to 1; ``None`` without any finding."""
        return self.stable / len(self.found) if self.found else None


class BestAsIs(Value):
    """The judge's suggestion to give the answer of one slot unchanged, and its reason. It decides nothing by itself."""

    slot: str
    reason: str


class SourceMark(Value):
    """A source that the judge names by its ``number``, and whether the ``words`` stand in the run's copy of it.

    They are those that the judge quotes, or the sentence that it marks.
    """

    number: int
    words: str
    state: QuoteState


class Analysis(Value):
    """A judge's analysis, or the built-in one's.

    ``bottom_lines`` are the final answers, read by rules from the texts: who concludes what, most slots first.
    ``note`` says why it is repaired or degraded and what was capped or dropped. ``letters`` maps the letter that the
    judge saw to the real slot; it stays on the server. ``coverage`` is the share (0 to 1) of each answer that it saw.
    ``source_marks`` are the sources that it names in its own words, each looked for in the run's copy.
    ``stability`` is known once its judge has read the answers in other orders too.
    """

    status: AnalysisStatus
    model: str
    note: str = ""
    bottom_lines: tuple[BottomLine, ...] = ()
    findings: tuple[Finding, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    outliers: tuple[Outlier, ...] = ()
    agreement: Agreement = Agreement()
    letters: dict[str, str] = {}
    coverage: dict[str, float] = {}
    stability: Stability | None = None
    best_as_is: BestAsIs | None = None
    source_marks: tuple[SourceMark, ...] = ()

    @property
    def grounding(self) -> Grounding:
        """The quotes behind what is said of the answers: of bottom lines and findings, not of opinions about them."""
        evidence = [one for finding in self.findings for one in finding.evidence]
        evidence += [one for line in self.bottom_lines for one in line.evidence]
        quoted = [one for one in evidence if one.quote]
        return Grounding(verified=sum(one.verified for one in quoted), quotes=len(quoted))
