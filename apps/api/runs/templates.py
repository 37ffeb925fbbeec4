"""Prompt templates: made, changed as new versions, filled in, deleted."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Router
from ninja.responses import Status as Answered

from apps.api.auth import may_admin, may_read, may_run, owner_of
from apps.api.errors import ApiError, not_found
from apps.api.runs.batch_schemas import (
    FilledPrompt,
    TemplateDocument,
    TemplateFill,
    TemplateList,
    TemplateWrite,
    VersionList,
)
from apps.api.schemas import with_errors
from apps.batches import access, templates
from apps.batches.models import PromptTemplate, PromptVersion
from apps.batches.templates import InvalidTemplate

router = Router(tags=["Templates"])

TemplateId = Annotated[str, Path(pattern=r"^[A-Za-z0-9]{1,20}$", examples=["k3Xw9Qp2LmZa"])]


@router.post("/templates", auth=may_run, response=with_errors({201: TemplateDocument}), summary="Make a template")
def create_template(request: HttpRequest, body: TemplateWrite) -> Any:
    """Make a prompt with variables, `{{city}}`, under a name."""
    try:
        made = templates.create_template(owner_of(request), **_texts(body))
    except InvalidTemplate as error:
        raise refused(error) from None
    return Answered(201, _document(made.template, made))


@router.get("/templates", auth=may_read, response=with_errors({200: TemplateList}), summary="List templates")
def list_templates(request: HttpRequest) -> Any:
    """All of the key's owner, by name."""
    found = access.visible_templates(owner_of(request)).prefetch_related("versions")
    return {"data": [_document(one, one.versions.all()[0]) for one in found]}


@router.get(
    "/templates/{template_id}", auth=may_read, response=with_errors({200: TemplateDocument}), summary="Get a template"
)
def get_template(request: HttpRequest, template_id: TemplateId) -> Any:
    """Read a template as it is now."""
    template = find_template(request, template_id)
    return _document(template, templates.find_version(template))


@router.get(
    "/templates/{template_id}/versions",
    auth=may_read,
    response=with_errors({200: VersionList}),
    summary="List its versions",
)
def list_versions(request: HttpRequest, template_id: TemplateId) -> Any:
    """All versions of a template, the newest first; none is ever changed."""
    return {"data": [_version(one) for one in find_template(request, template_id).versions.all()]}


@router.put(
    "/templates/{template_id}", auth=may_run, response=with_errors({200: TemplateDocument}), summary="Change a template"
)
def change_template(request: HttpRequest, template_id: TemplateId, body: TemplateWrite) -> Any:
    """Write the next version of a template; the same texts make none."""
    template = _editable(request, template_id)
    try:
        saved = templates.change_template(template, **_texts(body))
    except InvalidTemplate as error:
        raise refused(error) from None
    return _document(saved.template, saved)


@router.post(
    "/templates/{template_id}/fill",
    auth=may_read,
    response=with_errors({200: FilledPrompt}),
    summary="Fill in a template",
)
def fill_template(request: HttpRequest, template_id: TemplateId, body: TemplateFill) -> Any:
    """Return the prompt that values make. A variable without one is refused by its name."""
    try:
        prompt, system = templates.fill(templates.find_version(find_template(request, template_id)), body.values)
    except InvalidTemplate as error:
        raise ApiError(400, "missing_value", error.sentence, f"values.{error.field}") from None
    return {"prompt": prompt, "system": system}


@router.delete(
    "/templates/{template_id}", auth=may_admin, response=with_errors({204: None}), summary="Delete a template"
)
def delete_template(request: HttpRequest, template_id: TemplateId) -> Any:
    """Delete a template with its versions; runs and batches keep what they were made of."""
    templates.delete_template(_editable(request, template_id))
    return Answered(204, None)


def find_template(request: HttpRequest, template_id: str) -> PromptTemplate:
    """Return a template that the key's owner may read; raises :class:`ApiError` for any other."""
    try:
        return templates.find_template(owner_of(request), template_id)
    except PromptTemplate.DoesNotExist:
        raise not_found("template") from None


def refused(error: InvalidTemplate) -> ApiError:
    """Return the refusal of a template that cannot be saved."""
    return ApiError(400, "invalid_template", error.sentence, error.field)


def _editable(request: HttpRequest, template_id: str) -> PromptTemplate:
    try:
        return templates.find_editable_template(owner_of(request), template_id)
    except PromptTemplate.DoesNotExist:
        raise not_found("template") from None


def _texts(body: TemplateWrite) -> dict[str, str]:
    return {"name": body.name, "prompt": body.prompt, "system": body.system, "checks": "\n".join(body.checks)}


def _version(version: PromptVersion) -> dict[str, Any]:
    return {
        "version": version.number,
        "prompt": version.prompt,
        "system": version.system,
        "checks": version.checks.splitlines(),
        "created_at": version.created_at,
    }


def _document(template: PromptTemplate, version: PromptVersion) -> dict[str, Any]:
    variables = list(templates.variables_in(version))
    return {"id": template.public_id, "name": template.name, "variables": variables, **_version(version)}
