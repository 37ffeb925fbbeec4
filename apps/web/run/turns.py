"""Turns as the pages of threads show them: the place of a run, cards of the others, what columns go on with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from django.db.models import Q
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from apps.accounts.models import User
from apps.fusion.prompting.files import numbered_files
from apps.fusion.prompting.tool_turns import as_text
from apps.fusion.tools import ToolCall
from apps.fusion.values import Message
from apps.fusion.vocabulary import AnswerKind, EarlierAnswers
from apps.markdown.rendering import MAX_CHARACTERS, render_markdown
from apps.runs.models import Run, Share
from apps.runs.reading import queries
from apps.runs.reading.queries import attach_labels
from apps.runs.reading.snapshot import RunSnapshot
from apps.runs.reading.thread_snapshot import ThreadSnapshot
from apps.runs.reading.threads import Thread
from apps.web.formats import counted, joined, money, tally
from apps.web.run.files import files_of

KINDS = {
    AnswerKind.FUSED: "fused",
    AnswerKind.CLOSEST: "the answer closest to the others, not fused",
    AnswerKind.ONLY: "one answer as it is",
    AnswerKind.VOTED: "the answer that most agree on",
    AnswerKind.AS_IS: "one answer as it is, chosen",
    AnswerKind.ESCALATED: "the answer of the last stage",
    AnswerKind.REVISED: "revised after a review",
    AnswerKind.BEST: "the best answer as it is",
}
KEPT_TEXTS = 256
"""Rendered texts that a process keeps: a header with the conversation is drawn again and again while a run streams."""


@dataclass(frozen=True, slots=True)
class TurnPlace:
    """The place of a run in its thread, from 1; ``count`` is how many turns the thread has."""

    number: int
    count: int
    url: str
    is_newest: bool


@dataclass(frozen=True, slots=True)
class TurnCard:
    """An earlier turn on the page of a thread. ``url`` shows all of it, ``answers_url`` its columns ('' in a share).

    ``files`` are names and addresses. ``from_slot`` is the column of the turn before from which it went on,
    ``next_slot`` that of this one from which the next went on.
    """

    number: int
    id: str
    prompt: str
    images: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    html: SafeString
    kind: str
    trouble: str
    models: str
    cost: str
    created_at: datetime
    url: str
    answers_url: str = ""
    is_live: bool = False
    is_outdated: bool = False
    has_own: bool = False
    from_slot: str = ""
    next_slot: str = ""
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """A thread above and below the turn that is shown whole, which stands between ``before`` and ``after``."""

    id: str
    title: str
    number: int
    before: tuple[TurnCard, ...]
    after: tuple[TurnCard, ...] = ()
    deleted: int = 0
    cost: str = ""
    shares: tuple[Share, ...] = ()
    is_branch: bool = False
    newest: str = ""
    is_at_work: bool = False

    @property
    def turns(self) -> str:
        return counted(len(self.before) + 1 + len(self.after), "turn")


def place_of(run: Run) -> TurnPlace | None:
    """Return the place of a run in its thread, ``None`` while it is alone; one query."""
    if run.thread is None:
        return None
    keys = dict(Run.objects.filter(Q(thread=run.thread) | Q(pk__in=run.ancestors)).values_list("pk", "thread"))
    is_newest = not any(key > run.pk for key, thread in keys.items() if thread == run.thread)
    number = 1 + len(keys.keys() & set(run.ancestors))
    return TurnPlace(number, len(keys), run.get_turn_url(), is_newest)


def page_of_thread(thread: Thread, reader: User) -> ThreadPage:
    """Return what the page of a thread shows beside its newest turn; three queries."""
    attach_labels(thread.earlier)
    live = set(Run.objects.live().filter(pk__in=[turn.pk for turn in thread.earlier]).values_list("pk", flat=True))
    places = _places_in(thread.newest.messages, [turn.prompt for turn in thread.earlier])
    cards = tuple(
        card_of_run(
            turn,
            number,
            _images(thread.newest, place),
            _files(thread.newest, place),
            is_live=turn.pk in live,
            is_outdated=turn.pk in thread.outdated,
            next_slot=after.from_slot,
        )
        for number, (turn, place, after) in enumerate(zip(thread.earlier, places, thread.turns[1:], strict=True), 1)
    )
    shares = queries.shares_of(reader).filter(run__in=thread.own_turns, thread=thread.id)
    return ThreadPage(
        id=thread.id,
        title=thread.title,
        number=len(cards) + 1,
        before=cards,
        deleted=thread.deleted,
        cost=_total(thread.turns) if thread.newest.is_final else "",
        shares=tuple(shares),
        is_branch=len(thread.own_turns) < len(thread.turns),
        newest=thread.newest.public_id,
        is_at_work=bool(live) or not thread.newest.is_final,
    )


def page_of_shared_thread(thread: ThreadSnapshot, number: int, address: str) -> ThreadPage:
    """Return the same for a copy under ``address`` whose turn ``number``, from 1, is shown whole."""
    cards = tuple(_card_of_snapshot(thread, at, address) for at in range(1, len(thread.turns) + 1))
    before, after = cards[: number - 1], cards[number:]
    return ThreadPage(thread.id, thread.title, number, before, after, deleted=thread.deleted)


def card_of_run(
    run: Run,
    number: int,
    images: tuple[str, ...] = (),
    files: tuple[tuple[str, str], ...] = (),
    *,
    is_live: bool,
    is_outdated: bool,
    next_slot: str = "",
) -> TurnCard:
    """Return the card of a run that has its labels."""
    answer, url = run.answer_call, run.get_absolute_url()
    return TurnCard(
        number=number,
        id=run.public_id,
        prompt=run.prompt,
        images=images,
        files=files,
        html=_html(answer.output.text, answer.output.html, url) if answer else SafeString(),
        kind=KINDS[run.answer_kind] if run.answer_kind else "",
        trouble=run.failure_sentence if not run.answer_call_id else "",
        models=tally(run.panel_labels),
        cost=_total([run]),
        created_at=run.created_at,
        url=url,
        answers_url=reverse("web:turn_answers", args=[run.public_id]),
        is_live=is_live,
        is_outdated=is_outdated,
        has_own=run.earlier_answers is EarlierAnswers.OWN,
        from_slot=run.from_slot,
        next_slot=next_slot,
        tool_calls=answer.output.tool_calls if answer else (),
    )


def _card_of_snapshot(thread: ThreadSnapshot, number: int, address: str) -> TurnCard:
    run, first = thread.turns[number - 1], thread.first_message_of(number - 1)
    at = first + len(run.messages) - 1
    url = f"{address}?turn={number}"
    return TurnCard(
        number=number,
        id=run.id,
        prompt=run.prompt,
        images=tuple(f"{address}images/{at}/{image}/" for image in range(len(run.messages[-1].images))),
        files=tuple((file.name, f"{address}files/{file.number}/") for file in files_of(run.messages[-1], run)),
        html=_html(run.answer.text, run.answer.html, url) if run.answer else SafeString(),
        kind=KINDS[run.answer_kind] if run.answer_kind else "",
        trouble=run.failure.sentence if run.failure and not run.answer else "",
        models=tally([column.newest.name for column in run.columns]),
        cost=_total([run]),
        created_at=run.created_at,
        url=f"{url}#turn-{run.id}",
        is_live=run.is_live,
        has_own=run.earlier_answers is EarlierAnswers.OWN,
        from_slot=run.from_slot,
        next_slot=thread.turns[number].from_slot if number < len(thread.turns) else "",
        tool_calls=run.answer.tool_calls if run.answer else (),
    )


def columns_to_go_on_from(run: RunSnapshot) -> list[tuple[str, str]]:
    """Return the columns that can be gone on from: letters, and names of their models; none where one is alone.

    While the run is live those are all: its field stands there before they have answered.
    """
    columns = [one for one in run.columns if one.answer or run.is_live]
    return [(one.slot, one.newest.name) for one in columns] if len(run.columns) > 1 else []


def sources_of(slot: str, run: RunSnapshot) -> str:
    """Say with whose answers a column goes on, '' where all go on with the fused ones."""
    texts = run.own_answers.get(slot)
    if run.earlier_answers is not EarlierAnswers.OWN or not texts:
        return ""
    fused = [str(number) for number, text in enumerate(texts, 1) if text is None]
    if not fused:
        return "Goes on with its own answers."
    if len(fused) == len(texts):
        return "Goes on with the fused answers: it has none of its own."
    return f"Goes on with its own answers; as answer {joined(fused)} it has none and is sent the fused one."


@lru_cache(maxsize=KEPT_TEXTS)
def rendered(text: str) -> SafeString:
    """Return an earlier answer as safe HTML."""
    return mark_safe(render_markdown(text))  # noqa: S308 - it comes from apps.markdown.rendering


def _html(text: str, html: str, url: str) -> SafeString:
    """Return an answer with its chips, which lead to the columns of its own turn."""
    whole = html if html and len(text) <= MAX_CHARACTERS else rendered(text)
    for place in ("slot", "finding"):
        whole = whole.replace(f'href="#{place}-', f'href="{url}#{place}-')
    return mark_safe(whole)  # noqa: S308 - the same


def _images(newest: Run, place: int | None) -> tuple[str, ...]:
    """Return the addresses of a message's images in the newest turn, which is sent all of them again."""
    count = len(newest.messages[place].images) if place is not None else 0
    return tuple(reverse("web:run_image", args=[newest.public_id, place, image]) for image in range(count))


