"""What the tests of the dashboard share: a revenue profile, and issues that move as they do for real."""

from datetime import date
from decimal import Decimal

import pytest

from tracker.models import RevenueProfile


@pytest.fixture
def profile(db):
    return RevenueProfile.objects.create(effective_on=date(2026, 1, 1), currency="USD", mrr=Decimal(10_000))
