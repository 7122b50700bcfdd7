"""Badges: a colour and always a word. The classes are described in theme.css, section 7."""

import re
from datetime import datetime, timedelta
from functools import lru_cache

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.dates import MONTHS_3, WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from tracker.choices import CheckOutcome, Priority, RunOutcome, RunState, Status
from tracker.deadlines import words_for
from tracker.models import Issue, ValidationRun
from tracker.querysets import OPEN_WORK

DUE_SOON = timedelta(hours=24)
KEPT_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?[+-]\d\d:\d\d")
# The kinds of badges that outcomes look like.
LOOKS = {"passed": "added", "failed": "unassigned", "error": "pending", "skipped": "dismissed", "waiting": "confirm"}


def badge(kind: str, words: str, title: str = "") -> SafeString:
    """A badge of a kind (the part of its class after "badge-")."""
    if title:
        return format_html('<span class="badge badge-{}" title="{}">{}</span>', kind, title, words)
    return format_html('<span class="badge badge-{}">{}</span>', kind, words)


def priority_badge(word: str) -> SafeString | str:
    """P0 to P3; the full label is its tooltip. "" for no priority."""
    return _priority_badge(word, get_language()) if word else ""


def status_badge(word: str) -> SafeString:
    """Where an issue stands, by its label."""
    return _status_badge(word, get_language())


@lru_cache
def _priority_badge(word: str, language: str) -> SafeString:
    return badge(word.lower(), word, Priority(word).label)


@lru_cache
def _status_badge(word: str, language: str) -> SafeString:
    return badge(f"status-{word}", Status(word).label)


def outcome_badge(word: str) -> SafeString:
    """How a check ended, by its label."""
    return badge(LOOKS[word], CheckOutcome(word).label)


def run_badge(run: ValidationRun) -> SafeString:
    """How a run ended, or how far it is."""
    if run.outcome:
        return badge(LOOKS[run.outcome], RunOutcome(run.outcome).label)
    return badge(LOOKS.get(run.state, "none"), RunState(run.state).label)


def read_moment(text: str) -> str:
    """A moment that history or audit keeps as text, in the viewer's zone; any other text as it is."""
    moment = parse_datetime(text) if KEPT_MOMENT.fullmatch(text) else None
    return exact_time(moment) if moment else text


def exact_time(moment: datetime) -> str:
    """A moment with its zone, in the zone of the viewer: "Tue 10 Mar 2026, 13:00 CET"."""
    here = timezone.localtime(moment)
    days, months = _names(get_language())  # a tenth of date_format's time: lists have many
    return f"{days[here.weekday()]} {here.day} {months[here.month - 1]} {here:%Y, %H:%M %Z}"


@lru_cache
def _names(language: str) -> tuple[list[str], list[str]]:
    """The short names of the days from Monday on, and of the months, in that language."""
    return [str(WEEKDAYS_ABBR[day]) for day in range(7)], [MONTHS_3[month].title() for month in range(1, 13)]


def deadline_kind(issue: Issue, now: datetime) -> str:
    """ "overdue", "due-soon", "later", or "none" where no deadline binds the issue."""
    if issue.deadline is None or issue.status not in OPEN_WORK:
        return "none"
    if issue.deadline <= now:
        return "overdue"
    return "due-soon" if issue.deadline <= now + DUE_SOON else "later"


def deadline_words(issue: Issue, now: datetime) -> str:
    """The deadline in words, or as the analysis states it, or what takes its place."""
    if issue.deadline is None:
        stated = gettext("stated: %(deadline)s") % {"deadline": issue.deadline_words}
        return stated if issue.deadline_words else gettext("no deadline")
    if issue.status not in OPEN_WORK:
        words = gettext("was due %(day)s") if issue.deadline <= now else gettext("by %(day)s")
        return words % {"day": date_format(timezone.localtime(issue.deadline), "j M Y")}
    return words_for(issue.deadline, now)


def deadline_badge(issue: Issue, now: datetime) -> SafeString:
    """The deadline in words with its colour; the exact time is its tooltip."""
    title = exact_time(issue.deadline) if issue.deadline else ""
    return badge(deadline_kind(issue, now), deadline_words(issue, now), title)


def owner_words(issue: Issue) -> SafeString | str:
    """The owner, or the words of the analysis that somebody has to confirm, or that there is none."""
    if issue.owner:
        return issue.owner.name
    if issue.owner_words:
        confirm = badge("confirm", gettext("owner to confirm"))
        return format_html('{} <span class="second-line">{}</span>', confirm, issue.owner_words)
    return badge("confirm", gettext("no owner"))
