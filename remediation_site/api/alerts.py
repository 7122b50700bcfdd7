"""Alerts by the API: what is wrong now, and what keeps it quiet for a while."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from alerts import permissions, silences
from alerts.admin import alert_filters
from alerts.choices import Severity, SilenceDoor, SilenceKind
from alerts.models import Alert, Silence
from remediation_site.api.fields import Given, Key, Reason, Reference, Told
from remediation_site.api.hands import refusing
from remediation_site.api.idempotency import Answer
from remediation_site.api.issues import words_of
from remediation_site.api.operations import operation
from remediation_site.api.paging import Column, PageQuery, page
from remediation_site.api.problems import Problem, missing
from remediation_site.api.scopes import Scope
from tracker.choices import Priority

router = Router(tags=["alerts"])
VIEW = "alerts.view_alert"
NEWEST = (Column("opened_at", rising=False), Column("id", rising=False))
WORST = (Column("urgency"), *NEWEST)
LONGEST_HOURS = 10 * 365 * 24
OK, CREATED = 200, 201


class AlertQuery(PageQuery):
    """The filters of the list of alerts, as in the admin. Without any: open alerts, the worst first."""

    state: words_of(alert_filters.StateFilter) | None = None
    rule: words_of(alert_filters.RuleFilter) | None = None
    severity: words_of(alert_filters.SeverityFilter) | None = None
    priority: words_of(alert_filters.PriorityFilter) | None = None
    quiet: words_of(alert_filters.QuietFilter) | None = None
    who: words_of(alert_filters.WhoFilter) | None = None
    issue: Annotated[Reference | None, Field(description="Reference of an issue.")] = None


class AlertOut(Schema):
    """Something that is wrong, from when it was found until the cause is gone."""

    id: int
    rule: str
    sentence: str
    severity: Severity
    priority: Priority
    issue: str | None
    analysis: int | None
    opened_at: Told
    resolved_at: Told | None
    resolution: str
    level: int = Field(description="The highest level that was told: 0 the owner up to 3; -1 nobody yet.")
    next_step_at: Told | None = Field(description="When somebody is told next.")
    silenced_until: Told | None
    page: str = Field(description="Its page for people.")


class AlertPage(Schema):
    """A page of the list."""

    items: list[AlertOut]
    next_cursor: str


class SilenceOut(Schema):
    """What keeps an alert quiet for a while."""

    id: int
    alert: int
    kind: SilenceKind
    by: str
    at: Told
    until: Told
    reason: str
    ended_at: Told | None


class AcknowledgeIn(Given):
    """For how long somebody looks after it; without hours as long as the alert settings say."""

    hours: Annotated[int | None, Field(ge=1, le=LONGEST_HOURS, strict=True)] = None
    reason: Reason = ""


class SnoozeIn(Given):
    """For how long it rests, and why."""

    hours: Annotated[int, Field(ge=1, le=LONGEST_HOURS, strict=True)]
    reason: Reason


@operation(router, "GET", "/alerts", scope=Scope.READ, rights=(VIEW,), answers={200: AlertPage})
def list_alerts(request: HttpRequest, query: Query[AlertQuery]):
    """List alerts, the worst first; those that ended by when they were found."""
    model_admin = admin.site.get_model_admin(Alert)
    rows = Alert.objects.seen_by(request.user).select_related("issue").defer("policy")
    asked = {name: request.GET.getlist(name) for name in request.GET}
    for each in model_admin.list_filter:
        rows = each(request, asked, Alert, model_admin).queryset(request, rows)
    if query.issue:
        rows = rows.filter(issue__reference=query.issue)
    order = NEWEST if query.state else WORST
    found = page(rows, order, query, about=query.model_dump())
    return AlertPage(items=[alert_out(row) for row in found.rows], next_cursor=found.next_cursor)


@operation(router, "GET", "/alerts/{alert}", scope=Scope.READ, rights=(VIEW,), answers={200: AlertOut})
def get_alert(request: HttpRequest, alert: Key):
    """Get an alert."""
    return alert_out(_alert(request, alert))


@operation(
    router, "POST", "/alerts/{alert}/acknowledge", scope=Scope.ALERTS, rights=(VIEW,), answers={CREATED: SilenceOut}
)
def acknowledge_alert(request: HttpRequest, alert: Key, body: AcknowledgeIn):
    """Acknowledge an alert: somebody looks after it, and nobody is told again until that ends."""
    return _quiet(request, alert, silences.acknowledge, body)


@operation(router, "POST", "/alerts/{alert}/snooze", scope=Scope.ALERTS, rights=(VIEW,), answers={CREATED: SilenceOut})
def snooze_alert(request: HttpRequest, alert: Key, body: SnoozeIn):
    """Snooze an alert with a reason: nothing can be done about it for now."""
    return _quiet(request, alert, silences.snooze, body)


@operation(router, "POST", "/silences/{silence}/end", scope=Scope.ALERTS, rights=(VIEW,), answers={OK: SilenceOut})
def end_silence(request: HttpRequest, silence: Key):
    """End an acknowledgement or a snooze before its time: the escalation goes on at once."""
    row = Silence.objects.select_related("alert__issue__owner").filter(pk=silence).first()
    if row is None:
        raise missing("silence")
    _may(request, row.alert)
    with refusing():
        return Answer(OK, silence_out(silences.end(row.pk, actor=request.user, now=timezone.now())))


def _quiet(request: HttpRequest, key: int, verb: Callable[..., Silence], body: AcknowledgeIn | SnoozeIn) -> Answer:
    alert, now = _alert(request, key), timezone.now()
    _may(request, alert)
    until = now + timedelta(hours=body.hours) if body.hours else None
    hand = {"actor": request.user, "door": SilenceDoor.API, "now": now}
    with refusing():
        return Answer(CREATED, silence_out(verb(alert.pk, until=until, reason=body.reason, **hand)))


def _alert(request: HttpRequest, key: int) -> Alert:
    alert = Alert.objects.seen_by(request.user).select_related("issue__owner").filter(pk=key).first()
    if alert is None:
        raise missing("alert")
    return alert


def _may(request: HttpRequest, alert: Alert) -> None:
    if sentence := permissions.may_silence(request.user, alert):
        raise Problem("not-permitted", sentence)


def alert_out(alert: Alert) -> AlertOut:
    """An alert for machines."""
    fields = ("rule", "sentence", "severity", "priority", "opened_at", "resolved_at", "resolution", "level")
    return AlertOut(
        id=alert.pk,
        issue=alert.issue.reference if alert.issue else None,
        analysis=alert.analysis_id,
        next_step_at=alert.next_step_at,
        silenced_until=alert.silenced_until,
        page=settings.SITE_URL + reverse("admin:alerts_alert_change", args=[alert.pk]),
        **{name: getattr(alert, name) for name in fields},
    )


def silence_out(silence: Silence) -> SilenceOut:
    """A silence for machines."""
    fields = ("kind", "at", "until", "reason", "ended_at")
    given = {name: getattr(silence, name) for name in fields}
    return SilenceOut(id=silence.pk, alert=silence.alert_id, by=silence.by_name, **given)
