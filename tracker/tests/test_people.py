import pytest

from tracker.models import Owner
from tracker.people import find_owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana(make_owner):
    make_owner("Lee Okafor", email="lee@example.org", slack_name="lee")
    return make_owner("Dána Fox", email="dana@example.org", slack_name="dfox")


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("Dána Fox", id="the name"),
        pytest.param("  dÁNA   fox ", id="the name in another case and spacing, not only in ASCII"),
        pytest.param("Da\u0301na Fox", id="the name with a combining accent"),
        pytest.param("**Dána Fox**,", id="the name in bold with a comma"),
        pytest.param("Dana@Example.org", id="the e-mail address"),
        pytest.param("@dfox", id="the handle"),
        pytest.param("@DFox", id="the handle in another case"),
        pytest.param("Dána Fox <dana@example.org>", id="name and address"),
        pytest.param("D. F. <dana@example.org>", id="an unknown name with a known address"),
    ],
)
def test_an_owner_is_found_by_name_email_or_handle(dana, words):
    assert find_owner(words) == dana


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("", id="nothing"),
        pytest.param("@", id="a bare @"),
        pytest.param("Dána", id="a part of the name"),
        pytest.param("dfox", id="a handle without its @"),
        pytest.param("Dána Fox and Lee Okafor", id="two people"),
        pytest.param("Platform team", id="somebody unknown"),
        pytest.param("Dána Fox <lee@example.org>", id="the name of one and the address of another"),
    ],
)
def test_who_is_not_named_exactly_is_nobody(dana, words):
    assert find_owner(words) is None


def test_words_that_name_two_owners_name_nobody(make_owner):
    make_owner("ops@example.org")
    make_owner("Operations", email="ops@example.org")

    assert find_owner("ops@example.org") is None


def test_an_owner_without_address_and_handle_is_not_found_by_their_absence(make_owner):
    make_owner("Lee Okafor")

    assert find_owner(" ") is None


def test_looking_for_an_unknown_owner_creates_no_account(django_user_model):
    find_owner("Somebody New <new@example.org>")

    assert not Owner.objects.exists()
    assert not django_user_model.objects.exists()
