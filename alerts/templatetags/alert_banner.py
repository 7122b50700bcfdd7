"""{% alert_banner as words %}: what everybody has to know when nobody watches."""

from django import template
from django.utils import timezone

from alerts import watch

register = template.Library()


@register.simple_tag(takes_context=True)
def alert_banner(context):
    """The sentence of the banner for those who may see alerts; "" when all is well, and for others."""
    user = context.get("user")
    if user is None or not user.is_staff or not user.has_perm("alerts.view_alert"):
        return ""
    return watch.banner(timezone.now())
