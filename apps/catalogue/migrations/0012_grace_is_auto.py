"""The grace of a preset may follow the models' measured times."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0011_guidance"),
    ]

    operations = [
        migrations.AddField(model_name="preset", name="grace_is_auto", field=models.BooleanField(default=False)),
    ]
