"""The admin as a person meets it: in Chromium, by day and by night, on a wide screen and on a narrow one.

Skipped where there is no Chromium (Debian: apt-get install chromium). Every page that a test opens fails the test
when the browser reports an error, which is also how a breach of the Content-Security-Policy shows.
"""

import os
import re
import shutil
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from tracker.choices import Door, Priority, Status
from tracker.models import Analysis, Check, Owner, PriorityPolicy, System
from tracker.tests.leaving import leave

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.django_db(transaction=True),
]

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
)
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitaenswitwenrentenauszahlungsstelle"
PAGES = (
    *("/admin/", "/admin/tracker/issue/", "/admin/tracker/issue/?priority=P0", "/admin/tracker/issue/?q=nothing"),
    *("/admin/tracker/issue/{issue}/change/", "/admin/tracker/issue/{issue}/transition/block/"),
    *("/admin/tracker/issue/{issue}/change/owner/", "/admin/tracker/issue/{issue}/change/deadline/"),
    *("/admin/tracker/issue/{issue}/transition/accept/", "/admin/tracker/preventionmeasure/"),
    *("/admin/tracker/owner/", "/admin/tracker/owner/{owner}/change/", "/admin/tracker/owner/add/"),
    *("/admin/tracker/recurrence/", "/calendar/", "/admin/tracker/issue/import/"),
    *("/admin/tracker/system/", "/admin/tracker/prioritypolicy/", "/admin/tracker/prioritypolicy/{policy}/change/"),
    *("/admin/tracker/statuschange/", "/admin/tracker/note/", "/admin/django_q/schedule/", "/admin/auth/user/"),
    *("/admin/auth/user/{user}/change/", "/admin/auth/user/add/", "/admin/auth/group/add/", "/admin/password_change/"),
)


@pytest.fixture(scope="module")
def chromium():
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright's own event loop runs in this thread
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_page(chromium, live_server):
    """Open a page of the site, logged in as mona unless told otherwise; its errors fail the test."""
    errors, contexts = [], []

    def watch(page):
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        page.on("console", lambda line: errors.append(f"{page.url}: {line.text}") if line.type == "error" else None)

    def open_page(address="/admin/", *, size=WIDE, scheme="light", login=True, **options):
        context = chromium.new_context(viewport=size, color_scheme=scheme, base_url=live_server.url, **options)
        contexts.append(context)
        context.on("page", watch)
        context.set_default_timeout(20_000)
        if login:
            context.add_cookies([{"name": "sessionid", "value": session_of("mona"), "url": live_server.url}])
        page = context.new_page()
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        leave(context)
    assert not errors


def session_of(username):
    """The session of somebody who has logged in."""
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client.cookies["sessionid"].value


@pytest.fixture
def site(make_user, make_owner, make_issue, make_analysis):
    """A small site with everything that can be long, late or missing; the ids of its rows by name."""
    now = timezone.now()
    mona = make_user("mona", is_staff=True, is_superuser=True)
    owner = make_owner("Mona Reyes", user=mona, email="mona@brightloaf.example")
    ovens = System.objects.create(name="Ovens", default_owner=owner)
    policy, _ = PriorityPolicy.objects.get_or_create(priority=Priority.P2, defaults={"hours": 336})
    text = "# Bread burns\n\n- Replace the thermostat\n" + "a very long line " * 40 + LONG_WORD * 3 + "\n"
    analysis = make_analysis(title="Bread burns at dawn", text=text)
    for number, status in enumerate(Status):
        issue = make_issue(
            title=f"Replace the thermostat of oven {number} {LONG_WORD if number == 1 else ''}",
            priority=list(Priority)[number % 4],
            status=status,
            owner=owner if status in (Status.PLANNED, Status.IN_PROGRESS) else None,
            owner_words="the people of the night shift" if number % 2 else "",
            deadline=now + timedelta(hours=30 * number - 50),
            description=f"Use `{LONG_WORD}` and\n\n    a code block {LONG_WORD}\n",
            analysis=analysis,
            source_line=3,
            source_end_line=4,
        )
        issue.systems.add(ovens)
        issue.notes.create(text=f"See {LONG_WORD * 2}", at=now, actor_name="mona", door=Door.ADMIN)
        issue.changes.create(new_status=status, at=now, actor_name="mona", door=Door.ADMIN)
        Check.objects.create(issue=issue, text=f"Bread is brown {LONG_WORD}", source_line=4)
    first = analysis.issues.order_by("pk").first()
    return {"issue": first.pk, "owner": owner.pk, "policy": policy.pk, "user": mona.pk, "analysis": analysis.pk}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_scrolls_sideways_on_a_narrow_screen(site, open_page, scheme):
    page = open_page(size=NARROW, scheme=scheme)

    for address in PAGES:
        page.goto(address.format(**site))
        beyond = page.evaluate(
            """() => [...document.querySelectorAll('main *, header *, nav *')]
                 .filter((part) => part.checkVisibility() && part.getBoundingClientRect().right > innerWidth + 1
                         && !part.closest('pre, select, .selector'))
                 .map((part) => part.outerHTML.slice(0, 120))"""
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], address
        assert beyond == [], address


