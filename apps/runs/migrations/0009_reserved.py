from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0008_turn_of"),
    ]

    operations = [
        migrations.AddField(
            model_name="call",
            name="reserved",
            field=models.DecimalField(decimal_places=6, default=0, max_digits=14),
        ),
    ]
