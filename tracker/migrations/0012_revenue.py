"""What there is to lose, as people state it, and what a manager confirmed that an issue puts at risk."""

import django.core.validators
import django.db.models.deletion
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tracker', '0011_watch_indexes'),
    ]

    operations = [
        migrations.CreateModel(
            name='RevenueProfile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('effective_on', models.DateField(error_messages={'unique': 'There is a profile from this date on already: choose another date.'}, help_text='The first day on which it counts, until the day before the next profile.', unique=True, verbose_name='in force from')),
                ('currency', models.CharField(help_text='Three letters, such as USD or EUR. All amounts of the site are in it.', max_length=3, validators=[django.core.validators.RegexValidator('^[A-Z]{3}\\Z', 'Write the three capital letters of the currency, such as USD.')])),
                ('mrr', models.DecimalField(decimal_places=2, help_text='All of it, a month. No issue and no number of issues puts more than this at risk.', max_digits=14, validators=[django.core.validators.MinValueValidator(Decimal('0.01'))], verbose_name='monthly recurring revenue')),
                ('grows', models.BooleanField(default=True, help_text='While its issue is open a share grows by 1 + hours / 168, at most to twice.', verbose_name='grows with age')),
                ('p0_low', models.DecimalField(decimal_places=2, default=Decimal('7.5'), max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='P0 low, %')),
                ('p0_likely', models.DecimalField(decimal_places=2, default=Decimal('15'), max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='P0 likely, %')),
                ('p0_high', models.DecimalField(decimal_places=2, default=Decimal('30'), max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='P0 high, %')),
                ('p1_low', models.DecimalField(decimal_places=2, default=Decimal('4'), max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='P1 low, %')),
                ('p1_likely', models.DecimalField(decimal_places=2, default=Decimal('8'), max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='P1 likely, %')),
                ('p1_high', models.DecimalField(decimal_places=2, default=Decimal('16'), max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='P1 high, %')),
                ('p2_low', models.DecimalField(decimal_places=2, default=Decimal('1.5'), max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='P2 low, %')),
                ('p2_likely', models.DecimalField(decimal_places=2, default=Decimal('3'), max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='P2 likely, %')),
                ('p2_high', models.DecimalField(decimal_places=2, default=Decimal('6'), max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='P2 high, %')),
                ('p3_low', models.DecimalField(decimal_places=2, default=Decimal('0.5'), max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='P3 low, %')),
                ('p3_likely', models.DecimalField(decimal_places=2, default=Decimal('1'), max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='P3 likely, %')),
                ('p3_high', models.DecimalField(decimal_places=2, default=Decimal('2'), max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='P3 high, %')),
                ('hourly_rate', models.DecimalField(blank=True, decimal_places=2, help_text='For the cost of remediation. Empty: costs and returns read “not set”.', max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0.01'))], verbose_name='cost of an hour of work')),
                ('p0_hours', models.DecimalField(decimal_places=2, default=Decimal('8'), max_digits=6, validators=[django.core.validators.MinValueValidator(Decimal('0.01'))], verbose_name='hours of a P0 issue')),
                ('p1_hours', models.DecimalField(decimal_places=2, default=Decimal('16'), max_digits=6, validators=[django.core.validators.MinValueValidator(Decimal('0.01'))], verbose_name='hours of a P1 issue')),
                ('other_hours', models.DecimalField(decimal_places=2, default=Decimal('4'), max_digits=6, validators=[django.core.validators.MinValueValidator(Decimal('0.01'))], verbose_name='hours of another issue')),
                ('months_counted', models.PositiveSmallIntegerField(default=1, help_text='For how many months protected revenue counts in a return.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(120)])),
                ('downtime_impact_percent', models.DecimalField(decimal_places=2, default=Decimal('80'), help_text='The part of the revenue of an hour that an hour of downtime costs.', max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='impact of downtime, %')),
                ('churn_percent_per_hour', models.DecimalField(blank=True, decimal_places=2, help_text='The part of the monthly recurring revenue that leaves for good. Empty: not counted.', max_digits=5, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='churn by an hour of downtime, %')),
                ('recovery_cost_per_hour', models.DecimalField(blank=True, decimal_places=2, help_text='What it costs to recover, such as credits and overtime. Empty: not counted.', max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0.01'))], verbose_name='recovery of an hour of downtime')),
            ],
            options={
                'ordering': ('-effective_on',),
            },
        ),
        migrations.CreateModel(
            name='RevenueStream',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('mrr', models.DecimalField(decimal_places=2, max_digits=14, validators=[django.core.validators.MinValueValidator(Decimal('0.01'))], verbose_name='monthly recurring revenue')),
            ],
            options={
                'ordering': ('profile', '-mrr', 'name'),
            },
        ),
        migrations.AddField(
            model_name='issue',
            name='revenue_at_risk',
            field=models.DecimalField(blank=True, decimal_places=2, help_text='Confirmed by a manager: a month, in site currency, in place of the share of the priority.', max_digits=14, null=True),
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.CheckConstraint(condition=models.Q(('revenue_at_risk__isnull', True), ('revenue_at_risk__gt', 0), _connector='OR'), name='issue_revenue_at_risk_positive'),
        ),
        migrations.AddConstraint(
            model_name='revenueprofile',
            constraint=models.CheckConstraint(condition=models.Q(('mrr__gt', 0)), name='revenue_mrr_positive'),
        ),
        migrations.AddConstraint(
            model_name='revenueprofile',
            constraint=models.CheckConstraint(condition=models.Q(('months_counted__gte', 1)), name='revenue_months_positive'),
        ),
        migrations.AddConstraint(
            model_name='revenueprofile',
            constraint=models.CheckConstraint(condition=models.Q(('other_hours__gt', 0), ('p0_hours__gt', 0), ('p1_hours__gt', 0)), name='revenue_hours_positive'),
        ),
        migrations.AddConstraint(
            model_name='revenueprofile',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('hourly_rate__isnull', True), ('hourly_rate__gt', 0), _connector='OR'), models.Q(('recovery_cost_per_hour__isnull', True), ('recovery_cost_per_hour__gt', 0), _connector='OR')), name='revenue_costs_positive'),
        ),
        migrations.AddConstraint(
            model_name='revenueprofile',
            constraint=models.CheckConstraint(condition=models.Q(('downtime_impact_percent__gte', 0), ('downtime_impact_percent__lte', 100), models.Q(('churn_percent_per_hour__isnull', True), models.Q(('churn_percent_per_hour__gte', 0), ('churn_percent_per_hour__lte', 100)), _connector='OR')), name='revenue_downtime_percent'),
        ),
        migrations.AddConstraint(
            model_name='revenueprofile',
            constraint=models.CheckConstraint(condition=models.Q(('p0_high__gte', models.F('p0_likely')), ('p0_high__lte', 100), ('p0_likely__gte', models.F('p0_low')), ('p0_low__gte', 0)), name='revenue_p0_rises', violation_error_message='The shares of P0 rise from low over likely to high, between 0 %% and 100 %%.'),
        ),
        migrations.AddConstraint(
            model_name='revenueprofile',
            constraint=models.CheckConstraint(condition=models.Q(('p1_high__gte', models.F('p1_likely')), ('p1_high__lte', 100), ('p1_likely__gte', models.F('p1_low')), ('p1_low__gte', 0)), name='revenue_p1_rises', violation_error_message='The shares of P1 rise from low over likely to high, between 0 %% and 100 %%.'),
        ),
        migrations.AddConstraint(
            model_name='revenueprofile',
            constraint=models.CheckConstraint(condition=models.Q(('p2_high__gte', models.F('p2_likely')), ('p2_high__lte', 100), ('p2_likely__gte', models.F('p2_low')), ('p2_low__gte', 0)), name='revenue_p2_rises', violation_error_message='The shares of P2 rise from low over likely to high, between 0 %% and 100 %%.'),
        ),
        migrations.AddConstraint(
            model_name='revenueprofile',
            constraint=models.CheckConstraint(condition=models.Q(('p3_high__gte', models.F('p3_likely')), ('p3_high__lte', 100), ('p3_likely__gte', models.F('p3_low')), ('p3_low__gte', 0)), name='revenue_p3_rises', violation_error_message='The shares of P3 rise from low over likely to high, between 0 %% and 100 %%.'),
        ),
        migrations.AddField(
            model_name='revenuestream',
            name='profile',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='streams', to='tracker.revenueprofile'),
        ),
        migrations.AddField(
            model_name='revenuestream',
            name='systems',
            field=models.ManyToManyField(blank=True, help_text='An issue that names one of them threatens this stream; one that names none threatens all streams.', related_name='streams', to='tracker.system'),
        ),
        migrations.AddConstraint(
            model_name='revenuestream',
            constraint=models.UniqueConstraint(fields=('profile', 'name'), name='stream_name_once_per_profile', violation_error_message='A profile has no two streams of one name.'),
        ),
        migrations.AddConstraint(
            model_name='revenuestream',
            constraint=models.CheckConstraint(condition=models.Q(('mrr__gt', 0)), name='stream_mrr_positive'),
        ),
    ]
