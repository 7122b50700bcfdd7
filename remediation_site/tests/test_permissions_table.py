"""Who gets what at every address of the site: permissions.txt is the specification, and no address is without a row.

A row is the name of an address and what it answers to GET from nobody, from a stranger (staff without a right), and
from somebody of each group: "login" (asked to log in), "yes" (a page or a file), "no" (403), "post" (only POST is
answered), "to" (led elsewhere), "none" (404), "token" (a token is missing). With PYTEST_WRITE_TABLE=1 the table becomes
what the site does now: look at each row that has changed before it is committed.
"""

import os
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.test import Client

from alerts.tests.pages import make_alert, make_message  # noqa: F401 - fixtures
from remediation_site.tests.every_url import places, rows  # noqa: F401 - a fixture
from remediation_site.tests.test_admin_site import INLINE

TABLE = Path(__file__).parent / "permissions.txt"
GROUPS = ("Engineer", "Manager", "Executive", "Auditor")
PEOPLE = ("nobody", "stranger", *GROUPS)
WORDS = {200: "yes", 302: "to", 400: "bad", 401: "token", 403: "no", 404: "none", 405: "post", 410: "gone"}


@pytest.fixture
def browsers(make_user):
    """A browser of each kind of person."""
    found = {"nobody": Client()}
    for name in PEOPLE[1:]:
        user = make_user(f"a {name}", is_staff=True)
        user.groups.set(Group.objects.filter(name=name))
        found[name] = Client()
        found[name].force_login(user)
    return found


def word(answer) -> str:
    if answer.streaming:
        list(answer)  # to its end, where the test client closes it; close() would take the connection along
    if answer.status_code in (301, 302) and answer.url.startswith("/admin/login/"):
        return "login"
    return WORDS.get(answer.status_code, str(answer.status_code))


def is_inline(answer) -> bool:
    """Whether a page has a script or a style of its own, or its policy would let one run."""
    if not answer.headers.get("Content-Type", "").startswith("text/html"):
        return False
    return bool(INLINE.search(answer.text)) or "unsafe-" in answer.headers["Content-Security-Policy"]


def written() -> dict[str, list[str]]:
    lines = [line.split() for line in TABLE.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return {name: answers for name, *answers in lines}


def line(row: tuple[str, list[str]]) -> str:
    name, answers = row
    return f"{name:60}{''.join(f'{each:11}' for each in answers)}".rstrip() + "\n"


def test_every_address_answers_each_kind_of_person_as_the_table_says(browsers, rows):  # noqa: F811
    found, inline = {}, {}
    for place in places():
        answers = [browsers[person].get(place.address(rows)) for person in PEOPLE]
        if any(map(is_inline, answers)):
            inline[place.name] = [is_inline(answer) for answer in answers]
        found[place.name] = [word(answer) for answer in answers]
    assert inline == {}, "pages with a script or a style of their own, or a policy that allows one"
    if os.environ.get("PYTEST_WRITE_TABLE"):
        TABLE.write_text("".join(map(line, [("# address", PEOPLE), *found.items()])), encoding="utf-8")

    expected = written()

    assert sorted(set(found) - set(expected)) == [], "addresses without a row in permissions.txt"
    assert sorted(set(expected) - set(found)) == [], "rows of addresses that there are not"
    assert {name: answers for name, answers in found.items() if answers != expected[name]} == {
        name: expected[name] for name, answers in found.items() if answers != expected[name]
    }


UNWATCHED = ("audit", "session", "logentry", "accessattempt", "accessfailurelog", "apianswer", "pace", "seal")
HOSTILE = {
    "post": "yes", "action": "delete_selected", "_selected_action": "1", "select_across": "1", "reason": "because",
    "text": "words", "code": "1", "username": "x", "name": "x", "is_superuser": "on", "_save": "1",
}  # fmt: skip


def everything() -> dict[str, str]:
    """All rows that a person could want to change, as text; when somebody was last seen is not among them."""
    models = [
        model
        for app in ("auth", "tracker", "alerts", "dashboard", "django_q", "remediation_site")
        for model in apps.get_app_config(app).get_models()
        if not model._meta.model_name.startswith(UNWATCHED)
    ]
    return {model._meta.label: str(list(model._base_manager.order_by("pk").values())) for model in models}


@pytest.mark.parametrize("person", ["stranger", "Executive", "Auditor"])
def test_who_only_looks_changes_nothing_at_any_address(browsers, rows, person):  # noqa: F811
    browser = browsers[person]
    before = everything()

    for place in places():
        if place.name not in ("admin:logout", "calendar:mine"):  # the first ends the session, the second is one's own
            browser.post(place.address(rows), HOSTILE)

    assert everything() == before


# What answers a POST without the token of a form, and what it asks for instead.
WITHOUT_FORM_TOKEN = {
    "alerts:slack_actions": "a signature of Slack",
    "tracker:github_webhook": "a signature of GitHub",
    "api-1:": "a token in a header",
}


def test_a_form_without_its_token_is_refused_at_every_address(make_user, rows):  # noqa: F811
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_user("root", is_staff=True, is_superuser=True))
    before = everything()

    taken = {}
    for place in places():
        answer = browser.post(place.address(rows), HOSTILE)
        if answer.status_code not in (403, 404, 405) and not place.name.startswith(tuple(WITHOUT_FORM_TOKEN)):
            taken[place.name] = answer.status_code

    assert taken == {}
    assert everything() == before
