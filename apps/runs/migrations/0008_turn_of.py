from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0007_beyond"),
    ]

    operations = [
        migrations.AddField(
            model_name="call",
            name="turn_of",
            field=models.CharField(blank=True, max_length=255),
        ),
    ]
