"""Make the tables of a new site; a site from before goes through the migrations that this one replaces."""

import apps.fusion.vocabulary
import apps.runs.models.runs
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('runs', '0001_initial'),
        ('runs', '0002_attempts_and_caps'),
        ('runs', '0003_spending'),
        ('runs', '0004_call_ended'),
        ('runs', '0005_priority'),
        ('runs', '0006_coverage'),
        ('runs', '0007_beyond'),
        ('runs', '0008_turn_of'),
        ('runs', '0009_reserved'),
        ('runs', '0010_teams'),
        ('runs', '0011_rows_of_a_call'),
        ('runs', '0012_move_rows'),
        ('runs', '0013_drop_moved_columns'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed_0003_teams'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Call',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stage', models.CharField(max_length=40)),
                ('role', models.CharField(max_length=10)),
                ('slot', models.CharField(blank=True, max_length=1)),
                ('take', models.PositiveIntegerField(default=1)),
                ('model', models.CharField(max_length=255)),
                ('parameters', models.JSONField()),
                ('inputs', models.JSONField()),
                ('status', models.CharField(default='queued', max_length=10)),
                ('claim', models.PositiveIntegerField(default=0)),
                ('deliveries', models.PositiveIntegerField(default=0)),
                ('fallback', models.CharField(blank=True, max_length=255)),
                ('routed_to', models.CharField(blank=True, max_length=255)),
                ('answered_by', models.CharField(blank=True, max_length=255)),
                ('dropped', models.JSONField(blank=True)),
                ('cancel_requested', models.BooleanField(default=False)),
                ('cancel_code', models.CharField(blank=True, max_length=30, null=True)),
                ('not_before', models.DateTimeField(blank=True, null=True)),
                ('wait_reason', models.CharField(blank=True, max_length=20, null=True)),
                ('heartbeat_at', models.DateTimeField(blank=True, null=True)),
                ('failure_code', models.CharField(blank=True, max_length=30, null=True)),
                ('failure_sentence', models.TextField(blank=True)),
                ('finish_reason', models.CharField(blank=True, max_length=20, null=True)),
                ('usage', models.JSONField()),
                ('cost', models.DecimalField(blank=True, decimal_places=6, max_digits=14, null=True)),
                ('cost_source', models.CharField(default='unknown', max_length=10)),
                ('cost_so_far', models.DecimalField(blank=True, decimal_places=6, max_digits=14, null=True)),
                ('reserved_cost', models.DecimalField(decimal_places=6, default=0, max_digits=14)),
                ('possible_extra_cost', models.DecimalField(decimal_places=6, default=0, max_digits=14)),
                ('upstream_id', models.CharField(blank=True, max_length=200)),
                ('ttft_s', models.FloatField(blank=True, null=True)),
                ('duration_s', models.FloatField(blank=True, null=True)),
                ('enqueued_at', models.DateTimeField(blank=True, default=django.utils.timezone.now, null=True)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='CallOutput',
            fields=[
                ('call', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='output', serialize=False, to='runs.call')),
                ('text', models.TextField(blank=True)),
                ('reasoning', models.TextField(blank=True)),
                ('html', models.TextField(blank=True)),
                ('analysis', models.JSONField(blank=True, null=True)),
                ('coverage', models.JSONField(blank=True, default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('ordinal', models.PositiveIntegerField()),
                ('text', models.TextField()),
                ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='findings', to='runs.call')),
            ],
            options={
                'ordering': ['call', 'ordinal'],
            },
        ),
        migrations.CreateModel(
            name='Evidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slot', models.CharField(max_length=1)),
                ('stance', models.TextField(blank=True)),
                ('quote', models.TextField(blank=True)),
                ('span_start', models.PositiveIntegerField(blank=True, null=True)),
                ('span_end', models.PositiveIntegerField(blank=True, null=True)),
                ('is_verified', models.BooleanField(default=False)),
                ('finding', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='evidence', to='runs.finding')),
            ],
        ),
        migrations.CreateModel(
            name='PastSpending',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('cost', models.DecimalField(decimal_places=6, max_digits=14)),
                ('api_key', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='past_spending', to='accounts.apikey')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='past_spending', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=apps.runs.models.runs.new_public_id, max_length=20, unique=True)),
                ('title', models.CharField(max_length=200)),
                ('prompt', models.TextField()),
                ('messages', models.JSONField()),
                ('recipe', models.JSONField()),
                ('preset', models.CharField(blank=True, max_length=50)),
                ('idempotency_key', models.CharField(blank=True, max_length=255, null=True)),
                ('request_digest', models.CharField(blank=True, max_length=64)),
                ('metadata', models.JSONField(blank=True, default=dict)),
                ('priority', models.CharField(default='interactive', max_length=15)),
                ('status', models.CharField(default='running', max_length=10)),
                ('answer_kind', models.CharField(blank=True, max_length=10, null=True)),
                ('failure_code', models.CharField(blank=True, max_length=30, null=True)),
                ('failure_sentence', models.TextField(blank=True)),
                ('agreement', models.FloatField(blank=True, null=True)),
                ('agreement_items', models.PositiveIntegerField(default=0)),
                ('contradictions', models.PositiveIntegerField(default=0)),
                ('cost', models.DecimalField(blank=True, decimal_places=6, max_digits=14, null=True)),
                ('cost_is_complete', models.BooleanField(default=True)),
                ('estimate_low', models.DecimalField(blank=True, decimal_places=6, max_digits=14, null=True)),
                ('estimate_high', models.DecimalField(blank=True, decimal_places=6, max_digits=14, null=True)),
                ('wake_at', models.DateTimeField(blank=True, null=True)),
                ('fuse_now', models.BooleanField(default=False)),
                ('cancel_requested', models.BooleanField(default=False)),
                ('cap_reached', models.BooleanField(default=False)),
                ('resumed_at', models.DateTimeField(blank=True, null=True)),
                ('needs_resync', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('analysis_call', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='runs.call')),
                ('answer_call', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='runs.call')),
                ('api_key', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='runs', to='accounts.apikey')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='runs', to=settings.AUTH_USER_MODEL)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='children', to='runs.run')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.RESTRICT, related_name='runs', to='accounts.team')),
            ],
        ),
        migrations.AddField(
            model_name='call',
            name='run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='calls', to='runs.run'),
        ),
        migrations.CreateModel(
            name='Share',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(default=apps.runs.models.runs.new_share_code, max_length=40, unique=True)),
                ('snapshot', models.JSONField()),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shares', to='runs.run')),
            ],
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ordinal', models.PositiveIntegerField()),
                ('model', models.CharField(max_length=255)),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('waited_s', models.FloatField(blank=True, null=True)),
                ('http_status', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('failure_code', models.CharField(blank=True, max_length=30, null=True)),
                ('failure_sentence', models.TextField(blank=True)),
                ('billing', models.CharField(max_length=10)),
                ('usage', models.JSONField(blank=True, null=True)),
                ('cost', models.DecimalField(blank=True, decimal_places=6, max_digits=14, null=True)),
                ('possible_cost', models.DecimalField(blank=True, decimal_places=6, max_digits=14, null=True)),
                ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='runs.call')),
            ],
            options={
                'ordering': ['call', 'ordinal'],
                'constraints': [models.UniqueConstraint(fields=('call', 'ordinal'), name='attempt_is_unique'), models.CheckConstraint(condition=models.Q(('failure_code__in', ['invalid_request', 'authentication', 'permission', 'insufficient_credits', 'invalid_model', 'context_too_long', 'rate_limited', 'overloaded', 'upstream_error', 'connection', 'bad_stream', 'timeout', 'too_large', 'refused', 'empty', 'bad_reply', 'worker_lost', 'too_slow', 'circuit_open', 'capped', 'cancelled', 'all_panels_failed', 'unexpected_error'])), name='runs_attempt_failure_code_is_known'), models.CheckConstraint(condition=models.Q(('billing__in', ['billed', 'not_billed', 'uncertain'])), name='runs_attempt_billing_is_known')],
            },
        ),
        migrations.CreateModel(
            name='Assessment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slot', models.CharField(max_length=1)),
                ('criterion', models.CharField(max_length=200)),
                ('score', models.PositiveSmallIntegerField()),
                ('reason', models.TextField(blank=True)),
                ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assessments', to='runs.call')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('slot__in', ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'])), name='runs_assessment_slot_is_known'), models.CheckConstraint(condition=models.Q(('score__range', (1, 5))), name='assessment_score_is_1_to_5')],
            },
        ),
        migrations.AddConstraint(
            model_name='finding',
            constraint=models.UniqueConstraint(fields=('call', 'ordinal'), name='finding_is_unique'),
        ),
        migrations.AddConstraint(
            model_name='finding',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['consensus', 'contradiction', 'partial_coverage', 'unique_insight', 'blind_spot'])), name='runs_finding_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='evidence',
            constraint=models.CheckConstraint(condition=models.Q(('slot__in', ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'])), name='runs_evidence_slot_is_known'),
        ),
        migrations.AddIndex(
            model_name='pastspending',
            index=models.Index(fields=['owner', 'day'], name='past_spending'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(fields=['owner', '-created_at', '-id'], name='run_history'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('wake_at__isnull', False)), fields=['wake_at'], name='run_wake'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(('priority__in', ['interactive', 'bulk'])), name='runs_run_priority_is_known'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['queued', 'running', 'done', 'failed', 'cancelled'])), name='runs_run_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(('answer_kind__in', ['fused', 'only', 'closest'])), name='runs_run_answer_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(('failure_code__in', ['invalid_request', 'authentication', 'permission', 'insufficient_credits', 'invalid_model', 'context_too_long', 'rate_limited', 'overloaded', 'upstream_error', 'connection', 'bad_stream', 'timeout', 'too_large', 'refused', 'empty', 'bad_reply', 'worker_lost', 'too_slow', 'circuit_open', 'capped', 'cancelled', 'all_panels_failed', 'unexpected_error'])), name='runs_run_failure_code_is_known'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.UniqueConstraint(fields=('owner', 'idempotency_key'), name='run_is_created_once'),
        ),
        migrations.AddIndex(
            model_name='call',
            index=models.Index(condition=models.Q(('status__in', [apps.fusion.vocabulary.Status['QUEUED'], apps.fusion.vocabulary.Status['RUNNING']])), fields=['status', 'heartbeat_at'], name='call_unfinished'),
        ),
        migrations.AddIndex(
            model_name='call',
            index=models.Index(condition=models.Q(('status', apps.fusion.vocabulary.Status['DONE'])), fields=['model', 'role', '-id'], name='call_lengths'),
        ),
        migrations.AddIndex(
            model_name='call',
            index=models.Index(fields=['ended_at'], name='call_ended'),
        ),
        migrations.AddConstraint(
            model_name='call',
            constraint=models.UniqueConstraint(fields=('run', 'stage', 'role', 'slot', 'take'), name='call_is_unique'),
        ),
        migrations.AddConstraint(
            model_name='call',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['panel', 'judge', 'synthesis'])), name='runs_call_role_is_known'),
        ),
        migrations.AddConstraint(
            model_name='call',
            constraint=models.CheckConstraint(condition=models.Q(('slot__in', ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', ''])), name='runs_call_slot_is_known'),
        ),
        migrations.AddConstraint(
            model_name='call',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['queued', 'running', 'done', 'failed', 'cancelled'])), name='runs_call_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='call',
            constraint=models.CheckConstraint(condition=models.Q(('finish_reason__in', ['stop', 'length', 'refusal', 'content_filter', 'loop', 'unknown'])), name='runs_call_finish_reason_is_known'),
        ),
        migrations.AddConstraint(
            model_name='call',
            constraint=models.CheckConstraint(condition=models.Q(('failure_code__in', ['invalid_request', 'authentication', 'permission', 'insufficient_credits', 'invalid_model', 'context_too_long', 'rate_limited', 'overloaded', 'upstream_error', 'connection', 'bad_stream', 'timeout', 'too_large', 'refused', 'empty', 'bad_reply', 'worker_lost', 'too_slow', 'circuit_open', 'capped', 'cancelled', 'all_panels_failed', 'unexpected_error'])), name='runs_call_failure_code_is_known'),
        ),
        migrations.AddConstraint(
            model_name='call',
            constraint=models.CheckConstraint(condition=models.Q(('cancel_code__in', ['invalid_request', 'authentication', 'permission', 'insufficient_credits', 'invalid_model', 'context_too_long', 'rate_limited', 'overloaded', 'upstream_error', 'connection', 'bad_stream', 'timeout', 'too_large', 'refused', 'empty', 'bad_reply', 'worker_lost', 'too_slow', 'circuit_open', 'capped', 'cancelled', 'all_panels_failed', 'unexpected_error'])), name='runs_call_cancel_code_is_known'),
        ),
        migrations.AddConstraint(
            model_name='call',
            constraint=models.CheckConstraint(condition=models.Q(('cost_source__in', ['reported', 'computed', 'unknown'])), name='runs_call_cost_source_is_known'),
        ),
        migrations.AddConstraint(
            model_name='call',
            constraint=models.CheckConstraint(condition=models.Q(('wait_reason__in', ['rate_limit', 'concurrency', 'retry_after'])), name='runs_call_wait_reason_is_known'),
        ),
    ]
