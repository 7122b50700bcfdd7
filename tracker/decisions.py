"""What a person decides about the entries of an analysis: accept, dismiss, think again, edit, track a skipped line.

Every one of them holds the lock of the analysis, so that decisions and imports come one after the other.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from tracker import audit, checks, workflow
from tracker.batches import overwrite
from tracker.choices import AuditVerb, Decision, Door, IssueKind, ItemKind, NoteKind, Priority, Status
from tracker.comparison import fingerprint
from tracker.deadlines import deadline as policy_deadline_from
from tracker.deadlines import refusal as deadline_refusal
from tracker.entries import one_line, policy_deadline
from tracker.extraction.priorities import default_priority
from tracker.extraction.systems import affected_systems
from tracker.history import keep_all, stamp
from tracker.lookup import Lookup
from tracker.models import Analysis, Check, ExtractedItem, FieldChange, Issue, Note, Owner, SkippedLine, System
from tracker.people import directory
from tracker.permissions import DECIDE, Actor, may
from tracker.policies import policies
from tracker.reasons import TAKEN_BACK
from tracker.reasons import refusal as reason_refusal
from tracker.references import next_references
from tracker.refusals import Refused

UNCHANGED = object()


class IntakeRefused(Refused):
    """The entry, or the analysis, stays as it is."""


def lookup() -> Lookup:
    """What the words of an analysis mean on this site, or a refusal when a policy cannot be."""
    try:
        return Lookup.load()
    except ValueError as impossible:
        raise IntakeRefused(
            gettext("A priority policy cannot be used: %(impossible)s") % {"impossible": impossible}
        ) from impossible


def _check_right(actor: Actor) -> None:
    if sentence := may(actor, DECIDE):
        raise IntakeRefused(sentence)


@transaction.atomic
def add(item_id: int, *, actor: Actor, door: Door, now: datetime) -> Issue:
    """Accept one entry as an issue. Accepting it again gives the same issue."""
    _check_right(actor)
    item = _locked(item_id)
    if item.decision == Decision.ADDED and item.issue:
        return item.issue
    reasons = []
    if item.kind == ItemKind.CHECK:
        reasons.append(
            gettext("A check is tracked with the issues that it belongs to: accept one of them, or change its kind.")
        )
    if item.decision == Decision.DISMISSED:
        reasons.append(
            gettext("It was dismissed (%(reason)s): reconsider it first.") % {"reason": item.decision_reason}
        )
    if item.gone_at:
        reasons.append(gettext("The analysis does not say it any more."))
    if reasons:
        raise IntakeRefused(reasons)
    return _accept([item], item.analysis, actor=actor, door=door, now=now)[0]


@transaction.atomic
def add_all(analysis_id: int, *, actor: Actor, door: Door, now: datetime) -> list[Issue]:
    """Accept every pending entry of an analysis that asks for work, in the order of their lines."""
    _check_right(actor)
    analysis = Analysis.objects.select_for_update().get(pk=analysis_id)
    pending = analysis.items.issues().pending().select_related("owner")
    return _accept(list(pending), analysis, actor=actor, door=door, now=now)


@transaction.atomic
def dismiss(item_id: int, *, reason: str, actor: Actor, door: Door, now: datetime) -> ExtractedItem:
    """Decide with a reason that an entry is not tracked. A check is taken from the issues that it was attached to."""
    _check_right(actor)
    item = _locked(item_id)
    if item.decision == Decision.DISMISSED:
        return item
    reasons = [] if reason.strip() else [gettext("Dismissing an entry needs a reason: write it in a sentence.")]
    if sentence := reason_refusal(reason):
        reasons.append(sentence)
    if item.issue:
        reasons.append(
            gettext("It is tracked as %(reference)s: cancel that issue instead.") % {"reference": item.issue.reference}
        )
    if reasons:
        raise IntakeRefused(reasons)
    _decide([item], Decision.DISMISSED, actor=actor, door=door, now=now, reason=reason.strip())
    if item.kind == ItemKind.CHECK:
        _detach(item, reason.strip(), stamp(actor, door, now))
    return item


@transaction.atomic
def reconsider(item_id: int, *, actor: Actor, door: Door, now: datetime) -> ExtractedItem:
    """Take a dismissal back: the entry is pending again, and a check belongs to its issues again."""
    _check_right(actor)
    item = _locked(item_id)
    if item.decision == Decision.PENDING:
        return item
    if item.decision == Decision.ADDED:
        raise IntakeRefused(gettext("It is tracked: there is nothing to reconsider."))
    _record(AuditVerb.DECIDE, [item], {"decision": Decision.PENDING}, actor=actor, door=door, now=now)
    item.decision, item.decision_reason, item.decided_at, item.decided_by = Decision.PENDING, "", None, None
    item.save(update_fields=["decision", "decision_reason", "decided_at", "decided_by"])
    checks.attach(item.analysis)
    item.refresh_from_db(fields=["decision"])
    return item


@transaction.atomic
def take_back(item_id: int, *, actor: Actor, door: Door, now: datetime) -> ExtractedItem:
    """Take an acceptance back while nobody has touched its issue: that is cancelled, and the entry is pending again."""
    _check_right(actor)
    item = _locked(item_id)
    if item.decision != Decision.ADDED or not item.issue:
        raise IntakeRefused(gettext("It is not tracked: there is nothing to take back."))
    issue = Issue.objects.locked(item.issue_id)
    shared = issue.items.exclude(pk=item.pk).exists()
    if shared or not Issue.objects.untouched().filter(pk=issue.pk).exists():
        words = gettext("%(issue)s was changed or worked on since: cancel that issue instead.")
        raise IntakeRefused(words % {"issue": issue.reference})
    try:
        workflow.apply("cancel", issue.pk, actor=actor, door=door, now=now, reason=gettext(TAKEN_BACK))
    except workflow.TransitionRefused as refused:
        raise IntakeRefused(refused.reasons) from refused
    _record(
        AuditVerb.DECIDE, [item], {"decision": Decision.PENDING}, gettext(TAKEN_BACK), actor=actor, door=door, now=now
    )
    item.decision, item.decided_at, item.decided_by, item.issue = Decision.PENDING, None, None, None
    item.save(update_fields=["decision", "decided_at", "decided_by", "issue"])
    return item


@transaction.atomic
def dismiss_all(analysis_id: int, *, reason: str, actor: Actor, door: Door, now: datetime) -> int:
    """Dismiss every pending entry of an analysis, its checks too; how many."""
    _check_right(actor)
    analysis = Analysis.objects.select_for_update().get(pk=analysis_id)
    pending = list(analysis.items.pending())
    _decide(pending, Decision.DISMISSED, actor=actor, door=door, now=now, reason=reason)
    return len(pending)


@transaction.atomic
def edit(
    item_id: int,
    *,
    actor: Actor,
    door: Door,
    now: datetime,
    title: str = UNCHANGED,
    kind: ItemKind = UNCHANGED,
    priority: Priority = UNCHANGED,
    owner: Owner | None = UNCHANGED,
    deadline: datetime | None = UNCHANGED,
) -> ExtractedItem:
    """Set fields of a pending entry. What is set here survives every later import.

    A deadline of None takes an earlier choice back: the stated deadline or the policy's then holds again.
    """
    _check_right(actor)
    item = _locked(item_id)
    given = {"title": title, "kind": kind, "priority": priority, "owner": owner, "deadline": deadline}
    given = {name: value for name, value in given.items() if value not in (UNCHANGED, getattr(item, name))}
    if not given:
        return item
    if reasons := _edit_refusals(item, given):
        raise IntakeRefused(reasons)
    _record(AuditVerb.CHANGE, [item], given, actor=actor, door=door, now=now)
    for name, value in given.items():
        setattr(item, name, value)
    taken_back = {"deadline"} if item.deadline is None else set()  # while an owner of None is a choice: nobody
    item.edited_fields = sorted({*item.edited_fields, *given} - taken_back)
    if "kind" in given:
        _change_kind(item)
    if item.kind != ItemKind.CHECK and "deadline" not in item.edited_fields:
        item.deadline = policy_deadline(item, item.analysis, lookup())
    item.save()
    return item


@transaction.atomic
def track_skipped(skipped_id: int, *, kind: ItemKind, actor: Actor, door: Door, now: datetime) -> ExtractedItem:
    """Make a pending entry of a line that the extraction did not take."""
    _check_right(actor)
    found = SkippedLine.objects.filter(pk=skipped_id).first()
    analysis = Analysis.objects.select_for_update().filter(pk=found.analysis_id).first() if found else None
    line = SkippedLine.objects.filter(pk=skipped_id).first() if analysis else None
    if not line:
        raise IntakeRefused(
            gettext("This skipped line is not there any more: it is tracked already, or the analysis changed.")
        )
    item = ExtractedItem(
        analysis=analysis,
        kind=ItemKind(kind),
        line=line.line,
        end_line=line.end_line,
        title=one_line(line.text),
        text=line.text,
        section=line.section,
        score=line.score,
        reasons=line.reasons,
        fingerprint=fingerprint(line.text),
        found_at=now,
        edited_fields=["kind"],
    )
    systems: list[System] = []
    if item.kind != ItemKind.CHECK:
        systems = _complete_tracked(item, lookup())
    item.save()
    item.systems.set(systems)
    line.delete()
    _record(AuditVerb.ADD, [item], {}, actor=actor, door=door, now=now)
    return item


def _record(
    verb: AuditVerb, items: Sequence[ExtractedItem], after: dict[str, object], reason: str = "", **hand: object
) -> None:
    """Write into the audit what becomes of entries, before they are changed."""
    changes = [{name: (getattr(item, name), value) for name, value in after.items()} for item in items]
    events = (
        audit.event(
            verb, audit.Target(item._meta.label_lower, str(item.pk), item.title), changes=each, reason=reason, **hand
        )
        for item, each in zip(items, changes, strict=True)
    )
    audit.record_all(events)


def _complete_tracked(item: ExtractedItem, meanings: Lookup) -> list[System]:
    """Give a line that a person tracks what an entry has that states nothing, and say which systems it names."""
    names = affected_systems(item.text, meanings.system_words())
    item.priority = _default_priority(item)
    item.deadline = policy_deadline(item, item.analysis, meanings)
    item.owner = meanings.owner("", names)
    return meanings.system_rows(names)


def _default_priority(item: ExtractedItem) -> Priority:
    incident = Priority(item.analysis.priority) if item.analysis.priority else None
    return default_priority(IssueKind(item.kind), tuple(item.section), incident)


def _locked(item_id: int) -> ExtractedItem:
    """The entry, with its analysis locked first: the order in which imports lock too."""
    analysis_id = ExtractedItem.objects.values_list("analysis_id", flat=True).get(pk=item_id)
    analysis = Analysis.objects.select_for_update().get(pk=analysis_id)
    item = ExtractedItem.objects.select_related("owner", "issue").get(pk=item_id)
    item.analysis = analysis
    return item


def _decide(
    items: Sequence[ExtractedItem], decision: Decision, *, actor: Actor, door: Door, now: datetime, reason: str
) -> None:
    _record(AuditVerb.DECIDE, items, {"decision": decision}, reason, actor=actor, door=door, now=now)
    for item in items:
        item.decision, item.decision_reason, item.decided_at, item.decided_by = decision, reason, now, actor
    overwrite(items, ["decision", "decision_reason", "decided_at", "decided_by", "issue"])


def _accept(
    items: Sequence[ExtractedItem], analysis: Analysis, *, actor: Actor, door: Door, now: datetime
) -> list[Issue]:
    if not items:
        return []
    _complete_words(items, now)
    references = next_references([Priority(item.priority) for item in items], now=now)
    for item, reference in zip(items, references, strict=True):
        item.issue = _issue(item, reference, analysis, now)
    hand = {"actor": actor, "door": door, "now": now}
    done = [item for item in items if item.done]
    workflow.open_all([item.issue for item in items if not item.done], status=Status.IDENTIFIED, **hand)
    workflow.open_all([item.issue for item in done], status=Status.COMPLETED, reason=gettext("Stated as done."), **hand)
    keep_all(
        Note(issue=item.issue, kind=NoteKind.EVIDENCE, text=done_note(analysis, item), **stamp(actor, door, now))
        for item in done
    )
    _decide(items, Decision.ADDED, actor=actor, door=door, now=now, reason="")
    _copy_systems(items, analysis)
    checks.attach(analysis)
    return [item.issue for item in items]


def done_note(analysis: Analysis, item: ExtractedItem) -> str:
    """Where the analysis says that it is done."""
    return gettext("The analysis states it as done (%(source)s:%(line)s). It still has to be validated.") % {
        "source": analysis.source,
        "line": item.line,
    }


def _complete_words(items: Sequence[ExtractedItem], now: datetime) -> None:
    """Find owners who came to be known since the import, and deadlines where an entry has none."""
    unknown = [item for item in items if not item.owner and item.owner_words and "owner" not in item.edited_fields]
    people = directory() if unknown else None
    for item in unknown:
        item.owner = people.find(item.owner_words)
    endless = [item for item in items if not item.deadline]
    rules = policies() if endless else {}
    for item in endless:
        item.deadline = policy_deadline_from(now, rules[Priority(item.priority)])


def _issue(item: ExtractedItem, reference: str, analysis: Analysis, now: datetime) -> Issue:
    return Issue(
        reference=reference,
        title=item.title,
        description=item.text,
        kind=item.kind,
        priority=item.priority,
        owner=item.owner,
        owner_words=item.owner_words,
        deadline=item.deadline,
        original_deadline=item.deadline,
        deadline_words=item.deadline_words,
        analysis=analysis,
        source_line=item.line,
        source_end_line=item.end_line,
        fingerprint=item.fingerprint,
        created_at=now,
        updated_at=now,
    )


def _copy_systems(items: Sequence[ExtractedItem], analysis: Analysis) -> None:
    issue_of = {item.pk: item.issue.pk for item in items}
    named = ExtractedItem.systems.through.objects.filter(extracteditem__analysis=analysis)
    if len(items) == 1:
        named = named.filter(extracteditem=items[0])
    Issue.systems.through.objects.bulk_create(
        Issue.systems.through(issue_id=issue_of[row.extracteditem_id], system_id=row.system_id)
        for row in named.order_by("pk")
        if row.extracteditem_id in issue_of
    )


def _detach(item: ExtractedItem, reason: str, row: dict) -> None:
    attached = Check.objects.filter(item=item)
    keep_all(
        FieldChange(issue_id=check.issue_id, field="check", old=check.text, new="", reason=reason, **row)
        for check in attached
    )
    attached.delete()


def _edit_refusals(item: ExtractedItem, given: dict) -> list[str]:
    reasons = []
    if item.decision != Decision.PENDING:
        reasons.append(gettext("Only a pending entry can be edited: change its issue, or reconsider it first."))
    if "title" in given and not str(given["title"]).strip():
        reasons.append(gettext("An entry needs a title."))
    if given.get("deadline") and (impossible := deadline_refusal(given["deadline"])):
        reasons.append(impossible)
    if "kind" in given and given["kind"] not in list(ItemKind):
        reasons.append(
            gettext("There is no kind %(kind)r: choose one of %(kinds)s.")
            % {"kind": str(given["kind"])[:20], "kinds": ", ".join(ItemKind)}
        )
    if "priority" in given and given["priority"] not in list(Priority):
        reasons.append(
            gettext("There is no priority %(priority)r: choose one of %(priorities)s.")
            % {"priority": str(given["priority"])[:20], "priorities": ", ".join(Priority)}
        )
    return reasons


def _change_kind(item: ExtractedItem) -> None:
    """A check that becomes an issue belongs to no other issue any more; an issue that becomes a check has no checks."""
    if item.kind == ItemKind.CHECK:
        item.checks.clear()
        item.priority, item.deadline = "", None
        return
    item.checked_items.clear()
    if not item.priority:
        item.priority = _default_priority(item)
