"""Make the table of the messages that tell of the ends of runs."""

import django.db.models.deletion
from django.db import migrations, models

import apps.runs.models.webhooks


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0022_sent_requests"),
    ]

    operations = [
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "message_id",
                    models.CharField(
                        default=apps.runs.models.webhooks.new_message_id, max_length=40, unique=True
                    ),
                ),
                ("url", models.CharField(max_length=500)),
                ("site", models.CharField(max_length=300)),
                ("status", models.CharField(default="waiting", max_length=10)),
                ("attempts", models.JSONField(blank=True)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="webhook", to="runs.run"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["due_at"], condition=models.Q(status="waiting"), name="webhook_waiting")
                ],
            },
        ),
    ]
