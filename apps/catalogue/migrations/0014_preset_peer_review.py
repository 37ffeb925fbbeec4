"""Presets may have the panel review its answers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0013_preset_answer_check"),
    ]

    operations = [
        migrations.AddField(
            model_name="preset",
            name="peer_review",
            field=models.BooleanField(default=False),
        ),
    ]
