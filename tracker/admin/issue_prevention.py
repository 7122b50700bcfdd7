"""Prevention measures on the page of an issue: added, and brought from state to state."""

from django import forms
from django.contrib.admin import ModelAdmin
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods

from tracker import prevention
from tracker.admin.issue_changes import Change, Data, answer, changeable
from tracker.admin.issue_forms import reason_field
from tracker.admin.typed import KeySelect
from tracker.choices import MeasureCategory, MeasureState
from tracker.models import Issue, Owner, PreventionMeasure
from tracker.models.columns import labelled

MOST_SHOWN = 50


class MeasureForm(forms.Form):
    """What would keep the incident from coming back."""

    category = forms.ChoiceField(label=gettext_lazy("Category"), choices=labelled(MeasureCategory))
    text = forms.CharField(label=gettext_lazy("Measure"), widget=forms.Textarea(attrs={"rows": 2}), max_length=5000)
    owner = forms.ModelChoiceField(
        Owner.objects.all(),
        label=gettext_lazy("Owner"),
        required=False,
        help_text=gettext_lazy("Empty: the owner of the issue."),
    )

    def __init__(self, *args, admin_site, **kwargs):
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        owner.widget = KeySelect(PreventionMeasure._meta.get_field("owner"), admin_site)
        owner.widget.is_required = False
        owner.widget.choices = owner.choices


class StateForm(forms.Form):
    """How far a measure has come."""

    state = forms.ChoiceField(label=gettext_lazy("State"), choices=labelled(MeasureState))
    reason = reason_field(required=False, help_text=gettext_lazy("Going back needs one."))


def _propose(issue_id: int, data: Data, **stamp) -> object:
    category = MeasureCategory(data["category"])
    return prevention.propose(issue_id, data["text"], category=category, owner=data["owner"], **stamp)


ADDITION = Change(
    gettext_lazy("Add a prevention measure"),
    gettext_lazy("Add"),
    MeasureForm,
    _propose,
    gettext_lazy("prevention measure added"),
)


def addition_form(model_admin: ModelAdmin, data: Data | None = None) -> forms.Form:
    """The form that asks for a measure."""
    return MeasureForm(data, admin_site=model_admin.admin_site, auto_id="id_measure_%s")


def measures(issue: Issue) -> list[PreventionMeasure]:
    """The measures of the issue, in the order in which they were proposed."""
    return list(issue.measures.select_related("owner")[:MOST_SHOWN])


@require_http_methods(["GET", "POST"])
def addition_view(request: HttpRequest, model_admin: ModelAdmin, issue_id: int) -> HttpResponse:
    """Add a measure to an issue."""
    issue = changeable(request, model_admin, issue_id)
    form = addition_form(model_admin, request.POST if request.method == "POST" else None)
    return answer(request, model_admin, issue, ADDITION, form)


@require_http_methods(["GET", "POST"])
def state_view(request: HttpRequest, model_admin: ModelAdmin, issue_id: int, measure_id: int) -> HttpResponse:
    """Say how far a measure of an issue has come."""
    issue = changeable(request, model_admin, issue_id)
    measure = issue.measures.filter(pk=measure_id).first()
    if measure is None:
        raise Http404(gettext("The issue has no such prevention measure."))

    def write(_: int, data: Data, **stamp) -> object:
        return prevention.set_state(measure_id, MeasureState(data["state"]), reason=data["reason"], **stamp)

    form = StateForm(request.POST if request.method == "POST" else None, initial={"state": measure.state})
    title = gettext("How far is it: %(measure)s") % {"measure": measure.text[:80]}
    change = Change(title, gettext("Save"), StateForm, write, gettext("prevention measure saved"))
    return answer(request, model_admin, issue, change, form)
