"""Topics: whether findings of two analyses are about the same thing."""

import pytest

from apps.fusion.judging.findings import Evidence, Finding
from apps.fusion.judging.topics import find_topic, is_same_topic, sides_of
from apps.fusion.values import Side
from apps.fusion.vocabulary import FindingKind


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Height of the tower", "height of the tower.", True),
        ("Height of the tower", "The height of the tower", True),
        ("Height of the tower in metres", "The tower's height in metres", True),
        ("Height of the tower", "Year of the opening", False),
        ("It opened in 1889", "It opened in 1887", False),
        ("It is safe for children", "It is not safe for children", False),
        ("Es ist sicher für Kinder", "Es ist nicht sicher für Kinder", False),
        ("", "", True),
        ("", "Height", False),
    ],
)
def test_topics_are_the_same_only_with_equal_figures_and_negations(one, other, same):
    assert is_same_topic(one, other) is same
    assert is_same_topic(other, one) is same


def test_topic_is_found_among_findings_of_its_kind_the_very_wording_first():
    findings = (
        Finding(id="c-1", kind=FindingKind.CONSENSUS, text="Height of the tower"),
        Finding(id="k-1", kind=FindingKind.CONTRADICTION, text="The height of the tower"),
        Finding(id="k-2", kind=FindingKind.CONTRADICTION, text="Height of the tower"),
    )

    assert find_topic(findings, FindingKind.CONTRADICTION, "height of the tower").id == "k-2"
    assert find_topic(findings[:2], FindingKind.CONTRADICTION, "height of the tower").id == "k-1"
    assert find_topic(findings, FindingKind.BLIND_SPOT, "height of the tower") is None


def test_sides_are_grouped_however_a_stance_is_spelt():
    evidence = (
        Evidence(slot="C", stance="330 m"),
        Evidence(slot="B", stance="300 m"),
        Evidence(slot="A", stance="330 M"),
    )
    finding = Finding(id="k-1", kind=FindingKind.CONTRADICTION, text="Height", evidence=evidence)

    assert sides_of(finding) == (Side(stance="330 m", slots=("A", "C")), Side(stance="300 m", slots=("B",)))
