"""Marks of runs, changes of many of them at once, and saved searches."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('accounts', '0007_webhook_hosts'),
        ('runs', '0035_reviews'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BulkChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=10)),
                ('tag', models.CharField(blank=True, max_length=50)),
                ('waiting', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None)),
                ('changed', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None)),
                ('total', models.PositiveIntegerField()),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='SavedSearch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('query', models.CharField(max_length=500)),
                ('by_relevance', models.BooleanField(default=False)),
                ('is_pinned', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'ordering': ['-is_pinned', 'name', 'id'],
            },
        ),
        migrations.AddField(
            model_name='run',
            name='binned_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='run',
            name='is_archived',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='run',
            name='is_starred',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='run',
            name='note',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='run',
            name='tags',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=50), blank=True, default=list, size=None),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('tags', []), _negated=True), fields=['owner'], name='run_tagged'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('binned_at__isnull', False)), fields=['binned_at'], name='run_binned'),
        ),
        migrations.AddField(
            model_name='bulkchange',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bulk_changes', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='bulkchange',
            name='undo_of',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='undo', to='runs.bulkchange'),
        ),
        migrations.AddField(
            model_name='savedsearch',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_searches', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='bulkchange',
            index=models.Index(condition=models.Q(('ended_at', None)), fields=['id'], name='bulk_unfinished'),
        ),
        migrations.AddIndex(
            model_name='bulkchange',
            index=models.Index(fields=['owner', '-id'], name='bulk_newest'),
        ),
        migrations.AddConstraint(
            model_name='bulkchange',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['tag', 'untag', 'star', 'unstar', 'archive', 'unarchive', 'bin', 'restore'])), name='runs_bulkchange_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='savedsearch',
            constraint=models.UniqueConstraint(fields=('owner', 'name'), name='one_search_of_a_name'),
        ),
    ]
