"""Let an answer be escalated to the last stage of a cascade."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0028_from_slot"),
    ]

    operations = [
        migrations.RemoveConstraint("run", "runs_run_answer_kind_is_known"),
        migrations.AddConstraint(
            "run",
            models.CheckConstraint(
                condition=models.Q(("answer_kind__in", ["fused", "only", "closest", "voted", "as_is", "escalated"])),
                name="runs_run_answer_kind_is_known",
            ),
        ),
    ]
