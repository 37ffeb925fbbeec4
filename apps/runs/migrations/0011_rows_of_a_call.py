"""Make room: attempts and outputs in tables of their own, stages, and the columns by their new names."""

import django.db.models.deletion
from django.db import migrations, models

WORDS_OR_NULL = {
    "run": {"answer_kind": 10, "failure_code": 30},
    "call": {"finish_reason": 20, "failure_code": 30, "cancel_code": 30, "wait_reason": 20},
}
RENAMED = [
    ("run", "events_lost", "needs_resync"),
    ("call", "accrued", "cost_so_far"),
    ("call", "reserved", "reserved_cost"),
    ("call", "beyond", "possible_extra_cost"),
    ("call", "turn_of", "routed_to"),
    ("call", "queued_at", "enqueued_at"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0010_teams"),
    ]

    operations = [
        *(migrations.RenameField(model, old, new) for model, old, new in RENAMED),
        *(
            migrations.AlterField(model, name, models.CharField(max_length=length, null=True, blank=True))
            for model, names in WORDS_OR_NULL.items()
            for name, length in names.items()
        ),
        migrations.AlterField("call", "enqueued_at", models.DateTimeField(null=True, blank=True)),
        migrations.AddField("call", "stage", models.CharField(default="", max_length=40)),
        migrations.AddField(
            "run",
            "analysis_call",
            models.ForeignKey(
                null=True,
                blank=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="runs.call",
            ),
        ),
        migrations.CreateModel(
            name="CallOutput",
            fields=[
                (
                    "call",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="output",
                        serialize=False,
                        to="runs.call",
                    ),
                ),
                ("text", models.TextField(blank=True)),
                ("reasoning", models.TextField(blank=True)),
                ("html", models.TextField(blank=True)),
                ("analysis", models.JSONField(blank=True, null=True)),
                ("coverage", models.JSONField(blank=True, default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordinal", models.PositiveIntegerField()),
                ("model", models.CharField(max_length=255)),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("waited_s", models.FloatField(blank=True, null=True)),
                ("http_status", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("failure_code", models.CharField(blank=True, max_length=30, null=True)),
                ("failure_sentence", models.TextField(blank=True)),
                ("billing", models.CharField(max_length=10)),
                ("usage", models.JSONField(blank=True, null=True)),
                ("cost", models.DecimalField(blank=True, decimal_places=6, max_digits=14, null=True)),
                ("possible_cost", models.DecimalField(blank=True, decimal_places=6, max_digits=14, null=True)),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="runs.call"
                    ),
                ),
            ],
            options={"ordering": ["call", "ordinal"]},
        ),
        migrations.AddConstraint(
            "attempt", models.UniqueConstraint(fields=("call", "ordinal"), name="attempt_is_unique")
        ),
        # Words that are none become NULL; the constraints come back when the rows have moved.
        *(
            migrations.RemoveConstraint(model, f"runs_{model}_{name}_is_known")
            for model, names in WORDS_OR_NULL.items()
            for name in names
        ),
    ]
