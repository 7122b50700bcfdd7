"""Every address of the site, from its own table of addresses, with something real behind each."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import Group
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from alerts.choices import ChannelKind
from alerts.models import AlertSettings, Channel, EscalationPolicy, QuietHours
from remediation_site.models import SecondFactor
from tracker import audit
from tracker.choices import Door
from tracker.models import Check, ExtractedItem, GitHubRepository, PriorityPolicy, Recurrence, System, ValidationRun

WORDS = {  # what stands for a part of an address that is no key
    "token": "no-token",
    "secret": "no-secret",
    "app_label": "tracker",
    "url": "nowhere/",
    "key": "board",
    "series": "by_priority",
    "figure": "conversion",
    "content_type_id": "1",
    "reference": "P0-20260310-001",
}
NAMES = {  # of a change, a transition, a document
    "tracker_issue_amend": "note",
    "tracker_issue_transition": "cancel",
    "tracker_analysis_template": "analysis",
    "tracker_githublink_act": "seen",
    "alerts_alert_silence": "acknowledge",
    "document": "signin",
}


@dataclass(frozen=True)
class Place:
    """One address: its name in the table of addresses, and the route with its parts."""

    name: str
    route: str
    parts: tuple[str, ...]

    def address(self, rows: dict[str, int]) -> str:
        """The address with the rows' keys in it; 0, which no row has, where there is no such row."""
        words = self.route
        for part in self.parts:
            words = words.replace(f"<{part}>", str(self.filled(part, rows)))
        return f"/{words}"

    def filled(self, part: str, rows: dict[str, int]) -> object:
        last = self.name.rpartition(":")[2]
        if part == "name":
            return NAMES.get(last, "none")
        if part in WORDS:
            return WORDS[part]
        named = {"check_id": "check", "item": "item", "row": "tracker_recurrence"}
        models = (model for model in rows if last.startswith(f"{model}_"))
        return rows.get(named.get(part) or next(models, ""), 0)


def places() -> list[Place]:
    """All of them, in their order; what has no name of its own is named by its route."""
    return list(_walk(get_resolver()))


def _walk(resolver: URLResolver, prefix: str = "", space: str = "") -> Iterator[Place]:
    for pattern in resolver.url_patterns:
        route = prefix + _readable(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, route, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        elif isinstance(pattern, URLPattern):
            name = f"{space}{pattern.name}" if pattern.name else f"({route})"
            parts = tuple(pattern.pattern.converters) + tuple(pattern.pattern.regex.groupindex)
            bare = route
            for part, converter in pattern.pattern.converters.items():
                kind = type(converter).__name__.removesuffix("Converter").lower()
                kind = {"string": "str"}.get(kind, kind)
                bare = bare.replace(f"<{kind}:{part}>", f"<{part}>")
            yield Place(name, bare, tuple(dict.fromkeys(parts)))


def _readable(pattern: str) -> str:
    """The two regular expressions of the admin as routes."""
    if pattern.startswith("^(?P<app_label>"):
        return "<app_label>/"
    return {"(?P<url>.*)$": "<url>"}.get(pattern, pattern)


@pytest.fixture
def rows(make_analysis, make_issue, make_owner, make_alert, make_message, make_user) -> dict[str, int]:
    """The keys of one row of what most addresses are about. The issue is nobody's who logs in."""
    now, other = timezone.now(), make_user("somebody else")
    analysis, owner = make_analysis(), make_owner()
    issue = make_issue(reference=WORDS["reference"], analysis=analysis, owner=owner, priority="P0")
    by = {"at": now, "actor_name": "mona", "door": Door.ADMIN}
    made = {"found_at": now, "kind": "fix", "line": 3, "end_line": 3, "title": "Raise it", "text": "Raise it"}
    channel, system = Channel.objects.get(kind=ChannelKind.LOG), System.objects.create(name="Ovens")
    run = ValidationRun.objects.create(issue=issue, requested_at=now, requested_by_name="mona", door=Door.ADMIN)
    earlier = make_analysis("Earlier")
    shop = GitHubRepository.objects.create(name="acme/shop")
    target = audit.Target("tracker.issue", str(issue.pk), "An issue")
    hours = {"owner": owner, "weekday": 0, "starts": "22:00", "ends": "06:00"}
    return {
        "tracker_auditevent": audit.record("change", target, actor=None, door=Door.TASK, now=now).pk,
        "alerts_alertsettings": AlertSettings.objects.get().pk,
        "auth_user": other.pk,
        "auth_group": Group.objects.first().pk,
        "tracker_issue": issue.pk,
        "tracker_analysis": analysis.pk,
        "tracker_owner": owner.pk,
        "tracker_system": system.pk,
        "tracker_prioritypolicy": PriorityPolicy.objects.first().pk,
        "tracker_note": issue.notes.create(text="words", **by).pk,
        "tracker_statuschange": issue.changes.create(new_status="identified", **by).pk,
        "tracker_fieldchange": issue.field_changes.create(field="owner", new="Olga", **by).pk,
        "tracker_validationrun": run.pk,
        "tracker_recurrence": Recurrence.objects.create(analysis=analysis, earlier=earlier, score=1, found_at=now).pk,
        "tracker_githubrepository": shop.pk,
        "tracker_githublink": shop.links.create(issue=issue, created_at=now).pk,
        "check": Check.objects.create(issue=issue, text="It is fast").pk,
        "item": ExtractedItem.objects.create(analysis=analysis, **made).pk,
        "alerts_alert": make_alert(issue=issue).pk,
        "alerts_channel": channel.pk,
        "alerts_message": make_message(channel=channel).pk,
        "alerts_escalationpolicy": EscalationPolicy.objects.first().pk,
        "alerts_quiethours": QuietHours.objects.create(**hours).pk,
        "axes_accessattempt": AccessAttempt.objects.create(username="x", failures_since_start=1).pk,
        "remediation_site_secondfactor": SecondFactor.objects.create(user=other, key_encrypted=b"", created_at=now).pk,
    }
