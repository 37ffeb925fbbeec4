"""Give every account a personal team, and every key the team of its owner.

From here on PostgreSQL makes the personal team in the statement that makes the account, whichever way that comes:
a form, a command, a bulk insert, SQL. Filling is one statement a table.
"""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

MAKE_WITH_ACCOUNT = """
CREATE FUNCTION accounts_make_personal_team() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO accounts_team (name, personal_of_id, created_at) VALUES ('', NEW.id, now());
    RETURN NULL;
END
$$;
CREATE TRIGGER make_personal_team AFTER INSERT ON accounts_user
    FOR EACH ROW EXECUTE FUNCTION accounts_make_personal_team();
"""
NO_LONGER = """
DROP TRIGGER make_personal_team ON accounts_user;
DROP FUNCTION accounts_make_personal_team();
"""
FILL_TEAMS = """
INSERT INTO accounts_team (name, personal_of_id, created_at)
SELECT '', id, date_joined FROM accounts_user ON CONFLICT (personal_of_id) DO NOTHING;
"""
FILL_KEYS = """
UPDATE accounts_apikey SET team_id = team.id
FROM accounts_team AS team WHERE team.personal_of_id = accounts_apikey.owner_id;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_keys_and_caps'),
    ]

    operations = [
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=100)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('personal_of', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='personal_team', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('name', ''), ('personal_of__isnull', False)), models.Q(('personal_of__isnull', True), models.Q(('name', ''), _negated=True)), _connector='OR'), name='team_is_personal_or_named')],
            },
        ),
        migrations.RunSQL(MAKE_WITH_ACCOUNT, NO_LONGER),
        migrations.RunSQL(FILL_TEAMS, migrations.RunSQL.noop),
        migrations.AddField(
            model_name='apikey',
            name='team',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='api_keys', to='accounts.team'),
        ),
        migrations.RunSQL(FILL_KEYS, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='apikey',
            name='team',
            field=models.ForeignKey(on_delete=django.db.models.deletion.RESTRICT, related_name='api_keys', to='accounts.team'),
        ),
    ]
