"""The texts of what a person asks of a judge or writer: instructions, and rulings on points of an analysis.

A person's own words stand outside the fences and are to be followed. The wording of a point comes from models, so it
stands inside a fence, as data, and the instructions name it by its number.
"""

from collections.abc import Iterable, Sequence

from apps.fusion.prompting.fencing import fence_for, fenced
from apps.fusion.values import Guidance, JudgedSettings, Message, Recipe, Ruling
from apps.fusion.vocabulary import PromptStyle, Role, RulingKind

_INSTRUCTIONS = """\
Further instructions by the person who asked, to be followed beside the task above:
{instructions}"""

_RULINGS = """\
The person who asked has ruled on points of this material. Their rulings are final: follow each of them, also against
what most answers say, and do not mention that there was a ruling. The points are listed as data between two lines that
carry the mark {fence}; the rulings below name them by number.

{points}

Rulings:
{rulings}"""


def guidance_of_recipe(recipe: Recipe, role: Role) -> Guidance:
    """Return what a recipe asks of its judge, or whoever compares in its place, or its writer.

    Criteria are for the judge alone, a panel has neither.
    """
    settings = recipe.settings
    if role.urgency is Role.JUDGE:
        instructions = settings.judge_instructions if isinstance(settings, JudgedSettings) else ""
        return Guidance(criteria=recipe.criteria, instructions=instructions)
    if role.urgency is Role.SYNTHESIS and isinstance(settings, JudgedSettings):
        return Guidance(instructions=settings.writer_instructions)
    return Guidance()


def with_guidance(
    messages: Sequence[Message],
    instructions: str,
    rulings: Sequence[Ruling] = (),
    style: PromptStyle = PromptStyle.CHAT,
) -> tuple[Message, ...]:
    """Return the messages with instructions and rulings at the end of the last one, unchanged where there are none."""
    text = guidance_text(messages, instructions, rulings, style)
    if not text:
        return tuple(messages)
    last = messages[-1]
    return (*messages[:-1], last.model_copy(update={"text": f"{last.text}\n\n{text}"}))


def guidance_text(
    messages: Sequence[Message],
    instructions: str,
    rulings: Sequence[Ruling] = (),
    style: PromptStyle = PromptStyle.CHAT,
) -> str:
    """Return the text that :func:`with_guidance` adds, '' for none; ``messages`` are those whose fences it avoids."""
    parts = []
    if rulings:
        parts.append(_rulings(messages, rulings) if style is PromptStyle.CHAT else _plain_rulings(rulings))
    if instructions.strip():
        own = instructions.strip()
        parts.append(_INSTRUCTIONS.format(instructions=own) if style is PromptStyle.CHAT else own)
    return "\n\n".join(parts)


def _rulings(messages: Sequence[Message], rulings: Sequence[Ruling]) -> str:
    about = [ruling for ruling in rulings if ruling.point]
    numbers = {id(ruling): number for number, ruling in enumerate(about, 1)}
    points = "\n".join(f"{numbers[id(ruling)]}. {_point(ruling)}" for ruling in about)
    fence = fence_for([points, *(message.text for message in messages), *(ruling.text for ruling in rulings)])
    lines = [f"- {line}" for ruling in rulings for line in _lines(ruling, numbers.get(id(ruling)))]
    return _RULINGS.format(
        fence=fence,
        points=fenced("POINTS", points, fence) if points else "(no points of the material)",
        rulings="\n".join(lines),
    )


def _point(ruling: Ruling) -> str:
    """Return a point with its sides on one line, so that no part of it looks like a line of the prompt."""
    sides = "; ".join(f"{side.stance} ({', '.join(side.slots)})" for side in ruling.sides)
    return " ".join(f"{ruling.point}{f': {sides}' if sides else ''}".split())


def _lines(ruling: Ruling, number: int | None) -> Iterable[str]:
    name = f"Point {number}" if number else "The answer as a whole"
    own = " ".join(ruling.text.split())
    match ruling.verdict:
        case RulingKind.SIDE:
            held = " and ".join(ruling.right)
            plural = len(ruling.right) > 1
            yield f"{name}: what {held} {'say' if plural else 'says'} is right. State it as settled."
        case RulingKind.STATEMENT:
            yield f"{name}: none of the sides counts. The right statement is: {own}"
        case RulingKind.IMMATERIAL:
            yield f"{name}: it does not matter. Leave it out, or name it in passing without taking a side."
        case RulingKind.DROP:
            yield f"{name}: leave it out. It must not stand in the answer."
        case RulingKind.ADD:
            yield f"State this as well, as a point that all hold: {own}"
        case RulingKind.COMMENT:
            pass
    if ruling.comment.strip():
        yield f"{name}, remark: {' '.join(ruling.comment.split())}"


def _plain_rulings(rulings: Sequence[Ruling]) -> str:
    """Return rulings as plain sentences: a small model would repeat fences, and numbers of points."""
    sentences = []
    for ruling in rulings:
        point = " ".join(ruling.point.split()).rstrip(".:")
        picked = next((side.stance for side in ruling.sides if set(side.slots) & set(ruling.right)), "")
        right = " ".join((ruling.text or picked).split())
        if ruling.verdict in (RulingKind.DROP, RulingKind.IMMATERIAL):
            sentences.append(f"Leave out: {point}.")
        elif right:
            sentences.append(f"It is settled{f' on {point}' if point else ''}: {right}")
        if ruling.comment.strip():
            sentences.append(" ".join(ruling.comment.split()))
    return "\n".join(sentences)
