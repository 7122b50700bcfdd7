"""GitHub in the admin: repositories and their secrets, the page of an issue, and what became of issues there."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tracker.choices import Door, Status
from tracker.encryption import decrypt
from tracker.github import asking
from tracker.github.client import PURPOSE
from tracker.models import GitHubLink, GitHubRepository
from tracker.tests.following import make_repository

pytestmark = pytest.mark.django_db
LIST = "/admin/tracker/githubrepository/"
LINKS = "/admin/tracker/githublink/"
TOKEN = "github_pat_0123456789"


def page(row) -> str:
    return reverse(f"admin:tracker_{row._meta.model_name}_change", args=[row.pk])


def form(**changed) -> dict:
    values = {"name": "acme/shop", "api_url": "https://api.github.com", "active": "on", "token": "", "labels": ""}
    values |= {"webhook_secret": "", "push_mode": "hand", "least_urgent": "P1", "most_a_day": 50, "on_closed": "note"}
    return values | {"follow_minutes": 5} | changed


def issue_page(issue) -> str:
    return reverse("admin:tracker_issue_change", args=[issue.pk])


def test_secrets_are_stored_encrypted_and_shown_nowhere(manager):
    answer = manager.post(f"{LIST}add/", form(token=TOKEN, webhook_secret="x" * 30), follow=True)

    repository = GitHubRepository.objects.get()
    assert decrypt(repository.token_encrypted, purpose=PURPOSE) == TOKEN
    assert TOKEN.encode() not in bytes(repository.token_encrypted)
    shown = [answer.text, manager.get(page(repository)).text]
    assert "One is stored" in shown[1]
    assert f"/github/{repository.pk}/webhook" in shown[1]
    assert not any(TOKEN in text or "x" * 30 in text for text in shown)
    assert not LogEntry.objects.filter(change_message__contains=TOKEN).exists()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"api_url": "http://api.github.com"}, "begins with https://"),
        ({"api_url": "https://user:secret@host/api/v3"}, "without a name, a password"),
        ({"api_url": "https://host/?x=1"}, "without a name, a password"),
        ({"api_url": "file:///etc/passwd"}, "The API address"),
        ({"name": "shop"}, "owner/name"),
        ({"name": "acme/.."}, "owner/name"),
        ({"name": "acme/shop/../x"}, "owner/name"),
        ({"name": "acme/shop\n"}, ""),
        ({"token": "two words"}, "no space"),
        ({"token": "tökén"}, "letters, digits"),
        ({"webhook_secret": "short"}, "at least 20"),
        ({"labels": "x" * 51}, "At most 20 labels"),
        ({"most_a_day": 0}, "greater than or equal to 1"),
    ],
)
def test_a_repository_that_cannot_be_is_refused_in_a_sentence(manager, changed, sentence):
    answer = manager.post(f"{LIST}add/", form(**changed))

    if sentence:
        assert sentence in answer.text
        assert not GitHubRepository.objects.exists()
    else:
        assert GitHubRepository.objects.get().name == "acme/shop"


def test_a_token_does_not_follow_its_repository_to_another_address(manager):
    manager.post(f"{LIST}add/", form(token=TOKEN))
    repository = GitHubRepository.objects.get()

    refused = manager.post(page(repository), form(api_url="https://evil.example"))
    assert "was given for the former address" in refused.text
    manager.post(page(repository), form(api_url="https://git.example/api/v3/", token="other"))

    repository.refresh_from_db()
    assert repository.api_url == "https://git.example/api/v3"
    assert decrypt(repository.token_encrypted, purpose=PURPOSE) == "other"


def test_a_repository_is_set_up_once_whatever_the_case(manager):
    manager.post(f"{LIST}add/", form())

    assert "set up already" in manager.post(f"{LIST}add/", form(name="Acme/Shop")).text


def test_the_connection_can_be_tried(manager, github, shop):
    url = reverse("admin:tracker_githubrepository_try", args=[shop.pk])
    assert "GitHub answers for acme/shop" in manager.post(url, follow=True).text
    assert manager.get(url).status_code == 405

    other = make_repository(github, name="acme/none")
    url = reverse("admin:tracker_githubrepository_try", args=[other.pk])
    assert "It did not work. The repository is not there" in manager.post(url, follow=True).text


def test_whoever_only_looks_sees_no_field_for_secrets_and_tries_nothing(viewer, shop):
    text = viewer.get(page(shop)).text

    assert "acme/shop" in text
    assert 'name="token"' not in text
    assert viewer.post(reverse("admin:tracker_githubrepository_try", args=[shop.pk])).status_code == 403
    assert viewer.post(page(shop), form(active="")).status_code == 403


def test_an_issue_is_pushed_from_its_page(manager, make_issue, shop, github):
    issue = make_issue()
    url = reverse("admin:tracker_issue_github", args=[issue.pk])
    assert url in manager.get(issue_page(issue)).text
    assert "acme/shop" in manager.get(url).text
    assert not GitHubLink.objects.exists()

    manager.post(url, {"repository": shop.pk})

    link = GitHubLink.objects.get()
    assert (link.issue, link.created_by, link.state) == (issue, manager.user, "planned")
    text = manager.get(issue_page(issue)).text
    assert "To be pushed" in text
    assert url not in text  # there is no other repository
    assert "Select a valid choice" in manager.post(url, {"repository": shop.pk}).text


def test_engineers_see_where_their_issue_is_and_push_nothing(client, make_user, make_owner, make_issue, pushed, github):
    user = make_user("olga", is_staff=True)
    rights = ("view_issue", "view_githublink", "work_on_own_issue")
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(user)
    issue, other = (make_issue(owner=make_owner(name, user=who)) for name, who in (("Olga", user), ("Lee", None)))
    link = pushed(issue)

    text = client.get(issue_page(issue)).text
    assert "acme/shop#1" in text
    assert link.url in text
    assert "Push to GitHub" not in client.get(issue_page(other)).text
    url = reverse("admin:tracker_issue_github", args=[issue.pk])
    other_shop = make_repository(github, name="acme/other")
    assert "Only a manager pushes" in client.post(url, {"repository": other_shop.pk}).text
    assert GitHubLink.objects.count() == 1
    assert client.post(reverse("admin:tracker_githublink_act", args=[link.pk, "seen"])).status_code == 403


def test_the_page_of_an_issue_asks_no_query_more_for_github_however_many_there_are(
    manager, make_issue, pushed, github, clock
):
    issue = make_issue()

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            manager.get(issue_page(issue))
        return sum("github" in query["sql"].lower() for query in asked)

    assert queries() == 1  # the one that asks for the issue itself
    pushed(issue)
    for number in range(5):
        asking.ask(
            issue.pk, make_repository(github, name=f"acme/other-{number}"), actor=None, door=Door.COMMAND, now=clock()
        )
    assert queries() == 1
    assert "and 5 more" in manager.get(issue_page(issue)).text


def test_an_address_that_is_none_is_no_link(manager, make_issue, pushed, github):
    issue = make_issue()
    open_there = github.open
    github.open = lambda *words, **fields: open_there(*words, **fields, html_url="javascript:alert(1)")

    link = pushed(issue)

    assert link.url == ""
    assert "acme/shop#1" in manager.get(issue_page(issue)).text


def test_what_stopped_is_listed_first_and_goes_on_or_is_stopped_by_hand(manager, make_issue, pushed, github, look):
    issue, fine = make_issue(title="Troubled"), make_issue(title="Fine")
    link, _ = pushed(issue), pushed(fine)
    github.change(1, state="archived")
    look()

    text = manager.get(LINKS).text
    assert "Troubled" in text
    assert "Fine" not in text
    assert "Fine" in manager.get(LINKS, {"show": "all"}).text
    assert manager.get(LINKS, {"repository": "9" * 50, "show": "x"}).status_code == 200

    act = lambda name, **data: manager.post(reverse("admin:tracker_githublink_act", args=[link.pk, name]), data)  # noqa: E731
    act("resume")
    assert GitHubLink.objects.get(pk=link.pk).state == "followed"
    act("stop")
    assert GitHubLink.objects.get(pk=link.pk).state == "followed"  # without a reason
    act("stop", reason="We do it here.")
    link = GitHubLink.objects.get(pk=link.pk)
    assert (link.state, link.problem) == ("stopped", "Stopped by mona: We do it here.")
    assert issue.field_changes.filter(field="github", new="stopped", reason="We do it here.").exists()
    assert act("resume").status_code == 302
    assert manager.get(reverse("admin:tracker_githublink_act", args=[link.pk, "resume"])).status_code == 405
    assert manager.post(reverse("admin:tracker_githublink_act", args=[link.pk, "explode"])).status_code == 404


def test_what_asks_for_a_look_is_off_the_list_when_somebody_has_looked(manager, make_issue, pushed, github, look):
    issue = make_issue()
    link = pushed(issue)
    github.close(1, "not_planned")
    look()
    assert "closed at GitHub as not planned" in manager.get(page(link)).text

    manager.post(reverse("admin:tracker_githublink_act", args=[link.pk, "seen"]))

    assert GitHubLink.objects.get(pk=link.pk).attention == ""
    assert issue.field_changes.filter(field="github", new="looked at").exists()
    assert issue.status == Status.IDENTIFIED


def test_the_list_costs_the_same_however_long_it_is(manager, make_issue, shop, now):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            manager.get(LINKS, {"show": "all"})
        return len(asked)

    GitHubLink.objects.create(issue=make_issue(), repository=shop, created_at=now)
    first = queries()
    for _ in range(10):
        GitHubLink.objects.create(issue=make_issue(), repository=shop, created_at=now)
    assert queries() == first
