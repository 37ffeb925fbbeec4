from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0005_teams"),
    ]

    operations = [
        migrations.AlterField("preset", "judge_parameters", models.JSONField(blank=True, null=True)),
        migrations.AlterField("preset", "writer_parameters", models.JSONField()),
        migrations.RunSQL("UPDATE catalogue_preset SET judge_parameters = NULL WHERE judge_parameters = '{}'"),
    ]
