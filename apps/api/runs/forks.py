"""Forks: runs that are made from another one, exactly as that was or with changes."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Body, Path, Router
from ninja.responses import Status as Answered

from apps.api.auth import may_run
from apps.api.errors import ApiError, not_found
from apps.api.heard_runs import create_heard_run
from apps.api.run_requests import RunRequest
from apps.api.runs.routes import RunId, find, messages_of, run_document
from apps.api.runs.schemas import RunDocument, RunFork
from apps.api.schemas import with_errors
from apps.fusion.prompting.tool_turns import as_text
from apps.fusion.values import Message
from apps.fusion.vocabulary import EarlierAnswers
from apps.runs.models import Run, Share
from apps.runs.reading.queries import find_share
from apps.runs.shared_origins import origin_of_share

router = Router(tags=["Runs"])

BESIDE = frozenset({"metadata", "webhook", "priority"})
"""Fields that change nothing of what is asked."""
OF_THREADS = ("thread", "earlier_answers", "from_slot")


@router.post("/runs/{run_id}/fork", auth=may_run, response=with_errors({201: RunDocument}), summary="Fork a run")
def fork_run(request: HttpRequest, run_id: RunId, body: Annotated[RunFork | None, Body()] = None) -> Any:
    """Make a run from another one: exactly as that was, or with these changes; what is left out is that run's.

    A `prompt` takes the place of the newest question, whose pictures and files stay; `messages` replace all of them.
    A `panel` leaves strategy, judge, writer and all else as they were; a `preset` or a `model` alone replaces them all.
    In a thread, the fork goes on from the same turn.
    """
    run = create_heard_run(_fork_request(find(request, run_id), body or RunFork()), request, request.body)
    return Answered(201, run_document(request, run))


@router.post("/shares/{code}/fork", auth=may_run, response=with_errors({201: RunDocument}), summary="Fork a shared run")
def fork_share(
    request: HttpRequest,
    code: Annotated[str, Path(pattern=r"^[\w-]{1,40}$")],
    body: Annotated[RunFork | None, Body()] = None,
) -> Any:
    """Make a run of your own from somebody's shared run, by the last part of its link; changes as in a fork of yours.

    It is made from what the link shows: a system prompt, instructions or passages that it hides are not in it. Of a
    thread the newest turn is forked, and the turns before it are sent again with their answers.
    """
    try:
        origin = origin_of_share(find_share(code))
    except Share.DoesNotExist:
        raise not_found("share") from None
    run = create_heard_run(_fork_request(origin, body or RunFork()), request, request.body)
    return Answered(201, run_document(request, run))


def _fork_request(origin: Run, wish: RunFork) -> RunRequest:
    """Return the request of a fork; raise :class:`ApiError`."""
    given = {name for name in wish.model_fields_set if getattr(wish, name) is not None}
    if not wish.parameters.given:
        given.discard("parameters")
    for name in OF_THREADS:
        if name in given:
            raise ApiError(400, "invalid_parameter", "A fork goes on from where its origin did. Leave this out.", name)
    if wish.prompt is not None and wish.messages is not None:
        raise ApiError(400, "invalid_parameter", "Send a prompt or messages: one of them, not both.", "prompt")
    messages = origin.messages
    if wish.prompt is not None:
        *before, last = as_text(messages)
        messages = (*before, Message(role="user", text=wish.prompt, images=last.images, files=last.files))
    if wish.messages is not None:
        messages = messages_of(wish)
    # A conversation of its own follows no run.
    parent = origin.parent if wish.messages is None else None
    of_thread = {
        "earlier_answers": origin.earlier_answers if parent else None,
        "from_slot": (origin.from_slot or None) if parent and origin.earlier_answers is EarlierAnswers.FUSED else None,
    }
    return RunRequest(
        messages=messages,
        model=wish.model or "",
        options=wish.model_copy(update=of_thread),
        sampling=wish.parameters,
        answer_format=wish.answer_format.value if wish.answer_format else origin.recipe.answer_format,
        metadata=wish.metadata,
        webhook_param="webhook",
        parent=parent,
        tools=origin.tools,
        origin=origin,
        is_exact=not given - BESIDE,
    )
