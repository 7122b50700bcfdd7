"""The parts of benchmarks.dashboard, each of which runs in a process of its own once Django is set up."""

import resource
import statistics
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from benchmarks import dashboard_by_hand, synthetic_business
from benchmarks.synthetic_site import Wish, fill
from dashboard import refresh as refreshing
from dashboard.layout import PAGES
from dashboard.metrics import computed, money
from dashboard.metrics.asked import Asked
from dashboard.metrics.filters import MONTH, Filters
from dashboard.metrics.trends import last_months
from tracker.models import FieldChange, Issue, Note, StatusChange

TURNS, ROW_TURNS = 7, 3
EVER = datetime(2000, 1, 1, tzinfo=UTC)
MOST_SLOW = 5


def prepare(issues: int) -> dict:
    """Fill the database, with somebody who asks for the pages."""
    call_command("migrate", verbosity=0)
    now = timezone.now()
    synthetic_business.before(now)
    fill(Wish(issues, now))
    synthetic_business.after(now)
    users = get_user_model().objects
    users.create_superuser(username="root", password=None)
    users.create_user(username="executive", is_staff=True).groups.add(Group.objects.get(name="Executive"))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return {
        "live": Issue.objects.filter(is_closed=False).count(),
        "history": sum(model.objects.count() for model in (StatusChange, FieldChange, Note)),
    }


def refresh() -> dict:
    """A refresh up to the pages of the whole site this month. This process does nothing else."""
    now = timezone.now()
    recorded, ledger = _timed(lambda: refreshing.bring_ledger_up(now))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE dashboard_stake, dashboard_stakeshare, dashboard_protectionentry")
    sheets, pages = _timed(lambda: refreshing.of_site(Asked(now, this_month(now))))
    figures, saving = _timed(lambda: refreshing.save_figures(now, sheets, keep=True))
    return {
        "ledger": ledger,
        "stakes": recorded.stakes,
        "entries": recorded.entries,
        "unfinished": recorded.more,
        "pages": pages,
        "figures": figures,
        "saving": saving,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def measure() -> dict:
    """The answers to each person, and each page from rows beside SQL by hand."""
    slow: list[tuple[float, str]] = []
    answers = {
        f"{who}, {address}": _answer(_client(who), address) for who in ("root", "executive") for address in addresses()
    }
    return {
        "answers": answers,
        "rows": {page: _from_rows(page, slow) for page in computed.PAGES},
        "slowest": [line for _, line in sorted(slow, reverse=True)[:MOST_SLOW]],
    }


def answers_by_hand(page: str, now: datetime) -> Mapping[str, list[list]]:
    """What SQL by hand finds for a page of this month."""
    period = this_month(now).period
    moments = {
        dashboard_by_hand.NOW: (period.start, now),
        dashboard_by_hand.BEFORE: (period.previous_start, period.previous_end),
        dashboard_by_hand.EVER: (EVER, now),
    }
    return dashboard_by_hand.answers(page, moments, money.month_start(last_months(now)[0]))


def this_month(now: datetime) -> Filters:
    return refreshing.whole_site(now, MONTH)


def addresses() -> list[str]:
    pages = [reverse(f"dashboard:{page.key}") for page in PAGES]
    return [*pages, *(reverse("dashboard:charts", args=[page.key]) for page in PAGES)]


def _client(who: str) -> Client:
    client = Client(SERVER_NAME=settings.ALLOWED_HOSTS[0])
    client.force_login(get_user_model().objects.get(username=who), "remediation_site.accounts.AccountBackend")
    return client


def _answer(client: Client, address: str) -> dict:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address, secure=True)
        queries = len(captured)  # the next request forgets them
    if response.status_code != 200:
        raise RuntimeError(f"{address} answers {response.status_code}.")
    turns = [_timed(lambda: client.get(address, secure=True))[1] for _ in range(TURNS)]
    return {
        "queries": queries,
        "milliseconds": 1000 * statistics.median(turns),
        "bytes": len(response.content),
    }


def _from_rows(page: str, slow: list[tuple[float, str]]) -> dict:
    """Median seconds of a page from rows and by hand, in turns, and of what only Python can answer."""
    now = timezone.now()
    calculate = _value if page == "value" else partial(_page, page)
    ours, theirs, alone = [], [], []
    for _ in range(ROW_TURNS):
        seconds, of_these = calculate(now)
        ours.append(seconds)
        alone.append(of_these)
        theirs.append(_timed(lambda: answers_by_hand(page, now))[1])
    with CaptureQueriesContext(connection) as captured:
        computed.sheet_of(page, now, this_month(now))
        queries = [(float(query["time"]), " ".join(query["sql"].split())) for query in captured.captured_queries]
    slow += [(seconds, f"{page} {seconds:.3f} s: {sql[:110]}") for seconds, sql in queries]
    return {
        "seconds": statistics.median(ours),
        "database": sum(seconds for seconds, _ in queries),
        "queries": len(queries),
        "by_hand": statistics.median(theirs),
        "alone": {name: statistics.median(each[name] for each in alone) for name in alone[0]},
    }


def _page(page: str, now: datetime) -> tuple[float, dict[str, float]]:
    return _timed(lambda: computed.sheet_of(page, now, this_month(now)))[1], {}


def _value(now: datetime) -> tuple[float, dict[str, float]]:
    """Seconds of the page without the forecast and the simulation of the return, and those of the two."""
    money._simulated.cache_clear()
    spent = money.Money(Asked(now, this_month(now)))
    _ = spent.protected, spent.remediation, spent.asked.site.profile
    simulation = _timed(spent.simulated_return)[1]  # the page does not repeat it for the same inputs
    asked = Asked(now, this_month(now))
    exposing = _timed(lambda: asked.site.exposed)[1]
    forecast = _timed(lambda: asked.site.forecast)[1]
    rest = _timed(lambda: computed.value(asked))[1]
    return exposing + rest, {"forecast": forecast, "simulation": simulation}


def _timed(work: Callable) -> tuple:
    """What the work gives, and its seconds."""
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start
