"""The OpenAPI document is attacked by schemathesis, and the reference page shows all of it."""

from copy import deepcopy

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from apps.api.reference import operations

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# It writes statuses as texts into what it is given, and the reference page shows the same document.
document = schemathesis.openapi.from_dict(deepcopy(operations.document()))


def test_every_operation_tells_how_it_refuses() -> None:
    paths = operations.document()["paths"]
    told = {f"{verb} {path}": one["responses"] for path, verbs in paths.items() for verb, one in verbs.items()}

    assert [name for name, responses in told.items() if 400 not in responses and "400" not in responses] == []


@document.parametrize()
@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_breaks_the_api(case, panel, base_url, admin_key) -> None:
    case.headers = {**(case.headers or {}), "Authorization": f"Bearer {admin_key}"}
    if isinstance(case.body, dict) and case.path.startswith("/v1/"):
        case.body.pop("stream", None)

    answer = case.call(base_url=base_url, timeout=120)

    case.validate_response(answer, checks=CHECKS)
