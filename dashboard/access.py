"""Who sees what of the dashboard: the one place that decides, for pages, charts and downloads."""

from dataclasses import replace

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from dashboard.metrics.sheet import Sheet
from dashboard.value.figures import Unit
from tracker.permissions import SEE_REVENUE

Viewer = AbstractBaseUser | AnonymousUser

SEE_WORK = "tracker.view_issue"
SEE_FIGURES = "dashboard.view_metricsnapshot"
SEE_MONEY = SEE_REVENUE
ENTER_REVENUE = "tracker.add_revenueprofile"
ENTER_DOWNTIME = "dashboard.add_downtime"
MONEY = frozenset({Unit.MONEY, Unit.MONEY_A_MONTH, Unit.MONEY_A_DAY, Unit.MONEY_A_YEAR})
OF_MONEY = MONEY | {Unit.RATIO}  # a return tells of amounts, too
EXTRA_OF_MONEY = frozenset({"risk", "actions", "analyses"})


def may_see_money(viewer: Viewer) -> bool:
    """Whether the person sees amounts: those who may see the revenue of the site."""
    return viewer.has_perm(SEE_MONEY)


def as_seen_by(viewer: Viewer, sheet: Sheet) -> Sheet:
    """The sheet without what the person may not see: amounts, for those who may not see the revenue."""
    return sheet if may_see_money(viewer) else without_money(sheet)


def without_money(sheet: Sheet) -> Sheet:
    """The sheet without any amount. Values of the page's own that tell of money are left out as a whole."""
    return replace(
        sheet,
        currency="",
        figures={key: figure for key, figure in sheet.figures.items() if figure.unit not in OF_MONEY},
        changes={key: figure for key, figure in sheet.changes.items() if figure.unit not in OF_MONEY},
        series=tuple(series for series in sheet.series if series.unit not in OF_MONEY),
        issues=tuple(replace(row, at_risk=None) for row in sheet.issues),
        extra={key: value for key, value in sheet.extra.items() if key not in EXTRA_OF_MONEY},
    )
