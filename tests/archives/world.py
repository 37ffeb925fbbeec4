"""Everything that a person can keep, one of each kind at least, and archives of it for tests to change."""

import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from apps.accounts.models import User
from apps.annotations.models import Decision, Rating, Ruling
from apps.archives.export import write_archive
from apps.archives.importing import Imported, import_archive, to_one
from apps.batches.actions import BatchRequest, create_batch
from apps.batches.models import Batch, BatchFile, BatchRow, BatchState, PromptTemplate
from apps.batches.templates import change_template, create_template, note_filled
from apps.catalogue.models import CriteriaSet, Preset, SavedCalibration
from apps.catalogue.recipes.calibrations import save_calibration
from apps.catalogue.recipes.presets import change_preset, create_preset
from apps.catalogue.recipes.rules import save_rule
from apps.fusion.caching import CacheHit
from apps.fusion.judging.findings import Stability
from apps.fusion.lookup_steps import LookupSettings, SourceRef
from apps.fusion.output_checks import CheckResult
from apps.fusion.ratings import RatingReason, Thumb
from apps.fusion.routing import RoutingRule
from apps.fusion.tools import ToolCall, VendorData
from apps.fusion.value_tables import ValueTable
from apps.fusion.values import Attempt, Calibration, Guidance, Message
from apps.fusion.vocabulary import (
    Billing,
    CitationOrigin,
    DecisionKind,
    FindingKind,
    QuoteState,
    Role,
    RulingKind,
    Status,
    StrategyName,
    VoteResult,
)
from apps.fusion.voting import Ballot
from apps.runs.models import (
    Assessment,
    Citation,
    Evidence,
    Finding,
    LookupStep,
    Run,
    SavedSearch,
    SentRequest,
    Source,
    ToolUse,
)
from tests.calls import change_output
from tests.factories import SMOL, make_recipe, make_run
from tests.votes import make_vote
from tests.web.run_factories import make_analysis, make_call, make_finished_run

PNG_URL = "data:image/png;base64,iVBORw0KGgowMDAwMDAwMDAwMDAwMDAwMDAwMA=="
MORNING = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


def make_whole_run(owner: User, **values: Any) -> Run:
    """Create a run with rows in every table of an archive, and with everything that names calls by their keys."""
    messages = [Message(role="system", text="Be short."), Message(role="user", text="How high?", images=(PNG_URL,))]
    run = make_finished_run(owner, messages=messages, **values)
    answer, judge = run.answer_call, run.analysis_call
    assert answer
    assert judge
    panel = list(run.calls.filter(role=Role.PANEL).order_by("slot"))
    run.recipe = run.recipe.model_copy(update={"web": LookupSettings()})
    run.ballot = Ballot(result=VoteResult.MAJORITY, winner="A", calls={call.slot: call.pk for call in panel})
    run.tags, run.note, run.is_starred, run.metadata = ["tower", "<b>"], "To be read <again>.", True, {"job": "7"}
    run.agreement, run.contradictions, run.cost = 0.4, 1, Decimal("0.010500")
    run.save()
    other = make_call(run, Role.JUDGE, take=2, inputs=judge.inputs, guidance=Guidance(beside=judge.pk), text="{}")
    analysis = make_analysis({call.slot: call.output.text for call in panel})
    stability = Stability(orders=2, found={"k1": 2}, calls=(judge.pk, other.pk))
    change_output(judge, analysis=analysis.model_copy(update={"stability": stability}))
    tool_call = ToolCall(id="t1", name="look", arguments="{}")
    change_output(panel[0], tool_calls=(tool_call,), vendor_data=VendorData(dialect="anthropic", content=({"a": 1},)))
    change_output(answer, coverage={"A": 1.0})
    failed = Attempt(model=SMOL, started_at=run.created_at.timestamp(), billing=Billing.NOT_BILLED, http_status=503)
    lost = make_call(run, slot="D", status=Status.CANCELLED, text="Half an", attempts=(failed,))
    SentRequest.objects.create(call=judge, model=SMOL, messages=(0, 1, Message(role="user", text="Judge.")), schema={})
    LookupStep.objects.create(call=panel[0], number=1, text="I look.", is_done=True)
    source = Source.objects.create(run=run, number=1, url="https://tower.test/", title="The <tower>", text="330 metres")
    ref = SourceRef(number=1, url=source.url, title=source.title)
    use = {"tool_id": "a", "name": "web_search", "arguments": '{"query": "tower"}', "status": Status.DONE}
    ToolUse.objects.create(call=panel[0], step=1, ordinal=0, sources=(ref,), cost=Decimal("0.005"), **use)
    cited = {"number": 1, "quote": "330 metres", "state": QuoteState.VERIFIED, "origin": CitationOrigin.TEXT}
    Citation.objects.create(call=panel[0], source=source, start=3, end=9, source_start=0, source_end=10, **cited)
    finding = Finding.objects.create(call=judge, name="k1", kind=FindingKind.CONTRADICTION, ordinal=0, text="Height")
    Evidence.objects.create(finding=finding, slot="A", stance="330 m", quote="330 metres", span_start=2, span_end=9)
    Assessment.objects.create(call=judge, slot="A", criterion="accuracy", score=5, reason="Right.")
    say(run, owner)
    settlement = {"inputs": (judge.pk,), "guidance": Guidance(finding="k1"), "text": "It is 330 [1]."}
    settled = make_call(run, Role.SETTLEMENT, stage="settlement", **settlement)
    Decision.objects.create(run=run, author=owner, call=settled.pk, kind=DecisionKind.DROPPED)
    assert lost.pk
    return run


