"""Runs that went on from the answer of one column know which."""

from django.db import migrations, models

LETTERS = ["A", "B", "C", "D", "E", "F", "G", "H", ""]


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0027_answer_check"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="from_slot",
            field=models.CharField(blank=True, default="", max_length=1),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(from_slot__in=LETTERS), name="runs_run_from_slot_is_known"
            ),
        ),
    ]
