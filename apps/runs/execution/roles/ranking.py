"""The role of a peer reviewer that ranks: put the other panellists' answers in order, without names."""

from dataclasses import replace
from typing import Any

from apps.catalogue.models import Model
from apps.fusion.judging.peer_reply import parse_ranking, ranking_schema
from apps.fusion.judging.reply import BadReply
from apps.fusion.opinions import Opinion
from apps.fusion.prompting.peer_review import RankingPrompt, ranking_prompt
from apps.fusion.values import Failure, Message
from apps.fusion.vocabulary import FailureCode, Status
from apps.runs.execution.inputs import answers_of, model_of, room_of, run_conversation
from apps.runs.execution.roles.role import Ahead, CallRole, Conclusion, once_for_model
from apps.runs.lifecycle.outcomes import Outcome
from apps.runs.models import Call


def messages(call: Call, model: Model) -> tuple[Message, ...]:
    """Return the others' answers under letters that are shuffled for this reviewer."""
    return _prompt_of(call, model).messages


def schema(call: Call, model: Model) -> dict[str, Any]:
    """Return the schema of a ranking of these letters."""
    return ranking_schema(sorted(_prompt_of(call, model).letters))


def conclude(call: Call, outcome: Outcome, _ahead: Ahead | None = None) -> Conclusion:
    """Read the ranking in a reply; one that is not exact fails the call with ``bad_reply``, and is not repaired."""
    if outcome.status is not Status.DONE:
        return Conclusion(outcome)
    try:
        order = parse_ranking(outcome.reply.text, _prompt_of(call, model_of(call, call.model)).letters)
    except BadReply as error:
        failure = Failure(code=FailureCode.BAD_REPLY, sentence=f"It gave no ranking that could be read. {error}")
        return Conclusion(replace(outcome, status=Status.FAILED, failure=failure))
    return Conclusion(outcome, verdict=Opinion(ranking=order))


@once_for_model
def _prompt_of(call: Call, model: Model) -> RankingPrompt:
    seed = f"ranking:{call.run.recipe.seed}:{call.slot}"
    room = room_of(model, run_conversation(call))
    return ranking_prompt(run_conversation(call), answers_of(call), seed, room, model.sees_images)


RANKING = CallRole(messages=messages, schema=schema, conclude=conclude)
