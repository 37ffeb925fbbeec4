"""Everything that a person keeps here, as files: the account, its presets and criteria, and every run. No secrets."""

import json

from django.db.models import QuerySet
from django.forms.models import model_to_dict

from apps.accounts.access import visible_keys
from apps.accounts.models import User
from apps.catalogue.access import editable_presets, own_calibrations, visible_criteria
from apps.fields import ValueEncoder
from apps.runs.models import Run
from apps.runs.reading import access
from apps.runs.reading.export import export_json
from apps.runs.reading.snapshot import take_snapshot

OF_THE_USER = (
    "username",
    "display_name",
    "email",
    "locale",
    "enter_sends",
    "single_keys",
    "tells_day",
    "history_columns",
    "cap_per_day",
    "cap_per_month",
)
OF_A_KEY = (
    *("name", "prefix", "scopes", "requests_per_minute", "concurrent_runs", "cap_per_day"),
    *("created_at", "expires_at", "last_used_at", "revoked_at"),
)
NOT_OF_A_ROW = ("id", "owner", "team")


def export_account(user: User) -> str:
    """Return the account as JSON: what its owner set, keys without secrets, and what is kept under names."""
    document = {
        "user": {name: getattr(user, name) for name in (*OF_THE_USER, "date_joined")},
        "keys": list(visible_keys(user).values(*OF_A_KEY)),
        "presets": [model_to_dict(one, exclude=NOT_OF_A_ROW) for one in editable_presets(user)],
        "calibrations": [model_to_dict(one, exclude=NOT_OF_A_ROW) for one in own_calibrations(user)],
        "criteria": [model_to_dict(one, exclude=NOT_OF_A_ROW) for one in visible_criteria(user)],
    }
    return json.dumps(document, cls=ValueEncoder, indent=2, ensure_ascii=False)


def own_run_ids(user: User) -> list[str]:
    """Return the public ids of a person's own runs, oldest first."""
    return list(_own_runs(user).order_by("created_at", "pk").values_list("public_id", flat=True))


def export_own_run(user: User, public_id: str) -> tuple[str, str] | None:
    """Return a name for the file of one of a person's own runs, and its JSON; ``None`` if it is gone meanwhile."""
    run = _own_runs(user).select_related("parent").filter(public_id=public_id).first()
    if run is None:
        return None
    return f"{run.created_at:%Y-%m-%d}-{run.public_id}.json", export_json(take_snapshot(run))


def _own_runs(user: User) -> QuerySet[Run]:
    return access.visible_to(user).filter(owner=user)
