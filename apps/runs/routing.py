"""The choice of whom to ask, before a run begins: by a person's rules, their rated prompts, or the question's form."""

from collections.abc import Iterable, Mapping, Sequence

from apps.accounts.models import User
from apps.catalogue.recipes.rules import route_by_own_rules
from apps.fusion.prompting.tool_turns import question_of
from apps.fusion.routing import Feature, Question, Route, route_by_opinions
from apps.fusion.tools import ToolSet
from apps.fusion.values import AnswerFormat, Message, SlotSpec
from apps.runs.reading.rated_prompts import rated_prompts


def question_in(
    messages: Sequence[Message],
    tools: ToolSet | None = None,
    answer_format: AnswerFormat | None = None,
    key: str = "",
    tags: Iterable[str] = (),
) -> Question:
    """Return the question that a conversation ends with, as rules see it."""
    found = {
        Feature.IMAGES: any(message.images for message in messages),
        Feature.TOOLS: bool(tools and tools.tools),
        Feature.SCHEMA: answer_format is not None and answer_format.json_schema is not None,
        Feature.FILE: any(message.files for message in messages),
    }
    features = frozenset(feature for feature, is_there in found.items() if is_there)
    text = question_of(messages) or (messages[-1].text if messages else "")
    return Question(text=text, features=features, key=key, tags=tuple(tags))


def tags_in(metadata: Mapping[str, str]) -> tuple[str, ...]:
    """Return the tags that a request's metadata names, behind ``tags``, with commas between."""
    return tuple(tag for tag in (part.strip() for part in metadata.get("tags", "").split(",")) if tag)


def choose_route(user: User, question: Question, panel: Sequence[SlotSpec]) -> Route:
    """Return who is asked a question of this person's that was to go to this panel, and why."""
    by_rule, remark = route_by_own_rules(user, question, len(panel))
    chosen = by_rule or _by_opinions(user, question, panel)
    return chosen.model_copy(update={"reason": f"{remark} {chosen.reason}"}) if remark else chosen


def _by_opinions(user: User, question: Question, panel: Sequence[SlotSpec]) -> Route:
    is_open = len(panel) > 1 and Feature.TOOLS not in question.features
    return route_by_opinions(question, [spec.model for spec in panel], rated_prompts(user) if is_open else ())
