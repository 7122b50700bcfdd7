"""Revenue in the admin: profiles and their streams, and what the page of an issue says about it."""

import importlib
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from tracker.choices import Priority, Status
from tracker.models import RevenueProfile, System

ADD = "/admin/tracker/revenueprofile/add/"
LIST = "/admin/tracker/revenueprofile/"
MIGRATIONS = Path(settings.BASE_DIR, "tracker", "migrations")
RIGHTS = importlib.import_module(f"tracker.migrations.{next(MIGRATIONS.glob('*_revenue_rights.py')).stem}")
TODAY = timezone.now().date()
OLD = date(2026, 1, 1)


def page(issue):
    return reverse("admin:tracker_issue_change", args=[issue.pk])


def change(profile):
    return reverse("admin:tracker_revenueprofile_change", args=[profile.pk])


@pytest.fixture
def checkout(db):
    return System.objects.create(name="till")


@pytest.fixture
def make_profile(db):
    def make(effective_on=OLD, streams=(), **fields):
        values = {"effective_on": effective_on, "currency": "USD", "mrr": Decimal(50000)}
        row = RevenueProfile.objects.create(**(values | fields))
        for name, amount, *systems in streams:
            row.streams.create(name=name, mrr=Decimal(amount)).systems.set(systems)
        return row

    return make


@pytest.fixture
def login(client, make_user):
    """A browser of somebody of a group."""
    importlib.import_module("tracker.migrations.0005_groups").add_groups(apps, connection.schema_editor())
    RIGHTS.give(apps, connection.schema_editor())

    def login(group):
        user = make_user(group.lower(), is_staff=True)
        user.groups.add(Group.objects.get(name=group))
        client.force_login(user)
        return client

    return login


def filled(client, address=ADD, **fields):
    """What the form of a profile would send if only these fields were typed over."""
    response = client.get(address)
    form = response.context["adminform"].form
    formset = response.context["inline_admin_formsets"][0].formset
    values = {}
    for one in (form, formset.management_form, *formset.forms):
        for bound in one:
            value = bound.value()
            values[bound.html_name] = ([] if bound.name == "systems" else "") if value is None else value
    return {name: value for name, value in (values | fields).items() if value is not False and value != []}


def streams(*rows):
    """The rows of streams as the form sends them."""
    sent = {"streams-TOTAL_FORMS": len(rows)}
    for number, (name, amount, *systems) in enumerate(rows):
        columns = {"name": name, "mrr": amount, "systems": [system.pk for system in systems]}
        sent |= {f"streams-{number}-{column}": value for column, value in columns.items()}
    return sent


# -- profiles ----------------------------------------------------------------------------------------------------------
def test_a_manager_enters_a_profile_with_its_streams(login, checkout):
    manager = login("Manager")
    parts = streams(("Shop", "30000", checkout), ("Rest", "20000"))

    response = manager.post(ADD, filled(manager, currency="USD", mrr="50000") | parts)

    assert response.status_code == 302
    profile = RevenueProfile.objects.get()
    assert (profile.effective_on, profile.mrr, profile.p0_likely) == (TODAY, 50000, 15)
    assert {(row.name, row.mrr, *row.systems.all()) for row in profile.streams.all()} == {
        ("Shop", Decimal(30000), checkout),
        ("Rest", Decimal(20000)),
    }


def test_a_profile_needs_no_streams(manager):
    manager.post(ADD, filled(manager, currency="USD", mrr="50000"))

    assert not RevenueProfile.objects.get().streams.exists()


