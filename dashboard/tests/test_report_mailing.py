"""Reports by mail: to whom, when, once, and never taken for sent before they were."""

import email
from datetime import UTC, datetime, timedelta
from email import policy as email_policy

import pytest
from aiosmtpd.controller import Controller
from django.contrib.auth.models import Group

from alerts import delivery
from alerts.choices import ChannelKind, MessageKind, MessageState
from alerts.models import Channel, Enclosure, Message, QuietHours
from dashboard.models import ReportSubscription, StoredReport
from dashboard.reports import mailing, moments, report
from dashboard.tests import example_rows
from dashboard.tests import example_site as site
from tracker.choices import Role
from tracker.tests.servers import free_port

MONDAY = datetime(2026, 11, 30, 7, 0, tzinfo=UTC)  # the week ended on 29 November
DAY = timedelta(days=1)
FIRST = datetime(2026, 12, 1, 7, 0, tzinfo=UTC)


@pytest.fixture
def mail(db, settings):
    """Mail can be sent, as far as the settings say."""
    settings.MAIL_IS_SET, settings.DEFAULT_FROM_EMAIL = True, "reports@example.org"
    settings.SITE_URL = "https://issues.example.org"
    # Earlier tests with transactions of their own leave no row of the migrations behind.
    return Channel.objects.get_or_create(name="E-mail", defaults={"kind": ChannelKind.EMAIL})[0]


@pytest.fixture
def told(db):
    return example_rows.write()


@pytest.fixture
def eva(make_owner):
    """An executive."""
    return make_owner("Eva Stone", role=Role.EXECUTIVE, email="eva@example.org")


def messages():
    return list(Message.objects.filter(kind=MessageKind.REPORT).order_by("pk"))


def member(make_user, name, group):
    user = make_user(name)
    user.groups.add(Group.objects.get(name=group))
    return user


def test_executives_get_the_report_of_the_week_once(told, mail, eva):
    assert mailing.send_due(MONDAY) > 0
    assert mailing.send_due(MONDAY + timedelta(minutes=15)) == 0

    (message,) = messages()
    assert message.idempotency_key == f"report:week:2026-11-29:owner:{eva.pk}:{mail.pk}"
    assert (message.recipient, message.state, message.sent_at) == (eva, MessageState.PLANNED, None)
    stored = StoredReport.objects.get(period="week")
    assert (stored.scheduled, stored.format, stored.as_of) == (True, "html", moments.end_of(MONDAY.date() - DAY))
    assert f"https://issues.example.org/admin/dashboard/storedreport/{stored.pk}/file/" in str(message.body)


@pytest.mark.parametrize(
    ("now", "periods"),
    [
        pytest.param(MONDAY - timedelta(seconds=1), {"quarter": 0, "month": 0, "week": 0}, id="not before the hour"),
        pytest.param(MONDAY, {"week": 1}, id="at the hour"),
        pytest.param(MONDAY + 2 * DAY, {"week": 1, "month": 1}, id="two days late, when a month has ended, too"),
    ],
)
def test_a_report_is_made_after_its_period_however_late(told, mail, eva, now, periods):
    mailing.send_due(now)

    kept = set(StoredReport.objects.filter(as_of__gte=site.november(20)).values_list("period", flat=True))
    assert kept == {name for name, number in periods.items() if number}


def test_before_there_was_anything_there_is_no_report(db, mail, eva):
    assert mailing.send_due(MONDAY) == 0


def test_the_hour_is_that_of_the_site(told, mail, eva, settings):
    settings.TIME_ZONE = "America/New_York"

    assert mailing.send_due(MONDAY) == 0
    assert mailing.send_due(MONDAY + timedelta(hours=5)) > 0


def test_who_subscribed_gets_the_report_of_the_month(told, mail, make_owner, make_user):
    mona = make_owner("Mona", email="mona@example.org", user=member(make_user, "mona", "Manager"))
    ReportSubscription.objects.create(owner=mona, period="month")

    mailing.send_due(FIRST)

    assert [(each.recipient, each.idempotency_key.split(":")[1]) for each in messages()] == [(mona, "month")]


