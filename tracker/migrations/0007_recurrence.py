"""What analyses are compared by and their likely returns, and who may look at both."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


EVERYBODY = ("Engineer", "Manager", "Executive", "Auditor")
RIGHTS = {"recurrence": EVERYBODY, "analysisterms": ("Manager", "Auditor")}


def let_look(apps, schema_editor):
    """Give the groups that are still there the right to look. Django makes the rights after the last migration only."""
    alias = schema_editor.connection.alias
    for model, groups in RIGHTS.items():
        content_type = apps.get_model("contenttypes", "ContentType").objects.using(alias).get_or_create(
            app_label="tracker", model=model
        )[0]
        words = apps.get_model("tracker", model)._meta.verbose_name
        permission = apps.get_model("auth", "Permission").objects.using(alias).get_or_create(
            content_type=content_type, codename=f"view_{model}", defaults={"name": f"Can view {words}"}
        )[0]
        for group in apps.get_model("auth", "Group").objects.using(alias).filter(name__in=groups):
            group.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [
        ('tracker', '0006_one_unfinished_run'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
    ]

    operations = [
        migrations.CreateModel(
            name='AnalysisTerms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('terms', models.BinaryField()),
                ('version', models.PositiveSmallIntegerField(help_text='Of the packing; terms of another are read from the text.')),
                ('fingerprint', models.BigIntegerField(help_text='Of the terms and the date: says whether they have changed.')),
                ('analysis', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='terms', to='tracker.analysis')),
            ],
            options={
                'verbose_name_plural': 'analysis terms',
            },
        ),
        migrations.CreateModel(
            name='Recurrence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('score', models.FloatField(help_text='0 to 1: an estimate of the probability.')),
                ('kind', models.CharField(choices=[('recurrence', 'Another failure'), ('same incident', 'The same incident')], max_length=20)),
                ('reasons', models.JSONField(blank=True, default=list, help_text='Sentences, the strongest reason first.')),
                ('found_at', models.DateTimeField()),
                ('decision', models.CharField(choices=[('pending', 'To decide'), ('confirmed', 'It returned'), ('rejected', 'No return'), ('same_incident', 'Same incident')], default='pending', max_length=20)),
                ('case', models.CharField(blank=True, choices=[('while_open', 'It recurred while an earlier issue was open'), ('though_validated', 'It recurred although the earlier issues were validated'), ('untreated', 'It recurred, and nothing had been done about the earlier one')], help_text='How the earlier issues stood when it was confirmed.', max_length=20)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decided_by_name', models.CharField(blank=True, help_text='Kept when the user is deleted.', max_length=200)),
                ('reason', models.TextField(blank=True)),
                ('analysis', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='returns', to='tracker.analysis')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('earlier', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='returned_as', to='tracker.analysis')),
            ],
            options={
                'ordering': ('-score', 'pk'),
                'indexes': [models.Index(fields=['decision', 'decided_at'], name='recurrence_decision')],
                'constraints': [models.UniqueConstraint(fields=('analysis', 'earlier'), name='recurrence_once_per_pair'), models.CheckConstraint(condition=models.Q(('analysis', models.F('earlier')), _negated=True), name='recurrence_of_another'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decision', 'pending')), models.Q(models.Q(('decision', 'pending'), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='recurrence_decided_with_time'), models.CheckConstraint(condition=models.Q(models.Q(('decision', 'confirmed'), models.Q(('case', ''), _negated=True)), models.Q(models.Q(('decision', 'confirmed'), _negated=True), ('case', '')), _connector='OR'), name='recurrence_confirmed_with_case')],
            },
        ),
        migrations.RunPython(let_look, migrations.RunPython.noop),
    ]
