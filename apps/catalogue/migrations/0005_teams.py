"""Give people's presets and criteria the team of their owner; one statement a table fills them."""

import django.db.models.deletion
from django.db import migrations, models

FILL = """
UPDATE catalogue_{0} SET team_id = team.id
FROM accounts_team AS team WHERE team.personal_of_id = catalogue_{0}.owner_id;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_teams'),
        ('catalogue', '0004_tests_and_refreshes'),
    ]

    operations = [
        migrations.AddField(
            model_name='provider',
            name='team',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='providers', to='accounts.team'),
        ),
        migrations.AddField(
            model_name='preset',
            name='team',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='presets', to='accounts.team'),
        ),
        migrations.RunSQL(FILL.format('preset'), migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='preset',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('owner__isnull', True), ('team__isnull', True)), models.Q(('owner__isnull', False), ('team__isnull', False)), _connector='OR'), name='preset_is_the_sites_or_a_teams'),
        ),
        migrations.AddField(
            model_name='criteriaset',
            name='team',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='criteria_sets', to='accounts.team'),
        ),
        migrations.RunSQL(FILL.format('criteriaset'), migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='criteriaset',
            name='team',
            field=models.ForeignKey(on_delete=django.db.models.deletion.RESTRICT, related_name='criteria_sets', to='accounts.team'),
        ),
    ]
