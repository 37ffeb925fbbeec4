"""The fuse strategy: panel, then judge, then writer; each stage with its fallbacks.

    panel ── quorum + grace, hard limit, or "fuse now" ──► 2+ answers ──► judge ──► writer ──► done, fused
      │                                                                    │          └ empty, looping, failed
      ├─ 1 answer  ──► done, the only answer                               │             └► closest ──► done, closest
      └─ 0 answers ──► failed, with the reason of each                     └ bad reply ► repair ► overlap

A judge call reads the panel calls in its ``inputs``; a repair also reads the reply it repairs; a synthesis reads the
panel calls and the judge call. That is how this function knows which stage belongs to which.

Once a cap on spending is reached nothing starts any more; when what runs has ended, the run ends as ``capped``. If it
is let go on, a judge or writer that was capped is asked anew.
"""

from apps.fusion.state import CallState, RunState
from apps.fusion.strategies.steps import End, Start, Step, Wait
from apps.fusion.values import CallSpec, Failure, Parameters, Recipe
from apps.fusion.vocabulary import AnswerKind, Builtin, FailureCode, FinishReason, Role, Status


def next_step(state: RunState) -> Step:
    """What the run needs next; the same answer for the same state. ``state.recipe`` must be set."""
    if state.cancel_requested:
        return _stop(state)
    if state.status.is_final:
        return Wait()
    if state.cap_reached:
        return _capped(state)
    judges, writers = state.takes(Role.JUDGE), state.takes(Role.SYNTHESIS)
    if not judges:
        return _after_panel(state)
    judge = judges[-1]
    if not judge.is_final:
        return Wait()
    if judge.analysis_status is None and judge.model != Builtin.OVERLAP:
        return Start((_next_judge(state, judge),))
    if not writers or judge.id not in writers[-1].inputs:
        return Start((_writer(state, judge, take=len(writers) + 1),))
    return _after_writer(state, judge, writers[-1])


def _stop(state: RunState) -> Step:
    """Cancelling: cut what is still open, then end; a run that already has its answer keeps it."""
    uncut = tuple(call.id for call in state.calls if not call.is_final and not call.cancel_requested)
    if uncut:
        return Start(cut=uncut)
    if state.status.is_final or any(not call.is_final for call in state.calls):
        return Wait()
    if state.answer is not None:
        return End(Status.DONE, state.answer, state.answer_kind)
    return End(Status.CANCELLED, failure=Failure(code=FailureCode.CANCELLED, sentence="The run was stopped."))


def _capped(state: RunState) -> Step:
    """End as capped once nothing runs: with the text that the writer got to, or the answer that was there before."""
    if any(not call.is_final for call in state.calls):
        return Wait()
    failure = next((call.failure for call in reversed(state.calls) if call.is_capped), None)
    failure = failure or Failure(code=FailureCode.CAPPED, sentence="A cap on spending was reached.")
    writers = state.takes(Role.SYNTHESIS)
    if writers and writers[-1].is_capped and writers[-1].text.strip():
        return End(Status.CANCELLED, writers[-1].id, AnswerKind.FUSED, failure)
    return End(Status.CANCELLED, state.answer, state.answer_kind, failure)


def _after_panel(state: RunState) -> Step:
    panel = state.panel()
    usable = tuple(call for call in panel if call.is_usable)
    open_calls = tuple(call for call in panel if not call.is_final)
    deadline = _deadline(state, usable)
    if open_calls and state.now < deadline:
        return Wait(until=deadline)
    cut = tuple(call.id for call in open_calls if not call.cancel_requested)
    if len(usable) >= 2:
        return Start((_judge(state, inputs=tuple(call.id for call in usable)),), cut)
    if open_calls:
        return Start(cut=cut) if cut else Wait()
    if usable:
        return End(Status.DONE, usable[0].id, AnswerKind.ONLY)
    return _no_answer(panel)


