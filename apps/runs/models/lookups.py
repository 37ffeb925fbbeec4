"""Look-ups of calls: the steps of a call, what was looked up in each, and the sources of a run.

A source is kept once for all calls of a run, as it stood when it was fetched: what a quote of it is checked against.
"""

from decimal import Decimal

from django.db import models

from apps.fields import EnumField, ValueField
from apps.fusion.lookup_steps import Lookup, SourceRef, link_of, summary_of
from apps.fusion.tools import VendorData
from apps.fusion.vocabulary import CitationOrigin, QuoteState, Status
from apps.runs.models.calls import Call
from apps.runs.models.columns import one_of
from apps.runs.models.runs import Run


class LookupStep(models.Model):
    """A request of a call that its model answered with look-ups; ``number`` counts from 1.

    ``text`` is what it wrote before them, ``vendor_data`` what its vendor wants back with them. The call goes on from
    its steps if its worker is lost. Of one that ``is_done`` all results are there and counted in the call's cost.
    """

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="lookup_steps")
    number = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True)
    vendor_data = ValueField(VendorData, null=True, blank=True)
    is_done = models.BooleanField(default=False)

    class Meta:
        ordering = ["call", "number"]
        constraints = [models.UniqueConstraint(fields=["call", "number"], name="lookup_step_is_unique")]

    def __str__(self) -> str:
        return f"step {self.number} of call {self.call_id}"


class ToolUse(models.Model):
    """A look-up of a step. ``tool_id`` is the model's id of it, ``result`` the text that it was given, word for word.

    ``code`` (a `LookupFailure`) and ``sentence`` say why it gave nothing. ``cost`` is USD, NULL if unknown; ``engine``
    says who searched.
    """

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="tool_uses")
    step = models.PositiveSmallIntegerField()
    ordinal = models.PositiveSmallIntegerField()
    tool_id = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    arguments = models.TextField(blank=True)
    status = EnumField(Status, max_length=10, default=Status.RUNNING)
    code = models.CharField(max_length=40, blank=True)
    sentence = models.TextField(blank=True)
    result = models.TextField(blank=True)
    sources = ValueField(tuple[SourceRef, ...], default=tuple, blank=True)
    engine = models.CharField(max_length=40, blank=True)
    ms = models.PositiveIntegerField(null=True, blank=True)
    cost = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True, default=Decimal(0))

    class Meta:
        ordering = ["call", "step", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["call", "step", "ordinal"], name="tool_use_is_unique"),
            one_of("status", Status),
        ]

    def __str__(self) -> str:
        return f"{self.name} in step {self.step} of call {self.call_id}"

    @property
    def value(self) -> Lookup:
        """The look-up as a reader is told it."""
        return Lookup(
            step=self.step,
            ordinal=self.ordinal,
            tool=self.name,
            summary=summary_of(self.name, self.arguments),
            status=self.status,
            sentence=self.sentence,
            sources=self.sources,
            link=link_of(self.name, self.arguments),
        )


class Source(models.Model):
    """A page that the calls of a run found or read, or a file of its prompt.

    ``url`` is as ``addresses.normalised`` writes it. A file has a ``size`` (bytes) and perhaps ``pages``; the
    sum of its bytes makes its ``url``, and its text stands in the run's messages alone.

    ``snippet`` is what a search said of it; ``text`` the page itself, '' until it is fetched, with ``sha256`` in hex.
    ``links`` are addresses that it links to, which may be opened next.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="sources")
    number = models.PositiveIntegerField()
    url = models.TextField()
    final_url = models.TextField(blank=True)
    title = models.TextField(blank=True)
    snippet = models.TextField(blank=True)
    published = models.CharField(max_length=100, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    text = models.TextField(blank=True)
    is_cut = models.BooleanField(default=False)
    warnings = ValueField(tuple[str, ...], default=tuple, blank=True)
    links = ValueField(tuple[str, ...], default=tuple, blank=True)
    size = models.PositiveIntegerField(null=True, blank=True)
    pages = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["run", "number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "url"], name="source_url_is_unique"),
            models.UniqueConstraint(fields=["run", "number"], name="source_number_is_unique"),
        ]

    def __str__(self) -> str:
        return f"source {self.number} of run {self.run_id}"

    @property
    def ref(self) -> SourceRef:
        """The source by its number."""
        return SourceRef(number=self.number, url=self.url, title=self.title)


class Citation(models.Model):
    """A mark in the text of a call that names a source: from ``start`` to ``end``, in characters.

    ``source`` is NULL where the run has none of that ``number``. ``state`` says whether the ``quote``, or without one
    the sentence that is marked, stands in the source as it is kept; then it does from ``source_start`` to
    ``source_end``. ``origin``: the model wrote the mark, or its vendor named the source.
    """

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="citations")
    source = models.ForeignKey(Source, null=True, blank=True, on_delete=models.CASCADE, related_name="citations")
    number = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    quote = models.TextField(blank=True)
    state = EnumField(QuoteState, max_length=10)
    source_start = models.PositiveIntegerField(null=True, blank=True)
    source_end = models.PositiveIntegerField(null=True, blank=True)
    origin = EnumField(CitationOrigin, max_length=10)

    class Meta:
        ordering = ["call", "start", "number"]
        constraints = [
            models.UniqueConstraint(fields=["call", "start", "number"], name="citation_is_unique"),
            one_of("state", QuoteState),
            one_of("origin", CitationOrigin),
        ]

    def __str__(self) -> str:
        return f"[{self.number}] in call {self.call_id}"
