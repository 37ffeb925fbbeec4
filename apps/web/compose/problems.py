"""The problems that keep a draft from being run: a sentence per field, each saying what to do."""

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from django.conf import settings

from apps.catalogue.models import Preset
from apps.catalogue.recipes import resolve
from apps.fusion.caching import LONGEST_TTL_S
from apps.fusion.prompting.variants import BadVariant, check_names
from apps.fusion.values import LONGEST_INSTRUCTIONS
from apps.fusion.vocabulary import AUTO, Builtin
from apps.web.compose.drafts import Draft
from apps.web.compose.slots import MAX_SLOTS, RULES, SlotDraft, number_text, slot_specs
from apps.web.formats import counted, number

LONGEST_CRITERIA = 4_000
"""Characters; criteria go to the judge with every run and stand on its page."""
LONGEST_WAIT_S = 86_400
LARGEST_CAP = Decimal(1_000_000)
LONGEST_TTL = f"{LONGEST_TTL_S:,}"

FEW_FOR_CASCADE = "A cascade needs three models: two that may agree, and a last one for what they do not agree on."

Rule = tuple[Callable[[Decimal], bool], str]
"""A test of a number, and the sentence where it fails."""

NUMBERS: Mapping[str, Rule] = {
    "grace_s": (
        lambda n: 0 <= n <= LONGEST_WAIT_S,
        "The grace period is seconds from 0, or auto. Empty is 30 with a quorum; without one, all are waited for.",
    ),
    "hard_limit_s": (lambda n: 0 < n <= LONGEST_WAIT_S, "The hard limit is seconds above 0, or empty for 600."),
    "cache_ttl": (
        lambda n: n == n.to_integral_value() and 0 <= n <= LONGEST_TTL_S,
        f"Write whole seconds from 0 to {LONGEST_TTL}, or nothing to ask anew each time.",
    ),
    "max_cost": (
        lambda n: Decimal("0.000001") <= n <= LARGEST_CAP,
        "The cap is an amount in US dollars above 0, such as 0.50, or empty for none.",
    ),
}
"""The settings of a run whose rules do not depend on the panel."""


def problems_of(draft: Draft, presets: Sequence[Preset], references: Collection[str]) -> dict[str, str]:
    """Return the problems of a draft, a sentence by field; none, if it can run.

    ``references`` are those of the models that its author may ask.
    """
    known = set(references)
    found = {
        "prompt": _too_long("prompt", draft.prompt) if draft.prompt.strip() else "Write a prompt first.",
        "system": _too_long("system prompt", draft.system),
        "criteria": _too_long("text", draft.criteria, LONGEST_CRITERIA),
        "judge_instructions": _too_long("text for the judge", draft.judge_instructions, LONGEST_INSTRUCTIONS),
        "writer_instructions": _too_long("text for the writer", draft.writer_instructions, LONGEST_INSTRUCTIONS),
        "preset": _problem_of_preset(draft, presets),
        "panel": _problem_of_panel(draft, known),
        "strategy": FEW_FOR_CASCADE if draft.escalates and len(draft.slots) == 2 else "",
        "judge": _problem_of_model(draft.judge, known | {Builtin.OVERLAP, AUTO}, "judge"),
        "writer": _problem_of_model(draft.writer, known | {AUTO}, "writer"),
        "quorum": _problem_of_number(draft.quorum, _rule_of_quorum(len(draft.slots))),
        **{
            name: _problem_of_number(getattr(draft, name), rule)
            for name, rule in NUMBERS.items()
            if not (name == "grace_s" and draft.grace_is_auto)
        },
    }
    return {field: sentence for field, sentence in found.items() if sentence}


def _too_long(name: str, text: str, limit: int = 0) -> str:
    limit = limit or settings.PROMPT_LIMIT
    if len(text) <= limit:
        return ""
    return f"This {name} has {counted(len(text), 'character')}; the limit is {number(f'{limit:,}')}. Shorten it."


def _problem_of_preset(draft: Draft, presets: Sequence[Preset]) -> str:
    if not draft.preset or draft.preset in {preset.slug for preset in presets}:
        return ""
    return f"There is no preset “{draft.preset}” now. Choose one of these, or Custom."


def _problem_of_panel(draft: Draft, known: set[str]) -> str:
    if not draft.slots:
        return "The panel is empty. Add at least one model."
    if len(draft.slots) > MAX_SLOTS:
        return f"A panel has at most {MAX_SLOTS} models. Remove one."
    sentences = (f"{letter}: {problem}" for letter, slot in draft.lettered if (problem := problem_of_slot(slot, known)))
    return next(sentences, "") or _problem_of_variants(draft)


def _problem_of_variants(draft: Draft) -> str:
    """Return what is wrong with the own prompts of the slots, which are each without a problem, or ''."""
    limit = settings.PROMPT_LIMIT
    for letter, slot in draft.lettered:
        longest = max(len(slot.variant.system), len(slot.variant.prompt))
        if longest > limit:
            return f"{letter}: its own prompt has {longest:,} characters; the limit is {limit:,}. Shorten it."
    try:
        check_names(slot_specs(draft.slots))
    except BadVariant as error:
        return error.sentence
    return ""


def problem_of_slot(slot: SlotDraft, known: set[str]) -> str:
    """Return the problem of one slot, or ''."""
    if slot.model not in known:
        return resolve.UnknownModel(slot.model).sentence
    if slot.fallback and slot.fallback not in known:
        return f"The fallback “{slot.fallback}” is not connected. Choose another, or none."
    if slot.fallback == slot.model:
        return "The fallback is the model itself. Choose another, or none."
    return RULES[slot.broken] if slot.broken else slot.variant.problem


def _problem_of_model(reference: str, known: set[str], role: str) -> str:
    if not reference:
        return f"Choose a {role}."
    return "" if reference in known else resolve.UnknownModel(reference).sentence


def _rule_of_quorum(slots: int) -> Rule:
    most = min(max(slots, 1), MAX_SLOTS)
    sentence = f"The quorum is a whole number from 1 to {most}, the models of the panel, or empty to wait for all."
    if most == 1:
        sentence = "The quorum of one model is 1. Leave it empty."
    return lambda n: n == n.to_integral_value() and 1 <= n <= most, sentence


def _problem_of_number(typed: str, rule: Rule) -> str:
    allows, sentence = rule
    if not typed.strip():
        return ""
    try:
        number = Decimal(number_text(typed))
    except InvalidOperation:
        return sentence
    return "" if number.is_finite() and allows(number) else sentence
