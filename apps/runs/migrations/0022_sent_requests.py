"""Make the table of the requests that were sent for calls."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0021_finding_names"),
    ]

    operations = [
        migrations.CreateModel(
            name="SentRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("model", models.CharField(max_length=255)),
                ("messages", models.JSONField()),
                ("schema", models.JSONField(blank=True, null=True)),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sent", to="runs.call"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("call", "model"), name="sent_request_is_unique"),
                ],
            },
        ),
    ]
