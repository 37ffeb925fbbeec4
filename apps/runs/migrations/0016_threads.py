"""Put runs that follow each other into threads: the first that follows a run goes on with its thread, others branch."""

import django.contrib.postgres.fields
from django.db import migrations, models

THREADS = """
WITH RECURSIVE follower AS (
    SELECT id, public_id, parent_id, row_number() OVER (PARTITION BY parent_id ORDER BY id) = 1 AS is_first
    FROM runs_run WHERE parent_id IS NOT NULL
), turn AS (
    SELECT id, public_id AS thread, ARRAY[]::bigint[] AS ancestors
    FROM runs_run WHERE parent_id IS NULL AND id IN (SELECT parent_id FROM follower)
    UNION ALL
    SELECT follower.id, CASE WHEN is_first THEN turn.thread ELSE follower.public_id END, turn.ancestors || turn.id
    FROM turn JOIN follower ON follower.parent_id = turn.id
)
UPDATE runs_run SET thread = turn.thread, ancestors = turn.ancestors FROM turn WHERE turn.id = runs_run.id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0015_unkept'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='thread',
            field=models.CharField(blank=True, max_length=20, null=True),
        ),
        migrations.AddField(
            model_name='run',
            name='ancestors',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None),
        ),
        migrations.AddField(
            model_name='run',
            name='earlier_answers',
            field=models.CharField(default='fused', max_length=10),
        ),
        migrations.AddField(
            model_name='run',
            name='own_answers',
            field=models.JSONField(blank=True, default=dict),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='share',
            name='thread',
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.RunSQL(THREADS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(('earlier_answers__in', ['fused', 'own'])), name='runs_run_earlier_answers_is_known'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('thread__isnull', False)), fields=['thread', 'id'], name='run_thread'),
        ),
    ]
