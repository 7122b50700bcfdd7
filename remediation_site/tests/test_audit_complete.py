"""Nothing is changed without its row in the audit: each function that writes, each admin, accounts and sign-ins.

What takes an actor and a door, or a time, is taken for a function that writes. One that is new, or one whose row is
lost, fails here until it stands in CASES, or among those that only read.
"""

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from alerts import delivery, silences
from alerts.choices import MessageState, SilenceDoor
from alerts.tests.pages import make_alert, make_channel, make_message  # noqa: F401 - fixtures
from remediation_site import first_run
from remediation_site.api import tokens
from remediation_site.api.scopes import Scope
from remediation_site.models import SecondFactor
from remediation_site.signin import recovery
from tracker import (
    amend,
    decisions,
    entering,
    history_check,
    intake,
    own_zone,
    prevention,
    returns,
    tracking,
    undo,
    uploads,
    workflow,
)
from tracker.choices import (
    CheckOutcome,
    Door,
    IssueKind,
    ItemKind,
    MeasureCategory,
    MeasureState,
    Priority,
    Status,
)
from tracker.github import asking
from tracker.models import AuditEvent, GitHubLink, Issue, SkippedLine, System
from tracker.predecessor import run as predecessor
from tracker.tests.conftest import again, catalogue, completed, earlier, hand, likely, owner, put  # noqa: F401
from tracker.tests.extractions import check, issue, says, skipped
from tracker.tests.following import github, shop  # noqa: F401 - fixture
from tracker.tests.test_import_legacy import old
from tracker.tests.validating import suite
from tracker.validation import choosing, reported, requests, sign_offs

pytestmark = pytest.mark.django_db
PACKAGES = ("tracker", "alerts", "dashboard", "remediation_site")
SKIPPED = ("tests", "migrations", "training", "__main__", "wsgi", "cluster")
READS = {  # what takes the same arguments and changes nothing, or is no more than a part of one that stands in CASES
    "tracker.admin.issue_revenue.at_risk": "it shows",
    "tracker.audit.event": "makes the row that others write",
    "tracker.audit.name_of": "reads",
    "tracker.audit.record": "is the audit",
    "tracker.undo.made": "reads what was written",
    "tracker.history.stamp": "makes columns that others write",
    "remediation_site.signin.accounts.record_binding": "writes the row for its module",
    "dashboard.reports.keeping.keep": "a report is kept, and nothing is changed",
}
CASES: dict[str, Callable] = {}


def covers(*names: str) -> Callable:
    def keep(case: Callable) -> Callable:
        CASES.update(dict.fromkeys(names, case))
        return case

    return keep


def writing_functions() -> set[str]:
    found = set()
    for package in PACKAGES:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not set(SKIPPED) & set(module.name.split(".")):
                found |= {f"{module.name}.{name}" for name in functions_of(importlib.import_module(module.name))}
    return found


def functions_of(module) -> list[str]:
    return [
        name
        for name, value in vars(module).items()
        if inspect.isfunction(value)
        and inspect.unwrap(value).__module__ == module.__name__
        and not name.startswith("_")
        and {"actor", "creator"} & set(parameters := inspect.signature(value).parameters)
        and {"door", "now", "clock"} & set(parameters)
    ]


@pytest.fixture
def world(request, make_user, make_owner, make_issue, now):
    """What the cases need, made when they ask for it."""

    class World:
        hand = request.getfixturevalue("hand")
        boss = hand["actor"]

        begun = 0

        def begin(self):
            """What was written until now belongs to what the case needs."""
            self.begun = AuditEvent.objects.order_by("pk").values_list("pk", flat=True).last()

        def __getattr__(self, name):
            return request.getfixturevalue(name)

        def issue(self, **fields):
            return make_issue(**fields)

        def owner(self):
            return make_owner("Lee Okafor")

        def analysis(self):
            return self.put(
                says(
                    issue("Raise the pool size", 3),
                    issue("Alert on depth", 5),
                    check("It is 50", 9, 3),
                    skipped("Buy a pump", 7),
                )
            ).analysis

    return World()


