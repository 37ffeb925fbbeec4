"""Whether a model calls tools, as its vendor's list says."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0015_lookups")]

    operations = [
        migrations.AddField("model", "supports_tools", models.BooleanField(blank=True, null=True)),
    ]
