"""Make the tables of a new site; a site from before goes through the migrations that this one replaces."""

import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.postgres.fields
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


class Migration(migrations.Migration):

    replaces = [
        ('accounts', '0001_initial'),
        ('accounts', '0002_keys_and_caps'),
        ('accounts', '0003_teams'),
        ('accounts', '0004_form_drafts'),
        ('accounts', '0005_preferences'),
        ('accounts', '0006_single_keys'),
        ('accounts', '0007_webhook_hosts'),
        ('accounts', '0008_tells_day'),
        ('accounts', '0009_history_columns'),
        ('accounts', '0010_counts_imported'),
    ]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('cap_per_day', models.DecimalField(blank=True, decimal_places=6, max_digits=14, null=True)),
                ('cap_per_month', models.DecimalField(blank=True, decimal_places=6, max_digits=14, null=True)),
                ('display_name', models.CharField(blank=True, max_length=60)),
                ('locale', models.CharField(blank=True, max_length=20)),
                ('enter_sends', models.BooleanField(default=False)),
                ('single_keys', models.BooleanField(db_default=True, default=True)),
                ('tells_day', models.BooleanField(db_default=True, default=True)),
                ('history_columns', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, db_default=[], default=list, size=None)),
                ('counts_imported', models.BooleanField(db_default=False, default=False)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
                'abstract': False,
            },
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
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
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('prefix', models.CharField(max_length=20)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('scopes', models.JSONField(default=list)),
                ('requests_per_minute', models.PositiveIntegerField(blank=True, null=True)),
                ('concurrent_runs', models.PositiveIntegerField(blank=True, null=True)),
                ('cap_per_day', models.DecimalField(blank=True, decimal_places=6, max_digits=14, null=True)),
                ('webhook_hosts', models.JSONField(blank=True, default=list)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_keys', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.RESTRICT, related_name='api_keys', to='accounts.team')),
            ],
            options={
                'ordering': ['-created_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='FormDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.CharField(blank=True, max_length=20)),
                ('fields', models.JSONField()),
                ('saved_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='form_drafts', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('owner', 'place'), name='one_draft_in_a_place')],
            },
        ),
    ]
