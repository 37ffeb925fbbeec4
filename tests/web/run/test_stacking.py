"""Answer and findings side by side, or each as wide as the page: chosen as the page is opened."""

import pytest

from apps.accounts.models import User
from apps.fusion.vocabulary import Status
from apps.web.run.stacking import FEW_LINES, LINE, is_stacked
from tests.calls import change_output
from tests.web.run.test_page import page_of
from tests.web.run_factories import make_finished_run, make_run_with_findings

pytestmark = pytest.mark.usefixtures("local")


@pytest.mark.parametrize(
    ("text", "findings", "stacked"),
    [
        ("Short.", 5, True),
        ("Short.", 1, False),
        ("\n".join(["- a point"] * FEW_LINES), 5, True),
        ("\n".join(["- a point"] * (FEW_LINES + 1)), 5, False),
        ("x" * LINE * FEW_LINES, 5, False),
    ],
)
def test_few_lines_beside_many_findings_are_stacked(alice: User, text: str, findings: int, stacked: bool) -> None:
    run = make_run_with_findings(alice, findings)
    change_output(run.answer_call, text=text)

    assert is_stacked(page_of(run).run) is stacked


def test_run_without_an_answer_is_stacked_once_it_has_ended(alice: User) -> None:
    run = make_finished_run(alice)
    run.answer_call, run.answer_kind, run.status = None, None, Status.FAILED
    run.save()

    assert is_stacked(page_of(run).run)


def test_run_at_work_keeps_its_layout(alice: User) -> None:
    run = make_run_with_findings(alice, 5)
    run.status, run.ended_at = Status.RUNNING, None
    run.save()

    assert not is_stacked(page_of(run).run)
