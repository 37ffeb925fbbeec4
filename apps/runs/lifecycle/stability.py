"""The stability of an analysis, known once its judge has read the same answers in other orders too."""

from collections.abc import Iterable

from apps.fusion.judging.stability import stability
from apps.runs.models import Call, CallOutput


def store_stability(call: Call, calls: Iterable[Call]) -> int | None:
    """Store the stability of the analysis beside which a judge was asked, once all that were asked with it have ended.

    ``calls`` are those of the run. Return the id of the judge whose analysis has a new figure. Return ``None``, and
    leave the analysis as it is, while another order is at work, if none of them could be read, and for another model.
    """
    found = {one.pk: one for one in calls} | {call.pk: call}
    wish = call.guidance
    judge = found.get(wish.beside) if wish and wish.beside else None
    if wish is None or judge is None or judge.output.analysis is None or judge.model != call.model:
        return None
    asked = [one for one in found.values() if one.guidance and one.guidance.beside and one.guidance.batch == wish.batch]
    others = {one.pk: one.output.analysis for one in asked if one.output.analysis}
    if not others or not all(one.is_final for one in asked):
        return None
    figure = stability(judge.output.analysis, others)
    judge.output.analysis = judge.output.analysis.model_copy(update={"stability": figure})
    CallOutput.objects.filter(pk=judge.pk).update(analysis=judge.output.analysis)
    return judge.pk
