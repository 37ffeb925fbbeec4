"""The writer of claims is told which it may state, which it has to mark, and what denies the rest."""

from apps.fusion.opinions import Claim, ClaimEvidence, ClaimSource
from apps.fusion.prompting.claims import claims_text
from apps.fusion.prompting.prompts import Writer, writer_prompt
from apps.fusion.values import Message
from apps.fusion.vocabulary import ClaimStance

CONVERSATION = [Message(role="user", text="How high is the tower?")]
ANSWERS = {
    "A": "It is 330 m high. It is brown.",
    "B": "It is 300 m high. It opened in 1889.",
    "C": "It opened in 1889.",
}


def source(slot, quote):
    start = ANSWERS[slot].index(quote)
    return {"slot": slot, "quote": quote, "span": (start, start + len(quote))}


def claim(text, *slots, denied_by=""):
    quote = {"It is 330 m high.": "330 m", "It opened in 1889.": "in 1889", "It is brown.": "brown"}[text]
    evidence = (ClaimEvidence(**source(denied_by, "300 m"), stance=ClaimStance.CONTRADICTS),) if denied_by else ()
    return Claim(text=text, sources=tuple(ClaimSource(**source(slot, quote)) for slot in slots), evidence=evidence)


CLAIMS = (
    claim("It is 330 m high.", "A", denied_by="B"),
    claim("It opened in 1889.", "B", "C"),
    claim("It is brown.", "A"),
)
LISTED = """\
SUPPORTED:
- It opened in 1889. (B, C)
CONTRADICTED:
- It is 330 m high. (A) AGAINST: B says: 300 m
UNSUPPORTED:
- It is brown. (A)"""


def test_claims_stand_under_their_labels_with_what_denies_them():
    assert claims_text(CLAIMS) == LISTED
    assert claims_text(()) == ""


def test_writer_may_not_state_what_is_contradicted_and_marks_what_one_answer_says():
    with_claims, without = (
        writer_prompt(CONVERSATION, None, ANSWERS, Writer(), claims=claims).messages[-1].text for claims in (CLAIMS, ())
    )

    fenced = with_claims[with_claims.index("SUPPORTED:\n") :]
    assert fenced.startswith(LISTED)
    rules = " ".join(with_claims.partition("SUPPORTED:\n")[0].split())
    for rule in (
        "What is SUPPORTED you may use freely.",
        "What is UNSUPPORTED only one answer says: use it only where it is needed, and mark it as not confirmed.",
        "What is CONTRADICTED another answer denies: never state it as settled; say that it is disputed",
    ):
        assert rule in rules
    # Nobody is told of claims where there are none.
    assert "CLAIMS" not in without
