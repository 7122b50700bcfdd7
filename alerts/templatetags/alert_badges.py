"""Badges and times of alerts in templates: {{ alert.severity|severity_badge }}, {{ alert.opened_at|ago:now }}."""

from django import template

from alerts.admin import badges

register = template.Library()
register.filter("severity_badge", badges.severity_badge)
register.filter("message_badge", badges.message_badge)
register.filter("alert_state_badge", badges.state_badge)
register.filter("ago", badges.ago)
register.filter("until", badges.until)
register.filter("rule_words", badges.rule_words)
register.filter("next_words", badges.next_words)
register.simple_tag(badges.told_words)
