"""The checks on the page of an issue: what executes each, what came out, and the buttons for both."""

from dataclasses import dataclass

from django import forms
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.text import Truncator
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods

from tracker.admin.issue_changes import Change, Data, answer, changeable
from tracker.choices import CheckOutcome, RunState
from tracker.models import Check, CheckResult, Issue, ValidationRun
from tracker.permissions import Actor
from tracker.record import Record
from tracker.validation import choosing, planning, requests, sign_offs
from tracker.validation.planning import Planned

MOST_SHOWN = 200
SHOWN_TEXT = 200  # characters of a check in a title
BY_HAND = gettext_lazy("Nothing: a person signs it off")


@dataclass(frozen=True, slots=True)
class Row:
    """A check, what executes it, its latest result, and what can be done about it here."""

    planned: Planned
    proposed: str
    latest: CheckResult | None
    unsigned: bool
    to_sign: bool  # by who looks at the page

    @property
    def check(self) -> Check:
        """The check itself."""
        return self.planned.check


@dataclass(frozen=True, slots=True)
class Checks:
    """The checks of an issue, and its latest run."""

    rows: list[Row]
    run: ValidationRun | None
    broken: str

    @property
    def under_way(self) -> bool:
        """Whether the run is still carried out."""
        return self.run is not None and self.run.state in (RunState.QUEUED, RunState.RUNNING)


def checks_of(record: Record, actor: Actor) -> Checks:
    """What the page shows of the checks to this person."""
    run, planned = record.latest_run, record.plan
    proposed = choosing.proposals(record.issue, planned.catalogue)
    latest = record.latest_results()
    may_sign = run is not None and run.state == RunState.WAITING and not sign_offs.why_not(record, actor)
    rows = [_row(each, run, proposed, latest, may_sign=may_sign) for each in planned.checks[:MOST_SHOWN]]
    return Checks(rows, run, planned.broken)


def _row(
    planned: Planned,
    run: ValidationRun | None,
    proposed: dict[int, str],
    latest: dict[int, CheckResult],
    *,
    may_sign: bool,
) -> Row:
    """A check as it stands in its latest run. What waits for a person there shows no result of an earlier one."""
    key = planned.check.pk
    result = latest.get(key)
    unsigned = run is not None and run.state == RunState.WAITING and planned.is_manual
    unsigned = unsigned and (result is None or result.run_id != run.pk)
    return Row(planned, proposed.get(key, ""), None if unsigned else result, unsigned, unsigned and may_sign)


class EntryForm(forms.Form):
    """What executes a check, and how often in a row it has to pass."""

    entry = forms.ChoiceField(label=gettext_lazy("Executed by"), required=False)
    passes = forms.IntegerField(
        label=gettext_lazy("Passes in a row"),
        min_value=1,
        max_value=choosing.MOST_PASSES,
        help_text=gettext_lazy("More than 1 for a flaky check."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        entries, _ = planning.site_catalogue()
        names = [(name, f"{name}: {entry.description or entry.kind.label}") for name, entry in entries.entries.items()]
        self.fields["entry"].choices = [("", BY_HAND), *names]


class SignOffForm(forms.Form):
    """What a person found."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("The check"),
        choices=[(CheckOutcome.PASSED, gettext_lazy("holds")), (CheckOutcome.FAILED, gettext_lazy("does not hold"))],
    )
    sentence = forms.CharField(
        label=gettext_lazy("What did you look at, and what did you see?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=5000,
    )


class CheckForm(forms.Form):
    """What must hold besides what the analysis says."""

    text = forms.CharField(label=gettext_lazy("Check"), widget=forms.Textarea(attrs={"rows": 2}), max_length=5000)


def _request(issue_id: int, _: Data, **stamp) -> object:
    return requests.request_run(issue_id, **stamp)


def _add(issue_id: int, data: Data, **stamp) -> object:
    return choosing.add_check(issue_id, data["text"], **stamp)


RUN = Change(
    gettext_lazy("Run the checks"),
    gettext_lazy("Run the checks"),
    forms.Form,
    _request,
    gettext_lazy("the checks are asked for"),
)
ADDITION = Change(gettext_lazy("Add a check"), gettext_lazy("Add"), CheckForm, _add, gettext_lazy("check added"))


@require_http_methods(["GET", "POST"])
def run_view(request: HttpRequest, model_admin: ModelAdmin, issue_id: int) -> HttpResponse:
    """Ask for a run of the checks."""
    issue = changeable(request, model_admin, issue_id)
    return answer(request, model_admin, issue, RUN, forms.Form(_posted(request)))


@require_http_methods(["GET", "POST"])
def check_view(request: HttpRequest, model_admin: ModelAdmin, issue_id: int) -> HttpResponse:
    """Add a check."""
    issue = changeable(request, model_admin, issue_id)
    return answer(request, model_admin, issue, ADDITION, CheckForm(_posted(request)))


@require_http_methods(["GET", "POST"])
def entry_view(request: HttpRequest, model_admin: ModelAdmin, issue_id: int, check_id: int) -> HttpResponse:
    """Say what executes a check."""
    issue = changeable(request, model_admin, issue_id)
    check = _check(issue, check_id)

    def write(_: int, data: Data, **stamp) -> object:
        return choosing.confirm_entry(check_id, data["entry"], passes=data["passes"], **stamp)

    entries, broken = planning.site_catalogue()
    proposed = choosing.proposals(issue, entries).get(check_id, "")
    form = EntryForm(_posted(request), initial={"entry": check.entry or proposed, "passes": check.passes})
    title = gettext("What executes “%(check)s”") % {"check": Truncator(check.text).chars(SHOWN_TEXT)}
    change = Change(title, gettext("Confirm"), EntryForm, write, gettext("check saved"))
    return answer(request, model_admin, issue, change, form, shut=[broken] if broken else ())


@require_http_methods(["GET", "POST"])
def sign_off_view(request: HttpRequest, model_admin: ModelAdmin, issue_id: int, check_id: int) -> HttpResponse:
    """Sign a manual check off. Whoever may see the issue and work on issues may, but not its owner."""
    issue = model_admin.get_object(request, str(issue_id))
    if issue is None:
        raise Http404(gettext("There is no such issue."))
    if not model_admin.has_view_or_change_permission(request, issue):
        raise PermissionDenied
    check = _check(issue, check_id)
    shut = sign_offs.why_not(Record(issue), request.user)

    def write(_: int, data: Data, **stamp) -> object:
        return sign_offs.sign_off(check_id, data["sentence"], outcome=CheckOutcome(data["outcome"]), **stamp)

    title = gettext("Sign off “%(check)s”") % {"check": Truncator(check.text).chars(SHOWN_TEXT)}
    change = Change(title, gettext("Sign"), SignOffForm, write, gettext("check signed"))
    return answer(request, model_admin, issue, change, SignOffForm(_posted(request)), shut=[shut] if shut else ())


def _posted(request: HttpRequest) -> Data | None:
    return request.POST if request.method == "POST" else None


def _check(issue: Issue, check_id: int) -> Check:
    if (check := issue.checks.filter(pk=check_id).first()) is None:
        raise Http404(gettext("The issue has no such check."))
    return check


ROUTES = (
    ("<int:issue_id>/validation/", run_view, "validation"),
    ("<int:issue_id>/checks/", check_view, "check"),
    ("<int:issue_id>/checks/<int:check_id>/entry/", entry_view, "entry"),
    ("<int:issue_id>/checks/<int:check_id>/sign-off/", sign_off_view, "sign_off"),
)
