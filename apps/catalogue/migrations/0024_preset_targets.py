"""Presets keep targets for their runs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0023_site_calibrations"),
    ]

    operations = [
        migrations.AddField(
            model_name="preset",
            name="targets",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
