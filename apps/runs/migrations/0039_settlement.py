"""Calls that settle a contradiction."""

from django.db import migrations, models

ROLES = [
    *("panel", "judge", "synthesis", "check", "ranking", "preference", "comparison", "review", "revision"),
    *("claims", "support", "settlement"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0038_search_row_cascade"),
    ]

    operations = [
        migrations.RemoveConstraint("call", "runs_call_role_is_known"),
        migrations.AddConstraint(
            "call",
            models.CheckConstraint(condition=models.Q(role__in=ROLES), name="runs_call_role_is_known"),
        ),
    ]
