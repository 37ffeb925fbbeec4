"""Everything that Alice owns, each thing with one word in it that no page of anybody else may show."""

from dataclasses import dataclass, fields
from typing import Any

from django.db import connection
from django.utils import timezone

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.accounts.models import ApiKey, User
from apps.annotations.models import BlindVote
from apps.batches.actions import BatchRequest, RowRequest, create_batch, create_request_batch
from apps.batches.models import Batch, BatchDelivery, BatchFile, BatchState, PromptTemplate
from apps.batches.templates import create_template
from apps.catalogue.models import CriteriaSet, Model, Preset, Provider, SavedCalibration, SavedRule, ToolServer
from apps.catalogue.recipes.calibrations import save_calibration
from apps.catalogue.recipes.presets import create_preset
from apps.catalogue.recipes.rules import save_rule
from apps.fusion.blind_votes import BlindVerdict, VotedAnswer
from apps.fusion.files import PromptFile
from apps.fusion.routing import RoutingRule
from apps.fusion.values import Calibration, Message
from apps.fusion.vocabulary import FindingKind, MarkKind, Role
from apps.runs import actions, marks
from apps.runs.lifecycle.lookups import add_files
from apps.runs.models import BulkChange, Call, DeliveryStatus, Run, SavedSearch, Share, WebhookDelivery
from apps.runs.reading.threads import conversation_after
from apps.runs.sharing import Terms
from tests.factories import SMOL, make_local_preset, make_model, make_provider, make_recipe, make_run, make_user
from tests.web.run_factories import make_finished_run

SECRET = "quince"
PICTURE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJg"
    "gg=="
)


@dataclass(frozen=True)
class World:
    """Rows of Alice's, and for comparison what is the site's."""

    run: Run
    turn: Run
    """A run that follows it."""
    call: Call
    judge: Call
    share: Share
    key: ApiKey
    preset: Preset
    criteria: CriteriaSet
    rule: SavedRule
    calibration: SavedCalibration
    provider: Provider
    model: Model
    site_provider: Provider
    site_model: Model
    tool_server: ToolServer
    template: PromptTemplate
    batch: Batch
    file: BatchFile
    request_batch: Batch
    search: SavedSearch
    change: BulkChange
    """A tag of the turn."""
    binned: Run
    admin_secret: str
    """The key with which Alice's programs may do everything."""

    @property
    def names(self) -> dict[str, Any]:
        """Return these objects by the names that addresses and bodies use."""
        return {
            "run": self.run.public_id,
            "turn": self.turn.public_id,
            "call": self.call.pk,
            "judge": self.judge.pk,
            "kind": FindingKind.CONSENSUS.value,
            "share": self.share.pk,
            "code": self.share.code,
            "key": self.key.pk,
            "preset": self.preset.slug,
            "criteria": self.criteria.pk,
            "rule": self.rule.pk,
            "calibration": self.calibration.pk,
            "provider": self.provider.slug,
            "model": self.model.pk,
            "reference": self.model.reference,
            "site_provider": self.site_provider.slug,
            "site_model": self.site_model.pk,
            "tool_server": self.tool_server.slug,
            "template": self.template.public_id,
            "batch": self.batch.public_id,
            "file": self.file.public_id,
            "request_batch": self.request_batch.public_id,
            "search": self.search.pk,
            "change": self.change.pk,
            "binned": self.binned.public_id,
        }

    def as_stored(self) -> dict[str, str]:
        """Return the rows that there are as the database has them now, to see whether somebody changed one.

        A run's ``needs_indexing`` is left out: the sweep of a worker that lives beside the test sets it back. So are
        the ``views`` of a share, which count its readers. All are read at once: every address is asked about twice.
        """
        rows = [getattr(self, field.name) for field in fields(self) if field.name != "admin_secret"]
        asked = " UNION ALL ".join(
            f"SELECT '{type(row).__name__} {row.pk}', to_jsonb(found) - 'needs_indexing' - 'views' "
            f"FROM {row._meta.db_table} found WHERE id = {row.pk}"
            for row in rows
        )
        with connection.cursor() as cursor:
            cursor.execute(asked)
            return dict(cursor.fetchall())


