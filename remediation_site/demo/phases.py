"""The acts of the story. Each yields a line for everything that happened, or raises StoryBroke."""

import re
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings

from alerts import links, silences
from alerts.choices import Level, SilenceDoor
from alerts.models import Alert
from dashboard.metrics.filters import MONTH
from dashboard.refresh import bring_ledger_up, refresh
from dashboard.reports import formats, overview, report
from remediation_site.demo.playing import CATALOGUE
from remediation_site.demo.stage import HOUR, Stage, enter_people, expect
from tracker import amend, decisions, intake, prevention, returns, tracking, workflow
from tracker.choices import Decision, MeasureCategory, Priority, RunOutcome, Status
from tracker.models import Analysis, Issue, Owner, Recurrence, RevenueProfile
from tracker.refusals import Refused
from tracker.validation import run, sign_offs
from tracker.validation.choosing import confirm_entry
from tracker.validation.requests import request_run

SAMPLES = Path(settings.BASE_DIR) / "samples"
FIRST, RETURN = "2026-10-02-checkout-timeouts.md", "2026-11-16-checkout-timeouts-return.md"
CHECKOUT, TIMEOUT = "checkout", "timeout"  # the two urgent issues that the story follows
LIMIT_FILE = "timeout-seconds.txt"
CHECK = f"""
import pathlib, sys
limit = pathlib.Path(__file__).with_name("{LIMIT_FILE}")
if not limit.exists():
    sys.exit("FAILED: the gateway client has no timeout")
print("passed: the gateway client gives up after", limit.read_text().strip(), "seconds")
"""


def extraction(stage: Stage) -> Iterator[str]:
    """Phase 1: every analysis is read, and every line of one is decided about."""
    yield from enter_people()
    enter_revenue(stage)
    paths = sorted(path for path in SAMPLES.glob("*.md") if path.name != RETURN)
    for path in paths:
        text = path.read_text(encoding="utf-8")
        intake.import_analysis(text, source=path.name, **stage.hand("Jonas Weber"))
    entries = sum(analysis.items.issues().count() for analysis in Analysis.objects.all())
    yield f"{len(paths)} analyses read: {entries} entries ask for work, each beside its line"
    first = Analysis.objects.get(source=FIRST)
    tracked = decisions.add_all(first.pk, **stage.hand("Jonas Weber"))
    expect(tracked, f"Nothing of {FIRST} was tracked.")
    expect(first.items.issues().filter(decision=Decision.PENDING).count() == 0, f"{FIRST} still waits for decisions.")
    yield f"{FIRST}: {len(tracked)} issues tracked, {tracked[0].reference} to {tracked[-1].reference}"
    again = intake.import_analysis(first.text, source=FIRST, **stage.hand("Jonas Weber"))
    expect(again.analysis == first and Issue.objects.count() == len(tracked), "A second import made duplicates.")
    yield "the same analysis imported again: nothing was added"


def assignment(stage: Stage) -> Iterator[str]:
    """Phase 1 goes on: somebody does it, by a deadline."""
    stage.after(minutes=30)
    urgent = Issue.objects.filter(priority=Priority.P0).order_by("pk")
    expect(urgent.count() >= 2, "The first sample should have two urgent issues.")
    stage.issues[CHECKOUT], stage.issues[TIMEOUT] = urgent[:2]
    for issue in Issue.objects.filter(owner=None):
        amend.assign(issue.pk, Owner.objects.get(name="Mateus Lindqvist"), **stage.hand("Priya Nair"))
    expect(not Issue.objects.filter(owner=None).exists(), "An issue has no owner.")
    for issue in urgent:
        yield f"{issue.reference} {issue.title[:60]}: {issue.owner}, by {issue.deadline:%d %b %H:%M}"


def work(stage: Stage) -> Iterator[str]:
    """Phase 2: the work is done, and a gate stays shut until there is something to show."""
    issue = stage.issues[CHECKOUT]
    for status in (Status.PLANNED, Status.IN_PROGRESS):
        move(stage, issue, status, "Ines Okafor")
    stage.after(hours=10)
    yield f"{issue.reference} is planned and in progress"
    yield refused(stage, issue, Status.COMPLETED, "Ines Okafor")
    note = {"note": "The call to the acquirer comes before the transaction now.", "hours": Decimal("3.5")}
    move(stage, issue, Status.COMPLETED, "Ines Okafor", **note)
    yield "a note with 3.5 hours opens it: completed"


