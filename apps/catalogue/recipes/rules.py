"""The rules by which a person's questions are routed: read, written, ordered, and asked."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from pydantic import ValidationError

from apps.accounts.models import User
from apps.catalogue.access import own_rules
from apps.catalogue.models import SavedRule
from apps.catalogue.queries import find_models
from apps.catalogue.recipes.presets import choosable_presets, find_choosable
from apps.catalogue.recipes.resolve import JUDGED, build_recipe, default_stages, recipe_of_preset
from apps.fusion.refusal import Refusal
from apps.fusion.routing import Question, Route, RoutingRule, reading_of, route_by_rules
from apps.fusion.values import JudgedSettings, Recipe, SlotSpec
from apps.fusion.vocabulary import SLOTS, StrategyName

MOST_RULES = 50
FEWEST_MEMBERS = {StrategyName.CASCADE: 3}
"""Models that a strategy needs on its panel, where these are more than two."""


class InvalidRule(Refusal):
    """A rule cannot be saved like this; ``field`` says what to change and ``sentence`` how."""


def rules_of(user: User) -> list[SavedRule]:
    """Return the rules of a person, the one that is asked first at the front."""
    return list(own_rules(user))


def save_rule(user: User, rule: RoutingRule, pk: int | None = None) -> SavedRule:
    """Write a new rule behind the others, or another value of the one with this key.

    Raise :class:`InvalidRule`, and ``SavedRule.DoesNotExist`` where the key is of no rule of theirs.
    """
    with transaction.atomic():
        _lock(user)
        rules = own_rules(user)
        saved = SavedRule(owner=user, team=user.personal_team) if pk is None else rules.get(pk=pk)
        if any(other.value.name.casefold() == rule.name.casefold() for other in rules if other.pk != saved.pk):
            raise InvalidRule(f"There is a rule “{rule.name}” already. Choose another name.", "name")
        if pk is None:
            if rules.count() >= MOST_RULES:
                raise InvalidRule(f"You have {MOST_RULES} rules already. Delete one first.", "name")
            saved.position = (rules.aggregate(last=Max("position"))["last"] or 0) + 1
        saved.value = rule
        saved.save()
    return saved


def move_rule(user: User, pk: int, by: int) -> None:
    """Move a rule in its owner's order ``by`` places: down, or up if negative. At an end it stays."""
    with transaction.atomic():
        _lock(user)
        rules = rules_of(user)
        rule = next((one for one in rules if one.pk == pk), None)
        if rule is None:
            raise SavedRule.DoesNotExist
        to = min(max(rules.index(rule) + by, 0), len(rules) - 1)
        rules.remove(rule)
        rules.insert(to, rule)
        for at, one in enumerate(rules, 1):
            one.position = at
        SavedRule.objects.bulk_update(rules, ["position"])


def delete_rule(user: User, pk: int) -> None:
    """Delete a rule; runs keep what it chose."""
    own_rules(user).filter(pk=pk).delete()


def usable_rules(user: User, rules: Sequence[RoutingRule], members: int) -> tuple[list[RoutingRule], dict[str, str]]:
    """Return the rules that can choose now, and for each of the others, by name, why it cannot.

    Its model or its preset is gone, or its strategy needs a larger panel: ``members`` counts the one that was to be
    asked.
    """
    known = set(find_models({rule.model for rule in rules if rule.model}, user))
    presets = choosable_presets(user) if any(rule.preset for rule in rules) else ()
    sizes = {"": members, **{preset.slug: len(preset.panel) for preset in presets}}
    why_not = {rule.name: _why_not(rule, known, sizes) for rule in rules}
    gone = {name: reason for name, reason in why_not.items() if reason}
    return [rule for rule in rules if rule.name not in gone], gone


def _why_not(rule: RoutingRule, known: set[str], sizes: Mapping[str, int]) -> str:
    """Return why a rule cannot choose, '' if it can: ``sizes`` are those of panels, by preset."""
    if rule.model:
        return "" if rule.model in known else f"its model “{rule.model}” is not connected"
    if rule.preset not in sizes:
        return f"there is no preset “{rule.preset}” now"
    size, fewest = sizes[rule.preset], FEWEST_MEMBERS.get(rule.strategy, 2) if rule.strategy else 0
    return "" if size >= fewest else f"{rule.strategy} needs {fewest} models, and the panel has {size}"


def route_by_own_rules(user: User, question: Question, members: int) -> tuple[Route | None, str]:
    """Return the choice of a person's rules, and a remark on those that match and could not choose, '' for none.

    ``members`` counts the panel that was to be asked.
    """
    rules = [saved.value for saved in rules_of(user)]
    matching = [rule for rule in rules if reading_of(rule, question).matches]
    usable, gone = usable_rules(user, matching, members)
    chosen = route_by_rules(usable, question)
    skipped = matching[: matching.index(usable[0])] if usable else matching
    return chosen, " ".join(f"Your rule “{rule.name}” was passed over: {gone[rule.name]}." for rule in skipped)


def routed_recipe(user: User, recipe: Recipe, route: Route) -> Recipe:
    """Return the recipe that a choice makes of the one that was to be used.

    Judge, writer and the person's own words for them stay where the panel does. Raise ``UnknownModel``, and
    ``Preset.DoesNotExist``, where what was chosen is gone.
    """
    if route.model:
        return build_recipe([SlotSpec(slot=SLOTS[0], model=route.model)], user=user, web=recipe.web)
    if route.preset:
        chosen = recipe_of_preset(find_choosable(user, route.preset), user)
        return _with_strategy(chosen, route.strategy) if route.strategy else chosen
    return _with_strategy(recipe, route.strategy) if route.strategy else recipe


def _with_strategy(recipe: Recipe, name: StrategyName) -> Recipe:
    """Return the recipe with another strategy for its panel; one that the panel is too small for changes nothing."""
    own = recipe.settings
    if not isinstance(own, JudgedSettings) or own.strategy == name:
        return recipe
    shared: dict[str, Any] = {field: getattr(own, field) for field in JudgedSettings.model_fields}
    shared["strategy"] = name
    if name is StrategyName.CASCADE:
        shared["stages"] = default_stages(recipe.panel)
    try:
        changed = Recipe(settings=JUDGED[name](**shared), panel=recipe.panel)
    except ValidationError:
        return recipe
    return recipe.model_copy(update={"settings": changed.settings, "preset": "", "preset_version": None})


def _lock(user: User) -> None:
    """Let one request at a time change a person's rules: two at once would take the same place."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
