"""Presets may have the fused answer checked."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0012_grace_is_auto"),
    ]

    operations = [
        migrations.AddField(
            model_name="preset",
            name="answer_check",
            field=models.BooleanField(default=False),
        ),
    ]
