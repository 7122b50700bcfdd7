"""Who sees amounts."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group

from dashboard.access import as_seen_by
from dashboard.tests.sheets import AT_RISK, DELAY, ON_TIME, ROW, compared, series, sheet
from dashboard.value import roi
from dashboard.value.figures import Unit

RETURN = roi.RETURN.of(Decimal("0.5"), part="p50")
WHOLE = sheet(
    *(AT_RISK, DELAY, ON_TIME, RETURN),
    changes=compared(AT_RISK, Decimal(1)) | compared(ON_TIME, Decimal("0.5")),
    series=(series(), series(Unit.MONEY_A_MONTH, "forecast")),
    issues=(ROW,),
    extra={"actions": (), "counts": {"open": 1}},
)


@pytest.fixture
def member(make_user):
    def make(group):
        user = make_user(group.lower(), is_staff=True)
        user.groups.add(Group.objects.get(name=group))
        return user

    return make


@pytest.mark.parametrize("group", ["Executive", "Manager", "Auditor"])
def test_who_may_see_the_revenue_sees_everything(group, member):
    assert as_seen_by(member(group), WHOLE) == WHOLE


def test_an_engineer_sees_no_amount_and_everything_else(member):
    seen = as_seen_by(member("Engineer"), WHOLE)

    assert set(seen.figures) == set(seen.changes) == {ON_TIME.key}
    assert [each.key for each in seen.series] == ["by_priority"]
    assert (seen.issues[0].reference, seen.issues[0].at_risk) == (ROW.reference, None)
    assert dict(seen.extra) == {"counts": {"open": 1}}
    assert seen.currency == ""
