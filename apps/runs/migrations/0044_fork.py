"""Runs that are made from another one, and what changed with them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0043_shared_cap"),
    ]

    operations = [
        migrations.AddField(
            "run",
            "changes",
            models.JSONField(blank=True, default=list),
            preserve_default=False,
        ),
        migrations.AddField(
            "run",
            "forked_from",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="forks",
                to="runs.run",
            ),
        ),
    ]
