"""From an analysis to a validated issue by clicking in Chromium, with a suite of tests that fails and then passes."""

import importlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from tracker.choices import Door, RunOutcome, RunState, Status
from tracker.models import Issue, ValidationRun
from tracker.tests import test_admin_browser as browser
from tracker.tests.leaving import leave
from tracker.tests.validating import FAILING, PASSING, command, ran, suite, with_entry
from tracker.validation import requests, run

pytestmark = browser.pytestmark
chromium = browser.chromium
expect = browser.sync_api.expect

GROUPS = importlib.import_module("tracker.migrations.0005_groups")
SAMPLE = Path(settings.BASE_DIR) / "samples" / "2026-08-04-ticket-sale-queue.md"
TITLE = re.compile("Close the waiting room whenever its counter is missing", re.IGNORECASE)


class Story:
    """An issue of an analysis on its way, page by page, by three people."""

    def __init__(self, page_of: Callable[[str], object], work: Callable[[], None], look: Callable[..., None]) -> None:
        """`work` carries out what waits for a worker; `look` is called with each page worth a look, and its name."""
        self.mona, self.olga, self.lee = (page_of(name) for name in ("mona", "olga", "lee"))
        self.work, self.look = work, look
        self.issue = ""

    def track(self) -> None:
        """Upload the analysis, give the entry to Olga and accept it."""
        page = self.mona
        page.goto("/admin/tracker/analysis/add/")
        page.get_by_label("Markdown files").set_input_files(str(SAMPLE))
        page.get_by_role("button", name="Read and review").click()
        entry = page.locator("article.entry", has=page.get_by_role("heading", name=TITLE))
        entry.get_by_label("Owner").fill("olga@example.org")
        self.look(page, "review")
        entry.get_by_role("button", name="Accept").click()
        entry.get_by_role("link", name="P0-").click()
        expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
        self.issue = page.url

    def open(self, page: object) -> object:
        """The page of the issue, as that person sees it now."""
        page.goto(self.issue)
        return page

    def press(self, page: object, name: str, *, says: str) -> None:
        """Press a button of the next step and read what came of it."""
        page.locator("#next").get_by_role("button", name=name, exact=True).click()
        expect(page.locator(".messagelist")).to_contain_text(says)

    def note(self, page: object, text: str, hours: str) -> None:
        """Note what was done."""
        page.get_by_label("Note", exact=True).fill(text)
        page.get_by_label("Hours spent").fill(hours)
        page.get_by_role("button", name="Add note").click()
        expect(page.locator("#history")).to_contain_text(text)

    def begin(self) -> None:
        """Confirm what executes the first check, plan and start."""
        page = self.open(self.olga)
        self.look(page, "identified")
        page.get_by_role("button", name="Confirm waiting-room").click()
        expect(page.locator("#checks")).to_contain_text("Executed by waiting-room")
        self.press(page, "Plan", says="“Plan” done")
        self.press(page, "Start work", says="“Start work” done")
        expect(page.locator("#next")).to_contain_text("Complete is not open yet. It needs a progress or evidence note")
        self.look(page, "started")

    def complete(self, text: str) -> None:
        """Note the work and call it complete."""
        page = self.open(self.olga)
        self.note(page, text, "2.5")
        self.press(page, "Complete", says="“Complete” done")

    def run_checks(self, name: str) -> None:
        """Ask for a run, see that it waits, and let it be carried out."""
        page = self.open(self.olga)
        page.get_by_role("button", name="Run the checks").click()
        expect(page.locator("#checks [data-watch]")).to_be_visible()
        self.look(page, f"{name}-asked")
        self.work()
        expect(page.locator("#checks [data-watch]")).to_have_count(0)  # the page reads itself again
        self.look(page, name)

    def read_why(self) -> None:
        """Follow the failed run to what its tests wrote."""
        page = self.open(self.olga)
        expect(page.locator(".head")).to_contain_text("Validation failed")
        expect(page.locator("#checks")).to_contain_text("1 of 1 test failed")
        page.get_by_role("link", name="Validation run").click()
        expect(page.locator("pre.output").first).to_contain_text("assert 'slow' == 'fast'")
        self.look(page, "failed-run")

    def refused(self, page: object, *sentences: str) -> None:
        """See that validating is shut, and why."""
        self.open(page)
        expect(page.locator("#next").get_by_role("button", name="Validate", exact=True)).to_have_count(0)
        for sentence in sentences:
            expect(page.locator("#next .shut", has_text="Validate is not open yet")).to_contain_text(sentence)

    def sign(self) -> None:
        """Let somebody who is not the owner look at what no suite tests."""
        page = self.open(self.olga)
        expect(page.locator("#checks")).to_contain_text("to sign off by somebody who is not the owner")
        expect(page.get_by_role("link", name="Sign off")).to_have_count(0)
        page = self.open(self.lee)
        self.look(page, "to-sign")
        page.get_by_role("link", name="Sign off").click()
        page.get_by_label("What did you look at").fill("I watched the rehearsal: 2,600 payments came back in 41 s.")
        self.look(page, "sign-off")
        page.get_by_role("button", name="Sign").click()
        expect(page.locator("#checks")).to_contain_text("I watched the rehearsal")

    def prevent(self) -> None:
        """Follow the refusal to the prevention measure that is missing."""
        page = self.open(self.olga)
        page.get_by_role("link", name="Add a prevention measure").click()
        page.get_by_label("Measure").fill("Alert when the counter falls by more than half within a second.")
        page.get_by_label("Category").select_option("monitoring")
        self.look(page, "measure")
        page.get_by_role("button", name="Add").click()
        expect(page.locator("#prevention")).to_contain_text("Monitoring · Olga Brandt · Proposed")

    def validate(self) -> None:
        """Let somebody who is not the owner press Validate."""
        page = self.open(self.mona)
        self.look(page, "to-validate")
        self.press(page, "Validate", says="“Validate” done")
        expect(page.locator(".head")).to_contain_text("Validated")
        self.look(page, "validated")

    def tell(self, suite_says: Callable[[str], None]) -> None:
        """All of it, in its order."""
        suite_says(FAILING)
        self.track()
        self.begin()
        self.complete("The room closes when its counter is missing.")
        self.refused(self.mona, "no validation run that started after completion has passed every check")
        self.look(self.mona, "refused")
        self.run_checks("failed")
        self.read_why()
        self.press(self.open(self.olga), "Work on it again", says="“Work on it again” done")
        suite_says(PASSING)
        self.complete("Now it also closes when the counter falls.")
        self.run_checks("passed")
        self.refused(self.mona, ": waits for a sign-off)")
        self.sign()
        self.refused(self.mona, "The fix of a P0 issue needs a prevention measure: add one.")
        self.prevent()
        self.refused(self.olga, "A P0 issue is validated by a named person who is not its owner.")
        self.validate()


