"""docs/escalation.md, made from the tables of the code: the page cannot say anything else than the code does."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from alerts import links
from alerts.choices import LEVEL_WORDS, PERSONAL_CHANNELS, ChannelKind, Event, Level, MessageState, SilenceDoor
from alerts.models import AlertSettings
from alerts.outbox import MOST_ALONE
from alerts.policies import DEFAULT_HOURS
from alerts.rules import RULES, Anchor, Rule
from tracker.choices import Priority
from tracker.deadlines import span_words
from tracker.thresholds import DEFAULT_THRESHOLDS

BEGINNING = """\
# Alerts and escalation

This page is made by `python manage.py escalation_page > docs/escalation.md` from `alerts/rules.py`,
`alerts/policies.py`, `tracker/thresholds.py` and the models. Change those, not the page; a test compares them.

Every few minutes an evaluation compares what should be open with what is open. An alert opens when its rule finds its
subject, and ends only when the rule does not find it any more: nobody closes an alert by hand. Running the evaluation
late, twice, or in two workers at once changes nothing. The numbers here are those of a new site; all of them are edited
in the admin.
"""
SEVERITIES = """\
## Severity

An overdue issue is info, and from the lateness in the table on a warning, critical, an emergency. Revenue at risk is a
warning and critical from the thresholds of the alert settings on. Everything else is info. The severity follows the
lateness, and never keeps a level from being told.
"""
ESCALATION = """\
## Who is told when

The hours are counted from the deadline, or from the start of the alert for rules without one. At every level the person
is told again after the hours in brackets, until the cause is gone. The person of a level is found up the line of
reporting of the owner (`reports to`), by role; without an owner it starts at the default owner of a system of the
issue. Where the line has nobody of the role, the fallback of the policy is told, else whoever is next further up, else
the fallback of the alert settings; nobody at all is a red line in the admin and an alert of its own. An alert keeps the
policy that it opened with, until its issue gets another priority. Who takes the issue over is told at once, whoever was
told before.
"""
SILENCES = """\
## Acknowledge and snooze

Whoever acknowledges an alert says that they look after it: until that ends nobody is told again, and no higher level.
Then the levels that had been told are told again, and what was left of the time to the next level begins to run. A
snooze does the same with a reason, for at most {snooze} h.

{doors}
An acknowledged P0 is quiet for {p0} h and everything else for {others} h, unless somebody says otherwise. The link in a
message works once and for {age} days, and the page behind it asks for a click. A press of a button in Slack counts when
Slack signed it within the last five minutes, and once. Slack says who pressed: an owner is known by the member ID in
their Slack name (`U0123ABCD`), or by their Slack name, which a person can change in Slack: the member ID is safer.

Engineers acknowledge alerts of their own issues and those that they were told of, managers every alert. Executives and
auditors look.
"""
QUIET = f"""\
## Quiet hours, bundles, digests

- Quiet hours are set by weekday in the person's own time zone: people keep their own, managers everybody's. What is
  held back goes out when they end, as one message. P0 does not wait.
- Messages for one person by one channel within one evaluation are one message. An emergency is sent alone as well;
  of more than {MOST_ALONE} at once the first {MOST_ALONE}, and the others in that one message only.
- Every owner gets a digest of their open alerts at the digest hour of their own day, every Team Lead one of the people
  who report to them. Nothing to tell is no digest.
- A channel has a most of messages a minute. What is beyond that is joined with what waits for the same person; nothing
  is dropped.
