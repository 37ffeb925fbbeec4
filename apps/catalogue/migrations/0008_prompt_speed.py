"""Keep how fast models on this machine read a prompt."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0007_model_names"),
    ]

    operations = [
        migrations.AddField(model_name="model", name="prompt_speed", field=models.FloatField(blank=True, null=True)),
    ]
