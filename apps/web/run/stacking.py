"""Where the answer and what was found stand on a wide screen: side by side, or one below the other."""

from apps.runs.reading.snapshot import RunSnapshot

LINE = 80
"""Characters of a line of the answer, roughly."""
FEW_LINES = 10
MANY_FINDINGS = 5
"""From here on the findings are higher than an answer of a few lines."""


def is_stacked(run: RunSnapshot) -> bool:
    """Return whether both take the whole width, as nothing or little of an answer would leave most of its half empty.

    Only for a run that has ended: the layout is chosen when its page is opened, so that no word moves.
    """
    if not run.is_final:
        return False
    if run.answer is None:
        return True
    lines = sum(1 + len(line) // LINE for line in run.answer.text.splitlines())
    return lines <= FEW_LINES and run.analysis is not None and len(run.analysis.findings) >= MANY_FINDINGS
