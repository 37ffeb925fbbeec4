"""The template that the form of a new run was filled from: named beside the prompt, and kept with the run."""

import json

from apps.accounts.models import User
from apps.batches.models import PromptTemplate, PromptVersion
from apps.batches.templates import find_template, find_version, note_filled
from apps.runs.models import Run
from apps.web.compose.drafts import Draft


def template_of(user: User, draft: Draft) -> PromptVersion | None:
    """Return the version that a draft names, ``None`` for none, or for one that the person may not read."""
    public_id, _colon, number = draft.template.partition(":")
    if not (public_id and number.isascii() and number.isdigit() and len(number) < 9):
        return None
    try:
        return find_version(find_template(user, public_id), int(number))
    except (PromptTemplate.DoesNotExist, PromptVersion.DoesNotExist):
        return None


def note_template(user: User, run: Run, draft: Draft) -> None:
    """Keep with a run which template its form was filled from; the checks of that one are run on its answers."""
    version = template_of(user, draft)
    if version is None:
        return
    try:
        values = json.loads(draft.template_values or "{}")
    except (ValueError, RecursionError):  # the page makes it, but anybody may send any text
        values = {}
    texts = {str(name): str(text) for name, text in values.items()} if isinstance(values, dict) else {}
    note_filled(run, version, texts)