@covers("tracker.amend.assign")
def assign(world):
    amend.assign(world.issue().pk, world.owner(), **world.hand)


@covers("tracker.amend.move_deadline")
def move_deadline(world):
    amend.move_deadline(world.issue().pk, world.now + timedelta(days=9), reason="It waits.", **world.hand)


@covers("tracker.amend.restore_deadline")
def restore_deadline(world):
    amend.restore_deadline(world.issue().pk, None, reason="Taken back.", **world.hand)


@covers("tracker.undo.take_back")
def take_back_a_change(world):
    before = world.issue()
    amend.assign(before.pk, world.owner(), **world.hand)
    made = undo.made([before], actor=world.boss, now=world.now)
    world.begin()
    undo.take_back(made[0], **world.hand)


@covers("tracker.own_zone.choose")
def choose_a_zone(world):
    world.make_owner("The boss", user=world.boss)
    own_zone.choose("Asia/Tokyo", **world.hand)


@covers("tracker.amend.set_priority")
def set_priority(world):
    amend.set_priority(world.issue().pk, Priority.P2, **world.hand)


@covers("tracker.amend.confirm_revenue")
def confirm_revenue(world):
    amend.confirm_revenue(world.issue().pk, Decimal(100), reason="The contract says so.", **world.hand)


@covers("tracker.amend.describe")
def describe(world):
    amend.describe(
        world.issue().pk, title="Another", kind=IssueKind.PREVENT, systems=System.objects.all()[:2], **world.hand
    )


@covers("tracker.amend.add_note")
def add_note(world):
    amend.add_note(world.issue().pk, "Half of it is done.", hours=Decimal("1.5"), **world.hand)


@covers("tracker.workflow.apply")
def apply(world):
    workflow.apply("plan", world.issue(owner=world.owner()).pk, **world.hand)


@covers("tracker.workflow.open_all")
def open_all(world):
    made = Issue(
        reference="P1-20260310-900", title="New", kind="fix", priority="P1", created_at=world.now, updated_at=world.now
    )
    workflow.open_all([made], status=Status.IDENTIFIED, **world.hand)


@covers("tracker.tracking.change")
def change(world):
    tracking.change(world.issue().pk, note="By command.", **world.hand)


@covers("tracker.prevention.propose")
def propose(world):
    return prevention.propose(
        world.issue().pk, "Alert", category=MeasureCategory.MONITORING, owner=world.owner(), **world.hand
    )


@covers("tracker.prevention.set_state")
def set_state(world):
    measure = propose(world)
    world.begin()
    prevention.set_state(measure.pk, MeasureState.IN_PLACE, **world.hand)


@covers("tracker.intake.import_analysis", "tracker.intake.store", "tracker.storing.write")
def import_analysis(world):
    intake.import_analysis("# Checkout times out\n\n- Raise the pool size\n", source="a.md", **world.hand)


@covers("tracker.uploads.take_text")
def take_text(world):
    uploads.take_text("# It fails\n\n- Raise the pool size\n", name="a.md", actor=world.boss, now=world.now)


@covers("tracker.uploads.take_files")
def take_files(world):
    uploads.take_files([SimpleUploadedFile("a.md", b"# It fails\n\n- Raise it\n")], actor=world.boss, now=world.now)


def new_analysis(world):
    origin = entering.Origin("table.csv", "A table", "Raise the pool size")
    return entering.open_origin(origin, actor=world.boss, now=world.now)


@covers("tracker.entering.open_origin")
def open_origin(world):
    new_analysis(world)


@covers("tracker.entering.track")
def track(world):
    analysis = new_analysis(world)
    world.begin()
    entering.track(
        [entering.NewIssue("Raise the pool size"), entering.NewIssue("Alert", done="Done.")], analysis, **world.hand
    )


