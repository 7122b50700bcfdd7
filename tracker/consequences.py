"""What follows from a confirmed return, and how that is undone when the confirmation is taken back.

What was changed is kept with the pair, so that exactly that is undone, and only where nobody has changed it since. What
another confirmed return asks for as well stays, and is then that one's to undo.
"""

from collections.abc import Iterator

from django.utils.translation import gettext, ngettext

from tracker import amend, decisions, prevention, workflow
from tracker.choices import Decision, IssueKind, MeasureState, NoteKind, Priority, ReturnCase, Status
from tracker.deadlines import deadline as policy_deadline
from tracker.models import ExtractedItem, Issue, PreventionMeasure, Recurrence
from tracker.querysets import CLOSED
from tracker.references import next_references

LONGEST_TITLE = 300
PRIORITIES = tuple(Priority)
PRIORITY_KEYS = ("items", "issues")


def told_of(row: Recurrence) -> str:
    """The sentence that the history of everything that follows gives as its reason."""
    return gettext("“%(earlier)s” returned as “%(analysis)s”.") % {"earlier": row.earlier, "analysis": row.analysis}


def more_urgent(priority: str) -> Priority:
    """The priority one step up; P0 stays P0."""
    return PRIORITIES[max(0, PRIORITIES.index(Priority(priority)) - 1)]


# -- what follows -----------------------------------------------------------------------------------------------------


def follow(row: Recurrence, hand: dict, *, first: bool) -> list[str]:
    """Do what follows from the confirmation and keep it with the pair; sentences that tell it.

    first: whether it is the first confirmed return of the analysis, which alone makes it more urgent.
    """
    told = told_of(row)
    done = {"items": _raise_entries(row, hand), "issues": _raise_issues(row, told, hand)} if first else {}
    done["measures"] = _set_back_measures(row, told, hand)
    review = _open_review(row, told, hand)
    row.consequences = done | {"review": review.pk}
    return list(_told(done, review))


def _told(done: dict, review: Issue) -> Iterator[str]:
    if raised := sum(len(done.get(key, ())) for key in PRIORITY_KEYS):
        yield ngettext(
            "%(number)s entry or issue made one priority more urgent.",
            "%(number)s entries and issues made one priority more urgent.",
            raised,
        ) % {"number": raised}
    if measures := len(done["measures"]):
        yield ngettext(
            "%(number)s prevention measure set back to proposed.",
            "%(number)s prevention measures set back to proposed.",
            measures,
        ) % {"number": measures}
    yield gettext("%(reference)s opened to review the prevention.") % {"reference": review.reference}


def _raise_entries(row: Recurrence, hand: dict) -> list[dict]:
    raised = []
    for item in row.analysis.items.issues().pending().exclude(priority__in=("", str(Priority.P0))):
        up = more_urgent(item.priority)
        was_chosen = "priority" in item.edited_fields
        raised.append({"pk": item.pk, "from": str(item.priority), "to": str(up), "was_chosen": was_chosen})
        decisions.edit(item.pk, priority=up, **hand)
    return raised


def _raise_issues(row: Recurrence, told: str, hand: dict) -> list[dict]:
    raised = []
    for issue in row.analysis.issues.live().exclude(priority=str(Priority.P0)).order_by("pk"):
        up = more_urgent(issue.priority)
        raised.append({"pk": issue.pk, "from": str(issue.priority), "to": str(up), "told": told})
        amend.set_priority(issue.pk, up, reason=told, **hand)
    return raised


def _set_back_measures(row: Recurrence, told: str, hand: dict) -> list[dict]:
    held = PreventionMeasure.objects.filter(issue__analysis=row.earlier).exclude(state=MeasureState.PROPOSED)
    reason = gettext("It did not hold: %(told)s") % {"told": told}
    rows = held.order_by("pk").values_list("pk", "state")
    set_back = [{"pk": pk, "from": str(state), "told": reason} for pk, state in rows]
    for each in set_back:
        prevention.set_state(each["pk"], MeasureState.PROPOSED, reason=reason, **hand)
    return set_back


def _open_review(row: Recurrence, told: str, hand: dict) -> Issue:
    """The issue in which somebody finds out why it could happen again, as urgent as the new analysis."""
    now = hand["now"]
    priority = Priority(row.analysis.priority or Priority.P1)
    title = gettext("Review why the prevention of “%(earlier)s” did not hold") % {"earlier": row.earlier}
    deadline = policy_deadline(now, decisions.lookup().policies[priority])
    issue = Issue(
        reference=next_references([priority], now=now)[0],
        title=title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…",
        description=f"{told} {ReturnCase(row.case).label}.",
        kind=IssueKind.INVESTIGATE,
        priority=priority,
        deadline=deadline,
        original_deadline=deadline,
        analysis=row.analysis,
        created_at=now,
        updated_at=now,
    )
    workflow.open_all([issue], status=Status.IDENTIFIED, reason=told, **hand)
    return issue


# -- undoing it -------------------------------------------------------------------------------------------------------


def undo(row: Recurrence, reason: str, hand: dict) -> list[str]:
    """Undo what the confirmation changed, where nobody has changed it since; sentences that tell what became of it."""
    done, row.consequences = row.consequences, {}
    told = [*_undo_priorities(row, done, reason, hand), *_undo_measures(row, done, reason, hand)]
    return [*told, *_undo_review(done.get("review"), row, reason, hand)]


