"""The upload and review of analyses as a person meets them in Chromium, with and without scripts."""

import re

import pytest
from django.utils import timezone

from tracker import intake
from tracker.choices import Door, IssueKind, Status
from tracker.extraction.values import Reason, Statement
from tracker.models import Analysis, Issue
from tracker.tests import test_admin_browser as browser
from tracker.tests.extractions import check, issue, says, skipped
from tracker.tests.test_uploads import HEATING, PARCELS

pytestmark = browser.pytestmark
chromium, open_page = browser.chromium, browser.open_page
expect = browser.sync_api.expect

LONG = browser.LONG_WORD
TEXT = f"""# Ovens stayed cold

| What | Where |
|---|---|
| {LONG} | hall 3 |

## Actions

- Replace the relay of oven 3
- Find out why nobody was called, {LONG}
- Alert when an oven stays below 150 degrees
{"".join(f"{chr(10)}Bakers waited {hour} hours for the ovens to come back." for hour in range(60))}

- Bread is brown in every oven
- Bakers waited
"""
REASONS = (Reason("its verbs", 1.2), Reason("its shape", -0.4))


@pytest.fixture
def review(make_user, make_owner):
    """The address of the review of an analysis with one of everything."""
    mona = make_user("mona", is_staff=True, is_superuser=True)
    make_owner("Mona Reyes", user=mona, email="mona@brightloaf.example")
    last = TEXT.count("\n")
    found = says(
        issue("Replace the relay of oven 3", 9, reasons=REASONS, priority_stated=True),
        issue(f"Find out why nobody was called, {LONG}", 10, kind=IssueKind.INVESTIGATE, owner=f"Team {LONG}"),
        issue("Alert when an oven stays below 150 degrees", 11, kind=IssueKind.PREVENT, deadline="before Easter"),
        check("Bread is brown in every oven", last - 1, 9),
        skipped("Bakers waited", last),
        title="Ovens stayed cold",
        root_cause=Statement(13, "Bakers waited"),
    )
    hand = {"actor": mona, "door": Door.ADMIN, "now": timezone.now()}
    analysis = intake.store(found, TEXT, source=f"{LONG}.md", **hand).analysis
    return f"/admin/tracker/analysis/{analysis.pk}/change/"


PAGES = ("/admin/tracker/analysis/", "/admin/tracker/analysis/add/", "/admin/tracker/analysis/?q=nothing")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [browser.WIDE, browser.NARROW], ids=["wide", "narrow"])
def test_nothing_scrolls_sideways(review, open_page, scheme, size):
    page = open_page(size=size, scheme=scheme)

    for address in (*PAGES, review):
        page.goto(address)
        page.eval_on_selector_all("main details", "all => all.forEach((fold) => { fold.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], address


@pytest.mark.parametrize("address", [*PAGES, "review"])
def test_contrast_names_and_structure_satisfy_wcag_aa(review, open_page, address):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = open_page(review if address == "review" else address, bypass_csp=True)
    page.eval_on_selector_all("main details", "all => all.forEach((fold) => { fold.open = true; })")

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = axe.run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]}).response["violations"]
        told = "\n".join(f"{rule['id']}: {node['html'][:300]}" for rule in found for node in rule["nodes"][:3])
        assert told == "", scheme


def colour(page, selector):
    return page.locator(selector).evaluate("part => getComputedStyle(part).backgroundColor")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_an_entry_leads_to_its_line_in_the_source_which_is_highlighted(review, open_page, scripts):
    page = open_page(review, java_script_enabled=scripts, reduced_motion="reduce")
    plain = colour(page, "#L10")

    page.locator("#group-investigate .head .jump").click()

    expect(page.locator("#L10")).to_be_in_viewport()
    assert page.locator("#L10").text_content().startswith("Find out why nobody was called")
    assert colour(page, "#L10") != plain
    assert colour(page, "#L9") == plain


def test_a_check_under_its_issue_leads_to_the_check_and_opens_the_fold_that_hides_it(review, open_page):
    page = open_page(review, reduced_motion="reduce")
    page.get_by_text("1 check", exact=True).click()

    page.locator("#group-fix").get_by_role("link", name="Bread is brown in every oven").click()

    expect(page.locator("#group-check .entry")).to_be_in_viewport()


def test_back_leads_from_the_source_to_the_entry(review, open_page):
    page = open_page(review, size=browser.NARROW, reduced_motion="reduce")
    page.locator("#group-prevent .head .jump").click()
    expect(page.locator("#L11")).to_be_in_viewport()

    page.go_back()

    expect(page.locator("#group-prevent .head .jump")).to_be_in_viewport()


def test_an_owner_is_found_by_typing_and_goes_with_the_accepted_entry(review, open_page):
    page = open_page(review)
    entry = page.locator("#group-fix .entry")

    entry.get_by_label("Owner").press_sequentially("rey")
    expect(page.locator("#owners option")).to_have_count(1)
    entry.get_by_label("Owner").fill(page.locator("#owners option").get_attribute("value"))
    entry.get_by_label("Priority").select_option("P0")
    entry.get_by_role("button", name="Accept").click()

    expect(entry.get_by_text("Tracked", exact=True)).to_be_visible()
    created = Issue.objects.get()
    assert (created.owner.name, created.priority) == ("Mona Reyes", "P0")


