"""A run request: a request, whichever form it came in, as our values; and the run that it becomes, once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import takewhile

from django.db import IntegrityError
from django.http import HttpRequest

from apps.accounts.api_keys import Scope, allows
from apps.accounts.models import ApiKey
from apps.api import limits, recent_failures
from apps.api.errors import NO_RETRY, ApiError
from apps.api.files import given_files
from apps.api.idempotency import digest_of, idempotency_key, of_same_request
from apps.api.options import FusionOptions, Sampling
from apps.api.recipes import ResolvedRecipe, fused_recipe, single_recipe
from apps.api.routing import question_of_request, route_headers
from apps.api.tool_turns import paired
from apps.api.webhooks import checked_webhook
from apps.catalogue.lookup.site import web_settings
from apps.catalogue.recipes import presets
from apps.catalogue.recipes.resolve import models_of
from apps.catalogue.recipes.warnings import references_of
from apps.fusion.prompting.answer_format import BadSchema, check_schema
from apps.fusion.strategies import planned_calls, strategy_of
from apps.fusion.tools import ToolSet
from apps.fusion.values import AnswerFormat, JudgedSettings, Message, SingleSettings, SlotSpec
from apps.fusion.vocabulary import SLOTS, EarlierAnswers
from apps.fusion.weights import recipe_under_prompt
from apps.runs.again import check_models
from apps.runs.models import Run
from apps.runs.reading import threads
from apps.runs.reading.tool_turns import with_vendor_data
from apps.runs.starting import ApiClient, InvalidRun, Lineage, start_run
from apps.site_url import site_url

FUSION, HOSTED_FUSION = "fusion", "openrouter/fusion"
DEPTH_HEADER = "x-fusion-depth"
BEGUN = "fusionweb.begun"
"""The key in an ASGI scope of the function that ends a request's turn at the door. Any thread may call it."""
UNHEARD = "fusionweb.unheard"
"""The key in an ASGI scope of the function that stops its run. It is gone once somebody waits for the answer."""
GONE = "fusionweb.gone"
"""The key that an ASGI scope has once its client has hung up."""
DEEPEST = 4
"""Servers like this one that a request for a single model may have passed already."""
NO_WEB = "Web search is not set up here: an administrator connects a search engine. Leave it out until then."


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A run to be made. ``model`` is '' where the options alone say who answers.

    ``parent`` is the run that it follows. ``tools`` are the client's; ``places`` are the parameters that its messages
    came in. With ``skips_panel`` a fusion whose last message is the result of a tool asks its writer alone. Errors name
    ``prompt_param`` and ``schema_param``: the client's own words. Without ``is_stored`` the run goes soon after it has
    ended. ``has_hosted_preset``: the preset is a hosted service's, so another may take its place. ``web_param`` is the
    parameter of another's form that asked for web search, '' for none: it is refused where the site has no engine.
    ``idempotency_key`` goes before the request's header. The run is a fork of its ``origin``, with ``is_exact`` one
    without a change: the options then say only how it is carried out.
    """

    messages: tuple[Message, ...]
    model: str = ""
    options: FusionOptions = field(default_factory=FusionOptions)
    sampling: Sampling = field(default_factory=Sampling)
    answer_format: AnswerFormat | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    parent: Run | None = None
    tools: ToolSet | None = None
    web_param: str = ""
    places: tuple[str, ...] = ()
    skips_panel: bool = False
    is_stored: bool = True
    prompt_param: str = "messages"
    schema_param: str = "answer_format.json_schema"
    webhook_param: str = "fusion.webhook"
    files_param: str = "fusion.files"
    idempotency_key: str = ""
    origin: Run | None = None
    is_exact: bool = False
    has_hosted_preset: bool = False


def is_fusion(model: str) -> bool:
    """Return whether a model's name asks for a fusion and not for a model."""
    return model in ("", FUSION, HOSTED_FUSION) or model.startswith(f"{FUSION}/")


