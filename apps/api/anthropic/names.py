"""Names of models as Anthropic's clients write them: some take only names that begin with ``claude``."""

from apps.accounts.models import User
from apps.api.run_requests import FUSION, is_fusion
from apps.catalogue.queries import available_models

ALIAS = "claude-fusion"


def alias_of(preset: str = "") -> str:
    """Return the name under which a preset, or the default one, is listed."""
    return f"{ALIAS}-{preset}" if preset else ALIAS


def model_of(name: str, user: User) -> str:
    """Return what a name asks for, as our other routes name it.

    An alias stands for a fusion. The bare name of a model, without its provider, stands for the first that has it.
    """
    if name == ALIAS:
        return FUSION
    if name.startswith(f"{ALIAS}-"):
        return f"{FUSION}/{name.removeprefix(f'{ALIAS}-')}"
    if is_fusion(name) or "/" in name:
        return name
    named = (model.reference for model in available_models(user) if model.name == name)
    return next(named, name)
