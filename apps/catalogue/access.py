"""Whose providers, models, presets and criteria somebody may see and change.

Each function is the only place that says so. A provider or preset without a team is the site's: everybody sees it, and
only administrators change it (presets of the site nobody does: ``recipes/builtin_presets.py`` writes them).
"""

from django.db.models import Q, QuerySet

from apps.accounts.access import teams_of
from apps.accounts.models import User
from apps.catalogue.models import (
    CriteriaSet,
    Model,
    ModelPreference,
    Preset,
    PresetPreference,
    Provider,
    SavedCalibration,
    SavedRule,
)


def visible_providers(user: User | None) -> QuerySet[Provider]:
    """Return the site's providers, and those of the person's teams; with ``None`` the site's alone."""
    return Provider.objects.filter(_of_site_or_teams(user))


def is_visible(provider: Provider, user: User) -> bool:
    """Return whether a provider that was loaded already is among a person's :func:`visible_providers`."""
    return provider.team_id is None or visible_providers(user).filter(pk=provider.pk).exists()


def editable_providers(user: User) -> QuerySet[Provider]:
    """Return the providers that a person may change: those of their teams, and as an administrator the site's."""
    of_teams = Q(team__in=teams_of(user))
    return Provider.objects.filter(of_teams | Q(team=None) if user.is_staff else of_teams)


def visible_models(user: User | None) -> QuerySet[Model]:
    """Return the models of the visible providers, with these, by provider and name; also those not connected."""
    return Model.objects.filter(_of_site_or_teams(user, "provider__")).select_related("provider")


def editable_models(user: User) -> QuerySet[Model]:
    """Return the models whose prices and timeouts a person may change."""
    return Model.objects.filter(provider__in=editable_providers(user)).select_related("provider")


def site_presets() -> QuerySet[Preset]:
    """Return all versions of the presets that come with the site."""
    return Preset.objects.filter(team=None)


def visible_presets(user: User) -> QuerySet[Preset]:
    """Return all versions of the presets that a person may see: the site's and their own."""
    return Preset.objects.filter(Q(team=None) | _own(user))


def editable_presets(user: User) -> QuerySet[Preset]:
    """Return all versions of the presets that a person may change and delete."""
    return Preset.objects.filter(_own(user))


def own_calibrations(user: User) -> QuerySet[SavedCalibration]:
    """Return all versions of the calibrations that a person may delete."""
    return SavedCalibration.objects.filter(_own(user))


def site_calibrations() -> QuerySet[SavedCalibration]:
    """Return all versions of the calibrations that everybody may use, and nobody changes on a page."""
    return SavedCalibration.objects.filter(owner=None)


def visible_calibrations(user: User) -> QuerySet[SavedCalibration]:
    """Return all versions of the calibrations that a person may use: the site's and their own."""
    return SavedCalibration.objects.filter(Q(owner=None) | _own(user))


def own_rules(user: User) -> QuerySet[SavedRule]:
    """Return the rules of routing that a person has, in their order; nobody else sees or changes them."""
    return SavedRule.objects.filter(_own(user))


def visible_criteria(user: User) -> QuerySet[CriteriaSet]:
    """Return the sets of criteria that a person may use, by name."""
    return CriteriaSet.objects.filter(_own(user))


def editable_criteria(user: User) -> QuerySet[CriteriaSet]:
    """Return the sets of criteria that a person may replace and delete."""
    return visible_criteria(user)


def model_preferences(user: User) -> QuerySet[ModelPreference]:
    """Return the models that a person has starred or hidden."""
    return ModelPreference.objects.filter(user=user)


def preset_preferences(user: User) -> QuerySet[PresetPreference]:
    """Return a person's order of presets, and their default."""
    return PresetPreference.objects.filter(user=user)


def _own(user: User) -> Q:
    return Q(owner=user)


def _of_site_or_teams(user: User | None, provider: str = "") -> Q:
    """Return the condition on a provider; ``provider`` is the lookup that leads to it, with its underscores."""
    of_site = Q(**{f"{provider}team": None})
    return of_site if user is None else of_site | Q(**{f"{provider}team__in": teams_of(user)})
