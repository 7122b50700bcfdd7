"""The deadlines of an owner as iCalendar (RFC 5545): an entry for each open issue, in UTC.

An entry keeps its UID for ever. Its SEQUENCE grows with each change of the issue, and DTSTAMP and LAST-MODIFIED are the
moment of the latest: the same issues give the same bytes. Work that is not open any more stays for a while, cancelled:
programs that keep what a calendar once said learn of its end.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext
from icalendar import Alarm, Calendar, Component, Event, Todo, vText

from tracker.choices import Priority, Status
from tracker.models import FieldChange, Issue, Owner, StatusChange
from tracker.querysets import OPEN_WORK

MOST_OPEN = 1000  # the nearest deadlines
MOST_ENDED = 200
ENDED_FOR = timedelta(days=30)
TASKS = "tasks"
URGENCY = {Priority.P0: 1, Priority.P1: 3, Priority.P2: 5, Priority.P3: 9}  # RFC 5545: 1 is the highest, 9 the lowest
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # no text of iCalendar may have them
LINE_END = re.compile("\r\n|\r|\n")
REFRESH = timedelta(hours=1)


def calendar_of(owner: Owner | None, *, entries: str, alarm_minutes: int | None, now: datetime) -> bytes:
    """The calendar of an owner; without one it has no entries. Two queries, however many issues there are."""
    calendar = Calendar()
    calendar.add("prodid", "-//Remediation tracker//Deadlines//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", gettext("Deadlines of issues"))
    calendar.add("x-wr-calname", gettext("Deadlines of issues"))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for issue in _issues(owner, now) if owner else ():
        calendar.add_component(_entry(issue, as_task=entries == TASKS, alarm_minutes=alarm_minutes))
    return calendar.to_ical(sorted=False)


def _issues(owner: Owner, now: datetime) -> Iterable[Issue]:
    dated = Issue.objects.filter(owner=owner, deadline__isnull=False)
    dated = dated.annotate(changed=_number(StatusChange), amended=_number(FieldChange)).defer("description")
    yield from dated.open_work().order_by("deadline", "pk")[:MOST_OPEN]
    ended = dated.exclude(status__in=OPEN_WORK).filter(status_since__gt=now - ENDED_FOR)
    yield from ended.order_by("-status_since", "pk")[:MOST_ENDED]


def _number(history: type[StatusChange] | type[FieldChange]) -> Subquery:
    """How many rows of that history an issue has; the result is never null for an issue that has some."""
    rows: QuerySet = history.objects.filter(issue=OuterRef("pk")).order_by().values("issue")
    return Subquery(rows.annotate(number=Count("pk")).values("number"), output_field=IntegerField())


def _entry(issue: Issue, *, as_task: bool, alarm_minutes: int | None) -> Component:
    is_open = issue.status in OPEN_WORK
    entry = Todo() if as_task else Event()
    changed = issue.updated_at.replace(microsecond=0)
    entry.add("uid", f"{issue.reference}@{urlsplit(settings.SITE_URL).hostname}")
    entry.add("sequence", (issue.changed or 0) + (issue.amended or 0))
    entry.add("dtstamp", changed)
    entry.add("last-modified", changed)
    entry.add("due" if as_task else "dtstart", issue.deadline.replace(microsecond=0))
    entry.add(
        "summary", text(gettext("%(priority)s due: %(title)s") % {"priority": issue.priority, "title": issue.title})
    )
    entry.add("description", text(_description(issue)))
    entry.add("url", page_of(issue))
    entry.add("priority", URGENCY[Priority(issue.priority)])
    entry.add("status", _status(issue, as_task=as_task) if is_open else "CANCELLED")
    if not as_task:
        entry.add("transp", "TRANSPARENT")  # a deadline takes nobody's time
    if is_open and alarm_minutes is not None:
        entry.add_component(_alarm(issue, alarm_minutes, as_task=as_task))
    return entry


def _alarm(issue: Issue, minutes: int, *, as_task: bool) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", text(f"{issue.reference} {issue.title}"))
    related = {"RELATED": "END"} if as_task else {}  # a task has no start, so its alarm counts from its end
    alarm.add("trigger", timedelta(minutes=-minutes), parameters=related)
    return alarm


def _status(issue: Issue, *, as_task: bool) -> str:
    if not as_task:
        return "CONFIRMED"
    return "IN-PROCESS" if issue.status == Status.IN_PROGRESS else "NEEDS-ACTION"


def _description(issue: Issue) -> str:
    return f"{issue.reference}, {Status(issue.status).label.lower()}.\n{page_of(issue)}"


def page_of(issue: Issue) -> str:
    """The address of the issue's page."""
    return settings.SITE_URL + reverse("admin:tracker_issue_change", args=[issue.pk])


class Text(vText):
    """A text that says what it says: the library would make a new line of the \\N in C:\\Network."""

    def to_ical(self) -> bytes:
        """The text as RFC 5545 (3.3.11) escapes it; the library folds the line."""
        escaped = str(self).replace("\\", "\\\\").replace(";", r"\;").replace(",", r"\,")
        return LINE_END.sub(r"\\n", escaped).encode()


def text(words: str) -> Text:
    """The words without what no text of iCalendar may have."""
    return Text(CONTROL.sub("", words))
