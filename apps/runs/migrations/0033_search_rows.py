"""Search rows. Every run begins without one and says so: the sweep writes them, a batch a second, newest first."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('accounts', '0007_webhook_hosts'),
        ('runs', '0032_lookups'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchRow',
            fields=[
                ('run', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='search_row', serialize=False, to='runs.run')),
                ('thread', models.CharField(blank=True, max_length=20, null=True)),
                ('created_at', models.DateTimeField()),
                ('agreement', models.FloatField(blank=True, null=True)),
                ('grounding', models.FloatField(blank=True, null=True)),
                ('stability', models.FloatField(blank=True, null=True)),
                ('preference', models.FloatField(blank=True, null=True)),
                ('cost', models.DecimalField(blank=True, decimal_places=6, max_digits=14, null=True)),
                ('duration', models.FloatField(blank=True, null=True)),
                ('facets', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=300), blank=True, default=list, size=None)),
                ('words', django.contrib.postgres.search.SearchVectorField()),
                ('finding_words', django.contrib.postgres.search.SearchVectorField()),
            ],
        ),
        migrations.AddField(
            model_name='run',
            name='needs_indexing',
            field=models.BooleanField(default=True),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('needs_indexing', True)), fields=['owner', 'id'], name='run_to_index'),
        ),
        migrations.AddField(
            model_name='searchrow',
            name='owner',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='searchrow',
            index=models.Index(fields=['owner', '-created_at', '-run'], name='search_newest'),
        ),
        migrations.AddIndex(
            model_name='searchrow',
            index=django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['words'], name='search_words'),
        ),
        migrations.AddIndex(
            model_name='searchrow',
            index=django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['finding_words'], name='search_findings'),
        ),
        migrations.AddIndex(
            model_name='searchrow',
            index=django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['facets'], name='search_facets'),
        ),
        migrations.AddIndex(
            model_name='searchrow',
            index=models.Index(fields=['owner', 'cost'], name='search_cost'),
        ),
        migrations.AddIndex(
            model_name='searchrow',
            index=models.Index(fields=['owner', 'agreement'], name='search_agreement'),
        ),
        migrations.AddIndex(
            model_name='searchrow',
            index=models.Index(condition=models.Q(('thread__isnull', False)), fields=['thread', 'run'], name='search_thread'),
        ),
    ]
