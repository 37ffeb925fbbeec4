"""Rating on the run page: with htmx and without, and what a shared page shows."""

import pytest

from apps.annotations.models import Rating
from apps.fusion.ratings import RatingReason, Thumb
from apps.runs import actions
from apps.runs.models import Share
from tests.web.run.test_page import HTMX
from tests.web.run_factories import make_finished_run, make_live_run

pytestmark = pytest.mark.usefixtures("local", "valkey_url")


@pytest.fixture
def run(alice):
    return make_finished_run(alice)


def rate(client, run, htmx=True, **data):
    return client.post(f"{run.get_absolute_url()}rate/", data, headers=HTMX if htmx else {})


def test_thumb_is_set_changed_and_taken_back(as_alice, run):
    column = run.calls.get(slot="B")
    page = as_alice.get(run.get_absolute_url()).content.decode()
    assert page.count('class="thumbs"') == 4
    assert "Why is it" not in page

    drawn = rate(as_alice, run, call=column.pk, thumb="up").content.decode()
    assert ('id="slot-B"' in drawn, 'id="answer"' in drawn) == (True, False)
    assert 'id="rate-B-up"' in drawn
    assert "Why is it good?" in drawn
    rate(as_alice, run, call=column.pk, thumb="up", details="yes", reason=["clear", "wrong", "x"], comment="a\r\nb")
    found = Rating.objects.get()
    assert (found.reasons, found.comment) == ((RatingReason.CLEAR,), "a\nb")

    rate(as_alice, run, call=column.pk, thumb="down")
    found.refresh_from_db()
    assert (found.thumb, found.reasons, found.comment) == (Thumb.DOWN, (), "a\nb")
    rate(as_alice, run, call=column.pk, thumb="none")
    assert not Rating.objects.exists()
    assert rate(as_alice, run, call=column.pk, thumb="none").status_code == 200


def test_answer_that_is_a_column_is_drawn_twice(as_alice, run):
    column = run.calls.get(slot="B")
    run.answer_call = column
    run.save()

    drawn = rate(as_alice, run, call=column.pk, thumb="down").content.decode()

    assert ('id="slot-B"' in drawn, 'id="answer"' in drawn) == (True, True)
    assert drawn.count("Why is it bad?") == 2


def test_form_works_without_scripts_and_says_what_is_wrong(as_alice, run):
    answer = run.answer_call_id
    assert rate(as_alice, run, htmx=False, call=answer, thumb="up").status_code == 302
    assert rate(as_alice, run, htmx=False, call="x", thumb="up", follow=True).status_code == 302
    saved = rate(as_alice, run, call=answer, thumb="up", details="yes", comment="Good.")
    assert (saved.content, saved["FusionWeb-Saved"]) == (b"Saved.", "true")
    refused = rate(as_alice, run, call=answer, thumb="up", details="yes", comment="x" * 2_001)
    assert (b"at most 2,000" in refused.content, refused["FusionWeb-Refused"]) == (True, "true")

    page = as_alice.get(run.get_absolute_url()).content.decode()
    assert "The run has no such answer" in page
    assert Rating.objects.get().comment == "Good."


def test_nothing_can_be_rated_before_it_has_ended(as_alice, alice):
    live = make_live_run(alice, {"A": "Yes."})

    assert as_alice.get(live.get_absolute_url()).content.decode().count('class="thumbs"') == 1


def test_shared_page_shows_ratings_if_the_owner_wants(as_alice, run, client):
    rate(as_alice, run, call=run.answer_call_id, thumb="down")
    rate(as_alice, run, call=run.answer_call_id, thumb="down", details="yes", comment="<b>No</b>")
    actions.share_run(run)
    as_alice.post(f"{run.get_absolute_url()}share/", {"ratings": "on"})
    without, having = (client.get(share.get_absolute_url()).content.decode() for share in Share.objects.order_by("pk"))

    assert "Rated by a person" not in without
    assert "Rated by a person: Bad. &lt;b&gt;No&lt;/b&gt;" in having
    assert 'class="thumbs"' not in having
    assert "alice" not in having
