"""Presets, which are named recipes in versions: find, write, change and delete them.

An edit writes a new row, so that a run's preset and version always mean the same settings.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.utils.text import slugify

from apps.accounts.models import User
from apps.catalogue import access
from apps.catalogue.models import Preset, PresetPreference
from apps.fusion.frozen import Value
from apps.fusion.refusal import Refusal
from apps.fusion.targets import Targets
from apps.fusion.values import (
    CascadeSettings,
    CountedSettings,
    EarlyExitSettings,
    FieldwiseSettings,
    JsonFields,
    JudgedSettings,
    Parameters,
    Recipe,
    SlotSpec,
    StrategySettings,
    VoteOptions,
    WeighedSettings,
)
from apps.fusion.vocabulary import AUTO, CountedKind, StrategyName, WeightBasis

LONGEST_NAME, LONGEST_NOTE = 50, 200
BEHIND_THE_SITES = 100
"""The position of a person's own presets among the chips."""
VERSIONED = (
    "name",
    "strategy",
    "votes",
    "panel",
    "judge",
    "judge_parameters",
    "writer",
    "writer_parameters",
    "system",
    "criteria",
    "judge_instructions",
    "writer_instructions",
    "quorum",
    "grace_s",
    "grace_is_auto",
    "hard_limit_s",
    "max_cost",
    "answer_check",
    "peer_review",
    "web",
    "routes",
    "cache",
)
"""The fields that make a version: a change in one of them writes a new row."""


class InvalidPreset(Refusal):
    """A preset cannot be saved like this; ``field`` says what to change and ``sentence`` how."""


def choosable_presets(user: User) -> QuerySet[Preset]:
    """Return the presets that a person can choose now: their default first, then in their order.

    Without an order of theirs the site's come before their own, and the first is the default. One of the site's whose
    models are not connected is left out; one's own stays, to be changed.
    """
    preferred = access.preset_preferences(user).filter(slug=OuterRef("slug"))
    current = access.visible_presets(user).filter(is_current=True).exclude(team=None, is_available=False)
    placed = current.annotate(
        is_default=Exists(preferred.filter(is_default=True)), place=Subquery(preferred.values("position"))
    )
    return placed.order_by("-is_default", F("place").asc(nulls_last=True), "position", "name", "slug")


def find_choosable(user: User, slug: str) -> Preset:
    """Return one of :func:`choosable_presets`; raises ``Preset.DoesNotExist``. One person sees a slug once."""
    return choosable_presets(user).get(slug=slug)


def find_editable(user: User, slug: str) -> Preset:
    """Return the current version of a preset that a person may change; raises ``Preset.DoesNotExist``."""
    return access.editable_presets(user).get(slug=slug, is_current=True)


def _of_fields(own: StrategySettings) -> dict[str, Any]:
    """Return how answers in JSON are counted, where it is not as a whole."""
    if not isinstance(own, FieldwiseSettings) or own.json_fields is JsonFields.WHOLE:
        return {}
    return {"json_fields": own.json_fields, "no_majority": own.no_majority}


