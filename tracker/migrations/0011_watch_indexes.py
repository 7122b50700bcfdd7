"""Every issue has its times, and what the watch asks for is indexed."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('tracker', '0010_watch_rows')]

    operations = [
        migrations.AlterField(
            model_name='issue',
            name='status_since',
            field=models.DateTimeField(help_text='When it came to its status.'),
        ),
        migrations.AlterField(
            model_name='issue',
            name='worked_at',
            field=models.DateTimeField(help_text='When somebody last wrote a note or moved its status.'),
        ),
        migrations.AddIndex(
            model_name='issue',
            index=models.Index(condition=models.Q(('status__in', ['identified', 'planned', 'in_progress', 'blocked', 'failed'])), fields=['deadline'], name='issue_open_deadline'),
        ),
        migrations.AddIndex(
            model_name='issue',
            index=models.Index(condition=models.Q(('status__in', ['identified', 'planned', 'in_progress', 'failed'])), fields=['priority', 'worked_at'], name='issue_moving_worked'),
        ),
        migrations.AddIndex(
            model_name='issue',
            index=models.Index(condition=models.Q(('status__in', ['identified', 'planned', 'in_progress', 'blocked', 'failed']), ('owner__isnull', True)), fields=['priority'], name='issue_open_unowned'),
        ),
        migrations.AddIndex(
            model_name='issue',
            index=models.Index(condition=models.Q(('status__in', ['blocked', 'failed'])), fields=['status', 'status_since'], name='issue_stuck_since'),
        ),
        migrations.AddIndex(
            model_name='issue',
            index=models.Index(condition=models.Q(('status', 'accepted')), fields=['accepted_until'], name='issue_accepted'),
        ),
        migrations.AddIndex(
            model_name='statuschange',
            index=models.Index(condition=models.Q(('door', 'task'), ('new_status', 'identified'), ('old_status', 'accepted')), fields=['issue', 'at'], name='change_acceptance_ended'),
        ),
        migrations.AddConstraint(
            model_name='prioritypolicy',
            constraint=models.CheckConstraint(condition=models.Q(('late_warning_hours__lte', models.F('late_critical_hours')), ('late_critical_hours__lte', models.F('late_emergency_hours')), ('late_warning_hours__lte', models.F('late_emergency_hours'))), name='policy_lateness_in_order', violation_error_message='Being late is a warning first, then critical, then an emergency: put the hours in that order.'),
        ),
    ]
