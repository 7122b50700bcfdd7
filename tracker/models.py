"""The rows of the tracker: who owns what, what an analysis says, and the issues that come from it."""

import zoneinfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Lower

from tracker.choices import (
    CalendarKind,
    Decision,
    Door,
    IssueKind,
    ItemKind,
    NoteKind,
    Priority,
    Role,
    Status,
)
from tracker.deadlines import Calendar, Policy
from tracker.querysets import CLOSED, AnalysisQuerySet, ExtractedItemQuerySet, IssueQuerySet


def known_time_zone(name: str) -> None:
    """Refuse a name that is not an IANA time zone."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"{name!r} is not a time zone: write an IANA name such as Europe/Paris.")


def choice(words: type, default: str | None = None, **options) -> models.CharField:
    """A column that stores one of the words."""
    if default is not None:
        options["default"] = str(default)
    return models.CharField(max_length=20, choices=words.choices(), **options)


def time_zone_column() -> models.CharField:
    """A column with the IANA name of a time zone; empty means the site's."""
    return models.CharField(max_length=64, blank=True, validators=[known_time_zone], help_text="Empty: the site's.")


class Owner(models.Model):
    """Somebody who does the work, or to whom it is escalated."""

    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    slack_name = models.CharField(max_length=80, blank=True, help_text="Without the @.")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="owner"
    )
    reports_to = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="reports")
    role = choice(Role, Role.ENGINEER)
    time_zone = models.CharField(
        max_length=64, blank=True, validators=[known_time_zone], help_text="Empty: the site's."
    )

    class Meta:
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(Lower("name"), name="owner_name_unique"),
            models.UniqueConstraint(Lower("email"), name="owner_email_unique", condition=~Q(email="")),
            models.UniqueConstraint(Lower("slack_name"), name="owner_slack_name_unique", condition=~Q(slack_name="")),
            models.CheckConstraint(condition=~Q(reports_to=models.F("pk")), name="owner_reports_to_another"),
        ]

    def __str__(self) -> str:
        return self.name


class System(models.Model):
    """A part of the product that an issue affects, found by its keywords."""

    name = models.CharField(max_length=100, unique=True)
    keywords = models.TextField(blank=True, help_text="Words that name it in a text, one a line; matched whole.")
    default_owner = models.ForeignKey(Owner, on_delete=models.SET_NULL, null=True, blank=True, related_name="systems")

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def keyword_list(self) -> list[str]:
        """The keywords, cleaned; the name itself when there are none."""
        return [word for line in self.keywords.splitlines() if (word := line.strip())] or [self.name]


