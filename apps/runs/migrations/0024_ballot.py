"""Give runs the ballot of their vote, and let an answer be voted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0023_webhooks"),
    ]

    operations = [
        migrations.AddField("run", "ballot", models.JSONField(blank=True, null=True)),
        migrations.RemoveConstraint("run", "runs_run_answer_kind_is_known"),
        migrations.AddConstraint(
            "run",
            models.CheckConstraint(
                condition=models.Q(("answer_kind__in", ["fused", "only", "closest", "voted"])),
                name="runs_run_answer_kind_is_known",
            ),
        ),
    ]
