"""Terms of a share: its readers and what they see, until when, and how often it was read."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0044_fork"),
    ]

    operations = [
        migrations.AddField("share", "is_frozen", models.BooleanField(default=True)),
        migrations.AddField("share", "shown", models.JSONField(blank=True, null=True)),
        migrations.AddField("share", "for_members", models.BooleanField(default=False)),
        migrations.AddField("share", "allows_json", models.BooleanField(default=True)),
        migrations.AddField(
            "share", "embed_origins", ArrayField(models.CharField(max_length=200), blank=True, default=list)
        ),
        migrations.AddField("share", "views", models.PositiveIntegerField(default=0)),
        migrations.AddField("share", "expires_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddIndex(
            "share",
            models.Index(
                condition=models.Q(("expires_at__isnull", False), ("revoked_at", None)),
                fields=["expires_at"],
                name="share_expires",
            ),
        ),
        migrations.AddIndex(
            "share",
            models.Index(
                condition=models.Q(("is_frozen", False), ("revoked_at", None)), fields=["id"], name="share_live"
            ),
        ),
    ]
