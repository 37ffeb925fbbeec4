"""A run of one's own from somebody's link: what it brings, what it must not, and a link that closes meanwhile."""

import json

import pytest
from django.test import Client

from apps.fusion.files import PromptFile
from apps.fusion.sharing import Shown
from apps.fusion.values import Message
from apps.runs import actions, sharing
from apps.runs.forks import run_again
from apps.runs.models import Run
from apps.runs.reading.threads import conversation_after, find_thread
from tests.access.world import PICTURE
from tests.factories import make_local_preset
from tests.web.run_factories import make_finished_run

SECRET, BLACK = "Answer as a lighthouse keeper.", "sealed budget"
FORM = {"model": "local/smollm2-135m", "judge": "auto", "writer": "auto"}


@pytest.fixture(autouse=True)
def models(db, valkey_url) -> None:
    make_local_preset()


@pytest.fixture
def run(alice) -> Run:
    text = f"The {BLACK} is 12 million.\n"
    file = PromptFile(name="notes.txt", media_type="text/plain", size=len(text), sha256="ab" * 32, text=text)
    question = Message(role="user", text="How high is it?", images=(PICTURE,), files=(file,))
    messages = [Message(role="system", text=SECRET), question]
    return make_finished_run(alice, prompt=question.text, messages=messages)


def test_reader_forks_what_the_link_shows_and_learns_nothing_else(
    as_alice: Client, as_charlie: Client, charlie, run: Run
):
    share = sharing.share_run(run, Shown(passages=(BLACK,)))

    page = as_charlie.get(f"/?share={share.code}").content.decode()
    words = " ".join(page.split())
    assert "It brings its prompt, 1 picture, 1 file and its set-up." in words
    assert "instructions for judge and writer, if it has any and the passages" in words
    assert as_charlie.get(f"/s/{share.code}/images/0/0/").status_code == 200
    assert f"/s/{share.code}/images/0/0/" in page
    kept = {"share": share.code, "keep_image": "0", "keep_file": "0"}
    answer = as_charlie.post("/", {**FORM, "prompt": "How high is it?", **kept})

    fork = Run.objects.get(owner=charlie)
    assert answer["Location"] == fork.get_absolute_url()
    (asked,) = fork.messages
    assert (fork.forked_from_id, asked.images, [file.text for file in asked.files]) == (
        run.pk,
        (PICTURE,),
        ["The [redacted] is 12 million.\n"],
    )
    assert "prompt" not in [change.what for change in fork.changes]
    said, link = "Made from a run of somebody else’s", f'id="fork-share" href="{share.get_absolute_url()}"'
    tree = as_charlie.get(fork.get_absolute_url()).content.decode()
    assert (said in tree, link in tree, "The link is closed." in tree) == (True, True, False)
    again = as_charlie.get(run_again(charlie, fork).get_absolute_url()).content.decode()
    assert link in again, "of the first of its origins"
    shown = as_charlie.get(sharing.share_run(fork).get_absolute_url()).content.decode()
    assert (share.code in shown, said in shown) == (False, False)
    told = as_charlie.get(f"{fork.get_absolute_url()[:-1]}/export.json").content.decode() + json.dumps(
        [change.model_dump(mode="json") for change in fork.changes]
    )
    assert (SECRET in told, BLACK in told, json.loads(told[: told.rindex("[")])["forked_from"]) == (
        False,
        False,
        run.public_id,
    )
    assert fork.public_id not in as_alice.get(run.get_absolute_url()).content.decode()
    assert as_charlie.get(run.get_absolute_url()).status_code == 404
    actions.revoke_share(share)
    tree = as_charlie.get(fork.get_absolute_url()).content.decode()
    assert (said in tree, share.code in tree, "The link is closed." in tree) == (True, False, True)
    share.delete()
    fork.refresh_from_db()
    assert (fork.from_share, fork.forked_from_id) == (None, run.pk)


def test_shown_system_prompt_comes_and_a_form_without_the_ticks_leaves_the_rest(as_charlie: Client, charlie, run: Run):
    share = sharing.share_run(run, Shown(system_prompt=True))

    form = as_charlie.get(f"/?share={share.code}")
    assert form.context["draft"].system == SECRET
    assert "does not show" not in form.content.decode()
    as_charlie.post("/", {**FORM, "prompt": "How high?", "system": SECRET, "share": share.code})

    system, asked = Run.objects.get(owner=charlie).messages
    assert (system.text, asked.text, asked.images, asked.files) == (SECRET, "How high?", (), ())


def test_link_that_closes_meanwhile_is_said_once_and_loses_no_text(as_charlie: Client, charlie, run: Run):
    share = sharing.share_run(run)
    actions.revoke_share(share)

    refused = as_charlie.post("/", {**FORM, "prompt": "My words", "share": share.code, "keep_image": "0"})

    assert refused.status_code == 400
    assert "The link that this was made from is closed" in refused.content.decode()
    assert (refused.context["draft"].prompt, refused.context["draft"].share) == ("My words", "")
    assert not Run.objects.filter(owner=charlie).exists()


def test_shared_thread_is_gone_on_from_with_its_turns_and_answers(as_charlie: Client, charlie, alice, run: Run):
    run.thread = run.public_id
    run.save()
    asked = Message(role="user", text="And in feet?")
    place = {"parent": run, "thread": run.thread, "ancestors": [run.pk]}
    turn = make_finished_run(alice, prompt=asked.text, messages=[*conversation_after(run), asked], **place)
    share = sharing.share_thread(find_thread(alice, turn.thread))

    assert "1 earlier turn with the answers" in as_charlie.get(f"/?share={share.code}").content.decode()
    as_charlie.post("/", {**FORM, "prompt": "And in inches?", "share": share.code})

    fork = Run.objects.get(owner=charlie)
    assert [(one.role, one.text) for one in fork.messages] == [
        ("user", "How high is it?"),
        ("assistant", run.answer_call.output.text),
        ("user", "And in inches?"),
    ]
    assert (fork.parent, fork.forked_from_id) == (None, turn.pk)
