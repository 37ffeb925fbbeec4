"""An archive names a model of somebody else's team: its reference is told, and nothing else of it."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.batches import actions
from apps.batches.actions import InvalidBatch
from apps.batches.models import Batch
from apps.fusion.sharing import Shown
from apps.runs import sharing
from apps.runs.lifecycle.search_rows import index_due_runs
from apps.runs.models import Run
from apps.runs.reading.export import export_json
from apps.runs.reading.leaderboard import leaderboard
from apps.runs.reading.searching.run_query import RunQuery
from apps.runs.reading.searching.search import search_runs
from apps.runs.reading.snapshot import take_snapshot
from tests.archives.world import archive_of, empty, entries_of, import_for, make_everything, packed
from tests.factories import SMOL, make_local_preset, make_model, make_provider, make_user

REFERENCE, LABEL, MAKER = "vault/n-9", "Nightjar Nine", "Moonlit Labs"


@pytest.fixture
def imported(alice: User) -> list[Run]:
    """Return Alice's runs out of an archive in which Bob's private model stands in place of hers."""
    make_local_preset()
    make_everything(alice)
    entries = entries_of(archive_of(alice))
    empty(alice)
    provider = make_provider("vault", "The vault", is_from_environment=False, team=make_user("bob").personal_team)
    make_model(provider, "n-9", reference=REFERENCE, label=LABEL, maker=MAKER, price_input=77)
    named = {name: content.replace(SMOL.encode(), REFERENCE.encode()) for name, content in entries.items()}
    import_for(alice, packed(named))
    return list(Run.objects.filter(owner=alice).order_by("pk"))


def found(user: User, text: str) -> int:
    return len(search_runs(user, RunQuery.parse(text, timezone.localdate())).runs)


def test_private_model_is_told_by_its_reference_alone(client: Client, alice: User, imported: list[Run]) -> None:
    client.force_login(alice)
    index_due_runs()
    alice.counts_imported = True
    pages = ["/runs/", "/leaderboard/", "/batches/", *(run.get_absolute_url() for run in imported)]
    pages += [f"/threads/{run.thread}/" for run in imported if run.thread]
    pages += [batch.get_absolute_url() for batch in Batch.objects.filter(owner=alice)]
    told = {page: client.get(page).content.decode() for page in pages}
    for run in imported:
        told[f"share {run}"] = json.dumps(sharing.share_run(run, Shown(system_prompt=True)).snapshot)
        told[f"json {run}"] = export_json(take_snapshot(run))
    told["leaderboard"] = json.dumps(leaderboard(alice).labels)

    assert [(name, word) for name, text in told.items() for word in (LABEL, MAKER, "The vault") if word in text] == []
    assert REFERENCE in told[imported[0].get_absolute_url()]
    assert REFERENCE in told["leaderboard"]
    assert [found(alice, text) for text in (f'model:"{LABEL}"', f'"{LABEL}"')] == [0, 0]
    assert found(alice, f"model:{REFERENCE}") > 0


def test_its_owner_and_runs_of_this_server_keep_the_label(alice: User, imported: list[Run]) -> None:
    Run.objects.filter(pk=imported[0].pk).update(imported_at=None)
    assert LABEL in export_json(take_snapshot(Run.objects.get(pk=imported[0].pk)))

    bob = User.objects.get(username="bob")
    Run.objects.filter(pk=imported[1].pk).update(owner=bob)
    assert LABEL in export_json(take_snapshot(Run.objects.get(pk=imported[1].pk)))
    Run.objects.filter(pk=imported[1].pk).update(needs_indexing=True)
    assert found(bob, f'model:"{LABEL}"') == 1


def test_batch_that_names_it_is_not_made_again(alice: User, imported: list[Run]) -> None:
    batch = Batch.objects.filter(owner=alice).exclude(recipe=None)[0]

    with pytest.raises(InvalidBatch, match=f"The model “{REFERENCE}” is not connected"):
        actions.repeat_batch(batch)
