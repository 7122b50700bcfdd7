"""The filters of the list of alerts."""

from django.utils import timezone

from alerts.choices import Severity
from alerts.rules import RULES
from tracker.admin.issue_filters import PriorityFilter, WordFilter
from tracker.models.columns import labelled

__all__ = ["PriorityFilter", "QuietFilter", "RuleFilter", "SeverityFilter", "StateFilter", "WhoFilter"]


class StateFilter(WordFilter):
    """Open alerts unless those that ended are asked for."""

    title = "state"
    parameter_name = "state"
    words = (("ended", "Ended"), ("all", "All"))
    all_label = "Open"

    def queryset(self, request, queryset):
        if self.value() == "ended":
            return queryset.filter(resolved_at__isnull=False)
        return queryset if self.value() == "all" else queryset.open()


class SeverityFilter(WordFilter):
    title = "severity"
    parameter_name = "severity"
    words = tuple(labelled(Severity))

    def queryset(self, request, queryset):
        return queryset.filter(severity=self.value()) if self.value() else queryset


class RuleFilter(WordFilter):
    title = "rule"
    parameter_name = "rule"
    words = tuple((rule.key, rule.label) for rule in RULES)

    def queryset(self, request, queryset):
        return queryset.filter(rule=self.value()) if self.value() else queryset


class QuietFilter(WordFilter):
    title = "quiet"
    parameter_name = "quiet"
    words = (("no", "Nobody looks after it"), ("yes", "Acknowledged or snoozed"))
    all_label = "Any"

    def queryset(self, request, queryset):
        if self.value() == "yes":
            return queryset.quiet(timezone.now())
        return queryset.loud(timezone.now()) if self.value() else queryset


class WhoFilter(WordFilter):
    title = "whose"
    parameter_name = "who"
    words = (("me", "About my issues"), ("told", "Escalated to me"))
    all_label = "Anybody's"

    def queryset(self, request, queryset):
        if self.value() == "me":
            return queryset.of_user(request.user.pk)
        return queryset.escalated_to(request.user.pk) if self.value() else queryset
