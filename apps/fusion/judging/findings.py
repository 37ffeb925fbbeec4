"""The values of an analysis: bottom lines, findings with their evidence, assessments, outliers, agreement."""

from pydantic import Field

from apps.fusion.values import Value
from apps.fusion.vocabulary import AnalysisStatus, FindingKind


class Evidence(Value):
    """The position of one slot on a finding. ``span`` counts characters in the stored answer, end exclusive."""

    slot: str
    stance: str = ""
    quote: str = ""
    verified: bool = False
    span: tuple[int, int] | None = None


class Finding(Value):
    """One point of an analysis. In a contradiction, slots whose evidence has the same ``stance`` are on one side."""

    id: str
    kind: FindingKind
    text: str
    evidence: tuple[Evidence, ...] = ()


class BottomLine(Value):
    """The conclusion ``text`` that the answers of the ``slots`` share, and the words in which they say so."""

    slots: tuple[str, ...]
    text: str
    quotes: tuple[Evidence, ...] = ()


class Assessment(Value):
    """The judge's opinion of one slot by one criterion, 1 (poor) to 5 (excellent); never part of the agreement."""

    slot: str
    criterion: str
    score: int = Field(ge=1, le=5)
    reason: str = ""
    quote: str = ""
    verified: bool = False
    span: tuple[int, int] | None = None


class Outlier(Value):
    """A slot that stands alone in a contradiction against two or more that share a stance."""

    finding: str
    slot: str


class PairAgreement(Value):
    """On how many of the ``items`` on which both took a side two slots took the same; ``a < b``."""

    a: str
    b: str
    same: int
    items: int


class Agreement(Value):
    """The agreement score, 0 to 1 or ``None`` without shared items; ``items`` were sided on by two slots or more."""

    score: float | None = None
    pairs: tuple[PairAgreement, ...] = ()
    items: int = 0


class Analysis(Value):
    """A judge's analysis, or the built-in one's.

    ``note`` says why it is repaired or degraded and what was capped or dropped. ``letters`` maps the letter that the
    judge saw to the real slot; it stays on the server. ``coverage`` is the share (0 to 1) of each answer that it saw.
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
