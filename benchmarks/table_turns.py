"""The parts of benchmarks.table, each of which runs in a process of its own once Django is set up.

A part gives rows: (what, {"ours": seconds, "bare": seconds, ...}). Ours and bare are measured in alternating turns, and
the median of each is told.
"""

import resource
import smtplib
import statistics
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import pyromark
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from markdown_it import MarkdownIt

from alerts import texts
from alerts.channels import email
from alerts.choices import ChannelKind, Event, Level, MessageKind, MessageState
from alerts.delivery import send_due
from alerts.evaluate import evaluate
from alerts.models import Alert, Channel, Delivery, Message, Tick
from alerts.opening import frozen
from alerts.policies import policies
from alerts.rules import BY_KEY
from benchmarks import dashboard_turns, evaluation_turns, synthetic_business, synthetic_terms, table_by_hand
from benchmarks.bare_urls import BARE
from benchmarks.synthetic_analyses import analyses
from benchmarks.synthetic_site import Wish, fill
from dashboard.layout import PAGES
from tracker import intake
from tracker.choices import Door, Status
from tracker.earlier import earlier_analyses
from tracker.extraction import extract
from tracker.models import Analysis, Issue, Owner
from tracker.recurrence import MIGHT_BE, Terms, terms

TURNS = 9
NEWLY_DUE = 5_000
FEW_TURNS_FROM = 1_000_000  # issues: an evaluation takes long there, and the next would tell the same
COMPARED = 50  # analyses whose comparison with all earlier ones is measured by itself
PEOPLE = 20  # who ask at the same time in the load part
CHUNKS = 5
Row = dict[str, float | None]


# -- the site ---------------------------------------------------------------------------------------------------------