def validation(stage: Stage) -> Iterator[str]:
    """Phase 3: a real check fails, the work goes on, the check passes, and another person validates."""
    issue = stage.issues[CHECKOUT]
    write_catalogue(stage)
    yield refused(stage, issue, Status.VALIDATED, "Jonas Weber")
    checks = list(issue.checks.all())
    expect(checks, f"{issue.reference} has no checks.")
    confirm_entry(checks[0].pk, "gateway-timeout", **stage.hand("Ines Okafor"))
    found = run_checks(stage, issue)
    issue.refresh_from_db()
    expect((found, issue.status) == (RunOutcome.FAILED, Status.FAILED), "The first run should have failed.")
    yield f"the check runs for real and fails: {issue.reference} is {Status(issue.status).label.lower()}"
    move(stage, issue, Status.IN_PROGRESS, "Ines Okafor")
    stage.after(hours=2)
    stage.write(LIMIT_FILE, b"8\n")
    move(stage, issue, Status.COMPLETED, "Ines Okafor", note="The client gives up after 8 s.", hours=Decimal("1.5"))
    run_checks(stage, issue)
    for check in checks[1:]:
        sign_offs.sign_off(check.pk, "Seen in the load test of this morning.", **stage.hand("Priya Nair"))
    latest = issue.validation_runs.latest("pk")
    expect(latest.outcome == RunOutcome.PASSED, f"The second run ended with {latest.outcome}: {latest.sentence}")
    yield f"mended, and run again: passed, {len(checks) - 1} checks signed by a person who is not the owner"
    yield refused(stage, issue, Status.VALIDATED, "Jonas Weber")
    measure = {"category": MeasureCategory.TEST, "owner": None, **stage.hand("Priya Nair")}
    prevention.propose(issue.pk, "A load test in which the acquirer needs 15 seconds", **measure)
    move(stage, issue, Status.VALIDATED, "Jonas Weber")
    yield f"{issue.reference} is validated by Jonas Weber"


def escalation(stage: Stage) -> Iterator[str]:
    """The other urgent issue is forgotten: owner, Team Lead, management and the executive are told in turn."""
    issue = stage.issues[TIMEOUT]
    late = max(1, int((issue.deadline - stage.now) / HOUR) + 1)
    stage.watch(late)
    for name, level, hours in (
        (issue.owner.name, Level.OWNER, 0),
        ("Priya Nair", Level.TEAM_LEAD, 5),
        ("Jonas Weber", Level.MANAGEMENT, 5),
        ("Helen Marsh", Level.EXECUTIVE, 17),
    ):
        stage.watch(hours)
        told = [mail for mail in stage.mails(name) if _escalates(issue).search(body(mail))]
        expect(told, f"{name} was not told of {issue.reference}.")
        overdue = round((stage.now - issue.deadline) / HOUR)
        yield f"{overdue:>3} h overdue: {Level(level).label}, {name}: {told[-1]['Subject'][:90]}"
    alert = Alert.objects.get(issue=issue, rule="overdue", resolved_at=None)
    expect(alert.severity == "emergency", f"The alert of {issue.reference} is no emergency after a day.")


def acknowledgement(stage: Stage) -> Iterator[str]:
    """The executive presses the link in the mail; it is quiet, escalation goes on later, and ends with the cause."""
    issue, alert = stage.issues[TIMEOUT], Alert.objects.get(issue=stage.issues[TIMEOUT], rule="overdue")
    named = links.read(_last_link(stage, issue), stage.now)
    expect(not isinstance(named, str), f"The link of the mail was refused: {named}")
    pressed = {"name": named.name, "link": named.link, "door": SilenceDoor.LINK, "now": stage.now}
    silences.acknowledge(named.alert.pk, actor=None, **pressed)
    before = len(_of(stage, issue))
    stage.watch(7)
    expect(len(_of(stage, issue)) == before, "Somebody was told again during the acknowledgement.")
    yield "Helen Marsh acknowledges by the link in the mail: 7 hours of quiet"
    stage.watch(3)
    expect(len(_of(stage, issue)) > before, "Nobody was told again after the acknowledgement.")
    yield "the acknowledgement ends, the cause is still there: they are told again"
    for status in (Status.PLANNED, Status.IN_PROGRESS):
        move(stage, issue, status, "Priya Nair")
    stage.after(hours=2)
    move(stage, issue, Status.COMPLETED, "Priya Nair", note="Timeout of 8 s, rolled out.", hours=Decimal(2))
    stage.watch(1)
    alert.refresh_from_db()
    expect(alert.resolved_at, "The alert did not end with its cause.")
    expect("RESOLVED" in body(stage.mails("Helen Marsh")[-1]), "The executive was not told that it ended.")
    yield "the work is done: the alert ends by itself, and everybody who was told hears of it"


def value(stage: Stage) -> Iterator[str]:
    """Phase 5: what was at risk, what was protected, and the files that an executive reads."""
    refresh(stage.now)
    sheet = overview.sheet_of(MONTH, stage.now, now=stage.now)
    at_risk, protected = (sheet.figures[key].value for key in ("revenue_at_risk", "revenue_protected"))
    expect(at_risk and protected, "There is no revenue at risk or none protected.")
    yield f"{at_risk:,.2f} {sheet.currency} a month at risk, {protected:,.2f} {sheet.currency} protected this month"
    built = report.build(MONTH, stage.now)
    files = [stage.write("dashboard.html", overview.html(sheet, stage.now).encode())]
    for form in (formats.MARKDOWN, formats.HTML):
        files.append(stage.write(f"report.{form}", formats.write(built, form, stage.now).content))
    yield f"written: {', '.join(files)}"


