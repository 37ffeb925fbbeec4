"""Whether the built-in comparison calls some texts agreed."""

from apps.fusion.comparing.overlap import overlap
from apps.fusion.vocabulary import FindingKind

AGREED = {FindingKind.CONSENSUS, FindingKind.PARTIAL_COVERAGE}


def agrees(texts):
    """Return whether texts share a point, or are said to agree in all."""
    analysis = overlap(dict(zip("ABC", texts, strict=False)))
    return {one.kind for one in analysis.findings} & AGREED or analysis.agreement.score == 1
