"""Filters for a call on the run page: its figures in words, its text as HTML, what was parsed of a judge's reply."""

import json
from collections.abc import Sequence
from datetime import datetime

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator

from apps.catalogue.recipes.warnings import in_words
from apps.fusion.citations import vendor_marked
from apps.fusion.lookup_steps import Lookup
from apps.fusion.ratings import REASONS, RatingReason
from apps.fusion.values import Message, Side
from apps.fusion.vocabulary import AUTO, Builtin, CostSource, RulingKind, Status, WaitReason
from apps.markdown.inline import render_inline
from apps.markdown.rendering import MAX_CHARACTERS, render_markdown
from apps.runs.reading.annotations import RatingSnapshot, RulingSnapshot, rating_by
from apps.runs.reading.call_snapshot import BUILTIN_LABELS, AttemptSnapshot, CallSnapshot, Column
from apps.runs.reading.exits import end_beside_vote
from apps.runs.reading.lookups import SourceSnapshot
from apps.runs.reading.ruling_words import in_a_sentence, rating_in_words, reason_in_words
from apps.runs.reading.settlements import Settlement, SettlementState
from apps.runs.reading.snapshot import RunSnapshot
from apps.web import formats
from apps.web.run.agreement import parsed_json
from apps.web.run.call_words import is_builtin, title_in
from apps.web.run.citations import lookup_words, unsourced, with_citations, with_source_links
from apps.web.run.files import files_of
from apps.web.run.finding_markdown import finding_markdown
from apps.web.run.order_check import order_of
from apps.web.run.page import RunPage
from apps.web.run.stacking import is_stacked
from apps.web.run.turns import rendered, sources_of

register = template.Library()
QUESTION_CHARS = 800
"""Of a shared run's question above its answer: about six lines of a wide window."""
register.filter("parsed_json", parsed_json)
register.filter("is_builtin", is_builtin)
register.filter("title_in", title_in)
register.filter("in_words", in_words)
register.filter("percent", formats.percent)
register.filter("order_of", order_of)
register.filter("sources_of", sources_of)
register.filter("rendered", rendered)
register.filter("files_of", files_of)
register.filter("unsourced", unsourced)
register.filter("finding_markdown", finding_markdown)
register.filter("end_beside_vote", end_beside_vote)
register.filter("is_stacked", is_stacked)

COST_ORIGINS = {CostSource.REPORTED: "reported by the provider", CostSource.COMPUTED: "computed from prices"}


@register.filter
def as_html(call: CallSnapshot) -> SafeString:
    """Return the stored HTML; a text that has none, yet or since its worker was lost, is rendered now."""
    html = call.html if len(call.text) <= MAX_CHARACTERS else ""  # an older version stored texts of any length
    marked = vendor_marked(call.text, call.citations)
    # What its vendor names has no marks in a model's text, so it is rendered with some, each time it is shown.
    html = html if html and marked == call.text else render_markdown(marked)
    return mark_safe(with_citations(html, call.citations))  # noqa: S308 - both come from apps.markdown.rendering


@register.filter
def looked_up(lookup: Lookup) -> str:
    """Say what a look-up did."""
    return lookup_words(lookup)


@register.filter
def sources_words(sources: Sequence[SourceSnapshot]) -> str:
    """Say how many files and pages are the sources of a run."""
    files = sum(source.is_file for source in sources)
    pages = len(sources) - files
    said = [formats.counted(files, "file")] if files else []
    said += [f"{pages} found; each page is kept as it was when read"] if pages else []
    return ", ".join(said)


@register.filter
def file_words(source: SourceSnapshot) -> str:
    """Return the pages and the size of a source that is a file."""
    pages = [formats.counted(source.pages, "page")] if source.pages else []
    return ", ".join(["file of the prompt", *pages, formats.size_words(source.size or 0)])


