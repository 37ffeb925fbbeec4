"""Forks on the pages: run again exactly, change and run, and the tree with what changed at each step."""

from django.test import Client

from apps.accounts.models import User
from apps.catalogue.models import Model, Preset
from apps.fusion.values import Message
from apps.runs.models import Run
from tests.factories import GEMMA, SMOL, make_recipe, make_run
from tests.web.compose.test_home import form

PICTURE = "data:image/png;base64,iVBORw0KGgo="


def test_run_again_goes_to_the_new_run(as_alice: Client, alice: User, local: Preset) -> None:
    origin = make_run(alice)

    answer = as_alice.post(f"/runs/{origin.public_id}/again/")

    again = Run.objects.exclude(pk=origin.pk).get()
    assert (answer.status_code, answer.url) == (302, f"/runs/{again.public_id}/")
    assert (again.forked_from, again.recipe) == (origin, origin.recipe)


def test_run_again_says_why_it_cannot(as_alice: Client, alice: User, local: Preset) -> None:
    origin = make_run(alice, recipe=make_recipe())
    Model.objects.filter(reference=GEMMA).delete()

    answer = as_alice.post(f"/runs/{origin.public_id}/again/", follow=True)

    assert "is not connected" in answer.content.decode()
    assert Run.objects.count() == 1


def test_form_is_filled_with_the_run_and_makes_a_fork(as_alice: Client, alice: User, local: Preset) -> None:
    question = Message(role="user", text="How high is it?", images=(PICTURE,))
    origin = make_run(alice, recipe=make_recipe(criteria="names a source"), messages=[question])
    draft = as_alice.get(f"/?from={origin.public_id}").context["draft"]
    assert (draft.prompt, draft.criteria, len(draft.slots)) == ("How high is the Eiffel Tower?", "names a source", 2)

    as_alice.post("/", form(**{"from": origin.public_id, "prompt": "How old is it?", "keep_image": "0", "judge": SMOL}))

    fork = Run.objects.exclude(pk=origin.pk).get()
    assert (fork.forked_from, fork.messages[-1].images) == (origin, (PICTURE,))
    assert [change.in_words() for change in fork.changes] == [
        "prompt changed (+1 −1 words)",  # noqa: RUF001
        "criteria changed (+0 −3 words)",  # noqa: RUF001
        "A temperature: 0.3 → 0.2",
        "B temperature: 0.3 → not set",
        f"judge: builtin/overlap → {SMOL}",
    ]


def test_page_shows_the_tree_with_what_changed(as_alice: Client, alice: User, local: Preset) -> None:
    origin = make_run(alice, "The origin", recipe=make_recipe())
    as_alice.post("/", form(**{"from": origin.public_id, "prompt": "The fork"}))
    fork = Run.objects.get(forked_from=origin)
    as_alice.post(f"/runs/{fork.public_id}/again/")

    page = as_alice.get(f"/runs/{fork.public_id}/").content.decode()

    tree = page[page.index('id="forks"') :]
    assert tree.index("The origin") < tree.index("This run") < tree.index("run again exactly")
    assert "prompt changed (+1 −1 words)" in tree  # noqa: RUF001
    assert 'id="forks"' not in as_alice.get(f"/runs/{make_run(alice).public_id}/").content.decode()
