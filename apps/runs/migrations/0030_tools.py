"""Keep the tools of a request, the calls that a model asks for, and what its vendor wants back with them."""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

REASONS = ["stop", "tool_calls", "length", "refusal", "content_filter", "loop", "unknown"]


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0029_escalated"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="call", name="runs_call_finish_reason_is_known"),
        migrations.AddField(
            model_name="calloutput",
            name="tool_calls",
            field=models.JSONField(blank=True, default=list),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="calloutput", name="vendor_data", field=models.JSONField(blank=True, null=True)
        ),
        migrations.AddField(model_name="run", name="tools", field=models.JSONField(blank=True, null=True)),
        migrations.AddIndex(
            model_name="calloutput",
            index=GinIndex(
                condition=models.Q(("vendor_data__isnull", False)),
                fields=["tool_calls"],
                name="output_tool_calls",
                opclasses=["jsonb_path_ops"],
            ),
        ),
        migrations.AddConstraint(
            model_name="call",
            constraint=models.CheckConstraint(
                condition=models.Q(("finish_reason__in", REASONS)), name="runs_call_finish_reason_is_known"
            ),
        ),
    ]
