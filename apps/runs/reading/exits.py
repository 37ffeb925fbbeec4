"""Why a run ended, and how far its answer can be trusted, read from what its strategy did: the same form for each.

No figure stands alone: each comes with what it means and on how much it rests. Agreement, preference and support are
what models say of models, and said to be that.
"""

from typing import Any

from apps.fusion.confidence import certificate_of, confidence_words
from apps.fusion.exits import (
    Confidence,
    ConfidenceBasis,
    EndReason,
    RunExit,
    reason_of_vote,
    share_of_vote,
    words_of_vote,
)
from apps.fusion.strategies.critique import LEAST_CHANGE, ROUNDS
from apps.fusion.text_diff import changed_share
from apps.fusion.vocabulary import AnswerKind, ClaimLabel, Status, StrategyName, VoteResult
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.claims import claims_of
from apps.runs.reading.contests import contest_of
from apps.runs.reading.critiques import rounds_of
from apps.runs.reading.snapshot import RunSnapshot

NOT_MEASURED = "How often such an answer is right was not measured"
ALIKE = "models may err alike"


def exit_of(run: RunSnapshot) -> RunExit | None:
    """Return why a run ended and what is known of its answer; ``None`` while it is live."""
    if not run.is_final:
        return None
    reason, sentence = _reason(run)
    return RunExit(reason=reason, sentence=sentence, confidence=_confidence(run, reason))


def end_beside_vote(run: RunSnapshot) -> RunExit | None:
    """Return the end of a run with an answer that no vote decided: of one that did, the ballot says the same."""
    is_voted = run.ballot is not None and run.answer_kind in (AnswerKind.VOTED, AnswerKind.ESCALATED)
    return None if is_voted or run.answer is None or run.cache_hit else exit_of(run)


def exit_document(run: RunSnapshot) -> dict[str, Any]:
    """Return the end of a run as the API and exports have it, ``None`` for each part while it is live."""
    found = exit_of(run)
    return {
        "exit_reason": found.reason.value if found else None,
        "exit_sentence": found.sentence if found else None,
        "confidence": found.confidence.model_dump(mode="json") if found else None,
    }


def _reason(run: RunSnapshot) -> tuple[EndReason, str]:
    if run.answer is None or (run.is_capped and run.failure):
        word = {Status.FAILED: EndReason.FAILED}.get(run.status, EndReason.STOPPED)
        sentence = run.failure.sentence if run.failure else "The run was stopped."
        return (EndReason.CAPPED if run.is_capped else word), sentence
    if run.cache_hit:
        return EndReason.REUSED, "The answer to an equal request was given again."
    if run.ballot and (
        run.answer_kind in (AnswerKind.VOTED, AnswerKind.ESCALATED)
        or (run.answer_kind is AnswerKind.FUSED and not run.ballot.result.is_decided)
    ):
        reason = reason_of_vote(run.ballot)
        return reason, words_of_vote(run.ballot, reason)
    if run.answer_kind is AnswerKind.BEST:
        return _of_contest(run)
    versions = {call.id for one in rounds_of(run) for call in (one.version, one.revision) if call}
    if run.answer.id in versions and run.answer_kind in (AnswerKind.REVISED, AnswerKind.AS_IS):
        return _of_critique(run)
    return _of_kind(run, run.answer)


def _of_kind(run: RunSnapshot, answer: CallSnapshot) -> tuple[EndReason, str]:
    """Return why a run ended whose answer was neither voted on nor compared nor reviewed."""
    total = len(run.columns)
    match run.answer_kind:
        case AnswerKind.AS_IS:
            return EndReason.CHOSEN, f"A person chose the answer of {answer.slot} as it is."
        case AnswerKind.CLOSEST:
            return EndReason.NO_WRITER, "No writer gave an answer, so the one closest to the others was taken."
        case AnswerKind.ONLY if run.is_as_planned:
            return EndReason.ANSWERED, run.strategy.answered
        case AnswerKind.ONLY if run.strategy.name is StrategyName.CRITIQUE:
            return EndReason.NOT_REVIEWED, "No review could be read, so the draft stands as it is."
        case AnswerKind.ONLY:
            return EndReason.ONLY_ANSWER, f"Only {answer.slot} of {total} gave a usable answer."
        case _:
            read = len({take.id for column in run.columns for take in column.takes} & set(answer.inputs))
            return EndReason.FUSED, f"{read} of {total} answers were read, and the writer’s text stands."


def _of_contest(run: RunSnapshot) -> tuple[EndReason, str]:
    found = contest_of(run)
    if found and found.contest.is_decided:
        return EndReason.PREFERRED, f"All pairs were compared, and {found.best} held its place to the end."
    return EndReason.NO_PREFERENCE, "No answer was preferred in both orders, so the one that was drawn first stands."


def _of_critique(run: RunSnapshot) -> tuple[EndReason, str]:
    rounds = rounds_of(run)
    last = next((one for one in reversed(rounds) if one.review.verdict), None)
    if last is None:
        return EndReason.NOT_REVIEWED, "No review could be read, so the draft stands as it is."
    revised = [one.revision for one in rounds if one.revision and one.revision.is_usable]
    if last.revision is None:
        return EndReason.NO_ISSUES, "The last review found no issue that asks for a revision."
    if not last.revision.is_usable:
        return EndReason.NOT_REVISED, "The last revision failed, so the text before it stands."
    if len(revised) >= ROUNDS:
        return EndReason.ROUNDS, f"The text was revised {ROUNDS} times, which is the most."
    if changed_share(last.version.text, last.revision.text) < LEAST_CHANGE:
        least = f"{100 * LEAST_CHANGE:.0f} %"
        return EndReason.LITTLE_CHANGED, f"The last revision changed less than {least} of the words."
    return EndReason.NOT_REVIEWED, "Nobody was left to review the revision."