class PriorityPolicy(models.Model):
    """How long an issue of a priority may take, and which hours count."""

    priority = choice(Priority, unique=True)
    hours = models.PositiveIntegerField(help_text="Time from import to deadline, in hours; 24 h are one day.")
    calendar = choice(CalendarKind, CalendarKind.ALWAYS)
    country = models.CharField(max_length=2, blank=True, help_text="ISO code whose public holidays do not count.")
    subdivision = models.CharField(max_length=10, blank=True, help_text="State or province, as ISO 3166-2 has it.")
    time_zone = models.CharField(
        max_length=64, blank=True, validators=[known_time_zone], help_text="Empty: the site's."
    )
    day_starts = models.TimeField(default="09:00", help_text="Start of a business day.")
    day_ends = models.TimeField(default="17:00", help_text="End of a business day.")

    class Meta:
        ordering = ("priority",)
        verbose_name_plural = "priority policies"
        constraints = [
            models.CheckConstraint(condition=Q(hours__gt=0), name="policy_hours_positive"),
            models.CheckConstraint(
                condition=Q(calendar=str(CalendarKind.ALWAYS)) | ~Q(priority__in=[str(Priority.P0), str(Priority.P1)]),
                name="policy_urgent_around_the_clock",
                violation_error_message="P0 and P1 run around the clock.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.priority}: {self.hours} h"

    def clean(self) -> None:
        """Refuse a policy that no deadline can be made from."""
        try:
            self.as_policy()
        except TypeError:
            return  # a field that could not be read: it says so itself
        except ValueError as impossible:
            raise ValidationError(str(impossible)) from impossible

    def as_policy(self) -> Policy:
        """The policy that this row describes. Raises: ValueError in one sentence when there can be no such policy."""
        calendar = Calendar(
            kind=CalendarKind(self.calendar),
            time_zone=self.time_zone or settings.TIME_ZONE,
            country=self.country,
            subdivision=self.subdivision,
            day_starts=self.day_starts,
            day_ends=self.day_ends,
        )
        return Policy(Priority(self.priority), self.hours, calendar)


class Analysis(models.Model):
    """A Five Whys document, in its latest text."""

    source = models.CharField(max_length=500, unique=True, help_text="Path or name under which it came in.")
    title = models.CharField(max_length=300)
    text = models.TextField()
    sha256 = models.CharField(max_length=64, unique=True)
    date = models.DateField(null=True, blank=True, help_text="As the document states it.")
    priority = choice(Priority, blank=True)
    root_cause = models.TextField(blank=True)
    root_cause_line = models.PositiveIntegerField(null=True, blank=True)
    whys = models.JSONField(default=list, blank=True)
    stated_impact = models.JSONField(default=dict, blank=True)
    systems = models.ManyToManyField(System, blank=True, related_name="analyses")
    imported_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = AnalysisQuerySet.as_manager()

    class Meta:
        ordering = ("-imported_at", "-pk")
        verbose_name_plural = "analyses"
        indexes = [models.Index(fields=("-imported_at", "-id"), name="analysis_newest")]

    def __str__(self) -> str:
        return self.title


class AnalysisRevision(models.Model):
    """One text that an analysis has had. Append-only."""

    analysis = models.ForeignKey(Analysis, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    sha256 = models.CharField(max_length=64, db_index=True)
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("analysis", "number")
        constraints = [models.UniqueConstraint(fields=("analysis", "number"), name="revision_number_unique")]

    def __str__(self) -> str:
        return f"{self.analysis} (revision {self.number})"


class Issue(models.Model):
    """One tracked piece of work."""

    reference = models.CharField(max_length=30, unique=True)
    title = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    kind = choice(IssueKind)
    priority = choice(Priority)
    status = choice(Status, Status.IDENTIFIED)
    is_closed = models.GeneratedField(
        expression=Case(When(status__in=[str(word) for word in CLOSED], then=Value(True)), default=Value(False)),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    owner = models.ForeignKey(Owner, on_delete=models.PROTECT, null=True, blank=True, related_name="issues")
    owner_words = models.CharField(max_length=200, blank=True, help_text="The owner as the analysis names them.")
    deadline = models.DateTimeField(null=True, blank=True)
    original_deadline = models.DateTimeField(null=True, blank=True)
    deadline_words = models.CharField(max_length=200, blank=True, help_text="The deadline as the analysis states it.")
    analysis = models.ForeignKey(Analysis, on_delete=models.PROTECT, null=True, blank=True, related_name="issues")
    source_line = models.PositiveIntegerField(null=True, blank=True)
    source_end_line = models.PositiveIntegerField(null=True, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True, db_index=True)
    systems = models.ManyToManyField(System, blank=True, related_name="issues")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = IssueQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=("is_closed", "priority", "deadline", "id"), name="issue_by_urgency"),
            models.Index(fields=("status", "deadline"), name="issue_status_deadline"),
            models.Index(fields=("owner", "is_closed", "priority", "deadline"), name="issue_owner_urgency"),
            models.Index(fields=("-created_at",), name="issue_newest"),
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
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"


class ExtractedItem(models.Model):
    """One entry that the extraction found in an analysis, and what was decided about it."""

    analysis = models.ForeignKey(Analysis, on_delete=models.CASCADE, related_name="items")
    kind = choice(ItemKind)
    line = models.PositiveIntegerField()
    end_line = models.PositiveIntegerField()
    title = models.CharField(max_length=300)
    text = models.TextField(help_text="The entry with its details, as the analysis has it.")
    previous_text = models.TextField(blank=True, help_text="What it said before the latest change of the analysis.")
    section = models.JSONField(default=list, blank=True)
    priority = choice(Priority, blank=True)
    priority_stated = models.BooleanField(default=False)
    owner = models.ForeignKey(Owner, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    owner_words = models.CharField(max_length=200, blank=True)
    deadline = models.DateTimeField(null=True, blank=True)
    deadline_words = models.CharField(max_length=200, blank=True)
    done = models.BooleanField(default=False)
    systems = models.ManyToManyField(System, blank=True, related_name="+")
    duplicate_lines = models.JSONField(default=list, blank=True)
    score = models.FloatField(default=1.0)
    reasons = models.JSONField(default=list, blank=True)
    fingerprint = models.CharField(max_length=64, db_index=True)
    checks = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="checked_items")
    decision = choice(Decision, Decision.PENDING)
    found_at = models.DateTimeField(null=True, blank=True, help_text="When the analysis first said it here.")
    edited_fields = models.JSONField(default=list, blank=True, help_text="What a person set before deciding.")
    decision_reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, null=True, blank=True, related_name="items")
    gone_at = models.DateTimeField(null=True, blank=True, help_text="When the analysis stopped saying it.")

    objects = ExtractedItemQuerySet.as_manager()

    class Meta:
        ordering = ("analysis", "line", "pk")
        indexes = [models.Index(fields=("decision", "analysis"), name="item_decision")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(decision=str(Decision.DISMISSED)) | ~Q(decision_reason=""),
                name="item_dismissed_with_reason",
            ),
            models.CheckConstraint(
                condition=~Q(decision=str(Decision.ADDED)) | Q(kind=str(ItemKind.CHECK)) | Q(issue__isnull=False),
                name="item_added_has_issue",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} (line {self.line})"


class SkippedLine(models.Model):
    """A line that looks like work and was not taken, with the reason."""

    analysis = models.ForeignKey(Analysis, on_delete=models.CASCADE, related_name="skipped_lines")
    line = models.PositiveIntegerField()
    end_line = models.PositiveIntegerField()
    text = models.TextField()
    reason = models.CharField(max_length=300)
    section = models.JSONField(default=list, blank=True)
    score = models.FloatField(default=0.0)
    reasons = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ("analysis", "line", "pk")

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class Check(models.Model):
    """Something that must hold before its issue is validated."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="checks")
    item = models.ForeignKey(ExtractedItem, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    text = models.TextField()
    source_line = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("issue", "source_line", "pk")
        constraints = [models.UniqueConstraint(fields=("issue", "item"), name="check_once_per_issue")]

    def __str__(self) -> str:
        return self.text


class HistoryRow(models.Model):
    """What every row of an issue's history has: whose hand, by which door, when. Append-only."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    actor_name = models.CharField(max_length=200, help_text="Kept when the user is deleted.")
    door = choice(Door)
    at = models.DateTimeField()

    class Meta:
        abstract = True


class Note(HistoryRow):
    """Something a person, or the import, wrote about an issue."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="notes")
    kind = choice(NoteKind, NoteKind.PROGRESS)
    text = models.TextField()

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.kind}: {self.text[:60]}"


class StatusChange(HistoryRow):
    """One step of an issue from status to status."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="changes")
    old_status = choice(Status, blank=True)
    new_status = choice(Status)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.old_status or 'new'} → {self.new_status}"


class FieldChange(HistoryRow):
    """An owner, deadline, priority or other field of an issue that was changed, old and new as text."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="field_changes")
    field = models.CharField(max_length=40)
    old = models.TextField(blank=True)
    new = models.TextField(blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.field}: {self.old or '—'} → {self.new or '—'}"


class ReferenceDay(models.Model):
    """The last sequence number given out on a day, so that no reference is ever used twice."""

    day = models.DateField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.day}: {self.last}"
