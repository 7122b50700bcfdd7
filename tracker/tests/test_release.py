"""`manage.py gate`: what stops a release, what does not, and how it is said."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from tracker import release
from tracker.choices import Priority, Status
from tracker.models import System

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def shop():
    return System.objects.create(name="shop")


@pytest.fixture
def p0(make_issue):
    """Make a P0 issue whose deadline lies that far from the present."""

    def make(span=-3 * HOUR, *systems, **fields):
        issue = make_issue(**{"priority": Priority.P0, "deadline": timezone.now() + span} | fields)
        issue.systems.set(systems)
        return issue

    return make


def test_a_site_without_unresolved_p0s_lets_a_release_go_in_one_line(run, p0):
    p0(HOUR)

    ended = run("gate")

    assert (ended.code, ended.out, ended.err) == (0, "Go: no unresolved P0 issues.\n", "")


def test_a_late_p0_stops_a_release_and_is_named_with_everything_one_needs(run, p0, make_owner, settings):
    settings.SITE_URL = "https://issues.example.org"
    issue = p0(title="Renew the certificate", owner=make_owner("Dana Fox"))

    ended = run("gate")

    assert ended.code == 5
    assert ended.out.startswith("Stop: 1 unresolved P0 issue.\n")
    for words in (issue.reference, "Renew the certificate", "Dana Fox", "3 h overdue"):
        assert words in ended.out
    assert f"https://issues.example.org/admin/tracker/issue/{issue.pk}/change/" in ended.out


@pytest.mark.parametrize(
    ("fields", "stops"),
    [
        pytest.param({"status": Status.IDENTIFIED}, True, id="nobody works on it"),
        pytest.param({"status": Status.BLOCKED}, True, id="it is blocked"),
        pytest.param({"status": Status.COMPLETED}, False, id="it waits for its validation"),
        pytest.param({"status": Status.VALIDATED}, False, id="it is validated"),
        pytest.param({"status": Status.CANCELLED}, False, id="it is cancelled"),
        pytest.param({"priority": Priority.P1}, False, id="it is a P1"),
        pytest.param({"status": Status.FAILED}, True, id="its validation failed"),
        pytest.param({"status": Status.FAILED, "span": 9 * HOUR}, True, id="its validation failed before its deadline"),
        pytest.param({"status": Status.ACCEPTED, "until": HOUR}, False, id="its risk is accepted"),
        pytest.param({"status": Status.ACCEPTED, "until": -HOUR}, True, id="its risk was accepted until an hour ago"),
    ],
)
def test_which_p0_counts(run, p0, fields, stops):
    span, until = fields.pop("span", -3 * HOUR), fields.pop("until", None)
    p0(span, **fields, accepted_until=until and timezone.now() + until)

    assert run("gate").code == (5 if stops else 0)


def test_at_its_deadline_an_issue_is_late_and_a_moment_before_it_is_not(now, make_issue):
    make_issue(priority=Priority.P0, deadline=now)

    assert release.verdict(now).stops
    assert not release.verdict(now - timedelta(microseconds=1)).stops


def test_as_many_as_are_allowed_go_and_one_more_stops(run, p0):
    p0()
    p0()

    assert run("gate", "--max-p0-overdue", 2).code == 0
    assert run("gate", "--max-p0-overdue", 2).out == "Go: 2 unresolved P0 issues (2 allowed).\n"
    assert run("gate", "--max-p0-overdue", 1).code == 5


def test_only_issues_of_the_system_count_and_those_without_one_are_told_of(run, p0, shop):
    other = System.objects.create(name="mail")
    p0(-HOUR, other)
    p0(-HOUR)

    ended = run("gate", "--system", "SHOP")

    assert (ended.code, ended.out) == (0, "Go: no unresolved P0 issues of shop.\n")
    assert "1 unresolved P0 issue(s) name no system, nor does their analysis" in ended.err
    assert run("gate", "--system", "shop", "--system", "mail").code == 5
    assert run("gate").out.startswith("Stop: 2 ")


def test_an_issue_that_names_no_system_counts_for_those_of_its_analysis(run, p0, shop, make_analysis):
    mail, analysis = System.objects.create(name="mail"), make_analysis()
    analysis.systems.set([shop, mail])
    p0(-HOUR, analysis=analysis)
    p0(-HOUR, mail, analysis=analysis)

    ended = run("gate", "--system", "shop")

    assert (ended.code, ended.err) == (5, "")
    assert ended.out.startswith("Stop: 1 ")
    assert run("gate", "--system", "mail").out.startswith("Stop: 2 ")


def test_an_issue_of_two_systems_counts_once(run, p0, shop):
    p0(-HOUR, shop, System.objects.create(name="mail"))

    assert "Stop: 1 " in run("gate", "--system", "shop", "--system", "mail").out


def test_an_unknown_system_is_refused_with_those_that_there_are(run, p0, shop):
    p0()

    ended = run("gate", "--system", "shpo")

    assert (ended.code, ended.out) == (1, "")
    assert "There is no system 'shpo': name one of" in ended.err
    assert "shop" in ended.err


@pytest.mark.parametrize("number", ["-1", "some", "1.5", ""])
def test_a_number_that_is_none_is_wrong_usage(run, number):
    ended = run("gate", f"--max-p0-overdue={number}")

    assert (ended.code, ended.out) == (2, "")


def test_json_says_the_same(run, p0, shop):
    issue = p0(-3 * HOUR, shop, status=Status.FAILED)

    ended = run("gate", "--system", "shop", "--json")
    told = json.loads(ended.out)

    assert ended.code == 5
    assert (told["stop"], told["unresolved"], told["allowed"], told["systems"]) == (True, 1, 0, ["shop"])
    assert told["issues"][0]["reference"] == issue.reference
    assert told["issues"][0]["reason"] == "3 h overdue, validation failed"
    assert told["issues"][0]["link"].endswith(f"/admin/tracker/issue/{issue.pk}/change/")


def test_a_title_controls_no_terminal(run, p0):
    p0(title="Red \x1b[31m alert")

    assert "\x1b" not in run("gate").out


def test_of_very_many_the_most_overdue_are_listed_and_all_are_counted(p0, monkeypatch):
    monkeypatch.setattr(release, "MOST_LISTED", 2)
    latest = [p0(-hours * HOUR) for hours in (1, 2, 3)]

    found = release.verdict(timezone.now())

    assert (found.number, list(found.issues)) == (3, [latest[2], latest[1]])
    assert list(release.lines(found, width=None))[-1] == "… and 1 more."


def test_the_number_of_queries_is_the_same_for_many_issues(p0, shop, make_owner, django_assert_num_queries):
    for number in range(12):
        p0(-HOUR, shop, owner=make_owner(f"Owner {number}"))

    with django_assert_num_queries(3):  # systems, issues with owners, those without a system
        list(release.lines(release.verdict(timezone.now(), systems=["shop"]), width=None))
