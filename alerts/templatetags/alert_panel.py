"""{% alert_panel issue now %}: the alerts of an issue on its page, and what comes next."""

from django import template

from alerts.courses import so_far
from alerts.upcoming import after, open_alerts

register = template.Library()


@register.inclusion_tag("admin/alerts/issue_panel.html", takes_context=True)
def alert_panel(context, issue, now):
    """The open alerts of an issue, the worst first, for those who may see alerts; nothing for others."""
    if not context["user"].has_perm("alerts.view_alert"):
        return {"may_see": False}
    alerts = open_alerts(issue)
    been = so_far(alerts)
    told = [(alert, been[alert.pk].reached_nobody) for alert in alerts]
    return {"may_see": True, "alerts": told, "coming": after(alerts, been, issue, now), "now": now}
