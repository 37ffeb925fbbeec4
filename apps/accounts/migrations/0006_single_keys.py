"""Let people turn off the keys that pages have without Ctrl; they are on until somebody does."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_preferences")]

    operations = [
        migrations.AddField(
            model_name="user", name="single_keys", field=models.BooleanField(db_default=True, default=True)
        ),
    ]
