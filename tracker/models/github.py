"""GitHub: the repositories that issues are pushed to, and what became of each issue there."""

import re
import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

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
        gettext_lazy("name"),
        max_length=205,
        validators=[RegexValidator(FULL_NAME, gettext_lazy("Write it as GitHub does: owner/name."))],
        help_text=gettext_lazy("owner/name, such as acme/shop."),
    )
    api_url = models.CharField(
        gettext_lazy("API address"),
        max_length=200,
        default=API_URL,
        help_text=gettext_lazy("https://api.github.com, or https://HOST/api/v3 of a GitHub Enterprise server."),
    )
    active = models.BooleanField(
        gettext_lazy("active"), default=True, help_text=gettext_lazy("Off: nothing is pushed, and nothing is followed.")
    )
    token_encrypted = models.BinaryField(gettext_lazy("token encrypted"), null=True, blank=True, editable=False)
    webhook_secret_encrypted = models.BinaryField(
        gettext_lazy("webhook secret encrypted"), null=True, blank=True, editable=False
    )

    push_mode = choice(PushMode, PushMode.HAND, verbose_name=gettext_lazy("push mode"))
    least_urgent = choice(Priority, Priority.P1, verbose_name=gettext_lazy("least urgent"))
    systems = models.ManyToManyField(
        System,
        blank=True,
        related_name="+",
        help_text=gettext_lazy("Issues that affect one of them; none chosen: of every system."),
        verbose_name=gettext_lazy("systems"),
    )
    teams = models.ManyToManyField(
        Owner,
        blank=True,
        related_name="+",
        help_text=gettext_lazy("Leads of teams; none chosen: of every team, and of nobody yet."),
        verbose_name=gettext_lazy("teams"),
    )
    most_a_day = models.PositiveIntegerField(
        gettext_lazy("most a day"),
        default=50,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=gettext_lazy("So many issues are pushed automatically in 24 hours at most. The others wait."),
    )
    labels = models.TextField(
        gettext_lazy("labels"),
        blank=True,
        help_text=gettext_lazy("Given to an issue when it is pushed, one a line. GitHub makes those it lacks."),
    )
    with_text = models.BooleanField(
        gettext_lazy("send the description"),
        default=False,
        help_text=gettext_lazy("Off: only title, priority, status, deadline, owner and a link leave this site."),
    )
    closes_there = models.BooleanField(
        gettext_lazy("close it there"),
        default=True,
        help_text=gettext_lazy(
            "A validated or cancelled issue is closed at GitHub, too; one that is open again is reopened there."
        ),
    )
    on_closed = choice(OnClosed, OnClosed.NOTE, verbose_name=gettext_lazy("on closed"))
    reopens_here = models.BooleanField(
        gettext_lazy("reopen it here"),
        default=True,
        help_text=gettext_lazy("An issue reopened at GitHub is open here again, too, where the workflow leads there."),
    )
    follow_minutes = models.PositiveIntegerField(
        gettext_lazy("follow minutes"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(1440)],
        help_text=gettext_lazy("Minutes between two looks at the repository; a webhook makes it look at once."),
    )

    compared_until = models.DateTimeField(gettext_lazy("compared until"), null=True, blank=True, editable=False)
    offered_until = models.DateTimeField(gettext_lazy("offered until"), null=True, blank=True, editable=False)
    held_back_since = models.DateTimeField(gettext_lazy("held back since"), null=True, blank=True, editable=False)
    followed_until = models.DateTimeField(gettext_lazy("followed until"), null=True, blank=True, editable=False)
    etag = models.CharField(gettext_lazy("etag"), max_length=200, blank=True, editable=False)
    etag_path = models.CharField(gettext_lazy("etag path"), max_length=500, blank=True, editable=False)
    follow_due_at = models.DateTimeField(gettext_lazy("follow due at"), null=True, blank=True, editable=False)
    followed_at = models.DateTimeField(gettext_lazy("followed at"), null=True, blank=True, editable=False)
    rests_until = models.DateTimeField(
        gettext_lazy("rests until"),
        null=True,
        blank=True,
        editable=False,
        help_text=gettext_lazy("GitHub has asked to be left alone until then."),
    )
    rejections = models.PositiveIntegerField(
        gettext_lazy("rejections"), default=0, editable=False, help_text=gettext_lazy("Limits met in a row.")
    )
    problem = models.TextField(gettext_lazy("problem"), blank=True, editable=False)
    problem_at = models.DateTimeField(gettext_lazy("problem at"), null=True, blank=True, editable=False)

    objects = GitHubRepositoryQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("GitHub repository")
        verbose_name_plural = gettext_lazy("GitHub repositories")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                Lower("api_url"),
                Lower("name"),
                name="github_repository_once",
                violation_error_message=gettext_lazy("This repository is set up already."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class GitHubLink(models.Model):
    """One issue and its issue at GitHub. The row is written before anything is sent: it is the outbox, too.

    Something is to be sent when it has a `due_at`. `unsure_since` says that an issue may have been created there of
    which no answer came; `saying_state` and `saying_title` are what is being sent and not confirmed yet.
    """

    issue = models.ForeignKey(
        Issue, on_delete=models.CASCADE, related_name="github_links", verbose_name=gettext_lazy("issue")
    )
    repository = models.ForeignKey(
        GitHubRepository, on_delete=models.PROTECT, related_name="links", verbose_name=gettext_lazy("repository")
    )
    key = models.UUIDField(
        gettext_lazy("key"),
        default=uuid.uuid4,
        unique=True,
        editable=False,
        help_text=gettext_lazy("Marks our text at GitHub."),
    )
    state = choice(FollowState, FollowState.PLANNED, verbose_name=gettext_lazy("state"))
    number = models.PositiveBigIntegerField(gettext_lazy("number"), null=True, blank=True)
    node_id = models.CharField(gettext_lazy("node id"), max_length=200, blank=True)
    remote_id = models.PositiveBigIntegerField(
        gettext_lazy("remote id"),
        null=True,
        blank=True,
        help_text=gettext_lazy("Stays, whatever becomes of its number."),
    )
    url = models.CharField(gettext_lazy("url"), max_length=500, blank=True)

    seen_state = models.CharField(
        gettext_lazy("seen state"),
        max_length=20,
        blank=True,
        help_text=gettext_lazy("open or closed, as GitHub said last."),
    )
    seen_reason = models.CharField(gettext_lazy("seen reason"), max_length=30, blank=True)
    seen_updated_at = models.DateTimeField(
        gettext_lazy("seen updated at"), null=True, blank=True, help_text=gettext_lazy("By the clock of GitHub.")
    )
    looked_at = models.DateTimeField(
        gettext_lazy("looked at"), null=True, blank=True, help_text=gettext_lazy("When GitHub last showed it.")
    )

    said_state = models.CharField(
        gettext_lazy("said state"),
        max_length=20,
        blank=True,
        help_text=gettext_lazy("What we have last made of its state."),
    )
    saying_state = models.CharField(gettext_lazy("saying state"), max_length=20, blank=True)
    said_title = models.CharField(gettext_lazy("said title"), max_length=300, blank=True)
    saying_title = models.CharField(gettext_lazy("saying title"), max_length=300, blank=True)
    said_digest = models.CharField(
        gettext_lazy("said digest"), max_length=64, blank=True, help_text=gettext_lazy("Of what GitHub was last told.")
    )

    due_at = models.DateTimeField(
        gettext_lazy("due at"),
        null=True,
        blank=True,
        help_text=gettext_lazy("Not sent before; empty: nothing is to be sent."),
    )
    lease = models.CharField(gettext_lazy("lease"), max_length=40, blank=True)
    leased_until = models.DateTimeField(
        gettext_lazy("leased until"),
        null=True,
        blank=True,
        help_text=gettext_lazy("Until then one worker has it alone."),
    )
    attempts = models.PositiveIntegerField(
        gettext_lazy("attempts"), default=0, help_text=gettext_lazy("Begun tries since it last went well.")
    )
    unsure_since = models.DateTimeField(gettext_lazy("unsure since"), null=True, blank=True)
    sent_at = models.DateTimeField(
        gettext_lazy("sent at"), null=True, blank=True, help_text=gettext_lazy("When GitHub last took something.")
    )

    problem = models.TextField(
        gettext_lazy("problem"), blank=True, help_text=gettext_lazy("Why it is stopped, or why the last try failed.")
    )
    by_hand = models.BooleanField(
        gettext_lazy("stopped by hand"), default=False, db_default=False, help_text=gettext_lazy("Nobody need be told.")
    )
    attention = models.TextField(
        gettext_lazy("attention"), blank=True, help_text=gettext_lazy("What somebody has to look at.")
    )
    automatic = models.BooleanField(gettext_lazy("automatic"), default=False)
    created_at = models.DateTimeField(gettext_lazy("created at"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("created by"),
    )

    objects = GitHubLinkQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("GitHub issue")
        verbose_name_plural = gettext_lazy("GitHub issues")
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

    repository = models.ForeignKey(
        GitHubRepository, on_delete=models.CASCADE, related_name="deliveries", verbose_name=gettext_lazy("repository")
    )
    delivery_id = models.CharField(gettext_lazy("delivery id"), max_length=64)
    signature = models.CharField(
        gettext_lazy("signature"),
        max_length=64,
        help_text=gettext_lazy("SHA-256 of the signature: the same body is no news."),
    )
    at = models.DateTimeField(gettext_lazy("at"))

    class Meta:
        verbose_name = gettext_lazy("git hub delivery")
        verbose_name_plural = gettext_lazy("git hub deliverys")
        ordering = ("-at",)
        indexes = [models.Index(fields=("at",), name="github_delivery_at")]
        constraints = [
            models.UniqueConstraint(fields=("repository", "delivery_id"), name="github_delivery_id_once"),
            models.UniqueConstraint(fields=("repository", "signature"), name="github_delivery_body_once"),
        ]

    def __str__(self) -> str:
        time = f"{timezone.localtime(self.at):%Y-%m-%d %H:%M}"
        return gettext("%(delivery)s at %(time)s") % {"delivery": self.delivery_id, "time": time}
