"""Badges and times of alerts: a colour and always a word. The classes are described in theme.css, section 7."""

from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from alerts.choices import Level, MessageState, Severity
from alerts.models import Alert
from alerts.rules import BY_KEY
from tracker.admin.badges import badge, exact_time
from tracker.deadlines import span_words

NOBODY = -1  # Alert.level before anybody was told
# The kinds of badges that severities and states of messages look like.
SEVERITY_LOOKS = {
    Severity.INFO: "p3",
    Severity.WARNING: "due-soon",
    Severity.CRITICAL: "overdue",
    Severity.EMERGENCY: "p0",
}
STATE_LOOKS = {
    MessageState.PLANNED: "p2",
    MessageState.LEASED: "p2",
    MessageState.RETRY: "pending",
    MessageState.SENT: "added",
    MessageState.DEAD: "p0",
    MessageState.MERGED: "dismissed",
    MessageState.MOOT: "dismissed",
}


def severity_badge(word: str) -> SafeString:
    """How bad it is, by its label."""
    return badge(SEVERITY_LOOKS[Severity(word)], Severity(word).label)


def message_badge(word: str) -> SafeString:
    """How far a message has come, by its label."""
    return badge(STATE_LOOKS[MessageState(word)], MessageState(word).label)


def rule_words(key: str) -> str:
    """What a rule is called; the key of one that is not in the table any more."""
    return str(BY_KEY[key].label) if key in BY_KEY else key


def ago(moment: datetime, now: datetime) -> str:
    """ "3 h ago"; "just now" within the minute."""
    words = span_words(max(now, moment) - moment)
    return gettext("%(words)s ago") % {"words": words} if words else gettext("just now")


def until(moment: datetime, now: datetime) -> str:
    """ "in 3 h"; "now" when it has come or comes within the minute."""
    words = span_words(max(now, moment) - now)
    return gettext("in %(words)s") % {"words": words} if words else gettext("now")


def timed(words: str, moment: datetime) -> SafeString:
    """Words with the exact time as their tooltip."""
    return format_html('<span class="nowrap" title="{}">{}</span>', exact_time(moment), words)


def state_badge(alert: Alert, now: datetime) -> SafeString:
    """Whether an alert is open, quiet for a while, or over."""
    if alert.resolved_at:
        return badge("added", gettext("Ended"), exact_time(alert.resolved_at))
    if alert.silenced_until and alert.silenced_until > now:
        return badge(
            "status-completed",
            gettext("Quiet"),
            gettext("until %(moment)s") % {"moment": exact_time(alert.silenced_until)},
        )
    return badge("unassigned", gettext("Open"))


def told_words(alert: Alert, *, reached_nobody: bool) -> SafeString | str:
    """Up to which level an alert was told; red when its latest step reached nobody."""
    if alert.level == NOBODY:
        return gettext("nobody yet")
    level = Level(alert.level).label
    if reached_nobody:
        return format_html("{} {}", level, badge("p0", gettext("nobody found")))
    return level


def _quiet_for(words: str) -> str:
    return gettext("quiet for %(span)s") % {"span": words} if words else gettext("quiet for a moment")


def next_words(alert: Alert, now: datetime) -> SafeString | str:
    """When somebody is told next, or until when it is quiet, or that it has ended."""
    if alert.resolved_at:
        return timed(gettext("ended %(ago)s") % {"ago": ago(alert.resolved_at, now)}, alert.resolved_at)
    if alert.silenced_until and alert.silenced_until > now:
        return badge("status-completed", _quiet_for(span_words(alert.silenced_until - now)))
    return timed(until(alert.next_step_at, now), alert.next_step_at) if alert.next_step_at else gettext("nobody")
