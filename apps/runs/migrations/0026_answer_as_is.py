"""Let an answer of the panel be a run's answer unchanged, where its judge suggested that."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0025_stability"),
    ]

    operations = [
        migrations.RemoveConstraint("run", "runs_run_answer_kind_is_known"),
        migrations.AddConstraint(
            "run",
            models.CheckConstraint(
                condition=models.Q(("answer_kind__in", ["fused", "only", "closest", "voted", "as_is"])),
                name="runs_run_answer_kind_is_known",
            ),
        ),
    ]
