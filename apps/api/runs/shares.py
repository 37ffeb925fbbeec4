"""Secret links to runs and threads: made with what their readers may see, and closed."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Body, Path, Router
from ninja.responses import Status as Answered
from pydantic import Field

from apps.api.auth import may_admin, owner_of
from apps.api.errors import ApiError, not_found
from apps.api.runs.again_schemas import Flag
from apps.api.runs.routes import RunId, find_editable
from apps.api.runs.threads import ThreadId, find_editable_thread
from apps.api.schemas import Document, with_errors
from apps.api.strict import Strict
from apps.fusion.sharing import LONGEST_PASSAGE, MOST_PASSAGES, Shown
from apps.runs import actions
from apps.runs.models import Share
from apps.runs.reading import queries
from apps.runs.sharing import MOST_ORIGINS, BadShare, Terms
from apps.site_url import site_url

router = Router(tags=["Runs"])


class ShareCreate(Strict):
    """Readers of the link: what they see, who they may be, and until when."""

    costs: Flag = True
    """Show what each call cost."""
    reasoning: Flag = False
    """Show the models' reasoning."""
    system_prompt: Flag = False
    """Show the system prompt and the instructions for judge and writer."""
    rulings: Flag = False
    """Show your rulings, without your name."""
    ratings: Flag = False
    """Show your ratings of the answers."""
    passages: list[Annotated[str, Field(max_length=LONGEST_PASSAGE)]] = Field([], max_length=MOST_PASSAGES)
    """Texts to black out wherever they stand; found by their letters and digits."""
    lasts_days: Annotated[int, Field(strict=True, ge=1, le=3650)] | None = None
    """Days until the link closes by itself; `null` leaves it open until it is revoked."""
    for_members: Flag = False
    """Let only people read who are signed in to this site."""
    allow_json: Flag = True
    """Offer the JSON file."""
    embed_origins: list[Annotated[str, Field(max_length=200)]] = Field([], max_length=MOST_ORIGINS)
    """Sites that may show the run in a frame, such as `https://example.com`."""

    @property
    def shown(self) -> Shown:
        named = {name: getattr(self, name) for name in ("costs", "reasoning", "system_prompt", "rulings", "ratings")}
        return Shown(**named, passages=tuple(self.passages))

    @property
    def terms(self) -> Terms:
        return Terms(
            lasts=timedelta(days=self.lasts_days) if self.lasts_days else None,
            for_members=self.for_members,
            allows_json=self.allow_json,
            embed_origins=tuple(self.embed_origins),
        )


class ShareDocument(Document):
    """A link to a copy of a run, for people without an account."""

    code: str
    """The name by which it is revoked."""
    url: str
    """The address to pass on."""
    run: str
    """The run; the newest turn of a thread."""
    title: str
    """The run's title."""
    created_at: datetime
    """When it was made."""
    expires_at: datetime | None
    """When it closes by itself; `null` for never."""
    views: int
    """The number of times that others than you have opened its page."""


@router.get("/shares", auth=may_admin, response=with_errors({200: list[ShareDocument]}), summary="List shares")
def list_shares(request: HttpRequest) -> Any:
    """List your open links, newest first, 500 at most."""
    return [_document(request, share) for share in queries.shares_of(owner_of(request))[:500]]


@router.post("/runs/{run_id}/shares", auth=may_admin, response=with_errors({201: ShareDocument}), summary="Share a run")
def share_run(request: HttpRequest, run_id: RunId, body: Annotated[ShareCreate | None, Body()] = None) -> Any:
    """Make a secret link to a copy of a run. That of a run at work follows it, and is frozen when it has ended."""
    run, wanted = find_editable(request, run_id), body or ShareCreate()
    try:
        share = actions.share_run(run, wanted.shown, wanted.terms)
    except BadShare as error:
        raise _refused(error) from error
    return Answered(201, _document(request, share))


@router.post(
    "/threads/{thread_id}/shares", auth=may_admin, response=with_errors({201: ShareDocument}), summary="Share a thread"
)
def share_thread(request: HttpRequest, thread_id: ThreadId, body: Annotated[ShareCreate | None, Body()] = None) -> Any:
    """Make a secret link to a frozen copy of a thread whose turns have ended; it is revoked as a run's."""
    thread, wanted = find_editable_thread(request, thread_id), body or ShareCreate()
    try:
        share = actions.share_thread(thread, wanted.shown, wanted.terms)
    except BadShare as error:
        raise _refused(error) from error
    return Answered(201, _document(request, share))


@router.delete("/shares/{code}", auth=may_admin, response=with_errors({204: None}), summary="Revoke a share")
def revoke_share(request: HttpRequest, code: Annotated[str, Path(pattern=r"^[\w-]{1,40}$")]) -> Any:
    """Close a link at once; pages of it that are open are closed within five seconds."""
    try:
        share = queries.find_editable_share(owner_of(request), code=code, revoked_at__isnull=True)
    except Share.DoesNotExist:
        raise not_found("share") from None
    actions.revoke_share(share)
    return Answered(204, None)


def _document(request: HttpRequest, share: Share) -> dict[str, Any]:
    url = site_url(request) + share.get_absolute_url()
    named = {name: getattr(share, name) for name in ("code", "created_at", "expires_at", "views")}
    return {**named, "url": url, "run": share.run.public_id, "title": share.run.title}


def _refused(error: BadShare) -> ApiError:
    """Return the refusal: what is at work now can be shared later, what is written wrong cannot."""
    if error.field == "run":
        return ApiError(409, "not_now", error.sentence)
    return ApiError(400, "invalid_value", error.sentence, error.field)
