"""The aligned answers of a run as a program reads them."""

from apps.runs.models import Run
from tests.api.runs.test_threads import QUESTION, run


def test_program_reads_the_words_and_spans_of_aligned_answers(panel, http) -> None:
    made = run(http, QUESTION)
    texts = dict(Run.objects.get(public_id=made["id"]).calls.filter(role="panel").values_list("pk", "output__text"))

    found = http.get(f"/api/v1/runs/{made['id']}/alignment").json()

    assert len(found["slots"]) > 1
    cells = [cell for row in found["rows"] for cell in row["cells"]]
    assert {cell["slot"] for cell in cells} == set(found["slots"])
    assert [cell["text"] for cell in cells] == [texts[cell["call"]][slice(*cell["span"])] for cell in cells]
    assert any(len(row["cells"]) > 1 for row in found["rows"])


def test_single_answer_has_nothing_to_be_aligned_with(panel, http) -> None:
    made = run(http, QUESTION, model="up/elm")

    found = http.get(f"/api/v1/runs/{made['id']}/alignment").json()

    assert found == {"slots": ["A"], "cut": [], "rows": []}
