"""A fusion's panel and judge as the events that OpenRouter's hosted fusion has for them, with our slots beside.

They are no part of a response's output, so their ``item_id`` names the fusion, and their ``output_index`` is always 0.
"""

from collections.abc import Iterator
from typing import Any

from apps.api.extension import analysis_of
from apps.fusion.events import CallDelta, CallEnded, CallStarted, RunEnded, RunStarted, from_wire
from apps.fusion.judging.findings import Analysis
from apps.fusion.state import CallState, RunState, apply
from apps.fusion.vocabulary import Channel, Role

Named = tuple[str, dict[str, Any]]
"""The type of an event, and its fields but for its number."""

STOPPED, EMPTY = "The call was stopped.", "The answer is empty or a refusal."


class FusionCalls:
    """Translates the events of one run. A column that is asked again is added again, and what it wrote is void."""

    def __init__(self, run: str) -> None:
        self._state = RunState(id=run)
        self._place = {"item_id": f"fusion_{run}", "output_index": 0}

    def told(self, event: dict[str, Any]) -> Iterator[Named]:
        """Yield what one of our events says in their words: nothing for calls that are neither panel nor judge."""
        known = from_wire(event)
        before, self._state = self._state, apply(self._state, known)
        match known:
            case RunStarted():
                yield self._named("in_progress")
            case RunEnded():
                yield self._named("completed")
            case CallStarted() | CallEnded() | CallDelta() if self._state != before:
                call = self._state.call(known.call)
                if call and call.role is Role.PANEL:
                    yield self._of_panel(known, call)
                elif call and call.role is Role.JUDGE:
                    yield from self._of_judge(known, call)

    def _of_panel(self, event: CallStarted | CallDelta | CallEnded, call: CallState) -> Named:
        column = {"model": call.model, "slot": call.slot, "take": call.take}
        match event:
            case CallStarted():
                return self._named("panel.added", **column)
            case CallDelta():
                kind = "panel.reasoning.delta" if event.channel is Channel.REASONING else "panel.delta"
                return self._named(kind, **column, delta=event.text)
            case CallEnded() if call.is_usable:
                return self._named("panel.completed", **column, content=call.text)
            case CallEnded():
                code = call.failure.code.value if call.failure else call.status.value
                sentence = STOPPED if call.status.value == "cancelled" else EMPTY
                return self._named(
                    "panel.failed", **column, error=call.failure.sentence if call.failure else sentence, code=code
                )

    def _of_judge(self, event: CallStarted | CallDelta | CallEnded, call: CallState) -> Iterator[Named]:
        if isinstance(event, CallStarted):
            yield self._named("analysis.in_progress", judge_model=call.model)
        elif isinstance(event, CallEnded) and event.analysis:
            models = {column.slot: column.model for column in self._state.panel()}
            found = analysis_of(Analysis.model_validate(event.analysis), models)
            yield self._named("analysis.completed", judge_model=call.model, analysis=found)

    def _named(self, kind: str, **values: Any) -> Named:
        return f"response.fusion_call.{kind}", {**self._place, **values}