def test_pages_open_on_a_wide_screen_without_an_error(site, open_page):
    page = open_page()

    for address in PAGES:
        assert page.goto(address.format(**site)).status == 200
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDE["width"], address


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_badges_never_wrap(site, open_page, size):
    page = open_page("/admin/tracker/issue/?show=all", size=size)

    heights = page.eval_on_selector_all(".badge", "badges => badges.map((badge) => badge.offsetHeight)")

    assert len(heights) > 20
    assert max(heights) < 30


def test_the_box_that_selects_all_is_named_in_the_language_of_the_site_on_a_narrow_screen(site, open_page):
    page = open_page("/admin/tracker/issue/", size=NARROW)

    said = page.eval_on_selector(".action-checkbox-column", "head => getComputedStyle(head, '::after').content")

    assert said == '"Select all"'  # from the page; a style sheet is in no language


def test_the_title_gets_the_width(site, open_page):
    page = open_page("/admin/tracker/issue/")

    widths = page.eval_on_selector_all("#result_list thead th", "heads => heads.map((head) => head.offsetWidth)")

    assert max(widths) == widths[1], "the column after the check boxes"
    assert widths[1] > sum(widths) / 3


@pytest.mark.parametrize(
    "address",
    [
        "/admin/",
        "/admin/tracker/issue/?show=all",
        "/admin/tracker/issue/{issue}/change/",
        "/admin/tracker/issue/{issue}/transition/block/",
        "/admin/tracker/owner/{owner}/change/",
    ],
)
def test_contrast_names_and_structure_satisfy_wcag_aa_by_day_and_by_night(site, open_page, address):
    satisfies_wcag_aa(open_page(address.format(**site), bypass_csp=True))  # what examines the page styles it


def satisfies_wcag_aa(page):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = axe.run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]}).response["violations"]
        told = "\n".join(f"{rule['id']}: {node['html'][:300]}" for rule in found for node in rule["nodes"][:3])
        assert told == "", scheme


def test_somebody_logs_in_and_out(site, open_page):
    page = open_page("/admin/tracker/issue/", login=False)

    page.get_by_label("Username").fill("mona")
    page.get_by_label("Password").fill("pass")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/tracker/issue/")
    page.get_by_role("button", name="Log out").click()

    sync_api.expect(page.get_by_text("Log in again")).to_be_visible()


def test_the_login_page_says_what_this_is(open_page, db):
    page = open_page("/admin/login/", login=False, size=NARROW)

    assert page.get_by_text("Five Whys").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def test_what_is_touched_is_big_enough(site, open_page):
    page = open_page("/admin/tracker/issue/", size=NARROW)
    page.get_by_text("Menu", exact=True).click()

    heights = page.eval_on_selector_all(
        ".tasks-fold a, .quick a, .button, summary",
        "all => all.filter((part) => part.checkVisibility()).map((part) => [part.textContent, part.offsetHeight])",
    )

    assert [part for part in heights if part[1] < 36] == []


def test_the_theme_is_switched_by_hand_and_stays(site, open_page):
    page = open_page()
    shade = "getComputedStyle(document.body).backgroundColor"
    by_day = page.evaluate(shade)

    page.get_by_role("button", name="Toggle theme").click()
    by_night = page.evaluate(shade)
    page.reload()

    assert by_night != by_day
    assert page.evaluate(shade) == by_night


def test_an_owner_is_found_by_typing_and_filters_the_list(site, open_page):
    page = open_page("/admin/tracker/issue/")
    page.get_by_text("Filters", exact=True).click()

    page.locator("#filter-owner + .select2-container").click()
    page.get_by_role("searchbox").last.fill("rey")
    page.get_by_role("option", name="Mona Reyes").click()
    page.locator(".filter-choose", has=page.locator("#filter-owner")).get_by_role("button", name="Show").click()

    page.wait_for_url("**owner=*")
    assert page.locator("#result_list tbody tr").count() == 2


def test_an_issue_is_taken_from_identified_to_completed(site, open_page):
    page = open_page(f"/admin/tracker/issue/{site['issue']}/change/")
    status = page.locator(".head .badge").nth(1)

    assert page.get_by_text("Plan is not open yet").is_visible()
    page.get_by_role("link", name="Assign an owner").click()
    page.locator(".select2-container").click()
    page.get_by_role("searchbox").fill("mona@bright")
    page.get_by_role("option", name="Mona Reyes").click()
    page.get_by_role("button", name="Assign").click()
    page.get_by_role("button", name="Plan", exact=True).click()
    page.get_by_role("button", name="Start work").click()
    sync_api.expect(status).to_have_text("In progress")

    page.get_by_label("Note").fill("The new thermostat holds 220 degrees")
    page.get_by_label("Hours spent").fill("1.5")
    page.get_by_label("Links").fill("https://code.example.org/ovens/pull/14")
    page.get_by_role("button", name="Add note").click()
    sync_api.expect(page.locator(".timeline li").first).to_contain_text("Pull request https://code.example.org")
    page.get_by_role("button", name="Complete").click()

    sync_api.expect(status).to_have_text("Completed")
    sync_api.expect(page.locator(".timeline li").first).to_contain_text("In progress → Completed")