def resolve_request(run_request: RunRequest, key: ApiKey, depth: int = 0) -> tuple[ResolvedRecipe, RunRequest]:
    """Return the recipe of a run request, and the request with the system prompt of its preset if it brings none.

    Raise :class:`ApiError` or ``UnknownModel``.
    """
    resolved, run_request = _resolved(run_request, key, depth)
    web = resolved.recipe.web
    if web and web.search and run_request.web_param and not _may_search(resolved):
        sentence = f"{run_request.web_param}: {NO_WEB}"
        raise ApiError(400, "unsupported_parameter", sentence, run_request.web_param)
    if web and not allows(key, Scope.WEB):
        sentence = "This key may not look things up. Make one with the permission “web”, or leave “web” off."
        raise ApiError(403, "permission_denied", sentence, "fusion.web")
    return resolved, run_request


def _may_search(resolved: ResolvedRecipe) -> bool:
    """Return whether a model searches for itself, or this site has a search engine."""
    return any(model.searches_natively for model in resolved.models.values()) or web_settings().engine is not None


def _resolved(run_request: RunRequest, key: ApiKey, depth: int) -> tuple[ResolvedRecipe, RunRequest]:
    answer_format = _checked_format(run_request)
    if not is_fusion(run_request.model):
        if depth > DEEPEST:
            raise _too_deep("The request has passed through too many servers.")
        alone = single_recipe(
            key.owner, run_request.model, run_request.options, run_request.sampling, answer_format, depth
        )
        if run_request.tools and not alone.models[run_request.model].takes_tools:
            sentence = f"The model “{run_request.model}” takes no tools. Ask another model, or send it none."
            raise ApiError(400, "unsupported_parameter", sentence, "tools")
        return alone, run_request
    if depth:
        raise _too_deep("A panel, judge or writer of a fusion cannot be a fusion itself. Ask for a single model.")
    origin = run_request.origin.recipe.model_copy(update={"depth": 0}) if run_request.origin else None
    if origin and run_request.is_exact:
        check_models(references_of(origin), key.owner)
        return ResolvedRecipe(origin, models_of(origin)), run_request
    options = _with_preset_of(run_request.model, run_request.options, key)
    asked = partial(question_of_request, run_request, key, answer_format)
    resolved = fused_recipe(key.owner, options, run_request.sampling, answer_format, asked, origin)
    if resolved.system and not any(message.role == "system" for message in run_request.messages):
        messages = (Message(role="system", text=resolved.system), *run_request.messages)
        run_request = replace(run_request, messages=messages)
    told = "\n".join(message.text for message in run_request.messages if message.role == "system")
    resolved = resolved._replace(recipe=recipe_under_prompt(resolved.recipe, told))
    return _for_writer(resolved, run_request)


def _for_writer(resolved: ResolvedRecipe, run_request: RunRequest) -> tuple[ResolvedRecipe, RunRequest]:
    """Return a fusion as its tools want it: without them if its writer takes none; without the panel if that is asked.

    A panel may be left out where the last message is the result of a tool, and never unsaid: the run names it.
    """
    recipe, tools = resolved.recipe, run_request.tools
    answers = strategy_of(recipe).answer_stage
    writer = next(call for call in reversed(planned_calls(recipe)) if call.stage == answers.name)
    if tools and not (writer.model in resolved.models and resolved.models[writer.model].takes_tools):
        tools = None
    if run_request.skips_panel and run_request.messages[-1].result and isinstance(recipe.settings, JudgedSettings):
        spec = SlotSpec(slot=SLOTS[0], model=writer.model, parameters=writer.parameters)
        recipe = recipe.model_copy(update={"panel": (spec,), "settings": SingleSettings()})
        tools = (tools or ToolSet()).model_copy(update={"skips_panel": True})
    return resolved._replace(recipe=recipe), replace(run_request, tools=tools)


def create_run_once(run_request: RunRequest, request: HttpRequest, body: bytes) -> Run:
    """Return a new run, or the one that the same request with the same idempotency key made before.

    A request without such a key gets a run of its own, unless the same one failed within the last minute in a way that
    a new run would not help: clients retry that by themselves, and each time would cost again.
    Raises :class:`ApiError`, ``UnknownModel`` and ``InvalidRun``.
    """
    try:
        run = _created_once(run_request, request, body)
        said = getattr(request, "answer_headers", {})
        reused = {"X-Cache": "hit"} if run.copy_of_id else {}
        request.answer_headers = said | route_headers(run.recipe.route) | reused  # type: ignore[attr-defined]
        return run
    finally:
        # The door lets in the key's next request: from here on this one waits for models.
        getattr(request, "scope", {}).get(BEGUN, bool)()


