"""Calls of peer reviews, what each of them says, and how many reviewers of a run prefer its fused answer."""

from django.db import migrations, models

ROLES = ["panel", "judge", "synthesis", "check", "ranking", "preference"]


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0030_tools"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="call", name="runs_call_role_is_known"),
        migrations.AddConstraint(
            model_name="call",
            constraint=models.CheckConstraint(
                condition=models.Q(role__in=ROLES), name="runs_call_role_is_known"
            ),
        ),
        migrations.AddField(
            model_name="calloutput",
            name="verdict",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="peers_for_fused",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="run",
            name="peers_asked",
            field=models.PositiveSmallIntegerField(default=0),
        ),
    ]
