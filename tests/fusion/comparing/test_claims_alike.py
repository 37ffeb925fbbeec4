"""The same words are no agreement where one sentence takes back what the other says."""

import pytest

from apps.fusion.comparing.overlap import overlap
from apps.fusion.comparing.passages import supporters
from apps.fusion.vocabulary import FindingKind

TAKEN_BACK = [
    ("The dough rises without salt.", "The dough rises with salt."),
    ("Der Teig geht ohne Salz auf.", "Der Teig geht mit Salz auf."),
    ("The bridge is no longer open to cars.", "The bridge is open to cars."),
    ("Le pont n'est plus ouvert aux voitures.", "Le pont est ouvert aux voitures."),
    ("Il n'y a plus de lait dans le frigo.", "Il y a du lait dans le frigo."),
    ("The drug might be safe for children.", "The drug is safe for children."),
    ("Le médicament est peut-être sûr pour les enfants.", "Le médicament est sûr pour les enfants."),
    ("The shop is seldom open.", "The shop is open."),
    ("The claim that the drug is safe is false.", "The drug is safe."),
    ("It is a myth that bats are blind.", "Bats are blind."),
]
SAME = [
    ("The act passed on 2 May 2003.", "The act passed on 05/02/2003."),
    ("Das Gesetz wurde am 2. Mai 2003 beschlossen.", "Das Gesetz wurde im Mai 2003 beschlossen."),
    ("Das Gesetz wurde am 2. Mai 2003 beschlossen.", "Das Gesetz wurde am 02.05.2003 beschlossen."),
    ("The act passed on May 2nd, 2003.", "The act passed on 2 May 2003."),
    ("La loi date du 2 mai 2003.", "La loi date du 02/05/2003."),
]


def kinds(pair):
    return {finding.kind for finding in overlap(dict(zip("AB", pair, strict=True))).findings}


@pytest.mark.parametrize("pair", TAKEN_BACK)
def test_what_one_sentence_takes_back_is_no_consensus_and_no_support(pair):
    assert FindingKind.CONSENSUS not in kinds(pair)
    for claim, said in (pair, pair[::-1]):
        assert [passage.slots for passage in supporters(claim, {"A": said})] == [()]


@pytest.mark.parametrize("pair", SAME)
def test_month_is_no_negation_and_no_doubt(pair):
    assert kinds(pair) == {FindingKind.CONSENSUS}
