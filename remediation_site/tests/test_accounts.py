"""Accounts have the rights that Django gives them, read in one query."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission

from remediation_site.accounts import AccountBackend

pytestmark = pytest.mark.django_db


def right(codename):
    return Permission.objects.get(codename=codename)


def fresh(user):
    return AccountBackend().get_user(user.pk)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="an account"),
        pytest.param({"is_active": False}, id="one that is switched off"),
        pytest.param({"is_superuser": True}, id="an administrator"),
    ],
)
def test_an_account_has_exactly_the_rights_that_django_gives_it(make_user, fields):
    user = make_user(**fields)
    user.groups.add(*Group.objects.filter(name__in=("Engineer", "Executive")))
    user.user_permissions.add(right("view_issue"), right("cancel_issue"))
    ours, theirs = (get_user_model().objects.get(pk=user.pk) for _ in range(2))

    assert AccountBackend().get_all_permissions(ours) == ModelBackend().get_all_permissions(theirs)
    assert AccountBackend().get_all_permissions(ours, obj=user) == set()


def test_the_rights_of_a_person_and_their_groups_take_one_query(make_user, django_assert_num_queries):
    user = make_user()
    user.groups.add(Group.objects.get(name="Manager"))
    user.user_permissions.add(right("view_tick"))
    user = fresh(user)

    with django_assert_num_queries(1):
        assert user.has_perms(["tracker.change_issue", "alerts.view_tick"])
        assert not user.has_perm("auth.delete_user")


def test_an_account_comes_with_its_owner_row_and_its_second_factor(make_user, make_owner, django_assert_num_queries):
    mona = make_owner("Mona Reyes", user=make_user("mona"))
    user, other = fresh(mona.user), make_user("otto")
    other = fresh(other)

    with django_assert_num_queries(0):
        assert user.owner == mona
        assert not hasattr(other, "owner")
        assert not hasattr(other, "second_factor")


def test_an_account_that_was_switched_off_or_deleted_is_signed_in_no_more(client, make_user):
    user = make_user("mona", is_staff=True, is_superuser=True)
    client.force_login(user)
    assert client.get("/admin/").status_code == 200

    get_user_model().objects.update(is_active=False)

    assert client.get("/admin/").status_code == 302
    assert AccountBackend().authenticate(None, username="mona", password="pass") is None
    assert AccountBackend().get_user(user.pk + 1) is None
