"""A draft with its models, recipe, messages and problems: a request resolves it once and then hands it on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from django.http import Http404
from pydantic import ValidationError

from apps.catalogue.models import Model
from apps.catalogue.recipes.resolve import UnknownModel, models_of, resolve_recipe, with_day
from apps.catalogue.recipes.warnings import references_of
from apps.fusion.caching import CacheSettings
from apps.fusion.files import PromptFile
from apps.fusion.prompting.tool_turns import as_text
from apps.fusion.prompting.turns import OwnAnswers
from apps.fusion.sharing import EVERYDAY
from apps.fusion.values import Calibration, Message, Recipe
from apps.fusion.vocabulary import SLOTS, EarlierAnswers
from apps.runs.models import Run, Share
from apps.runs.reading import queries, threads
from apps.runs.reading.escalations import Escalations
from apps.runs.routing import question_in
from apps.runs.shared_origins import origin_of_share
from apps.runs.sharing import read_share
from apps.web.compose.counting import counting_choices, problem_of_counting
from apps.web.compose.drafts import GUIDANCE, RUN_SETTINGS, Draft
from apps.web.compose.files import NO_FILES, AttachedFiles
from apps.web.compose.form import FormChoices
from apps.web.compose.problems import problems_of
from apps.web.compose.slots import number_text, slot_specs
from apps.web.compose.web_box import web_of
from apps.web.compose.weights import problem_of_weights, vote_choices
from apps.web.formats import counted, joined
from apps.web.requests import SignedInRequest, plain_text

TEXTS = ("prompt", "system")
"""Fields whose problems are ignored while settings are edited: their text is not finished yet."""


@dataclass(frozen=True, slots=True)
class Context:
    """The run that a request names, if any, and the turns before the new question.

    ``parent`` is the run that the new one follows; ``edited`` the last message of the run that it is a copy of. With a
    ``share`` that run is somebody's, as their link shows it.
    """

    run: Run | None = None
    parent: Run | None = None
    earlier: tuple[Message, ...] = ()
    edited: Message | None = None
    share: Share | None = None

    @property
    def images(self) -> tuple[str, ...]:
        """Return the images of the edited message as data URLs."""
        return self.edited.images if self.edited else ()

    @property
    def shared_turn(self) -> int:
        """Return where the edited message stands among those of its link."""
        return len(read_share(self.share).messages) - 1 if self.share else 0

    @property
    def brought(self) -> str:
        """Say what comes from a link, and what does not because the link does not show it."""
        if self.share is None or self.edited is None:
            return ""
        images, files = len(self.edited.images), sum(len(one.files) for one in (*self.earlier, self.edited))
        parts = ["its prompt", *([counted(images, "picture")] if images else [])]
        parts += [counted(files, "file")] if files else []
        earlier = [one for one in self.earlier if one.role == "user"]
        parts += [f"{counted(len(earlier), 'earlier turn')} with the answers"] if earlier else []
        shown = self.share.shown or EVERYDAY
        hidden = (
            []
            if shown.system_prompt
            else ["a system prompt, prompts of columns, and instructions for judge and writer, if it has any"]
        )
        hidden += ["the passages that are blacked out"] if shown.passages else []
        lacks = f" The link does not show, and so you do not get: {joined(hidden)}." if hidden else ""
        return f"It brings {joined([*parts, 'its set-up'])}.{lacks}"


NO_CONTEXT = Context()


def read_context(request: SignedInRequest) -> Context:
    """Return the context that ``from=`` (edit a run), ``follow=`` (continue it) or ``share=`` (a link) names.

    An edited run keeps its own earlier turns and its parent. Raise ``Http404`` if the person may not read the run; of
    a link that leads nowhere (any more) there is no context.
    """
    sent = request.POST if request.method == "POST" else request.GET
    origin, follow = (plain_text(sent.get(name, "")) for name in ("from", "follow"))
    if not (origin or follow):
        return _shared_context(plain_text(sent.get("share", "")))
    try:
        run = queries.find_run(request.user, origin or follow)
    except Run.DoesNotExist:
        raise Http404("There is no such run.") from None
    if origin:
        *earlier, edited = as_text(run.messages)
        return Context(run, run.parent, tuple(earlier), edited)
    return context_after(run)


def _shared_context(code: str) -> Context:
    try:
        share = queries.find_share(code) if code else None
    except Share.DoesNotExist:
        return NO_CONTEXT
    if share is None:
        return NO_CONTEXT
    run = origin_of_share(share)
    *earlier, edited = as_text(run.messages)
    return Context(run, None, tuple(earlier), edited, share)


def context_after(run: Run) -> Context:
    """Return the context of a run that follows another one."""
    return Context(run, run, threads.conversation_after(run))


@dataclass(frozen=True, slots=True)
class ResolvedDraft:
    """A draft, and what a run of it would be now.

    ``models`` are those that its recipe may ask, by reference. ``recipe`` is ``None`` while the settings have a
    problem. ``messages`` are what would be sent, ``own`` the answers that columns would be sent in place of those in
    ``messages``, and ``problems`` a sentence for each field that has one. With ``from_slot`` the newest answer in
    ``messages`` is that column's. ``unrouted`` is the recipe before rules chose another, which a preset keeps.
    ``escalations`` say how often the person's runs of the same cascade asked its last model, ``calibrations`` how often
    it was to be asked on the labelled items of those that hold for it.
    ``attached`` are the files of the form, which the newest message has.
    """

    draft: Draft
    context: Context
    models: Mapping[str, Model]
    recipe: Recipe | None
    messages: tuple[Message, ...]
    problems: Mapping[str, str]
    own: OwnAnswers
    from_slot: str = ""
    unrouted: Recipe | None = None
    attached: AttachedFiles = NO_FILES
    escalations: Escalations | None = None
    calibrations: Sequence[Calibration] = ()

    @property
    def earlier_answers(self) -> EarlierAnswers:
        return EarlierAnswers.OWN if self.own else EarlierAnswers.FUSED

    def with_problems(self, more: Mapping[str, str]) -> Self:
        """Return it with more problems; a field that has one already keeps it."""
        return replace(self, problems={**more, **self.problems})


def resolve_draft(
    draft: Draft,
    choices: FormChoices,
    context: Context = NO_CONTEXT,
    images: Sequence[str] = (),
    ignore: Collection[str] = (),
    attached: AttachedFiles = NO_FILES,
) -> ResolvedDraft:
    """Resolve a draft against what its author can choose from, in the context of an earlier run.

    ``images`` are data URLs, or '' for each where only their number is known. Problems of the fields in ``ignore``
    are left out.
    """
    models = choices.models_for(draft)
    calibrations = choices.calibrations_for(draft)
    problems = {**problems_of(draft, choices.presets_for(draft), models), **attached.problems}
    if of_weights := problem_of_weights(draft, calibrations):
        problems["weights"] = of_weights
    if of_counting := problem_of_counting(draft):
        problems["labels"] = of_counting
    from_slot = draft.earlier_answers if context.parent and draft.earlier_answers in set(SLOTS) else ""
    try:
        earlier = _earlier_from(context, from_slot)
    except threads.NoColumnAnswer as refusal:
        problems, earlier, from_slot = {**problems, "prompt": refusal.sentence}, context.earlier, ""
    messages = _messages_of(draft, earlier, images, attached.files)
    unrouted = None
    try:
        unrouted = _recipe_of(draft, list(models.values()), calibrations)
        recipe = with_day(unrouted, choices.tells_day)
        asked = {reference: models[reference] for reference in references_of(recipe)}
        if draft.routes:
            tags = context.parent.tags if context.parent else ()
            recipe = with_day(choices.routed(unrouted, question_in(messages, tags=tags)), choices.tells_day)
            asked = models_of(recipe)
    except (UnknownModel, ValidationError):
        if not problems:  # the form would come back without a word
            raise
        recipe, asked = None, {}
    told = {field: sentence for field, sentence in problems.items() if field not in ignore}
    is_own = context.parent is not None and draft.earlier_answers == EarlierAnswers.OWN
    own = threads.own_answers(context.parent, recipe.panel, messages) if context.parent and is_own and recipe else {}
    known, measured = choices.escalations(recipe), choices.stage_calibrations(recipe, draft.system)
    found = ResolvedDraft(draft, context, asked, recipe, messages, told, own, from_slot, unrouted, attached, known)
    return replace(found, calibrations=measured)


def _earlier_from(context: Context, from_slot: str) -> tuple[Message, ...]:
    """Return the turns before with the newest answer as it was chosen; a copy that chooses as before sends the same.

    Raise :class:`~apps.runs.reading.threads.NoColumnAnswer`.
    """
    before = context.run.from_slot if context.run and context.edited else ""
    if context.parent is None or from_slot == before:
        return context.earlier
    kept = context.earlier[:-1] if context.earlier and context.earlier[-1].role == "assistant" else context.earlier
    text = threads.answer_to_go_on(context.parent, from_slot)
    return (*kept, *([] if text is None else [Message(role="assistant", text=text)]))


def _messages_of(
    draft: Draft, earlier: Sequence[Message], images: Sequence[str], files: tuple[PromptFile, ...]
) -> tuple[Message, ...]:
    """Return the conversation to send: the system prompt, the earlier turns without theirs, the new question."""
    system = [Message(role="system", text=draft.system.strip())] if draft.system.strip() else []
    turns = [message for message in earlier if message.role != "system"]
    return (*system, *turns, Message(role="user", text=draft.prompt.strip(), images=tuple(images), files=files))


def _recipe_of(draft: Draft, models: Sequence[Model], calibrations: Sequence[Calibration]) -> Recipe:
    """Return the recipe of a draft. Raise ``UnknownModel`` or ``ValidationError`` where its settings are wrong."""
    panel = slot_specs(draft.slots)
    ttl = number_text(draft.cache_ttl)
    choices: dict[str, Any] = {name: getattr(draft, name).strip() for name in GUIDANCE}
    # Texts of numbers, which the recipe reads.
    choices |= {name: number_text(getattr(draft, name)) or None for name in RUN_SETTINGS}
    if draft.grace_is_auto:
        choices |= {"grace_s": None, "grace_is_auto": True}
    # None leaves a judge the recipe's default, which is not empty; the writer's is.
    judge_parameters = draft.judge_kept.parameters if draft.judge_kept.model == draft.judge else None
    return resolve_recipe(
        panel,
        draft.judge,
        draft.writer,
        models,
        strategy=draft.panel_strategy if len(panel) > 1 else None,
        preset=draft.preset,
        preset_version=draft.preset_version,
        judge_parameters=judge_parameters,
        answer_check=bool(draft.answer_check),
        peer_review=bool(draft.peer_review),
        web=web_of(draft.web),
        cache=CacheSettings.model_validate({"ttl_s": ttl}) if ttl else None,
        writer_parameters=draft.writer_kept.parameters_for(draft.writer),
        **({**vote_choices(draft, calibrations), **counting_choices(draft)} if len(panel) > 1 else {}),
        **choices,
    )
