"""The whole path in Chromium, by clicks alone: from the upload of an analysis to the executive who reads its outcome.

Everything is real: `manage.py up` with its workers, a command of the catalogue, a mail server that takes the alert.
"""

import json
import re

import pytest

from remediation_site.tests.hosts import Host, both_up
from remediation_site.tests.walking import PATIENCE, Person, expect
from remediation_site.tests.work import until
from tracker.tests import test_admin_browser as browser
from tracker.tests.validating import command, toml

pytestmark = [pytest.mark.process, browser.pytestmark[0]]
chromium = browser.chromium

PASSWORD = "walk the whole way"
FIX = "Repair the form that takes a postcode of another city"
ANALYSIS = f"""# Parcels went to the wrong city

## Actions

- [ ] P0: {FIX}
- [ ] P1: Find out why the carrier accepted the labels
- [ ] P3: Paint the sorting hall

## How we check it

- With a wrong postcode in the form, no label is printed.
- The people at the belt say that no parcel came back.
"""
PEOPLE = f"""
from datetime import timedelta
from django.contrib.auth.models import Group, User
from django.utils import timezone
from tracker.models import Owner, RevenueProfile

def person(name, group, full_name, **fields):
    user = User.objects.create_user(name, password={PASSWORD!r}, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return Owner.objects.create(name=full_name, email=f"{{name}}@example.org", user=user, **fields)

helen = person("helen", "Executive", "Helen Marsh", role="executive")
mona = person("mona", "Manager", "Mona Reyes", role="manager", reports_to=helen)
lee = person("lee", "Manager", "Lee Okafor", role="team_lead", reports_to=mona)
person("olga", "Engineer", "Olga Brandt", reports_to=lee)
day = timezone.now().date() - timedelta(days=60)
RevenueProfile.objects.create(effective_on=day, currency="USD", mrr=60_000, hourly_rate=120)
"""
OUTCOME = """
import json
from alerts.models import Alert
from tracker.models import Issue
issue = Issue.objects.get(priority="P0")
steps = [[each.new_status, each.actor_name] for each in reversed(issue.changes.all())]
alert = Alert.objects.get(issue=issue, rule="validation_failed")
silences = [[each.door, each.by_name] for each in alert.silences.all()]
signed = [each.signed_by_name for each in issue.checks.last().results.all() if each.signed_by_name]
print(json.dumps({"steps": steps, "signed": signed, "silences": silences, "over": alert.resolved_at is not None}))
"""


@pytest.fixture
def labels(tmp_path):
    """What the check of the catalogue looks at: it fails while the file says that such labels are accepted."""
    path = tmp_path / "labels.txt"
    path.write_text("10115 Hamburg: accepted")
    return path


@pytest.fixture
def host(site_environment, tmp_path, mailbox, labels):
    code = f"words = open({str(labels)!r}).read(); print(words); raise SystemExit('accepted' in words)"
    (tmp_path / "validation.toml").write_text(toml(labels=command(code, tmp_path, words=["wrong postcode"])))
    settings = {
        "SECRET_KEY": "a-story-of-one-analysis-Zr5Yq0Wm3Kx8Vb1Tn6Hc4Jd9Lf2Gs7Pa",
        "DATABASE_URL": site_environment["DATABASE_URL"],
        "EMAIL_URL": mailbox.url,
        "DEFAULT_FROM_EMAIL": "alerts@example.org",
        "VALIDATION_CATALOGUE": str(tmp_path / "validation.toml"),
    }
    host = Host("story", tmp_path, settings)
    both_up([host])
    host.shell(PEOPLE)
    yield host
    host.stop()


@pytest.fixture
def comes(chromium, host):
    """Let somebody come to the site, logged in when a name is said."""

    people = []

    def comes(name: str = "") -> Person:
        person = Person(chromium, host.url, name)
        people.append(person)
        if name:
            person.log_in(PASSWORD)
        return person

    yield comes
    for person in people:
        person.leave()
    assert [problem for person in people for problem in person.problems] == []


