"""The navigation: what a person wants to do, not which table it is kept in."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation; shown to those who have the permission (of several, any), when its page exists."""

    name: str
    url_name: str
    permission: str | tuple[str, ...]
    query: dict[str, str] = field(default_factory=dict)

    def is_for(self, user: AbstractBaseUser | AnonymousUser) -> bool:
        """Whether the person may use the page."""
        wanted = (self.permission,) if isinstance(self.permission, str) else self.permission
        return any(map(user.has_perm, wanted))

    def url(self) -> str:
        """The address, or "" when no such page is installed."""
        try:
            address = reverse(self.url_name)
        except NoReverseMatch:
            return ""
        return f"{address}?{urlencode(self.query)}" if self.query else address


@dataclass(frozen=True, slots=True)
class Group:
    """A task and the pages that serve it; seldom used ones are folded away."""

    name: str
    entries: tuple[Entry, ...]
    folded: bool = False


ISSUES = ("admin:tracker_issue_changelist", "tracker.view_issue")
ALERTS = ("admin:alerts_alert_changelist", "alerts.view_alert")

TOKENS = ("tracker.view_issue", "remediation_site.view_apitoken")  # everybody has their own
ALONE = ("dashboard:overview", "admin:index")  # other paths begin with theirs, and are no part of them
START = ("tracker.view_issue", "tracker.view_analysis")
MONEY, FIGURES, WORK = "tracker.view_revenueprofile", "dashboard.view_metricsnapshot", "tracker.view_issue"
SECOND_FACTORS, IDENTITIES = "remediation_site.view_secondfactor", "remediation_site.view_externalidentity"