def test_a_prevention_measure_is_added_where_it_is_shown(site, open_page):
    page = open_page(f"/admin/tracker/issue/{site['issue']}/change/")

    page.get_by_text("Add a prevention measure").click()
    page.locator("#id_measure_category").select_option("monitoring")
    page.locator("#id_measure_text").fill("Alert when an oven is too hot")
    page.locator("#prevention .select2-container").click()
    page.get_by_role("searchbox").fill("mona@bright")
    page.get_by_role("option", name="Mona Reyes").click()
    page.get_by_role("button", name="Add", exact=True).click()

    sync_api.expect(page.locator("#prevention li")).to_contain_text("Monitoring · Mona Reyes · Proposed")


def test_a_deadline_is_moved_where_it_is_shown(site, open_page):
    page = open_page(f"/admin/tracker/issue/{site['issue']}/change/")

    page.get_by_text("Move the deadline").click()
    page.locator("#id_deadline_deadline").fill("2031-05-06T17:30")
    page.locator("#id_deadline_reason").fill("parts come from overseas")
    page.get_by_role("button", name="Move", exact=True).click()

    sync_api.expect(page.locator("#facts")).to_contain_text("Tue 6 May 2031, 17:30 UTC")
    sync_api.expect(page.locator(".timeline")).to_contain_text("parts come from overseas")


def test_several_issues_are_assigned_at_once(site, open_page):
    Owner.objects.create(name="Pia Lind")
    page = open_page("/admin/tracker/issue/?who=nobody&priority=P0")
    number = page.locator("#result_list tbody tr").count()

    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option(label="Assign to an owner …")
    page.get_by_role("button", name="Go").click()
    page.locator(".select2-container").click()
    page.get_by_role("searchbox").fill("pia")
    page.get_by_role("option", name="Pia Lind").click()
    page.get_by_role("button", name="Assign").click()

    word = "issue" if number == 1 else "issues"
    sync_api.expect(page.locator(".messagelist")).to_contain_text(f"{number} {word} assigned to Pia Lind")


def test_issues_that_got_the_wrong_owner_are_given_back_by_one_click(site, open_page):
    Owner.objects.create(name="Pia Lind")
    page = open_page("/admin/tracker/issue/?who=nobody", bypass_csp=True)
    number = page.locator("#result_list tbody tr").count()
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option(label="Assign to an owner …")
    page.get_by_role("button", name="Go").click()
    page.locator(".select2-container").click()
    page.get_by_role("searchbox").fill("pia")
    page.get_by_role("option", name="Pia Lind").click()
    page.get_by_role("button", name="Assign").click()
    sync_api.expect(page.locator(".messagelist")).to_contain_text("assigned to Pia Lind")
    satisfies_wcag_aa(page)

    page.get_by_role("button", name="Undo").click()

    sync_api.expect(page.locator(".messagelist")).to_contain_text(f"{number} issues changed back.")
    sync_api.expect(page.locator("#result_list tbody tr")).to_have_count(number)
    assert number > 1


def test_a_related_owner_is_added_in_a_window_of_its_own(site, open_page):
    page = open_page(f"/admin/tracker/owner/{site['owner']}/change/")

    with page.expect_popup() as opened:
        page.locator("#add_id_reports_to").click()
    window = opened.value
    window.get_by_label("Name:", exact=True).fill("Ada Boss")
    window.get_by_role("button", name="Save", exact=True).click()

    sync_api.expect(page.locator("#select2-id_reports_to-container")).to_have_text(re.compile("Ada Boss"))


def test_the_selector_of_permissions_works(site, open_page):
    page = open_page("/admin/auth/group/add/")

    page.get_by_label("Name:").fill("Readers")
    page.locator("#id_permissions_input").fill("can view issue")
    page.locator("#id_permissions_from").select_option(index=0)
    page.locator("#id_permissions_add").click()
    page.get_by_role("button", name="Save", exact=True).click()

    page.wait_for_url("**/admin/auth/group/")
    assert User.objects.exists()
    assert Analysis.objects.count() == 1


def test_the_calendar_of_a_date_field_works(site, open_page):
    page = open_page(f"/admin/auth/user/{site['user']}/change/")
    joined = page.locator("#id_date_joined_0")

    joined.fill("2020-02-03")
    page.locator(".field-date_joined .datetimeshortcuts").first.get_by_role("link").nth(1).click()
    page.locator(".calendarbox").last.get_by_role("link", name="17", exact=True).click()

    sync_api.expect(joined).to_have_value("2020-02-17")