def review(mona: Person) -> str:
    """Upload the analysis, decide its entries by keyboard and by mouse; the address of the issue."""
    mona.follow("Analyses")
    mona.look()
    mona.follow("Add analyses")
    mona.look()
    file = {"name": "parcels.md", "mimeType": "text/markdown", "buffer": ANALYSIS.encode()}
    mona.page.get_by_label("Markdown files").set_input_files([file])
    mona.press("Read and review")
    mona.reads(".standing", "0 of 3 decided")
    mona.look()
    mona.page.keyboard.press("j")
    mona.page.keyboard.press("a")
    mona.reads(".standing", "1 of 3 decided")
    mona.page.get_by_role("button", name=re.compile("Accept.*Find out why")).click()
    mona.reads(".standing", "2 of 3 decided")
    mona.page.keyboard.press("n")
    mona.page.keyboard.press("d")
    mona.page.keyboard.type("The hall is painted next year")
    mona.page.keyboard.press("Enter")
    mona.reads(".standing", "Every entry is decided")
    mona.look()
    mona.follow("P0-")
    mona.reads("h1", FIX)
    return mona.page.url


def assign(mona: Person) -> None:
    """Give the issue to Olga, and a deadline with a reason."""
    mona.look()
    mona.reads("#next", "Plan is not open yet")
    mona.follow("Assign an owner", within="#next")
    mona.look()
    mona.page.locator(".select2-container").click()
    mona.page.get_by_role("searchbox").fill("olga@")
    mona.page.get_by_role("option", name="Olga Brandt").click()
    mona.press("Assign")
    mona.reads("#facts", "Olga Brandt")
    mona.page.get_by_text("Move the deadline").click()
    mona.page.locator("#id_deadline_deadline").fill("2031-05-06T17:30")
    mona.page.locator("#id_deadline_reason").fill("The carrier needs a week")
    mona.press("Move")
    mona.reads("#facts", "Tue 6 May 2031, 17:30")
    mona.look()


def take(olga: Person) -> None:
    """Find the issue under what is hers, confirm what checks it, plan it and start."""
    olga.follow("Mine")
    olga.reads("#result_list", FIX)
    olga.look()
    olga.follow(FIX)
    olga.press("Confirm labels")
    olga.reads("#checks", "Executed by labels")
    for step in ("Plan", "Start work"):
        olga.press(step, within="#next")
        olga.reads(".messagelist", f"“{step}” done")
    olga.reads("#next", "Complete is not open yet. It needs a progress or evidence note")
    olga.look()


def complete(olga: Person, words: str) -> None:
    """Note the work and call it complete."""
    olga.fill(Note=words, Hours_spent="2.5")
    olga.press("Add note")
    olga.reads("#history", words)
    olga.press("Complete", within="#next")
    olga.reads(".messagelist", "“Complete” done")


def shut(person: Person, issue: str, sentence: str) -> None:
    """See that validating is shut, and why."""
    person.go(issue)
    expect(person.page.locator("#next").get_by_role("button", name="Validate", exact=True)).to_have_count(0)
    person.reads("#next .shut", "Validate is not open yet")
    person.reads("#next .shut", sentence)
    person.look()


def run_checks(olga: Person, says: str) -> None:
    """Ask for a run, and watch until a worker has done it."""
    olga.press("Run the checks")
    expect(olga.page.locator("#checks [data-watch]")).to_have_count(0, timeout=PATIENCE * 1000)
    olga.reads("#checks", says)
    olga.look()


def read_why(olga: Person, issue: str) -> None:
    """Follow the failed run to what the command wrote."""
    olga.reads(".head", "Validation failed")
    olga.follow("Validation run", within="#checks")
    olga.reads("pre.output", "10115 Hamburg: accepted")
    olga.look()
    olga.go(issue)