@register.filter
def as_inline(text: str) -> SafeString:
    """Return a quote, a topic or a stance as HTML on one line, without raw marks of Markdown."""
    return mark_safe(render_inline(text))  # noqa: S308 - it comes from apps.markdown


@register.filter
def as_finding(text: str, run: RunSnapshot) -> SafeString:
    """Return a judge's words as HTML on one line, with a chip for each source of the run that they name."""
    marks = run.analysis.source_marks if run.analysis else ()
    html = with_source_links(render_inline(text), text, run.sources, marks)
    return mark_safe(html)  # noqa: S308 - it comes from apps.markdown


@register.filter
def cut(text: str) -> str:
    """Return a text as a page carries it: of a very long one the beginning, and where the rest is."""
    if len(text) <= MAX_CHARACTERS:
        return text
    return f"{text[:MAX_CHARACTERS]}\n\n[Cut here; the exports hold all {formats.counted(len(text), 'character')}.]"


@register.filter
def laid_out(arguments: str) -> str:
    """Return the arguments of a tool as JSON with a line for each; a text that is none, or too deep, as it is."""
    try:
        return json.dumps(json.loads(arguments), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return arguments


@register.filter
def tokens(call: CallSnapshot) -> str:
    """Return ``812 tokens``, ``≈ 812 tokens`` if the figure is ours, '' if unknown."""
    written = call.usage.output_tokens
    if written is None:
        return ""
    return f"{'≈ ' if call.usage.estimated else ''}{formats.counted(written, 'token')}"


@register.filter
def cost(call: CallSnapshot) -> str:
    """Return ``$0.02`` as reported, ``≈ $0.02`` if computed from a price table, ``cost unknown``."""
    if call.cost is None:
        return "cost unknown"
    is_ours = call.cost_source is CostSource.COMPUTED and call.cost >= formats.SMALLEST
    return f"{'≈ ' if is_ours else ''}{formats.money(call.cost)}"


@register.filter
def word(call: CallSnapshot) -> str:
    """Return a call's status in the page's words; of one that was not waited for, after how long it was cut."""
    said = formats.status_word(call.status, call.failure.code if call.failure else None)
    return f"cut after {formats.duration(call.duration_s)}" if said == "cut" and call.duration_s is not None else said


@register.filter
def take_to_fuse(call: CallSnapshot, column: Column) -> CallSnapshot | None:
    """Return the take that is fused while ``call`` is the one that is shown."""
    return column.take_to_fuse(call)


@register.filter
def have_takes(columns: Sequence[Column]) -> bool:
    """Return whether one of the columns has more than one take."""
    return any(len(column.takes) > 1 for column in columns)


@register.filter
def finish(call: CallSnapshot) -> str:
    """Return a word for an end that is not a plain stop, else ''."""
    return call.finish_word


@register.filter
def count_of(call: CallSnapshot, figure: str) -> str:
    """Return a token count of the bill: ``812``, ``≈ 812`` if it is ours, ``–`` if unknown."""
    count = getattr(call.usage, figure)
    return "–" if count is None else f"{'≈ ' if call.usage.estimated else ''}{count}"


@register.filter
def cost_origin(call: CallSnapshot) -> str:
    """Say where a call's cost on the bill comes from."""
    return "no model asked" if is_builtin(call) else COST_ORIGINS.get(call.cost_source, "unknown")


@register.filter
def title_or_question(run: RunSnapshot) -> str:
    """Return a run's title; where that is only the beginning of its question, as much of it as six lines may hold."""
    words = " ".join(run.prompt.split())
    is_beginning = run.title.endswith("…") and words.startswith(run.title[:-1].rstrip())
    return Truncator(words).chars(QUESTION_CHARS) if is_beginning else run.title


@register.filter
def turn_title(message: Message, is_last: bool) -> str:
    """Return the heading of a message in the whole prompt."""
    titles = {"system": "System prompt", "assistant": "Answer"}
    return titles.get(message.role, "Prompt" if is_last else "Question")


@register.filter
def earlier_title(call: CallSnapshot) -> str:
    """Return the heading of a text that is not the answer any more: by whom, how it ended, and why if it failed."""
    end = f" ({finish(call)})" if finish(call) else ""
    return f"Earlier text by {call.name}{end}{f': {call.failure.sentence}' if call.failure else ''}"


@register.filter
def outcome(attempt: AttemptSnapshot) -> str:
    """Return the end of an attempt: ``429: The provider asks to wait. Asked again after 2.0 s.`` or ``Answered.``"""
    if attempt.failure is None:
        return "Answered."
    code = f"{attempt.status}: " if attempt.status else ""
    wait = f" Asked again after {seconds_in_words(attempt.waited_s)}." if attempt.waited_s else ""
    return f"{code}{attempt.failure.sentence}{wait}"


@register.filter
def epoch(moment: datetime | None) -> str:
    """Return a moment as seconds since 1970, for the page's timers."""
    return f"{moment.timestamp():.3f}" if moment else ""


@register.filter
def label_in(reference: str, labels: dict[str, str]) -> str:
    """Return the label of a model, its reference where it is not connected; Auto and the built-in ones have names."""
    if reference == AUTO:
        return "Auto"
    return (
        BUILTIN_LABELS.get(Builtin(reference), "") if reference in list(Builtin) else labels.get(reference, reference)
    )


@register.filter
def waits_for(call: CallSnapshot) -> str:
    """Say what a queued call waits for."""
    whose = f"{call.provider}’s" if call.provider else "the provider’s"
    match call.wait_reason:
        case WaitReason.RATE_LIMIT:
            return f"waits for {whose} rate limit"
        case WaitReason.CONCURRENCY:
            return f"waits for one of {whose} streams to end"
        case WaitReason.RETRY_AFTER:
            return f"waits, as {call.provider or 'the provider'} asked"
        case None:
            return "waits for a worker"


@register.filter
def tried(call: CallSnapshot) -> str:
    """Say how many attempts a call took; '' where one was enough."""
    # Those that brought look-ups went as they should.
    count = len(call.attempts) - sum(attempt.failure is None for attempt in call.attempts[:-1])
    if count < 2:
        return ""
    if call.status is not Status.DONE:
        return f"Asked {count} times"
    return f"Answered at the {formats.ordinal(count)} attempt"


def seconds_in_words(seconds: float) -> str:
    """Return a short wait as ``0.4 s``, ``12 s``."""
    return f"{formats.decimals(seconds, 1)} s" if seconds < 10 else f"{seconds:.0f} s"


@register.filter
def picks(ruling: RulingSnapshot | None, side: Side) -> bool:
    """Return whether a ruling picks a side of a contradiction."""
    return bool(ruling and ruling.verdict is RulingKind.SIDE and set(ruling.right) & set(side.slots))


@register.filter
def is_looking_up(settlements: Sequence[Settlement]) -> bool:
    """Return whether one of the settlements is at work."""
    return any(one.state is SettlementState.RUNNING for one in settlements)


@register.filter
def ruling_sentence(ruling: RulingSnapshot) -> str:
    """Return a ruling in a sentence, with its point."""
    return in_a_sentence(ruling)


@register.filter
def rating_of(page: RunPage, call: CallSnapshot) -> RatingSnapshot | None:
    """Return what the reader of a page thinks of an answer."""
    return rating_by(page.reader.pk, page.run.ratings, call.id) if page.reader else None


@register.filter
def ratings_for(ratings: Sequence[RatingSnapshot], call: CallSnapshot) -> list[str]:
    """Return the ratings of an answer in words."""
    return [rating_in_words(one) for one in ratings if one.call == call.id]


@register.filter
def offered(rating: RatingSnapshot) -> list[tuple[RatingReason, str, bool]]:
    """Return the reasons that go with a rating's thumb, in words, and whether each was given."""
    return [(reason, reason_in_words(reason), reason in rating.reasons) for reason in REASONS[rating.thumb]]
