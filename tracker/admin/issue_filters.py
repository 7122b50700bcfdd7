"""The filters of the issue list. Lists of words are short and fixed; owners and systems are found by typing."""

import re
from datetime import timedelta
from functools import cache

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.contrib.admin.widgets import AutocompleteSelect
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from tracker.choices import IssueKind, Priority, Status
from tracker.models import Issue
from tracker.models.columns import labelled
from tracker.teams import teams

URGENT = (Priority.P0, Priority.P1)
DAY = timedelta(hours=24)
AGES = (DAY, 3 * DAY, 7 * DAY, 30 * DAY)
WHOLE_REFERENCE = re.compile(r"\s*P[0-9]-[0-9]{8}-[0-9]{3,9}\s*", re.IGNORECASE)


def is_reference(words: str) -> bool:
    """Whether the words are the whole reference of an issue."""
    return WHOLE_REFERENCE.fullmatch(words) is not None


class WordFilter(admin.SimpleListFilter):
    """A filter with a fixed list of (word, label), and what no choice is called."""

    words: tuple[tuple[str, str], ...] = ()
    all_label = gettext_lazy("All")

    def lookups(self, request, model_admin):
        return self.words

    def value(self) -> str | None:
        """The chosen word; None for no choice and for what is not a word."""
        value = super().value()
        return value if value in dict(self.words) else None

    def choices(self, changelist):
        first, *rest = super().choices(changelist)
        return [{**first, "display": self.all_label}, *rest]


class ShowFilter(WordFilter):
    """Live issues unless closed ones are asked for: by this filter, by their status or by a whole reference."""

    title = gettext_lazy("state")
    parameter_name = "show"
    words = (
        ("work", gettext_lazy("Open work")),
        ("done", gettext_lazy("Completed and validated")),
        ("closed", gettext_lazy("Validated and cancelled")),
        ("all", gettext_lazy("All")),
    )
    all_label = gettext_lazy("Live issues")

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "closed":
            return queryset.filter(is_closed=True)
        if self.value() == "work":
            return queryset.open_work().filter(is_closed=False)
        if self.value() == "done":
            return queryset.filter(status__in=(Status.COMPLETED, Status.VALIDATED))
        asked_for = StatusFilter.parameter_name in request.GET or is_reference(request.GET.get(SEARCH_VAR, ""))
        if self.value() == "all" or asked_for:
            return queryset
        return queryset.filter(is_closed=False)  # the first column of the index issue_by_urgency


class PriorityFilter(WordFilter):
    title = gettext_lazy("priority")
    parameter_name = "priority"
    words = (("urgent", gettext_lazy("P0 and P1")), *labelled(Priority))

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "urgent":
            return queryset.filter(priority__in=URGENT)
        return queryset.filter(priority=self.value()) if self.value() else queryset


class StatusFilter(WordFilter):
    title = gettext_lazy("status")
    parameter_name = "status"
    words = tuple(labelled(Status))

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(status=self.value()) if self.value() else queryset


