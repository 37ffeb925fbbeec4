"""Files that a person attached to a prompt that was not sent yet; those of a run stand in its messages."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from apps.fields import ValueField
from apps.fusion.files import PromptFile
from apps.runs.models.runs import new_public_id


class PendingFile(models.Model):
    """A file that was read for a prompt, until its run begins. Nobody but its owner is told of it."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pending_files")
    content = ValueField(PromptFile)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        # files.py: delete_old_files(), once a second.
        indexes = [models.Index(fields=["created_at"], name="pending_file_age")]

    def __str__(self) -> str:
        return f"file {self.public_id} of {self.owner_id}"
