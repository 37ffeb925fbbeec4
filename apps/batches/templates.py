"""Actions on prompt templates: make, change, delete, fill in. A change writes a new version, and old ones stay."""

from collections.abc import Mapping

from django.conf import settings
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.batches import access
from apps.batches.models import FilledTemplate, PromptTemplate, PromptVersion
from apps.fusion.output_checks import check_variables, parse_checks
from apps.fusion.prompting.templates import BadTemplate, missing_in, render, variables_of
from apps.fusion.refusal import Refusal
from apps.runs.models import Run

LONGEST_NAME = 100
LONGEST_CHECKS = 50_000
"""Characters of all checks together."""


class InvalidTemplate(Refusal):
    """A template cannot be saved, or filled in, like this; ``field`` says what to change and ``sentence`` how."""


def find_template(user: User, public_id: str) -> PromptTemplate:
    """Return a template that a person may read; raises ``PromptTemplate.DoesNotExist``."""
    return access.visible_templates(user).get(public_id=public_id)


def find_editable_template(user: User, public_id: str) -> PromptTemplate:
    """Return a template that a person may change; raises ``PromptTemplate.DoesNotExist``."""
    return access.editable_templates(user).get(public_id=public_id)


def find_version(template: PromptTemplate, number: int | None = None) -> PromptVersion:
    """Return a version of a template, the newest without a ``number``; raises ``PromptVersion.DoesNotExist``."""
    if number is None:
        return template.versions.order_by("-number")[:1].get()
    return template.versions.get(number=number)


def create_template(owner: User, name: str, prompt: str, system: str = "", checks: str = "") -> PromptVersion:
    """Make a template with its first version. Raises :class:`InvalidTemplate`."""
    name, prompt, system, checks = _clean(name, prompt, system, checks)
    try:
        with transaction.atomic():
            template = PromptTemplate.objects.create(owner=owner, team=owner.personal_team, name=name)
            return PromptVersion.objects.create(
                template=template, number=1, prompt=prompt, system=system, checks=checks
            )
    except IntegrityError:
        raise InvalidTemplate(f"You have a template “{name}” already. Choose another name.", "name") from None


def change_template(template: PromptTemplate, name: str, prompt: str, system: str, checks: str) -> PromptVersion:
    """Rename a template, and write its next version if a text is another. Raises :class:`InvalidTemplate`."""
    name, prompt, system, checks = _clean(name, prompt, system, checks)
    try:
        with transaction.atomic():
            # Locked, so that two changes at once get two numbers.
            locked = PromptTemplate.objects.select_for_update(no_key=True).get(pk=template.pk)
            newest = find_version(locked)
            if locked.name != name:
                locked.name = name
                locked.save(update_fields=["name"])
            if (newest.prompt, newest.system, newest.checks) == (prompt, system, checks):
                return newest
            return PromptVersion.objects.create(
                template=locked, number=newest.number + 1, prompt=prompt, system=system, checks=checks
            )
    except IntegrityError:
        raise InvalidTemplate(f"You have a template “{name}” already. Choose another name.", "name") from None


def delete_template(template: PromptTemplate) -> None:
    """Delete a template with its versions; runs and batches keep what they were made of."""
    template.delete()


def variables_in(version: PromptVersion) -> tuple[str, ...]:
    """Return the names of all variables of a version, those of its checks last."""
    return tuple(
        dict.fromkeys((*variables_of(version.system, version.prompt), *check_variables(parse_checks(version.checks))))
    )


def fill(version: PromptVersion, values: Mapping[str, str]) -> tuple[str, str]:
    """Return the prompt and the system prompt of a version with values. Raises :class:`InvalidTemplate`.

    The value of a variable that only a check has may be missing in the prompt, but not in ``values``.
    """
    if missing := missing_in(variables_in(version), values):
        raise InvalidTemplate(f"Give a value for {{{{{missing[0]}}}}}.", missing[0])
    try:
        return render(version.prompt, values), render(version.system, values)
    except BadTemplate as error:
        raise InvalidTemplate(error.sentence) from None


def note_filled(run: Run, version: PromptVersion, values: Mapping[str, str]) -> None:
    """Keep with a run that it was made of a template, so that its checks are run."""
    FilledTemplate.objects.create(run=run, version=version, template_values=dict(values), checks=version.checks)


def _clean(name: str, prompt: str, system: str, checks: str) -> tuple[str, str, str, str]:
    """Return the texts as they are stored. Raises :class:`InvalidTemplate`."""
    name = " ".join(name.split())
    prompt, system, checks = (text.strip() for text in (prompt, system, checks))
    if not name or len(name) > LONGEST_NAME:
        raise InvalidTemplate(f"A name has 1 to {LONGEST_NAME} characters.", "name")
    if not prompt:
        raise InvalidTemplate("Write a prompt first.", "prompt")
    if len(prompt) + len(system) > settings.PROMPT_LIMIT:
        raise InvalidTemplate(f"Prompt and system prompt have at most {settings.PROMPT_LIMIT:,} characters.", "prompt")
    for field, text in (("prompt", prompt), ("system", system)):
        try:
            variables_of(text)
        except BadTemplate as error:
            raise InvalidTemplate(error.sentence, field) from None
    return name, prompt, system, clean_checks(checks)


def clean_checks(text: str) -> str:
    """Return output checks as they are stored, a line each. Raises :class:`InvalidTemplate`."""
    if len(text) > LONGEST_CHECKS:
        raise InvalidTemplate(f"The checks have at most {LONGEST_CHECKS:,} characters together.", "checks")
    try:
        return "\n".join(check.line for check in parse_checks(text))
    except Refusal as error:
        raise InvalidTemplate(error.sentence, "checks") from None
