"""The vectors of prompts, by which runs that are like another one are found."""

from django.conf import settings
from django.db import models

from apps.runs.models.runs import Run


class RunVector(models.Model):
    """The static vector of a run's prompt (``fusion/vectors.py``), which never changes; made when first looked for."""

    run = models.OneToOneField(Run, primary_key=True, on_delete=models.CASCADE, related_name="vector")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    numbers = models.BinaryField()

    class Meta:
        # reading/similar_runs.py: those of a person's newest runs.
        indexes = [models.Index(fields=["owner", "-run"], name="run_vector_newest")]

    def __str__(self) -> str:
        return f"vector of run {self.run_id}"
