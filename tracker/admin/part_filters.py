"""Lists of rows that belong to issues, of a team and of a system: as the dashboard counts them for its filters."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy

from tracker.admin.issue_filters import ChosenFilter, SystemFilter, TeamFilter
from tracker.models import Issue
from tracker.permissions import SEE_REVENUE
from tracker.revenue import row_in_force
from tracker.teams import teams


class RelatedFilter(ChosenFilter):
    """The rows whose issue is one of those. `column` is the row's, `of_issue` what it is compared with."""

    column, of_issue = "issue", "pk"

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() is None:
            return queryset
        chosen = self.chosen()
        if chosen is None:
            return queryset.none()
        return queryset.filter(**{f"{self.column}__in": self.issues(chosen).values(self.of_issue)})

    def issues(self, chosen: int) -> QuerySet[Issue]:
        """The issues that the choice stands for."""
        raise NotImplementedError


class RowsTeamFilter(RelatedFilter, TeamFilter):
    """Rows of the issues of everybody in the team of a lead."""

    def issues(self, chosen):
        return Issue.objects.order_by().filter(owner__in=teams().owners_in(chosen))


class RowsSystemFilter(RelatedFilter, SystemFilter):
    """Rows of the issues that name a system."""

    def issues(self, chosen):
        return Issue.objects.order_by().filter(systems=chosen)


class AnalysisTeamFilter(RowsTeamFilter):
    """Analyses with an issue of the team."""

    column, of_issue = "pk", "analysis"


class AnalysisSystemFilter(RowsSystemFilter):
    """Analyses with an issue that names the system."""

    column, of_issue = "pk", "analysis"


class ReturnTeamFilter(RowsTeamFilter):
    """Returns whose analysis has an issue of the team."""

    column, of_issue = "analysis", "analysis"


class ReturnSystemFilter(RowsSystemFilter):
    """Returns whose analysis has an issue that names the system."""

    column, of_issue = "analysis", "analysis"


class PartsMixin:
    """What a list with such filters needs on its page: the boxes in which a name is typed."""

    @property
    def media(self):
        return super().media + TeamFilter.media(self.admin_site)


class StreamFilter(admin.SimpleListFilter):
    """The issues that threaten a revenue stream, by its name in the address: a figure of a stream leads here.

    As exposure has it: those that name a system on which the stream depends, and those that name none of any stream.
    """

    title = gettext_lazy("revenue stream")
    parameter_name = "stream"

    def lookups(self, request, model_admin):
        return [(self.value(), self.value())] if self.value() else []

    def has_output(self) -> bool:
        return bool(self.value())

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        profile = row_in_force(timezone.now())
        if profile is None or not request.user.has_perm(SEE_REVENUE):
            return queryset.none()
        naming = Issue.systems.through.objects.filter(system__streams__profile=profile)
        threatens = Q(pk__in=naming.filter(system__streams__name=self.value()).values("issue"))
        if profile.streams.filter(name=self.value()).exists():
            threatens |= ~Q(pk__in=naming.values("issue"))
        return queryset.filter(threatens)
