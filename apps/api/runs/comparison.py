"""The comparison of two to four runs, as the page has it."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router

from apps.api.auth import may_read, owner_of
from apps.api.errors import ApiError, not_found
from apps.api.runs.schemas import ComparisonDocument
from apps.api.schemas import with_errors
from apps.fusion.judging.findings import Finding
from apps.runs.models import Run
from apps.runs.reading.run_comparison import NotComparable, RunComparison, compare_runs
from apps.runs.reading.snapshot import RunSnapshot

router = Router(tags=["Runs"])


@router.get("/compare", auth=may_read, response=with_errors({200: ComparisonDocument}), summary="Compare runs")
def compare(
    request: HttpRequest,
    runs: Annotated[str, Query(max_length=200, examples=["k3Xw9Qp2LmZa,p7Rt2Vb9QsXe"])],
    base: Annotated[str, Query(max_length=20)] = "",
) -> Any:
    """Compare two to four runs, by ids with commas between them, with the `base`, which is the first unless named."""
    ids = [name.strip().replace("\x00", "") for name in runs.split(",") if name.strip()]
    try:
        found = compare_runs(owner_of(request), ids, base.replace("\x00", ""))
    except Run.DoesNotExist:
        raise not_found("run") from None
    except NotComparable as error:
        raise ApiError(400, "invalid_parameter", error.sentence, error.field) from None
    texts = [{"what": row.title, "texts": list(row.texts), "is_same": row.is_same} for row in found.texts]
    return {"base": found.baseline.id, "runs": [_run(found, run) for run in found.runs], "texts": texts}


def _run(found: RunComparison, run: RunSnapshot) -> dict[str, Any]:
    diff = found.findings(run)
    return {
        "id": run.id,
        "title": run.title,
        "figures": {figure.name: {"value": figure.value, "delta": figure.delta} for figure in found.figures(run)},
        "changes": [one.model_dump(mode="json") | {"text": one.in_words()} for one in found.changes(run)],
        "findings": {
            "gone": list(map(_finding, diff.gone)),
            "new": list(map(_finding, diff.new)),
            "stayed": [_finding(one) | {"id_here": other.id} for one, other in diff.stayed],
        },
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {"id": finding.id, "kind": finding.kind.value, "text": finding.text}
