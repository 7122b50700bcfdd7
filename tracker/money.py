"""Money in words, the same on every page and in every message."""

from decimal import ROUND_HALF_EVEN, Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext

CENT = Decimal("0.01")


def money(amount: Decimal | None, currency: str) -> str:
    """An amount to the cent in the site's locale, with its currency: "USD 1,234.50". "not set" for None."""
    if amount is None:
        return gettext("not set")
    cents = amount.quantize(CENT, ROUND_HALF_EVEN)
    return f"{currency} {number_format(cents, 2, use_l10n=True, force_grouping=True)}"


def about(amount: Decimal, currency: str) -> str:
    """An amount without cents, for sentences: "USD 1,235"."""
    whole = amount.quantize(Decimal(1), ROUND_HALF_EVEN)
    return f"{currency} {number_format(whole, 0, use_l10n=True, force_grouping=True)}".strip()


def percent(part: Decimal) -> str:
    """A part of 1 in percent, with at most two decimal places: "12 %", "3.75 %"."""
    value = (part * 100).quantize(CENT, ROUND_HALF_EVEN).normalize()
    places = max(0, -value.as_tuple().exponent)
    return f"{number_format(value, places, use_l10n=True)} %"
