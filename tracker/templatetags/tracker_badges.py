"""Badges in templates: {{ issue.status|status_badge }}, {{ issue|deadline_badge:now }}; and the filters in use."""

from django import template
from django.contrib.admin.views.main import ChangeList
from django.utils.translation import gettext

from tracker.admin import badges

register = template.Library()
register.filter("priority_badge", badges.priority_badge)
register.filter("status_badge", badges.status_badge)
register.filter("deadline_badge", badges.deadline_badge)
register.filter("owner_words", badges.owner_words)
register.filter("outcome_badge", badges.outcome_badge)
register.filter("run_badge", badges.run_badge)
register.filter("exact_time", badges.exact_time)


@register.simple_tag
def filters_in_use(changelist: ChangeList) -> list[str]:
    """What the list is filtered by, in words: "priority: P0 and P1"."""
    found = []
    for spec in changelist.filter_specs:
        if hasattr(spec, "chosen_name"):
            names = [spec.chosen_name()]
        else:
            names = [str(choice["display"]) for choice in list(spec.choices(changelist))[1:] if choice["selected"]]
        words = gettext("%(filter)s: %(choice)s")
        found += [words % {"filter": spec.title, "choice": name} for name in names if name]
    return found
