"""The settlements of a run: which point each looked up, what it found with its sources, and what became of that."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Any

from apps.annotations.models import Decision
from apps.catalogue.queries import models_called, models_seen_by
from apps.fusion.citations import vendor_marked
from apps.fusion.frozen import Value
from apps.fusion.lookup_steps import SourceRef
from apps.fusion.prompting.settlement import is_settled
from apps.fusion.vocabulary import CitationOrigin, DecisionKind, QuoteState, Role, Status
from apps.runs.models import Call, Citation, LookupStep, Run, ToolUse


class SettlementState(StrEnum):
    """States of a settlement. ``unsettled``: the sources do not decide; ``unsourced``: the reply names none."""

    RUNNING = "running"
    FAILED = "failed"
    UNSETTLED = "unsettled"
    UNSOURCED = "unsourced"
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DROPPED = "dropped"


class CitedSource(SourceRef):
    """A source that a settlement cites; ``state`` says whether what it is cited for stands there.

    With the ``origin`` `vendor` the model's vendor names it, and nothing of it may have been read here.
    """

    state: QuoteState
    origin: CitationOrigin = CitationOrigin.TEXT

    @property
    def words(self) -> str:
        """Say what was found of the words that it is cited for."""
        if self.state is not QuoteState.UNVERIFIED:
            return "words found there"
        is_named = self.origin is CitationOrigin.VENDOR
        return "named by the model’s vendor, not read here" if is_named else "words not found there"

    @property
    def href(self) -> str:
        """The address to link to, '' for one that no browser should follow."""
        return self.url if self.url.lower().startswith(("https://", "http://")) else ""


class Settlement(Value):
    """A settlement. ``finding`` is an id in the analysis of the call ``judge``, and ``topic`` its wording.

    ``text`` is what is proposed, without what the model wrote before it looked; ``sentence`` says why it failed, and
    ``faults`` which look-ups gave nothing, a sentence each. ``cost`` is USD.
    """

    call: int
    judge: int | None
    finding: str
    topic: str
    model: str
    label: str
    state: SettlementState
    text: str = ""
    sources: tuple[CitedSource, ...] = ()
    sentence: str = ""
    faults: tuple[str, ...] = ()
    cost: Decimal | None = None
    decision: DecisionKind | None = None


def settlements_of(run: Run) -> list[Settlement]:
    """Return the settlements of a run, oldest first."""
    calls = list(run.calls.with_output().filter(role=Role.SETTLEMENT).order_by("pk"))
    if not calls:
        return []
    ids = [call.pk for call in calls]
    decisions = dict(Decision.objects.filter(call__in=ids).values_list("call", "kind"))
    steps, faults, cited = defaultdict(list), defaultdict(list), defaultdict(list)
    for step in LookupStep.objects.filter(call__in=ids).order_by("number"):
        steps[step.call_id].append(step.text)
    for use in ToolUse.objects.filter(call__in=ids, status=Status.FAILED).order_by("step", "ordinal"):
        faults[use.call_id].append(use.sentence)
    for one in Citation.objects.filter(call__in=ids, source__isnull=False).select_related("source").order_by("start"):
        cited[one.call_id].append(one)
    judges = {one.pk: one for one in Call.objects.with_output().filter(pk__in=[i for c in calls for i in c.inputs])}
    models = models_called(call.model for call in calls)
    if run.imported_at:
        models = models_seen_by(run.owner, models)
    return [
        _settlement(
            call,
            judge=next((judges[one] for one in call.inputs if one in judges), None),
            label=models[call.model].label if call.model in models else call.model,
            text=_without(vendor_marked(call.output.text, cited[call.pk]), steps[call.pk]),
            sources=_sources(cited[call.pk]),
            faults=tuple(dict.fromkeys(faults[call.pk])),
            decision=decisions.get(call.pk),
        )
        for call in calls
    ]


def settlement_document(settlement: Settlement) -> dict[str, Any]:
    """Return a settlement as JSON."""
    return settlement.model_dump(mode="json", exclude={"label"})


def _settlement(call: Call, judge: Call | None, decision: DecisionKind | None, **values: Any) -> Settlement:
    finding = call.guidance.finding if call.guidance else ""
    analysis = judge.output.analysis if judge else None
    topic = next((one.text for one in (analysis.findings if analysis else ()) if one.id == finding), "")
    return Settlement(
        call=call.pk,
        judge=judge.pk if judge else None,
        finding=finding,
        topic=topic,
        model=call.model,
        state=_state(call, decision, values["text"], values["sources"]),
        sentence=call.failure.sentence if call.failure else "",
        cost=call.cost,
        decision=decision,
        **values,
    )


def _state(call: Call, decision: DecisionKind | None, text: str, sources: tuple[CitedSource, ...]) -> SettlementState:
    if not call.status.is_final:
        return SettlementState.RUNNING
    if decision is not None:
        return SettlementState(decision)
    if call.status is not Status.DONE:
        return SettlementState.FAILED
    if not is_settled(text):
        return SettlementState.UNSETTLED
    return SettlementState.PROPOSED if sources else SettlementState.UNSOURCED


def _without(text: str, before: Iterable[str]) -> str:
    """Return a text without what was written before each look-up, which stands at its beginning."""
    for part in before:
        text = text.strip().removeprefix(part.strip())
    return text.strip()


def _sources(citations: Iterable[Citation]) -> tuple[CitedSource, ...]:
    """Return each cited source once; verified if one of its citations is."""
    found: dict[int, CitedSource] = {}
    for cited in citations:
        source = cited.source
        known = found.get(cited.number)
        if source is None or (known and known.state is QuoteState.VERIFIED):
            continue
        if known is None or cited.state is QuoteState.VERIFIED:
            found[cited.number] = CitedSource(**source.ref.model_dump(), state=cited.state, origin=cited.origin)
    return tuple(found[number] for number in sorted(found))
