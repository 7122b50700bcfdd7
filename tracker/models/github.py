"""GitHub: the repositories that issues are pushed to, and what became of each issue there."""

import re
import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from tracker.choices import FollowState, OnClosed, Priority, PushMode
from tracker.models.columns import choice
from tracker.models.issues import Issue
from tracker.models.owners import Owner, System
from tracker.querysets import GitHubLinkQuerySet, GitHubRepositoryQuerySet

API_URL = "https://api.github.com"
# As GitHub has them: letters, digits and single hyphens; a repository may have dots, and is not called "." or "..".
FULL_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[-_](?=[A-Za-z0-9])){0,99}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}\Z")


class GitHubRepository(models.Model):
    """A repository of GitHub or of a GitHub Enterprise server: what is pushed to it, and what its issues do here."""

    name = models.CharField(
        max_length=205,
        validators=[RegexValidator(FULL_NAME, "Write it as GitHub does: owner/name.")],
        help_text="owner/name, such as acme/shop.",
    )
    api_url = models.CharField(
        "API address",
        max_length=200,
        default=API_URL,
        help_text="https://api.github.com, or https://HOST/api/v3 of a GitHub Enterprise server.",
    )
    active = models.BooleanField(default=True, help_text="Off: nothing is pushed, and nothing is followed.")
    token_encrypted = models.BinaryField(null=True, blank=True, editable=False)
    webhook_secret_encrypted = models.BinaryField(null=True, blank=True, editable=False)

    push_mode = choice(PushMode, PushMode.HAND)
    least_urgent = choice(Priority, Priority.P1)
    systems = models.ManyToManyField(
        System, blank=True, related_name="+", help_text="Issues that affect one of them; none chosen: of every system."
    )
    teams = models.ManyToManyField(
        Owner, blank=True, related_name="+", help_text="Leads of teams; none chosen: of every team, and of nobody yet."
    )
    most_a_day = models.PositiveIntegerField(
        default=50,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text="So many issues are pushed automatically in 24 hours at most. The others wait.",
    )
    labels = models.TextField(
        blank=True,
        help_text="Given to an issue when it is pushed, one a line. GitHub makes those it lacks.",
    )
    with_text = models.BooleanField(
        "send the description",
        default=False,
        help_text="Off: only title, priority, status, deadline, owner and a link leave this site.",
    )
    closes_there = models.BooleanField(
        "close it there",
        default=True,
        help_text="A validated or cancelled issue is closed at GitHub, too; one that is open again is reopened there.",
    )
    on_closed = choice(OnClosed, OnClosed.NOTE)
    reopens_here = models.BooleanField(
        "reopen it here",
        default=True,
        help_text="An issue reopened at GitHub is open here again, too, where the workflow leads there.",
    )
    follow_minutes = models.PositiveIntegerField(
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(1440)],
        help_text="Minutes between two looks at the repository; a webhook makes it look at once.",
    )

    compared_until = models.DateTimeField(null=True, blank=True, editable=False)
    offered_until = models.DateTimeField(null=True, blank=True, editable=False)
    held_back_since = models.DateTimeField(null=True, blank=True, editable=False)
    followed_until = models.DateTimeField(null=True, blank=True, editable=False)
    etag = models.CharField(max_length=200, blank=True, editable=False)
    etag_path = models.CharField(max_length=500, blank=True, editable=False)
    follow_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    followed_at = models.DateTimeField(null=True, blank=True, editable=False)
    rests_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="GitHub has asked to be left alone until then."
    )
    rejections = models.PositiveIntegerField(default=0, editable=False, help_text="Limits met in a row.")
    problem = models.TextField(blank=True, editable=False)
    problem_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = GitHubRepositoryQuerySet.as_manager()

    class Meta:
        verbose_name = "GitHub repository"
        verbose_name_plural = "GitHub repositories"
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                Lower("api_url"),
                Lower("name"),
                name="github_repository_once",
                violation_error_message="This repository is set up already.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class GitHubLink(models.Model):
    """One issue and its issue at GitHub. The row is written before anything is sent: it is the outbox, too.

    Something is to be sent when it has a `due_at`. `unsure_since` says that an issue may have been created there of
    which no answer came; `saying_state` and `saying_title` are what is being sent and not confirmed yet.
    """

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="github_links")
    repository = models.ForeignKey(GitHubRepository, on_delete=models.PROTECT, related_name="links")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="Marks our text at GitHub.")
    state = choice(FollowState, FollowState.PLANNED)
    number = models.PositiveBigIntegerField(null=True, blank=True)
    node_id = models.CharField(max_length=200, blank=True)
    remote_id = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Stays, whatever becomes of its number."
    )
    url = models.CharField(max_length=500, blank=True)

    seen_state = models.CharField(max_length=20, blank=True, help_text="open or closed, as GitHub said last.")
    seen_reason = models.CharField(max_length=30, blank=True)
    seen_updated_at = models.DateTimeField(null=True, blank=True, help_text="By the clock of GitHub.")
    looked_at = models.DateTimeField(null=True, blank=True, help_text="When GitHub last showed it.")

    said_state = models.CharField(max_length=20, blank=True, help_text="What we have last made of its state.")
    saying_state = models.CharField(max_length=20, blank=True)
    said_title = models.CharField(max_length=300, blank=True)
    saying_title = models.CharField(max_length=300, blank=True)
    said_digest = models.CharField(max_length=64, blank=True, help_text="Of what GitHub was last told.")

    due_at = models.DateTimeField(null=True, blank=True, help_text="Not sent before; empty: nothing is to be sent.")
    lease = models.CharField(max_length=40, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True, help_text="Until then one worker has it alone.")
    attempts = models.PositiveIntegerField(default=0, help_text="Begun tries since it last went well.")
    unsure_since = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When GitHub last took something.")

    problem = models.TextField(blank=True, help_text="Why it is stopped, or why the last try failed.")
    attention = models.TextField(blank=True, help_text="What somebody has to look at.")
    automatic = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = GitHubLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "GitHub issue"
        ordering = ("-created_at", "-pk")
        indexes = [
            models.Index(fields=("due_at", "id"), condition=Q(due_at__isnull=False), name="github_link_due"),
            models.Index(fields=("repository", "state", "looked_at"), name="github_link_looked"),
            models.Index(fields=("-created_at", "-id"), name="github_link_newest"),
            models.Index(
                fields=("repository", "created_at"), condition=Q(automatic=True), name="github_link_automatic"
            ),
            models.Index(
                fields=("repository",),
                condition=Q(state=str(FollowState.STOPPED)) | ~Q(attention=""),
                name="github_link_troubled",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=("issue", "repository"), name="github_link_once"),
            models.UniqueConstraint(
                fields=("repository", "number"), condition=Q(number__isnull=False), name="github_number_once"
            ),
            models.CheckConstraint(
                condition=~Q(state=str(FollowState.FOLLOWED)) | Q(number__isnull=False, seen_updated_at__isnull=False),
                name="github_followed_has_number",
            ),
            models.CheckConstraint(
                condition=~Q(state=str(FollowState.STOPPED)) | Q(due_at__isnull=True) & ~Q(problem=""),
                name="github_stopped_says_why",
            ),
            models.CheckConstraint(
                condition=Q(lease="", leased_until__isnull=True) | ~Q(lease="") & Q(leased_until__isnull=False),
                name="github_lease_has_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.repository}#{self.number}" if self.number else f"{self.repository} ({self.get_state_display()})"


class GitHubDelivery(models.Model):
    """A call of a webhook that was taken, so that the same call wakes nobody twice."""

    repository = models.ForeignKey(GitHubRepository, on_delete=models.CASCADE, related_name="deliveries")
    delivery_id = models.CharField(max_length=64)
    signature = models.CharField(max_length=64, help_text="SHA-256 of the signature: the same body is no news.")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at",)
        indexes = [models.Index(fields=("at",), name="github_delivery_at")]
        constraints = [
            models.UniqueConstraint(fields=("repository", "delivery_id"), name="github_delivery_id_once"),
            models.UniqueConstraint(fields=("repository", "signature"), name="github_delivery_body_once"),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} at {self.at:%Y-%m-%d %H:%M}"
