"""{% help_url %}: the section of the documents that helps with the page."""

from typing import Any

from django import template

from remediation_site.help.places import help_url as url_for

register = template.Library()


@register.simple_tag(takes_context=True)
def help_url(context: dict[str, Any]) -> str:
    """The address for the page of the request; the process where the page has no name."""
    match = getattr(context.get("request"), "resolver_match", None)
    return url_for(match.view_name if match else "")
