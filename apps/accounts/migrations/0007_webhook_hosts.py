"""Let a key name the hosts to which its runs may send a webhook."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_single_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="webhook_hosts",
            field=models.JSONField(blank=True, default=list),
        ),
    ]
