"""The request of a run, beside which the rules read its answers: in a comparison by words, and in a judge's."""

import pytest

from apps.fusion.vocabulary import Role

ASKED = "Is Toronto the capital of Canada?"
YES = "It is the largest city there. Toronto is the capital."
NO = "Toronto is the largest city there. No, it is Ottawa."


@pytest.mark.parametrize("reply", [None, '{"consensus": [], "contradictions": [], "bottom_lines": []}'])
def test_answers_are_read_beside_the_request_of_their_run(bench, worker, reply):
    judge = reply and bench.model("judge", text=reply)

    run = bench.finish(bench.start(bench.model("a", text=YES), bench.model("b", text=NO), prompt=ASKED, judge=judge))

    analysis = run.calls.filter(role=Role.JUDGE).latest("take").output.analysis
    assert [pair.concluded for pair in analysis.agreement.pairs] == [False]
