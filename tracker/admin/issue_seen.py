"""What a form of an issue was filled with when its page was opened, so that nobody overwrites what they never saw.

The form carries it back in hidden fields, as texts that can be compared: written is what differs from them and from
nothing that somebody else has put there meanwhile.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal

from django import forms
from django.db import transaction
from django.db.models import Model
from django.http import QueryDict
from django.utils.translation import gettext

from tracker import undo
from tracker.admin.badges import exact_time
from tracker.admin.field_names import field_name
from tracker.models import Issue
from tracker.refusals import Refused

FIELDS = {  # of the forms by their names: which fields of the issue each is filled with
    "owner": ("owner",),
    "deadline": ("deadline",),
    "priority": ("priority",),
    "revenue": ("amount",),
    "about": ("title", "kind", "systems"),
}
HISTORY = {"amount": "revenue_at_risk"}  # what the history calls a field, where that is another name
NOTHING = object()  # what writing gives when the person changed nothing
Data = dict[str, object]


class Overtaken(Refused):
    """Somebody else has changed the same fields since the page was opened."""

    def __init__(self, fields: Iterable[str], issue: Issue) -> None:
        self.fields = tuple(fields)
        super().__init__(_sentence(issue, name) for name in self.fields)


def now_of(issue: Issue, name: str) -> dict[str, str]:
    """What the fields of the form called `name` hold now."""
    return {field: _text(_value(issue, field)) for field in FIELDS.get(name, ())}


def seen(data: QueryDict | None, now: dict[str, str]) -> dict[str, str]:
    """What the person saw: what the form says of it, else what is there now."""
    return {field: (data or {}).get(f"initial-{field}", text) for field, text in now.items()}


def careful(name: str, form: forms.Form, write: Callable[..., object]) -> Callable[..., object]:
    """A function that writes only what the person changed of what they saw, or gives NOTHING.

    Raises: Refused when somebody else has changed the same; the form then shows what is there now, and what was typed.
    """

    @transaction.atomic
    def write_what_is_meant(issue_id: int, data: Data, **stamp) -> object:
        issue = Issue.objects.locked(issue_id)
        now = now_of(issue, name)
        given = {field: _text(data[field]) for field in now}
        changed = [field for field in now if given[field] != form.seen[field]]
        overtaken = [field for field in changed if now[field] not in (form.seen[field], given[field])]
        if overtaken:
            _show(form, now, typed=changed)
            raise Overtaken(overtaken, issue)
        if not changed:
            return NOTHING
        left_alone = now.keys() - set(changed)
        return write(issue_id, {field: value for field, value in data.items() if field not in left_alone}, **stamp)

    return write_what_is_meant


def _show(form: forms.Form, now: dict[str, str], *, typed: Iterable[str]) -> None:
    """Let the form start from what is there now: the next time the person knows what they replace."""
    form.seen, form.data = now, form.data.copy()
    for field in now.keys() - set(typed):
        form.data.setlist(field, now[field].split(",") if field == "systems" else [now[field]])


def _value(issue: Issue, field: str) -> object:
    if field == "systems":
        return issue.systems.all()
    return getattr(issue, HISTORY.get(field, field))


def _text(value: object) -> str:
    """A value as it is compared: of rows the keys, of a moment the minutes since 1970, as the form asks for no more."""
    match value:
        case None:
            return ""
        case str():
            return " ".join(value.split())
        case Model():
            return str(value.pk)
        case datetime():
            return f"{value.timestamp() // 60:.0f}"
        case Decimal():
            return f"{value:.2f}"
    return ",".join(str(key) for key in sorted(row.pk for row in value))


def _sentence(issue: Issue, field: str) -> str:
    """Who changed the field to what and when."""
    column = HISTORY.get(field, field)
    last = issue.field_changes.filter(field=column).order_by("pk").last()
    value = undo.FIELDS[column].words(issue)
    told = {"field": field_name(column), "value": value or "—"}
    if column == "deadline" and issue.deadline:
        told["value"] = exact_time(issue.deadline)
    if last is None or last.new != value:
        since = gettext("Its %(field)s is “%(value)s” since you opened the page. To replace that, send yours again.")
        return since % told
    changed = gettext(
        "Its %(field)s was changed to “%(value)s” by %(who)s, %(when)s, after you opened the page. "
        "To replace that, send yours again."
    )
    return changed % (told | {"who": last.actor_name, "when": exact_time(last.at)})
