"""The issues: what is to be done, what must hold in the end, and what keeps it from coming back."""

from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy

from tracker.choices import IssueKind, MeasureCategory, MeasureState, Priority, Status
from tracker.models.analyses import Analysis, ExtractedItem
from tracker.models.columns import choice
from tracker.models.owners import Owner, System
from tracker.querysets import CLOSED, MOVING, OPEN_WORK, IssueQuerySet

STUCK = (Status.BLOCKED, Status.FAILED)


def among(statuses: Iterable[Status]) -> Q:
    """Issues in one of the statuses, as a condition that goes into a migration."""
    return Q(status__in=[str(status) for status in statuses])


class Issue(models.Model):
    """One tracked piece of work."""

    reference = models.CharField(gettext_lazy("reference"), max_length=30, unique=True)
    title = models.CharField(gettext_lazy("title"), max_length=300)
    description = models.TextField(gettext_lazy("description"), blank=True)
    kind = choice(IssueKind, verbose_name=gettext_lazy("kind"))
    priority = choice(Priority, verbose_name=gettext_lazy("priority"))
    status = choice(Status, Status.IDENTIFIED, verbose_name=gettext_lazy("status"))
    is_closed = models.GeneratedField(
        expression=Case(When(status__in=[str(word) for word in CLOSED], then=Value(True)), default=Value(False)),
        output_field=models.BooleanField(),
        db_persist=True,
        verbose_name=gettext_lazy("is closed"),
    )
    owner = models.ForeignKey(
        Owner,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="issues",
        verbose_name=gettext_lazy("owner"),
    )
    owner_words = models.CharField(
        gettext_lazy("owner words"),
        max_length=200,
        blank=True,
        help_text=gettext_lazy("The owner as the analysis names them."),
    )
    deadline = models.DateTimeField(gettext_lazy("deadline"), null=True, blank=True)
    original_deadline = models.DateTimeField(gettext_lazy("original deadline"), null=True, blank=True)
    deadline_words = models.CharField(
        gettext_lazy("deadline words"),
        max_length=200,
        blank=True,
        help_text=gettext_lazy("The deadline as the analysis states it."),
    )
    analysis = models.ForeignKey(
        Analysis,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="issues",
        verbose_name=gettext_lazy("analysis"),
    )
    source_line = models.PositiveIntegerField(gettext_lazy("source line"), null=True, blank=True)
    source_end_line = models.PositiveIntegerField(gettext_lazy("source end line"), null=True, blank=True)
    fingerprint = models.CharField(gettext_lazy("fingerprint"), max_length=64, blank=True, db_index=True)
    systems = models.ManyToManyField(System, blank=True, related_name="issues", verbose_name=gettext_lazy("systems"))
    accepted_until = models.DateTimeField(
        gettext_lazy("accepted until"),
        null=True,
        blank=True,
        help_text=gettext_lazy("When an accepted risk is open again."),
    )
    revenue_at_risk = models.DecimalField(
        gettext_lazy("revenue at risk"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=gettext_lazy(
            "Confirmed by a manager: a month, in site currency, in place of the share of the priority."
        ),
    )
    hours_unknown = models.BooleanField(
        gettext_lazy("hours unknown"),
        default=False,
        help_text=gettext_lazy("Completed by somebody who could not say the hours."),
    )
    created_at = models.DateTimeField(gettext_lazy("created at"))
    updated_at = models.DateTimeField(gettext_lazy("updated at"))
    status_since = models.DateTimeField(
        gettext_lazy("status since"), help_text=gettext_lazy("When it came to its status.")
    )
    worked_at = models.DateTimeField(
        gettext_lazy("worked at"), help_text=gettext_lazy("When somebody last wrote a note or moved its status.")
    )

    objects = IssueQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("issue")
        verbose_name_plural = gettext_lazy("issues")
        permissions = [
            ("work_on_own_issue", "Can work on issues of their own"),
            ("cancel_issue", "Can cancel issues"),
            ("export_issue", "Can export lists of issues"),
            ("export_issue_text", "Can export what issues and analyses say"),
        ]
        indexes = [
            models.Index(fields=("is_closed", "priority", "deadline", "id"), name="issue_by_urgency"),
            models.Index(fields=("status", "deadline"), name="issue_status_deadline"),
            models.Index(fields=("owner", "is_closed", "priority", "deadline"), name="issue_owner_urgency"),
            models.Index(fields=("-created_at",), name="issue_newest"),
            # What the watch asks for every few minutes: without the many issues that nobody has to work on any more,
            # and the first two with all columns that the answer needs, so that the rows themselves are left alone.
            models.Index(fields=("deadline", "priority", "id"), condition=among(OPEN_WORK), name="issue_open_deadline"),
            models.Index(fields=("priority", "worked_at", "id"), condition=among(MOVING), name="issue_moving_worked"),
            models.Index(
                fields=("priority",), condition=among(OPEN_WORK) & Q(owner__isnull=True), name="issue_open_unowned"
            ),
            models.Index(fields=("status", "status_since"), condition=among(STUCK), name="issue_stuck_since"),
            models.Index(fields=("status_since",), name="issue_status_since"),
            models.Index(fields=("accepted_until",), condition=Q(status=str(Status.ACCEPTED)), name="issue_accepted"),
            models.Index(fields=("id",), condition=Q(revenue_at_risk__isnull=False), name="issue_amount_confirmed"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status=str(Status.IN_PROGRESS)) | Q(owner__isnull=False),
                name="issue_in_progress_has_owner",
            ),
            models.CheckConstraint(
                condition=~Q(status=str(Status.PLANNED)) | Q(owner__isnull=False, deadline__isnull=False),
                name="issue_planned_has_owner_and_deadline",
            ),
            models.CheckConstraint(
                condition=Q(revenue_at_risk__isnull=True) | Q(revenue_at_risk__gt=0),
                name="issue_revenue_at_risk_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"


class Check(models.Model):
    """Something that must hold before its issue is validated."""

    issue = models.ForeignKey(
        Issue, on_delete=models.CASCADE, related_name="checks", verbose_name=gettext_lazy("issue")
    )
    item = models.ForeignKey(
        ExtractedItem,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("item"),
    )
    text = models.TextField(gettext_lazy("text"))
    source_line = models.PositiveIntegerField(gettext_lazy("source line"), null=True, blank=True)

    required = models.BooleanField(
        gettext_lazy("required"), default=True, help_text=gettext_lazy("Must pass before the issue is validated.")
    )
    entry = models.CharField(
        gettext_lazy("entry"),
        max_length=100,
        blank=True,
        help_text=gettext_lazy("Name in the catalogue; empty: a manual check."),
    )
    entry_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("entry confirmed by"),
    )
    entry_confirmed_at = models.DateTimeField(gettext_lazy("entry confirmed at"), null=True, blank=True)
    passes = models.PositiveSmallIntegerField(
        gettext_lazy("passes"), default=1, help_text=gettext_lazy("How many times in a row it must pass.")
    )

    class Meta:
        verbose_name = gettext_lazy("check")
        verbose_name_plural = gettext_lazy("checks")
        ordering = ("issue", "source_line", "pk")
        constraints = [
            models.UniqueConstraint(fields=("issue", "item"), name="check_once_per_issue"),
            models.CheckConstraint(condition=Q(passes__gte=1), name="check_passes_at_least_once"),
        ]

    def __str__(self) -> str:
        return self.text


class PreventionMeasure(models.Model):
    """What keeps the incident of an issue from coming back, and how far it has come."""

    issue = models.ForeignKey(
        Issue, on_delete=models.CASCADE, related_name="measures", verbose_name=gettext_lazy("issue")
    )
    category = choice(MeasureCategory, verbose_name=gettext_lazy("category"))
    text = models.TextField(gettext_lazy("text"))
    owner = models.ForeignKey(
        Owner, on_delete=models.PROTECT, related_name="measures", verbose_name=gettext_lazy("owner")
    )
    state = choice(MeasureState, MeasureState.PROPOSED, verbose_name=gettext_lazy("state"))
    created_at = models.DateTimeField(gettext_lazy("created at"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("created by"),
    )
    created_by_name = models.CharField(
        gettext_lazy("created by name"), max_length=200, help_text=gettext_lazy("Kept when the user is deleted.")
    )

    class Meta:
        verbose_name = gettext_lazy("prevention measure")
        verbose_name_plural = gettext_lazy("prevention measures")
        ordering = ("issue", "pk")
        indexes = [models.Index(fields=("state", "category"), name="measure_state_category")]

    def __str__(self) -> str:
        return f"{self.get_category_display()}: {self.text[:80]}"


class ReferenceDay(models.Model):
    """The last sequence number given out on a day, so that no reference is ever used twice."""

    day = models.DateField(gettext_lazy("day"), primary_key=True)
    last = models.PositiveIntegerField(gettext_lazy("last"), default=0)

    class Meta:
        verbose_name = gettext_lazy("reference day")
        verbose_name_plural = gettext_lazy("reference days")

    def __str__(self) -> str:
        return f"{self.day}: {self.last}"
