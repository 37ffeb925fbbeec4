"""The fold of the new-run form with all settings but the panel: what is set, in one line, and whether it is open."""

from collections.abc import Collection, Mapping

from django.http import HttpRequest
from django.utils.text import Truncator

from apps.catalogue.models import Model
from apps.fusion.vocabulary import AUTO, Builtin
from apps.web.compose.choices import short_label
from apps.web.compose.counting import COUNTED, KINDS, OF_COUNTING, chosen_kind
from apps.web.compose.drafts import MOST_DIGITS, OF_VOTES, RUN_SETTINGS, Draft
from apps.web.formats import counted

COOKIE, OPEN = "form-settings", "open"
"""The page's own script sets it."""
FIELDS = frozenset({"strategy", "judge", "writer", "cache_ttl", *OF_VOTES, *OF_COUNTING, *RUN_SETTINGS})
"""The fields in the fold that can have a problem."""
LONGEST_SHOWN = 40


def is_open(request: HttpRequest, problems: Collection[str]) -> bool:
    """Return whether the fold is rendered open: as it was left, and where something in it is wrong or was pressed."""
    was_left_open = request.COOKIES.get(COOKIE) == OPEN
    is_pressed = any(edit.startswith("strategy:") for edit in request.POST.getlist("edit"))
    return was_left_open or is_pressed or not FIELDS.isdisjoint(problems)


def settings_line(draft: Draft, models: Mapping[str, Model]) -> str:
    """Return what is set in one line: the strategy with its judge and writer, and whatever is not the default."""
    if len(draft.slots) == 1 and not draft.routes:
        parts = ["One model, asked alone"]
    else:
        parts = [draft.strategy_choice.title]
        parts += [f"judge: {_name(draft.judge, models)}"] if draft.asks_judge else []
        parts += [f"writer: {_name(draft.writer, models)}"] if draft.asks_writer else []
        if draft.panel_strategy in COUNTED and draft.answer_kind:
            parts.append(KINDS[chosen_kind(draft)].lower())
    return " · ".join([*parts, *_after_the_panel(draft), *_of_the_run(draft)])


def _name(reference: str, models: Mapping[str, Model]) -> str:
    if reference == AUTO:
        return "Auto"
    if reference == Builtin.OVERLAP:
        return "word overlap"
    return short_label(models[reference]) if reference in models else reference.rpartition("/")[2]


def _after_the_panel(draft: Draft) -> list[str]:
    parts = ["web look-ups"] if draft.web else []
    if draft.fuses:
        parts += ["answer checked"] if draft.answer_check else []
        parts += ["reviewed by the panel"] if draft.peer_review else []
    return parts


def _of_the_run(draft: Draft) -> list[str]:
    """Return the settings of waiting, money and reuse as they were typed, which may be wrong."""
    parts = [f"goes on after {_answers(draft.quorum)}"] if draft.quorum else []
    if draft.grace_s:
        parts.append("grace as measured" if draft.grace_is_auto else f"grace {draft.grace_s} s")
    parts += [f"limit {draft.hard_limit_s} s"] if draft.hard_limit_s else []
    parts += [f"cap ${draft.max_cost}"] if draft.max_cost else []
    return parts + (["answers reused"] if draft.cache_ttl else [])


def _answers(quorum: str) -> str:
    # A draft is kept as it was typed, and Python refuses to read thousands of digits.
    is_number = quorum.isdecimal() and len(quorum) <= MOST_DIGITS
    return counted(int(quorum), "answer") if is_number else f"{Truncator(quorum).chars(LONGEST_SHOWN)} answers"
