"""The users of the site, the teams that things belong to, and the keys of programs."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class User(AbstractUser):
    """A person with an account.

    Caps are USD per calendar day and month (UTC) of all their runs; ``None``: no cap. ``locale`` is the code of a
    language in whose way dates and numbers are written, '' the site's. With ``enter_sends``, Enter in a prompt runs it.
    With ``single_keys``, pages have keys that count without Ctrl. With ``tells_day``, the models of their fusions are
    told the date of today. ``history_columns`` are the columns of their list of runs, none for the usual ones. With
    ``counts_imported``, what they said of imported runs counts as of others.
    """

    cap_per_day = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    cap_per_month = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    display_name = models.CharField(max_length=60, blank=True)
    locale = models.CharField(max_length=20, blank=True)
    enter_sends = models.BooleanField(default=False)
    single_keys = models.BooleanField(default=True, db_default=True)
    tells_day = models.BooleanField(default=True, db_default=True)
    history_columns = ArrayField(models.CharField(max_length=20), default=list, db_default=[], blank=True)
    counts_imported = models.BooleanField(default=False, db_default=False)

    @property
    def shown_name(self) -> str:
        """Return the name that the pages show: the one that the person chose, else the name of the account."""
        return self.display_name or self.get_username()


class Team(models.Model):
    """A group to which runs, keys, presets and criteria belong. A personal team has one member, ``personal_of``.

    PostgreSQL makes the personal team in the statement that makes the account (a trigger of migration 0003), so that
    no way of making an account leaves it out. It has no name of its own: it is called after its member.
    """

    name = models.CharField(max_length=100, blank=True)
    personal_of = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="personal_team"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(personal_of__isnull=False, name="")
                | (models.Q(personal_of__isnull=True) & ~models.Q(name="")),
                name="team_is_personal_or_named",
            )
        ]

    def __str__(self) -> str:
        return self.name or str(self.personal_of)


class FormDraft(models.Model):
    """The fields of a form that a person has filled in and not sent yet, each with its texts; never files.

    ``place`` is '' for the form of a new run, else the id of the thread that is to go on.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="form_drafts")
    place = models.CharField(max_length=20, blank=True)
    fields = models.JSONField()
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "place"], name="one_draft_in_a_place")]

    def __str__(self) -> str:
        return f"draft of {self.owner_id}"


class ApiKey(models.Model):
    """A program's key: only its hash is stored; ``prefix`` is the beginning that people know it by.

    ``scopes`` are words of ``Scope``; limits are requests per minute and runs at the same time, ``cap_per_day`` USD;
    ``None`` is no limit. ``webhook_hosts`` (``host`` or ``host:port``) are those to which its runs and batches may
    send a webhook.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys")
    team = models.ForeignKey(Team, on_delete=models.RESTRICT, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=20)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True)
    concurrent_runs = models.PositiveIntegerField(null=True, blank=True)
    cap_per_day = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    webhook_hosts = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
