"""Searches look at all figures in the index by which they find the newest runs."""

from django.db import migrations, models

FIGURES = ("agreement", "grounding", "stability", "preference", "rating", "cost", "duration")


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0052_tags_in_an_index"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="searchrow",
            index=models.Index(fields=["owner", "-created_at", "-run", *FIGURES], name="search_figures"),
        ),
        migrations.RemoveIndex(model_name="searchrow", name="search_newest"),
        migrations.RemoveIndex(model_name="searchrow", name="search_cost"),
        migrations.RemoveIndex(model_name="searchrow", name="search_agreement"),
    ]
