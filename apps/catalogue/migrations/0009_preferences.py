"""Preferences of people among models and presets; strategies and system prompts of presets."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0008_prompt_speed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='preset',
            name='strategy',
            field=models.CharField(default='fuse', max_length=20),
        ),
        # A preset of one model has always been asked as `single`.
        migrations.RunSQL(
            "UPDATE catalogue_preset SET strategy = 'single' WHERE jsonb_array_length(panel) = 1", migrations.RunSQL.noop
        ),
        migrations.AddField(
            model_name='preset',
            name='system',
            field=models.TextField(blank=True),
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
