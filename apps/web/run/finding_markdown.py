"""A finding as Markdown to be copied: its words, who holds it, and the quotes. Pure."""

from collections.abc import Iterable

from apps.fusion.vocabulary import QuoteState
from apps.web.run.agreement import Contradiction, Point, Quote
from apps.web.run.answer_check import CheckedPoint


def finding_markdown(finding: Point | Contradiction | CheckedPoint) -> str:
    """Return a finding as its models wrote it, not escaped: a paragraph or list, each quote as one of Markdown's."""
    match finding:
        case Contradiction():
            return "\n".join([f"**{_line(finding.topic)}**", "", *_stances(finding)])
        case CheckedPoint():
            head = f"**{finding.fault.capitalize()}:** {_line(finding.text)}" if finding.fault else _line(finding.text)
            return "\n\n".join([_held(head, (finding.slot,)), *_blocks(finding.quotes)])
        case Point() if finding.is_own_words:
            return _held(f"“{_line(finding.text)}”", finding.slots)
        case Point():
            return "\n\n".join([_held(_line(finding.text), finding.slots), *_blocks(finding.quotes)])


def _stances(finding: Contradiction) -> Iterable[str]:
    for stance in finding.stances:
        yield f"- {', '.join(stance.slots)}: {_line(stance.words)}".rstrip()
        for quote in stance.quotes:
            if quote.text:
                yield f"  - {_quoted(quote)}"


def _blocks(quotes: Iterable[Quote]) -> Iterable[str]:
    for quote in quotes:
        if quote.text:
            yield f"> {_quoted(quote)}"


def _quoted(quote: Quote) -> str:
    """Return a quote by whom it is of; words that differ from the judge's are those of the answer."""
    words = quote.source if quote.state is QuoteState.SIMILAR else quote.text
    doubt = " (not found in the answer)" if quote.state is QuoteState.UNVERIFIED else ""
    return f"{quote.slot or 'The answer'}: “{_line(words)}”{doubt}"


def _held(text: str, slots: Iterable[str]) -> str:
    letters = ", ".join(slot for slot in slots if slot)
    return f"{text} ({letters})" if letters else text


def _line(text: str) -> str:
    """Return a text in one line, so that it stays inside its paragraph, item or quote."""
    return " ".join(text.split())
