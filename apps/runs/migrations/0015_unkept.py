"""Note which runs are not to be kept, and find them by the end that they came to."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0014_crowded"),
    ]

    operations = [
        migrations.AddField(model_name="run", name="is_kept", field=models.BooleanField(default=True)),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["ended_at"], name="run_unkept", condition=models.Q(is_kept=False)),
        ),
    ]
