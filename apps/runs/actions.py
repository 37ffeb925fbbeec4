"""The actions of a person or a program on a run: start, stop, go on, retry, fuse again, share, delete; atomically."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from decimal import Decimal
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.text import Truncator

from apps.accounts.models import ApiKey, User
from apps.catalogue.models import Model
from apps.catalogue.queries import find_models
from apps.catalogue.recipes.estimates import estimate, is_free
from apps.catalogue.recipes.resolve import UnknownModel, models_of
from apps.fusion.caching import cache_key, is_reusable
from apps.fusion.changes import SetUp, changes_between
from apps.fusion.cost import MOST
from apps.fusion.files import BadFile
from apps.fusion.prompting.tool_turns import as_text, question_of
from apps.fusion.prompting.turns import OwnAnswers, with_own_answers
from apps.fusion.prompting.variants import BadVariant, check_variants
from apps.fusion.refusal import Refusal
from apps.fusion.strategies import first_calls, strategy_of
from apps.fusion.strategies.steps import End
from apps.fusion.tools import ToolSet
from apps.fusion.values import CallSpec, Message, Recipe
from apps.fusion.vocabulary import EarlierAnswers, FailureCode, Priority, Role, Status
from apps.runs.files import check_files, check_room
from apps.runs.lifecycle.crowding import is_crowded
from apps.runs.lifecycle.deletion import erase_run
from apps.runs.lifecycle.lookups import add_files
from apps.runs.lifecycle.rows_to_events import run_ended, run_started, state_of, with_sources
from apps.runs.lifecycle.threads import join_thread
from apps.runs.lifecycle.transitions import RunChange, add_calls, create_or_copy, locked_run, request_cancel
from apps.runs.measured_grace import with_measured_grace
from apps.runs.models import UNFINISHED, Call, Run, SharedCap, WebhookDelivery
from apps.runs.reading.threads import Thread, own_answers
from apps.runs.sharing import revoke_share, share_run, share_thread
from apps.runs.spending import caps, ledger
from apps.runs.spending.answer_lengths import habits_of

__all__ = ["revoke_share", "share_run", "share_thread"]


class InvalidRun(Refusal):
    """A run cannot be made of this; ``field`` says what to change and ``sentence`` how."""


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A program that asks for a run: its key, perhaps a name for the request, and what goes with it.

    A run that is not ``is_kept`` is deleted soon after it has ended. ``webhook`` is the address that is told of its
    end, '' for none; ``site`` is where its receiver finds the run.
    """

    api_key: ApiKey
    idempotency_key: str | None = None
    request_digest: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    is_kept: bool = True
    webhook: str = ""
    site: str = ""


