"""Make the table of rulings."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('runs', '0021_finding_names'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Ruling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('judge', models.BigIntegerField(blank=True, null=True)),
                ('finding', models.CharField(blank=True, max_length=60)),
                ('kind', models.CharField(blank=True, max_length=20, null=True)),
                ('topic', models.TextField(blank=True)),
                ('sides', models.JSONField(blank=True)),
                ('verdict', models.CharField(max_length=12)),
                ('right', models.JSONField(blank=True)),
                ('text', models.TextField(blank=True)),
                ('comment', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rulings', to='runs.run')),
            ],
            options={
                'ordering': ['run', 'id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('verdict__in', ['side', 'statement', 'immaterial', 'drop', 'add', 'comment'])), name='ruling_verdict_is_known'), models.UniqueConstraint(condition=models.Q(('finding', ''), _negated=True), fields=('run', 'judge', 'finding'), name='ruling_is_one_per_finding')],
            },
        ),
    ]
