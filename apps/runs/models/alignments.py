"""The aligned answers of a run, computed once when somebody first asks for them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.fields import ValueField
from apps.fusion.comparing.rows import Rows
from apps.runs.models.runs import Run


class Alignment(models.Model):
    """The rows of a set of answers: ``calls`` are the panel calls, in the order of their slots, that brought them.

    The rows hold spans and no words. Texts of ended calls do not change, so neither do these.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="alignments")
    calls = ArrayField(models.BigIntegerField())
    rows = ValueField(Rows)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "calls"], name="alignment_is_unique")]

    def __str__(self) -> str:
        return f"alignment of {len(self.calls)} answers of run {self.run_id}"
