"""The tags of a person are read from an index alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0051_to_resync"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("binned_at", None), ("tags__len__range", (1, 10))),
                fields=["owner"],
                include=("tags",),
                name="run_few_tags",
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("binned_at", None), ("tags__len__gt", 10)), fields=["owner"], name="run_many_tags"
            ),
        ),
        migrations.RemoveIndex(model_name="run", name="run_tagged"),
    ]
