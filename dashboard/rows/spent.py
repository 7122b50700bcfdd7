"""What the work cost: hours that people noted, issues whose hours are estimated, and times of downtime."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext

from dashboard import wording
from dashboard.metrics.asked import Asked
from dashboard.metrics.money import downtimes_of, notes_of, unnoted_of, work_of
from dashboard.rows.listing import Cell, Listing, of_hours, of_issue, of_money
from dashboard.value.figures import Unit
from dashboard.value.remediation import estimated_hours, noted_hours

NOTE = ("at", "actor_name", "hours", "issue__title", "issue__reference")  # never its text
ISSUE = ("title", "reference")


def of_period(asked: Asked, part: str) -> tuple[Listing, ...]:
    """The notes with hours of the period, and the issues that were completed in it without any."""
    return _work(asked, asked.period.start)


def so_far(asked: Asked, part: str) -> tuple[Listing, ...]:
    """Those of all time, and of the whole site the downtime too."""
    listings = _work(asked, None)
    return listings if asked.narrowed else (*listings, _downtime(asked))


def _work(asked: Asked, start: datetime | None) -> tuple[Listing, Listing]:
    work, terms = work_of(asked, start), asked.site.terms
    priced = _Priced(asked)
    noted = Listing(
        "notes",
        gettext("Notes with hours"),
        (gettext("When"), gettext("Issue"), gettext("Person"), gettext("Hours"), *priced.head),
        notes_of(asked, start).select_related("issue").only(*NOTE).order_by("-at", "-pk"),
        lambda note: (
            Cell(at=note.at),
            of_issue(note.issue),
            Cell(note.actor_name),
            of_hours(note.hours),
            *priced.cell(note.hours),
        ),
        priced.told(noted_hours(work)),
    )
    estimated = Listing(
        "estimated",
        gettext("Completed without a note of hours, and estimated"),
        (gettext("Issue"), gettext("Priority"), gettext("Hours on average"), *priced.head),
        unnoted_of(asked, start).only(*ISSUE).order_by("-pk"),
        lambda issue: (
            of_issue(issue),
            Cell(issue.priority_then),
            of_hours(terms.hours[issue.priority_then]),
            *priced.cell(terms.hours[issue.priority_then]),
        ),
        priced.told(estimated_hours(work, terms)),
    )
    return noted, estimated


class _Priced:
    """Hours as what they cost, where a cost of an hour is set."""

    def __init__(self, asked: Asked) -> None:
        self.rate = asked.site.terms.hourly_rate
        self.currency = asked.site.currency
        self.head = () if self.rate is None else (gettext("Cost"),)

    def cell(self, hours: Decimal) -> tuple[Cell, ...]:
        return () if self.rate is None else (of_money(hours * self.rate, self.currency),)

    def told(self, hours: Decimal) -> str:
        words = {"hours": wording.amount(hours, Unit.HOURS, "")}
        if self.rate is None:
            return gettext("Together %(hours)s.") % words
        rate, cost = (wording.amount(each, Unit.MONEY, self.currency) for each in (self.rate, hours * self.rate))
        words |= {"rate": rate, "cost": cost}
        return gettext("Together %(hours)s at %(rate)s an hour: %(cost)s.") % words


def _downtime(asked: Asked) -> Listing:
    return Listing(
        "downtime",
        gettext("Downtime"),
        (gettext("From"), gettext("Hours"), gettext("What was down")),
        downtimes_of(asked, None).order_by("-started_at", "-pk"),
        lambda row: (Cell(at=row.started_at), of_hours(row.hours), Cell(row.text)),
    )
