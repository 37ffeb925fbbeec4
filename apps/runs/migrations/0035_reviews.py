"""Reviews of a draft, its revisions, and answers that are revised."""

from django.db import migrations, models

ROLES = ["panel", "judge", "synthesis", "check", "ranking", "preference", "comparison", "review", "revision"]
KINDS = ["fused", "only", "closest", "voted", "as_is", "escalated", "best", "revised"]


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0034_comparisons"),
    ]

    operations = [
        migrations.RemoveConstraint("call", "runs_call_role_is_known"),
        migrations.AddConstraint(
            "call",
            models.CheckConstraint(condition=models.Q(role__in=ROLES), name="runs_call_role_is_known"),
        ),
        migrations.RemoveConstraint("run", "runs_run_answer_kind_is_known"),
        migrations.AddConstraint(
            "run",
            models.CheckConstraint(condition=models.Q(answer_kind__in=KINDS), name="runs_run_answer_kind_is_known"),
        ),
    ]
