"""The filters of the list of alerts."""

from django.utils import timezone
from django.utils.translation import gettext_lazy

from alerts.choices import Severity
from alerts.rules import RULES
from tracker.admin.issue_filters import PriorityFilter, WordFilter
from tracker.models.columns import labelled

__all__ = ["PriorityFilter", "QuietFilter", "RuleFilter", "SeverityFilter", "StateFilter", "WhoFilter"]


class StateFilter(WordFilter):
    """Open alerts unless those that ended are asked for."""

    title = gettext_lazy("state")
    parameter_name = "state"
    words = (("ended", gettext_lazy("Ended")), ("all", gettext_lazy("All")))
    all_label = gettext_lazy("Open")

    def queryset(self, request, queryset):
        if self.value() == "ended":
            return queryset.filter(resolved_at__isnull=False)
        return queryset if self.value() == "all" else queryset.open()


class SeverityFilter(WordFilter):
    title = gettext_lazy("severity")
    parameter_name = "severity"
    words = tuple(labelled(Severity))

    def queryset(self, request, queryset):
        return queryset.filter(severity=self.value()) if self.value() else queryset


class RuleFilter(WordFilter):
    title = gettext_lazy("rule")
    parameter_name = "rule"
    words = tuple((rule.key, rule.label) for rule in RULES)

    def queryset(self, request, queryset):
        return queryset.filter(rule=self.value()) if self.value() else queryset


class QuietFilter(WordFilter):
    title = gettext_lazy("quiet")
    parameter_name = "quiet"
    words = (("no", gettext_lazy("Nobody looks after it")), ("yes", gettext_lazy("Acknowledged or snoozed")))
    all_label = gettext_lazy("Any")

    def queryset(self, request, queryset):
        if self.value() == "yes":
            return queryset.quiet(timezone.now())
        return queryset.loud(timezone.now()) if self.value() else queryset


class WhoFilter(WordFilter):
    title = gettext_lazy("whose")
    parameter_name = "who"
    words = (("me", gettext_lazy("About my issues")), ("told", gettext_lazy("Escalated to me")))
    all_label = gettext_lazy("Anybody's")

    def queryset(self, request, queryset):
        if self.value() == "me":
            return queryset.of_user(request.user.pk)
        return queryset.escalated_to(request.user.pk) if self.value() else queryset