def test_the_return_key_in_a_field_saves_and_accepts_nothing(review, open_page):
    page = open_page(review)
    entry = page.locator("#group-fix .entry")

    entry.get_by_label("Owner").fill("mona@brightloaf.example")
    entry.get_by_label("Owner").press("Enter")

    expect(entry.get_by_label("Owner")).to_have_value("Mona Reyes")
    assert not Issue.objects.exists()


def test_save_is_offered_when_something_was_changed(review, open_page):
    page = open_page(review)
    save = page.locator("#group-fix .entry .save")

    expect(save).to_be_hidden()
    page.locator("#group-fix .entry").get_by_label("Priority").select_option("P3")

    expect(save).to_be_visible()


def test_the_page_works_without_scripts(review, open_page):
    page = open_page(review, java_script_enabled=False, size=browser.NARROW)
    fix, investigate = page.locator("#group-fix .entry"), page.locator("#group-investigate .entry")

    fix.get_by_role("button", name="Accept").click()
    expect(fix.get_by_text("Tracked", exact=True)).to_be_visible()
    investigate.get_by_text("Dismiss…").click()
    investigate.get_by_label("Why is it not needed?").fill("We know why")
    investigate.get_by_label("Why is it not needed?").press("Enter")
    expect(investigate.get_by_text("We know why")).to_be_visible()
    investigate.get_by_role("button", name="Reconsider").click()
    expect(investigate.get_by_role("button", name="Accept")).to_be_visible()
    page.get_by_role("heading", name="Not taken").click()
    page.get_by_text("Track this anyway…").click()
    page.get_by_role("button", name="Track line").click()
    expect(page.get_by_role("heading", name="Bakers waited")).to_be_visible()
    page.get_by_text("Accept all 3…").click()
    page.get_by_role("button", name="Track all 3").click()

    expect(page.get_by_text("Every entry is decided")).to_be_visible()


def test_what_was_refused_is_told_where_it_was_asked(review, open_page):
    page = open_page(review, java_script_enabled=False)
    entry = page.locator("#group-prevent .entry")

    entry.get_by_label("Owner").fill("Nobody Known")
    entry.get_by_role("button", name="Accept").click()

    expect(entry.get_by_role("alert")).to_be_in_viewport()
    expect(entry.get_by_label("Owner")).to_have_value("Nobody Known")


def test_what_is_touched_on_the_review_is_big_enough(review, open_page):
    page = open_page(review, size=browser.NARROW)

    heights = page.eval_on_selector_all(
        ".entries .button, .entries summary, .entries select, .entries input, .entries .jump",
        "all => all.filter((part) => part.checkVisibility() && !part.closest('.visually-hidden'))"
        ".map((part) => [part.textContent, part.getBoundingClientRect().height])",
    )

    assert [part for part in heights if part[1] < 32] == []


def test_several_files_are_uploaded_and_the_list_shows_them(review, open_page):
    page = open_page("/admin/tracker/analysis/add/")

    files = [
        {"name": name, "mimeType": "text/markdown", "buffer": data}
        for name, data in (("parcels.md", PARCELS.encode()), ("flats.md", HEATING.encode()), ("empty.md", b""))
    ]
    page.get_by_label("Markdown files").set_input_files(files)
    expect(page.locator(".chosen li")).to_have_count(3)
    page.get_by_role("button", name="Read and review").click()

    expect(page.locator(".messagelist")).to_contain_text("empty.md: it is empty")
    expect(page.locator("#result_list tbody tr")).to_have_count(2)
    assert Analysis.objects.filter(source__in=["parcels.md", "flats.md"]).count() == 2


def test_entries_are_decided_by_keyboard_alone(review, open_page):
    page = open_page(review, reduced_motion="reduce")

    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator("#group-fix .badge-added")).to_be_visible()

    page.keyboard.press("n")
    page.keyboard.press("d")
    page.keyboard.type("Somebody is called now")
    page.keyboard.press("Enter")
    expect(page.locator("#group-investigate .badge-dismissed")).to_be_visible()

    page.keyboard.press("u")
    expect(page.locator("#group-investigate .badge-dismissed")).to_have_count(0)
    assert list(Issue.objects.values_list("title", flat=True)) == ["Replace the relay of oven 3"]

    page.keyboard.press("k")
    page.keyboard.press("u")
    expect(page.locator("#group-fix .badge-added")).to_have_count(0)
    assert Issue.objects.get().status == Status.CANCELLED


def test_letters_are_letters_inside_a_field_and_when_the_keys_are_switched_off(review, open_page):
    page = open_page(review, reduced_motion="reduce")
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.keyboard.type("jajaja")
    expect(page.locator("#group-fix input[list=owners]")).to_have_value(re.compile("jajaja"))

    page.keyboard.press("Escape")
    page.get_by_text("Keyboard", exact=True).click()
    page.get_by_label("These keys work").uncheck()
    page.locator("#group-fix .entry").focus()
    page.keyboard.press("a")
    page.reload()

    expect(page.get_by_label("These keys work")).not_to_be_checked()
    assert not Issue.objects.exists()