def make_world(alice: User) -> World:
    """Give Alice one of everything; her provider and preset are her team's, not the site's."""
    make_local_preset()
    team = alice.personal_team
    site_provider = make_provider("shared", "Shared", is_from_environment=False)
    provider = make_provider(SECRET, f"{SECRET} lab", is_from_environment=False, team=team)
    notes = PromptFile(name=f"{SECRET}.txt", media_type="text/plain", size=9, sha256="ab" * 32, text=f"A {SECRET}.")
    question = Message(role="user", text=f"Is a {SECRET} a pear?", images=(PICTURE,), files=(notes,))
    run = make_finished_run(alice, prompt=question.text, messages=[question])
    run.thread = run.public_id
    run.save()
    add_files(run)
    asked = Message(role="user", text=f"Or is a {SECRET} an apple?")
    place = {"parent": run, "thread": run.thread, "ancestors": [run.pk]}
    turn = make_finished_run(alice, prompt=asked.text, messages=[*conversation_after(run), asked], **place)
    key, secret = api_keys.make_key(alice, f"{SECRET} script", [Scope.ADMIN])
    answers = (VotedAnswer(call=1, model=f"{SECRET}/{SECRET}-1", is_chosen=True), VotedAnswer(call=2, model=SMOL))
    BlindVote.objects.create(run=turn, author=alice, verdict=BlindVerdict.BEST, answers=answers)
    told = f"https://{SECRET}.example"
    WebhookDelivery.objects.create(run=run, url=told, site="", status=DeliveryStatus.DELIVERED)
    line = f'{{"custom_id": "{SECRET}", "url": "/v1/chat/completions", "body": {{}}}}'
    version = create_template(alice, f"{SECRET} template", f"Is a {SECRET} a pear?")
    wanted = BatchRequest(recipe=make_recipe(), version=version, repetitions=2)
    file = BatchFile.objects.create(owner=alice, team=team, name=f"{SECRET}.jsonl", text=line)
    about = {"about": SECRET}
    requests = create_request_batch(key, "/v1/chat/completions", file, [RowRequest("one", {})], about, "")
    requests.state = BatchState.PAUSED  # or a worker that lives beside the test would carry it on
    requests.save(update_fields=["state"])
    batch = create_batch(alice, wanted)
    BatchDelivery.objects.create(batch=batch, url=told, site="", status=DeliveryStatus.DELIVERED)
    return World(
        run=run,
        turn=turn,
        call=run.calls.filter(role=Role.PANEL).first(),
        judge=run.calls.get(role=Role.JUDGE),
        share=actions.share_run(run, terms=Terms(embed_origins=("https://embedder.example",))),
        key=key,
        preset=create_preset(alice, f"{SECRET} panel", make_recipe()),
        criteria=CriteriaSet.objects.create(owner=alice, team=team, name=f"{SECRET} rules", text="Cite the orchard."),
        calibration=save_calibration(alice, f"{SECRET} calibration", Calibration(task=f"{SECRET} sums")),
        rule=save_rule(alice, RoutingRule(name=f"{SECRET} rule", words=("orchard",), model="local/smollm2-135m")),
        provider=provider,
        model=make_model(provider, f"{SECRET}-1", price_input=0, price_output=0),
        site_provider=site_provider,
        site_model=make_model(site_provider, "open-1", price_input=0, price_output=0),
        tool_server=ToolServer.objects.create(slug="orchard", name="Orchard", url="http://127.0.0.1:1/mcp"),
        template=version.template,
        batch=batch,
        file=file,
        request_batch=requests,
        search=SavedSearch.objects.create(owner=alice, name=f"{SECRET} runs", query=SECRET),
        binned=make_run(alice, f"Is a {SECRET} a plum?", binned_at=timezone.now()),
        change=marks.change_marks(alice, MarkKind.TAG, SECRET, [turn.public_id]),
        admin_secret=secret,
    )


def make_people() -> dict[str, User]:
    """Create Alice, who owns; Bob, a colleague without a right yet; Charlie, a stranger; and root, an administrator."""
    people = {name: make_user(name) for name in ("alice", "bob", "charlie")}
    return {**people, "root": User.objects.create(username="root", is_staff=True, is_superuser=True)}
