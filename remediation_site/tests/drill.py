"""A drill of the outbox with real clusters that are really killed; `python -m remediation_site.tests.drill` runs one.

Some hundred messages wait for a receiver that fails, stalls, breaks off and answers 429. Clusters of `manage.py up`
send them while processes of theirs are killed at random instants. In the end the receiver and the rows are compared.
The environment names the (migrated) database; the last line that is printed is what was seen, as JSON.
"""

import argparse
import contextlib
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db.models import Max  # noqa: E402 - what follows needs the settings
from django.utils import timezone  # noqa: E402
from django_q.models import OrmQ, Schedule, Task  # noqa: E402
from django_q.tasks import async_task  # noqa: E402

from alerts.choices import ChannelKind, Event, Level, MessageState, Severity  # noqa: E402
from alerts.models import Alert, Channel, Delivery, Message  # noqa: E402
from alerts.secrets import encrypt  # noqa: E402
from alerts.tests.sending import new_webhook_secret  # noqa: E402
from remediation_site import beat, broker  # noqa: E402
from remediation_site.tests.conftest import Site  # noqa: E402
from remediation_site.tests.work import until  # noqa: E402
from tracker.tests.servers import http_server  # noqa: E402

CHANNELS = 4
WORKERS = settings.Q_CLUSTER["workers"]
MOST_TOLD = 3  # alerts in one message
MOST_MOODS = 6
ANSWER_SECONDS = 0.1
KILL_SECONDS = 4.0  # about what passes between two kills: there is work all the time
UNFINISHED = (MessageState.PLANNED, MessageState.RETRY, MessageState.LEASED)
QUICK = {  # what takes minutes in earnest
    "SEND_SECONDS": "1",
    "SEND_LEASE_SECONDS": "3",
    "SEND_AGAIN_SECONDS": "1",
    "SEND_ATTEMPTS": "30",
    "OUTGOING_ALLOW_HOSTS": "127.0.0.1",
    "WEB_WORKERS": "1",
    "WEB_THREADS": "1",
    "LOG_LEVEL": "ERROR",
}
# What the receiver does to a request, and how often.
MOODS = {"takes it": 70, "fails": 15, "stalls": 3, "breaks off": 5, "takes it and breaks off": 4, "asks for peace": 3}


@dataclass
class Seen:
    """What the receiver saw, what was killed, and how the rows ended."""

    alerts: int
    clusters: int
    seconds: float = 0.0
    kills: Counter = field(default_factory=Counter)
    requests: Counter = field(default_factory=Counter)
    taken_twice: int = 0
    never_taken: int = 0
    under_two_keys: int = 0
    states: Counter = field(default_factory=Counter)
    most_attempts: int = 0
    restarts: int = 0


class Receiver:
    """Remembers which alerts came under which key, and is moody until it has seen a key MOST_MOODS times.

    The moods are seeded, the order of requests is not.
    """

    def __init__(self, seed: int) -> None:
        self.moods = random.Random(seed)
        self.lock = threading.Lock()
        self.requests: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()
        self.keys: defaultdict[int, set[str]] = defaultdict(set)
        self.alerts: set[int] = set()

    def __call__(self, handler) -> None:
        key = handler.headers["webhook-id"]
        with self.lock:
            request = next(each for each in handler.server.seen if each[2]["webhook-id"] == key)
            handler.server.seen.remove(request)
            mood = self.note(key, [alert["id"] for alert in json.loads(request[3])["data"]["alerts"]])
        self.act(mood, handler)

    def note(self, key: str, told: list[int]) -> str:
        """Remember a request; the mood in which it is answered."""
        (mood,) = self.moods.choices(list(MOODS), MOODS.values())
        self.seen[key] += 1
        mood = mood if self.seen[key] <= MOST_MOODS else "takes it"
        self.requests[mood] += 1
        for alert in told:
            self.keys[alert].add(key)
        if mood.startswith("takes it"):
            self.taken[key] += 1
            self.alerts.update(told)
        return mood

    def act(self, mood: str, handler) -> None:
        time.sleep(ANSWER_SECONDS)
        if mood == "takes it":
            handler.reply()
        elif mood == "fails":
            handler.reply(503)
        elif mood == "asks for peace":
            handler.reply(429, Retry_After="1")
        elif mood == "stalls":
            time.sleep(1.5)


def write_rows(count: int, url: str, dice: random.Random, *, seconds: float) -> None:
    """Alerts and the messages that tell them, one to MOST_TOLD in each; they come due over that time."""
    now = timezone.now()
    secret = encrypt(new_webhook_secret())
    channels = [
        Channel.objects.create(
            name=f"Drill {number}",
            kind=ChannelKind.WEBHOOK,
            address=f"{url}/{number}",
            secret_encrypted=secret,
            per_minute=100_000,
        )
        for number in range(CHANNELS)
    ]
    common = {"rule": "drill", "priority": "P1", "severity": Severity.WARNING, "policy": {}}
    alerts = Alert.objects.bulk_create(
        Alert(subject=f"drill:{n}", sentence=f"Alert {n}", anchor_at=now, opened_at=now, **common) for n in range(count)
    )
    messages, deliveries = [], []
    while alerts:
        channel = dice.choice(channels)
        due_at = now + timedelta(seconds=dice.uniform(0, seconds))
        message = Message(channel=channel, idempotency_key=f"drill:{len(messages)}", planned_at=now, due_at=due_at)
        messages.append(message)
        for _ in range(min(len(alerts), dice.randint(1, MOST_TOLD))):
            told = {"event": Event.RAISED, "level": Level.OWNER, "repeat": 0, "channel": channel}
            deliveries.append(Delivery(message=message, alert=alerts.pop(), **told))
    Message.objects.bulk_create(messages)
    Delivery.objects.bulk_create(deliveries)