def prepare(issues: int, *, documents: int, **_: int) -> dict:
    """Fill the database, and evaluate once, so that what is wrong has its alerts."""
    start = time.perf_counter()
    call_command("migrate", verbosity=0)
    now = evaluation_turns.NOW
    synthetic_business.before(now)
    fill(Wish(issues, now, newly_due=min(NEWLY_DUE, issues // 100)))
    synthetic_terms.write(after=documents)
    synthetic_business.after(now)
    kept = frozen(BY_KEY["overdue"], policies())
    for priority, policy in kept.items():
        Alert.objects.filter(rule="overdue", priority=priority).update(policy=policy)
    users = get_user_model().objects
    users.create_superuser(username="root", password=None)
    for number in range(PEOPLE):
        person = users.create_user(username=f"manager{number}", is_staff=True)
        person.groups.add(Group.objects.get(name="Manager"))
    users.create_user(username="executive", is_staff=True).groups.add(Group.objects.get(name="Executive"))
    evaluate(now)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return {"seconds": time.perf_counter() - start, "live": Issue.objects.filter(is_closed=False).count()}


# -- text -------------------------------------------------------------------------------------------------------------


def extraction(issues: int, *, documents: int, **_: int) -> dict:
    """Extracting made-up analyses beside the parser alone, and beside a parser that is written in Python."""
    written = [text for _, text in analyses(min(documents, 100))]
    megabytes = sum(len(text.encode()) for text in written) / 1e6
    ours, bare = _in_turns(lambda: [extract(text) for text in written], lambda: list(map(_parsed, written)), turns=3)
    tokens = MarkdownIt("commonmark").enable("table")
    beside, slower = _in_turns(
        lambda: [extract(text) for text in written], lambda: [tokens.parse(text) for text in written], turns=3
    )
    return {
        f"extraction, {megabytes / ours:.2f} MB/s; the parser alone": {"ours": ours, "bare": bare},
        "extraction; markdown-it-py alone": {"ours": beside, "bare": slower},
    }


def _parsed(text: str) -> int:
    return sum(1 for _ in pyromark.events_with_range(text, options=pyromark.Options.ENABLE_TABLES))


def importing(issues: int, *, documents: int, **_: int) -> dict:
    """Importing analyses beside extracting them and writing the same rows by hand, and both undone.

    The analyses that are there already have come in by SQL, with terms as an import keeps them: each imported one is
    compared with all of them, in a process that has read them once.
    """
    written = list(analyses(documents))
    before = megabytes()
    reading = _seconds(earlier_analyses.read)
    read, held = len(earlier_analyses), megabytes() - before
    said = [terms(text, name) for name, text in written[:COMPARED]]
    comparing = _seconds(lambda: [_compare(each) for each in said])
    size = max(1, len(written) // CHUNKS)
    ours = bare = 0.0
    for first in range(0, len(written), size):
        chunk = written[first : first + size]
        with transaction.atomic():
            last = Analysis.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            ours += _seconds(lambda some=chunk: _import(some))
            rows = {table: _rows_after(table, column, last) for table, column in WRITTEN.items()}
            transaction.set_rollback(True)
        with transaction.atomic():
            bare += _seconds(lambda some=chunk, those=rows: _write_by_hand(some, those))
            transaction.set_rollback(True)
    return {
        f"reading {read:,} analyses to compare with, once in a process: {held:.0f} MB": {"ours": reading},
        f"comparing an analysis with {read:,}": {"ours": comparing / len(said)},
        f"import of {len(written):,} analyses": {"ours": ours, "bare": bare},
    }


WRITTEN = {"tracker_analysis": "id", "tracker_extracteditem": "analysis_id"}


def _compare(said: Terms) -> None:
    earlier_analyses.alike(said, key=0, on=None, least=MIGHT_BE, among=lambda _: True)


def _import(chunk: Iterable[tuple[str, str]]) -> None:
    for name, text in chunk:
        intake.import_analysis(text, source=f"benchmark/{name}", actor=None, door=Door.COMMAND, now=timezone.now())


def _rows_after(table: str, column: str, last: int) -> tuple[list[str], list[tuple]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} WHERE {column} > %s ORDER BY id", [last])
        return [each.name for each in cursor.description], cursor.fetchall()


def _write_by_hand(chunk: Iterable[tuple[str, str]], rows: dict[str, tuple[list[str], list[tuple]]]) -> None:
    for _, text in chunk:
        extract(text)
    for table, (columns, values) in rows.items():
        table_by_hand.insert_again(table, columns, values)


# -- pages ------------------------------------------------------------------------------------------------------------


def pages(issues: int, **_: int) -> dict:
    """The list and the page of issues as a Manager gets them, beside an empty view and the same rows by hand."""
    found = {"issue list": _page("/admin/tracker/issue/", table_by_hand.issue_list)}
    for status in (Status.PLANNED, Status.FAILED, Status.COMPLETED, Status.VALIDATED):
        issue = Issue.objects.filter(status=status, deadline__lt=timezone.now()).order_by("-pk").first()
        issue = issue or Issue.objects.filter(status=status).latest("pk")
        address = reverse("admin:tracker_issue_change", args=[issue.pk])
        found[f"issue page, {Status(status).label.lower()}"] = _page(address, table_by_hand.of_issue(issue.pk))
    found["search, a rare word"] = _page("/admin/tracker/issue/?q=zebra&show=all", None)
    found["search, parts of words"] = _page("/admin/tracker/issue/?q=service+17&show=all", None)
    return found


@override_settings(ROOT_URLCONF="benchmarks.bare_urls")
def _page(address: str, by_hand: Callable[[], object] | None) -> Row:
    client = browser("manager0")
    response = _answered(client, address)
    with CaptureQueriesContext(connection) as captured:
        client.get(address, secure=True)
        queries = len(captured)  # the next request forgets them

    def bare() -> None:
        client.get(BARE, secure=True)
        if by_hand:
            by_hand()

    ours, least = _in_turns(lambda: client.get(address, secure=True), bare)
    return {"ours": ours, "bare": least, "queries": queries, "bytes": len(response.content)}


@override_settings(ROOT_URLCONF="benchmarks.bare_urls")
def transition(issues: int, **_: int) -> dict:
    """Starting the work on a planned issue: the button of its page, beside an empty view and four statements."""
    client = browser("manager0")
    issue = Issue.objects.filter(status=Status.PLANNED).order_by("-pk").values_list("pk", flat=True).first()
    address = reverse("admin:tracker_issue_transition", args=[issue, "start"])

    def ours() -> None:
        if client.post(address, secure=True).status_code != 302:
            raise RuntimeError(f"{address} did not start the work.")

    def bare() -> None:
        client.get(BARE, secure=True)
        table_by_hand.transition(issue)

    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        ours()
        queries = len(captured)
        transaction.set_rollback(True)
    seconds, least = _in_turns(ours, bare, undone=True)
    return {"transition": {"ours": seconds, "bare": least, "queries": queries}}


def dashboard(issues: int, **_: int) -> dict:
    """The pages of the dashboard after a refresh, beside an empty view."""
    refreshed = dashboard_turns.refresh()
    found = {"dashboard, a refresh": {"ours": refreshed["ledger"] + refreshed["pages"] + refreshed["saving"]}}
    with override_settings(ROOT_URLCONF="benchmarks.bare_urls"):
        client = browser("executive")
        for page in PAGES:
            address = reverse(f"dashboard:{page.key}")
            response = _answered(client, address)
            with CaptureQueriesContext(connection) as captured:
                client.get(address, secure=True)
                queries = len(captured)
            bare = lambda: client.get(BARE, secure=True)  # noqa: E731
            seconds, least = _in_turns(lambda there=address: client.get(there, secure=True), bare, turns=5)
            row = {"ours": seconds, "bare": least, "queries": queries, "bytes": len(response.content)}
            found[f"dashboard, {page.key}"] = row
    return found


def browser(username: str) -> Client:
    """A browser of this person; the watch has just run, as on a site that is in use."""
    now = timezone.now()
    Tick.objects.get_or_create(at=now, defaults={"finished_at": now})
    client = Client(SERVER_NAME=settings.ALLOWED_HOSTS[0])
    client.force_login(get_user_model().objects.get(username=username), settings.AUTHENTICATION_BACKENDS[-1])
    return client


def sessions(issues: int, **_: int) -> dict:
    """The session of each Manager, as the cookie that a browser sends."""
    found = []
    for number in range(PEOPLE):
        cookies = browser(f"manager{number}").cookies
        found.append(f"{settings.SESSION_COOKIE_NAME}={cookies[settings.SESSION_COOKIE_NAME].value}")
    return {"cookies": found}


def _answered(client: Client, address: str) -> object:
    response = client.get(address, secure=True)
    if response.status_code != 200:
        raise RuntimeError(f"{address} answers {response.status_code}.")
    return response


# -- background work --------------------------------------------------------------------------------------------------


def evaluation(issues: int, **_: int) -> dict:
    """An evaluation five minutes later, when more issues are late, beside SQL by hand that opens the same alerts."""
    queries = []

    def ours() -> None:
        with CaptureQueriesContext(connection) as captured:
            evaluate(evaluation_turns.LATER)
            queries.append(len(captured))

    turns = 1 if issues >= FEW_TURNS_FROM else 3
    seconds, bare = _in_turns(ours, evaluation_turns.by_hand, turns=turns, undone=True, warm=False)
    return {"evaluation": {"ours": seconds, "bare": bare, "queries": queries[-1]}}


def delivery(issues: int, *, messages: int, **_: int) -> dict:
    """Sending mails to a real server, beside smtplib on one connection."""
    waiting = Message.objects.filter(state__in=(MessageState.PLANNED, MessageState.RETRY))
    waiting.update(state=MessageState.MOOT)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE alerts_message")  # nobody ends so many at once but this benchmark
    _plan(messages)
    first = waiting.select_related("channel", "recipient", "requested_by").first()
    raw = email._message(texts.envelope_of(first, datetime.now(UTC))).message().as_bytes(linesep="\r\n")
    size = messages // CHUNKS
    ours = bare = 0.0
    with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as server:
        for _chunk in range(CHUNKS):
            ours += _seconds(lambda: send_due(timezone.now, most=size))
            bare += _seconds(lambda: [server.sendmail("a@example.org", ["b@example.org"], raw) for _ in range(size)])
    sent = Message.objects.filter(state=MessageState.SENT, channel__kind=ChannelKind.EMAIL).count()
    if sent != size * CHUNKS:
        raise RuntimeError(f"{sent} of {size * CHUNKS} messages were sent.")
    return {f"delivery of {sent:,} mails, {sent / ours:.0f}/s": {"ours": ours, "bare": bare}}


def _plan(number: int) -> None:
    """Put mails about open alerts into the outbox, one for each."""
    Channel.objects.update(per_minute=1_000_000)
    channel, now = Channel.objects.get(kind=ChannelKind.EMAIL), timezone.now()
    people = list(Owner.objects.exclude(email="")[:50])
    alerts = list(Alert.objects.open().exclude(issue=None).order_by("pk")[:number])
    for place, alert in enumerate(alerts * (1 + number // max(1, len(alerts)))):
        if place >= number:
            break
        person = people[place % len(people)]
        message = Message.objects.create(
            kind=MessageKind.ALERT,
            channel=channel,
            recipient=person,
            recipient_name=person.name,
            idempotency_key=f"benchmark:{place}",
            state=MessageState.PLANNED,
            planned_at=now,
            due_at=now,
        )
        told = {"event": Event.RAISED, "level": Level.OWNER, "repeat": place, "channel": channel}
        Delivery.objects.create(message=message, alert=alert, recipient_key=f"benchmark:{place}", **told)


# -- clocks -----------------------------------------------------------------------------------------------------------


def megabytes() -> float:
    """The most that this process has had in memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _in_turns(
    ours: Callable[[], object],
    bare: Callable[[], object],
    *,
    turns: int = TURNS,
    undone: bool = False,
    warm: bool = True,
) -> tuple[float, float]:
    """The median seconds of each, in alternating turns; undone: with the database as it was before each."""
    measure = _undone if undone else _seconds
    if warm:
        measure(ours)
        measure(bare)
    pairs = [(measure(ours), measure(bare)) for _ in range(turns)]
    return statistics.median(each for each, _ in pairs), statistics.median(each for _, each in pairs)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _undone(work: Callable[[], object]) -> float:
    with transaction.atomic():
        found = _seconds(work)
        transaction.set_rollback(True)
    return found
