"""Steps, look-ups, sources and citations of calls that look things up."""

import django.db.models.deletion
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0031_peer_review"),
    ]

    operations = [
        migrations.CreateModel(
            name="Source",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("url", models.TextField()),
                ("final_url", models.TextField(blank=True)),
                ("title", models.TextField(blank=True)),
                ("snippet", models.TextField(blank=True)),
                ("published", models.CharField(blank=True, max_length=100)),
                ("fetched_at", models.DateTimeField(blank=True, null=True)),
                ("media_type", models.CharField(blank=True, max_length=100)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("text", models.TextField(blank=True)),
                ("is_cut", models.BooleanField(default=False)),
                ("warnings", models.JSONField(blank=True)),
                ("links", models.JSONField(blank=True)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sources", to="runs.run"
                    ),
                ),
            ],
            options={
                "ordering": ["run", "number"],
            },
        ),
        migrations.CreateModel(
            name="Citation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("start", models.PositiveIntegerField()),
                ("end", models.PositiveIntegerField()),
                ("quote", models.TextField(blank=True)),
                ("state", models.CharField(max_length=10)),
                ("source_start", models.PositiveIntegerField(blank=True, null=True)),
                ("source_end", models.PositiveIntegerField(blank=True, null=True)),
                ("origin", models.CharField(max_length=10)),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="citations", to="runs.call"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="citations",
                        to="runs.source",
                    ),
                ),
            ],
            options={
                "ordering": ["call", "start", "number"],
            },
        ),
        migrations.CreateModel(
            name="ToolUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("step", models.PositiveSmallIntegerField()),
                ("ordinal", models.PositiveSmallIntegerField()),
                ("tool_id", models.CharField(max_length=200)),
                ("name", models.CharField(max_length=200)),
                ("arguments", models.TextField(blank=True)),
                ("status", models.CharField(default="running", max_length=10)),
                ("code", models.CharField(blank=True, max_length=40)),
                ("sentence", models.TextField(blank=True)),
                ("result", models.TextField(blank=True)),
                ("sources", models.JSONField(blank=True)),
                ("engine", models.CharField(blank=True, max_length=40)),
                ("ms", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "cost",
                    models.DecimalField(blank=True, decimal_places=6, default=Decimal("0"), max_digits=14, null=True),
                ),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tool_uses", to="runs.call"
                    ),
                ),
            ],
            options={
                "ordering": ["call", "step", "ordinal"],
            },
        ),
        migrations.CreateModel(
            name="LookupStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("text", models.TextField(blank=True)),
                ("vendor_data", models.JSONField(blank=True, null=True)),
                ("is_done", models.BooleanField(default=False)),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lookup_steps", to="runs.call"
                    ),
                ),
            ],
            options={
                "ordering": ["call", "number"],
                "constraints": [models.UniqueConstraint(fields=("call", "number"), name="lookup_step_is_unique")],
            },
        ),
        migrations.AddConstraint(
            model_name="source",
            constraint=models.UniqueConstraint(fields=("run", "url"), name="source_url_is_unique"),
        ),
        migrations.AddConstraint(
            model_name="source",
            constraint=models.UniqueConstraint(fields=("run", "number"), name="source_number_is_unique"),
        ),
        migrations.AddConstraint(
            model_name="citation",
            constraint=models.UniqueConstraint(fields=("call", "start", "number"), name="citation_is_unique"),
        ),
        migrations.AddConstraint(
            model_name="citation",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["verified", "similar", "unverified"])),
                name="runs_citation_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="citation",
            constraint=models.CheckConstraint(
                condition=models.Q(("origin__in", ["text", "vendor"])), name="runs_citation_origin_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="tooluse",
            constraint=models.UniqueConstraint(fields=("call", "step", "ordinal"), name="tool_use_is_unique"),
        ),
        migrations.AddConstraint(
            model_name="tooluse",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["queued", "running", "done", "failed", "cancelled"])),
                name="runs_tooluse_status_is_known",
            ),
        ),
    ]
