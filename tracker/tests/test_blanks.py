"""The templates: a filled one is read completely, an empty one asks for nothing."""

import re
from datetime import date

import pytest
from django.urls import reverse

from tracker.blanks import BLANKS, blank
from tracker.choices import IssueKind, Priority
from tracker.extraction import extract

PLACE = re.compile(r"\{([^{}]*)\}")


def filled(name: str) -> str:
    """The template with the examples that stand in its places."""
    return PLACE.sub(r"\1", blank(name))


def test_a_filled_analysis_is_read_with_every_field():
    found = extract(filled("analysis"))

    assert found.title == "Five Whys: what failed, in one line"
    assert found.date == date(2026, 3, 9)
    assert found.priority == Priority.P0
    assert [why.line for why in found.whys] == [21, 24, 27, 30, 33]
    assert found.root_cause is not None
    assert set(found.affected_systems) >= {"database", "authentication"}
    assert [(issue.title, issue.kind, issue.priority, issue.owner) for issue in found.issues] == [
        ("Renew the certificate on every host", IssueKind.FIX, Priority.P0, "Dana Fox"),
        ("Find out why the first page went out after nine minutes", IssueKind.INVESTIGATE, Priority.P1, "Dana Fox"),
        ("Alert two weeks before a certificate ends", IssueKind.PREVENT, Priority.P2, "Dana Fox"),
    ]
    assert [issue.deadline for issue in found.issues] == ["2026-03-10", "2026-03-12", "2026-03-20"]
    assert all(issue.priority_stated for issue in found.issues)
    assert [check.text for check in found.checks] == ["Every host answers with the new certificate"]


def test_a_filled_issue_is_read_with_every_field():
    found = extract(filled("issue"))
    (issue,) = found.issues

    assert (issue.title, issue.kind, issue.priority) == (
        "Renew the certificate on every host",
        IssueKind.FIX,
        Priority.P1,
    )
    assert (issue.owner, issue.deadline) == ("Dana Fox", "2026-03-12")
    assert [(check.text, check.issue_lines) for check in found.checks] == [
        ("Every host answers with the new certificate", (issue.line,))
    ]
    assert found.affected_systems == ("database",)


@pytest.mark.parametrize("name", BLANKS)
def test_an_empty_template_asks_for_nothing_and_says_of_each_place_why(name):
    found = extract(blank(name))

    assert (found.issues, found.checks) == ((), ())
    assert {"is a place of the template that nobody has filled in"} <= {line.reason for line in found.skipped}


def test_what_is_filled_in_is_taken_beside_places_that_are_still_empty():
    text = blank("analysis").replace("{Renew the certificate on every host}", "Rotate the signing key")

    assert [issue.title for issue in extract(text).issues] == ["Rotate the signing key"]


def test_braces_of_code_are_no_place_of_the_template():
    found = extract(
        "# Outage\n\n## Actions\n\n- {tenant} placeholders must be escaped before rendering. Owner: Dana Fox.\n"
    )

    assert len(found.issues) == 1


@pytest.mark.parametrize("name", BLANKS)
def test_the_command_writes_the_template(run, name):
    assert run("template", name).out == blank(name)


@pytest.mark.parametrize("name", BLANKS)
def test_the_page_that_adds_analyses_offers_the_template_as_a_file(admin_client, name):
    address = reverse("admin:tracker_analysis_template", args=[name])

    answer = admin_client.get(address)

    assert address in admin_client.get(reverse("admin:tracker_analysis_add")).content.decode()
    assert answer.content.decode() == blank(name)
    assert f'filename="{name}.md"' in answer["Content-Disposition"]


def test_a_template_that_does_not_exist_is_not_found(admin_client):
    assert admin_client.get(reverse("admin:tracker_analysis_template", args=["nothing"])).status_code == 404


def test_who_may_not_add_analyses_gets_no_template(client, make_user):
    client.force_login(make_user("edith", is_staff=True))

    assert client.get(reverse("admin:tracker_analysis_template", args=["analysis"])).status_code == 403
