"""Text that attacks whoever looks at it, in every field that people and analyses fill in, seen in Chromium.

Nothing of it becomes an element, runs or opens a dialog, on any page that shows it; the policy of the pages would stop
it too, but does not have to.
"""

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import Group
from django.utils import timezone

from alerts.models import Channel
from alerts.tests.pages import make_alert, make_message  # noqa: F401 - fixtures
from dashboard.models import Downtime
from remediation_site.models import ExternalIdentity
from tracker import audit
from tracker.choices import AuditVerb, Door
from tracker.models import (
    Check,
    CheckResult,
    ExtractedItem,
    PriorityPolicy,
    Recurrence,
    SkippedLine,
    System,
    ValidationRun,
)
from tracker.tests import test_admin_browser as browser

pytestmark = browser.pytestmark
chromium, open_page = browser.chromium, browser.open_page

MARK = "pwned"
ATTACKS = (
    f'"><img src=x class={MARK} onerror="document.documentElement.dataset.x=\'{MARK}\'">',
    f"<script class={MARK}>document.documentElement.dataset.x='{MARK}'</script>",
    f"'><svg class={MARK} onload=alert(1)><a class={MARK} href='javascript:alert(1)'>x</a>",
    f"{{{{7*7}}}}<iframe class={MARK} srcdoc='<script>alert(1)</script>'></iframe></textarea></title></script>",
)
ATTACK = " ".join(ATTACKS)
LINES = "\n".join(f"- {attack}" for attack in ATTACKS)
LINES_OF_LINKS = "[x](javascript:alert(1)) ![y](data:text/html,<script>alert(1)</script>)"
MARKDOWN = f"# {ATTACKS[0]}\n\n{ATTACK}\n\n{LINES}\n\n{LINES_OF_LINKS}\n"
LINKS = """[...document.querySelectorAll('[href],[src],[action]')]
    .filter(e => /^(javascript|data:text)/i.test(e.href || e.src || e.action)).length"""


