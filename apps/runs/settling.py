"""Settlements: a contradiction is looked up by one model, and a person decides on the ruling that it proposes."""

from collections.abc import Sequence

from django.db import transaction

from apps.accounts.models import User
from apps.annotations import rulings
from apps.annotations.models import Decision
from apps.annotations.rulings import RulingRequest
from apps.catalogue.lookup.site import web_settings
from apps.catalogue.models import Model
from apps.catalogue.queries import available_models, models_called
from apps.catalogue.recipes.estimates import RunEstimate
from apps.fusion.judging.findings import Analysis, Finding
from apps.fusion.judging.topics import find_topic
from apps.fusion.strategies.settlements import settlement_of
from apps.fusion.values import CallSpec
from apps.fusion.vocabulary import Builtin, DecisionKind, FindingKind, Role, RulingKind, Status
from apps.runs.again import check_models, estimate_specs, resume, settings_of_ended
from apps.runs.lifecycle.rows_to_events import state_of
from apps.runs.lifecycle.transitions import add_calls, locked_run
from apps.runs.models import Call, Run
from apps.runs.reading.settlements import Settlement, SettlementState, settlements_of
from apps.runs.starting import InvalidRun

SEARCH_IS_OFF = (
    "Web search is off. An administrator turns it on at Models, Web search; or choose a model that is set to its "
    "vendor’s own search."
)
FOUND_NOTHING = "This look-up proposes nothing: it found no source that decides the point. Write the ruling yourself."


def search_is_on() -> bool:
    """Return whether the site has a search engine. Without one only models that search natively can settle a point."""
    return web_settings().engine is not None


def models_that_settle(user: User | None) -> list[Model]:
    """Return the models of a person that can look a point up here: by the site's engine, or by their vendors' own."""
    is_on = search_is_on()
    return [one for one in available_models(user) if one.searches_natively or (is_on and one.looks_things_up)]


def settle(run: Run, finding: str, model: str, user: User | None = None) -> Call:
    """Ask one model to look up a contradiction of the analysis that counts; nothing follows its reply.

    Raises :class:`InvalidRun`, ``UnknownModel`` for a model that ``user`` may not ask, and ``Run.DoesNotExist``.
    """
    _check_model(model, user)
    with locked_run(run.pk, create_log=True) as change:
        spec = _spec(change.run, change.calls, finding, model)
        resume(change)
        return add_calls(change, [spec])[0]


def estimate_settlement(run: Run, finding: str, model: str, user: User | None = None) -> RunEstimate:
    """Return what :func:`settle` is likely to cost, its searches included. Raises where it would."""
    _check_model(model, user)
    calls = list(run.calls.with_output().order_by("pk"))
    return estimate_specs(run, calls, [_spec(run, calls, finding, model)])


def decide(run: Run, author: User, call_id: int, kind: DecisionKind, text: str | None = None) -> None:
    """Accept what a settlement proposes as a ruling, in the words of ``text`` if there are any, or drop it.

    The same decision twice is taken once. Raises ``Call.DoesNotExist`` if the run has no such settlement,
    :class:`InvalidRun` where there is nothing to decide, and ``BadRuling``.
    """
    with transaction.atomic():
        locked = Run.objects.select_for_update().get(pk=run.pk)
        found = next((one for one in settlements_of(locked) if one.call == call_id), None)
        if found is None:
            raise Call.DoesNotExist
        if found.decision is not None:
            if found.decision is not kind:
                raise InvalidRun(f"This proposal was {found.decision} already.", "call")
            return
        _check_decidable(found, kind)
        Decision.objects.create(run=locked, author=author, call=call_id, kind=kind)
        if kind is DecisionKind.ACCEPTED:
            analysis, judge = _analysis_of(locked)
            finding = _finding_for(found, analysis, judge)
            wanted = RulingRequest(RulingKind.STATEMENT, finding.id, text=found.text if text is None else text)
            rulings.put_ruling(locked.pk, author, wanted, analysis, judge)


def _check_decidable(found: Settlement, kind: DecisionKind) -> None:
    if found.state is SettlementState.RUNNING:
        raise InvalidRun("The point is still being looked up. Decide when it is done.", "call")
    if kind is DecisionKind.ACCEPTED and found.state is not SettlementState.PROPOSED:
        raise InvalidRun(FOUND_NOTHING, "call")


def _finding_for(found: Settlement, analysis: Analysis | None, judge: int | None) -> Finding:
    """Return the finding of the analysis that counts which a settlement is about, itself or its like."""
    findings = analysis.findings if analysis else ()
    if judge == found.judge:
        same = next((one for one in findings if one.id == found.finding), None)
    else:
        same = find_topic(findings, FindingKind.CONTRADICTION, found.topic)
    if same is None:
        raise InvalidRun("The analysis that counts has no such point. Choose the one that was looked up.", "call")
    return same


def _check_model(model: str, user: User | None) -> None:
    """Raise where a model cannot look things up here, or not for this person."""
    known = models_called([model]).get(model)
    if not (search_is_on() or (known and known.searches_natively)):
        raise InvalidRun(SEARCH_IS_OFF, "run")
    if model in list(Builtin):
        raise InvalidRun("Looking a point up needs a model that is connected.", "model")
    check_models([model or "?"], user)
    if known is not None and not known.looks_things_up:
        sentence = (
            f"{known.label} cannot look things up: it takes no tools, or is kept from the web. Choose another model."
        )
        raise InvalidRun(sentence, "model")


def _spec(run: Run, calls: Sequence[Call], finding: str, model: str) -> CallSpec:
    settings_of_ended(run)
    judge = next((call for call in calls if call.pk == run.analysis_call_id and call.output.analysis), None)
    findings = judge.output.analysis.findings if judge and judge.output.analysis else ()
    wanted = next((one for one in findings if one.id == finding), None)
    if judge is None or wanted is None:
        raise InvalidRun("The analysis has no such finding. It may have been made anew: reload it.", "finding")
    if wanted.kind is not FindingKind.CONTRADICTION:
        raise InvalidRun("Only a contradiction can be settled.", "finding")
    if any(_is_same(call, judge, finding) for call in calls):
        raise InvalidRun("This point is being looked up already.", "finding")
    return settlement_of(state_of(run, calls), judge.pk, finding, model)


def _is_same(call: Call, judge: Call, finding: str) -> bool:
    """Return whether a call is at work on this point."""
    is_of_point = call.guidance is not None and call.guidance.finding == finding and judge.pk in call.inputs
    return call.role is Role.SETTLEMENT and is_of_point and not call.status.is_final


def _analysis_of(run: Run) -> tuple[Analysis | None, int | None]:
    call = Call.objects.with_output().filter(pk=run.analysis_call_id or 0, status=Status.DONE).first()
    return (call.output.analysis, call.pk) if call else (None, None)
