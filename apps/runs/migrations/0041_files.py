"""Files of prompts: those that wait to be sent, and size and pages of a source that is a file."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import apps.runs.models.runs


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("runs", "0040_rating"),
    ]

    operations = [
        migrations.AddField(
            model_name="source", name="pages", field=models.PositiveIntegerField(blank=True, null=True)
        ),
        migrations.AddField(
            model_name="source", name="size", field=models.PositiveIntegerField(blank=True, null=True)
        ),
        migrations.CreateModel(
            name="PendingFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.CharField(default=apps.runs.models.runs.new_public_id, max_length=20, unique=True),
                ),
                ("content", models.JSONField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pending_files",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["created_at"], name="pending_file_age")]},
        ),
    ]
