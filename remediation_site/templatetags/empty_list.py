"""{% how_it_begins cl.opts %}: what an empty list says."""

from django import template

from remediation_site.empty_lists import how_it_begins

register = template.Library()
register.simple_tag(how_it_begins)