def test_nobody_gets_amounts_who_may_not_see_them(told, mail, make_owner, make_user):
    olga = make_owner("Olga", email="olga@example.org", user=member(make_user, "olga", "Engineer"))
    nobody = make_owner("Nora", email="nora@example.org")
    for owner in (olga, nobody):
        ReportSubscription.objects.create(owner=owner, period="month")

    mailing.send_due(FIRST)

    assert messages() == []
    assert mailing.readers("month").refused == (olga, nobody)


def test_an_executive_who_does_not_want_it_gets_none(told, mail, eva):
    ReportSubscription.objects.create(owner=eva, period="week", active=False)

    mailing.send_due(MONDAY)

    assert messages() == []


def test_an_account_that_is_switched_off_gets_none(told, mail, eva, make_user):
    eva.user = member(make_user, "eva", "Executive")
    eva.user.is_active = False
    eva.user.save()
    eva.save()

    mailing.send_due(MONDAY)

    assert messages() == []


def test_quiet_hours_put_it_off(told, mail, eva):
    QuietHours.objects.create(owner=eva, weekday=0, starts="06:00", ends="09:00")

    mailing.send_due(MONDAY)

    assert messages()[0].due_at == MONDAY + timedelta(hours=2)


def test_nothing_is_kept_or_planned_when_the_rest_breaks(told, mail, eva, monkeypatch):
    def broken(*_, **__):
        raise OSError("full")

    monkeypatch.setattr("alerts.models.Message.objects.bulk_create", broken)
    with pytest.raises(OSError, match="full"):
        mailing.send_due(MONDAY)
    monkeypatch.undo()

    assert (messages(), StoredReport.objects.count(), Enclosure.objects.count()) == ([], 0, 0)
    assert mailing.send_due(MONDAY + DAY / 24) > 0


def test_a_report_that_another_worker_made_meanwhile_is_left_to_it(told, mail, eva, monkeypatch):
    real = mailing.formats.write

    def slow(found, form, now):
        written = real(found, form, now)
        if not StoredReport.objects.filter(scheduled=True, period=found.period.kind).exists():
            StoredReport.objects.create(
                period=found.period.kind, as_of=found.as_of, format="html", content=b"", fingerprint="other",
                made_at=now, scheduled=True,
            )  # fmt: skip
        return written

    monkeypatch.setattr(mailing.formats, "write", slow)

    assert mailing.send_due(MONDAY) == 0
    assert messages() == []


class Inbox:
    """Takes mail, after it has refused as many as it is told to."""

    def __init__(self):
        self.refuse, self.taken = 0, []

    async def handle_DATA(self, server, session, envelope):
        if self.refuse:
            self.refuse -= 1
            return "451 try again later"
        self.taken.append(email.message_from_bytes(envelope.content, policy=email_policy.default))
        return "250 OK"


@pytest.fixture
def inbox(settings):
    """A real mail server on this machine."""
    handler = Inbox()
    port = free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield handler
    controller.stop()


@pytest.mark.django_db(transaction=True)
def test_the_mail_arrives_with_its_charts_after_a_refusal(inbox, mail, eva):
    example_rows.write()
    inbox.refuse = 1
    mailing.send_due(MONDAY)

    delivery.send_due(lambda: MONDAY)
    assert (messages()[0].state, messages()[0].sent_at) == (MessageState.RETRY, None)
    delivery.send_due(lambda: MONDAY + timedelta(hours=2))

    assert messages()[0].state == MessageState.SENT
    (arrived,) = inbox.taken
    page = arrived.get_body(("html",)).get_content()
    pictures = [part for part in arrived.walk() if part.get_content_type() == "image/png"]
    assert arrived["Subject"].startswith("Weekly report: 2026-11-23 to 2026-11-29, risk level")
    assert len(pictures) == 3
    for picture in pictures:
        assert picture.get_payload(decode=True).startswith(b"\x89PNG")
        assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in page
    assert "Revenue at risk now" in arrived.get_body(("plain",)).get_content()


def test_pictures_of_many_messages_are_kept_once(told, mail, eva, make_owner):
    make_owner("Ed Moss", role=Role.EXECUTIVE, email="ed@example.org")

    mailing.send_due(MONDAY)

    assert (len(messages()), Enclosure.objects.count()) == (2, 3)


def test_a_report_as_of_now_has_a_key_of_its_own(told):
    assert mailing.key_of(report.build("week", site.NOW)) == "report:week:2026-11-30T100000"
