"""The rows of escalation policies as policies."""

import pytest

from alerts.choices import ChannelKind, Level
from alerts.models import Channel, EscalationPolicy, EscalationStep
from alerts.policies import DEFAULT_HOURS, default_policy, policies
from tracker.choices import Priority

pytestmark = pytest.mark.django_db


def hours(policy):
    return tuple((step.after_hours, step.repeat_hours) for step in policy.steps)


def test_a_new_site_has_the_default_policies_as_rows():
    channels = Channel.objects.order_by("pk").values_list("pk", flat=True)

    assert policies() == {priority: default_policy(priority, channels) for priority in Priority}


def test_an_edited_policy_is_the_one_of_its_rows(make_owner):
    fay, log = make_owner("Fay Moss"), Channel.objects.get(kind=ChannelKind.LOG)
    row = EscalationPolicy.objects.get(priority=Priority.P1)
    row.fallback = fay
    row.save()
    row.steps.filter(level=Level.EXECUTIVE).delete()
    row.steps.filter(level=Level.OWNER).update(repeat_hours=3)
    row.steps.get(level=Level.OWNER).channels.set([log])

    policy = policies()[Priority.P1]

    assert policy.fallback == fay.pk
    assert hours(policy) == ((0, 3), (12, 12), (24, 24))
    assert policy.step(Level.OWNER).channels == (log.pk,)


def test_a_policy_without_a_row_or_without_a_step_is_the_default(make_owner):
    EscalationPolicy.objects.get(priority=Priority.P0).delete()
    EscalationStep.objects.filter(policy__priority=Priority.P2).delete()
    fay = make_owner("Fay Moss")
    EscalationPolicy.objects.filter(priority=Priority.P2).update(fallback=fay)

    found = policies()

    assert hours(found[Priority.P0]) == DEFAULT_HOURS[Priority.P0]
    assert hours(found[Priority.P2]) == DEFAULT_HOURS[Priority.P2]
    assert found[Priority.P2].fallback == fay.pk


def test_all_policies_cost_three_queries(django_assert_num_queries):
    with django_assert_num_queries(3):
        policies()
