"""The view model of the order check: its figure in words, the judges at work, and what failed. Pure."""

from dataclasses import dataclass
from functools import cached_property

from apps.fusion.judging.findings import Stability
from apps.fusion.vocabulary import AnswerOrder, Builtin
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.snapshot import RunSnapshot
from apps.web.formats import counted

ORDERS = {
    AnswerOrder.SHUFFLED: "shuffled order",
    AnswerOrder.REVERSED: "reversed order",
    AnswerOrder.ROTATED: "rotated order",
}


@dataclass(frozen=True)
class OrderCheck:
    """The newest check of the order in which ``judge``, whose analysis counts, read the answers."""

    run: RunSnapshot
    judge: CallSnapshot

    @property
    def stability(self) -> Stability | None:
        return self.judge.analysis.stability if self.judge.analysis else None

    @cached_property
    def calls(self) -> tuple[CallSnapshot, ...]:
        """Return the judges that were asked together last."""
        asked = [
            call
            for call in self.run.judges
            if call.guidance and call.guidance.beside == self.judge.id and call.model == self.judge.model
        ]
        last = max((call.guidance.batch for call in asked if call.guidance), default=0)
        return tuple(call for call in asked if call.guidance and call.guidance.batch == last)

    @property
    def live(self) -> tuple[CallSnapshot, ...]:
        return tuple(call for call in self.calls if not call.is_final)

    @property
    def failed(self) -> list[tuple[str, str]]:
        """Return the orders in which the judge gave no analysis, each with the reason."""
        return [
            (order_of(call), call.failure.sentence if call.failure else "The judge gave no analysis.")
            for call in self.calls
            if call.is_final and call.analysis is None
        ]

    @property
    def is_possible(self) -> bool:
        return self.run.is_final and not self.live

    @property
    def head(self) -> str:
        """Say the figure in a few words, or that there is none yet."""
        if self.live:
            return "at work"
        if self.stability is None:
            return "failed" if self.calls else "not made"
        return f"{self.stability.stable} of {len(self.stability.found)} stable"

    @property
    def sentence(self) -> str:
        """Say what was found in which orders; '' without a figure."""
        figure = self.stability
        if figure is None:
            return ""
        orders = (
            "both orders of the answers" if figure.orders == 2 else f"each of {figure.orders} orders of the answers"
        )
        said = [f"{figure.stable} of {counted(len(figure.found), 'finding')} came up in {orders}."]
        if figure.further:
            said.append(f"{counted(figure.further, 'further finding')} came up in another order only.")
        return " ".join(said)


def order_check_of(run: RunSnapshot) -> OrderCheck | None:
    """Return the order check of a run; ``None`` without an analysis, and for word overlap, which knows no order."""
    judge = run.judge
    if judge is None or run.analysis is None or judge.model in list(Builtin):
        return None
    return OrderCheck(run, judge)


def order_of(call: CallSnapshot) -> str:
    """Return the order in which a judge read the answers, in words."""
    return ORDERS[call.guidance.order if call.guidance else AnswerOrder.SHUFFLED]
