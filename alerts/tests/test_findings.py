"""What is found about the revenue, channels and levels, on the limits and both sides, and how alerts of it end."""

from datetime import timedelta
from decimal import Decimal

import pytest

from alerts.choices import Event, Level, MessageKind, MessageState
from alerts.evaluate import evaluate
from alerts.models import Alert, AlertSettings, Delivery, Message, StepTaken
from tracker.choices import Priority, Status
from tracker.models import Issue, RevenueProfile

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def at_risk(make_issue, make_owner, now):
    """Lets a month's revenue be at risk, of an issue that nothing else is wrong with."""
    issue = make_issue(
        priority=Priority.P3,
        owner=make_owner("Quiet Quinn"),
        status=Status.IN_PROGRESS,
        deadline=now + timedelta(days=99),
        revenue_at_risk=Decimal(1),
    )
    RevenueProfile.objects.create(effective_on=now.date(), currency="USD", mrr=Decimal("50000.00"), grows=False)

    def put(amount):
        Issue.objects.filter(pk=issue.pk).update(revenue_at_risk=Decimal(amount))

    return put


def revenue_alert():
    return Alert.objects.open().filter(rule="revenue_at_risk").first()


@pytest.mark.parametrize(
    ("amount", "severity", "priority"),
    [
        pytest.param("999.99", None, None, id="a cent below the warning"),
        pytest.param("1000.00", "warning", "P1", id="at the warning"),
        pytest.param("4999.99", "warning", "P1", id="a cent below critical"),
        pytest.param("5000.00", "critical", "P0", id="at critical"),
    ],
)
def test_revenue_at_risk_from_its_thresholds_on(at_risk, line, now, amount, severity, priority):
    at_risk(amount)

    evaluate(now)

    alert = revenue_alert()
    assert (alert and alert.severity, alert and alert.priority) == (severity, priority)
    if alert:
        assert alert.subject == "site"
        assert alert.anchor_at == now
        assert set(alert.steps.values_list("level", flat=True)) == {Level.MANAGEMENT}


def test_revenue_alerts_follow_the_figure_and_end_below_the_threshold(at_risk, line, now):
    at_risk("1200")
    evaluate(now)
    first = revenue_alert()
    assert first.sentence == "Revenue at risk is 1,200.00 USD a month: the warning threshold is 1,000.00 USD."

    at_risk("7000")
    evaluate(now + HOUR)
    worse = revenue_alert()
    assert (worse.pk, worse.severity, worse.policy["priority"]) == (first.pk, "critical", "P0")
    assert worse.sentence == "Revenue at risk is 7,000.00 USD a month: the critical threshold is 5,000.00 USD."

    at_risk("999")
    evaluate(now + 2 * HOUR)
    assert revenue_alert() is None
    assert Alert.objects.get(pk=first.pk).resolution == "The revenue at risk is below the threshold."


def test_revenue_that_is_not_set_opens_nothing(make_issue, now):
    make_issue(priority=Priority.P0, revenue_at_risk=Decimal(90000))

    evaluate(now)

    assert revenue_alert() is None


def test_no_revenue_at_risk_reaches_no_threshold(at_risk, now):
    AlertSettings.objects.update(revenue_warning=0, revenue_critical=0)
    Issue.objects.update(status=Status.VALIDATED)

    evaluate(now)

    assert revenue_alert() is None


def test_a_profile_that_cannot_be_leaves_the_alert_as_it_is_and_stops_nothing_else(at_risk, line, make_issue, now):
    at_risk("7000")
    evaluate(now)
    RevenueProfile.objects.get().streams.create(name="shop", mrr=Decimal(1))  # the streams do not add up any more
    late = make_issue(deadline=now)

    evaluate(now + HOUR)

    assert revenue_alert().resolved_at is None
    assert late.alerts.filter(rule="overdue").exists()


# -- messages that could not be delivered ------------------------------------------------------------------------------
@pytest.fixture
def dead(tell, open_alert, make_owner, now):
    """An open alert whose message by e-mail could not be delivered."""
    AlertSettings.objects.update(fallback=make_owner("Fay Lund"))
    alert = open_alert(next_step_at=None)
    tell(alert, who="Olga Brandt", state=MessageState.DEAD)
    return alert


def failed():
    return Alert.objects.open().filter(rule="delivery_failed").first()


def test_a_dead_message_is_an_alert_that_other_channels_tell(dead, email, now):
    evaluate(now)

    alert = failed()
    assert (alert.subject, alert.severity, alert.priority) == (f"channel:{email.pk}", "critical", "P0")
    assert alert.sentence == "1 message could not be delivered by E-mail."
    told = Delivery.objects.filter(alert=alert)
    assert told.exists()
    assert not told.filter(channel=email).exists()