def settings_of(recipe: Recipe) -> dict[str, Any]:
    """Return the versioned fields of a preset that stands for a recipe; what was Auto stays Auto.

    A recipe without judge and writer leaves both to Auto, for the day on which the preset gets more slots.
    """
    values: dict[str, Any] = {
        "strategy": recipe.strategy,
        "panel": recipe.panel,
        "judge": AUTO,
        "writer": AUTO,
        "criteria": recipe.criteria,
        "web": recipe.web,
        "cache": recipe.cache,
        **{name: _unless_default(recipe, name) for name in ("hard_limit_s", "max_cost")},
    }
    own = recipe.settings
    if isinstance(own, WeighedSettings):
        by_cost = own.weigh_by is WeightBasis.COST
        values["votes"] = VoteOptions(
            weigh_by=own.weigh_by,
            weights={} if by_cost else own.weights,
            calibration=own.calibration and own.calibration.model_copy(update={"void": ""}),
            at_certificate=isinstance(own, EarlyExitSettings) and own.at_certificate,
            answer_kind=own.answer_kind,
            labels=own.labels,
            **_of_fields(own),
        )
    elif isinstance(own, CascadeSettings) and (own.calibration or own.threshold or own.at_certificate):
        values["votes"] = VoteOptions(
            weigh_by=WeightBasis.ACCURACY if own.calibration else WeightBasis.EQUAL,
            calibration=own.calibration and own.calibration.model_copy(update={"void": ""}),
            threshold=own.threshold,
            at_certificate=own.at_certificate,
            answer_kind=own.answer_kind,
            labels=own.labels,
        )
    elif isinstance(own, CountedSettings) and (own.answer_kind is not CountedKind.AUTO or _of_fields(own)):
        values["votes"] = VoteOptions(answer_kind=own.answer_kind, labels=own.labels, **_of_fields(own))
    if isinstance(own, JudgedSettings):
        values |= {
            "judge": AUTO if own.judge_is_auto else str(own.judge),
            "judge_parameters": _unless_default(own, "judge_parameters"),
            "writer": AUTO if own.writer_is_auto else own.writer,
            "judge_instructions": own.judge_instructions,
            "writer_parameters": own.writer_parameters,
            "writer_instructions": own.writer_instructions,
            "quorum": own.quorum,
            "grace_s": None if own.grace_is_auto else own.grace_s,
            "grace_is_auto": own.grace_is_auto,
            "answer_check": own.answer_check,
            "peer_review": own.peer_review,
        }
    return values


def settings_from(
    panel: Sequence[SlotSpec], judge: str = AUTO, writer: str = AUTO, writer_parameters: Parameters | None = None
) -> dict[str, Any]:
    """Return the versioned fields of a preset from its models; all other settings keep their defaults."""
    return {
        "strategy": StrategyName.SINGLE if len(panel) == 1 else StrategyName.FUSE,
        "panel": tuple(panel),
        "judge": str(judge),
        "writer": writer,
        "writer_parameters": writer_parameters or Parameters(),
    }


def create_preset(
    owner: User,
    name: str,
    recipe: Recipe,
    system: str = "",
    note: str = "",
    *,
    routes: bool = False,
    targets: Targets | None = None,
) -> Preset:
    """Save a recipe under a name, with a system prompt. Raise :class:`InvalidPreset` for a bad name or note.

    The recipe itself was checked. One that ``routes`` asks the recipe's panel only where nothing else is chosen.
    """
    name, note = _checked_name(owner, name), _checked_note(note)
    values = {"name": name, "system": system.strip(), "routes": routes, **settings_of(recipe)}
    try:
        return write_version(
            owner, _free_slug(owner, name), values, position=BEHIND_THE_SITES, note=note, targets=targets
        )
    except IntegrityError:
        # Two requests at once passed the checks with the same slug.
        raise InvalidPreset(f"“{name}” was saved a moment ago. Choose another name.", "name") from None


def change_preset(
    preset: Preset,
    name: str,
    recipe: Recipe,
    system: str = "",
    note: str = "",
    *,
    routes: bool = False,
    targets: Targets | None = None,
) -> Preset:
    """Write the next version of a user's own preset; another note, or other targets, alone make none.

    Raise :class:`InvalidPreset` for a bad name or note.
    """
    if preset.owner is None:
        raise InvalidPreset("The site’s own presets cannot be changed. Copy it and change the copy.", "name")
    name, note = _checked_name(preset.owner, name, besides=preset.slug), _checked_note(note)
    values = {"name": name, "system": system.strip(), "routes": routes, **settings_of(recipe)}
    return write_version(preset.owner, preset.slug, values, position=preset.position, note=note, targets=targets)


def set_targets(preset: Preset, targets: Targets | None) -> None:
    """Set the targets of a user's own preset, or none, for all its versions to come."""
    if preset.owner is None:
        raise InvalidPreset("The site’s own presets have no targets. Copy it and set those of the copy.", "targets")
    preset.targets = targets
    preset.save(update_fields=["targets"])


def delete_preset(preset: Preset) -> None:
    """Delete a user's own preset with its versions; runs keep the settings that they ran with."""
    if preset.owner is None:
        raise InvalidPreset("The site’s own presets cannot be deleted.", "name")
    _versions(preset.owner, preset.slug).delete()
    access.preset_preferences(preset.owner).filter(slug=preset.slug).delete()


