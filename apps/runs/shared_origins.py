"""The run behind a link as the reader of the link knows it: what somebody else makes a run of their own from."""

from collections.abc import Iterable

from apps.fusion.prompting.tool_turns import as_text
from apps.fusion.values import Message
from apps.fusion.vocabulary import EarlierAnswers
from apps.runs.models import Run, Share
from apps.runs.reading.snapshot import RunSnapshot
from apps.runs.reading.thread_snapshot import ThreadSnapshot
from apps.runs.sharing import read_share


def origin_of_share(share: Share) -> Run:
    """Return the shared run, or the newest turn of a shared thread, with nothing in it that the link does not show.

    It is never saved: it stands for the origin of a fork, whose changes and hidden settings are told by it.
    """
    shared = read_share(share)
    newest = shared.turns[-1] if isinstance(shared, ThreadSnapshot) else shared
    origin = Run(
        pk=share.run_id,
        public_id=newest.id,
        owner_id=share.run.owner_id,
        title=newest.title,
        prompt=newest.prompt,
        messages=tuple(_conversation(shared)) if isinstance(shared, ThreadSnapshot) else newest.messages,
        tools=newest.tools,
        recipe=newest.recipe,
        preset=newest.preset,
        earlier_answers=EarlierAnswers.FUSED,
        from_slot="",
    )
    origin.read_by = share
    return origin


def _conversation(thread: ThreadSnapshot) -> Iterable[Message]:
    """Yield the turns of a thread as its newest one was sent them, each with the answer that was gone on from."""
    newest = thread.turns[-1]
    yield from (message for message in newest.messages if message.role == "system")
    for turn, after in zip(thread.turns, (*thread.turns[1:], None), strict=True):
        yield from (message for message in as_text(turn.messages) if message.role != "system")
        if after is None:
            return
        text = _answer_before(turn, after)
        if text:
            yield Message(role="assistant", text=text)


def _answer_before(turn: RunSnapshot, after: RunSnapshot) -> str:
    if after.from_slot:
        taken = [column.answer for column in turn.columns if column.slot == after.from_slot and column.answer]
        return taken[0].text if taken else ""
    return turn.answer.text if turn.answer else ""
