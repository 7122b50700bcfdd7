"""Escalation policies in the admin: one page per priority, with a form for each level."""

from datetime import timedelta
from itertools import pairwise

from django import forms
from django.contrib import admin
from django.db import models
from django.forms.models import BaseInlineFormSet
from django.utils.html import format_html_join
from django.utils.translation import gettext, gettext_lazy

from alerts.choices import Level
from alerts.models import EscalationPolicy, EscalationStep
from tracker.admin.typed import FoundByTyping
from tracker.choices import Priority
from tracker.deadlines import span_words


def hours_words(hours: int) -> str:
    """ "2 d 4 h"; "at once" for none."""
    return span_words(timedelta(hours=hours)) or gettext("at once")


class StepForms(BaseInlineFormSet):
    """The levels of a policy together: who is higher is not told before who is lower."""

    def clean(self):
        super().clean()
        if any(self.errors):
            return
        given = [form.cleaned_data for form in self.forms if form.cleaned_data and not self._should_delete_form(form)]
        if not given:
            raise forms.ValidationError(gettext("A policy without a level tells nobody: keep one at least."))
        for lower, higher in pairwise(sorted(given, key=lambda step: step["level"])):
            if higher["after_hours"] < lower["after_hours"]:
                words = gettext("%(higher)s would be told before %(lower)s: give it as many hours, or more.")
                names = {"higher": Level(higher["level"]).label, "lower": Level(lower["level"]).label}
                raise forms.ValidationError(words % names)


class StepInline(admin.StackedInline):
    """A level: from when on it is told, by what, and how often again."""

    model = EscalationStep
    formset = StepForms
    extra = 0
    max_num = len(Level)
    formfield_overrides = {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}
    verbose_name = gettext_lazy("level")
    fields = (("level", "after_hours", "repeat_hours"), "channels", "held_by_quiet_hours")

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        """Boxes for every channel: there are at most alerts.admin.channel.MOST_CHANNELS of them."""
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        field.help_text = gettext("A person is told by those of them that reach them.")
        return field

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "channels":
            field.widget.can_add_related = False  # a window of its own cannot add a box here
        return field


@admin.register(EscalationPolicy)
class EscalationPolicyAdmin(FoundByTyping, admin.ModelAdmin):
    """Who is told when. An alert keeps the policy that it opened with."""

    actions = None
    list_display = ("priority_word", "levels", "fallback")
    list_display_links = ("priority_word",)
    list_select_related = ("fallback",)
    sortable_by = ()
    autocomplete_fields = ("fallback",)
    readonly_fields = ("priority_word",)
    inlines = (StepInline,)
    fieldsets = (
        (
            None,
            {
                "fields": ("priority_word", "fallback"),
                "description": gettext_lazy(
                    "An alert keeps the policy that it opened with: what you change here holds for alerts "
                    "that open from now on."
                ),
            },
        ),
    )

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("steps")

    def has_add_permission(self, request):
        return False  # there is one row for each priority

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=gettext_lazy("Priority"), ordering="priority")
    def priority_word(self, policy):
        return Priority(policy.priority).label

    @admin.display(description=gettext_lazy("Told after the deadline, and again"))
    def levels(self, policy):
        return format_html_join(
            "",
            '<div>{}: {} <span class="quiet">{}</span></div>',
            (
                (
                    step.get_level_display(),
                    hours_words(step.after_hours),
                    gettext("again every %(span)s") % {"span": hours_words(step.repeat_hours)},
                )
                for step in policy.steps.all()
            ),
        )
