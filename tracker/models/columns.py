"""Columns that several models have."""

import zoneinfo

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext, gettext_lazy

from tracker.choices import Choice


def known_time_zone(name: str) -> None:
    """Refuse a name that is not an IANA time zone."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            gettext("%(name)r is not a time zone: write an IANA name such as Europe/Paris.") % {"name": name}
        )


def choice(words: type[Choice], default: str | None = None, **options) -> models.CharField:
    """A column that stores one of the words."""
    if default is not None:
        options["default"] = str(default)
    return models.CharField(max_length=20, choices=labelled(words), **options)


def labelled(words: type[Choice]) -> list[tuple[str, str]]:
    """(stored word, label that is translated when it is shown), for the choices of a column or a form."""
    return [(word.value, gettext_lazy(word.marked)) for word in words]


def time_zone_column() -> models.CharField:
    """A column with the IANA name of a time zone; empty means the site's."""
    return models.CharField(
        gettext_lazy("time zone"),
        max_length=64,
        blank=True,
        validators=[known_time_zone],
        help_text=gettext_lazy("Empty: the site's."),
    )
