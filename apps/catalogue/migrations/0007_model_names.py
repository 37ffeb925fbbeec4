from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0006_preset_values'),
    ]

    operations = [
        migrations.AddField(
            model_name='provider',
            name='model_names',
            field=models.TextField(blank=True, default=''),
            preserve_default=False,
        ),
    ]
