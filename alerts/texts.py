"""What messages say: from rows to an envelope, for a person in their own time zone.

Titles and names come from outside. In the text they are one printable line each, so that none can forge another line
or a header; in HTML the templates escape them; what a chat makes of words is its channel's to say.

The body of a digest, as it is planned: {"subject": words, "intro": words, "sections": [{"title": words, "lines":
[{"text": words, "url": absolute address or ""}]}]}. That of a report may have "table" in a section as well: {"heads":
[words], "rows": [[words]]}, and "pictures": [{"enclosure": SHA-256 of an Enclosure, "title": words}].
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from alerts import links
from alerts.choices import ChannelKind, Event, Level, MessageKind, Severity
from alerts.envelope import Envelope, Line, Picture
from alerts.models import Delivery, Enclosure, Message
from tracker.terminal import printable

LONGEST_SUBJECT = 150
WHOLE_LINES = 50  # alerts of a mail that are shown with all facts; the others follow with one line each
TEMPLATES = {
    MessageKind.ALERT: "message",
    MessageKind.DIGEST: "digest",
    MessageKind.TEST: "test",
    MessageKind.REPORT: "report",
}


def envelope_of(message: Message, now: datetime) -> Envelope:
    """The message as it leaves now. Asks for its deliveries and those of what was joined to it."""
    zone = ZoneInfo(_zone_name(message))
    lines = tuple(_sorted(_line(message, delivery, zone) for delivery in _deliveries(message)))
    body = _printable(message.body)
    name, email, slack = _recipient(message)
    subject, pictures = _subject(message, lines, body), _pictures(body)
    words = {
        "subject": subject,
        "lines": lines[:WHOLE_LINES],
        "others": lines[WHOLE_LINES:],
        "body": body,
        "pictures": pictures,
        "recipient": name,
        "site_url": settings.SITE_URL,
        "alerts_url": _alerts_url(),
        "sent_at": shown_time(now, zone),
    }
    template = TEMPLATES[MessageKind(message.kind)]
    return Envelope(
        idempotency_key=message.idempotency_key,
        kind=MessageKind(message.kind),
        tried_at=now,
        subject=subject,
        text=_text(template, words),
        html=render_to_string(f"alerts/{template}.html", words),
        lines=lines,
        body=body,
        pictures=pictures,
        recipient_name=name,
        recipient_email=email,
        recipient_slack=slack,
        site_url=settings.SITE_URL,
    )


def shown_time(at: datetime, zone: ZoneInfo) -> str:
    """A moment for a person: 2026-03-10 13:00 CET."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def one_line(words: str) -> str:
    """Words from outside as one line that nothing acts on."""
    return printable(" ".join(words.split()))


def _pictures(body: dict[str, Any]) -> tuple[Picture, ...]:
    """The pictures that the body names, in one query; none when it names none."""
    titles = {each["enclosure"]: each["title"] for each in body.get("pictures", ())}
    found = {row.sha256: row for row in Enclosure.objects.filter(sha256__in=titles)} if titles else {}
    return tuple(
        Picture(name[:16], title, found[name].media_type, bytes(found[name].content))
        for name, title in titles.items()
        if name in found
    )


def _deliveries(message: Message) -> Iterable[Delivery]:
    told = Message.objects.told_with(message.pk).values("pk")
    rows = Delivery.objects.filter(message__in=told)
    return rows.select_related("alert__issue__owner", "alert__analysis").order_by("pk")


def _line(message: Message, delivery: Delivery, zone: ZoneInfo) -> Line:
    alert = delivery.alert
    return Line(
        alert_id=alert.pk,
        event=str(delivery.event),
        rule=alert.rule,
        severity=Severity(alert.severity),
        priority=str(alert.priority),
        level=Level(delivery.level).label,
        repeat=delivery.repeat,
        sentence=one_line(alert.sentence),
        facts=_facts(delivery, zone),
        reference=alert.issue.reference if alert.issue else "",
        opened_at=alert.opened_at,
        resolved=alert.resolved_at is not None,
        url=_url(delivery),
        acknowledge_url=_acknowledge_url(message, delivery),
    )


