"""Where the site says so, executives see figures and titles, and nothing of what analyses and people say."""

import csv
import io

import pytest
from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from dashboard.layout import PAGES
from remediation_site.api import tokens
from remediation_site.api.scopes import Scope
from tracker.choices import Door
from tracker.models import Check, CheckResult, Recurrence, ValidationRun
from tracker.permissions import may_read

SAID = "zanzibar"  # stands in every text that an analysis or a person wrote, and in nothing else


@pytest.fixture
def story(make_analysis, make_issue, make_owner, now):
    """One issue with all that can be said about it; its title and its owner say nothing."""
    analysis = make_analysis(
        "Checkout times out",
        text=f"# Checkout times out\n\n{SAID}\n\n- Raise the pool size {SAID}\n",
        root_cause=f"Because of {SAID}",
        root_cause_line=3,
        whys=[{"question": f"Why {SAID}?", "answer": SAID, "line": 3}],
        stated_impact={"statements": [{"text": SAID, "line": 3}]},
    )
    issue = make_issue(
        analysis=analysis, source_line=5, source_end_line=5, description=SAID, owner=make_owner(), deadline_words=SAID
    )
    by = {"at": now, "actor_name": "mona", "door": Door.ADMIN}
    issue.notes.create(text=SAID, **by)
    issue.changes.create(new_status="identified", reason=SAID, **by)
    issue.field_changes.create(field="description", old="", new=SAID, reason=SAID, **by)
    check = Check.objects.create(issue=issue, text=SAID, source_line=5)
    run = ValidationRun.objects.create(
        issue=issue, requested_at=now, requested_by_name="mona", door=Door.ADMIN, state="finished", outcome="failed",
        sentence=SAID, tail=SAID, finished_at=now, source="worker",
    )  # fmt: skip
    CheckResult.objects.create(
        run=run, issue_check=check, check_text=SAID, outcome="failed", sentence=SAID, output=SAID
    )
    return analysis, issue, run


@pytest.fixture
def executive(make_user, settings):
    settings.EXECUTIVES_READ_ANALYSES = False
    user = make_user("eva", is_staff=True)
    user.groups.add(Group.objects.get(name="Executive"))
    return user


def pages(story) -> list[str]:
    analysis, issue, run = story
    admin = "/admin/tracker"
    return [
        f"{admin}/analysis/{analysis.pk}/change/",
        f"{admin}/analysis/{analysis.pk}/change/?line=5",
        f"{admin}/analysis/",
        f"{admin}/issue/{issue.pk}/change/",
        f"{admin}/issue/?show=all",
        f"{admin}/validationrun/",
        f"{admin}/validationrun/{run.pk}/change/",
        f"{admin}/recurrence/",
        "/admin/",
        *(f"/{page.key}/" if page is not PAGES[0] else "/" for page in PAGES),
        "/admin/tracker/issue/export/issues.csv?show=all",
    ]


def test_no_page_and_no_file_shows_executives_what_is_said(client, executive, story):
    client.force_login(executive)

    for page in pages(story):
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert SAID not in answer.getvalue().decode(errors="replace").lower().replace(f"q={SAID}", ""), page


def test_titles_owners_and_steps_stay(client, executive, story):
    analysis, issue, _ = story
    client.force_login(executive)

    assert "Checkout times out" in client.get(f"/admin/tracker/analysis/{analysis.pk}/change/").text
    text = client.get(f"/admin/tracker/issue/{issue.pk}/change/").text
    assert "Raise the pool size" in text
    assert "Olga Brandt" in text
    assert "Tracked as identified" in text


def test_what_is_not_shown_is_not_found_either(client, executive, story):
    client.force_login(executive)

    def found(address):
        answer = client.get(address)
        return answer.status_code == 200 and len(answer.context["cl"].result_list)

    assert found("/admin/tracker/issue/?show=all&q=pool") == 1
    for asked in (
        "q=zanzibar",
        "description__contains=zan",
        "deadline_words__startswith=z",
        "analysis__text__contains=z",
    ):
        assert not found(f"/admin/tracker/issue/?show=all&{asked}"), asked
    for asked in ("q=zanzibar", "text__contains=zan", "root_cause__contains=zan"):
        assert not found(f"/admin/tracker/analysis/?{asked}"), asked
    assert not found("/admin/tracker/validationrun/?sentence__contains=zan")


@pytest.mark.parametrize("name", ["issues-with-text.csv", "issues-with-text.xlsx"])
def test_files_with_texts_are_not_for_executives(client, executive, story, name):
    client.force_login(executive)

    assert client.get(f"/admin/tracker/issue/export/{name}").status_code == 403


def test_the_file_without_texts_has_the_titles(client, executive, story):
    client.force_login(executive)

    answer = client.get("/admin/tracker/issue/export/issues.csv?show=all")

    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert rows[1][1] == "Raise the pool size"


def test_the_api_does_not_say_it_either(client, executive, story, settings):
    analysis, issue, run = story
    hand = {"door": Door.ADMIN, "now": timezone.now()}
    _, secret = tokens.create(executive, name="board", scopes=[Scope.READ], creator=None, **hand)
    places = (
        f"issues/{issue.reference}",
        "issues",
        f"issues/{issue.reference}/validation-runs",
        f"validation-runs/{run.pk}",
        f"analyses/{analysis.pk}",
        "analyses",
    )

    def told():
        asked = [client.get(f"/api/v1/{each}", headers={"Authorization": f"Bearer {secret}"}) for each in places]
        assert [answer.status_code for answer in asked] == [200] * len(places)
        return " ".join(answer.text for answer in asked)

    assert "Raise the pool size" in told()
    assert SAID not in told()
    settings.EXECUTIVES_READ_ANALYSES = True
    assert told().count(SAID) >= 6


@pytest.mark.parametrize("group", ["Engineer", "Manager", "Auditor"])
def test_who_works_with_it_reads_it(client, make_user, settings, story, group):
    settings.EXECUTIVES_READ_ANALYSES = False
    _, issue, _ = story
    user = make_user("vera", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)

    assert SAID in client.get(f"/admin/tracker/issue/{issue.pk}/change/").text
    assert len(client.get("/admin/tracker/issue/?show=all&q=zanzibar").context["cl"].result_list) == 1


def test_executives_read_it_unless_the_site_says_otherwise(client, executive, settings, story):
    settings.EXECUTIVES_READ_ANALYSES = True
    client.force_login(executive)

    shown = [page for page in pages(story) if SAID in client.get(page).getvalue().decode(errors="replace").lower()]

    assert len(shown) >= 4


def test_an_executive_who_is_given_work_reads_what_it_is_about(executive):
    executive.user_permissions.add(Permission.objects.get(codename="work_on_own_issue"))

    assert may_read(type(executive).objects.get(pk=executive.pk))


def test_the_reasons_of_a_return_are_not_shown(client, executive, story, make_analysis, now):
    analysis, *_ = story
    row = Recurrence.objects.create(
        analysis=make_analysis("Again"), earlier=analysis, likely=True, reasons=[SAID], found_at=now, score=1
    )
    client.force_login(executive)

    assert SAID not in client.get(f"/admin/tracker/recurrence/{row.pk}/change/").text