@covers("tracker.predecessor.run.run")
def import_legacy(world):
    (world.tmp_path / "tracked_issues.json").write_text(json.dumps({"P0-20260310-001": old()}))
    later = world.hand | {"now": world.now + timedelta(days=1)}
    assert predecessor.run(world.tmp_path, write=True, zone="UTC", **later).written


def entry(world, kind=ItemKind.FIX):
    found = world.analysis().items.filter(kind=kind).order_by("line").first()
    world.begin()
    return found


@covers("tracker.decisions.add")
def add(world):
    decisions.add(entry(world).pk, **world.hand)


@covers("tracker.decisions.add_all")
def add_all(world):
    decisions.add_all(entry(world).analysis_id, **world.hand)


@covers("tracker.decisions.dismiss")
def dismiss(world):
    decisions.dismiss(entry(world).pk, reason="It is done elsewhere.", **world.hand)


@covers("tracker.decisions.reconsider")
def reconsider(world):
    item = entry(world)
    decisions.dismiss(item.pk, reason="It is done elsewhere.", **world.hand)
    world.begin()
    decisions.reconsider(item.pk, **world.hand)


@covers("tracker.decisions.take_back")
def take_an_acceptance_back(world):
    item = entry(world)
    decisions.add(item.pk, **world.hand)
    world.begin()
    decisions.take_back(item.pk, **world.hand)


@covers("tracker.decisions.dismiss_all")
def dismiss_all(world):
    decisions.dismiss_all(entry(world).analysis_id, reason="It is done elsewhere.", **world.hand)


@covers("tracker.uploads.take_back")
def take_an_upload_back(world):
    uploads.take_back(entry(world).analysis_id, **world.hand)


@covers("tracker.decisions.edit")
def edit(world):
    decisions.edit(entry(world).pk, priority=Priority.P0, **world.hand)


@covers("tracker.decisions.track_skipped")
def track_skipped(world):
    world.analysis()
    world.begin()
    decisions.track_skipped(SkippedLine.objects.get().pk, kind=ItemKind.FIX, **world.hand)


@covers("tracker.returns.confirm")
def confirm(world):
    pair = world.likely
    world.begin()
    returns.confirm(pair.pk, **world.hand)
    return pair


@covers("tracker.returns.reject")
def reject(world):
    returns.reject(world.likely.pk, **world.hand)


@covers("tracker.returns.same_incident")
def same_incident(world):
    returns.same_incident(world.likely.pk, **world.hand)


@covers("tracker.returns.take_back")
def take_back(world):
    pair = confirm(world)
    world.begin()
    returns.take_back(pair.pk, reason="It was another printer.", **world.hand)


@covers("tracker.validation.choosing.add_check")
def add_check(world):
    return choosing.add_check(world.issue().pk, "The pool is 50", **world.hand)


@covers("tracker.validation.choosing.confirm_entry")
def confirm_entry(world):
    made = add_check(world)
    world.begin()
    choosing.confirm_entry(made.pk, "", passes=3, **world.hand)


@covers("tracker.validation.choosing.confirm_proposals")
def confirm_proposals(world):
    world.catalogue(login=suite(world.tmp_path))
    made = world.issue()
    made.checks.create(text="The login works")
    choosing.confirm_proposals(made.pk, **world.hand)


def waiting(world):
    made = world.completed()
    made.checks.create(text="The pool is 50")
    return made


@covers("tracker.validation.requests.request_run", "tracker.validation.requests.opened")
def request_run(world):
    requests.request_run(waiting(world).pk, **world.hand | {"now": timezone.now()})


@covers("tracker.validation.sign_offs.sign_off")
def sign_off(world):
    made = waiting(world)
    requests.request_run(made.pk, **world.hand | {"now": timezone.now()})
    world.begin()
    sign_offs.sign_off(made.checks.get().pk, "I looked.", outcome=CheckOutcome.PASSED, **world.hand)


