"""Lists that a judge calls empty in words: they are empty, and no finding is called "None"."""

import json

import pytest

from apps.fusion.judging.check_reply import parse_check
from apps.fusion.judging.empty_words import is_empty_word
from apps.fusion.judging.reply import NOTHING_FOUND, parse_reply
from apps.fusion.vocabulary import AnalysisStatus

ANSWERS = {"A": "The tower is 330 m tall.", "B": "It is 330 m tall."}
LISTS = ("consensus", "contradictions", "partial_coverage", "unique_insights", "blind_spots")
POINT = {"point": "It is 330 m tall", "support": [{"answer": "A", "quote": "330 m"}, {"answer": "B", "quote": "330 m"}]}
REPLY = {**{name: [] for name in LISTS}, "consensus": [POINT]}


def parse(reply):
    return parse_reply(json.dumps(reply), ANSWERS, {"A": "A", "B": "B"}, "maker/judge")


NOTHING = (
    "None|none.|N/A|**None**|(none)|Nothing|None identified.|No contradictions found.|No contradictions|Keine.|"
    "There are no major conflicts between the answers.|No gaps were identified|Keine gefunden|Aucun|Нет|无|なし"
)
SOMETHING = (
    "|None of the answers names its architect|No source is given|Nonesuch|Nothing on its weight|No|Na|"
    "No gap is left between the bricks of the wall|There is no agreement on the height|Keine nennt die Höhe"
)


@pytest.mark.parametrize("text", NOTHING.split("|"))
def test_words_for_nothing_are_known(text):
    assert is_empty_word(text)


@pytest.mark.parametrize("text", SOMETHING.split("|"))
def test_words_that_say_something_stay(text):
    assert not is_empty_word(text)


@pytest.mark.parametrize(
    "list_of_none",
    [
        {"blind_spots": ["None"]},
        {"blind_spots": "None identified."},
        {"contradictions": [{"topic": "None", "stances": []}]},
        {"contradictions": ["No contradictions found."]},
        {"contradictions": "None"},
        {"partial_coverage": [{"point": "N/A", "support": []}]},
        {"unique_insights": [{"answer": "A", "insight": "None", "quote": ""}]},
        {"unique_insights": {"A": "None", "B": "N/A"}},
        {"best_as_is": [{"answer": "None", "reason": "Neither is complete."}]},
    ],
)
def test_list_that_is_empty_in_words_has_no_findings_and_loses_nothing(list_of_none):
    analysis = parse({**REPLY, **list_of_none})

    assert [finding.text for finding in analysis.findings] == ["It is 330 m tall"]
    assert "Left out" not in analysis.note
    assert analysis.agreement.score == 1


def test_reply_that_is_empty_in_words_found_nothing():
    analysis = parse({**REPLY, "consensus": [{"point": "None", "support": []}], "blind_spots": ["None"]})

    assert (analysis.status, analysis.note, analysis.findings) == (AnalysisStatus.OK, NOTHING_FOUND, ())


def test_answer_that_is_none_is_a_point_and_a_bottom_line():
    answers = {"A": "It has none of them: None", "B": "x"}
    said = {"answer": "A", "quote": "None of them"}
    reply = {**REPLY, "consensus": [{"point": "None", "support": [{**said, "quote": "none of them"}]}]}
    reply["bottom_lines"] = [{"answer": "A", "bottom_line": "None", "quote": ""}]

    analysis = parse_reply(json.dumps(reply), answers, {"A": "A", "B": "B"}, "maker/judge")

    assert [line.text for line in analysis.bottom_lines] == ["None"]
    assert [finding.text for finding in analysis.findings] == ["None"]


def test_quote_that_is_none_is_no_quote():
    reply = {**REPLY, "unique_insights": [{"answer": "A", "insight": "It speaks of a tower", "quote": "N/A"}]}

    analysis = parse(reply)

    assert analysis.findings[-1].evidence[0].quote == ""
    assert analysis.grounding.quotes == 2


@pytest.mark.parametrize("said", ["None", "No issues found."])
def test_check_that_is_empty_in_words_found_nothing(said):
    raw = json.dumps({"findings": [said]})

    assert parse_check(raw, "x", ANSWERS, {"A": "A"}, "maker/judge").findings == ()