def test_it_ends_when_the_message_is_sent_after_all(dead, now):
    evaluate(now)

    message = Message.objects.get(state=MessageState.DEAD)
    Message.objects.filter(pk=message.pk).update(state=MessageState.PLANNED)
    evaluate(now + HOUR)

    assert failed() is None
    ended = Alert.objects.get(rule="delivery_failed")
    assert ended.resolution == "No message waits any more that could not be delivered by this channel."


def test_it_ends_when_a_later_message_told_the_same_person_of_the_same_alert(dead, tell, open_alert, now):
    other = open_alert(next_step_at=None)
    tell(other, repeat=0, who="Olga Brandt")
    evaluate(now)
    assert failed()  # another alert arrived, and this one did not

    tell(dead, repeat=1, who="Olga Brandt", planned_at=now)
    evaluate(now + HOUR)
    assert failed() is None


def test_it_ends_when_what_the_message_said_is_over(dead, now):
    Issue.objects.update(status=Status.CANCELLED)

    evaluate(now)

    assert failed() is None


def test_a_message_joined_with_one_that_could_not_be_delivered_counts_with_it(dead, tell, open_alert, email, now):
    joined = open_alert(next_step_at=None)
    tell(joined, who="Pia Lind", state=MessageState.MERGED)
    into = Message.objects.get(state=MessageState.DEAD)
    Message.objects.filter(state=MessageState.MERGED).update(merged_into=into)
    Alert.objects.filter(pk=dead.pk).update(resolved_at=now)

    evaluate(now)

    assert failed().sentence == "1 message could not be delivered by E-mail."


@pytest.mark.parametrize(
    ("kind", "age", "found"),
    [
        pytest.param(MessageKind.DIGEST, timedelta(hours=23), True, id="a digest of today"),
        pytest.param(MessageKind.DIGEST, timedelta(hours=24), False, id="a digest of yesterday"),
        pytest.param(MessageKind.TEST, timedelta(0), False, id="a test message"),
    ],
)
def test_other_messages_count_for_a_day_and_tests_do_not(make_message, make_owner, now, kind, age, found):
    AlertSettings.objects.update(fallback=make_owner("Fay Lund"))
    make_message(kind=kind, state=MessageState.DEAD, planned_at=now - age)

    evaluate(now)

    assert bool(failed()) == found
    if found:
        assert failed().priority == "P2"


# -- nobody to tell ----------------------------------------------------------------------------------------------------
def lonely():
    return Alert.objects.open().filter(rule="nobody_found").order_by("subject")


def test_nobody_found_is_an_alert_until_somebody_is(make_issue, line, now):
    issue = make_issue(priority=Priority.P0, deadline=now, worked_at=now, owner=None)
    evaluate(now)

    alert = lonely().get()
    assert (alert.subject, alert.priority, alert.severity) == (f"level:{Level.OWNER.value}", "P0", "critical")
    assert alert.sentence == "Nobody was found at level Owner to be told of 2 open alerts."  # overdue, unassigned

    evaluate(now + HOUR)
    assert alert.steps.exclude(recipient_name="").exists()

    Issue.objects.filter(pk=issue.pk).update(owner=line[Level.OWNER])
    evaluate(now + 2 * HOUR)  # the owner's level is told again
    assert not lonely().exists()
    assert Alert.objects.get(pk=alert.pk).resolution == "Somebody was found for every open alert."


def test_that_nobody_is_there_to_hear_that_nobody_is_there_opens_no_further_alert(make_issue, now):
    make_issue(priority=Priority.P0, deadline=now, worked_at=now)
    for hour in range(0, 60, 6):
        evaluate(now + hour * HOUR)

    rules = lonely().values_list("subject", flat=True)
    assert list(rules) == [f"level:{level.value}" for level in Level]
    assert StepTaken.objects.filter(alert__rule="nobody_found", recipient_name="").exists()


def test_only_alerts_that_are_open_want_somebody(make_issue, now):
    make_issue(priority=Priority.P0, deadline=now, worked_at=now)
    evaluate(now)

    Issue.objects.update(status=Status.CANCELLED)
    evaluate(now + HOUR)

    assert not lonely().exists()


def test_deliveries_of_an_end_are_no_reason_to_worry_for_long(dead, make_message, email, now):
    Alert.objects.filter(pk=dead.pk).update(resolved_at=now)
    Message.objects.all().delete()
    message = make_message(state=MessageState.DEAD, planned_at=now - HOUR)
    message.deliveries.create(alert=dead, event=Event.RESOLVED, level=0, repeat=0, channel=email, recipient_key="x")

    evaluate(now)
    assert failed()

    evaluate(now + 24 * HOUR)
    assert failed() is None
