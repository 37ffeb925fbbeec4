"""Keep where the passages of a fused text come from; of texts that are stored already that is not known."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0018_grounding")]

    operations = [
        migrations.AddField(
            model_name="calloutput", name="provenance", field=models.JSONField(blank=True, null=True)
        ),
    ]
