"""Start a run: check what it is made of, write it with its first calls, and send them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.text import Truncator

from apps.accounts.models import ApiKey, User
from apps.catalogue.models import Model
from apps.catalogue.recipes.estimates import estimate, is_free
from apps.catalogue.recipes.resolve import models_of
from apps.fusion.caching import cache_key, is_reusable
from apps.fusion.changes import SetUp, changes_between
from apps.fusion.files import BadFile
from apps.fusion.prompting.tool_turns import as_text, question_of
from apps.fusion.prompting.turns import OwnAnswers, with_own_answers
from apps.fusion.prompting.variants import BadVariant, check_variants
from apps.fusion.refusal import Refusal
from apps.fusion.strategies import first_calls
from apps.fusion.tools import ToolSet
from apps.fusion.values import Message, Recipe
from apps.fusion.vocabulary import EarlierAnswers, Priority
from apps.runs.files import check_files, check_room
from apps.runs.lifecycle.crowding import is_crowded
from apps.runs.lifecycle.lookups import add_files
from apps.runs.lifecycle.threads import join_thread
from apps.runs.lifecycle.transitions import create_or_copy
from apps.runs.measured_grace import with_measured_grace
from apps.runs.models import Run, SharedCap, WebhookDelivery
from apps.runs.reading.model_versions import with_versions
from apps.runs.reading.threads import own_answers
from apps.runs.spending import caps
from apps.runs.spending.answer_lengths import habits_of


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


@dataclass(frozen=True, slots=True)
class Lineage:
    """The runs that a run comes from: the turn before it in its thread, and the run that it is a fork of.

    With a ``parent`` its panel goes on with ``earlier_answers``, the newest of them that of ``from_slot`` ('': the
    fused one). ``sent_before`` are own answers to send again, whatever became of them.
    """

    parent: Run | None = None
    earlier_answers: EarlierAnswers = EarlierAnswers.FUSED
    from_slot: str = ""
    origin: Run | None = None
    sent_before: OwnAnswers | None = None

    @property
    def has_own_answers(self) -> bool:
        """Return whether each column goes on with its own answers."""
        is_own = self.earlier_answers is EarlierAnswers.OWN
        return is_own and (self.parent is not None or bool(self.sent_before))

    def own_answers(self, messages: Sequence[Message], recipe: Recipe) -> OwnAnswers:
        """Return the earlier answers of each column of its own, by slot."""
        if self.sent_before:
            return self.sent_before
        return own_answers(self.parent, recipe.panel, messages) if self.parent and self.has_own_answers else {}

    @property
    def columns(self) -> dict[str, Any]:
        """Return the columns of the run that say so."""
        return {
            "parent": self.parent,
            "forked_from": self.origin,
            "from_share": self.origin.read_by if self.origin else None,
            "earlier_answers": EarlierAnswers.OWN if self.has_own_answers else EarlierAnswers.FUSED,
            "from_slot": self.from_slot if self.parent else "",
        }


ALONE = Lineage()
"""The lineage of a run that comes from no other one."""


def start_run(
    owner: User,
    messages: Sequence[Message],
    recipe: Recipe,
    lineage: Lineage = ALONE,
    *,
    client: ApiClient | None = None,
    priority: Priority = Priority.INTERACTIVE,
    models: Mapping[str, Model] | None = None,
    tools: ToolSet | None = None,
    shared_cap: SharedCap | None = None,
) -> Run:
    """Write a run with its queued panel calls and send them; raises :class:`InvalidRun`.

    ``models`` are the recipe's by reference, if looked up already. ``tools`` are the client's. A ``shared_cap`` holds
    it with the others of its batch. Raises ``IntegrityError`` for an ``idempotency_key`` used before.
    """
    prompt = _checked_prompt(owner, as_text(messages))
    models = models_of(recipe) if models is None else models
    own = lineage.own_answers(messages, recipe)
    cap = caps.used_up(owner, client.api_key if client else None, shared_cap)
    _check_lineage(lineage, messages, recipe, own)
    # A grace that is measured says nothing of what is asked; a calibration that is void weighs the answers otherwise.
    recipe = with_versions(recipe)
    key = cache_key(messages, recipe, tools, own) if is_reusable(recipe) else ""
    measured = with_measured_grace(recipe)
    expected = estimate(measured, messages, models, habits_of, own, tools)
    origin = lineage.origin
    run = Run(
        owner=owner,
        changes=changes_between(SetUp(origin.messages, origin.recipe), SetUp(messages, measured)) if origin else (),
        title=_title(messages, prompt),
        prompt=prompt,
        messages=tuple(messages),
        tools=tools,
        recipe=measured,
        is_crowded=is_crowded(owner, client.api_key if client else None),
        priority=priority,
        preset=measured.preset,
        own_answers=dict(own),
        shared_cap=shared_cap,
        estimate_low=expected.low,
        estimate_high=expected.high,
        cache_key=key,
        **lineage.columns,
        **(_of_client(client) if client else {}),
    )
    _store(run, client, partial(check_cap, cap, measured, models))
    return run


def _store(run: Run, client: ApiClient | None, check: Callable[[], None]) -> None:
    """Write the run and its first calls, with what else belongs to it in the same transaction."""
    webhook = client.webhook if client else ""
    if run.parent is None and not webhook and not run.has_files:
        create_or_copy(run, first_calls(run.recipe), check)
        return
    with transaction.atomic():
        if run.parent:
            _follow(run, run.parent)
        create_or_copy(run, first_calls(run.recipe), check)
        add_files(run)
        if client and webhook:
            WebhookDelivery.objects.create(run=run, url=webhook, site=client.site)


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


def _checked_prompt(owner: User, messages: Sequence[Message]) -> str:
    """Return the newest prompt; raise :class:`InvalidRun` for messages or files that no run takes."""
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
        check_room(owner, messages)
    except BadFile as error:
        raise InvalidRun(error.sentence, error.field) from None
    return messages[-1].text


def _check_lineage(lineage: Lineage, messages: Sequence[Message], recipe: Recipe, own: OwnAnswers) -> None:
    """Raise :class:`InvalidRun` if the turn before is at work, or a column's own conversation or variant too long."""
    if lineage.parent and not lineage.parent.is_final:
        raise InvalidRun("The turn before this one is still at work. Go on when it has ended.", "prompt")
    for slot, texts in own.items():
        size = sum(len(message.text) for message in with_own_answers(messages, texts))
        if size > settings.PROMPT_LIMIT:
            sentence = (
                f"The prompt of {slot} has {size:,} characters with its own answers; "
                f"the limit is {settings.PROMPT_LIMIT:,}. Go on with the fused answers."
            )
            raise InvalidRun(sentence, "prompt")
    before = [spec for one in (lineage.parent, lineage.origin) if one for spec in one.recipe.panel]
    try:
        check_variants(recipe.panel, messages, settings.PROMPT_LIMIT, before)
    except BadVariant as error:
        raise InvalidRun(error.sentence, error.field) from None


def _follow(run: Run, parent: Run) -> None:
    try:
        join_thread(run, parent)
    except Run.DoesNotExist:
        raise InvalidRun("The run that this one follows has been deleted.", "prompt") from None