def _deadline(state: RunState, usable: tuple[CallState, ...]) -> float:
    """When to stop waiting for the panel, in seconds since 1970. A run that was let go on gets its time anew."""
    recipe = _recipe(state)
    since = state.resumed_at or state.started_at
    limit = since + recipe.hard_limit_s
    if usable and state.fuse_now:
        return state.now
    quorum = min(recipe.quorum, len(state.panel()))
    if len(usable) < quorum:
        return limit
    reached = sorted(call.ended_at or state.now for call in usable)[quorum - 1]
    return min(limit, max(reached, since) + recipe.grace_s)


def _no_answer(panel: tuple[CallState, ...]) -> End:
    if all(call.failure and call.failure.code is FailureCode.CANCELLED for call in panel):
        failure = Failure(code=FailureCode.CANCELLED, sentence="Every panel call was stopped.")
        return End(Status.CANCELLED, failure=failure)
    reasons = " ".join(f"{call.slot}: {_reason(call)}" for call in panel)
    sentence = f"No panel model gave a usable answer. {reasons}"
    return End(Status.FAILED, failure=Failure(code=FailureCode.ALL_PANELS_FAILED, sentence=sentence))


def _reason(call: CallState) -> str:
    return call.failure.sentence if call.failure else "The answer is empty or a refusal."


def _judge(state: RunState, inputs: tuple[int, ...]) -> CallSpec:
    recipe = _recipe(state)
    return CallSpec(role=Role.JUDGE, model=recipe.judge, parameters=recipe.judge_parameters, inputs=inputs)


def _next_judge(state: RunState, judge: CallState) -> CallSpec:
    """After a judge without an analysis: one repair of a reply that could not be read, else the built-in overlap.

    A judge that was capped is asked again.
    """
    recipe = _recipe(state)
    panel = tuple(call_id for call_id in judge.inputs if not _is_judge(state, call_id))
    is_first = len(panel) == len(judge.inputs)
    take = judge.take + 1
    if judge.is_capped:
        return CallSpec(
            role=Role.JUDGE, take=take, model=judge.model, parameters=recipe.judge_parameters, inputs=judge.inputs
        )
    if is_first and judge.failure and judge.failure.code is FailureCode.BAD_REPLY:
        inputs = (*panel, judge.id)
        return CallSpec(
            role=Role.JUDGE, take=take, model=recipe.judge, parameters=recipe.judge_parameters, inputs=inputs
        )
    return CallSpec(role=Role.JUDGE, take=take, model=Builtin.OVERLAP, inputs=panel)


def _is_judge(state: RunState, call_id: int) -> bool:
    call = state.call(call_id)
    return call is not None and call.role is Role.JUDGE


def _writer(state: RunState, judge: CallState, take: int) -> CallSpec:
    recipe = _recipe(state)
    return _synthesis(state, judge.inputs, judge.id, take, recipe.writer, recipe.writer_parameters)


def _synthesis(
    state: RunState, inputs: tuple[int, ...], judge: int, take: int, model: str, parameters: Parameters
) -> CallSpec:
    panel = tuple(call_id for call_id in inputs if not _is_judge(state, call_id))
    return CallSpec(role=Role.SYNTHESIS, take=take, model=model, parameters=parameters, inputs=(*panel, judge))


def _after_writer(state: RunState, judge: CallState, writer: CallState) -> Step:
    if not writer.is_final or any(call.cancel_requested and not call.is_final for call in state.calls):
        return Wait()
    if writer.model == Builtin.CLOSEST:
        return _closest(writer)
    if writer.is_usable and writer.finish_reason is not FinishReason.LOOP:
        return End(Status.DONE, writer.id, AnswerKind.FUSED)
    take = writer.take + 1
    if writer.is_capped:
        return Start((_writer(state, judge, take),))
    return Start((_synthesis(state, writer.inputs, writer.inputs[-1], take, Builtin.CLOSEST, Parameters()),))


def _closest(writer: CallState) -> End:
    if writer.status is Status.DONE:
        return End(Status.DONE, writer.id, AnswerKind.CLOSEST)
    failure = writer.failure or Failure(code=FailureCode.UNEXPECTED_ERROR, sentence="No answer could be chosen.")
    return End(Status.FAILED, failure=failure)


def _recipe(state: RunState) -> Recipe:
    if state.recipe is None:
        raise ValueError("A strategy needs the recipe; this state was folded by a reader that has none.")
    return state.recipe
