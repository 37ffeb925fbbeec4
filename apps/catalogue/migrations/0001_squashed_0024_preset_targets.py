"""Make the tables of a new site; a site from before goes through the migrations that this one replaces."""

import apps.fusion.vocabulary
import apps.providers.dialects
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('catalogue', '0001_initial'),
        ('catalogue', '0002_providers_on_the_page'),
        ('catalogue', '0003_preset_note'),
        ('catalogue', '0004_tests_and_refreshes'),
        ('catalogue', '0005_teams'),
        ('catalogue', '0006_preset_values'),
        ('catalogue', '0007_model_names'),
        ('catalogue', '0008_prompt_speed'),
        ('catalogue', '0009_preferences'),
        ('catalogue', '0010_preset_grace'),
        ('catalogue', '0011_guidance'),
        ('catalogue', '0012_grace_is_auto'),
        ('catalogue', '0013_preset_answer_check'),
        ('catalogue', '0014_preset_peer_review'),
        ('catalogue', '0015_lookups'),
        ('catalogue', '0016_model_supports_tools'),
        ('catalogue', '0017_model_search'),
        ('catalogue', '0018_tool_servers'),
        ('catalogue', '0019_calibrations'),
        ('catalogue', '0020_preset_web'),
        ('catalogue', '0021_preset_votes'),
        ('catalogue', '0022_routing_rules'),
        ('catalogue', '0023_site_calibrations'),
        ('catalogue', '0024_preset_targets'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed_0010_counts_imported'),
        ('accounts', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('engine', models.CharField(blank=True, max_length=20)),
                ('base_url', models.CharField(blank=True, max_length=500)),
                ('secrets', models.TextField(blank=True)),
                ('price_per_1000', models.DecimalField(blank=True, decimal_places=4, max_digits=8, null=True)),
                ('obeys_robots_for_named', models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name='ToolServer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True)),
                ('name', models.CharField(max_length=60)),
                ('url', models.CharField(max_length=500)),
                ('secrets', models.TextField(blank=True)),
                ('only_public', models.BooleanField(default=True)),
                ('is_connected', models.BooleanField(default=True)),
                ('listed_at', models.DateTimeField(blank=True, null=True)),
                ('failure', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['name', 'slug'],
            },
        ),
        migrations.CreateModel(
            name='LookupEntry',
            fields=[
                ('key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=10)),
                ('value', models.TextField(blank=True)),
                ('validators', models.JSONField(default=dict)),
                ('stored_at', models.DateTimeField(blank=True, null=True)),
                ('leased_until', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['stored_at'], name='lookup_entry_by_age')],
            },
        ),
        migrations.CreateModel(
            name='Provider',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True)),
                ('name', models.CharField(max_length=100)),
                ('dialect', models.CharField(choices=[(apps.providers.dialects.Dialect['OPENAI'], apps.providers.dialects.Dialect['OPENAI']), (apps.providers.dialects.Dialect['ANTHROPIC'], apps.providers.dialects.Dialect['ANTHROPIC']), (apps.providers.dialects.Dialect['GEMINI'], apps.providers.dialects.Dialect['GEMINI'])], default='openai', max_length=30)),
                ('base_url', models.CharField(max_length=500)),
                ('api_key_env', models.CharField(blank=True, max_length=100)),
                ('is_from_environment', models.BooleanField(default=True)),
                ('secrets', models.TextField(blank=True)),
                ('requests_per_minute', models.PositiveIntegerField(blank=True, null=True)),
                ('max_streams', models.PositiveIntegerField(blank=True, null=True)),
                ('only_public', models.BooleanField(default=False)),
                ('is_connected', models.BooleanField(default=True)),
                ('model_names', models.TextField(blank=True)),
                ('refresh_asked_at', models.DateTimeField(blank=True, null=True)),
                ('refreshed_at', models.DateTimeField(blank=True, null=True)),
                ('refresh_failure', models.TextField(blank=True)),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='providers', to='accounts.team')),
            ],
        ),
        migrations.CreateModel(
            name='Model',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('reference', models.CharField(max_length=255, unique=True)),
                ('label', models.CharField(max_length=200)),
                ('maker', models.CharField(blank=True, max_length=100)),
                ('family', models.CharField(blank=True, max_length=100)),
                ('base_url', models.CharField(blank=True, max_length=500)),
                ('style', models.CharField(choices=[(apps.fusion.vocabulary.PromptStyle['CHAT'], apps.fusion.vocabulary.PromptStyle['CHAT']), (apps.fusion.vocabulary.PromptStyle['SMALL'], apps.fusion.vocabulary.PromptStyle['SMALL']), (apps.fusion.vocabulary.PromptStyle['BASE'], apps.fusion.vocabulary.PromptStyle['BASE'])], default='chat', max_length=10)),
                ('context_length', models.PositiveIntegerField(blank=True, null=True)),
                ('max_output', models.PositiveIntegerField(blank=True, null=True)),
                ('supports_json_schema', models.BooleanField(default=False)),
                ('supports_vision', models.BooleanField(blank=True, null=True)),
                ('supports_reasoning', models.BooleanField(blank=True, null=True)),
                ('supports_tools', models.BooleanField(blank=True, null=True)),
                ('connect_s', models.FloatField(blank=True, null=True)),
                ('first_token_s', models.FloatField(blank=True, null=True)),
                ('idle_s', models.FloatField(blank=True, null=True)),
                ('total_s', models.FloatField(blank=True, null=True)),
                ('price_source', models.CharField(default='unknown', max_length=10)),
                ('price_input', models.DecimalField(blank=True, decimal_places=6, max_digits=12, null=True)),
                ('price_cached', models.DecimalField(blank=True, decimal_places=6, max_digits=12, null=True)),
                ('price_output', models.DecimalField(blank=True, decimal_places=6, max_digits=12, null=True)),
                ('is_available', models.BooleanField(default=True)),
                ('test_asked_at', models.DateTimeField(blank=True, null=True)),
                ('tested_at', models.DateTimeField(blank=True, null=True)),
                ('test_latency_s', models.FloatField(blank=True, null=True)),
                ('test_failure', models.TextField(blank=True)),
                ('prompt_speed', models.FloatField(blank=True, null=True)),
                ('search', models.CharField(default='own', max_length=10)),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='models', to='catalogue.provider')),
            ],
            options={
                'ordering': ['provider__slug', 'name'],
                'constraints': [models.CheckConstraint(condition=models.Q(('style__in', [apps.fusion.vocabulary.PromptStyle['CHAT'], apps.fusion.vocabulary.PromptStyle['SMALL'], apps.fusion.vocabulary.PromptStyle['BASE']])), name='model_style_is_known'), models.CheckConstraint(condition=models.Q(('price_source__in', [apps.fusion.vocabulary.PriceSource['PROVIDER'], apps.fusion.vocabulary.PriceSource['TABLE'], apps.fusion.vocabulary.PriceSource['MANUAL'], apps.fusion.vocabulary.PriceSource['UNKNOWN']])), name='model_price_source_is_known')],
            },
        ),
        migrations.CreateModel(
            name='SavedCalibration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('version', models.PositiveIntegerField(default=1)),
                ('value', models.JSONField()),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='calibrations', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='calibrations', to='accounts.team')),
            ],
            options={
                'ordering': ['name', '-version'],
                'constraints': [models.UniqueConstraint(fields=('owner', 'name', 'version'), name='calibration_version_is_unique', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('owner__isnull', True), ('team__isnull', True)), models.Q(('owner__isnull', False), ('team__isnull', False)), _connector='OR'), name='calibration_is_the_sites_or_a_teams')],
            },
        ),
        migrations.CreateModel(
            name='SavedRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(default=0)),
                ('value', models.JSONField()),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='routing_rules', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.RESTRICT, related_name='routing_rules', to='accounts.team')),
            ],
            options={
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ServerTool',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=128)),
                ('title', models.CharField(blank=True, max_length=200)),
                ('description', models.TextField(blank=True)),
                ('input_schema', models.JSONField(default=dict)),
                ('is_read_only', models.BooleanField(default=False)),
                ('is_allowed', models.BooleanField(blank=True, null=True)),
                ('has_changed', models.BooleanField(default=False)),
                ('is_offered', models.BooleanField(default=True)),
                ('server', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tools', to='catalogue.toolserver')),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(fields=('server', 'name'), name='server_tool_is_unique')],
            },
        ),
        migrations.CreateModel(
            name='CriteriaSet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('text', models.TextField(blank=True)),
                ('judge_instructions', models.TextField(blank=True)),
                ('writer_instructions', models.TextField(blank=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='criteria_sets', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.RESTRICT, related_name='criteria_sets', to='accounts.team')),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(fields=('owner', 'name'), name='criteria_set_is_unique')],
            },
        ),
        migrations.CreateModel(
            name='ModelPreference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_starred', models.BooleanField(default=False)),
                ('is_hidden', models.BooleanField(default=False)),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='preferences', to='catalogue.model')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='model_preferences', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'model'), name='model_preference_is_unique')],
            },
        ),
        migrations.CreateModel(
            name='Preset',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField()),
                ('is_current', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('name', models.CharField(max_length=50)),
                ('version', models.PositiveIntegerField(default=1)),
                ('position', models.PositiveIntegerField(default=0)),
                ('strategy', models.CharField(default='fuse', max_length=20)),
                ('panel', models.JSONField()),
                ('judge', models.CharField(max_length=255)),
                ('judge_parameters', models.JSONField(blank=True, null=True)),
                ('writer', models.CharField(max_length=255)),
                ('writer_parameters', models.JSONField()),
                ('system', models.TextField(blank=True)),
                ('criteria', models.TextField(blank=True)),
                ('judge_instructions', models.TextField(blank=True)),
                ('writer_instructions', models.TextField(blank=True)),
                ('quorum', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('grace_s', models.FloatField(blank=True, null=True)),
                ('grace_is_auto', models.BooleanField(default=False)),
                ('hard_limit_s', models.FloatField(blank=True, null=True)),
                ('max_cost', models.DecimalField(blank=True, decimal_places=6, max_digits=14, null=True)),
                ('votes', models.JSONField(blank=True, null=True)),
                ('answer_check', models.BooleanField(default=False)),
                ('peer_review', models.BooleanField(default=False)),
                ('web', models.JSONField(blank=True, null=True)),
                ('routes', models.BooleanField(default=False)),
                ('cache', models.JSONField(blank=True, null=True)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('targets', models.JSONField(blank=True, null=True)),
                ('is_available', models.BooleanField(default=True)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='presets', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='presets', to='accounts.team')),
            ],
            options={
                'ordering': ['position', 'slug'],
                'constraints': [models.UniqueConstraint(fields=('owner', 'slug', 'version'), name='preset_version_is_unique', nulls_distinct=False), models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('owner', 'slug'), name='preset_has_one_current_version', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('owner__isnull', True), ('team__isnull', True)), models.Q(('owner__isnull', False), ('team__isnull', False)), _connector='OR'), name='preset_is_the_sites_or_a_teams')],
            },
        ),
        migrations.CreateModel(
            name='PresetPreference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField()),
                ('position', models.PositiveIntegerField(blank=True, null=True)),
                ('is_default', models.BooleanField(default=False)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='preset_preferences', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'slug'), name='preset_preference_is_unique'), models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('user',), name='person_has_one_default_preset')],
            },
        ),
    ]
