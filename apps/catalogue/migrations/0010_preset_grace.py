"""Presets that left the waiting to the default keep the grace of 30 s that it was; new ones wait for all."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0009_preferences"),
    ]

    operations = [
        migrations.RunSQL(
            "UPDATE catalogue_preset SET grace_s = 30"
            " WHERE grace_s IS NULL AND quorum IS NULL AND jsonb_array_length(panel) > 1",
            migrations.RunSQL.noop,
        ),
    ]