@pytest.fixture
def people(make_user, make_owner):
    """A manager, the engineer who does the work, and another engineer."""
    GROUPS.add_groups(apps, connection.schema_editor())  # an earlier test of a whole site has emptied the tables
    accounts = {name: make_user(name, is_staff=True) for name in ("mona", "olga", "lee")}
    for name, account in accounts.items():
        account.groups.add(Group.objects.get(name="Manager" if name == "mona" else "Engineer"))
    make_owner("Olga Brandt", email="olga@example.org", user=accounts["olga"])
    return accounts


@pytest.fixture
def page_of(chromium, live_server):
    """A browser of its own for each person; its errors fail the test."""
    errors, contexts = [], []

    def open_for(username, **options):
        options = {"viewport": browser.WIDE, "reduced_motion": "reduce"} | options
        context = chromium.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        context.set_default_timeout(20_000)
        context.add_cookies([{"name": "sessionid", "value": browser.session_of(username), "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        page.on("console", lambda line: errors.append(f"{page.url}: {line.text}") if line.type == "error" else None)
        return page

    yield open_for
    for context in contexts:
        leave(context)
    assert not errors


def look(page, name):
    """Nothing on the page lies beyond a narrow screen."""
    page.set_viewport_size(browser.NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= browser.NARROW["width"], name
    page.set_viewport_size(browser.WIDE)


def carry_out():
    """What the worker does with the run that waits for it."""
    run.execute(ValidationRun.objects.get(state=RunState.QUEUED).pk, clock=timezone.now)


def test_an_issue_of_an_analysis_goes_from_identified_to_validated_in_the_browser(people, page_of, catalogue, tmp_path):
    catalogue(waiting_room=suite(tmp_path, words=["counter deleted"]))

    Story(page_of, carry_out, look).tell((tmp_path / "test_shop.py").write_text)

    issue = Issue.objects.get()
    steps = [(each.new_status, each.actor_name) for each in reversed(issue.changes.all())]
    assert steps == [
        (Status.IDENTIFIED, "mona"),
        (Status.PLANNED, "olga"),
        (Status.IN_PROGRESS, "olga"),
        (Status.COMPLETED, "olga"),
        (Status.FAILED, "Task"),
        (Status.IN_PROGRESS, "olga"),
        (Status.COMPLETED, "olga"),
        (Status.VALIDATED, "mona"),
    ]


def test_what_a_running_check_writes_is_seen_without_a_click_and_so_is_its_end(
    people, page_of, make_issue, catalogue, tmp_path
):
    catalogue(slow=suite(tmp_path))
    issue = make_issue(status=Status.COMPLETED)
    with_entry(issue, "slow")
    made = requests.request_run(issue.pk, actor=people["mona"], door=Door.ADMIN, now=timezone.now())
    mine = ValidationRun.objects.filter(pk=made.pk)
    page, other = page_of("mona"), page_of("lee")
    page.goto(f"/admin/tracker/validationrun/{made.pk}/change/")
    expect(page.get_by_text("Queued")).to_be_visible()
    other.goto(f"/admin/tracker/issue/{issue.pk}/change/")

    so_far = {"sentence": "Check 1 of 1", "tail": "test_shop.py <b>.F</b>"}
    mine.update(state=RunState.RUNNING, started_at=timezone.now(), **so_far)
    expect(page.get_by_label("Last lines")).to_have_text("test_shop.py <b>.F</b>")
    expect(page.get_by_text("Running", exact=True)).to_be_visible()
    expect(other.locator("#checks")).to_contain_text("Check 1 of 1")

    mine.update(state=RunState.QUEUED)
    run.execute(made.pk, clock=timezone.now)
    expect(page.get_by_text("Error", exact=True).first).to_be_visible()  # there is no test_shop.py
    expect(page.locator("[data-watch]")).to_have_count(0)
    expect(other.locator("#checks [data-watch]")).to_have_count(0)


def test_what_somebody_is_writing_is_kept_when_a_run_ends(people, page_of, make_issue, make_owner):
    issue = make_issue(status=Status.IN_PROGRESS, owner=make_owner("Mona Reyes"))
    issue.checks.create(text="The page looks right")
    made = issue.validation_runs.create(
        state=RunState.RUNNING, source="worker", door=Door.ADMIN, requested_at=timezone.now()
    )
    page = page_of("mona")
    page.goto(f"/admin/tracker/issue/{issue.pk}/change/")
    page.get_by_label("Note", exact=True).fill("Half a sentence")

    made.state, made.outcome, made.finished_at = RunState.FINISHED, RunOutcome.ERROR, timezone.now()
    made.save()

    expect(page.locator("#checks")).to_contain_text("It has ended: reload the page")
    expect(page.get_by_label("Note", exact=True)).to_have_value("Half a sentence")


def test_the_page_of_a_run_satisfies_wcag_aa_by_day_and_by_night(people, page_of, make_issue, catalogue, tmp_path):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    catalogue(login=command("print('x' * 9000)", tmp_path))
    issue = make_issue(status=Status.COMPLETED)
    with_entry(issue, "login")
    made = ran(issue)
    page = page_of("mona", bypass_csp=True)  # what examines the page styles it
    page.goto(f"/admin/tracker/validationrun/{made.pk}/change/")

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = axe.run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]}).response["violations"]
        told = "\n".join(f"{rule['id']}: {node['html'][:300]}" for rule in found for node in rule["nodes"][:3])
        assert told == "", scheme
