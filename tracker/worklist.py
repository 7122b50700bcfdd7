"""What needs a person now: the sections of the start page, each a bounded list with the way to the whole."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Count
from django.utils.translation import gettext

from tracker.choices import Status
from tracker.models import Analysis, ExtractedItem, Issue, Owner
from tracker.permissions import may
from tracker.querysets import IssueQuerySet
from tracker.validation.sign_offs import SIGN_OFF

SHOWN = 6
MOST_COUNTED = 999
DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Section:
    """One question of the start page: its first rows, how many there are, and what it means when there are none.

    `number` counts no further than MOST_COUNTED + 1. `query` are the filters of the issue list that show them all.
    """

    key: str
    title: str
    rows: list = field(default_factory=list)
    number: int = 0
    query: str = ""
    empty: str = ""

    @property
    def number_words(self) -> str:
        """The number, or "999+" where counting stopped."""
        return f"{MOST_COUNTED}+" if self.number > MOST_COUNTED else str(self.number)


def issue_sections(user: AbstractBaseUser | AnonymousUser, *, now: datetime) -> list[Section]:
    """The issues that need somebody, the most pressing question first."""
    issues = Issue.objects.all()
    sections = [
        section(issues.overdue(now), "overdue", gettext("Overdue"), "due=overdue", gettext("Nothing is overdue.")),
        section(
            issues.due_within(now, DAY),
            "due-soon",
            gettext("Due within 24 h"),
            "due=soon",
            gettext("Nothing falls due today."),
        ),
        section(
            issues.urgent_without_owner(),
            "unassigned",
            gettext("P0 and P1 without an owner"),
            "who=nobody&priority=urgent",
            gettext("Every urgent issue has an owner."),
        ),
    ]
    if owner := Owner.objects.filter(user_id=user.pk).first():
        mine = issues.open_work().filter(owner=owner)
        sections.insert(
            0, section(mine, "mine", gettext("Mine"), "who=me&show=work", gettext("Nothing is assigned to you."))
        )
    if not may(user, SIGN_OFF):
        sections.append(
            section(
                issues.live().filter(status=Status.COMPLETED).not_of(user.pk),
                "to-validate",
                gettext("Waiting for validation by somebody else than the owner"),
                "status=completed&who=others",
                gettext("No finished work of others waits for you."),
            )
        )
    return sections


def section(issues: IssueQuerySet, key: str, title: str, query: str, empty: str) -> Section:
    """A section with the most urgent of these issues."""
    rows = list(issues.select_related("owner").by_urgency()[:SHOWN])
    number = issues.order_by()[: MOST_COUNTED + 1].count() if len(rows) == SHOWN else len(rows)
    return Section(key, title, rows, number, query, empty)


def pending_analyses() -> list[tuple[Analysis, int]]:
    """The newest analyses with entries that nobody has decided about, and how many entries that are."""
    pending = ExtractedItem.objects.pending().issues().order_by().values("analysis")
    counts = {
        row["analysis"]: row["number"]
        for row in pending.annotate(number=Count("pk")).order_by("-analysis").values("analysis", "number")[:SHOWN]
    }
    analyses = Analysis.objects.only("title", "source", "imported_at").in_bulk(counts)
    return [(analyses[pk], number) for pk, number in counts.items()]


def any_analysis() -> bool:
    """Whether an analysis was ever imported: if not, that is the first thing to do."""
    return Analysis.objects.exists()
