"""Make room for the share of an analysis's findings that its judge finds in every order of the answers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0024_ballot"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="stability",
            field=models.FloatField(blank=True, null=True),
        ),
    ]
