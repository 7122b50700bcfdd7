"""The form above a page: period, team and system, as they stand in the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy

from dashboard.metrics.filters import MONTH, QUARTER, WEEK, FilterRefused, Filters, Period, read
from tracker.models import Owner, System
from tracker.teams import teams

MOST_OFFERED = 200  # names in a select box; others are asked for by their number in the address
WORDS = {WEEK: gettext_lazy("This week"), MONTH: gettext_lazy("This month"), QUARTER: gettext_lazy("This quarter")}
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a select box."""

    value: str
    name: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Select:
    """A select box; left_out is whether there are more names than it offers."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """The form, what it is set to in words, and the address of the page without filters."""

    action: str
    selects: tuple[Select, ...]
    period: str
    compared: str
    narrowed: tuple[str, ...]


def form_of(filters: Filters, action: str) -> Form:
    """The form of a page that is asked for with these filters. Two queries."""
    leads = teams().leads()
    systems = list(System.objects.order_by("name").values_list("pk", "name")[: MOST_OFFERED + 1])
    if filters.system and filters.system not in dict(systems):
        systems += System.objects.filter(pk=filters.system).values_list("pk", "name")
    selects = (
        Select(
            "period",
            gettext("Period"),
            tuple(Choice(kind, name, kind == filters.period.kind) for kind, name in WORDS.items()),
        ),
        _select("team", gettext("Team of"), gettext("Everybody"), leads, filters.team),
        _select("system", gettext("System"), gettext("All systems"), systems, filters.system),
    )
    return Form(action, selects, *period_words(filters.period), _narrowed(filters, dict(leads), dict(systems)))


def asked_for(asked: Mapping[str, str], now: datetime) -> Filters:
    """The filters that an address asks for. A query for a team or a system.

    Raises: FilterRefused in one sentence, also when there is no such team or system.
    """
    filters = read(asked, now, timezone.get_default_timezone())
    no_team = gettext("There is no team with the number %(number)s: choose one from the list.")
    no_system = gettext("There is no system with the number %(number)s: choose one from the list.")
    for key, model, words in ((filters.team, Owner, no_team), (filters.system, System, no_system)):
        if key is not None and not model.objects.filter(pk=key).exists():
            raise FilterRefused(words % {"number": key})
    return filters


def period_words(period: Period) -> tuple[str, str]:
    """What the period is, and what it is compared with: "November 2026", "1 to 25 October 2026"."""
    return _days(period.start, period.end - SECOND), _days(period.previous_start, period.previous_end - SECOND)


def _days(first: datetime, last: datetime) -> str:
    """Two days in the site's time zone, by which periods are counted."""
    first, last = (timezone.localtime(each, timezone.get_default_timezone()) for each in (first, last))
    if first.date() >= last.date():
        return date_format(first, "j F Y")
    begin = (
        "j" if (first.year, first.month) == (last.year, last.month) else "j F" if first.year == last.year else "j F Y"
    )
    return gettext("%(first)s to %(last)s") % {"first": date_format(first, begin), "last": date_format(last, "j F Y")}


def _select(name: str, label: str, everything: str, rows: Sequence[tuple[int, str]], chosen: int | None) -> Select:
    offered = [row for place, row in enumerate(rows) if place < MOST_OFFERED or row[0] == chosen]
    first = Choice("", everything, chosen is None)
    if chosen is not None and chosen not in dict(rows):
        offered = [*offered, (chosen, gettext("number %(number)s, which there is not") % {"number": chosen})]
    choices = (first, *(Choice(str(pk), words, pk == chosen) for pk, words in offered))
    return Select(name, label, choices, len(rows) > MOST_OFFERED)


def _narrowed(filters: Filters, leads: dict[int, str], systems: dict[int, str]) -> tuple[str, ...]:
    """What the page is about in words, when it is not about the whole site."""
    words = []
    if filters.team is not None:
        words.append(gettext("team of %(name)s") % {"name": leads.get(filters.team, gettext("nobody"))})
    if filters.system is not None:
        name = systems.get(filters.system, gettext("that there is not"))
        words.append(gettext("system %(name)s") % {"name": name})
    return tuple(words)
