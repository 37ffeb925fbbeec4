"""Presets may let their models look things up."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0019_calibrations"),
    ]

    operations = [
        migrations.AddField(
            model_name="preset",
            name="web",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
