"""The rulings of a run: the form beside its analysis, which is kept as it is filled in."""

from contextlib import suppress

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.annotations.models import Ruling
from apps.annotations.rulings import MOST_RULINGS, BadRuling, RulingRequest
from apps.fusion.judging.findings import Finding
from apps.fusion.judging.topics import sides_of
from apps.fusion.vocabulary import SLOTS, FindingKind, RulingKind
from apps.runs import again
from apps.runs.models import Run
from apps.runs.reading.annotations import RulingSnapshot
from apps.runs.reading.settlements import settlements_of
from apps.runs.reading.snapshot import RunSnapshot, take_snapshot
from apps.web.formats import counted
from apps.web.requests import SignedInRequest, plain_text
from apps.web.run.views import for_editor

RULED = {FindingKind.CONTRADICTION: "Contradictions", FindingKind.CONSENSUS: "Consensus"}
"""The kinds of findings that the form has, with their headings."""


@for_editor
@never_cache
@require_safe
def rulings(request: SignedInRequest, run: Run) -> HttpResponse:
    """Render the form, filled in with the rulings that there are; fetched when somebody opens it."""
    return render_rulings(request, run)


@require_POST
@for_editor
def save(request: SignedInRequest, run: Run) -> HttpResponse:
    """Keep the rulings of the form, and say so; one that cannot be made is said, and the others are kept."""
    snapshot = take_snapshot(run)
    if str(snapshot.analysis_call) != request.POST.get("judge"):
        return render_state("The analysis has changed since. Close this part and open it again.", is_error=True)
    known = {ruling.finding: ruling for ruling in snapshot.rulings if ruling.finding}
    problems, findings = [], snapshot.analysis.findings if snapshot.analysis else ()
    for finding in findings:
        if finding.kind in RULED:
            problems += _save(request, run, finding, known.get(finding.id))
    problems += _save_whole(request, run, snapshot)
    if not request.htmx:
        return redirect(run)
    if problems:
        return render_state(" ".join(dict.fromkeys(problems)), is_error=True)
    count = len(take_snapshot(run).rulings)
    return render_state(f"Saved: {counted(count, 'ruling')}.")


def render_rulings(request: SignedInRequest, run: Run) -> HttpResponse:
    """Render the form with the rulings as they are, and what was looked up for them."""
    context = _context(take_snapshot(run)) | {"settlements": settlements_of(run)}
    return render(request, "run/rulings_form.html", context)


def _context(snapshot: RunSnapshot) -> dict[str, object]:
    if snapshot.analysis is None:
        raise Http404("There is no analysis to rule on.")
    known = {ruling.finding: ruling for ruling in snapshot.rulings if ruling.finding}
    groups = [
        (heading, [(one, sides_of(one), known.get(one.id)) for one in snapshot.analysis.findings if one.kind is kind])
        for kind, heading in RULED.items()
    ]
    return {
        "run": snapshot,
        "groups": [(heading, points) for heading, points in groups if points],
        "added": [ruling for ruling in snapshot.rulings if ruling.verdict is RulingKind.ADD],
        "remarks": [one for one in snapshot.rulings if one.verdict is RulingKind.COMMENT and not one.kind],
        "lost": [ruling for ruling in snapshot.rulings if not ruling.applies],
    }


def _save(request: HttpRequest, run: Run, finding: Finding, known: RulingSnapshot | None) -> list[str]:
    """Write, change or remove the ruling on one finding; return what is wrong with it, if something is."""
    chosen = request.POST.get(f"verdict-{finding.id}", "")
    text = plain_text(request.POST.get(f"text-{finding.id}", "")).strip()
    comment = plain_text(request.POST.get(f"comment-{finding.id}", "")).strip()
    verdict, _, letters = chosen.partition(":")
    if verdict not in list(RulingKind):
        verdict = RulingKind.COMMENT if comment else ""
    if not verdict:
        if known:
            _delete(run, known.id)
        return []
    right = tuple(letter for letter in letters if letter in SLOTS)
    wanted = RulingRequest(RulingKind(verdict), finding.id, right, text, comment)
    if known and _is_same(known, wanted):
        return []
    if wanted.verdict is RulingKind.STATEMENT and not text:
        return []  # it is being typed
    return _put(run, request, wanted)


def _save_whole(request: HttpRequest, run: Run, snapshot: RunSnapshot) -> list[str]:
    """Keep the points that are added, one a line, and the remark on the whole; what is there already stays."""
    added = [line.strip() for line in plain_text(request.POST.get("added", "")).split("\n") if line.strip()]
    if len(added) > MOST_RULINGS:  # each of them would be tried
        return [f"A run has at most {MOST_RULINGS} rulings. Add fewer points."]
    remark = plain_text(request.POST.get("remark", "")).strip()
    wanted = dict.fromkeys(
        [(RulingKind.ADD, text) for text in added] + ([(RulingKind.COMMENT, remark)] if remark else [])
    )
    whole = {(one.verdict, one.text or one.comment): one.id for one in snapshot.rulings if not one.kind}
    for key in whole.keys() - wanted.keys():
        _delete(run, whole[key])
    problems = []
    for verdict, text in (key for key in wanted if key not in whole):
        is_added = verdict is RulingKind.ADD
        new = RulingRequest(verdict, text=text if is_added else "", comment="" if is_added else text)
        problems += _put(run, request, new)
    return problems


def _put(run: Run, request: HttpRequest, wanted: RulingRequest) -> list[str]:
    try:
        again.put_ruling(run, request.user, wanted)  # type: ignore[arg-type]
    except BadRuling as error:
        return [error.sentence]
    return []


def _delete(run: Run, ruling_id: int) -> None:
    with suppress(Ruling.DoesNotExist):  # another press has removed it
        again.delete_ruling(run, ruling_id)


def _is_same(known: RulingSnapshot, wanted: RulingRequest) -> bool:
    text = wanted.text if wanted.verdict is RulingKind.STATEMENT else ""
    mine = (known.verdict, known.right, known.text, known.comment)
    return mine == (wanted.verdict, tuple(sorted(wanted.right)), text, wanted.comment)


def render_state(sentence: str, *, is_error: bool = False) -> HttpResponse:
    """Return what became of a form that is kept as it is filled in, for the line below it."""
    response = HttpResponse(sentence, content_type="text/plain; charset=utf-8")
    response["FusionWeb-Refused" if is_error else "FusionWeb-Saved"] = "true"
    return response
