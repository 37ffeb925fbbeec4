"""Give the rows of findings the ids that the analysis has for them."""

from django.db import migrations, models

NAMES = """
UPDATE runs_finding SET name = COALESCE(output.analysis -> 'findings' -> runs_finding.ordinal ->> 'id', '')
FROM runs_calloutput AS output WHERE output.call_id = runs_finding.call_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0020_guidance"),
    ]

    operations = [
        migrations.AddField(
            model_name="finding",
            name="name",
            field=models.CharField(blank=True, default="", max_length=60),
            preserve_default=False,
        ),
        migrations.RunSQL(NAMES, migrations.RunSQL.noop),
    ]