@transaction.atomic
def choose_default(user: User, slug: str) -> None:
    """Make a preset the default of a person: it stands first, whatever their order."""
    _lock_preferences(user)
    access.preset_preferences(user).filter(is_default=True).update(is_default=False)
    PresetPreference.objects.update_or_create(user=user, slug=slug, defaults={"is_default": True})


@transaction.atomic
def move_preset(user: User, slug: str, by: int) -> None:
    """Move a preset in a person's order ``by`` places: down, or up if negative. At an end it stays."""
    _lock_preferences(user)
    order = [preset.slug for preset in choosable_presets(user)]
    if slug not in order:
        return
    to = min(max(order.index(slug) + by, 0), len(order) - 1)
    order.remove(slug)
    order.insert(to, slug)
    PresetPreference.objects.bulk_create(
        [PresetPreference(user=user, slug=one, position=at) for at, one in enumerate(order)],
        update_conflicts=True,
        unique_fields=["user", "slug"],
        update_fields=["position"],
    )


def _lock_preferences(user: User) -> None:
    """Let one request at a time change a person's preferences: two at once would both find no default."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def write_version(owner: User | None, slug: str, values: Mapping[str, Any], **unversioned: Any) -> Preset:
    """Make ``values`` the current version. Return a new row if one of them changed, else the existing one."""
    with transaction.atomic():
        rows = _versions(owner, slug).select_for_update()
        current = rows.filter(is_current=True).first()
        if current is None or not _has_values(current, values):
            last = rows.order_by("-version").first()
            rows.update(is_current=False)
            version = last.version + 1 if last else 1
            current = Preset(
                owner=owner, team=owner.personal_team if owner else None, slug=slug, version=version, **values
            )
        for field, value in unversioned.items():
            setattr(current, field, value)
        current.save()
    return current


def _versions(owner: User | None, slug: str) -> QuerySet[Preset]:
    """Return all versions of a user's own preset, or, without an owner, of one of the site's."""
    presets = access.editable_presets(owner) if owner else access.site_presets()
    return presets.filter(slug=slug)


def _has_values(preset: Preset, values: Mapping[str, Any]) -> bool:
    """Return whether a row has these values; a missing one is its field's default."""
    blank = Preset(**values)
    return all(_plain(getattr(preset, field)) == _plain(getattr(blank, field)) for field in VERSIONED)


def _plain(value: Any) -> Any:
    """Return a value in canonical form: 0.5, Decimal("0.500000") and 0.50 are the same amount."""
    return float(value) if isinstance(value, (int, float)) or hasattr(value, "quantize") else value


def _unless_default(settings: Value, name: str) -> Any:
    value = getattr(settings, name)
    return None if value == type(settings).model_fields[name].default else value


def _checked_name(owner: User, name: str, besides: str = "") -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise InvalidPreset("Give the preset a name.", "name")
    if len(name) > LONGEST_NAME:
        raise InvalidPreset(f"The name has {len(name)} characters; the limit is {LONGEST_NAME}. Shorten it.", "name")
    itself = _versions(owner, besides)
    others = access.visible_presets(owner).filter(is_current=True).exclude(pk__in=itself)
    if others.filter(name__iexact=name).exists():
        raise InvalidPreset(f"There is a preset “{name}” already. Choose another name.", "name")
    return name


def _checked_note(note: str) -> str:
    note = " ".join(note.replace("\x00", "").split())
    if len(note) > LONGEST_NOTE:
        raise InvalidPreset(f"The note has {len(note)} characters; the limit is {LONGEST_NOTE}. Shorten it.", "note")
    return note


def _free_slug(owner: User, name: str) -> str:
    """Return a slug that neither the site nor this user has; a name without Latin letters becomes ``preset``."""
    wish = slugify(name)[: LONGEST_NAME - 4] or "preset"
    taken = set(access.visible_presets(owner).values_list("slug", flat=True))
    numbered = (f"{wish}-{number}" for number in range(2, len(taken) + 3))
    return wish if wish not in taken else next(slug for slug in numbered if slug not in taken)