"""
STATE_MEANINGS = {
    MessageState.PLANNED: "Written together with the step that it tells. Goes out when it is due.",
    MessageState.LEASED: "One worker has it. When the worker dies the lease runs out, and another sends it again.",
    MessageState.RETRY: "A try failed and may succeed later: tried again after a pause that grows.",
    MessageState.SENT: "The channel took it.",
    MessageState.DEAD: "Refused for good, or every try was used up. Shown first in the outbox, with a button that "
    "sends it again, and an alert of its own by other channels.",
    MessageState.MERGED: "Its alerts are told by another message.",
    MessageState.MOOT: "Never tried, and everything that it would tell has ended meanwhile.",
}


def page() -> str:
    """The whole page."""
    parts = (BEGINNING, _rules(), _thresholds(), _settings(), SEVERITIES, _levels(), _policies(), _silences(), QUIET)
    return "\n".join(part.strip("\n") + "\n" for part in (*parts, _channels(), _states()))


def _rules() -> str:
    head = ("Rule", "An alert says", "Counted from", "First told", "Goes on to higher levels", "Its end is told")
    rows = [
        (
            f"`{rule.key}` {rule.label}",
            f"`{rule.sentence}`",
            "the deadline" if rule.anchor == Anchor.DEADLINE else "its start",
            rule.first_level.label,
            _yes(rule.escalates),
            _yes(rule.tells_resolution),
        )
        for rule in RULES
    ]
    return "## Rules\n\n" + _table(head, rows) + "\nAn alert ends because:\n\n" + _bullets(map(_end, RULES))


def _end(rule: Rule) -> str:
    return f"{rule.label}: {rule.ended}."


def _thresholds() -> str:
    rows = [
        (
            f"`{priority}`",
            _span(row.due_soon),
            _span(row.stalled),
            *(_span(lateness) for lateness in row.lateness()),
        )
        for priority, row in DEFAULT_THRESHOLDS.items()
    ]
    head = (
        "Priority",
        "Due soon",
        "Stalled without a note for",
        "Late: warning from",
        "critical from",
        "emergency from",
    )
    return "## Thresholds of a priority\n\nEdited under Set-up, Deadlines.\n\n" + _table(head, rows)


def _span(span: timedelta | None) -> str:
    return "never" if span is None else span_words(span) or "at once"


def _settings() -> str:
    fields = [field for field in AlertSettings._meta.fields if field.has_default() and not field.primary_key]
    rows = [(str(field.verbose_name).capitalize(), str(field.default), str(field.help_text)) for field in fields]
    return "## Alert settings\n\nEdited under Set-up, Alert settings.\n\n" + _table(
        ("Setting", "New site", "Meaning"), rows
    )


def _levels() -> str:
    rows = [(str(level.value), words, role.label if role else "any") for level, (words, role) in LEVEL_WORDS.items()]
    return ESCALATION + "\n" + _table(("Level", "Name", "Role of the person"), rows)


def _policies() -> str:
    rows = [
        (f"`{priority}`", *(f"{_hours(after)} ({_hours(again)})" for after, again in hours))
        for priority, hours in DEFAULT_HOURS.items()
    ]
    return _table(("Priority", *(level.label for level in Level)), rows) + (
        f"\nQuiet hours hold back every priority but {Priority.P0}.\n"
    )


def _hours(hours: int) -> str:
    return span_words(timedelta(hours=hours)) or "at once"


def _silences() -> str:
    row = AlertSettings()
    return SILENCES.format(
        snooze=row.snooze_most_hours,
        p0=row.acknowledge_hours_p0,
        others=row.acknowledge_hours,
        age=links.AGE.days,
        doors=_table(("Door", "How"), [(door.label, DOORS[door]) for door in SilenceDoor if door in DOORS]),
    )


DOORS = {
    SilenceDoor.ADMIN: "the page of the alert, or several at once in the list",
    SilenceDoor.COMMAND: "`python manage.py acknowledge --alert-id N --acknowledged-by NAME`",
    SilenceDoor.LINK: "the link in a message to one person, without logging in",
    SilenceDoor.SLACK: "the button in a message, when `SLACK_SIGNING_SECRET` is set (`POST /alerts/slack/actions`)",
}


def _channels() -> str:
    rows = [
        (f"`{kind}`", kind.label, "the person" if kind in PERSONAL_CHANNELS else "a place that many read")
        for kind in ChannelKind
    ]
    return "## Channels\n\n" + _table(("Kind", "Name", "Reaches"), rows)


def _states() -> str:
    rows = [(f"`{state}`", state.label, STATE_MEANINGS[state]) for state in MessageState]
    events = " and ".join(f"“{event.label.lower()}”" for event in Event)
    return (
        "## The outbox\n\nA message is unique for an alert, level, repeat, channel and person, and its idempotency\n"
        f"key travels in it. It tells of an event: {events}.\n\n" + _table(("State", "Name", "Meaning"), rows)
    )


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (head, ["---"] * len(head), *rows)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _bullets(sentences: Iterable[str]) -> str:
    return "".join(f"- {sentence}\n" for sentence in sentences)