def acknowledge(host: Host, comes, mailbox) -> None:
    """The alert reaches Olga by mail; its link asks for one click without a login, and works once."""
    host.command("monitor", "--once")
    (mail,) = until(lambda: mailbox.about("The validation of P0-"), what="the mail arrives")
    link = re.search(r"Acknowledge: (\S+)", mail).group(1)
    reader = comes()
    reader.go(link)
    reader.reads("h1", "Acknowledge this alert?")
    reader.look()
    reader.press("Acknowledge")
    reader.reads("h1", "Acknowledged")
    reader.look()
    reader.go(link, status=410)
    reader.reads("h1", "Not acknowledged")
    reader.look()


def prevent(olga: Person, issue: str) -> None:
    """Follow the refusal to the prevention measure that is missing."""
    olga.go(issue)
    olga.follow("Add a prevention measure", within="#next")
    olga.fill(Measure="Alert when a carrier accepts such a label")
    olga.page.get_by_label("Category").select_option("monitoring")
    olga.look()
    olga.press("Add")
    olga.reads("#prevention", "Monitoring · Olga Brandt · Proposed")


def sign(lee: Person, issue: str) -> None:
    """Let somebody who is not the owner sign what no command can look at."""
    lee.go(issue)
    lee.look()
    lee.follow("Sign off", within="#checks")
    lee.look()
    lee.page.get_by_label("What did you look at").fill("I asked both shifts at the belt.")
    lee.press("Sign")
    lee.reads("#checks", "I asked both shifts at the belt.")
    lee.look()


def read(helen: Person) -> None:
    """Open the overview, a figure, its rows; narrow it to a team; print it."""
    helen.follow("Overview")
    helen.reads("h1", "Overview")
    expect(helen.page.locator("[data-picture][hidden]")).to_have_count(0)
    helen.look()
    helen.page.get_by_label("Team of").select_option(label="Lee Okafor")
    helen.press("Show")
    helen.reads(".as-of", "team of Lee Okafor")
    assert helen.on_paper() == []
    helen.follow("Execution")
    with helen.page.expect_navigation():
        helen.page.locator("#figure-validated .links a").first.click()
    helen.reads("main", FIX)
    helen.look()


def refused(helen: Person) -> None:
    """What is not for an executive is refused by a page that says what to do."""
    helen.go("/admin/tracker/analysis/add/", status=403)
    helen.reads("h1", "Not allowed")
    helen.reads("main", "Ask the administrator of this site for access.")
    helen.look()
    helen.follow("To the start page")
    helen.reads("h1", "What needs attention now")


def test_an_analysis_becomes_work_that_is_validated_and_that_the_executive_reads_of(host, comes, mailbox, labels):
    mona, olga = comes("mona"), comes("olga")
    issue = review(mona)
    assign(mona)
    take(olga)
    complete(olga, "The form compares the two")
    shut(mona, issue, "no validation run that started after completion has passed every check")
    run_checks(olga, "exit code")
    read_why(olga, issue)
    acknowledge(host, comes, mailbox)
    labels.write_text("10115 Hamburg: refused")
    olga.press("Work on it again", within="#next")
    complete(olga, "The service compares them, too")
    run_checks(olga, "Passed")
    prevent(olga, issue)
    lee = comes("lee")
    sign(lee, issue)
    lee.press("Validate", within="#next")
    lee.reads(".head", "Validated")
    host.command("monitor", "--once")
    helen = comes("helen")
    read(helen)
    refused(helen)

    assert json.loads(host.shell(OUTCOME)) == {
        "steps": [
            ["identified", "mona"],
            ["planned", "olga"],
            ["in_progress", "olga"],
            ["completed", "olga"],
            ["failed", "Task"],
            ["in_progress", "olga"],
            ["completed", "olga"],
            ["validated", "lee"],
        ],
        "signed": ["lee"],
        "silences": [["link", "Olga Brandt"]],
        "over": True,
    }
