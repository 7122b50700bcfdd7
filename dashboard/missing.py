"""What a site has to enter before its pages have figures, and where."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from dashboard.access import ENTER_REVENUE, Viewer, may_see_money
from dashboard.metrics.sheet import Sheet
from tracker.models import Analysis, Issue

ASK = gettext_lazy("Ask a manager.")


@dataclass(frozen=True, slots=True)
class Missing:
    """What is missing, and where this person enters it; without a place, whom to ask."""

    sentence: str
    url: str = ""
    words: str = ""


def missing(sheet: Sheet, viewer: Viewer) -> list[Missing]:
    """What to enter first. At most two queries."""
    found = [] if sheet.issues else [_of_work(viewer)]
    if may_see_money(viewer) and not sheet.currency:
        found.append(
            _step(
                gettext("No revenue profile is in force, so no figure about money has a number. Nothing is assumed."),
                "admin:tracker_revenueprofile_add",
                gettext("Enter the revenue"),
                viewer.has_perm(ENTER_REVENUE),
            )
        )
    return [each for each in found if each]


def _of_work(viewer: Viewer) -> Missing | None:
    if Issue.objects.exists():
        return None
    if Analysis.objects.exists():
        return _step(
            gettext("No issue is tracked yet: decide about what the analyses ask for."),
            "admin:tracker_analysis_changelist",
            gettext("Review the analyses"),
            viewer.has_perm("tracker.view_analysis"),
        )
    return _step(
        gettext("No analysis was added yet: every figure begins with one."),
        "admin:tracker_analysis_add",
        gettext("Add analyses"),
        viewer.has_perm("tracker.add_analysis"),
    )


def _step(sentence: str, url_name: str, words: str, may: bool) -> Missing:
    return Missing(sentence, reverse(url_name), words) if may else Missing(f"{sentence} {ASK}")