def start_run(
    owner: User,
    messages: Sequence[Message],
    recipe: Recipe,
    parent: Run | None = None,
    client: ApiClient | None = None,
    priority: Priority = Priority.INTERACTIVE,
    models: Mapping[str, Model] | None = None,
    earlier_answers: EarlierAnswers = EarlierAnswers.FUSED,
    from_slot: str = "",
    tools: ToolSet | None = None,
    shared_cap: SharedCap | None = None,
    origin: Run | None = None,
    sent_before: OwnAnswers | None = None,
) -> Run:
    """Write a run with its queued panel calls and send them; raises :class:`InvalidRun`.

    ``models`` are the recipe's by reference, if looked up already. A run with a ``parent`` joins its thread; there its
    panel goes on with ``earlier_answers``, the newest in ``messages`` that of ``from_slot`` ('': the fused one).
    ``tools`` are the client's. A ``shared_cap`` holds it with the others of its batch. It is a fork of its ``origin``;
    ``sent_before`` are own answers to send again. Raises ``IntegrityError`` for an ``idempotency_key`` used before.
    """
    prompt = _checked_prompt(as_text(messages))
    try:
        check_room(owner, messages)
    except BadFile as error:
        raise InvalidRun(error.sentence, error.field) from None
    models = models_of(recipe) if models is None else models
    cap = caps.used_up(owner, client.api_key if client else None, shared_cap)
    check = partial(check_cap, cap, recipe, models)
    if parent and not parent.is_final:
        raise InvalidRun("The turn before this one is still at work. Go on when it has ended.", "prompt")
    is_own = earlier_answers is EarlierAnswers.OWN and (parent is not None or bool(sent_before))
    own = sent_before or (own_answers(parent, recipe.panel, messages) if parent and is_own else {})
    _check_columns(messages, own)
    before = [spec for one in (parent, origin) if one for spec in one.recipe.panel]
    try:
        check_variants(recipe.panel, messages, settings.PROMPT_LIMIT, before)
    except BadVariant as error:
        raise InvalidRun(error.sentence, error.field) from None
    # A grace that is measured says nothing of what is asked.
    key = cache_key(messages, recipe, tools, own) if is_reusable(recipe) else ""
    recipe = with_measured_grace(recipe)
    expected = estimate(recipe, messages, models, habits_of, own, tools)
    run = Run(
        owner=owner,
        parent=parent,
        forked_from=origin,
        changes=changes_between(SetUp(origin.messages, origin.recipe), SetUp(messages, recipe)) if origin else (),
        title=_title(messages, prompt),
        prompt=prompt,
        messages=tuple(messages),
        tools=tools,
        recipe=recipe,
        is_crowded=is_crowded(owner, client.api_key if client else None),
        priority=priority,
        preset=recipe.preset,
        earlier_answers=EarlierAnswers.OWN if is_own else EarlierAnswers.FUSED,
        own_answers=dict(own),
        from_slot=from_slot if parent else "",
        shared_cap=shared_cap,
        estimate_low=expected.low,
        estimate_high=expected.high,
        cache_key=key,
        **(_of_client(client) if client else {}),
    )
    webhook = client.webhook if client else ""
    if parent is None and not webhook and not run.has_files:
        create_or_copy(run, first_calls(recipe), check)
        return run
    with transaction.atomic():
        if parent:
            _follow(run, parent)
        create_or_copy(run, first_calls(recipe), check)
        add_files(run)
        if client and webhook:
            WebhookDelivery.objects.create(run=run, url=webhook, site=client.site)
    return run


def _title(messages: Sequence[Message], prompt: str) -> str:
    """Return the beginning of the question; without words the names of the files."""
    words = " ".join((question_of(messages) or prompt).split())
    words = words or ", ".join(file.name for file in messages[-1].files) or "A picture"
    # The length is cut again, as it does not count combining marks.
    return Truncator(words).chars(200)[:200]


def _of_client(client: ApiClient) -> dict[str, Any]:
    """Return the columns of a program's run: its client, and the team of its key, where a person's run is their own."""
    named = {item.name: getattr(client, item.name) for item in fields(client) if item.name not in ("webhook", "site")}
    return {"team_id": client.api_key.team_id, **named}


def check_cap(cap: caps.Cap | None, recipe: Recipe, models: Mapping[str, Model]) -> None:
    """Raise :class:`InvalidRun` if ``cap`` is used up and the recipe costs something.

    ``cap`` is as :func:`~apps.runs.spending.caps.used_up` returns it, and ``models`` are the recipe's by reference.
    """
    if cap and not is_free(recipe, models):
        raise InvalidRun(f"Nothing is left to spend. {cap.sentence} Raise it to go on now.", "max_cost")


def cancel_run(run: Run) -> None:
    """Stop everything that a run is doing; text so far is kept."""
    with locked_run(run.pk) as change:
        change.run.cancel_requested = True


def cancel_call(call: Call) -> None:
    """Stop one call; the run goes on with what it has."""
    with locked_run(call.run_id) as change:
        request_cancel(change, [call.pk], FailureCode.CANCELLED)


