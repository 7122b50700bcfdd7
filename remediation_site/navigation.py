"""The navigation: what a person wants to do, not which table it is kept in."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


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
        "Dashboard",
        (
            Entry("Overview", "dashboard:overview", MONEY),
            Entry("Board", "dashboard:board", WORK),
            Entry("Execution", "dashboard:execution", WORK),
            Entry("Prevention", "dashboard:prevention", FIGURES),
            Entry("Value", "dashboard:value", MONEY),
            Entry("Health", "dashboard:health", FIGURES),
        ),
    ),
    Group(
        "Work",
        (
            Entry("Start page", "admin:index", START),
            Entry("Issues", *ISSUES),
            Entry("Overdue", *ISSUES, {"due": "overdue"}),
            Entry("Due within 24 h", *ISSUES, {"due": "soon"}),
            Entry("Mine", *ISSUES, {"who": "me"}),
            Entry("My calendar", "calendar:mine", WORK),
            Entry("Unassigned", *ISSUES, {"who": "nobody"}),
            Entry("Prevention", "admin:tracker_preventionmeasure_changelist", "tracker.view_preventionmeasure"),
            Entry("At GitHub", "admin:tracker_githublink_changelist", "tracker.view_githublink"),
        ),
    ),
    Group(
        "Review",
        (
            Entry("Analyses", "admin:tracker_analysis_changelist", "tracker.view_analysis"),
            Entry("Add analyses", "admin:tracker_analysis_add", "tracker.add_analysis"),
            Entry("Recurrences", "admin:tracker_recurrence_changelist", "tracker.view_recurrence"),
        ),
    ),
    Group(
        "Reports",
        (
            Entry("Reports", "admin:dashboard_storedreport_changelist", "dashboard.view_storedreport"),
            Entry("By mail", "admin:dashboard_reportsubscription_changelist", "dashboard.view_reportsubscription"),
        ),
    ),
    Group(
        "Alerts",
        (
            Entry("Open alerts", *ALERTS),
            Entry("Escalated to me", *ALERTS, {"who": "told"}),
            Entry("Outbox", "admin:alerts_message_changelist", "alerts.view_message"),
            Entry("Health of the watch", "alerts:health", "alerts.view_tick"),
        ),
    ),
    Group(
        "People",
        (
            Entry("Owners", "admin:tracker_owner_changelist", "tracker.view_owner"),
            Entry("Users", "admin:auth_user_changelist", "auth.view_user"),
            Entry("Groups", "admin:auth_group_changelist", "auth.view_group"),
            Entry("Two-factor login", "admin:remediation_site_secondfactor_changelist", SECOND_FACTORS),
            Entry("Single sign-on", "admin:remediation_site_externalidentity_changelist", IDENTITIES),
            Entry("API tokens", "admin:remediation_site_apitoken_changelist", TOKENS),
            Entry("Failed sign-ins", "admin:axes_accessattempt_changelist", "axes.view_accessattempt"),
        ),
    ),
    Group(
        "Set-up",
        (
            Entry("Systems", "admin:tracker_system_changelist", "tracker.view_system"),
            Entry("Deadlines", "admin:tracker_prioritypolicy_changelist", "tracker.view_prioritypolicy"),
            Entry("Revenue", "admin:tracker_revenueprofile_changelist", "tracker.view_revenueprofile"),
            Entry("Escalation", "admin:alerts_escalationpolicy_changelist", "alerts.view_escalationpolicy"),
            Entry("Channels", "admin:alerts_channel_changelist", "alerts.view_channel"),
            Entry("GitHub", "admin:tracker_githubrepository_changelist", "tracker.view_githubrepository"),
            Entry("Downtime", "admin:dashboard_downtime_changelist", "dashboard.view_downtime"),
            Entry(
                "Quiet hours",
                "admin:alerts_quiethours_changelist",
                ("alerts.view_quiethours", "alerts.keep_own_quiet_hours"),
            ),
            Entry("Alert settings", "admin:alerts_alertsettings_changelist", "alerts.view_alertsettings"),
        ),
    ),
    Group(
        "History",
        (
            Entry("Audit", "admin:tracker_auditevent_changelist", "tracker.view_auditevent"),
            Entry("Seals", "admin:tracker_seal_changelist", "tracker.view_seal"),
            Entry("Steps", "admin:tracker_statuschange_changelist", "tracker.view_statuschange"),
            Entry("Changes", "admin:tracker_fieldchange_changelist", "tracker.view_fieldchange"),
            Entry("Notes", "admin:tracker_note_changelist", "tracker.view_note"),
            Entry("Revenue at stake", "admin:dashboard_stake_changelist", "dashboard.view_stake"),
            Entry("Revenue protected", "admin:dashboard_protectionentry_changelist", "dashboard.view_protectionentry"),
            Entry("Figures by day", "admin:dashboard_metricsnapshot_changelist", "dashboard.view_metricsnapshot"),
            Entry("Validation runs", "admin:tracker_validationrun_changelist", "tracker.view_validationrun"),
            Entry("Evaluations", "admin:alerts_tick_changelist", "alerts.view_tick"),
            Entry("Predecessor", "admin:tracker_predecessorentry_changelist", "tracker.view_predecessorentry"),
        ),
        folded=True,
    ),
    Group(
        "Background work",
        (
            Entry("Schedules", "admin:django_q_schedule_changelist", "django_q.view_schedule"),
            Entry("Done", "admin:django_q_success_changelist", "django_q.view_success"),
            Entry("Failed", "admin:django_q_failure_changelist", "django_q.view_failure"),
            Entry("Waiting", "admin:django_q_ormq_changelist", "django_q.view_ormq"),
        ),
        folded=True,
    ),
)


def navigation(request: HttpRequest) -> list[dict]:
    """The groups and entries that this person may use, in the shape of the admin's own list of apps."""
    groups = []
    for group in NAVIGATION:
        entries = [
            {"name": entry.name, "admin_url": url, "entry": entry, "current": False}
            for entry in group.entries
            if entry.is_for(request.user) and (url := entry.url())
        ]
        if entries:
            groups.append({"name": group.name, "app_label": "", "models": entries, "folded": group.folded})
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