def _created_once(run_request: RunRequest, request: HttpRequest, body: bytes) -> Run:
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    name, digest = run_request.idempotency_key or idempotency_key(request), digest_of(request, body)
    earlier = _earlier(key, name, digest) if name else recent_failures.recent_failure(key, digest)
    if earlier:
        return earlier
    webhook = _checked_webhook(run_request, key)
    resolved, run_request = prepare_request(run_request, key, _depth(request))
    client = ApiClient(key, name, digest, dict(run_request.metadata), run_request.is_stored, webhook, site_url(request))
    try:
        return _start(run_request, resolved, client)
    except InvalidRun as error:
        if error.field != "prompt":
            raise
        raise ApiError(400, "invalid_prompt", error.sentence, run_request.prompt_param) from None
    except (IntegrityError, ApiError):  # of a key's runs at the same time, the same one may be the last
        raced = _earlier(key, name, digest)
        if raced is None:
            raise
        return raced


def prepare_request(run_request: RunRequest, key: ApiKey, depth: int = 0) -> tuple[ResolvedRecipe, RunRequest]:
    """Return the recipe of a run request, and the request with its whole conversation in order.

    Raises :class:`ApiError` and ``UnknownModel``.
    """
    run_request = in_thread(run_request, key)
    if run_request.tools:
        places = run_request.places or (run_request.prompt_param,) * len(run_request.messages)
        run_request = replace(run_request, messages=paired(run_request.messages, places))
    resolved, run_request = resolve_request(run_request, key, depth)
    if run_request.tools:
        run_request = replace(run_request, messages=with_vendor_data(key.owner, run_request.messages))
    return resolved, replace(run_request, messages=in_order(run_request.messages, run_request.prompt_param))


def _start(run_request: RunRequest, resolved: ResolvedRecipe, client: ApiClient) -> Run:
    key, lineage = client.api_key, lineage_of(run_request)
    with limits.in_turn(key):
        return start_run(
            key.owner,
            run_request.messages,
            resolved.recipe,
            lineage,
            client=client,
            priority=run_request.options.priority,
            models=resolved.models,
            tools=run_request.tools,
        )


def lineage_of(run_request: RunRequest) -> Lineage:
    """Return the runs that a request goes on from, and with which of their answers."""
    origin = run_request.origin
    again = origin if run_request.is_exact else None
    earlier_answers = again.earlier_answers if again else run_request.options.earlier_answers
    return Lineage(
        run_request.parent,
        earlier_answers or EarlierAnswers.FUSED,
        run_request.options.from_slot or "",
        origin,
        sent_before=again.own_answers if again else None,
    )


def in_thread(run_request: RunRequest, key: ApiKey) -> RunRequest:
    """Return the request with the turns of the thread that it names before its own; raise :class:`ApiError`.

    Instructions of its own take the place of the thread's.
    """
    run_request = _with_given_files(run_request)
    options = run_request.options
    if options.from_slot and options.earlier_answers is EarlierAnswers.OWN:
        sentence = "Go on from one column's answer, or with each column's own: not both."
        raise ApiError(400, "invalid_parameter", sentence, "fusion.from_slot")
    if options.thread is None:
        names_answers = options.earlier_answers is not None or options.from_slot is not None
        if names_answers and run_request.parent is None:
            raise ApiError(400, "invalid_parameter", "Name the thread that has earlier answers.", "fusion.thread")
        return run_request
    if run_request.parent:
        raise ApiError(400, "invalid_parameter", "Name a thread or an earlier response, not both.", "fusion.thread")
    try:
        newest = threads.find_thread(key.owner, options.thread).newest
    except Run.DoesNotExist:
        raise ApiError(404, "not_found", f"There is no thread “{options.thread}”.", "fusion.thread") from None
    if not newest.is_kept:
        raise ApiError(404, "not_found", "The newest turn of the thread was not to be stored.", "fusion.thread")
    if not newest.is_final:
        sentence = "The newest turn of the thread is still at work. Go on when it has ended."
        raise ApiError(409, "not_now", sentence, "fusion.thread", headers=NO_RETRY)
    own = in_order(run_request.messages, run_request.prompt_param)
    system = tuple(takewhile(lambda message: message.role == "system", own))
    before = conversation_from(newest, options)
    before = tuple(message for message in before if message.role != "system") if system else before
    given = run_request.places or (run_request.prompt_param,) * len(own)
    places = (*given[: len(system)], *("fusion.thread",) * len(before), *given[len(system) :])
    messages = (*system, *before, *own[len(system) :])
    return replace(run_request, messages=messages, places=places, parent=newest)