def _undo_priorities(row: Recurrence, done: dict, reason: str, hand: dict) -> Iterator[str]:
    raised = {key: done[key] for key in PRIORITY_KEYS if done.get(key)}
    if not raised:
        return
    if heir := row.analysis.returns.confirmed().exclude(pk=row.pk).select_related("earlier").first():
        _bequeath(heir, raised)
        yield gettext("The priorities stay: the return of “%(earlier)s” is confirmed, too.") % {"earlier": heir.earlier}
        return
    left = [_lower_entry(each, reason, hand) for each in raised.get("items", ())]
    left += [_lower_issue(each["pk"], each, reason, hand) for each in raised.get("issues", ())]
    if restored := left.count(""):
        yield ngettext(
            "%(number)s entry or issue has its priority of before again.",
            "%(number)s entries and issues have their priority of before again.",
            restored,
        ) % {"number": restored}
    yield from filter(None, left)


def _bequeath(heir: Recurrence, done: dict) -> None:
    heir.consequences = heir.consequences | {key: heir.consequences.get(key, []) + done[key] for key in done}
    heir.save(update_fields=["consequences"])


def _lower_entry(each: dict, reason: str, hand: dict) -> str | None:
    """Why the entry stays as urgent as it is, "" when it does not; None when it is not there any more."""
    item = ExtractedItem.objects.filter(pk=each["pk"]).select_related("issue").first()
    if item is None:
        return None
    if item.issue:
        return _lower_issue(item.issue.pk, each, reason, hand)
    if item.decision != Decision.PENDING or item.priority != each["to"]:
        return gettext("“%(title)s” stays as it is: somebody has decided about it since.") % {"title": item.title}
    decisions.edit(item.pk, priority=Priority(each["from"]), **hand)
    if not each["was_chosen"]:
        item.refresh_from_db()
        item.edited_fields = [name for name in item.edited_fields if name != "priority"]
        item.save(update_fields=["edited_fields"])
    return ""


def _lower_issue(pk: int, each: dict, reason: str, hand: dict) -> str | None:
    """Why the issue stays as urgent as it is, "" when it does not; None when it is not there any more."""
    issue = Issue.objects.filter(pk=pk).first()
    if issue is None:
        return None
    last = issue.field_changes.filter(field="priority").first()
    changed_since = last and last.reason != each.get("told")
    if issue.status in CLOSED:
        return gettext("%(reference)s stays %(priority)s: it is closed.") % {
            "reference": issue.reference,
            "priority": issue.priority,
        }
    if issue.priority != each["to"] or changed_since:
        return gettext("%(reference)s stays %(priority)s: somebody has changed its priority since.") % {
            "reference": issue.reference,
            "priority": issue.priority,
        }
    amend.set_priority(pk, Priority(each["from"]), reason=_taken_back(reason), **hand)
    return ""


def _undo_measures(row: Recurrence, done: dict, reason: str, hand: dict) -> Iterator[str]:
    if not (set_back := done.get("measures")):
        return
    if heir := row.earlier.returned_as.confirmed().exclude(pk=row.pk).select_related("analysis").first():
        _bequeath(heir, {"measures": set_back})
        yield gettext("The prevention measures stay proposed: “%(analysis)s” is confirmed as a return, too.") % {
            "analysis": heir.analysis
        }
        return
    for each in set_back:
        measure = PreventionMeasure.objects.filter(pk=each["pk"]).select_related("issue").first()
        if measure is None:
            continue
        if measure.state != MeasureState.PROPOSED or _moved_since(measure, each["told"]):
            yield gettext("A prevention measure of %(reference)s stays as it is: somebody has changed it since.") % {
                "reference": measure.issue.reference
            }
            continue
        state = MeasureState(each["from"])
        prevention.set_state(measure.pk, state, reason=_taken_back(reason), **hand)
        yield gettext("A prevention measure of %(reference)s is %(state)s again.") % {
            "reference": measure.issue.reference,
            "state": state.label.lower(),
        }


def _moved_since(measure: PreventionMeasure, told: str) -> bool:
    last = measure.issue.field_changes.filter(field=prevention.FIELD, new__endswith=f": {measure.text}").first()
    return bool(last and last.reason != told)


def _undo_review(pk: int | None, row: Recurrence, reason: str, hand: dict) -> Iterator[str]:
    review = Issue.objects.filter(pk=pk).first() if pk else None
    if review is None or review.status in CLOSED:
        return
    if Issue.objects.untouched().filter(pk=review.pk).exists():
        workflow.apply("cancel", review.pk, reason=_taken_back(reason), **hand)
        yield gettext("%(reference)s, the review, is cancelled.") % {"reference": review.reference}
        return
    text = gettext("“%(analysis)s” is no longer confirmed as a return of “%(earlier)s”: %(reason)s") % {
        "analysis": row.analysis,
        "earlier": row.earlier,
        "reason": reason,
    }
    amend.add_note(review.pk, text, kind=NoteKind.DECISION, **hand)
    yield gettext("%(reference)s, the review, stays open with a note: somebody has worked on it.") % {
        "reference": review.reference
    }


def _taken_back(reason: str) -> str:
    return gettext("The confirmed return was taken back: %(reason)s") % {"reason": reason}
