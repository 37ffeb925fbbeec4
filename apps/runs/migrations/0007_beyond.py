from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0006_coverage"),
    ]

    operations = [
        migrations.AddField(
            model_name="call",
            name="beyond",
            field=models.DecimalField(decimal_places=6, default=0, max_digits=14),
        ),
    ]