def retry_call(call: Call, model: str = "", user: User | None = None) -> Call:
    """Ask a panel model again, or another that ``user`` may ask: a new take beside the old one.

    The run's status and answer stay as they are. Raises :class:`InvalidRun`, and ``UnknownModel`` for such a model.
    """
    if call.role != Role.PANEL:
        raise InvalidRun("Only a panel column can be retried. Use “Fuse again” for the judge and the writer.", "call")
    if model and model not in find_models({model}, user):
        raise UnknownModel(model)
    with locked_run(call.run_id) as change:
        _prepare_retry(change.run)
        if _takes_of(change.run, call).filter(status__in=UNFINISHED).exists():
            raise InvalidRun(f"Column {call.slot} is still at work. Stop it before you retry it.", "call")
        # A call of a later stage reads the answers before it, whoever is asked.
        return _new_take(change, call, _answers_read(change.run, call), model)


def retry_failed(run: Run) -> list[Call]:
    """Ask the model of every column again whose newest take failed; raises :class:`InvalidRun` if there is none."""
    with locked_run(run.pk) as change:
        _prepare_retry(change.run)
        failed = [call for call in _newest_takes(change.run) if call.status == Status.FAILED]
        if not failed:
            raise InvalidRun("No column has failed.", "run")
        return [_new_take(change, call, _answers_read(change.run, call)) for call in failed]


def _answers_read(run: Run, call: Call) -> tuple[int, ...]:
    """Return the inputs that a new take of a panel call keeps: other columns' answers, and no text that it repairs."""
    others = run.calls.filter(pk__in=call.inputs).exclude(stage=call.stage)
    return tuple(others.order_by("pk").values_list("pk", flat=True)) if call.inputs else ()


def _prepare_retry(run: Run) -> None:
    if run.cancel_requested and not run.is_final:
        raise InvalidRun("The run is being stopped. Retry when it has stopped.", "call")
    run.cancel_requested = False


def continue_run(run: Run, max_cost: Decimal | None = None) -> None:
    """Let a run that a cap stopped go on, with a new cap of its own (USD; ``None`` leaves it as it is).

    Panel calls that were capped are asked again; the strategy does so for the judge or writer. Raises
    :class:`InvalidRun` if there is no room for that.
    """
    with locked_run(run.pk, create_log=True) as change:
        if not change.run.cap_reached or change.run.is_live():
            raise InvalidRun("No cap has stopped this run, or it is still at work.", "run")
        if max_cost is not None:
            _raise_cap(change.run, max_cost)
        cap = caps.used_up_for(change.run)
        if cap:
            raise InvalidRun(f"Nothing is left to spend. {cap.sentence} Raise it to go on.", "max_cost")
        change.run.cap_reached = change.run.cancel_requested = change.run.fuse_now = False
        change.run.resumed_at = timezone.now()
        if change.run.failure_code == FailureCode.CAPPED:
            _reopen(change)
        for call in _newest_takes(change.run):
            if call.failure_code == FailureCode.CAPPED:
                _new_take(change, call, call.inputs)


def fuse_now(run: Run) -> None:
    """Stop waiting for the panel and go on with the answers that are ready; late ones may be included afterwards."""
    with locked_run(run.pk) as change:
        change.run.fuse_now = True


def fuse_again(run: Run, slots: Collection[str], takes: Collection[int] = ()) -> None:
    """Let the strategy start over from an answer of each of these slots; raises :class:`InvalidRun`.

    That is the one among ``takes`` (ids of calls), else the newest usable one, else the newest that broke off.
    """
    with locked_run(run.pk, create_log=True) as change:
        if change.run.is_live():
            raise InvalidRun("The run is still at work. Fuse again when it is done.", "slots")
        state = with_sources(state_of(change.run, change.calls), change.run)
        answers = state.answers_to_fuse(slots, takes)
        if not answers:
            raise InvalidRun("None of the chosen columns has an answer to fuse.", "slots")
        change.run.cancel_requested = change.run.cap_reached = False
        recipe = change.run.recipe
        step = strategy_of(recipe).start_over(state, tuple(call.id for call in answers))
        change.run.ballot = step.ballot
        if isinstance(step, End):
            _answer_with(change, step)
        else:
            _reopen(change)
            add_calls(change, step.calls)


