"""The same words in another order: the reverse where two things trade places, and the same where one only moves."""

import pytest

from apps.fusion.comparing.overlap import overlap
from apps.fusion.comparing.passages import supporters
from apps.fusion.vocabulary import FindingKind

REVERSED = [
    ("Anna beat Berta in the final.", "Berta beat Anna in the final."),
    ("The dog bit the man.", "The man bit the dog."),
    ("Spain exports more oil than Italy.", "Italy exports more oil than Spain."),
    ("Anna and Berta beat Clara.", "Clara and Berta beat Anna."),
    ("The train runs from Oslo to Bonn.", "The train runs from Bonn to Oslo."),
    ("The rate rose from 5 to 9 percent.", "The rate rose from 9 to 5 percent."),
    ("Add the sugar, then the flour.", "Add the flour, then the sugar."),
    ("Spain defeated France in 2008.", "Spain was defeated by France in 2008."),
    ("Spain was defeated by France.", "France was defeated by Spain."),
    ("Berta clearly beat Anna in the final match.", "Anna beat Berta in the final match."),
    ("La lettre fut écrite par Anna à Berta.", "La lettre fut écrite par Berta à Anna."),
    ("Der Hund beißt den Mann.", "Der Mann beißt den Hund."),
    ("Das Team von Berg schlug das Team von Klee.", "Das Team von Klee schlug das Team von Berg."),
    ("Le chat mange la souris.", "La souris mange le chat."),
    ("甲队打败了乙队。", "乙队打败了甲队。"),
]
SAME = [
    ("Spain defeated France in 2008.", "France was defeated by Spain in 2008."),
    ("The tower stands in Paris.", "In Paris stands the tower."),
    ("In 1990 the firm moved to Bonn.", "The firm moved to Bonn in 1990."),
    ("Paris and London have a metro.", "London and Paris have a metro."),
    ("Oslo, Bonn and Rome have a metro.", "Rome, Bonn and Oslo have a metro."),
    ("The song was written by Lee and Wright.", "It is a song written by Lee and Wright."),
    ("In cold water, Ray swims a mile in 16 minutes.", "Ray swims a mile in 16 minutes when the water is cold."),
    ("New York, Cape Town and Rome have a metro.", "Rome, Cape Town and New York have a metro."),
]


def kinds(pair):
    return {finding.kind for finding in overlap(dict(zip("AB", pair, strict=True))).findings}


@pytest.mark.parametrize("pair", REVERSED)
def test_things_that_trade_places_are_no_consensus_and_no_support(pair):
    assert kinds(pair) == set()
    assert [passage.slots for passage in supporters(pair[0], {"A": pair[1]})] == [()]


@pytest.mark.parametrize("pair", SAME)
def test_words_that_only_move_say_the_same(pair):
    assert kinds(pair) == {FindingKind.CONSENSUS}
