"""The forms by which a person changes an issue. They ask; tracker.amend and tracker.workflow decide and write."""

from collections.abc import Sequence
from decimal import Decimal

from django import forms
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from tracker.admin.typed import KeySelect, KeySelectMultiple
from tracker.amend import LONGEST_TITLE, MOST_HOURS
from tracker.choices import IssueKind, NoteKind, Priority
from tracker.links import read_links
from tracker.models import Issue, Owner, System
from tracker.models.columns import labelled


def reason_field(required: bool, help_text: str = "") -> forms.CharField:
    """A sentence that goes into the history."""
    widget = forms.Textarea(attrs={"rows": 2})
    return forms.CharField(
        label=gettext_lazy("Reason"), required=required, widget=widget, max_length=2000, help_text=help_text
    )


def _zone_words() -> str:
    return gettext("Time in %(zone)s.") % {"zone": timezone.get_current_timezone_name()}


class AtHand:
    """Shows the chosen rows without asking the database for them, where they are at hand."""

    at_hand: Sequence[Model] = ()

    def optgroups(self, name, value, attrs=None):
        rows = {str(row.pk): row for row in self.at_hand}
        chosen = [str(each) for each in value if each not in ("", None)]
        if not rows.keys() >= set(chosen):
            return super().optgroups(name, value, attrs)
        empty = [] if self.allow_multiple_selected else [self.create_option(name, "", "", False, 0)]
        rest = (self.create_option(name, key, str(rows[key]), True, place) for place, key in enumerate(chosen, start=1))
        return [(None, [*empty, *rest], 0)]


class OwnerSelect(AtHand, KeySelect):
    """Asks for an owner."""


class OwnerForm(forms.Form):
    """Who does the work: found by typing a part of the name; empty takes the owner away."""

    owner = forms.ModelChoiceField(Owner.objects.all(), required=False, label=gettext_lazy("Owner"))
    reason = reason_field(required=False)

    def __init__(self, *args, admin_site, at_hand=(), **kwargs):
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        owner.widget = OwnerSelect(Issue._meta.get_field("owner"), admin_site)
        owner.widget.at_hand = at_hand
        owner.widget.is_required = False
        owner.widget.choices = owner.choices


class DeadlineForm(forms.Form):
    """A new deadline, as wall time in the viewer's zone."""

    deadline = forms.DateTimeField(
        label=gettext_lazy("Deadline"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    reason = reason_field(required=False, help_text=gettext_lazy("Moving a deadline needs one."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["deadline"].help_text = _zone_words()


class PriorityForm(forms.Form):
    """How urgent the issue is. Its reference and its deadline stay as they are."""

    priority = forms.ChoiceField(label=gettext_lazy("Priority"), choices=labelled(Priority))
    reason = reason_field(required=False)


class RevenueForm(forms.Form):
    """What the issue puts at risk, in place of the share of its priority."""

    amount = forms.DecimalField(
        label=gettext_lazy("Amount a month"),
        required=False,
        min_value=Decimal("0.01"),
        max_digits=14,
        decimal_places=2,
        help_text=gettext_lazy("In site currency. Empty: the share of the priority counts again."),
    )
    reason = reason_field(required=True, help_text=gettext_lazy("Where the amount comes from."))


class SystemsSelect(AtHand, KeySelectMultiple):
    """Asks for systems."""


class DescribeForm(forms.Form):
    """What the issue is about. Where it comes from stays: the text of the analysis is no part of it."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=LONGEST_TITLE)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=labelled(IssueKind))
    systems = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Systems"), queryset=System.objects.all(), required=False
    )
    reason = reason_field(required=False)

    def __init__(self, *args, admin_site, at_hand=(), **kwargs):
        super().__init__(*args, **kwargs)
        systems = self.fields["systems"]
        systems.widget = SystemsSelect(Issue._meta.get_field("systems"), admin_site)
        systems.widget.at_hand = at_hand
        systems.widget.is_required = False
        systems.widget.choices = systems.choices


class NoteForm(forms.Form):
    """Something to keep. Notes are never edited."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=labelled(NoteKind))
    text = forms.CharField(label=gettext_lazy("Note"), widget=forms.Textarea(attrs={"rows": 3}), max_length=20_000)
    hours = forms.DecimalField(
        label=gettext_lazy("Hours spent"), required=False, max_digits=6, decimal_places=2, max_value=MOST_HOURS
    )
    links = forms.CharField(
        label=gettext_lazy("Links"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 1}),
        max_length=50_000,
        help_text=gettext_lazy("A commit, a pull request or a document; one a line."),
    )

    def clean_links(self) -> list[dict[str, str]]:
        """The links as a note keeps them."""
        try:
            return read_links(self.cleaned_data["links"].splitlines())
        except ValueError as unclear:
            raise forms.ValidationError(str(unclear)) from unclear


class TransitionForm(forms.Form):
    """What a transition asks for, and always a reason for who wants to give one."""

    reason = reason_field(required=False)
    until = forms.DateTimeField(
        label=gettext_lazy("Open again on"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    hours_unknown = forms.BooleanField(
        label=gettext_lazy("Nobody can say the hours"),
        required=False,
        help_text=gettext_lazy(
            "No hours are noted since the start of the work. Add them to a note first, or tick this: "
            "the choice is kept in the history."
        ),
    )

    def __init__(self, *args, asks: tuple[str, ...], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = "reason" in asks
        self.fields["reason"].help_text = "" if "reason" in asks else gettext("Only if there is something to say.")
        self.fields["until"].help_text = _zone_words()
        for name in ("until", "hours_unknown"):
            if name not in asks:
                del self.fields[name]
