"""What messages say, with words from outside in them."""

from datetime import timedelta

import pytest

from alerts import links, texts
from alerts.choices import ChannelKind, Event, MessageKind, MessageState, Severity
from alerts.tests.sending import NOW, make_alert, make_channel, make_message

pytestmark = pytest.mark.django_db
HOSTILE = 'P0-1 <script>alert("x")</script>\r\nBcc: all@example.org\n\nRESOLVED: all is well \u202e'


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = "https://issues.example.org"


@pytest.fixture
def log():
    return make_channel(ChannelKind.LOG)


def test_one_alert_is_told_with_its_facts_and_the_way_to_its_issue(log, make_issue, make_owner):
    olga = make_owner(time_zone="Europe/Paris", email="olga@example.org", slack_name="olga")
    issue = make_issue(owner=olga, deadline=NOW - timedelta(hours=2))
    alert = make_alert(f"{issue.reference} is past its deadline", issue=issue, severity=Severity.CRITICAL)

    envelope = texts.envelope_of(make_message(log, alert, recipient=olga), NOW)

    assert envelope.subject == f"[critical] {issue.reference} is past its deadline"
    assert f"CRITICAL: {issue.reference} is past its deadline" in envelope.text
    assert "owner Olga Brandt · deadline 2026-03-10 11:00 CET · told to: Owner" in envelope.text
    for words in (envelope.text, envelope.html):
        assert f"https://issues.example.org/admin/tracker/issue/{issue.pk}/change/" in words
    assert (envelope.recipient_name, envelope.recipient_email, envelope.recipient_slack) == (
        "Olga Brandt",
        "olga@example.org",
        "olga",
    )


def test_a_title_forges_no_header_no_line_and_no_markup(log, make_owner):
    mallory = make_owner("Mallory\nBcc: x@example.org")

    envelope = texts.envelope_of(make_message(log, make_alert(HOSTILE), recipient=mallory), NOW)

    assert "\n" not in envelope.subject + envelope.recipient_name
    assert "\r" not in envelope.subject + envelope.text
    assert "\u202e" not in envelope.subject + envelope.text + envelope.html
    assert not [line for line in envelope.text.splitlines() if line.startswith(("Bcc", "RESOLVED"))]
    assert "<script>" not in envelope.html
    assert '<script>alert("x")' in envelope.text  # nothing is escaped where nothing acts on it


def test_a_bundle_tells_the_worst_first_and_each_alert_once(log):
    info, worst = make_alert("Small", severity=Severity.INFO), make_alert("Large", severity=Severity.EMERGENCY)
    ended = make_alert("Over", resolved_at=NOW, severity=Severity.CRITICAL)
    message = make_message(log, info, ended, worst)
    make_message(log, worst, state=MessageState.MERGED, merged_into=message)

    envelope = texts.envelope_of(message, NOW)

    assert envelope.subject == "[emergency] 3 alerts: 1 emergency, 1 info, 1 resolved"
    assert [line.sentence for line in envelope.lines] == ["Large", "Small", "Over"]
    assert envelope.severity == Severity.EMERGENCY


def test_a_mail_to_a_person_has_a_link_that_acknowledges_and_nothing_else_has(log, make_owner):
    olga, alert, ended = make_owner(email="olga@example.org"), make_alert("Late"), make_alert(resolved_at=NOW)
    mail = make_message(make_channel(ChannelKind.EMAIL), alert, ended, recipient=olga)

    envelope = texts.envelope_of(mail, NOW)

    link = links.acknowledge_url(mail, alert)
    assert [line.acknowledge_url for line in envelope.lines] == [link, ""]
    assert f"Acknowledge: {link}\n" in envelope.text
    assert f'href="{link}"' in envelope.html
    assert "/acknowledge/" not in texts.envelope_of(make_message(log, alert, recipient=olga), NOW).text


def test_the_end_of_an_alert_is_told_as_such(log):
    alert = make_alert("Late", resolved_at=NOW, resolution="It was completed.")

    envelope = texts.envelope_of(make_message(log, alert, event=Event.RESOLVED), NOW)

    assert envelope.subject == "[resolved] Late"
    assert "RESOLVED: Late" in envelope.text
    assert "It was completed." in envelope.text


def test_every_alert_of_a_long_message_is_named(log):
    alerts = [make_alert(f"Alert number {number};") for number in range(texts.WHOLE_LINES + 20)]

    envelope = texts.envelope_of(make_message(log, *alerts), NOW)

    for alert in alerts:
        assert alert.sentence in envelope.text
        assert alert.sentence in envelope.html


def test_a_long_subject_is_cut(log):
    subject = texts.envelope_of(make_message(log, make_alert("word " * 90)), NOW).subject

    assert len(subject) == texts.LONGEST_SUBJECT
    assert subject.endswith("…")


def test_a_digest_says_what_was_planned(log):
    body = {
        "subject": "Your day: 2 overdue",
        "intro": "Two issues are overdue.",
        "sections": [
            {
                "title": "Overdue",
                "lines": [
                    {"text": "P1-1 <b>Raise</b>\nthe pool", "url": "https://issues.example.org/1"},
                    {"text": "No link", "url": ""},
                ],
            }
        ],
    }

    envelope = texts.envelope_of(make_message(log, kind=MessageKind.DIGEST, body=body), NOW)

    assert envelope.subject == "Your day: 2 overdue"
    assert "Overdue\n- P1-1 <b>Raise</b> the pool\n  https://issues.example.org/1\n- No link\n" in envelope.text
    assert "&lt;b&gt;Raise" in envelope.html


def test_a_test_message_says_so(log, make_user):
    mona = make_user("mona", email="mona@example.org")
    message = make_message(log, kind=MessageKind.TEST, requested_by=mona)
    message.recipient_name = "mona"

    envelope = texts.envelope_of(message, NOW)

    assert envelope.subject == "Test message"
    assert "asked for by mona at 2026-03-10 12:00 UTC" in envelope.text
    assert envelope.recipient_email == "mona@example.org"
