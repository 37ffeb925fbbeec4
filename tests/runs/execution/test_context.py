"""Answers that do not fit the context of the judge or the writer are cut alike, and that is said."""

import json
import re

from apps.catalogue.models import Model
from apps.runs.reading.snapshot import take_snapshot

LONG = "Paris.\n\n" * 800


def test_writer_with_a_small_context_says_how_much_it_saw(bench, worker, upstream):
    writer = bench.model("writer", text="It is in Paris.")
    Model.objects.filter(reference=writer).update(context_length=3000)
    a, b = bench.model("a", text=LONG, piece_chars=800), bench.model("b", text=LONG, piece_chars=800)

    run = bench.finish(bench.start(a, b, bench.model("c", text="Paris."), writer=writer))

    coverage = run.answer_call.output.coverage
    assert coverage["A"] == coverage["B"] < coverage["C"] == 1
    sent = json.dumps(upstream.ledger("writer")[0]["body"])
    shown = [match[0].count("Paris.") for match in re.finditer(r"ANSWER ([AB]) \w+.*?END OF ANSWER \1", sent)]
    assert len(shown) == 2
    assert abs(sum(shown) - 1600 * coverage["A"]) < 5
    share = f"{100 * coverage['A']:.0f} %"
    assert f"The writer saw {share} of B; the rest did not fit its context." in take_snapshot(run).notices
