"""/alerts/health/: how the watch does, for staff who may see its evaluations."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from alerts import watch
from alerts.admin.badges import ago
from tracker.github import resting

RIGHT = "alerts.view_tick"


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: what it is, how it stands in words, whether that is well, and what to do when it is not."""

    name: str
    words: str
    well: bool
    moment: datetime | None = None
    remedy: str = ""


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Show the figures."""
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied
    found = watch.figures(timezone.now())
    shown = [*lines(found), github(resting.standing())]
    context = {
        **admin.site.each_context(request),
        "title": gettext("Health of the watch"),
        "lines": shown,
        "error": found.error,
        "well": all(line.well for line in shown),
    }
    return TemplateResponse(request, "admin/alerts/health.html", context)


def lines(found: watch.Figures) -> list[Line]:
    """The figures for a person, the most important first."""
    dead = found.dead_messages
    many = str(dead)
    if dead >= watch.MOST_COUNTED:
        many = gettext("%(number)s or more") % {"number": watch.MOST_COUNTED}
    return [
        Line(
            gettext("Last evaluation"),
            ago(found.evaluated_at, found.now) if found.evaluated_at else gettext("never"),
            found.is_well,
            found.evaluated_at,
            gettext(
                "Start the workers with python manage.py up, or evaluate without them by python manage.py monitor."
            ),
        ),
        _waiting(gettext("Longest waiting step"), found.oldest_due_step, found, gettext("Nobody waits to be told.")),
        _waiting(
            gettext("Longest waiting message"), found.oldest_due_message, found, gettext("No message waits to be sent.")
        ),
        Line(
            gettext("Messages that could not be delivered"),
            many if dead else gettext("none"),
            not dead,
            remedy=gettext("The outbox says what the channels said, and sends them again."),
        ),
        _waiting(
            gettext("Audit not sealed yet"),
            found.oldest_unsealed,
            found,
            gettext("Every row of the audit is sealed."),
            gettext("written %(ago)s"),
        ),
    ]


def github(found: resting.Standing) -> Line:
    """How the issues at GitHub do."""
    if found.refusing:
        words = ngettext("one repository refuses us", "%(count)s repositories refuse us", found.refusing)
        remedy = gettext("Set-up, GitHub says what GitHub answers: mostly the token has run out, and wants a new one.")
        return Line("GitHub", words % {"count": found.refusing}, False, remedy=remedy)
    if found.stopped:
        words = ngettext(
            "one issue is not followed any more", "%(count)s issues are not followed any more", found.stopped
        )
        remedy = gettext("Work, At GitHub says why each stopped: let it go on, or stop it with a reason.")
        return Line("GitHub", words % {"count": found.stopped}, False, remedy=remedy)
    return Line("GitHub", gettext("Every issue that was pushed there is followed."), True)


def _waiting(name: str, since: datetime | None, found: watch.Figures, nothing: str, words: str = "") -> Line:
    """What waits longer than the watch may pause is late; by the words it is due since then."""
    if since is None:
        return Line(name, nothing, True)
    well = found.now - since <= watch.longest_pause()
    return Line(
        name,
        (words or gettext("due %(ago)s")) % {"ago": ago(since, found.now)},
        well,
        since,
        gettext("The workers are too slow, or do not run."),
    )
