"""Who decided what about a likely return and when, what followed from it, and which analyses are still to compare."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def keep_decisions(apps, schema_editor):
    """Give what was decided before there was a history the one row that is known of it."""
    alias = schema_editor.connection.alias
    history = apps.get_model("tracker", "RecurrenceDecision").objects.using(alias)
    decided = apps.get_model("tracker", "Recurrence").objects.using(alias).exclude(decision="pending")
    history.bulk_create(
        history.model(
            recurrence=row, decision=row.decision, reason=row.reason, at=row.decided_at,
            actor=row.decided_by, actor_name=row.decided_by_name, door="admin",
        )
        for row in decided
    )


def let_look(apps, schema_editor):
    """Let the groups that are still there and read history look at it."""
    alias = schema_editor.connection.alias
    content_type = apps.get_model("contenttypes", "ContentType").objects.using(alias).get_or_create(
        app_label="tracker", model="recurrencedecision"
    )[0]
    permission = apps.get_model("auth", "Permission").objects.using(alias).get_or_create(
        content_type=content_type,
        codename="view_recurrencedecision",
        defaults={"name": "Can view recurrence decision"},
    )[0]
    for group in apps.get_model("auth", "Group").objects.using(alias).filter(name__in=("Manager", "Auditor")):
        group.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        ('tracker', '0013_revenue_rights'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RecurrenceDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actor_name', models.CharField(help_text='Kept when the user is deleted.', max_length=200)),
                ('door', models.CharField(choices=[('admin', 'Admin'), ('command', 'Command'), ('api', 'API'), ('task', 'Task'), ('intake', 'Intake')], max_length=20)),
                ('at', models.DateTimeField()),
                ('decision', models.CharField(choices=[('pending', 'To decide'), ('confirmed', 'It returned'), ('rejected', 'No return'), ('same_incident', 'Same incident')], max_length=20)),
                ('reason', models.TextField(blank=True)),
                ('told', models.JSONField(blank=True, default=list, help_text='Sentences: what changed with it, or could not.')),
            ],
            options={
                'ordering': ('-at', '-pk'),
            },
        ),
        migrations.AlterModelOptions(
            name='recurrence',
            options={'ordering': ('-likely', '-score', 'pk')},
        ),
        migrations.AddField(
            model_name='analysisterms',
            name='compared',
            field=models.BooleanField(default=False, help_text='With all that was there after these terms were committed.'),
        ),
        migrations.AddField(
            model_name='recurrence',
            name='consequences',
            field=models.JSONField(blank=True, default=dict, help_text='What the confirmation changed, to undo it.'),
        ),
        migrations.AddField(
            model_name='recurrence',
            name='is_pending',
            field=models.GeneratedField(db_persist=True, expression=models.Case(models.When(decision='pending', then=models.Value(True)), default=models.Value(False)), output_field=models.BooleanField()),
        ),
        migrations.AddField(
            model_name='recurrence',
            name='likely',
            field=models.BooleanField(default=False, help_text='Else it is possible, and more often none.'),
        ),
        migrations.AlterField(
            model_name='recurrence',
            name='score',
            field=models.FloatField(help_text='0 to 1: how much speaks for it.'),
        ),
        migrations.AddIndex(
            model_name='analysisterms',
            index=models.Index(condition=models.Q(('compared', False)), fields=['id'], name='terms_to_compare'),
        ),
        migrations.AddIndex(
            model_name='recurrence',
            index=models.Index(fields=['-is_pending', '-likely', '-id'], name='recurrence_pending_first'),
        ),
        migrations.AddField(
            model_name='recurrencedecision',
            name='actor',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='recurrencedecision',
            name='recurrence',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='tracker.recurrence'),
        ),
        migrations.RunPython(keep_decisions, migrations.RunPython.noop),
        migrations.RunPython(let_look, migrations.RunPython.noop),
    ]
