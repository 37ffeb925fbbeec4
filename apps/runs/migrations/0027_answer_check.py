"""Calls that check a fused answer, and their findings, whose quotes may be of that answer (slot '')."""

from django.db import migrations, models
from django.db.migrations.operations.base import Operation

ROLES = ["panel", "judge", "synthesis", "check"]
SLOTS = ["A", "B", "C", "D", "E", "F", "G", "H", ""]
KINDS = [
    *("consensus", "contradiction", "partial_coverage", "unique_insight", "blind_spot"),
    "answer_check",
]


def known(model: str, field: str, words: list[str]) -> list[Operation]:
    """Return the operations that let a column hold these words."""
    name = f"runs_{model}_{field}_is_known"
    constraint = models.CheckConstraint(condition=models.Q(**{f"{field}__in": words}), name=name)
    return [
        migrations.RemoveConstraint(model_name=model, name=name),
        migrations.AddConstraint(model_name=model, constraint=constraint),
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0026_answer_as_is"),
    ]

    operations = [
        *known("call", "role", ROLES),
        migrations.AlterField(
            model_name="evidence",
            name="slot",
            field=models.CharField(blank=True, max_length=1),
        ),
        *known("evidence", "slot", SLOTS),
        *known("finding", "kind", KINDS),
    ]
