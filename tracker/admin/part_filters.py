"""Lists of rows that belong to issues, of a team and of a system: as the dashboard counts them for its filters."""

from django.db.models import QuerySet
from django.http import HttpRequest

from tracker.admin.issue_filters import ChosenFilter, SystemFilter, TeamFilter
from tracker.models import Issue
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
