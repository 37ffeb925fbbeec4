"""Runs that are made from another one: what they take over, what is kept of it, and who may see the others."""

import pytest

from apps.accounts.models import User
from apps.catalogue.models import Model
from apps.catalogue.recipes.resolve import UnknownModel
from apps.fusion.caching import CacheSettings
from apps.fusion.changes import SetUpChange
from apps.fusion.tools import ToolSet
from apps.fusion.values import AnswerFormat, LayersSettings, Message, Parameters
from apps.fusion.vocabulary import EarlierAnswers, StrategyName
from apps.runs import actions, forks
from apps.runs.models import Run
from apps.runs.reading.forks import MOST_BESIDE, MOST_STEPS, fork_tree
from apps.runs.reading.queries import find_run, history
from apps.runs.reading.redaction import for_strangers
from apps.runs.reading.snapshot import take_snapshot
from apps.runs.starting import InvalidRun, Lineage
from tests.factories import GEMMA, SMOL, make_local_models, make_recipe, make_run, make_user

PICTURE = "data:image/png;base64,AA=="
CONVERSATION = (
    Message(role="system", text="Be brief."),
    Message(role="user", text="Hello"),
    Message(role="assistant", text="Fused hello"),
    Message(role="user", text="How high is it?", images=(PICTURE,)),
)


@pytest.fixture
def alice(db: None, valkey_url: str) -> User:
    make_local_models()
    return make_user("alice")


def forked(owner: User, origin: Run | None, *changes: str, **values: object) -> Run:
    told = tuple(SetUpChange(what="judge", before=SMOL, after=after) for after in changes)
    return make_run(owner, forked_from=origin, changes=told, **values)


def test_run_again_is_sent_and_asked_with_everything_as_it_was(alice: User) -> None:
    parent = make_run(alice, "Hello", thread="hello")
    recipe = make_recipe(criteria="Is it so?", answer_format=AnswerFormat(type="json_object"))
    origin = make_run(
        alice,
        parent=parent,
        ancestors=[parent.pk],
        thread="hello",
        recipe=recipe,
        messages=CONVERSATION,
        tools=ToolSet(),
        earlier_answers=EarlierAnswers.OWN,
        own_answers={"A": ("Own hello",), "B": (None,)},
    )

    again = forks.run_again(alice, find_run(alice, origin.public_id))

    again.refresh_from_db()
    same = ("messages", "recipe", "tools", "parent", "earlier_answers", "own_answers", "ancestors")
    assert {name: getattr(again, name) for name in same} == {name: getattr(origin, name) for name in same}
    assert (again.forked_from, again.changes) == (origin, ())
    assert again.thread == again.public_id  # a branch: the origin goes on with the thread
    assert sorted(call.slot for call in again.calls.all()) == ["A", "B"]


def test_run_again_reuses_no_answer_and_tells_the_day_anew(alice: User) -> None:
    recipe = make_recipe().model_copy(update={"cache": CacheSettings(ttl_s=60), "today": "2020-02-28"})

    again = forks.run_again(alice, make_run(alice, recipe=recipe))

    assert (again.recipe.cache, again.cache_key, again.recipe.today > "2026") == (None, "", True)
    assert again.changes == ()


def test_run_again_goes_without_the_turn_before_once_that_is_deleted(alice: User) -> None:
    own = {"A": ("Own hello",), "B": (None,)}
    origin = make_run(alice, messages=CONVERSATION, earlier_answers=EarlierAnswers.OWN, own_answers=own)

    again = forks.run_again(alice, origin)

    assert (again.parent, again.own_answers, again.earlier_answers) == (None, own, EarlierAnswers.OWN)


def test_run_again_refuses_a_model_that_is_gone_and_a_prompt_that_is_too_long(alice: User, settings) -> None:
    origin = make_run(alice, recipe=make_recipe())
    settings.PROMPT_LIMIT = 5
    with pytest.raises(InvalidRun):
        forks.run_again(alice, origin)

    Model.objects.filter(reference=GEMMA).update(is_available=False)
    with pytest.raises(UnknownModel):
        forks.run_again(alice, origin)
    assert Run.objects.count() == 1


