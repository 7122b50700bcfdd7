"""The secret addresses of people's calendars."""

from django.conf import settings
from django.db import models

ENTRIES = (("events", "Events, for calendars"), ("tasks", "Tasks, for lists of tasks"))


class CalendarFeed(models.Model):
    """Says that a person has a calendar address. Only the hash of what is secret in it is kept."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed")
    sha256 = models.CharField(max_length=64, unique=True)
    entries = models.CharField(max_length=10, choices=ENTRIES, default="events")
    alarm_minutes = models.PositiveIntegerField(null=True, blank=True, help_text="Before a deadline; empty: none.")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the hour.")

    def __str__(self) -> str:
        return f"calendar of {self.user}"
