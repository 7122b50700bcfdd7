"""Badges in templates: {{ issue.status|status_badge }}, {{ issue|deadline_badge:now }}."""

from django import template

from tracker.admin import badges

register = template.Library()
register.filter("priority_badge", badges.priority_badge)
register.filter("status_badge", badges.status_badge)
register.filter("deadline_badge", badges.deadline_badge)
register.filter("owner_words", badges.owner_words)
register.filter("exact_time", badges.exact_time)
