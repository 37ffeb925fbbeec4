"""Presets and sets of criteria hold instructions for judge and writer; a set may be of instructions alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0010_preset_grace"),
    ]

    operations = [
        *(
            migrations.AddField(model_name=model, name=name, field=models.TextField(blank=True))
            for model in ("criteriaset", "preset")
            for name in ("judge_instructions", "writer_instructions")
        ),
        migrations.AlterField(model_name="criteriaset", name="text", field=models.TextField(blank=True)),
    ]