def _confidence(run: RunSnapshot, reason: EndReason) -> Confidence:
    nothing = Confidence(basis=ConfidenceBasis.NOTHING, meaning="Nothing is known of how good this answer is.")
    if run.answer is None:
        return nothing.model_copy(update={"meaning": "There is no answer."})
    if reason is EndReason.REUSED:
        return nothing.model_copy(update={"meaning": "The run that the answer was given in first says how good it is."})
    if run.ballot and run.answer_kind in (AnswerKind.VOTED, AnswerKind.ESCALATED):
        return _in_vote(run)
    if run.answer_kind is AnswerKind.BEST and (found := contest_of(run)):
        pairs = found.contest.pairs
        won = sum(pair.winner == found.contest.best for pair in pairs)
        told = f"One model compared {_count(len(pairs), 'pair')} in both orders and preferred this answer in {won}"
        meaning = f"{told}. That is a preference, and no chance to be right."
        preferred = won / len(pairs) if pairs else None
        return Confidence(basis=ConfidenceBasis.PAIRS, meaning=meaning, n=len(pairs), share=preferred)
    if reviews := [one for one in rounds_of(run) if one.review.verdict]:
        return _in_reviews(run, len(reviews))
    claims = claims_of(run)
    if claims and claims.support and claims.support.id in run.answer.inputs and claims.claims:
        backed = claims.counts[ClaimLabel.SUPPORTED]
        told = f"Another answer supports {backed} of {_count(len(claims.claims), 'claim')}, and none denies them"
        meaning = f"{told}. Supported is not true: {ALIKE}."
        return Confidence(basis=ConfidenceBasis.CLAIMS, meaning=meaning, n=len(claims.claims), share=claims.precision)
    agreed = run.analysis.agreement if run.analysis else None
    if run.answer_kind in (AnswerKind.FUSED, AnswerKind.CLOSEST) and agreed and agreed.score is not None:
        read = "; they had read each other" if run.strategy.name is StrategyName.LAYERS else ""
        share, points = f"{100 * agreed.score:.0f} %", _count(agreed.items, "point")
        told = f"The answers take the same side in {share} of the cases, over {points}"
        meaning = f"{told}{read}. {NOT_MEASURED}; {ALIKE}."
        return Confidence(basis=ConfidenceBasis.AGREEMENT, meaning=meaning, n=agreed.items, share=agreed.score)
    if run.answer_kind in (AnswerKind.ONLY, AnswerKind.AS_IS):
        alone = "nobody else was asked" if len(run.columns) == 1 else "no other answer backs it"
        others = "the others were not counted" if len(run.usable) > 1 else alone
        return nothing.model_copy(update={"meaning": f"It is the answer of one model: {others}. {NOT_MEASURED}."})
    return nothing


def _in_vote(run: RunSnapshot) -> Confidence:
    """Return the confidence in an answer that was voted on: what is certified or measured, else how many gave it."""
    ballot = run.ballot
    if ballot is None:
        raise ValueError("The run has no vote.")
    if certificate := certificate_of(ballot, run.recipe):
        words, share = confidence_words(ballot, run.recipe), 1 - certificate.alpha
        return Confidence(basis=ConfidenceBasis.CERTIFICATE, meaning=words, n=certificate.accepted, share=share)
    if ballot.composed and ballot.result is VoteResult.FIELDS:
        decided, fields = ballot.composed.decided, ballot.composed.fields
        meaning = f"A majority agrees on {decided} of {_count(fields, 'field')}. {NOT_MEASURED}; {ALIKE}."
        return Confidence(basis=ConfidenceBasis.VOTES, meaning=meaning, n=fields, share=decided / max(fields, 1))
    if ballot.result is VoteResult.TIE_BROKEN:
        model = next((spec.model for spec in run.recipe.panel if spec.slot == ballot.winner), "")
        calibration = getattr(run.recipe.settings, "calibration", None)
        if record := calibration.record_of(model) if calibration else None:
            meaning = f"{ballot.winner} decided a tie: it was right on {record.correct} of {record.items} items."
            share = record.correct / record.items
            return Confidence(basis=ConfidenceBasis.ACCURACY, meaning=meaning, n=record.items, share=share)
    votes = len(ballot.winning.votes) if ballot.winning else 0
    told = f"{votes} of {_count(ballot.members, 'member')} gave this final answer" if votes else "No other gave it"
    meaning = f"{told}. {NOT_MEASURED}; {ALIKE}."
    return Confidence(basis=ConfidenceBasis.VOTES, meaning=meaning, n=ballot.members, share=share_of_vote(ballot))


def _in_reviews(run: RunSnapshot, count: int) -> Confidence:
    issues = [pair for one in rounds_of(run) for pair in one.issues]
    accepted = sum(bool(decision and decision.accepted) for _, decision in issues)
    found = (
        f"found {_count(len(issues), 'issue')}, of which the author accepted {accepted}" if issues else "found nothing"
    )
    meaning = f"{_count(count, 'review')} by another model {found}. {NOT_MEASURED}."
    return Confidence(basis=ConfidenceBasis.REVIEWS, meaning=meaning, n=count)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