class Feeder(threading.Thread):
    """Wakes the workers, as the schedule does each minute in earnest."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.end = threading.Event()

    def run(self) -> None:
        while not self.end.wait(0.3):
            if OrmQ.objects.filter(key=broker.QUEUE).count() < CHANNELS:
                async_task("alerts.tasks.deliver_messages")


def processes(site: Site) -> list[int]:
    """What runs of the workers, monitor and pusher of a site's cluster, in this order."""
    with contextlib.suppress(OSError):  # one of them has just ended
        return site.cluster_children()
    return []


def is_busy(pid: int) -> bool:
    """Whether a worker is at a task, while a message is being sent."""
    at_task = OrmQ.objects.filter(key__endswith=f"/{pid}").exists()
    return at_task and Message.objects.filter(state=MessageState.LEASED).exists()


def kill_one(site: Site, dice: random.Random, *, busy: bool) -> str:
    """Kill a random process of a site's cluster but its first, or a worker that is at work if there is; what it was."""
    found = until(lambda: processes(site), seconds=120, what="the cluster has processes")
    pid = dice.choice(found)
    if busy:
        end = time.monotonic() + 5
        while time.monotonic() < end and not is_busy(pid):
            pid = dice.choice(found[:WORKERS])
    was_busy = is_busy(pid)
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:  # its cluster was ended meanwhile
        return kill_one(site, dice, busy=busy)
    if pid in found[:WORKERS]:
        return "busy worker" if was_busy else "idle worker"
    return "monitor or pusher"


def is_well_again(since) -> bool:
    """Whether a beat has come back that was sent after then."""
    return Task.objects.filter(group=beat.GROUPS[broker.QUEUE], success=True, started__gt=since).exists()


def kill_some(sites: list[Site], count: int, seen: Seen, dice: random.Random) -> None:
    """Kill processes at random instants, while there is work. One cluster is let come back before the next kill."""
    for number in range(count):
        time.sleep(dice.uniform(0.1, 2.0))
        site = dice.choice(sites)
        seen.kills[kill_one(site, dice, busy=number % 2 == 0)] += 1
        killed_at = timezone.now() + timedelta(seconds=1)
        if len(sites) == 1:
            until(lambda at=killed_at: is_well_again(at), seconds=90, what="the workers' beat comes back")


def judge(seen: Seen, receiver: Receiver, sites: list[Site]) -> None:
    """Compare what was received with the rows."""
    ids = set(Alert.objects.filter(rule="drill").values_list("pk", flat=True))
    seen.requests = receiver.requests
    seen.never_taken = len(ids - receiver.alerts)
    seen.under_two_keys = sum(1 for keys in receiver.keys.values() if len(keys) > 1)
    seen.taken_twice = sum(1 for count in receiver.taken.values() if count > 1)
    seen.states = Counter(Message.objects.values_list("state", flat=True))
    seen.most_attempts = Message.objects.aggregate(most=Max("attempts"))["most"]
    seen.restarts = sum(site.log.read_text().count("ended and started again") for site in sites)


def drill(*, alerts: int, kills: int, clusters: int, seed: int, patience: float, folder: Path) -> Seen:
    """Run one. Raises: AssertionError when it does not come to its end in that many seconds."""
    dice, seen = random.Random(seed), Seen(alerts, clusters)
    receiver, feeder, sites = Receiver(seed), Feeder(), []
    with http_server(receiver) as server:
        try:
            for number in range(clusters):
                (folder / str(number)).mkdir()
                sites.append(Site({**os.environ, **QUICK}, folder / str(number)))
            Schedule.objects.all().delete()  # nothing else is to happen to these rows
            until(lambda: not OrmQ.objects.filter(key__startswith=broker.QUEUE).exists(), what="the queue is empty")
            write_rows(alerts, server.url, dice, seconds=kills * KILL_SECONDS)
            began = time.monotonic()
            feeder.start()
            kill_some(sites, kills, seen, dice)
            unfinished = Message.objects.filter(state__in=UNFINISHED)
            until(lambda: not unfinished.exists(), seconds=patience, what="every message has come to its end")
            seen.seconds = round(time.monotonic() - began, 1)
        except AssertionError:
            sys.stderr.write("".join(site.log.read_text() for site in sites))
            raise
        finally:
            feeder.end.set()
            for site in sites:
                site.stop()
        judge(seen, receiver, sites)
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--clusters", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patience", type=float, default=900, help="Seconds until the drill has failed.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seen = drill(**vars(options), folder=Path(folder))
    sys.stdout.write(json.dumps(vars(seen)) + "\n")


if __name__ == "__main__":
    main()
