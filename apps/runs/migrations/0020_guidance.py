"""Note what a person asked of one judge or writer beside a run that had ended."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0019_provenance"),
    ]

    operations = [
        migrations.AddField(model_name="call", name="guidance", field=models.JSONField(blank=True, null=True)),
    ]