def test_fork_keeps_what_changed_when_its_origin_is_deleted(alice: User) -> None:
    origin = make_run(alice)
    other = (Message(role="user", text="How high is the Louvre?"),)
    fork = actions.start_run(alice, other, make_recipe(SMOL, SMOL, GEMMA), Lineage(origin=origin))
    assert [change.in_words() for change in fork.changes] == [
        "prompt changed (+1 −2 words)",  # noqa: RUF001
        f"column A added: {SMOL}",
    ]
    assert [run.pk for run in history(alice, f"fork-of:{origin.public_id}").runs] == [fork.pk]

    actions.delete_run(origin)

    fork.refresh_from_db()
    assert (fork.forked_from, len(fork.changes)) == (None, 2)
    assert history(alice, f"fork-of:{origin.public_id}").runs == []
    assert history(alice, "fork-of:any").runs == []
    tree = fork_tree(fork, alice)
    assert (tree.is_orphan, tree.is_alone) == (True, False)


def test_search_finds_forks_of_a_run_and_their_opposite(alice: User) -> None:
    origin = make_run(alice, "Origin")
    fork = forked(alice, origin)
    forked(alice, fork)

    def titles(query: str) -> list[int]:
        return [run.pk for run in history(alice, query).runs]

    assert titles(f"fork-of:{origin.public_id}") == [fork.pk]
    assert titles("-fork-of:any") == [origin.pk]
    assert len(titles("fork-of:any")) == 2


def test_tree_has_origins_siblings_and_forks_that_may_be_read(alice: User, django_assert_max_num_queries) -> None:
    first = make_run(alice, "First")
    second = forked(alice, first, GEMMA)
    run = forked(alice, second)
    sibling, fork, foreign = forked(alice, second), forked(alice, run), forked(make_user("charlie"), run)

    with django_assert_max_num_queries(6):
        tree = fork_tree(run, alice)

    assert (tree.origins, tree.siblings, tree.forks) == ((first, second), (sibling,), (fork,))
    assert (tree.is_cut, tree.is_orphan) == (False, False)
    assert tree.names == {SMOL: "SmolLM2 135M", GEMMA: "Gemma 3 270M (base)"}
    assert foreign not in tree.forks


def test_tree_of_a_run_without_relatives_takes_one_query(alice: User, django_assert_num_queries) -> None:
    run = make_run(alice)

    with django_assert_num_queries(1):
        assert fork_tree(run, alice).is_alone


def test_tree_is_bounded_above_and_beside(alice: User) -> None:
    run = make_run(alice)
    for _ in range(MOST_STEPS + 2):
        run = forked(alice, run)
    forks_of = [forked(alice, run) for _ in range(MOST_BESIDE + 3)]

    tree = fork_tree(run, alice)

    assert (len(tree.origins), tree.is_cut, tree.is_orphan) == (MOST_STEPS, True, False)
    assert ([fork.pk for fork in tree.forks], tree.more_forks) == ([one.pk for one in forks_of[3:]], 3)


def test_tree_ends_at_an_origin_in_the_bin(alice: User) -> None:
    origin = make_run(alice)
    run = forked(alice, origin)
    Run.objects.filter(pk=origin.pk).update(binned_at=origin.created_at)

    tree = fork_tree(run, alice)

    assert (tree.origins, tree.is_orphan) == ((), True)


def test_snapshot_names_the_origin_and_strangers_are_not_told(alice: User) -> None:
    origin = make_run(alice)
    snapshot = take_snapshot(forked(alice, origin, GEMMA))

    assert (snapshot.forked_from, len(snapshot.changes)) == (origin.public_id, 1)
    assert (for_strangers(snapshot).forked_from, for_strangers(snapshot).changes) == (None, ())


def test_settings_that_no_form_shows_are_taken_over(alice: User) -> None:
    origin = make_recipe(SMOL, GEMMA, strategy=StrategyName.LAYERS, answer_format=AnswerFormat(type="json_object"))
    assert isinstance(origin.settings, LayersSettings)
    punished = origin.panel[0].model_copy(update={"parameters": Parameters(temperature=1, frequency_penalty=0.5)})
    layers = origin.settings.model_copy(update={"layers": 3})
    origin = origin.model_copy(update={"panel": (punished, origin.panel[1]), "settings": layers})

    recipe = forks.with_hidden_settings(make_recipe(SMOL, SMOL, strategy=StrategyName.LAYERS), origin)

    assert (recipe.seed, recipe.answer_format) == (origin.seed, origin.answer_format)
    assert isinstance(recipe.settings, LayersSettings)
    assert recipe.settings.layers == 3
    assert recipe.panel[0].parameters == Parameters(temperature=0.3, frequency_penalty=0.5)
    assert recipe.panel[1].parameters == Parameters(temperature=0.3)
