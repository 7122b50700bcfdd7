"""What badges and columns of the admin say of a moment."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from tracker.admin.badges import exact_time

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "said"),
    [("en-us", "Tue 10 Mar 2026, 13:00 CET"), ("de", "Di 10 Mär 2026, 13:00 CET")],
)
def test_a_moment_is_told_in_the_zone_of_the_viewer_and_the_language_of_the_site(language, said):
    with timezone.override(ZoneInfo("Europe/Paris")), translation.override(language):
        assert exact_time(NOON) == said