class KindFilter(WordFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"
    words = tuple(labelled(IssueKind))

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class DueFilter(WordFilter):
    title = gettext_lazy("deadline")
    parameter_name = "due"
    words = (
        ("overdue", gettext_lazy("Overdue")),
        ("soon", gettext_lazy("Due within 24 h")),
        ("never", gettext_lazy("No deadline")),
    )
    all_label = gettext_lazy("Any")

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        now = timezone.now()
        if self.value() == "overdue":
            return queryset.overdue(now)
        if self.value() == "soon":
            return queryset.due_within(now, DAY)
        return queryset.filter(deadline__isnull=True) if self.value() == "never" else queryset


class AgeFilter(WordFilter):
    """How long ago an issue was tracked, in the steps in which the dashboard counts open issues."""

    title = gettext_lazy("age")
    parameter_name = "age"
    words = (
        ("under_24_h", gettext_lazy("Under 24 h")),
        ("under_72_h", gettext_lazy("1 to 3 days")),
        ("under_168_h", gettext_lazy("3 to 7 days")),
        ("under_720_h", gettext_lazy("7 to 30 days")),
        ("from_720_h", gettext_lazy("30 days and longer")),
    )
    all_label = gettext_lazy("Any")

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        now, place = timezone.now(), [word for word, _ in self.words].index(self.value())
        if place:
            queryset = queryset.filter(created_at__lte=now - AGES[place - 1])
        return queryset.filter(created_at__gt=now - AGES[place]) if place < len(AGES) else queryset


class WhoFilter(WordFilter):
    title = gettext_lazy("assignment")
    parameter_name = "who"
    words = (
        ("me", gettext_lazy("Mine")),
        ("others", gettext_lazy("Of others")),
        ("nobody", gettext_lazy("Unassigned")),
        ("confirm", gettext_lazy("Owner to confirm")),
    )
    all_label = gettext_lazy("Anybody")

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "me":
            return queryset.filter(owner__user_id=request.user.pk)
        if self.value() == "others":
            return queryset.not_of(request.user.pk)
        if self.value() == "nobody":
            return queryset.unassigned()
        return queryset.unassigned().exclude(owner_words="") if self.value() == "confirm" else queryset


class ChosenFilter(admin.SimpleListFilter):
    """A filter on a related row that is found by typing a part of its name: no list of all of them."""

    template = "admin/filter_choose.html"
    field_name = ""

    def lookups(self, request, model_admin):
        self.admin_site = model_admin.admin_site
        return ()

    def has_output(self) -> bool:
        return True

    def chosen(self) -> int | None:
        """The primary key in the address, None when there is none or it cannot be one."""
        value = self.value() or ""
        return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else None

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() is None:
            return queryset
        chosen = self.chosen()
        return queryset.none() if chosen is None else queryset.filter(**{self.field_name: chosen})

    def chosen_name(self) -> str:
        """The name of the chosen row, "" without a choice."""
        if self.value() is None:
            return ""
        row = self.field().related_model._default_manager.filter(pk=self.chosen()).first()
        return str(row) if row else gettext("nobody and nothing")

    def choices(self, changelist):
        chosen = self.chosen()
        others = [pair for pair in changelist.params.items() if pair[0] not in (self.parameter_name, "p")]
        yield {
            "select": self.select(self.admin_site, chosen) if chosen else self.empty_select(self.admin_site),
            "others": others,
            "clear": changelist.get_query_string(remove=[self.parameter_name]) if self.value() else "",
        }

    @classmethod
    @cache
    def empty_select(cls, admin_site: admin.AdminSite) -> SafeString:
        """What asks for a row while none is chosen: the same on every page, and a template each time without this."""
        return cls.select(admin_site, None)

    @classmethod
    def select(cls, admin_site: admin.AdminSite, chosen: int | None) -> SafeString:
        """What asks for a row, with its label."""
        form = forms.Form(initial={cls.parameter_name: chosen}, auto_id="filter-%s")
        form.fields[cls.parameter_name] = forms.ModelChoiceField(
            cls.field().related_model._default_manager.all(),
            widget=AutocompleteSelect(cls.field(), admin_site, attrs={"data-placeholder": gettext("Type a name")}),
            label=cls.title,
            required=False,
        )
        field = form[cls.parameter_name]
        label = format_html('<label class="visually-hidden" for="{}">{}</label>', field.id_for_label, field.label)
        return format_html("{}{}", label, field)

    @classmethod
    def field(cls) -> models.Field:
        return Issue._meta.get_field(cls.field_name)

    @classmethod
    def media(cls, admin_site: admin.AdminSite) -> forms.Media:
        """What a page needs to show such a filter."""
        return AutocompleteSelect(cls.field(), admin_site).media


class OwnerFilter(ChosenFilter):
    title = gettext_lazy("owner")
    parameter_name = "owner"
    field_name = "owner"


class TeamFilter(ChosenFilter):
    """The issues of everybody in the team of a lead, as the dashboard counts them."""

    title = gettext_lazy("team of")
    parameter_name = "team"
    field_name = "owner"

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() is None:
            return queryset
        chosen = self.chosen()
        return queryset.none() if chosen is None else queryset.filter(owner__in=teams().owners_in(chosen))


class SystemFilter(ChosenFilter):
    title = gettext_lazy("system")
    parameter_name = "system"
    field_name = "systems"


class AnalysisFilter(ChosenFilter):
    title = gettext_lazy("analysis")
    parameter_name = "analysis"
    field_name = "analysis"
