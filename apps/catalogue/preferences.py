"""Models that people star and hide: what they have chosen, and what is offered to them because of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from apps.accounts.models import User
from apps.catalogue import access
from apps.catalogue.models import Model, ModelPreference


@dataclass(frozen=True, slots=True)
class Preference:
    """A person's view of one model."""

    is_starred: bool = False
    is_hidden: bool = False


NONE = Preference()


def preferences_of(user: User) -> dict[int, Preference]:
    """Return what a person has starred or hidden, by the model's primary key; one query."""
    rows = access.model_preferences(user).values_list("model_id", "is_starred", "is_hidden")
    return {pk: Preference(is_starred, is_hidden) for pk, is_starred, is_hidden in rows}


def offered(models: Iterable[Model], preferences: Mapping[int, Preference]) -> list[Model]:
    """Return the models that are not hidden, the starred ones first."""
    shown = [model for model in models if not preferences.get(model.pk, NONE).is_hidden]
    return sorted(shown, key=lambda model: not preferences.get(model.pk, NONE).is_starred)


def set_starred(user: User, model: Model, is_starred: bool) -> None:
    """Star a model, or take its star away. A model that is starred is not hidden."""
    _set(user, model, is_starred=is_starred, **({"is_hidden": False} if is_starred else {}))


def set_hidden(user: User, model: Model, is_hidden: bool) -> None:
    """Hide a model, or offer it again. A model that is hidden has no star."""
    _set(user, model, is_hidden=is_hidden, **({"is_starred": False} if is_hidden else {}))


def _set(user: User, model: Model, **values: bool) -> None:
    ModelPreference.objects.update_or_create(user=user, model=model, defaults=values)
