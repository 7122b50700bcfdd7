"""The secret addresses of people's calendars."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext, gettext_lazy

ENTRIES = (
    ("events", gettext_lazy("Events, for calendars")),
    ("tasks", gettext_lazy("Tasks, for lists of tasks")),
)


class CalendarFeed(models.Model):
    """Says that a person has a calendar address. Only the hash of what is secret in it is kept."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="calendar_feed",
        verbose_name=gettext_lazy("user"),
    )
    sha256 = models.CharField(gettext_lazy("sha256"), max_length=64, unique=True)
    entries = models.CharField(gettext_lazy("entries"), max_length=10, choices=ENTRIES, default="events")
    alarm_minutes = models.PositiveIntegerField(
        gettext_lazy("alarm minutes"), null=True, blank=True, help_text=gettext_lazy("Before a deadline; empty: none.")
    )
    created_at = models.DateTimeField(gettext_lazy("created at"))
    last_used_at = models.DateTimeField(
        gettext_lazy("last used at"), null=True, blank=True, help_text=gettext_lazy("To the hour.")
    )

    class Meta:
        verbose_name = gettext_lazy("calendar feed")
        verbose_name_plural = gettext_lazy("calendar feeds")

    def __str__(self) -> str:
        return gettext("calendar of %(name)s") % {"name": self.user}
