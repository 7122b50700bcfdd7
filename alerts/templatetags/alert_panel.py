"""{% alert_panel issue now %}: the alerts of an issue on its page, and what comes next."""

from django import template

from alerts.admin import alert_page
from alerts.models import Alert
from alerts.upcoming import upcoming

register = template.Library()
MOST_SHOWN = 10  # a rule has one open alert of an issue at most


@register.inclusion_tag("admin/alerts/issue_panel.html", takes_context=True)
def alert_panel(context, issue, now):
    """The open alerts of an issue, the worst first, for those who may see alerts; nothing for others."""
    if not context["user"].has_perm("alerts.view_alert"):
        return {"may_see": False}
    alerts = list(Alert.objects.open().filter(issue=issue).defer("policy").worst_first()[:MOST_SHOWN])
    latest = alert_page.latest_steps(alerts)
    told = [(alert, latest.get(alert.pk)) for alert in alerts]
    return {"may_see": True, "alerts": told, "coming": upcoming(issue, now), "now": now}