NAVIGATION = (
    Group(
        gettext_lazy("Dashboard"),
        (
            Entry(gettext_lazy("Overview"), "dashboard:overview", MONEY),
            Entry(gettext_lazy("Board"), "dashboard:board", WORK),
            Entry(gettext_lazy("Execution"), "dashboard:execution", WORK),
            Entry(gettext_lazy("Prevention"), "dashboard:prevention", FIGURES),
            Entry(gettext_lazy("Value"), "dashboard:value", MONEY),
            Entry(gettext_lazy("Health"), "dashboard:health", FIGURES),
        ),
    ),
    Group(
        gettext_lazy("Work"),
        (
            Entry(gettext_lazy("Start page"), "admin:index", START),
            Entry(gettext_lazy("Issues"), *ISSUES),
            Entry(gettext_lazy("Overdue"), *ISSUES, {"due": "overdue"}),
            Entry(gettext_lazy("Due within 24 h"), *ISSUES, {"due": "soon"}),
            Entry(gettext_lazy("Mine"), *ISSUES, {"who": "me"}),
            Entry(gettext_lazy("My calendar"), "calendar:mine", WORK),
            Entry(gettext_lazy("My time zone"), "signin:zone", WORK),
            Entry(gettext_lazy("Unassigned"), *ISSUES, {"who": "nobody"}),
            Entry(
                gettext_lazy("Prevention"),
                "admin:tracker_preventionmeasure_changelist",
                "tracker.view_preventionmeasure",
            ),
            Entry(gettext_lazy("At GitHub"), "admin:tracker_githublink_changelist", "tracker.view_githublink"),
        ),
    ),
    Group(
        gettext_lazy("Review"),
        (
            Entry(gettext_lazy("Analyses"), "admin:tracker_analysis_changelist", "tracker.view_analysis"),
            Entry(gettext_lazy("Add analyses"), "admin:tracker_analysis_add", "tracker.add_analysis"),
            Entry(gettext_lazy("Recurrences"), "admin:tracker_recurrence_changelist", "tracker.view_recurrence"),
        ),
    ),
    Group(
        gettext_lazy("Reports"),
        (
            Entry(gettext_lazy("Reports"), "admin:dashboard_storedreport_changelist", "dashboard.view_storedreport"),
            Entry(
                gettext_lazy("By mail"),
                "admin:dashboard_reportsubscription_changelist",
                "dashboard.view_reportsubscription",
            ),
        ),
    ),
    Group(
        gettext_lazy("Alerts"),
        (
            Entry(gettext_lazy("Open alerts"), *ALERTS),
            Entry(gettext_lazy("Escalated to me"), *ALERTS, {"who": "told"}),
            Entry(gettext_lazy("Outbox"), "admin:alerts_message_changelist", "alerts.view_message"),
            Entry(gettext_lazy("Health of the watch"), "alerts:health", "alerts.view_tick"),
        ),
    ),
    Group(
        gettext_lazy("People"),
        (
            Entry(gettext_lazy("Owners"), "admin:tracker_owner_changelist", "tracker.view_owner"),
            Entry(gettext_lazy("Users"), "admin:auth_user_changelist", "auth.view_user"),
            Entry(gettext_lazy("Groups"), "admin:auth_group_changelist", "auth.view_group"),
            Entry(gettext_lazy("Two-factor login"), "admin:remediation_site_secondfactor_changelist", SECOND_FACTORS),
            Entry(gettext_lazy("Single sign-on"), "admin:remediation_site_externalidentity_changelist", IDENTITIES),
            Entry(gettext_lazy("API tokens"), "admin:remediation_site_apitoken_changelist", TOKENS),
            Entry(gettext_lazy("Failed sign-ins"), "admin:axes_accessattempt_changelist", "axes.view_accessattempt"),
        ),
    ),
    Group(
        gettext_lazy("Set-up"),
        (
            Entry(gettext_lazy("Systems"), "admin:tracker_system_changelist", "tracker.view_system"),
            Entry(gettext_lazy("Deadlines"), "admin:tracker_prioritypolicy_changelist", "tracker.view_prioritypolicy"),
            Entry(gettext_lazy("Revenue"), "admin:tracker_revenueprofile_changelist", "tracker.view_revenueprofile"),
            Entry(
                gettext_lazy("Escalation"), "admin:alerts_escalationpolicy_changelist", "alerts.view_escalationpolicy"
            ),
            Entry(gettext_lazy("Channels"), "admin:alerts_channel_changelist", "alerts.view_channel"),
            Entry(gettext_lazy("GitHub"), "admin:tracker_githubrepository_changelist", "tracker.view_githubrepository"),
            Entry(gettext_lazy("Downtime"), "admin:dashboard_downtime_changelist", "dashboard.view_downtime"),
            Entry(
                gettext_lazy("Quiet hours"),
                "admin:alerts_quiethours_changelist",
                ("alerts.view_quiethours", "alerts.keep_own_quiet_hours"),
            ),
            Entry(gettext_lazy("Alert settings"), "admin:alerts_alertsettings_changelist", "alerts.view_alertsettings"),
        ),
    ),
    Group(
        gettext_lazy("History"),
        (
            Entry(gettext_lazy("Audit"), "admin:tracker_auditevent_changelist", "tracker.view_auditevent"),
            Entry(gettext_lazy("Seals"), "admin:tracker_seal_changelist", "tracker.view_seal"),
            Entry(gettext_lazy("Steps"), "admin:tracker_statuschange_changelist", "tracker.view_statuschange"),
            Entry(gettext_lazy("Changes"), "admin:tracker_fieldchange_changelist", "tracker.view_fieldchange"),
            Entry(gettext_lazy("Notes"), "admin:tracker_note_changelist", "tracker.view_note"),
            Entry(gettext_lazy("Revenue at stake"), "admin:dashboard_stake_changelist", "dashboard.view_stake"),
            Entry(
                gettext_lazy("Revenue protected"),
                "admin:dashboard_protectionentry_changelist",
                "dashboard.view_protectionentry",
            ),
            Entry(
                gettext_lazy("Figures by day"),
                "admin:dashboard_metricsnapshot_changelist",
                "dashboard.view_metricsnapshot",
            ),
            Entry(
                gettext_lazy("Validation runs"), "admin:tracker_validationrun_changelist", "tracker.view_validationrun"
            ),
            Entry(gettext_lazy("Evaluations"), "admin:alerts_tick_changelist", "alerts.view_tick"),
            Entry(
                gettext_lazy("Predecessor"),
                "admin:tracker_predecessorentry_changelist",
                "tracker.view_predecessorentry",
            ),
        ),
        folded=True,
    ),
    Group(
        gettext_lazy("Background work"),
        (
            Entry(gettext_lazy("Schedules"), "admin:django_q_schedule_changelist", "django_q.view_schedule"),
            Entry(gettext_lazy("Done"), "admin:django_q_success_changelist", "django_q.view_success"),
            Entry(gettext_lazy("Failed"), "admin:django_q_failure_changelist", "django_q.view_failure"),
            Entry(gettext_lazy("Waiting"), "admin:django_q_ormq_changelist", "django_q.view_ormq"),
        ),
        folded=True,
    ),
)


def navigation(request: HttpRequest) -> list[dict]:
    """The groups and entries that this person may use, in the shape of the admin's own list of apps."""
    groups = []
    for group in NAVIGATION:
        entries = [
            {"name": str(entry.name), "admin_url": url, "entry": entry, "current": False}
            for entry in group.entries
            if entry.is_for(request.user) and (url := entry.url())
        ]
        if entries:
            groups.append({"name": str(group.name), "app_label": "", "models": entries, "folded": group.folded})
    if current := closest(request, [entry for group in groups for entry in group["models"]]):
        current["current"] = True
    for group in groups:
        group["open"] = any(entry["current"] for entry in group["models"])
    return groups


def closest(request: HttpRequest, entries: list[dict]) -> dict | None:
    """The entry that stands for the page: its path begins with the entry's, and more of the query agrees."""

    def agreement(entry: dict) -> tuple[int, int]:
        path, _, _ = entry["admin_url"].partition("?")
        query = entry["entry"].query
        alone = entry["entry"].url_name in ALONE
        begins = request.path == path if alone else request.path.startswith(path)
        if not begins or any(request.GET.get(name) != value for name, value in query.items()):
            return (0, 0)
        return (len(path), 1 + len(query))

    best = max(entries, key=agreement, default=None)
    return best if best is not None and agreement(best) > (0, 0) else None
