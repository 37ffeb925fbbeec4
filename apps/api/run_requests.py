"""A run request: a request, whichever form it came in, as our values; and how it becomes a run, once."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.db import IntegrityError
from django.http import HttpRequest

from apps.accounts.models import ApiKey
from apps.api import limits
from apps.api.errors import ApiError
from apps.api.options import FusionOptions, Sampling, fused_recipe, single_recipe
from apps.catalogue.recipes import presets
from apps.fusion.prompting.answer_format import BadSchema, check_schema
from apps.fusion.values import AnswerFormat, Message, Recipe
from apps.runs import actions
from apps.runs.actions import ApiClient
from apps.runs.models import Run

FUSION, HOSTED_FUSION = "fusion", "openrouter/fusion"
DEPTH_HEADER, IDEMPOTENCY_HEADER = "x-fusion-depth", "Idempotency-Key"
DEEPEST = 4
"""Servers like this one that a request for a single model may have passed already."""
LONGEST_IDEMPOTENCY_KEY = 255


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What is asked for. ``model`` is '' where the options alone say who answers."""

    messages: tuple[Message, ...]
    model: str = ""
    options: FusionOptions = field(default_factory=FusionOptions)
    sampling: Sampling = field(default_factory=Sampling)
    answer_format: AnswerFormat | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


def is_fusion(model: str) -> bool:
    """Whether a model's name asks for a fusion and not for a model."""
    return model in ("", FUSION, HOSTED_FUSION) or model.startswith(f"{FUSION}/")


def recipe_of(run_request: RunRequest, key: ApiKey, depth: int = 0) -> Recipe:
    """The recipe of a run request; raises :class:`ApiError`, and ``UnknownModel``."""
    if run_request.answer_format and run_request.answer_format.json_schema is not None:
        _check_schema(run_request.answer_format.json_schema)
    if not is_fusion(run_request.model):
        if depth > DEEPEST:
            raise _too_deep("The request has passed through too many servers.")
        return single_recipe(
            key.owner, run_request.model, run_request.options, run_request.sampling, run_request.answer_format, depth
        )
    if depth:
        raise _too_deep("A panel, judge or writer of a fusion cannot be a fusion itself. Ask for a single model.")
    options = _with_preset_of(run_request.model, run_request.options, key)
    return fused_recipe(key.owner, options, run_request.sampling, run_request.answer_format)


def create_run_once(run_request: RunRequest, request: HttpRequest, body: bytes) -> Run:
    """The run of a run request: a new one, or the one that the same request with the same idempotency key made before.

    Raises :class:`ApiError`, ``UnknownModel`` and ``InvalidRun``.
    """
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    name = _idempotency_key(request)
    digest = hashlib.sha256(request.path.encode() + b"\n" + body).hexdigest()
    earlier = _earlier(key, name, digest)
    if earlier:
        return earlier
    recipe = recipe_of(run_request, key, _depth(request))
    client = ApiClient(key, name, digest, dict(run_request.metadata))
    try:
        return _start(run_request, recipe, client)
    except (IntegrityError, ApiError):  # of a key's runs at the same time, the same one may be the last
        raced = _earlier(key, name, digest)
        if raced is None:
            raise
        return raced


def _start(run_request: RunRequest, recipe: Recipe, client: ApiClient) -> Run:
    key = client.api_key
    with limits.in_turn(key):
        return actions.start_run(
            key.owner, run_request.messages, recipe, client=client, priority=run_request.options.priority
        )


def _earlier(key: ApiKey, name: str | None, digest: str) -> Run | None:
    # The person's own runs, not all that they may read: a colleague may have used the same name for another request.
    run = key.owner.runs.filter(idempotency_key=name).first() if name else None
    if run and run.request_digest != digest:
        sentence = "This idempotency key was used for another request. Use a new one."
        raise ApiError(409, "idempotency_conflict", sentence, IDEMPOTENCY_HEADER)
    return run


def _idempotency_key(request: HttpRequest) -> str | None:
    name = request.headers.get(IDEMPOTENCY_HEADER) or None
    if name and (len(name) > LONGEST_IDEMPOTENCY_KEY or not name.isascii() or not name.isprintable()):
        sentence = f"An idempotency key is at most {LONGEST_IDEMPOTENCY_KEY} printable ASCII characters."
        raise ApiError(400, "invalid_parameter", sentence, IDEMPOTENCY_HEADER)
    return name


def _depth(request: HttpRequest) -> int:
    """How many fusion servers the request has passed; what is no number counts as one."""
    value = request.headers.get(DEPTH_HEADER, "0").strip()
    return min(int(value), 1000) if value.isdecimal() and value.isascii() and len(value) < 10 else 1


def _too_deep(sentence: str) -> ApiError:
    return ApiError(400, "recursion", sentence, DEPTH_HEADER)


def _check_schema(schema: dict[str, object]) -> None:
    try:
        check_schema(schema)
    except BadSchema as error:
        raise ApiError(400, "invalid_json_schema", str(error), "response_format.json_schema.schema") from None


def _with_preset_of(model: str, options: FusionOptions, key: ApiKey) -> FusionOptions:
    """``fusion/<preset>`` names the preset, which the options then must not."""
    slug = model.removeprefix(f"{FUSION}/") if model.startswith(f"{FUSION}/") else ""
    if not slug:
        return options
    if options.preset not in (None, slug) or options.panel is not None:
        raise ApiError(400, "invalid_parameter", f"The model “{model}” names the preset already.", "fusion.preset")
    known = preset_slugs(key)
    if slug not in known:
        names = ", ".join(f"{FUSION}/{one}" for one in known)
        raise ApiError(404, "model_not_found", f"There is no model “{model}”. Presets are: {names or 'none'}.", "model")
    return options.model_copy(update={"preset": slug})


def preset_slugs(key: ApiKey) -> list[str]:
    """The presets that a key's owner can name, the default first."""
    return [preset.slug for preset in presets.choosable_presets(key.owner)]


def run_url(request: HttpRequest, run_id: str) -> str:
    """The address of a run's page."""
    base = settings.SITE_URL.rstrip("/") or f"{request.scheme}://{request.get_host()}"
    return f"{base}/runs/{run_id}/"
