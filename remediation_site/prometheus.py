"""GET /metrics: how the site does, as Prometheus reads it. Behind a token of its own; without one there is no page.

Every figure is read when it is asked for, because each web process would count for itself. The queries are few,
whatever the numbers are, and none reads issues, alerts or messages that are over.
"""

import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from alerts import watch
from alerts.choices import Severity
from alerts.models import Alert
from dashboard.models import MetricSnapshot
from remediation_site import beat, broker
from tracker import sealing
from tracker.choices import Priority
from tracker.github import resting
from tracker.models import ExtractedItem, Issue
from tracker.revenue import row_in_force

SCHEME = "bearer "
MOST_PENDING = 10_000
DIGITS_KEPT = 12  # of a digest: as many as the number of a gauge holds exactly
BY_URGENCY = tuple(reversed(Severity))  # what the numbers of Alert.urgency stand for


@csrf_exempt  # it changes nothing: another method is refused as such
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures; 404 where no token is set, 401 without it, 503 when the database does not answer."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not is_authorized(request.headers.get("Authorization", "")):
        return said("A token is missing or wrong.", 401, {"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry()
    registry.register(SiteCollector(timezone.now()))
    try:
        body = generate_latest(registry)
    except DatabaseError:
        return said("The database did not answer.", 503)
    return HttpResponse(body, content_type=CONTENT_TYPE_PLAIN_0_0_4)


def is_authorized(header: str) -> bool:
    """Whether the header carries the token; how long that takes says nothing about it."""
    scheme, token = header[: len(SCHEME)], header[len(SCHEME) :].strip()
    same = hmac.compare_digest(token.encode(), settings.METRICS_TOKEN.encode())
    return same and scheme.lower() == SCHEME


def said(sentence: str, status: int, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A refusal in one line."""
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8", headers=headers)


class SiteCollector:
    """Reads the database each time that it is asked."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing: registering must not read the database."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every figure. Raises: DatabaseError."""
        yield from issues(self.now)
        yield alerts()
        yield from the_watch(self.now)
        yield from audit_head()
        yield beats(self.now)
        yield beats_by_host(self.now)
        yield pending()
        yield from github()
        yield from exposure(self.now)


def gauge(name: str, help_text: str, label: str, values: Mapping[str, float | None]) -> GaugeMetricFamily:
    """A figure for each value of a label; None is left out."""
    family = GaugeMetricFamily(f"remediation_{name}", help_text, labels=[label])
    for word, value in values.items():
        if value is not None:
            family.add_metric([word], value)
    return family


def single(name: str, help_text: str, value: float | None) -> GaugeMetricFamily:
    """One figure; None is left out."""
    family = GaugeMetricFamily(f"remediation_{name}", help_text)
    if value is not None:
        family.add_metric([], value)
    return family


def issues(now: datetime) -> Iterator[GaugeMetricFamily]:
    """Open work, and what of it is late. One query, over an index of open work alone."""
    grouped = Issue.objects.open_work().order_by().values_list("priority")
    rows = grouped.annotate(open=Count("pk"), overdue=Count("pk", filter=Q(deadline__lte=now)))
    opened, overdue = dict.fromkeys(map(str, Priority), 0), dict.fromkeys(map(str, Priority), 0)
    for priority, number, late in rows:
        opened[priority], overdue[priority] = number, late
    yield gauge("open_issues", "Issues on which somebody still has to work.", "priority", opened)
    yield gauge("overdue_issues", "Open issues past their deadline.", "priority", overdue)


def alerts() -> GaugeMetricFamily:
    """Alerts whose cause is still there. One query, over an index of open alerts alone."""
    values = dict.fromkeys(map(str, Severity), 0)
    for urgency, number in Alert.objects.open().order_by().values_list("urgency").annotate(number=Count("pk")):
        values[str(BY_URGENCY[urgency])] = number
    return gauge("open_alerts", "Alerts whose cause is still there.", "severity", values)


def the_watch(now: datetime) -> Iterator[GaugeMetricFamily]:
    """How evaluation and delivery do. Where nothing is due its age is 0; without any evaluation there is no age."""
    found = watch.figures(now)
    evaluated = found.seconds(found.evaluated_at)
    message, step = found.seconds(found.oldest_due_message) or 0, found.seconds(found.oldest_due_step) or 0
    yield single("evaluation_age_seconds", "Since alerts were last evaluated to the end.", evaluated)
    yield single("oldest_due_message_age_seconds", "How long the message waits that waits longest; 0: none.", message)
    yield single("oldest_due_step_age_seconds", "How long the step waits that waits longest; 0: none.", step)
    help_text = f"Messages that were given up, counted up to {watch.MOST_COUNTED}."
    yield single("dead_messages", help_text, found.dead_messages)
    unsealed = found.seconds(found.oldest_unsealed) or 0
    yield single(
        "oldest_unsealed_audit_age_seconds", "How long the row of the audit waits that is not sealed.", unsealed
    )


def audit_head() -> Iterator[GaugeMetricFamily]:
    """The end of the audit's chain, so that somebody outside keeps it: a chain that was cut off does not reach it.

    The digest is a number, because a label would make a new series of each seal. One query.
    """
    if head := sealing.head():
        yield single("audit_seal", "Number of the last seal of the audit.", head.number)
        beginning = int(head.digest[:DIGITS_KEPT], 16)
        yield single("audit_digest", "First 12 hexadecimal digits of the digest of that seal, as a number.", beginning)


def beats(now: datetime) -> GaugeMetricFamily:
    """The age of the last beat of each queue; none where none ever came back. Two queries."""
    values = {queue: beat.age_seconds(now, queue) for queue in broker.WORKERS}
    return gauge("worker_beat_age_seconds", "Since the last beat of any host's workers came back.", "queue", values)


def beats_by_host(now: datetime) -> GaugeMetricFamily:
    """The age of the last beat of each queue on each host that had one lately. One query."""
    help_text = "Since the last beat of this host's workers came back, while results are kept."
    family = GaugeMetricFamily("remediation_host_beat_age_seconds", help_text, labels=["host", "queue"])
    for labels, age in beat.ages_by_host(now).items():
        family.add_metric(labels, age)
    return family


def pending() -> GaugeMetricFamily:
    """Entries that nobody has decided about. One query, over an index of decisions."""
    number = ExtractedItem.objects.pending().issues().order_by()[:MOST_PENDING].count()
    return single("pending_reviews", f"Extracted entries without a decision, counted up to {MOST_PENDING}.", number)


def github() -> Iterator[GaugeMetricFamily]:
    """What is not followed any more though nobody has stopped it. Two queries, over an index and a short table."""
    found = resting.standing()
    help_text = f"Issues at GitHub that the site has stopped following, counted up to {resting.MOST_COUNTED}."
    yield single("github_stopped_issues", help_text, found.stopped)
    yield single("github_refusing_repositories", "Repositories that refused us several times in a row.", found.refusing)


def exposure(now: datetime) -> Iterator[GaugeMetricFamily]:
    """The revenue at risk as it was last calculated, where the site has a revenue profile. At most two queries."""
    profile = row_in_force(now)
    stored = MetricSnapshot.objects.filter(key="revenue_at_risk").order_by("-day").first() if profile else None
    if stored is None or stored.value is None:
        return
    help_text = "Revenue at risk in a month, likely, as last calculated."
    yield gauge("revenue_at_risk", help_text, "currency", {profile.currency: float(stored.value)})
    age = max(0.0, (now - stored.taken_at).total_seconds())
    yield single("revenue_at_risk_age_seconds", "Since it was calculated.", age)