@covers("tracker.validation.reported.record")
def record(world):
    report = world.tmp_path / "report.xml"
    report.write_text('<testsuite tests="1" timestamp="2026-03-10T10:00:00+00:00"><testcase name="a"/></testsuite>')
    reported.record(world.completed().pk, report, "abcdef1", **world.hand | {"now": timezone.now()})


@covers("alerts.silences.acknowledge")
def acknowledge(world):
    return silences.acknowledge(world.make_alert().pk, actor=world.boss, door=SilenceDoor.ADMIN, now=world.now)


@covers("alerts.silences.snooze")
def snooze(world):
    until = world.now + timedelta(hours=2)
    silences.snooze(
        world.make_alert().pk,
        reason="A part is late.",
        until=until,
        actor=world.boss,
        door=SilenceDoor.ADMIN,
        now=world.now,
    )


@covers("alerts.silences.end")
def end(world):
    silence = acknowledge(world)
    world.begin()
    silences.end(silence.pk, actor=world.boss, now=world.now)


@covers("alerts.delivery.resend")
def resend(world):
    delivery.resend(world.make_message(state=MessageState.DEAD).pk, actor=world.boss, now=world.now)


@covers("alerts.delivery.send_test")
def send_test(world):
    delivery.send_test(world.make_channel(kind="log"), actor=world.boss, clock=timezone.now)


@covers("tracker.github.asking.ask")
def ask_github(world):
    return asking.ask(world.issue().pk, world.shop, **world.hand)


@covers("tracker.github.asking.stop")
def stop_github(world):
    link = ask_github(world)
    world.begin()
    asking.stop(link.pk, reason="We do it here.", **world.hand)
    return link


@covers("tracker.github.asking.resume")
def resume_github(world):
    link = stop_github(world)
    world.begin()
    asking.resume(link.pk, **world.hand)


@covers("tracker.github.asking.looked_at")
def looked_at_github(world):
    link = ask_github(world)
    GitHubLink.objects.update(attention="Closed there.")
    world.begin()
    asking.looked_at(link.pk, **world.hand)


@covers("remediation_site.api.tokens.create")
def create_token(world):
    scopes = [next(iter(Scope))]
    return tokens.create(world.boss, name="CI", scopes=scopes, creator=world.boss, door=Door.ADMIN, now=timezone.now())[
        0
    ]


@covers("remediation_site.api.tokens.service_of")
def service_of(world):
    group = Group.objects.get(name="Engineer")
    tokens.service_of("ci", group=group, creator=None, door=Door.COMMAND, now=world.now)


@covers("remediation_site.api.tokens.create_for_service")
def create_for_service(world):
    group = Group.objects.get(name="Engineer")
    what = {"name": "CI", "scopes": [next(iter(Scope))], "creator": None, "door": Door.COMMAND}
    tokens.create_for_service("ci", group=group, now=timezone.now(), **what)


@covers("remediation_site.api.tokens.revoke")
def revoke(world):
    token = create_token(world)
    world.begin()
    tokens.revoke(token, actor=world.boss, door=Door.ADMIN, now=timezone.now())


@covers("remediation_site.signin.recovery.take_away")
def take_away(world):
    factor = SecondFactor.objects.create(user=world.boss, key_encrypted=b"x", created_at=world.now)
    recovery.take_away(factor, actor=world.boss, now=world.now)


@covers("remediation_site.first_run.load_samples")
def load_samples(world):
    first_run.load_samples(actor=world.boss, now=world.now)


def test_every_function_that_writes_has_a_case():
    assert sorted(writing_functions() - set(READS) - set(CASES)) == []
    assert sorted((set(READS) | set(CASES)) - writing_functions()) == []


@pytest.mark.parametrize("name", CASES)
def test_a_function_that_writes_leaves_a_row_of_the_audit(world, name):
    CASES[name](world)

    rows = AuditEvent.objects.filter(pk__gt=world.begun).exclude(kind="auth.user", verb="add")  # people it needs
    assert rows.exists()
    assert all(row.label and row.actor_name and row.door for row in rows)
    assert list(history_check.findings()) == []