def say(run: Run, owner: User) -> None:
    """Rule on the contradiction, rate the answer, and vote."""
    right = {"verdict": RulingKind.SIDE, "right": ("A", "C"), "kind": FindingKind.CONTRADICTION}
    judge, answer = run.analysis_call_id, run.answer_call_id
    Ruling.objects.create(
        run=run, author=owner, judge=judge, finding="k1", topic="Height of the tower", comment="I measured.", **right
    )
    rating = {"thumb": Thumb.DOWN, "reasons": (RatingReason.WRONG,), "comment": "B is <right>."}
    Rating.objects.create(run=run, author=owner, call=answer, **rating)
    vote = make_vote(owner, SMOL, run=run)
    calls = list(run.calls.order_by("pk").values_list("pk", flat=True))
    vote.answers = tuple(one.model_copy(update={"call": call}) for one, call in zip(vote.answers, calls, strict=False))
    vote.save()


def make_everything(owner: User) -> Run:
    """Create one of each thing; return the run that has everything. Models and preset "local" are there."""
    version = create_template(owner, "Heights", "How high is {{thing}}?", "Be short.", "contains: m")
    change_template(version.template, "Heights", "How high is {{thing}} really?", "", "")
    whole = make_whole_run(owner)
    note_filled(whole, version, {"thing": "the tower"})
    follow = make_finished_run(owner, prompt="And in feet?")
    Run.objects.filter(pk__in=[whole.pk, follow.pk]).update(thread=whole.public_id)
    gone = make_run(owner)
    Run.objects.filter(pk=follow.pk).update(parent=whole, ancestors=[gone.pk, whole.pk])
    gone.delete()
    fork = make_finished_run(owner, forked_from=whole, cache_hit=CacheHit(run=whole.public_id, age_s=3))
    Run.objects.filter(pk=fork.pk).update(copy_of=whole)
    table = ValueTable(("thing",), ({"thing": "a"}, {"thing": "b"}))
    batch = create_batch(owner, BatchRequest(recipe=make_recipe(), version=version, table=table, name="Towers"))
    result = {"": (CheckResult(check="contains: m", passed=True, reason="It does."),)}
    BatchRow.objects.filter(batch=batch).update(status=Status.DONE, ended_at=MORNING, passed=True, results=result)
    BatchRow.objects.filter(batch=batch, number=1).update(run=fork)
    file = BatchFile.objects.create(owner=owner, team=owner.personal_team, name="in.jsonl", text="{}", size=2)
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.DONE, input_file=file, ended_at=MORNING)
    preset = create_preset(owner, "Legal questions", make_recipe())
    change_preset(preset, "Legal matters", make_recipe(SMOL), note="Shorter")
    CriteriaSet.objects.create(owner=owner, team=owner.personal_team, name="Sources", text="cites a source")
    save_calibration(owner, "Heights", Calibration(task="towers"))
    save_rule(owner, RoutingRule(name="Short", shorter_than=20, preset=preset.slug))
    save_rule(owner, RoutingRule(name="Long", words=("why",), strategy=StrategyName.FUSE))
    SavedSearch.objects.create(owner=owner, name="Towers", query="tag:tower")
    return whole


def archive_of(*owners: User) -> bytes:
    return b"".join(write_archive(owners))


def import_for(owner: User, archive: bytes, **bounds: Any) -> Imported:
    return import_archive(io.BytesIO(archive), to_one(owner), **bounds)


def entries_of(archive: bytes) -> dict[str, bytes]:
    with ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def packed(entries: dict[str, bytes], ways: Mapping[str, int] | None = None) -> bytes:
    """Return an archive with these entries, whatever they are, some of them packed in other ``ways`` of ZIP."""
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as made:
        for name, content in entries.items():
            made.writestr(name, content, (ways or {}).get(name, ZIP_DEFLATED))
    return file.getvalue()


def changed(archive: bytes, entry: str, change: Callable[[Any], Any], line: int = 1) -> bytes:
    """Return an archive in which a line of an entry is another; ``change`` gets its JSON and may change it in place."""
    entries = entries_of(archive)
    lines = entries[entry].splitlines(keepends=True) if entry.endswith("jsonl") else [entries[entry]]
    value = json.loads(lines[line - 1])
    value = change(value) or value
    lines[line - 1] = json.dumps(value).encode() + b"\n"
    return packed(entries | {entry: b"".join(lines)})


def empty(owner: User) -> None:
    """Delete everything that an archive of a person has."""
    for model in (Batch, BatchFile, PromptTemplate, Run, Preset, CriteriaSet, SavedCalibration, SavedSearch):
        model.objects.filter(owner=owner).delete()
    owner.routing_rules.all().delete()
