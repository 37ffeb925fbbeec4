"""Drafts: forms that were filled in and not sent yet, kept by the server over reloads, restarts and devices.

A draft belongs to the account, so that nobody else sees it on a shared computer. Images are not kept.
"""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.accounts.models import FormDraft, User
from apps.web.requests import SignedInRequest

KEPT_FOR = timedelta(days=30)
LONGEST_PLACE = 20
NOT_KEPT = ("csrfmiddlewaretoken", "edit", "place", "keep_image", "keep_file", "preset_name", "set_name")
"""Fields of the form that are no part of what was typed for a run."""


@login_required
@require_POST
def keep_draft(request: SignedInRequest) -> HttpResponse:
    """Keep the form as it was sent, in place of the one before; emptied, too, or a late one would bring a text back."""
    place = request.POST.get("place", "")[:LONGEST_PLACE].replace("\x00", "")
    fields = {
        name: [text.replace("\x00", "") for text in texts]
        for name, texts in request.POST.lists()
        if name not in NOT_KEPT
    }
    if sum(len(text) for texts in fields.values() for text in texts) > 3 * settings.PROMPT_LIMIT:
        return HttpResponse(status=204)  # it is too long to be run, too
    request.user.form_drafts.filter(saved_at__lt=timezone.now() - KEPT_FOR).delete()
    _keep(FormDraft(owner=request.user, place=place, fields=fields))
    return HttpResponse(status=204)


@transaction.atomic
def _keep(draft: FormDraft) -> None:
    """Keep a draft in place of the one before, unless that is a newer one of the same page: it may be overtaken."""
    FormDraft.objects.bulk_create([draft], ignore_conflicts=True)
    before = FormDraft.objects.select_for_update().filter(owner=draft.owner, place=draft.place).first()
    if before is None:  # it was sent at this moment
        return
    (page, number), (page_before, number_before) = _count(draft), _count(before)
    if page and page == page_before and number < number_before:
        return
    before.fields, before.saved_at = draft.fields, draft.saved_at
    before.save(update_fields=["fields", "saved_at"])


def _count(draft: FormDraft) -> tuple[str, int]:
    """Return which opened page sent a draft, and with which number; ('', 0) for one without scripts."""
    page, number = (draft.fields.get(name, [""])[0] for name in ("draft_page", "draft_number"))
    return page, int(number) if number.isdecimal() and len(number) < 10 else 0


def saved_draft(user: User, place: str = "") -> QueryDict | None:
    """Return the fields that a person left in a place, ``None`` for nothing."""
    found = user.form_drafts.filter(place=place, saved_at__gte=timezone.now() - KEPT_FOR).first()
    if found is None:
        return None
    data = QueryDict(mutable=True)
    for name, texts in found.fields.items():
        data.setlist(name, texts)
    return data


def forget_draft(user: User, place: str = "") -> None:
    """Forget what a person left in a place: it was sent."""
    user.form_drafts.filter(place=place).delete()
