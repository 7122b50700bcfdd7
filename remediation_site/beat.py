"""The beat: a task without work that must come back from the own cluster, so that a stuck one is found out."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max
from django_q.models import Schedule, Task
from django_q.tasks import async_task

from remediation_site import broker

GROUPS = {broker.QUEUE: "beat", broker.VALIDATION: "beat of validation"}
LONGEST_TASK = {  # seconds
    broker.QUEUE: settings.Q_TASK_TIMEOUT,
    broker.VALIDATION: settings.VALIDATION_LONGEST,
}
START_SLACK = timedelta(seconds=30)
TASK_SLACK = timedelta(seconds=10)  # over its time-out before a task counts as stuck itself
SCHEDULE_SLACK = timedelta(seconds=90)  # a cluster looks for due schedules every 30 s


def send(token: str, queue: str) -> str:
    """Queue a beat of this host for the cluster with this token, which works on that queue; the task's id."""
    options = {"group": GROUPS[queue], "cluster": broker.beat_key(token), "task_name": settings.HOST_NAME}
    return async_task("remediation_site.tasks.beat", q_options=options)


def came_back(task_id: str, token: str) -> bool:
    """Whether the beat was run, its result kept and its row acknowledged."""
    if not Task.objects.filter(pk=task_id, success=True).exists():
        return False
    return not broker.beat_waits(token)


def forget(task_id: str) -> None:
    """Delete the result of a beat that a later one has replaced."""
    Task.objects.filter(pk=task_id, group__in=GROUPS.values()).delete()


def age_seconds(now: datetime, queue: str = broker.QUEUE, *, host: str | None = None) -> float | None:
    """Seconds since the last beat of any cluster of the queue (on that host) came back, or None when none ever has."""
    beats = Task.objects.filter(group=GROUPS[queue], success=True, **({} if host is None else {"name": host}))
    last = beats.order_by("-stopped").values_list("stopped", flat=True).first()
    return None if last is None else max(0.0, (now - last).total_seconds())


def ages_by_host(now: datetime) -> dict[tuple[str, str], float]:
    """Seconds since the last beat of each queue on each host that had one while results are kept."""
    rows = Task.objects.filter(group__in=GROUPS.values(), success=True).order_by("name", "group")
    queues = {group: queue for queue, group in GROUPS.items()}
    latest = rows.values_list("name", "group").annotate(latest=Max("stopped"))
    return {(host, queues[group]): max(0.0, (now - at).total_seconds()) for host, group, at in latest}


def longest_ago(now: datetime, queue: str = broker.QUEUE) -> datetime:
    """When a task that still runs properly can have begun at the earliest."""
    return now - timedelta(seconds=LONGEST_TASK[queue]) - TASK_SLACK


def at_work(token: str, now: datetime, queue: str = broker.QUEUE) -> set[int]:
    """The rows on which live processes of this machine's cluster work, none of them past its time-out."""
    rows = broker.begun(token, since=longest_ago(now, queue), queue=queue)
    return {row for row, begun in rows.items() if broker.alive(begun.pid)}


def workers_at_work(token: str, now: datetime, queue: str = broker.QUEUE) -> int:
    """How many live workers of this machine's cluster are at work, none of them past its time-out.

    A worker that went on to its next task while the result of the one before still has not been kept is not: the
    process that keeps results is stuck, as when it was killed holding the lock of their queue.
    """
    since = longest_ago(now, queue)
    begins: defaultdict[int, list[datetime]] = defaultdict(list)
    for begun in broker.begun(token, since=since, queue=queue).values():
        begins[begun.pid].append(begun.at)
    patience = timedelta(seconds=settings.BEAT_LIMIT_SECONDS)
    kept = [pid for pid, times in begins.items() if all(now - at < patience for at in sorted(times)[1:])]
    return sum(1 for pid in kept if broker.alive(pid))


def workers_are_well(now: datetime, queue: str = broker.QUEUE) -> bool:
    """Whether beats come back, or nobody is free to answer them because all are at work."""
    age = age_seconds(now, queue)
    if age is not None and age <= settings.BEAT_SECONDS + settings.BEAT_LIMIT_SECONDS:
        return True
    return broker.begun_anywhere(since=longest_ago(now, queue), queue=queue) >= broker.WORKERS[queue]


def schedules_rest(now: datetime, *, since: datetime) -> bool:
    """Whether a schedule is long due though a cluster has run since then: what starts schedules there is stuck.

    django-q2 does that in the process that looks after its workers. A worker that is killed at the end of a task may
    take the lock along that this process waits for; other workers then go on, and beats come back.
    """
    if now - since < SCHEDULE_SLACK:
        return False
    return Schedule.objects.filter(next_run__lt=now - SCHEDULE_SLACK).exclude(repeats=0).exists()


class Pulse:
    """One cluster's beats, one at a time."""

    def __init__(self, token: str, *, first_at: datetime, queue: str = broker.QUEUE) -> None:
        self.token, self.queue = token, queue
        self.last_id = ""
        self.sent_id = ""
        self.sent_at: datetime | None = None
        self.next_at = first_at

    def start_slack(self) -> timedelta:
        """What the first beat may take longer: on a busy machine a cluster is slow to start, not stuck."""
        return timedelta(0) if self.last_id else START_SLACK

    def is_lost(self, now: datetime) -> bool:
        """Send or look for a beat; True when one stays away though a worker is free to answer it."""
        if self.sent_at is None:
            if now >= self.next_at:
                self.sent_id, self.sent_at = send(self.token, self.queue), now
            return False
        if came_back(self.sent_id, self.token):
            forget(self.last_id)
            self.last_id, self.sent_at = self.sent_id, None
            self.next_at = now + timedelta(seconds=settings.BEAT_SECONDS)
            return False
        if now - self.sent_at < timedelta(seconds=settings.BEAT_LIMIT_SECONDS) + self.start_slack():
            return False
        return workers_at_work(self.token, now, self.queue) < broker.WORKERS[self.queue]
