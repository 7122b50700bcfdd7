"""Money in templates: {{ totals.likely|money:profile.currency }} reads "USD 1,234.50"."""

from django import template

from tracker import money

register = template.Library()
register.filter("money", money.money)
register.filter("percent", money.percent)