def _files(newest: Run, place: int | None) -> tuple[tuple[str, str], ...]:
    """Return the names of a message's files and their addresses in the newest turn, which is sent all of them again."""
    files = newest.messages[place].files if place is not None else ()
    numbers = {file.sha256: number for number, file in numbered_files(newest.messages).items()}
    address = newest.get_absolute_url()
    return tuple((file.name, f"{address}files/{numbers[file.sha256]}/") for file in files)


def _places_in(messages: Sequence[Message], prompts: Sequence[str]) -> list[int | None]:
    """Return where in a conversation each of these prompts stands, in their order."""
    places: list[int | None] = []
    messages, after = as_text(messages), 0
    for prompt in prompts:
        found = (
            at for at in range(after, len(messages)) if messages[at].role == "user" and messages[at].text == prompt
        )
        place = next(found, None)
        places.append(place)
        after = after if place is None else place + 1
    return places


def _total(turns: Sequence[Run | RunSnapshot]) -> str:
    """Return what turns cost, ``≥`` where a part is unknown; '' where nothing is known but what was free."""
    known = [turn.cost for turn in turns if turn.cost is not None]
    total, is_complete = sum(known, Decimal(0)), all(turn.cost is not None and turn.cost_is_complete for turn in turns)
    if is_complete:
        return money(total)
    return f"≥ {money(total)}" if total else ""