def recurrence(stage: Stage) -> Iterator[str]:
    """Phase 4: six weeks later it is back, and the product knows it."""
    stage.after(days=(stage.now.replace(month=11, day=17) - stage.now).days)
    text = (SAMPLES / RETURN).read_text(encoding="utf-8")
    came = intake.import_analysis(text, source=RETURN, **stage.hand("Jonas Weber")).analysis
    decisions.add_all(came.pk, **stage.hand("Jonas Weber"))
    row = Recurrence.objects.filter(analysis=came).order_by("-score").first()
    expect(row and row.earlier.source == FIRST, f"{RETURN} was not recognised as a return of {FIRST}.")
    yield f"{RETURN} looks like a return of {FIRST} (score {row.score:.2f}): {row.reasons[0]}"
    before = Issue.objects.count()
    returns.confirm(row.pk, **stage.hand("Jonas Weber"))
    expect(Issue.objects.count() > before, "No issue asks why the measures did not hold.")
    bring_ledger_up(stage.now)
    yield "confirmed: open work is more urgent, and an issue asks why the earlier measures did not hold"


Act = Callable[[Stage], Iterator[str]]
ALERTING: tuple[Act, ...] = (escalation, acknowledgement)
STORIES: dict[str, tuple[Act, ...]] = {
    "full": (extraction, assignment, work, validation, *ALERTING, value, recurrence),
    "extract-only": (extraction,),
    "monitoring": (extraction, assignment, *ALERTING),
}


def enter_revenue(stage: Stage) -> None:
    """What there is to lose, so that figures are figures."""
    profile = RevenueProfile(
        effective_on=stage.now.date().replace(day=1), currency="EUR", mrr=Decimal(100_000), hourly_rate=Decimal(150)
    )
    profile.full_clean()
    profile.save()
    profile.streams.create(name="Shop", mrr=profile.mrr)


def write_catalogue(stage: Stage) -> None:
    """A check that is executed for real: a program that looks for the timeout."""
    stage.write("check.py", CHECK.encode())
    argv = f"[{sys.executable!r}, 'check.py']"
    folder = str(stage.folder.resolve())
    stage.write(
        CATALOGUE, f"[entries.gateway-timeout]\nkind = 'command'\nargv = {argv}\nfolder = {folder!r}\n".encode()
    )


def run_checks(stage: Stage, issue: Issue) -> str:
    """Run the checks of the issue here and now; the outcome."""
    stage.after(minutes=1)
    asked = request_run(issue.pk, **stage.hand("Ines Okafor"))
    stage.after(minutes=1)
    done = run.execute(asked.pk, clock=stage.clock)
    expect(done, f"The run of {issue.reference} was not carried out.")
    return done.outcome


def move(stage: Stage, issue: Issue, status: Status, name: str, **options: object) -> None:
    """Change the status, with a note where there is one, a minute later."""
    stage.after(minutes=1)
    tracking.change(issue.pk, status=status, **options, **stage.hand(name))


def refused(stage: Stage, issue: Issue, status: Status, name: str) -> str:
    """Try a step whose gate is shut: the first sentence of the refusal."""
    issue.refresh_from_db()
    try:
        workflow.apply(workflow.transition_to(status, issue), issue.pk, **stage.hand(name))
    except Refused as shut:
        return f"the gate to {status.label.lower()} is shut: {shut.reasons[0]}"
    expect(False, f"{issue.reference} became {status.label.lower()} through a gate that should be shut.")
    return ""


def body(mail: EmailMessage) -> str:
    """The text of a mail."""
    return mail.get_body(("plain",)).get_content()


def _of(stage: Stage, issue: Issue) -> list[EmailMessage]:
    """The mails to management and the executive that escalate the lateness of the issue; digests do not."""
    mails = [*stage.mails("Jonas Weber"), *stage.mails("Helen Marsh")]
    return [mail for mail in mails if _escalates(issue).search(body(mail))]


def _escalates(issue: Issue) -> re.Pattern:
    """The lines of a mail that tell somebody of a level about the lateness of the issue."""
    return re.compile(rf"{issue.reference} is past its deadline.*\n.* told to: ")


def _last_link(stage: Stage, issue: Issue) -> str:
    """The token of the last link to the executive that acknowledges this lateness, and not another alert."""
    told = re.compile(rf"{issue.reference} is past its deadline.*\n.*\n.*\n *Acknowledge: \S*/([^/\s]+)/?\s")
    found = [token for mail in stage.mails("Helen Marsh") for token in told.findall(body(mail))]
    expect(found, "No mail to the executive has a link that acknowledges.")
    return found[-1]
