"""Drop the columns that have moved, and hold the new ones to their words."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

FAILURE_CODES = [
    "invalid_request", "authentication", "permission", "insufficient_credits", "invalid_model", "context_too_long",
    "rate_limited", "overloaded", "upstream_error", "connection", "bad_stream", "timeout", "too_large", "refused",
    "empty", "bad_reply", "worker_lost", "too_slow", "circuit_open", "capped", "cancelled", "all_panels_failed",
    "unexpected_error",
]
WORDS = [
    ("attempt", "failure_code", FAILURE_CODES),
    ("attempt", "billing", ["billed", "not_billed", "uncertain"]),
    ("call", "finish_reason", ["stop", "length", "refusal", "content_filter", "loop", "unknown"]),
    ("call", "failure_code", FAILURE_CODES),
    ("call", "cancel_code", FAILURE_CODES),
    ("call", "wait_reason", ["rate_limit", "concurrency", "retry_after"]),
    ("run", "answer_kind", ["fused", "only", "closest"]),
    ("run", "failure_code", FAILURE_CODES),
]
MOVED = ("attempts", "text", "reasoning", "html", "analysis", "coverage", "carried")


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0012_move_rows"),
    ]

    operations = [
        *(migrations.RemoveField("call", name) for name in MOVED),
        migrations.AlterField(
            "attempt",
            "call",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="attempts", to="runs.call"
            ),
        ),
        migrations.AlterField("call", "dropped", models.JSONField(blank=True)),
        migrations.AlterField(
            "call", "enqueued_at", models.DateTimeField(blank=True, default=django.utils.timezone.now, null=True)
        ),
        migrations.AlterField("call", "inputs", models.JSONField()),
        migrations.AlterField("call", "parameters", models.JSONField()),
        migrations.AlterField("call", "usage", models.JSONField()),
        migrations.AlterField("call", "stage", models.CharField(max_length=40)),
        migrations.RemoveConstraint("call", "call_is_unique"),
        migrations.AddConstraint(
            "call",
            models.UniqueConstraint(fields=("run", "stage", "role", "slot", "take"), name="call_is_unique"),
        ),
        *(
            migrations.AddConstraint(
                model,
                models.CheckConstraint(
                    condition=models.Q((f"{name}__in", words)), name=f"runs_{model}_{name}_is_known"
                ),
            )
            for model, name, words in WORDS
        ),
    ]
