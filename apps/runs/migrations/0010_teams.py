"""Give every run the team of its owner: one statement, before the column's index is made."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FILL = """
UPDATE runs_run SET team_id = team.id FROM accounts_team AS team WHERE team.personal_of_id = runs_run.owner_id;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_teams'),
        ('runs', '0009_reserved'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='team',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='runs', to='accounts.team'),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='run',
            name='team',
            field=models.ForeignKey(on_delete=django.db.models.deletion.RESTRICT, related_name='runs', to='accounts.team'),
        ),
        migrations.AlterField(
            model_name='pastspending',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='past_spending', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='pastspending',
            name='api_key',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='past_spending', to='accounts.apikey'),
        ),
    ]
