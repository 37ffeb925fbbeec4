"""The search row of a run: what searches look at, so that they read neither answers nor analyses."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from apps.runs.models.runs import Run

FIGURES = ("agreement", "grounding", "stability", "preference", "rating", "cost", "duration")


class SearchRow(models.Model):
    """A copy of what can be searched for of a run, made by ``lifecycle/search_rows.py`` whenever the run says so.

    ``words`` are those of prompt and title (weight A), fused text and findings (B), names of models and preset (C), and
    of the answers, which have no positions: one position takes as much room as the word. ``finding_words`` has a weight
    for each kind of finding. ``facets`` are what is so of the run, each as ``name:value``. ``rating`` is the
    owner's thumb for the run's answer, up as 1 and down as -1; opinions of others are not there.
    """

    run = models.OneToOneField(Run, primary_key=True, on_delete=models.CASCADE, related_name="search_row")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    thread = models.CharField(max_length=20, null=True, blank=True)  # noqa: DJ001 - NULL is no thread's id
    created_at = models.DateTimeField()
    agreement = models.FloatField(null=True, blank=True)
    grounding = models.FloatField(null=True, blank=True)
    stability = models.FloatField(null=True, blank=True)
    preference = models.FloatField(null=True, blank=True)
    rating = models.FloatField(null=True, blank=True)
    cost = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    duration = models.FloatField(null=True, blank=True)
    facets = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    words = SearchVectorField()
    finding_words = SearchVectorField()

    class Meta:
        indexes = [
            # reading/searching/search.py, all of these: the newest that match, of somebody's runs, whose figures are
            # looked at without their rows …
            models.Index(fields=["owner", "-created_at", "-run", *FIGURES], name="search_figures"),
            # … by rare words, rare facets and rare findings …
            GinIndex(fields=["words"], name="search_words", fastupdate=False),
            GinIndex(fields=["finding_words"], name="search_findings", fastupdate=False),
            GinIndex(fields=["facets"], name="search_facets", fastupdate=False),
            # … and of each thread only the newest turn that matches.
            models.Index(fields=["thread", "run"], name="search_thread", condition=models.Q(thread__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"search row of run {self.run_id}"
