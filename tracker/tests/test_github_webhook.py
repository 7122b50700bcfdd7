"""Webhooks of GitHub: they wake, once, and only when they are signed."""

import hashlib
import hmac
import json
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracker.encryption import encrypt
from tracker.github import waking
from tracker.github.client import PURPOSE
from tracker.models import GitHubDelivery, GitHubLink, GitHubRepository, Issue

pytestmark = pytest.mark.django_db
SECRET = "a secret of the webhook, long enough"


@pytest.fixture
def hooked(shop):
    secret = encrypt(SECRET, purpose=PURPOSE)
    later = timezone.now() + timedelta(minutes=4)
    GitHubRepository.objects.filter(pk=shop.pk).update(
        webhook_secret_encrypted=secret, follow_due_at=later, followed_at=timezone.now() - timedelta(minutes=1)
    )
    return shop


@pytest.fixture
def call(client, hooked, django_capture_on_commit_callbacks):
    """Call the webhook as GitHub does, and say the status."""

    def post(document=None, *, event="issues", secret=SECRET, body=None, pk=None, **headers):
        body = json.dumps(document or {"action": "closed", "issue": {"number": 1}}).encode() if body is None else body
        sent = {
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": str(uuid.uuid4()),
            "X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
        }
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(
                f"/github/{pk or hooked.pk}/webhook", body, content_type="application/json", headers=sent | headers
            ).status_code

    return post


def woken(repository) -> bool:
    repository.refresh_from_db()
    return repository.follow_due_at <= timezone.now()


@pytest.mark.parametrize("event", ["issues", "issue_comment"])
def test_an_event_of_issues_wakes_a_worker(call, hooked, event):
    assert call(event=event) == 204

    assert woken(hooked)
    assert OrmQ.objects.count() == 1


@pytest.mark.parametrize("event", ["ping", "push", "pull_request", "unheard_of", ""])
def test_other_events_are_taken_and_wake_nobody(call, hooked, event):
    assert call(event=event) == 204

    assert not woken(hooked)
    assert not GitHubDelivery.objects.exists()


def test_what_is_not_signed_with_the_secret_is_refused_and_nothing_is_written(call, hooked):
    assert call(secret="another secret, also long enough") == 403
    assert call(**{"X-Hub-Signature-256": ""}) == 403
    assert call(**{"X-Hub-Signature-256": "sha256=é"}) == 403
    assert call(pk=hooked.pk + 1000) == 403
    GitHubRepository.objects.filter(pk=hooked.pk).update(webhook_secret_encrypted=None)
    assert call() == 403
    assert call(secret="") == 403

    assert not woken(hooked)
    assert not GitHubDelivery.objects.exists()


def test_a_call_wakes_once_also_when_its_unsigned_id_is_changed(call, hooked):
    same = {"X-GitHub-Delivery": "11111111-1111-1111-1111-111111111111"}
    call({"action": "closed"}, **same)
    GitHubRepository.objects.update(follow_due_at=timezone.now() + timedelta(hours=1))

    assert call({"action": "reopened"}, **same) == 204  # the same delivery
    assert call({"action": "closed"}) == 204  # the same signed body under another id

    assert not woken(hooked)
    assert GitHubDelivery.objects.count() == 1


def test_a_body_that_is_too_long_is_not_read(call, client, hooked):
    assert call(body=b"x" * (waking.LONGEST_BODY + 1)) == 413
    assert client.get(f"/github/{hooked.pk}/webhook").status_code == 405


@pytest.mark.parametrize(
    "body",
    [b"", b"no json", b"[" * 50_000, b"[]", b'{"action": {}}', b'{"action": "deleted", "issue": {"number": "1"}}'],
)
def test_whatever_a_signed_body_holds_it_only_wakes(call, hooked, body):
    assert call(body=body) == 204

    assert woken(hooked)


def test_an_issue_that_is_said_to_be_deleted_is_asked_for_by_itself_and_not_believed(
    call, hooked, make_issue, pushed, github, look, clock
):
    issue = make_issue()
    link = pushed(issue)
    clock.now = timezone.now()
    assert call({"action": "deleted", "issue": {"number": 1}}) == 204
    assert GitHubLink.objects.get(pk=link.pk).looked_at is None
    look()
    assert GitHubLink.objects.get(pk=link.pk).state == "followed"

    github.remove(1, 410)
    assert call({"action": "deleted", "issue": {"number": 1}, "again": True}) == 204
    look()

    assert "deleted at GitHub" in GitHubLink.objects.get(pk=link.pk).problem
    assert Issue.objects.get(pk=issue.pk).status == issue.status


def test_calls_that_are_long_past_are_forgotten(call):
    call()

    assert waking.purge(timezone.now() + timedelta(days=13)) == 0
    assert waking.purge(timezone.now() + timedelta(days=15)) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(st.sampled_from(("action", "issue", "number", "repository", "full_name")), inside, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200) | JSON.map(lambda document: json.dumps(document).encode()), sign=st.booleans())
def test_whatever_is_posted_is_an_answer_and_changes_no_issue(call, body, sign):
    before = list(Issue.objects.values())

    status = call(body=body, secret=SECRET if sign else "another secret of a webhook")

    assert status < 500
    assert sign or status == 403
    assert list(Issue.objects.values()) == before
