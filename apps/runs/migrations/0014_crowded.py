"""Mark the runs of crowded payers, and find a payer's unfinished runs by an index."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_teams"),
        ("runs", "0013_drop_moved_columns"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(model_name="run", name="is_crowded", field=models.BooleanField(default=False)),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                fields=["owner", "api_key"],
                name="run_unfinished",
                condition=models.Q(status__in=["queued", "running"]),
            ),
        ),
    ]