def _facts(delivery: Delivery, zone: ZoneInfo) -> str:
    """Since when, whose, and to which level it was told."""
    alert = delivery.alert
    facts = [f"{alert.priority}", gettext("since %(moment)s") % {"moment": shown_time(alert.opened_at, zone)}]
    if alert.issue:
        owner = alert.issue.owner
        facts.append(gettext("owner %(name)s") % {"name": one_line(owner.name)} if owner else gettext("no owner"))
        if alert.issue.deadline:
            facts.append(gettext("deadline %(moment)s") % {"moment": shown_time(alert.issue.deadline, zone)})
    if alert.resolved_at:
        facts.append(gettext("ended %(moment)s") % {"moment": shown_time(alert.resolved_at, zone)})
        facts += [one_line(alert.resolution)] if alert.resolution else []
    elif delivery.event == Event.RAISED:
        told = {"level": Level(delivery.level).label, "number": delivery.repeat}
        again = gettext("told to: %(level)s, reminder %(number)s")
        facts.append((again if delivery.repeat else gettext("told to: %(level)s")) % told)
    return " · ".join(facts)


def _acknowledge_url(message: Message, delivery: Delivery) -> str:
    """The one-time link, in mails alone: a log is read by many, and Slack has its button."""
    goes_on = delivery.event == Event.RAISED and delivery.alert.resolved_at is None
    if message.channel.kind != ChannelKind.EMAIL or not goes_on:
        return ""
    return links.acknowledge_url(message, delivery.alert)


def _url(delivery: Delivery) -> str:
    alert = delivery.alert
    if alert.issue_id:
        return _absolute("admin:tracker_issue_change", alert.issue_id)
    if alert.analysis_id:
        return _absolute("admin:tracker_analysis_change", alert.analysis_id)
    return _alerts_url()


def _absolute(name: str, *arguments: object) -> str:
    return settings.SITE_URL + reverse(name, args=arguments)


def _alerts_url() -> str:
    return f"{_absolute('admin:index')}alerts/alert/"


def _sorted(lines: Iterable[Line]) -> list[Line]:
    """The worst first; what has ended last; an alert that several messages told is told once."""
    once: dict[tuple[int, str], Line] = {}
    for line in sorted(lines, key=lambda line: (line.resolved, -line.severity.rank, line.priority, line.opened_at)):
        once.setdefault((line.alert_id, line.event), line)
    return list(once.values())


def _subject(message: Message, lines: Sequence[Line], body: dict[str, Any]) -> str:
    if not lines:
        words = body.get("subject") or (
            gettext("Test message") if message.kind == MessageKind.TEST else gettext("Nothing to tell")
        )
    elif len(lines) == 1:
        words = f"[{_mark(lines[0])}] {lines[0].sentence}"
    else:
        counts = Counter(_mark(line) for line in lines)
        told = ngettext("%(number)s alert: %(counts)s", "%(number)s alerts: %(counts)s", len(lines)) % {
            "number": len(lines),
            "counts": ", ".join(f"{n} {mark}" for mark, n in counts.items()),
        }
        words = f"[{_mark(lines[0])}] {told}"
    return words if len(words) <= LONGEST_SUBJECT else f"{words[: LONGEST_SUBJECT - 1]}…"


def _mark(line: Line) -> str:
    return gettext("resolved") if line.resolved or line.event == Event.RESOLVED else line.severity.label.lower()


def _text(template: str, words: dict[str, object]) -> str:
    """The plain text, in which nothing is escaped; blank lines that the template leaves are drawn together."""
    lines = [line.rstrip() for line in render_to_string(f"alerts/{template}.txt", words).splitlines()]
    kept = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
    return "\n".join(kept).strip() + "\n"


def _printable(value: Any) -> Any:
    """A JSON value whose words are one printable line each."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, dict):
        return {key: _printable(item) for key, item in value.items()}
    return [_printable(item) for item in value] if isinstance(value, list) else value


def _recipient(message: Message) -> tuple[str, str, str]:
    """Name, e-mail address and Slack name of the person; who asks for a test need not be an owner."""
    if owner := message.recipient:
        return one_line(owner.name), owner.email, owner.slack_name
    if message.kind == MessageKind.TEST and message.requested_by:
        return one_line(message.recipient_name), message.requested_by.email, ""
    return one_line(message.recipient_name), "", ""


def _zone_name(message: Message) -> str:
    return (message.recipient.time_zone if message.recipient else "") or settings.TIME_ZONE
