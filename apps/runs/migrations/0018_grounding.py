"""Tell similar quotes from verified ones, and store for each run which share of its quotes was verified."""

from django.db import migrations, models

# What an older version called verified includes similar quotes; nothing tells them apart but the texts.
GROUNDING = """
UPDATE runs_run SET grounding = quoted.share FROM (
    SELECT finding.call_id, avg(evidence.is_verified::int) AS share
    FROM runs_evidence evidence JOIN runs_finding finding ON finding.id = evidence.finding_id
    WHERE evidence.quote <> '' GROUP BY finding.call_id
) quoted WHERE quoted.call_id = runs_run.analysis_call_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0017_alignments"),
    ]

    operations = [
        migrations.AddField(model_name="evidence", name="is_similar", field=models.BooleanField(default=False)),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_verified", False), ("is_similar", False), _connector="OR"),
                name="quote_has_one_state",
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="grounding",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.RunSQL(GROUNDING, migrations.RunSQL.noop),
    ]
