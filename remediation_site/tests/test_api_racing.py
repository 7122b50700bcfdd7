"""The same write from many hands at once, and from one that is killed in the middle: it is done once."""

import json
import os
import signal

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from remediation_site.api import pace, tokens
from remediation_site.api.scopes import Scope
from remediation_site.models import ApiAnswer
from tracker.choices import Door, IssueKind, Priority, Status
from tracker.models import Issue, Note
from tracker.tests.racing import NOW, RACES, main, race

__all__ = ["main"]
KEY = "the-same"


def a_token_and_an_issue() -> tuple[str, str]:
    now = timezone.now()
    boss = get_user_model().objects.create_superuser(username="boss")
    _, secret = tokens.create(boss, name="ci", scopes=list(Scope), creator=boss, door=Door.ADMIN, now=now)
    moments = {name: now for name in ("created_at", "updated_at", "status_since", "worked_at")}
    words = {"reference": "P1-20260310-001", "title": "Raise it", "kind": IssueKind.FIX, "priority": Priority.P1}
    Issue.objects.create(status=Status.IDENTIFIED, **words, **moments)
    return secret, words["reference"]


def write(subject: tuple[str, str]):
    secret, reference = subject
    headers = {"authorization": f"Bearer {secret}", "idempotency-key": KEY}
    path = f"/api/v1/issues/{reference}/notes"
    return Client().post(path, {"text": "Raised it"}, content_type="application/json", headers=headers)


def write_the_same(subject: tuple[str, str], number: int) -> str:
    done = write(subject)
    told = done.json()
    if done.status_code == 409:
        return f"409 {told['type'].rpartition('-')[2]} {done.headers['Retry-After']}"
    return f"{done.status_code} {done.headers.get('Idempotency-Replayed', 'first')} {told['id']}"


def die_in_the_middle(execute, sql, parameters, many, context):
    """End this process by force when the work is written, and its answer is about to be."""
    if sql.startswith("INSERT INTO") and ApiAnswer._meta.db_table in sql:
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(sql, parameters, many, context)


def write_and_die(subject: tuple[str, str], number: int) -> str:
    """A process writes and is killed before its transaction ends; then somebody sends the same again."""
    if not (child := os.fork()):  # no connection is open yet in this thread or process
        with connection.execute_wrapper(die_in_the_middle):
            write(subject)
        os._exit(1)
    _, ended = os.waitpid(child, 0)
    left = (Note.objects.count(), ApiAnswer.objects.count())
    first, again = write(subject), write(subject)
    same = first.json() == again.json()
    return json.dumps([os.WTERMSIG(ended), *left, first.status_code, same, Note.objects.count()])


def take_a_turn(_subject: object, number: int) -> str:
    with transaction.atomic():
        return str(pace.take("token:1", limit=3, now=NOW).allowed)


RACES["the same write"] = (a_token_and_an_issue, write_the_same)
RACES["killed"] = (a_token_and_an_issue, write_and_die)
RACES["turns"] = (lambda: None, take_a_turn)


@pytest.mark.django_db(transaction=True)
def test_of_many_that_write_the_same_at_once_one_does_it(tmp_path):
    answers = race("the same write", 8, tmp_path, __name__)

    done = {each for each in answers if each.startswith("201")}
    assert len([each for each in answers if " first " in each]) == 1
    assert len({each.split()[2] for each in done}) == 1  # one note, whoever answers
    assert {each for each in answers if each not in done} <= {"409 progress 1"}


@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_killed_in_the_middle_leaves_nothing_and_the_repeat_does_it_once(tmp_path):
    (answer,) = race("killed", 1, tmp_path, __name__)

    assert json.loads(answer) == [signal.SIGKILL, 0, 0, 201, True, 1]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one write at a time")
@pytest.mark.django_db(transaction=True)
def test_hosts_that_count_together_let_no_request_too_many_through(tmp_path):
    answers = race("turns", 8, tmp_path, __name__)

    assert sorted(answers) == ["False"] * 5 + ["True"] * 3
