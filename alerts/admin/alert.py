"""Alerts in the admin: the list, the worst first, and the page of one. Every change is a call of another module."""

from functools import partial

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy

from alerts import permissions
from alerts.admin import alert_page, alert_silences, alert_undo, badges
from alerts.admin.alert_filters import PriorityFilter, QuietFilter, RuleFilter, SeverityFilter, StateFilter, WhoFilter
from alerts.models import Alert
from tracker.admin.badges import priority_badge
from tracker.admin.paging import BoundedListMixin, KeyedChangeList
from tracker.admin.part_filters import PartsMixin, RowsSystemFilter, RowsTeamFilter
from tracker.admin.read_only import ReadOnlyMixin

QUICK_FILTERS = (
    (gettext_lazy("Open"), ""),
    (gettext_lazy("Emergencies"), "severity=emergency"),
    (gettext_lazy("Nobody looks after it"), "quiet=no"),
    (gettext_lazy("About my issues"), "who=me"),
    (gettext_lazy("Escalated to me"), "who=told"),
    (gettext_lazy("Ended"), "state=ended"),
)


class AlertList(KeyedChangeList):
    """The list, with the latest step of each alert read for the rows of the page alone."""

    def get_results(self, request):
        super().get_results(request)
        rows = list(self.result_list)
        latest = alert_page.latest_steps(rows)
        for row in rows:
            row.latest_step = latest.get(row.pk)
        self.result_list = rows


@admin.register(Alert)
class AlertAdmin(PartsMixin, ReadOnlyMixin, BoundedListMixin, admin.ModelAdmin):
    """What is wrong now, who was told, and what comes next."""

    actions = (alert_silences.acknowledge_selected,)
    list_display = ("alert_words", "severity_word", "priority_word", "since_word", "told_word", "next_word")
    list_filter = (
        StateFilter,
        RuleFilter,
        SeverityFilter,
        PriorityFilter,
        QuietFilter,
        WhoFilter,
        RowsTeamFilter,
        RowsSystemFilter,
    )
    sortable_by = ()
    search_fields = ("issue__reference__istartswith", "sentence")
    search_help_text = gettext_lazy("Reference of an issue, or words")

    def has_acknowledge_permission(self, request):
        return request.user.has_perm(permissions.ACKNOWLEDGE_ALERT)

    def get_urls(self):
        def at(route, view, name):
            guarded = self.admin_site.admin_view(partial(view, model_admin=self))
            return path(route, guarded, name=f"alerts_alert_{name}")

        return [
            at("silences/undo/", alert_undo.undo_view, "undo"),
            at("<int:alert_id>/silence/<slug:name>/", alert_silences.silence_view, "silence"),
            at("<int:alert_id>/silences/<int:silence_id>/end/", alert_silences.end_view, "end"),
            *super().get_urls(),
        ]

    def get_changelist(self, request, **kwargs):
        return AlertList

    def get_ordering(self, request):
        """By the index of what is open and worst; ended ones by when they were found."""
        others = request.GET.get(StateFilter.parameter_name) in dict(StateFilter.words)
        return ("-opened_at", "-pk") if others else ("urgency", "-opened_at", "-pk")

    def get_queryset(self, request):
        alerts = super().get_queryset(request).seen_by(request.user)
        return alerts.select_related("issue__owner").defer("policy", "issue__description")

    def changelist_view(self, request, extra_context=None):
        chosen = request.GET.urlencode()
        quick = [{"name": name, "query": query, "current": query == chosen} for name, query in QUICK_FILTERS]
        return super().changelist_view(request, {"quick": quick, "title": gettext("Alerts"), **(extra_context or {})})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page of an alert. It shows; every change of it has an address of its own."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET"])
        alert = self.get_object(request, object_id)
        if alert is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, alert):
            raise PermissionDenied
        context = self.page_context(request, alert)
        return TemplateResponse(request, "admin/alerts/alert/page.html", {**context, **(extra_context or {})})

    def page_context(self, request, alert):
        now = timezone.now()
        may_not = permissions.may_silence(request.user, alert)
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(alert),
            "alert": alert,
            "now": now,
            "state": badges.state_badge(alert, now),
            "severity": badges.severity_badge(alert.severity),
            "rule": badges.rule_words(alert.rule),
            "since": badges.ago(alert.opened_at, now),
            "silences": alert_page.silences(alert, now),
            "steps": alert_page.steps(alert),
            "may_not": may_not,
            "quiet": alert.silenced_until is not None and alert.silenced_until > now,
            "coming": alert_page.coming(alert, now),
            "changes": [] if may_not or alert.resolved_at else alert_silences.forms_of(alert),
            "may_see_issue": request.user.has_perm("tracker.view_issue"),
            "may_see_messages": request.user.has_perm("alerts.view_message"),
            "media": self.media,
        }

    @admin.display(description=gettext_lazy("What is wrong"))
    def alert_words(self, alert):
        below = " · ".join(filter(None, (alert.issue and alert.issue.reference, badges.rule_words(alert.rule))))
        return format_html('{} <span class="second-line">{}</span>', alert.sentence, below)

    @admin.display(description=gettext_lazy("Severity"))
    def severity_word(self, alert):
        return badges.severity_badge(alert.severity)

    @admin.display(description=gettext_lazy("Priority"))
    def priority_word(self, alert):
        return priority_badge(alert.priority)

    @admin.display(description=gettext_lazy("Found"))
    def since_word(self, alert):
        return badges.timed(badges.ago(alert.opened_at, timezone.now()), alert.opened_at)

    @admin.display(description=gettext_lazy("Told up to"))
    def told_word(self, alert):
        return badges.told_words(
            alert, reached_nobody=alert.latest_step is not None and not alert.latest_step.recipient_name
        )

    @admin.display(description=gettext_lazy("Next"))
    def next_word(self, alert):
        return badges.next_words(alert, timezone.now())
