"""The vendor's word for the version of the model that answered a call."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0049_from_share")]

    operations = [
        migrations.AddField(
            model_name="call",
            name="model_version",
            field=models.CharField(blank=True, default="", max_length=200),
            preserve_default=False,
        ),
    ]
