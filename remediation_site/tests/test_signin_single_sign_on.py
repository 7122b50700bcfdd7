"""Single sign-on against a stand-in provider on loopback: who gets in, to which account, and what is not believed."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from axes.models import AccessAttempt
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from remediation_site import checks
from remediation_site.models import ExternalIdentity
from remediation_site.signin import optional
from remediation_site.tests.oidc_provider import (
    CLIENT,
    SECRET,
    Provider,
    another_key,
    signed_with_another_key,
    signed_with_the_public_key,
    without_signature,
)
from tracker.models import AuditEvent

START, CALLBACK, INSIDE, LOGIN = "/login/sso/", "/login/sso/callback/", "/admin/", "/admin/login/"
SUBJECT = "248289761001"
WITHOUT_VALUES = re.compile(r'value="[^"]*"')


@pytest.fixture
def provider(settings):
    """A provider, and settings that name it."""
    running = Provider()
    cache.clear()
    settings.OIDC_ISSUER = running.issuer
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT, SECRET
    settings.OUTGOING_ALLOW_HOSTS = [running.issuer.removeprefix("http://")]
    settings.SITE_URL = "http://testserver"
    yield running
    running.close()
    cache.clear()


@pytest.fixture
def mona(make_user):
    return make_user("mona", email="Mona@example.org", is_staff=True)


@pytest.fixture
def bound(mona, provider):
    ExternalIdentity.objects.create(user=mona, issuer=provider.issuer, subject=SUBJECT, created_at=timezone.now())
    return mona


def way_back(client, start=START) -> str:
    """Where the provider sends the browser back to, after the person has signed in there."""
    leads_to = client.get(start)
    assert leads_to.status_code == 302, leads_to.text
    answer = requests.get(leads_to.url, allow_redirects=False, timeout=10)
    return answer.headers["Location"].removeprefix("http://testserver")


def sign_in(client, **how):
    return client.get(way_back(client, **how))


def is_in(client) -> bool:
    return client.get(INSIDE).status_code == 200


def told(answer) -> str:
    return re.search(r"<h1>Not signed in</h1>\s*<p>(.*?)</p>", answer.text)[1]


# who gets in


def test_who_is_bound_gets_in_and_to_where_they_wanted_to_go(client, bound):
    answer = sign_in(client, start=f"{START}?next=/board/")

    assert answer.url == "/board/"
    assert is_in(client)
    assert int(client.session["_auth_user_id"]) == bound.pk
    assert ExternalIdentity.objects.get().last_used_at


def test_the_way_to_the_provider_carries_no_secret_and_what_comes_back_is_tied_to_this_browser(client, bound, provider):
    answer = client.get(START)
    asked = parse_qs(urlsplit(answer.url).query)

    assert asked["redirect_uri"] == ["http://testserver/login/sso/callback/"]
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["state"][0]) >= 40
    assert len(asked["nonce"][0]) >= 40
    assert SECRET not in answer.url
    cookie = client.cookies["sso"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert asked["state"][0] not in cookie.value


@pytest.mark.parametrize(
    "next_page", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_it_leads_to_no_other_site(client, bound, next_page):
    assert sign_in(client, start=f"{START}?next={next_page}").url == INSIDE


def test_the_login_page_has_the_button_where_a_provider_is_set(client, db, settings, provider):
    assert START in client.get(LOGIN).text
    settings.OIDC_ISSUER = ""
    assert START not in client.get(LOGIN).text
    assert client.get(START).status_code == client.get(CALLBACK).status_code == 404


# to which account


def test_a_stranger_gets_no_account(client, mona, provider):
    answer = sign_in(client)

    assert told(answer) == "You have no account here that this sign-in belongs to: ask the administrator for one."
    assert not ExternalIdentity.objects.exists()
    assert not is_in(client)


def test_a_verified_address_binds_the_account_once_where_the_site_allows_it(client, mona, provider, settings):
    settings.OIDC_BIND_BY_EMAIL = True

    assert sign_in(client).url == INSIDE
    assert ExternalIdentity.objects.get(subject=SUBJECT).user == mona
    assert AuditEvent.objects.filter(object_id=str(mona.pk), changes__has_key="single sign-on").exists()

    provider.claims["sub"] = "somebody else with her address"
    assert "no account" in told(sign_in(Client()))


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"email_verified": False}, id="not verified"),
        pytest.param({"email_verified": None}, id="not said"),
        pytest.param({"email_verified": 1}, id="a number"),
        pytest.param({"email": "other@example.org"}, id="an address of nobody"),
        pytest.param({"email": ["mona@example.org"]}, id="no text"),
        pytest.param({"email": ""}, id="an empty address"),
    ],
)
def test_an_address_that_is_not_verified_binds_nothing(client, mona, make_user, provider, settings, claims):
    make_user("nobody", is_staff=True)  # who has no address at all
    settings.OIDC_BIND_BY_EMAIL = True
    provider.claims |= claims

    assert "no account" in told(sign_in(client))
    assert not ExternalIdentity.objects.exists()


def test_an_address_that_two_accounts_have_binds_neither_and_one_of_a_superuser_is_not_bound(
    client, mona, make_user, provider, settings
):
    settings.OIDC_BIND_BY_EMAIL = True
    second = make_user("second", email="mona@example.org", is_staff=True)
    assert "no account" in told(sign_in(client))
    second.delete()
    User.objects.update(is_superuser=True)

    assert "no account" in told(sign_in(client))


def test_a_new_account_is_made_where_the_site_says_so_and_has_no_rights_but_those_of_its_groups(
    client, provider, settings, db
):
    settings.OIDC_CREATE_ACCOUNTS = True
    settings.OIDC_GROUPS = {"ops": "Engineer"}
    provider.claims |= {"groups": ["ops", "other"], "given_name": "Mona", "family_name": "Reyes", "is_superuser": True}

    assert sign_in(client).url == INSIDE
    user = User.objects.get()
    assert (user.username, user.get_full_name(), user.is_superuser) == ("mona@example.org", "Mona Reyes", False)
    assert [group.name for group in user.groups.all()] == ["Engineer"]
    assert not user.has_usable_password()


def test_no_account_is_made_for_an_address_that_is_not_verified_or_taken(client, mona, provider, settings):
    settings.OIDC_CREATE_ACCOUNTS = True
    assert "no account" in told(sign_in(client)), "taken"
    provider.claims |= {"email": "new@example.org", "email_verified": False}
    assert "no account" in told(sign_in(client))
    assert User.objects.count() == 1


@pytest.mark.parametrize("changed", [{"is_active": False}, {"is_staff": False}])
def test_an_account_that_may_not_sign_in_stays_out(client, bound, changed):
    User.objects.update(**changed)

    assert told(sign_in(client)) == "Your account may not sign in here: ask the administrator."
    assert AccessAttempt.objects.filter(username="mona@example.org").exists(), "it counts as a failed attempt"


# groups


def test_the_groups_of_the_provider_decide_about_those_that_the_setting_names_at_each_sign_in(
    client, bound, provider, settings
):
    settings.OIDC_GROUPS = {"ops": "Engineer", "leads": "Manager"}
    bound.groups.set(Group.objects.filter(name__in=["Manager", "Auditor"]))
    provider.claims["groups"] = ["ops"]

    sign_in(client)

    assert sorted(group.name for group in bound.groups.all()) == ["Auditor", "Engineer"]


@pytest.mark.parametrize("said", [[], ["other"], None, {"ops": 1}, 7])
def test_who_is_in_none_of_the_groups_stays_out(client, bound, provider, settings, said):
    settings.OIDC_GROUPS = {"ops": "Engineer"}
    provider.claims["groups"] = said

    assert told(sign_in(client)).startswith("You are in none of the groups")


def test_groups_and_address_are_asked_of_the_userinfo_page_where_the_token_has_none(client, bound, provider, settings):
    settings.OIDC_GROUPS = {"ops": "Engineer"}
    provider.info = {"sub": SUBJECT, "groups": "ops"}
    assert sign_in(client).url == INSIDE

    provider.info = {"sub": "somebody else", "groups": "ops"}
    assert "two different people" in told(sign_in(Client()))


# what is not believed


def expired(claims):
    claims["exp"] = claims["iat"] - 3600


def later(claims):
    claims["iat"] += 3600


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda claims: claims.update(iss="https://evil.example"), id="of another issuer"),
        pytest.param(lambda claims: claims.update(aud="another client"), id="for another client"),
        pytest.param(lambda claims: claims.update(aud=["another", CLIENT]), id="for several, without saying who asked"),
        pytest.param(lambda claims: claims.update(azp="another client"), id="asked for by another client"),
        pytest.param(lambda claims: claims.update(nonce="replayed"), id="an answer to another question"),
        pytest.param(lambda claims: claims.pop("nonce"), id="without what ties it to the question"),
        pytest.param(expired, id="expired"),
        pytest.param(lambda claims: claims.pop("exp"), id="without an end"),
        pytest.param(later, id="of a time to come"),
        pytest.param(lambda claims: claims.update(at_hash="AAAA"), id="of another access token"),
        pytest.param(lambda claims: claims.update(sub=""), id="of nobody"),
        pytest.param(lambda claims: claims.update(sub="a\0b"), id="of a name that no database takes"),
        pytest.param(lambda claims: claims.update(sub=1), id="of a number"),
    ],
)
def test_claims_that_are_not_about_this_sign_in_are_not_believed(client, bound, provider, change):
    provider.change = change

    answer = sign_in(client)

    assert answer.status_code == 403
    assert "nobody is signed in" in told(answer)
    assert not is_in(client)


@pytest.mark.parametrize("sign", [signed_with_another_key, signed_with_the_public_key, without_signature])
def test_a_signature_that_is_not_the_providers_is_not_believed(client, bound, provider, sign):
    provider.sign = sign

    assert "cannot be believed" in told(sign_in(client))
    assert not is_in(client)


def test_keys_that_the_provider_has_changed_are_read_anew(client, bound, provider):
    assert sign_in(client).url == INSIDE
    provider.key = another_key()

    assert sign_in(Client()).url == INSIDE


def test_the_answer_to_one_browser_signs_nobody_in_in_another(client, bound):
    address = way_back(client)
    victim = Client()

    assert "Start the sign-in again" in told(victim.get(address))
    victim.get(START)
    assert "Start the sign-in again" in told(victim.get(address))
    assert not is_in(victim)


def test_an_answer_works_once(client, bound):
    address = way_back(client)
    kept = client.cookies["sso"].value
    client.get(address)
    again = Client()
    again.cookies["sso"] = kept

    assert told(again.get(address)) == "The provider refuses (400, invalid_grant): nobody is signed in."


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "Start the sign-in again: it took too long, or was begun in another browser or window."),
        (
            "?state=guess&code=guess",
            "Start the sign-in again: it took too long, or was begun in another browser or window.",
        ),
    ],
)
def test_who_comes_back_with_nothing_asks_nothing_of_the_provider(client, db, provider, query, sentence):
    assert told(client.get(CALLBACK + query)) == sentence
    assert provider.asked == []


def test_a_refusal_of_the_provider_is_shown_as_text(client, db, provider):
    state = parse_qs(urlsplit(client.get(START).url).query)["state"][0]

    answer = client.get(CALLBACK, {"state": state, "error": "<script>alert(1)</script>"})

    assert "The provider has not signed you in (&lt;script&gt;" in answer.text


# the calls to the provider


def test_a_private_address_is_called_only_where_an_operator_names_it(client, db, provider, settings):
    settings.OUTGOING_ALLOW_HOSTS = []

    assert "is no public address, and OUTGOING_ALLOW_HOSTS does not name the host" in told(client.get(START))
    assert provider.asked == []


@pytest.mark.parametrize(
    ("description", "sentence"),
    [
        ({"issuer": "https://evil.example"}, "calls itself something else"),
        ({"token_endpoint": "file:///etc/passwd"}, "names no usable token_endpoint"),
        ({"jwks_uri": None}, "names no usable jwks_uri"),
    ],
)
def test_a_description_that_leads_elsewhere_is_not_followed(client, db, provider, description, sentence):
    provider.description = description

    assert sentence in told(client.get(START))


def test_a_provider_that_does_not_answer_is_said_in_a_sentence(client, db, provider):
    provider.close()

    assert told(client.get(START)).startswith("The provider cannot be asked: Nothing listens at 127.0.0.1")


# passwords beside it


def test_the_site_may_keep_passwords_to_superusers_who_come_in_when_the_provider_is_gone(
    client, mona, make_user, provider, settings
):
    settings.PASSWORD_LOGIN = "superusers"
    make_user("root", is_staff=True, is_superuser=True)
    provider.close()

    refused = client.post(LOGIN, {"username": "mona", "password": "pass"})
    wrong = client.post(LOGIN, {"username": "mona", "password": "wrong"})
    assert WITHOUT_VALUES.sub("", refused.text) == WITHOUT_VALUES.sub("", wrong.text)
    assert not is_in(client)

    assert client.post(LOGIN, {"username": "root", "password": "pass"}).url == INSIDE


def test_whoever_comes_from_the_provider_is_not_asked_for_a_second_factor_here(client, bound, settings):
    settings.TWO_FACTOR_REQUIRED_FOR = ["everybody"]
    sign_in(client)

    assert is_in(client)


# settings that cannot work


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"OIDC_CLIENT_ID": ""}, "site.E012"),
        ({"OIDC_SCOPES": ["email"]}, "site.E014"),
    ],
)
def test_settings_that_cannot_work_are_refused(provider, settings, changed, problem):
    for name, value in changed.items():
        setattr(settings, name, value)

    assert [each.id for each in checks.settings_that_cannot_work()] == [problem]


def test_without_authlib_a_site_that_names_a_provider_does_not_start(provider, settings, monkeypatch):
    monkeypatch.setattr(optional, "SINGLE_SIGN_ON", ("no_such_package",))

    assert [each.id for each in checks.settings_that_cannot_work()] == ["site.E011"]


def test_an_administrator_binds_an_account_by_hand(client, mona, make_user, provider):
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    page = "/admin/remediation_site/externalidentity/"
    fields = {"user": mona.pk, "issuer": provider.issuer, "subject": SUBJECT}

    client.post(f"{page}add/", fields)

    row = ExternalIdentity.objects.get()
    assert client.post(f"{page}{row.pk}/change/", fields | {"subject": "another"}).status_code == 403
    assert sign_in(Client()).url == INSIDE


# logging out


@pytest.fixture
def with_log_out(provider, settings):
    settings.OIDC_LOGOUT = True
    provider.description = {"end_session_endpoint": f"{provider.issuer}/end"}
    return provider


def log_out(client) -> str:
    """Where the page that says that one is logged out leads on to, or ""."""
    answer = client.post("/admin/logout/")
    assert "You are logged out." in answer.text
    assert not is_in(client)
    leads_to = answer.headers.get("Refresh", "").removeprefix("0; url=")
    assert bool(leads_to) == ("Log out of single sign-on, too" in answer.text)
    return leads_to


def test_logging_out_ends_the_session_at_the_provider_too_and_leads_back(client, bound, with_log_out):
    sign_in(client)
    assert "eyJ" not in str(dict(client.session)), "no token stands in the session as it is"

    answer = requests.get(log_out(client), allow_redirects=False, timeout=10)

    assert with_log_out.ended == [SUBJECT]
    assert answer.headers["Location"] == "http://testserver/admin/login/"


def test_who_came_with_a_password_is_logged_out_here_alone(client, mona, with_log_out):
    client.force_login(mona)

    assert log_out(client) == ""


@pytest.mark.parametrize(
    "otherwise",
    [
        pytest.param(
            lambda provider, settings: setattr(settings, "OIDC_LOGOUT", False), id="the site does not wish it"
        ),
        pytest.param(lambda provider, settings: provider.description.clear(), id="the provider has none"),
        pytest.param(lambda provider, settings: provider.close(), id="the provider does not answer"),
    ],
)
def test_without_a_way_out_at_the_provider_one_is_logged_out_here(client, bound, with_log_out, settings, otherwise):
    sign_in(client)
    cache.clear()
    otherwise(with_log_out, settings)

    assert log_out(client) == ""


def test_a_log_out_of_the_provider_that_is_no_web_address_is_refused(client, bound, with_log_out):
    with_log_out.description["end_session_endpoint"] = "javascript:alert(1)"

    assert "end_session_endpoint" in client.get(START).text