def delete_run(run: Run) -> None:
    """Delete a run with its calls, findings and shares; what still streams is stopped first. Twice is once.

    The links to threads go with each of their turns. Turns after it stay, with what was sent of it.
    """
    with suppress(Run.DoesNotExist), transaction.atomic():
        cancel_run(run)
        erase_run(run.pk)


def delete_thread(thread: Thread) -> None:
    """Delete the turns of a thread that are in no other one, the newest first."""
    for turn in reversed(thread.own_turns):
        delete_run(turn)


def _checked_prompt(messages: Sequence[Message]) -> str:
    last = messages[-1] if messages else None
    if last is None or last.role != "user" or not (last.text.strip() or last.images or last.files):
        raise InvalidRun("Write a prompt first.", "prompt")
    size = sum(len(message.text) for message in messages)
    if size > settings.PROMPT_LIMIT:
        with_turns = " with the turns before it" if len(messages) > 2 else ""
        sentence = (
            f"The prompt has {size:,} characters{with_turns}; the limit is {settings.PROMPT_LIMIT:,}. Shorten it."
        )
        raise InvalidRun(sentence, "prompt")
    if any("\x00" in message.text for message in messages):
        raise InvalidRun("The prompt contains a NUL character. Remove it.", "prompt")
    try:
        check_files(messages)
    except BadFile as error:
        raise InvalidRun(error.sentence, error.field) from None
    return messages[-1].text


def _check_columns(messages: Sequence[Message], own: OwnAnswers) -> None:
    """Raise :class:`InvalidRun` if a column's own answers make its conversation longer than a prompt may be."""
    for slot, texts in own.items():
        size = sum(len(message.text) for message in with_own_answers(messages, texts))
        if size > settings.PROMPT_LIMIT:
            sentence = (
                f"The prompt of {slot} has {size:,} characters with its own answers; "
                f"the limit is {settings.PROMPT_LIMIT:,}. Go on with the fused answers."
            )
            raise InvalidRun(sentence, "prompt")


def _follow(run: Run, parent: Run) -> None:
    try:
        join_thread(run, parent)
    except Run.DoesNotExist:
        raise InvalidRun("The run that this one follows has been deleted.", "prompt") from None


def _raise_cap(run: Run, max_cost: Decimal) -> None:
    spent = ledger.spent_on(run)
    if not max_cost.is_finite() or not spent < max_cost <= MOST:
        raise InvalidRun(
            f"{caps.usd(spent)} is spent already. Enter a higher cap, at most {caps.usd(MOST)}.", "max_cost"
        )
    run.recipe = run.recipe.model_copy(update={"max_cost": max_cost.quantize(Decimal("0.000001"))})


def _newest_takes(run: Run) -> list[Call]:
    """Return the newest take of each slot of each stage of the panel."""
    panel = run.calls.filter(role=Role.PANEL).order_by("stage", "slot", "take")
    return list({(call.stage, call.slot): call for call in panel}.values())


def _new_take(change: RunChange, call: Call, inputs: tuple[int, ...] = (), model: str = "") -> Call:
    """Ask a panel model, or another in its place, once more; a repair reads the answer that it repairs (``inputs``)."""
    last = _takes_of(change.run, call).aggregate(last=Max("take"))["last"]
    spec = CallSpec(
        role=Role.PANEL,
        stage=call.stage,
        slot=call.slot,
        take=last + 1,
        model=model or call.model,
        parameters=call.parameters,
        fallback=call.fallback if call.fallback != model else "",
        inputs=inputs,
    )
    return add_calls(change, [spec])[0]


def _takes_of(run: Run, call: Call) -> QuerySet[Call]:
    return run.calls.filter(role=call.role, stage=call.stage, slot=call.slot)


def _reopen(change: RunChange) -> None:
    """A final run goes on; its answer stays until a new one replaces it."""
    run = change.run
    run.status, run.failure = Status.RUNNING, None
    change.events.append(run_started(run))


def _answer_with(change: RunChange, end: End) -> None:
    run = change.run
    run.status, run.answer_call_id, run.answer_kind = end.status, end.answer, end.kind
    run.failure = None
    change.events.append(run_ended(run))