def _with_given_files(run_request: RunRequest) -> RunRequest:
    """Return the request with the files of its options in the newest message of the user; raise :class:`ApiError`."""
    given = run_request.options.files
    if not given:
        return run_request
    files = given_files(given, run_request.files_param)
    messages = list(run_request.messages)
    asked = [at for at, one in enumerate(messages) if one.role == "user" and one.result is None]
    if not asked:
        raise ApiError(400, "invalid_prompt", "There is no question that files could go with.", run_request.files_param)
    last = messages[asked[-1]]
    messages[asked[-1]] = last.model_copy(update={"files": (*last.files, *files)})
    options = run_request.options.model_copy(update={"files": None})
    return replace(run_request, messages=tuple(messages), options=options)


def conversation_from(run: Run, options: FusionOptions) -> tuple[Message, ...]:
    """Return the conversation that goes on from a run, with the answer that is chosen; raise :class:`ApiError`."""
    try:
        return threads.conversation_after(run, options.from_slot or "")
    except threads.NoColumnAnswer as error:
        raise ApiError(400, "invalid_parameter", error.sentence, "fusion.from_slot") from None


def in_order(messages: tuple[Message, ...], param: str) -> tuple[Message, ...]:
    """Return the messages with instructions from the end put at the front; raise :class:`ApiError` for a prefill."""
    turns = list(messages)
    late: list[Message] = []
    while turns and turns[-1].role == "system":
        late.insert(0, turns.pop())
    if turns and turns[-1].role == "assistant":
        sentence = "The last message must be the user's: an answer that was begun is not gone on with."
        raise ApiError(400, "invalid_prompt", sentence, param)
    first = next((at for at, turn in enumerate(turns) if turn.role != "system"), 0)
    return (*turns[:first], *late, *turns[first:])


def _earlier(key: ApiKey, name: str | None, digest: str) -> Run | None:
    # The person's own runs, not all that they may read: a colleague may have used the same name for another request.
    return of_same_request(key.owner.runs.filter(idempotency_key=name).first() if name else None, digest)


def _depth(request: HttpRequest) -> int:
    """Return the number of fusion servers that the request has passed; what is no number counts as one."""
    value = request.headers.get(DEPTH_HEADER, "0").strip()
    return min(int(value), 1000) if value.isdecimal() and value.isascii() and len(value) < 10 else 1


def _checked_webhook(run_request: RunRequest, key: ApiKey) -> str:
    """Return the address that is told of the run's end, '' for none; raise :class:`ApiError`."""
    wanted, param = run_request.options.webhook, run_request.webhook_param
    if wanted is None:
        return ""
    if not run_request.is_stored:
        raise ApiError(400, "invalid_parameter", "A run that is not stored has no webhook.", param)
    return checked_webhook(wanted, key, param)


def _too_deep(sentence: str) -> ApiError:
    return ApiError(400, "recursion", sentence, DEPTH_HEADER)


def _checked_format(run_request: RunRequest) -> AnswerFormat | None:
    """Return the form of the answer with its schema as one of 2020-12; raise :class:`ApiError`."""
    wanted = run_request.answer_format
    if wanted is None or wanted.json_schema is None:
        return wanted
    try:
        return wanted.model_copy(update={"json_schema": check_schema(wanted.json_schema)})
    except BadSchema as error:
        raise ApiError(400, "invalid_json_schema", str(error), run_request.schema_param) from None


def _with_preset_of(model: str, options: FusionOptions, key: ApiKey) -> FusionOptions:
    """Return the options with the preset of a model ``fusion/<preset>``, which they must not name themselves."""
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
    """Return the presets that a key's owner can name, the default first."""
    return [preset.slug for preset in presets.choosable_presets(key.owner)]


def run_url(request: HttpRequest, run_id: str) -> str:
    """Return the address of a run's page."""
    return f"{site_url(request)}/runs/{run_id}/"


def thread_url(request: HttpRequest, thread_id: str) -> str:
    """Return the address of a thread's page."""
    return f"{site_url(request)}/threads/{thread_id}/"
