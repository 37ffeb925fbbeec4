"""The newest runs of a preset are read from an index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0045_shares"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("preset", ""), _negated=True),
                fields=["owner", "preset", "-id"],
                name="run_of_preset",
            ),
        ),
    ]
