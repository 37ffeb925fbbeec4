"""Let a calibration be the site's, as presets are."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_tells_day"),
        ("catalogue", "0022_routing_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            "savedcalibration",
            "owner",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="calibrations",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            "savedcalibration",
            "team",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="calibrations",
                to="accounts.team",
            ),
        ),
        migrations.RemoveConstraint("savedcalibration", "calibration_version_is_unique"),
        migrations.AddConstraint(
            "savedcalibration",
            models.UniqueConstraint(
                fields=["owner", "name", "version"], name="calibration_version_is_unique", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            "savedcalibration",
            models.CheckConstraint(
                condition=models.Q(owner__isnull=True, team__isnull=True)
                | models.Q(owner__isnull=False, team__isnull=False),
                name="calibration_is_the_sites_or_a_teams",
            ),
        ),
    ]
