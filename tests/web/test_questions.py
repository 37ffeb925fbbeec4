"""A press that cannot be undone is asked about by a page, where no script asked."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.utils.html import escape

from apps.accounts.models import User
from apps.runs import actions
from apps.runs.models import Share
from tests.web.run_factories import ANSWERS, make_finished_run

pytestmark = pytest.mark.usefixtures("local")

QUESTION = "Revoke this link? Anyone who opens it from now on finds nothing."
FIELDS = {"question": QUESTION, "yes": "Revoke", "of_all": "1"}
FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
BUTTON = re.compile(r'<button\b[^>]*class="[^"]*\bdanger\b[^>]*>')
WITHOUT = {
    "run/actions.html": "run_cancel",  # what is stopped keeps its text and can be asked again
    "run/column.html": "call_cancel",
    "batches/actions.html": "batch-cancel",
    "history/selection.html": "marks",  # what is deleted goes into the bin
    "history/row.html": "marks",
    "question.html": "get_full_path",
}
"""Forms with a button of danger that need no question, by their template and a word in them."""


@pytest.fixture
def share(alice: User) -> Share:
    run = make_finished_run(alice, ANSWERS)
    return actions.share_run(run)


def press(client: Client, address: str, fields: Mapping[str, str] = FIELDS, **headers: str) -> HttpResponse:
    """Send a form as a browser does."""
    form = "application/x-www-form-urlencoded"
    return client.post(address, urlencode(fields), content_type=form, headers=headers)


def test_form_with_a_question_is_answered_by_a_page_that_asks_it(as_alice: Client, share: Share) -> None:
    address = f"/shares/{share.pk}/revoke/"
    before = "http://testserver/shares/?before=7"

    asked = press(as_alice, address, Referer=before)

    page = asked.content.decode()
    assert escape(QUESTION) in page
    assert 'href="/shares/?before=7"' in page
    assert Share.objects.get().revoked_at is None
    form = FORM.search(page.split("<main")[1])
    assert form
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))
    assert sent.keys() == {"csrfmiddlewaretoken", "of_all"}
    done = press(as_alice, re.search('action="([^"]*)"', form[0])[1], sent)  # type: ignore[index]
    assert done.url == "/shares/"
    assert Share.objects.get().revoked_at


@pytest.mark.parametrize(
    "before", ["https://elsewhere.example/shares/", "http://testserver", "http://testserver//e.example"]
)
def test_way_back_stays_on_the_site(as_alice: Client, share: Share, before: str) -> None:
    page = press(as_alice, f"/shares/{share.pk}/revoke/", Referer=before).content.decode()

    assert re.findall('href="([^"]*)">Cancel', page) == ["/e.example" if before.endswith("example") else "/"]


def test_question_that_a_script_asked_is_not_asked_again(as_alice: Client, share: Share) -> None:
    press(as_alice, f"/shares/{share.pk}/revoke/", **{"HX-Request": "true"})

    assert Share.objects.get().revoked_at


def test_only_a_form_of_the_site_is_asked_about(alice: User, share: Share) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    address = f"/shares/{share.pk}/revoke/"

    assert press(strict, address).status_code == 403
    assert press(Client(), address).status_code == 302  # to the login page
    assert Share.objects.get().revoked_at is None


def test_each_button_of_danger_asks_first() -> None:
    templates = Path(settings.BASE_DIR, "templates")
    texts = {str(file.relative_to(templates)): file.read_text() for file in templates.rglob("*.html")}
    forms = [
        (name, form)
        for name, text in texts.items()
        for form in FORM.findall(text)
        if re.search(r'class="[^"]*\bdanger\b', form)
    ]

    unasked = [(name, form) for name, form in forms if 'name="question"' not in form]

    assert len(forms) > len(unasked) > 0
    assert [name for name, form in unasked if WITHOUT.get(name, "none") not in form] == []
    alone = [(name, button) for name, text in texts.items() for button in BUTTON.findall(FORM.sub("", text))]
    unasked = [(name, button) for name, button in alone if name not in WITHOUT and 'form="delete-' not in button]
    assert unasked == []


def test_form_with_a_question_says_all_in_its_fields() -> None:
    """A name of the button is lost where the form is drawn anew below the question: htmx knows no button by then."""
    templates = Path(settings.BASE_DIR, "templates").rglob("*.html")
    asking = [form for file in templates for form in FORM.findall(file.read_text()) if 'name="question"' in form]

    named = [form for form in asking if re.search(r'<button\b[^>]*\sname="', form)]

    assert asking
    assert named == []