def test_streams_that_do_not_add_up_are_refused_in_a_sentence_and_nothing_is_kept(manager):
    body = filled(manager, currency="USD", mrr="50000") | streams(("Shop", "30000"), ("Rest", "19999.99"))

    response = manager.post(ADD, body)

    assert "The streams add up to 49,999.99 and the monthly recurring revenue is 50,000.00" in response.text
    assert not RevenueProfile.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"mrr": ""}, "This field is required"),
        ({"mrr": "0"}, "greater than or equal to 0.01"),
        ({"currency": "dollars"}, "at most 3 characters"),
        ({"currency": "usd"}, "three capital letters"),
        ({"p1_low": "20"}, "The shares of P1 rise from low over likely to high"),
        ({"effective_on": OLD.isoformat()}, "There is a profile from this date on already"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_a_profile_that_cannot_be_is_refused_in_a_sentence(manager, make_profile, wrong, sentence):
    make_profile()

    response = manager.post(ADD, filled(manager) | streams(("Shop", "50000")) | wrong)

    assert sentence in response.text
    assert RevenueProfile.objects.count() == 1


def test_a_new_profile_starts_from_the_latest_one(manager, make_profile, checkout):
    make_profile(streams=[("Shop", 30000, checkout), ("Rest", 20000)], p0_likely=Decimal(20), hourly_rate=Decimal(150))

    manager.post(ADD, filled(manager, p0_likely="25"))

    old, new = RevenueProfile.objects.order_by("effective_on")
    assert (old.p0_likely, new.p0_likely, new.hourly_rate, new.effective_on) == (20, 25, 150, TODAY)
    assert [(row.name, *row.systems.all()) for row in new.streams.all()] == [("Shop", checkout), ("Rest",)]
    assert old.streams.count() == 2


@pytest.mark.parametrize(("days", "open_"), [(-1, False), (0, True), (1, True)])
def test_a_profile_is_changed_until_the_end_of_its_first_day_and_never_after(login, make_profile, days, open_):
    manager = login("Manager")
    profile = make_profile(TODAY + timedelta(days=days), streams=[("Shop", 50000)])
    body = filled(manager, change(profile)) if open_ else {}

    response = manager.post(change(profile), body | {"mrr": "60000"} | {"streams-0-mrr": "60000"})

    assert response.status_code == (302 if open_ else 403)
    profile.refresh_from_db()
    assert profile.mrr == profile.streams.get().mrr == (60000 if open_ else 50000)
    assert manager.post(f"{LIST}{profile.pk}/delete/", {"post": "yes"}).status_code == (302 if open_ else 403)


@pytest.mark.parametrize("status", [Status.IDENTIFIED, Status.VALIDATED])
def test_the_currency_stays_while_amounts_are_confirmed_in_it(manager, make_profile, make_issue, status):
    profile = make_profile(TODAY)
    issue = make_issue(revenue_at_risk=Decimal(500), status=status)
    body = filled(manager, change(profile)) | {"currency": "EUR"}

    refused = manager.post(change(profile), body)

    assert "Amounts in USD are confirmed on issues and nothing converts them: take those back first." in refused.text
    issue.revenue_at_risk = None
    issue.save()
    assert manager.post(change(profile), body).status_code == 302
    profile.refresh_from_db()
    assert profile.currency == "EUR"


def test_amounts_that_are_confirmed_leave_the_rest_of_a_profile_to_be_changed(manager, make_profile, make_issue):
    profile = make_profile(TODAY)
    make_issue(revenue_at_risk=Decimal(500))

    assert manager.post(change(profile), filled(manager, change(profile)) | {"mrr": "60000"}).status_code == 302


def test_a_changed_revenue_without_its_streams_is_refused(manager, make_profile):
    profile = make_profile(TODAY, streams=[("Shop", 50000)])

    response = manager.post(change(profile), filled(manager, change(profile)) | {"mrr": "60000"})

    assert "The streams add up to 50,000.00" in response.text
    profile.refresh_from_db()
    assert profile.mrr == 50000


@pytest.mark.parametrize("group", ["Executive", "Auditor"])
def test_who_leads_and_who_audits_look_at_profiles_and_change_none(login, make_profile, group):
    browser, profile = login(group), make_profile(TODAY, streams=[("Shop", 50000)])

    assert "USD 50,000.00" in browser.get(LIST).text
    assert "Shop" in browser.get(change(profile)).text
    for address in (ADD, change(profile), f"{LIST}{profile.pk}/delete/"):
        assert browser.post(address, {"post": "yes"}).status_code == 403


def test_an_engineer_does_not_see_the_revenue(login, make_profile, make_issue):
    browser, profile = login("Engineer"), make_profile()

    assert browser.get(LIST).status_code == browser.get(change(profile)).status_code == 403
    assert "Revenue" not in browser.get(page(make_issue())).text


def test_the_list_says_which_profile_is_in_force(manager, make_profile, django_assert_num_queries):
    for days, mrr in ((-20, 1000), (-10, 2000), (10, 3000)):
        make_profile(TODAY + timedelta(days=days), mrr=Decimal(mrr), streams=[("Shop", mrr)])
    manager.get(LIST)

    with django_assert_num_queries(7):
        response = manager.get(LIST)

    rows = response.context["cl"].result_list
    standings = [response.context["cl"].model_admin.standing(row) for row in rows]
    assert [words.split(">")[1].split("<")[0] for words in standings] == ["later", "in force", "was in force"]


def test_the_navigation_leads_to_the_revenue(login):
    assert f'href="{LIST}"' in login("Executive").get("/admin/").text


# -- the page of an issue ----------------------------------------------------------------------------------------------
def test_without_a_profile_the_figure_is_not_set_and_the_page_says_what_to_do(login, make_issue):
    text = login("Manager").get(page(make_issue())).text

    assert "not set" in text
    assert f'href="{ADD}"' in text


def test_who_cannot_enter_a_profile_is_not_sent_to(login, make_issue):
    text = login("Executive").get(page(make_issue())).text

    assert "not set" in text
    assert ADD not in text


def test_the_share_of_an_issue_is_shown_with_its_formula(manager, make_profile, make_issue, checkout):
    make_profile(streams=[("Shop", 30000, checkout), ("Rest", 20000)])
    issue = make_issue(priority=Priority.P0, created_at=timezone.now() - timedelta(hours=84, minutes=1))
    issue.systems.add(checkout)

    text = manager.get(page(issue)).text

    assert "USD 6,750.00 a month" in text
    assert "USD 3,375.00 to USD 13,500.00" in text
    assert "15 % for P0, times 1.50 for its age, of USD 30,000.00 a month (Shop)." in text


def test_a_manager_confirms_an_amount_on_the_page(manager, make_profile, make_issue, checkout):
    make_profile(streams=[("Shop", 30000, checkout), ("Rest", 20000)])
    issue = make_issue()
    issue.systems.add(checkout)
    address = reverse("admin:tracker_issue_amend", args=[issue.pk, "revenue"])
    assert f'action="{address}"' in manager.get(page(issue)).text

    manager.post(address, {"amount": "40000", "reason": "Two customers asked to leave."})

    issue.refresh_from_db()
    assert issue.revenue_at_risk == 40000
    text = manager.get(page(issue)).text
    assert "USD 30,000.00 a month" in text
    assert "USD 40,000.00 was confirmed, and these streams have no more" in text
    assert "Revenue at risk: — → 40000.00" in text
    assert "Two customers asked to leave." in text


def test_that_an_amount_was_confirmed_is_no_news_for_who_may_not_see_the_revenue(login, manager, make_issue):
    issue = make_issue()
    confirmed = {"amount": "40000", "reason": "Two customers asked to leave."}
    manager.post(reverse("admin:tracker_issue_amend", args=[issue.pk, "revenue"]), confirmed)

    text = login("Engineer").get(page(issue)).text

    assert 'id="history"' in text
    assert "40000" not in text
    assert "Two customers" not in text


def test_an_amount_without_a_reason_is_not_confirmed(manager, make_issue):
    issue = make_issue()

    response = manager.post(reverse("admin:tracker_issue_amend", args=[issue.pk, "revenue"]), {"amount": "5"})

    assert response.context["form"].errors
    issue.refresh_from_db()
    assert issue.revenue_at_risk is None


def test_an_engineer_is_not_asked_to_confirm_and_refused_when_trying(login, make_issue, make_owner):
    browser = login("Engineer")
    user = response_user(browser)
    issue = make_issue(owner=make_owner("Olga Brandt", user=user))
    address = reverse("admin:tracker_issue_amend", args=[issue.pk, "revenue"])

    assert address not in browser.get(page(issue)).text
    assert "Only a manager confirms" in browser.post(address, {"amount": "5", "reason": "So it is."}).text
    issue.refresh_from_db()
    assert issue.revenue_at_risk is None


def response_user(browser):
    return browser.get("/admin/").context["user"]


def test_a_closed_issue_puts_nothing_at_risk(manager, make_profile, make_issue):
    make_profile()

    text = manager.get(page(make_issue(status=Status.VALIDATED))).text

    assert "USD 0.00" in text
    assert "It is validated." in text


def test_rows_that_cannot_be_are_said_and_do_not_break_the_page(manager, make_profile, make_issue):
    make_profile(streams=[("Shop", 30000)])

    assert "The streams add up to 30,000.00" in manager.get(page(make_issue())).text
