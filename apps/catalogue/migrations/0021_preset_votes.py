"""Presets keep the weights of votes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0020_preset_web"),
    ]

    operations = [
        migrations.AddField(
            model_name="preset",
            name="votes",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