@pytest.fixture
def hostile(make_user, make_owner, make_analysis, make_issue, make_alert, make_message):  # noqa: F811
    """A site whose every text attacks; the addresses that show them."""
    now, by = timezone.now(), {"at": timezone.now(), "actor_name": ATTACK[:200], "door": Door.ADMIN}
    Group.objects.get_or_create(name=ATTACKS[1][:150])
    mona = make_user("mona", is_staff=True, is_superuser=True, first_name=ATTACKS[0][:150])
    owner = make_owner(ATTACK[:200], slack_name=ATTACKS[1][:80], email="a@example.org", user=mona)
    system = System.objects.create(name=ATTACKS[0][:100], keywords=ATTACKS[1][:100])
    PriorityPolicy.objects.get_or_create(priority="P2", defaults={"hours": 9})
    analysis = make_analysis(
        ATTACK[:300], source=ATTACK[:300], text=MARKDOWN, root_cause=ATTACK, root_cause_line=3,
        whys=[{"question": ATTACK, "answer": ATTACK, "line": 3}],
        stated_impact={"statements": [{"text": ATTACK, "line": 3}]},
    )  # fmt: skip
    entry = {"analysis": analysis, "found_at": now, "line": 5, "end_line": 5, "title": ATTACK[:300], "text": ATTACK}
    ExtractedItem.objects.create(kind="fix", owner_words=ATTACK[:200], deadline_words=ATTACK[:100], **entry)
    SkippedLine.objects.create(analysis=analysis, line=6, end_line=6, text=ATTACK, reason=ATTACK[:100])
    issue = make_issue(
        title=ATTACK[:300], description=MARKDOWN, analysis=analysis, source_line=5, owner=owner,
        owner_words=ATTACK[:200], deadline_words=ATTACK[:100], priority="P0",
    )  # fmt: skip
    issue.systems.add(system)
    issue.notes.create(text=ATTACK, links=[{"kind": "commit", "url": 'https://example.org/"><script>'}], **by)
    issue.changes.create(new_status="identified", reason=ATTACK, **by)
    issue.field_changes.create(field="owner", old=ATTACK[:100], new=ATTACK[:100], reason=ATTACK, **by)
    check = Check.objects.create(issue=issue, text=ATTACK, source_line=5)
    run = ValidationRun.objects.create(
        issue=issue, requested_at=now, requested_by_name=ATTACK[:200], door=Door.ADMIN, state="finished",
        outcome="failed", finished_at=now, sentence=ATTACK, source="ci",
    )  # fmt: skip
    CheckResult.objects.create(
        run=run, issue_check=check, check_text=ATTACK, outcome="failed", sentence=ATTACK, output=ATTACK
    )
    again = Recurrence.objects.create(
        analysis=make_analysis(ATTACK[:300]), earlier=analysis, score=1, likely=True, reasons=[ATTACK], found_at=now
    )
    alert = make_alert(issue=issue, sentence=ATTACK[:500])
    channel = Channel.objects.create(name=ATTACKS[0][:80], kind="log")
    message = make_message(channel=channel, recipient_name=ATTACK[:200], answer=ATTACK)
    Downtime.objects.create(started_at=now, hours=1, text=ATTACK[:200], entered_at=now)
    AccessAttempt.objects.create(username=ATTACK[:255], user_agent=ATTACK[:255], failures_since_start=1)
    ExternalIdentity.objects.create(user=mona, issuer=ATTACKS[0][:255], subject=ATTACKS[1][:255], created_at=now)
    told = audit.record(
        AuditVerb.CHANGE,
        issue,
        actor=mona,
        door=Door.ADMIN,
        now=now,
        changes={"title": (ATTACK, ATTACK)},
        reason=ATTACK,
    )
    tracker, alerts = "/admin/tracker", "/admin/alerts"
    return (
        *("/admin/", "/", "/board/", "/execution/", "/prevention/", "/value/", "/rows/conversion/", "/calendar/"),
        *(f"{tracker}/analysis/", f"{tracker}/analysis/{analysis.pk}/change/", f"{tracker}/analysis/add/"),
        *(f"{tracker}/issue/?show=all", f"{tracker}/issue/{issue.pk}/change/", f"{tracker}/issue/?q={ATTACKS[1]}"),
        *(f"{tracker}/issue/{issue.pk}/change/{name}/" for name in ("owner", "about", "note")),
        f"{tracker}/issue/{issue.pk}/transition/cancel/",
        *(f"{tracker}/{model}/" for model in ("note", "statuschange", "fieldchange", "auditevent", "recurrence")),
        f"{tracker}/auditevent/{told.pk}/change/",
        f"{tracker}/recurrence/{again.pk}/change/",
        *(f"{tracker}/owner/", f"{tracker}/owner/{owner.pk}/change/"),
        *(f"{tracker}/system/", f"{tracker}/system/{system.pk}/change/"),
        *(f"{tracker}/validationrun/", f"{tracker}/validationrun/{run.pk}/change/"),
        *(f"{alerts}/alert/", f"{alerts}/alert/{alert.pk}/change/", f"{alerts}/alert/{alert.pk}/silence/snooze/"),
        *(f"{alerts}/message/", f"{alerts}/message/{message.pk}/change/"),
        *(f"{alerts}/channel/", f"{alerts}/channel/{channel.pk}/change/"),
        *("/admin/auth/user/", f"/admin/auth/user/{mona.pk}/change/", "/admin/auth/group/"),
        *("/admin/axes/accessattempt/", "/admin/remediation_site/externalidentity/", "/admin/dashboard/downtime/"),
        *(f"/admin/login/?next={ATTACKS[0]}", f"/help/?q={ATTACKS[1]}"),
    )


def test_no_text_becomes_an_element_runs_or_opens_a_dialog_on_any_page(open_page, hostile):
    page = open_page("/help/")
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(f"{page.url}: {dialog.message}"), dialog.dismiss()))

    broken = {}
    for address in hostile:
        page.goto(address, wait_until="load")
        found = {
            "elements": page.locator(f".{MARK}").count(),
            "ran": page.evaluate("document.documentElement.dataset.x || ''"),
            "links": page.evaluate(LINKS),
            "title": page.title() == "",
        }
        if any(found.values()):
            broken[address] = found

    assert broken == {}
    assert dialogs == []
