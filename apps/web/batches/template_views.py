"""The pages of prompt templates: the list, a template with its versions and their differences, filling one in."""

import json
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Max
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.batches import access
from apps.batches.models import PromptTemplate, PromptVersion
from apps.batches.templates import (
    InvalidTemplate,
    change_template,
    create_template,
    delete_template,
    fill,
    find_editable_template,
    find_template,
    find_version,
    variables_in,
)
from apps.fusion.text_diff import DiffPart, diff
from apps.web.by_address import found_by
from apps.web.compose import drafts
from apps.web.compose.drafts import Draft
from apps.web.compose.form import FormChoices
from apps.web.compose.resolved import resolve_draft
from apps.web.compose.views import render_home
from apps.web.redirects import go_to
from apps.web.requests import SignedInRequest, plain_text

VALUE = "value:"
"""Before the name of a variable in the name of its field."""
TEXTS = {"prompt": "Prompt", "system": "System prompt", "checks": "Output checks"}

for_reader = found_by(find_template, "template_id", "template")
for_editor = found_by(find_editable_template, "template_id", "template")


@dataclass(frozen=True, slots=True)
class VersionDiff:
    """Two versions of a template and, for each text that differs, its title and the pieces of the change."""

    before: PromptVersion
    after: PromptVersion
    texts: tuple[tuple[str, tuple[DiffPart, ...]], ...]


@login_required
@require_safe
def templates(request: SignedInRequest) -> HttpResponse:
    """List the templates that a person may use."""
    found = access.visible_templates(request.user).annotate(
        newest=Max("versions__number"), changed_at=Max("versions__created_at"), batch_count=Count("versions__batches")
    )
    return render(request, "templates/list.html", {"templates": found})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Render the form of a new template; a POST makes it."""
    texts = _texts_of(request)
    if request.method != "POST":
        return render(request, "templates/new.html", {"texts": texts, "problems": {}})
    try:
        version = create_template(request.user, **texts)
    except InvalidTemplate as error:
        context = {"texts": texts, "problems": {error.field: error.sentence}}
        return render(request, "templates/new.html", context, status=400)
    return redirect(version.template)


@for_reader
@require_http_methods(["GET", "HEAD", "POST"])
def template(request: SignedInRequest, template: PromptTemplate) -> HttpResponse:
    """Render a template; a POST saves its next version. ``from`` and ``to`` in the address compare two versions."""
    if request.method != "POST":
        return _render(request, template)
    texts = _texts_of(request)
    try:
        saved = change_template(find_editable_template(request.user, template.public_id), **texts)
    except InvalidTemplate as error:
        return _render(request, template, texts=texts, problems={error.field: error.sentence}, status=400)
    messages.success(request, f"“{saved.template.name}” is saved as version {saved.number}.")
    return redirect(template)


@for_reader
@require_POST
def fill_in(request: SignedInRequest, template: PromptTemplate) -> HttpResponse:
    """Render the form of a new run with the prompt that the values make; nothing runs by itself."""
    version = find_version(template)
    values = {
        name.removeprefix(VALUE): plain_text(request.POST.get(name, ""))
        for name in request.POST
        if name.startswith(VALUE)
    }
    given = {name: text for name, text in values.items() if text.strip()}
    try:
        prompt, system = fill(version, given)
    except InvalidTemplate as error:
        return _render(request, template, values=values, value_problem=error, status=400)
    choices = FormChoices.of(request)
    presets = choices.presets
    draft = drafts.with_preset(Draft(), presets[0]) if presets else Draft()
    draft = replace(
        draft,
        prompt=prompt,
        system=system or draft.system,
        template=f"{template.public_id}:{version.number}",
        template_values=json.dumps(given, ensure_ascii=False),
    )
    draft = drafts.match_preset(draft, presets)
    return render_home(request, resolve_draft(draft, choices), choices)


@for_editor
@require_POST
def delete(request: SignedInRequest, template: PromptTemplate) -> HttpResponse:
    """Delete a template with its versions; runs and batches keep what they were made of."""
    delete_template(template)
    messages.success(request, f"The template “{template.name}” is deleted.")
    return go_to(request, "web:templates")


def _texts_of(request: SignedInRequest) -> dict[str, str]:
    return {name: plain_text(request.POST.get(name, "")) for name in ("name", *TEXTS)}


def _render(
    request: SignedInRequest,
    template: PromptTemplate,
    texts: dict[str, str] | None = None,
    problems: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
    value_problem: InvalidTemplate | None = None,
    status: int = 200,
) -> HttpResponse:
    versions = list(template.versions.order_by("-number"))
    newest = versions[0]
    context: dict[str, Any] = {
        "template": template,
        "versions": versions,
        "newest": newest,
        "texts": texts or {"name": template.name, **{name: getattr(newest, name) for name in TEXTS}},
        "problems": problems or {},
        "variables": [(name, (values or {}).get(name, "")) for name in variables_in(newest)],
        "value_problem": value_problem,
        "diff": _diff(request, versions),
    }
    return render(request, "templates/template.html", context, status=status)


def _diff(request: SignedInRequest, versions: list[PromptVersion]) -> VersionDiff | None:
    """Return the differences of the two versions that the address names, ``None`` for none. Raise ``Http404``."""
    if not {"from", "to"} <= request.GET.keys():
        return None
    by_number = {str(version.number): version for version in versions}
    try:
        before, after = by_number[request.GET["from"]], by_number[request.GET["to"]]
    except KeyError:
        raise Http404("There is no such version.") from None
    texts = [
        (title, diff(getattr(before, name), getattr(after, name)))
        for name, title in TEXTS.items()
        if getattr(before, name) != getattr(after, name)
    ]
    return VersionDiff(before, after, tuple(texts))
