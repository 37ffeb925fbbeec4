"""A link to a thread whose turn is at work: it is followed, and frozen when no turn of it is."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.fusion.sharing import Shown
from apps.fusion.values import Message
from apps.fusion.vocabulary import Status
from apps.runs import sharing
from apps.runs.models import Call, CallOutput, Run, Share
from apps.runs.reading import live_copies
from apps.runs.reading.threads import conversation_after, find_thread
from tests.factories import make_local_preset
from tests.web.run_factories import make_finished_run, make_live_call, make_live_run


@pytest.fixture
def first(db, valkey_url, alice) -> Run:
    make_local_preset()
    run = make_finished_run(alice, prompt="How high is it?")
    run.thread = run.public_id
    run.save()
    return run


def following(first: Run, *between: Run) -> dict:
    messages = [*conversation_after(first), Message(role="user", text="And Nightjar?")]
    ancestors = [first.pk, *(run.pk for run in between)]
    return {"prompt": "And Nightjar?", "messages": messages, "thread": first.thread, "ancestors": ancestors}


def end(run: Run) -> None:
    Call.objects.filter(run=run).update(status=Status.DONE)
    Run.objects.filter(pk=run.pk).update(status=Status.DONE, ended_at=timezone.now())


def test_thread_at_work_is_followed_and_frozen_when_no_turn_is(as_alice: Client, client: Client, alice, first: Run):
    turn = make_live_run(alice, {"A": "The secret name is Nightjar."}, parent=first, **following(first))
    told = " ".join(as_alice.get(f"/threads/{first.thread}/").content.decode().split())
    assert "A turn is at work: readers see it go on" in told
    share = sharing.share_thread(find_thread(alice, first.thread), Shown(passages=("Nightjar",)))
    address = share.get_absolute_url()
    later = make_finished_run(alice, parent=turn, **{**following(first, turn), "prompt": "Asked after the link"})

    live, older = (client.get(f"{address}{query}").content.decode() for query in ("", "?turn=1"))
    assert (share.is_frozen, share.snapshot) == (False, {})
    assert (f'data-socket="/ws/shares/{share.code}/"' in live, "The secret name is [redacted]." in live) == (True, True)
    assert ("How high is it?" in live, "Nightjar" in live, later.prompt in live) == (True, False, False)
    assert ("data-socket" in older, "This turn is at work." in older, "/turn/" in older) == (False, True, False)
    part = client.get(reverse("web:share_fragments", args=[share.code, "column-A"])).content.decode()
    assert ("The secret name is [redacted]." in part, "Nightjar" in part) == (True, False)
    assert "[redacted]" in client.get(f"{address[:-1]}.md").content.decode()

    retried = make_live_call(first, "A", take=2)
    end(turn)
    sharing.freeze_ended()
    assert not Share.objects.get().is_frozen, "the first turn is at work"
    Call.objects.filter(pk=retried.pk).update(status=Status.DONE)
    CallOutput.objects.filter(call=retried).update(text="Taller than Nightjar.")
    sharing.freeze_ended()
    CallOutput.objects.filter(call=retried).update(text="Changed later.")

    assert [len(Share.objects.get().snapshot["turns"]), Share.objects.get().is_frozen] == [2, True]
    frozen = client.get(f"{address}?turn=1").content.decode()
    assert ("Taller than [redacted]." in frozen, "Changed later." in frozen) == (True, False)
    assert "data-socket" not in client.get(address).content.decode()


def test_thread_at_work_is_drawn_once_for_all_its_readers_until_it_changes(
    client: Client, alice, first: Run, monkeypatch, django_assert_num_queries
):
    turn = make_live_run(alice, {"A": "It is high."}, parent=first, **following(first))
    share = sharing.share_thread(find_thread(alice, first.thread))
    drawn, draw = [], sharing._copy_of
    monkeypatch.setattr(sharing, "_copy_of", lambda link: drawn.append(link.pk) or draw(link))
    parts = reverse("web:share_fragments", args=[share.code, "column-A"])

    for _ in range(5):
        assert client.get(share.get_absolute_url()).status_code == 200
        assert "It is high." in client.get(parts).content.decode()
    assert len(drawn) == 1
    link = Share.objects.select_related("run").get()
    with django_assert_num_queries(2):  # whether it is at work, and what it was drawn from
        sharing.read_share(link)

    changes = [
        (CallOutput.objects.filter(call__run=turn), {"text": "It is 330 m."}),
        (Call.objects.filter(run=turn), {"duration_s": 2.5}),
        (Run.objects.filter(pk=first.pk), {"title": "Another"}),
    ]
    for count, (rows, values) in enumerate(changes, 2):
        rows.update(**values)
        for _ in range(2):
            assert "It is 330 m." in client.get(parts).content.decode()
        assert len(drawn) == count


def test_copy_of_what_is_at_work_is_drawn_anew_after_a_while(client: Client, alice, first: Run, monkeypatch):
    """A rating is in a row of its own."""
    make_live_run(alice, parent=first, **following(first))
    share = sharing.share_thread(find_thread(alice, first.thread))
    shown = sharing.read_share(share)
    assert sharing.read_share(share) is shown

    monkeypatch.setattr(live_copies, "LASTS_S", -1.0)

    assert sharing.read_share(share) is not shown


def test_thread_that_ended_unseen_is_frozen_by_its_first_reader(client: Client, alice, first: Run):
    turn = make_live_run(alice, parent=first, **following(first))
    share = sharing.share_thread(find_thread(alice, first.thread))
    end(turn)

    assert client.get(share.get_absolute_url()).status_code == 200

    share.refresh_from_db()
    assert (share.is_frozen, len(share.snapshot["turns"])) == (True, 2)


def test_page_of_all_links_names_a_thread_by_its_first_turn(as_alice: Client, alice, first: Run):
    make_finished_run(alice, parent=first, **following(first))
    sharing.share_thread(find_thread(alice, first.thread))
    sharing.share_run(make_finished_run(alice, prompt="Why is the sky blue?"))

    page = as_alice.get("/shares/").content.decode()

    assert "And Nightjar?" not in page
    assert "Link to “How high is it?”" in page
    assert "Link to “Why is the sky blue?”" in page
