"""Who may be told at a level, best first."""

import pytest

from alerts.choices import ChannelKind, Level
from alerts.models import AlertSettings
from alerts.recipients import People, Start, zone_of
from tracker.choices import Role
from tracker.models import Owner

pytestmark = pytest.mark.django_db


def names(owner, level, fallback=None, people=None):
    people = people or People.load()
    start = Start(owner.pk) if owner else Start()
    return [each.person.name for each in people.candidates(start, level, fallback and fallback.pk)]


def of_site(level, fallback=None):
    return [each.person.name for each in People.load().candidates(Start(of_site=True), level, fallback)]


def test_every_level_is_the_person_with_its_role_above_the_owner(line):
    first = [names(line[Level.OWNER], level)[0] for level in Level]

    assert first == ["Olga Brandt", "Lea Lund", "Max Weber", "Eve Stone"]


def test_the_nearest_person_with_the_role_is_told_first(line, make_owner):
    near = make_owner("Ned Near", role=Role.TEAM_LEAD, reports_to=line[Level.TEAM_LEAD])
    owner = make_owner("Una Unit", reports_to=near)

    assert names(owner, Level.TEAM_LEAD)[:2] == ["Ned Near", "Lea Lund"]


def test_a_team_lead_who_owns_the_issue_is_not_the_escalation_of_their_own_work(line, make_owner):
    fay = make_owner("Fay Moss")

    assert names(line[Level.TEAM_LEAD], Level.OWNER)[0] == "Lea Lund"
    assert names(line[Level.TEAM_LEAD], Level.TEAM_LEAD) == ["Max Weber", "Eve Stone"]
    assert names(line[Level.TEAM_LEAD], Level.TEAM_LEAD, fay) == ["Fay Moss", "Max Weber", "Eve Stone"]


def test_a_lead_above_a_lead_is_the_team_lead_of_the_lower_one(line, make_owner):
    lower = make_owner("Ned Near", role=Role.TEAM_LEAD, reports_to=line[Level.TEAM_LEAD])

    assert names(lower, Level.TEAM_LEAD)[0] == "Lea Lund"


def test_of_a_person_above_by_role_it_is_not_said_that_they_stand_in_and_of_others_it_is(line, make_owner):
    fay = make_owner("Fay Moss")

    found = People.load().candidates(Start(line[Level.OWNER].pk), Level.TEAM_LEAD, fay.pk)

    assert [(each.person.name, each.by_fallback) for each in found] == [
        ("Lea Lund", False),
        ("Fay Moss", True),
        ("Max Weber", True),
        ("Eve Stone", True),
    ]


def test_the_last_resort_is_the_fallback_of_the_settings(make_owner):
    AlertSettings.objects.filter(pk=1).update(fallback=make_owner("Sam Hill"))

    assert names(make_owner(), Level.EXECUTIVE) == ["Sam Hill"]


def test_a_line_that_nobody_continues_has_nobody(make_owner):
    assert names(make_owner(), Level.TEAM_LEAD) == []
    assert names(None, Level.OWNER) == []


@pytest.mark.parametrize("level", Level)
def test_a_line_that_leads_in_a_circle_ends(level, make_owner):
    first, second, third = (make_owner(name, role=Role.TEAM_LEAD) for name in ("Ann", "Ben", "Cas"))
    for owner, above in ((first, second), (second, third), (third, second)):
        Owner.objects.filter(pk=owner.pk).update(reports_to=above)

    found = names(first, level)

    assert found[: level + 1] == {Level.OWNER: ["Ann"], Level.TEAM_LEAD: ["Ben", "Cas"]}.get(level, [])


def test_people_whose_account_is_off_are_passed_over_and_the_line_goes_on(line, make_user):
    lead = line[Level.TEAM_LEAD]
    lead.user = make_user("lea", is_active=False)
    lead.save()

    assert names(line[Level.OWNER], Level.TEAM_LEAD) == ["Max Weber", "Eve Stone"]
    assert names(line[Level.OWNER], Level.MANAGEMENT)[0] == "Max Weber"


def test_what_an_owner_who_left_is_responsible_for_goes_to_those_above(line, make_user):
    olga = line[Level.OWNER]
    olga.user = make_user("olga", is_active=False)
    olga.save()

    assert names(olga, Level.OWNER) == ["Lea Lund", "Max Weber", "Eve Stone"]


def test_what_is_about_the_site_begins_with_whom_most_people_report_to(line, make_owner):
    make_owner("Ada Able", role=Role.MANAGER)

    assert of_site(Level.MANAGEMENT)[:2] == ["Max Weber", "Ada Able"]


def test_what_is_about_the_site_finds_anybody_above_the_engineers_and_superusers(make_owner, make_user):
    make_owner("Lea Lund", role=Role.TEAM_LEAD)
    make_owner("Max Weber", role=Role.MANAGER)
    make_owner("Una Unit")
    make_owner("Sue Park", user=make_user("sue", is_superuser=True))

    assert of_site(Level.TEAM_LEAD) == ["Lea Lund", "Max Weber", "Sue Park"]
    assert of_site(Level.EXECUTIVE) == ["Max Weber", "Lea Lund", "Sue Park"]
    assert of_site(Level.OWNER)[-1] == "Sue Park"


def test_a_person_is_reached_where_they_have_an_address(make_owner, make_user):
    make_owner("Olga Brandt", email="olga@example.org")
    make_owner("Max Weber", slack_name="max", user=make_user("max"))
    make_owner("Una Unit", email="una@example.org", user=make_user("una", is_active=False))

    olga, max_, una = People.load().by_pk.values()

    kinds = (ChannelKind.LOG, ChannelKind.EMAIL, ChannelKind.SLACK)
    assert [olga.is_reached_by(kind) for kind in kinds] == [True, True, False]
    assert [max_.is_reached_by(kind) for kind in kinds] == [True, False, True]
    assert [una.is_reached_by(kind) for kind in kinds] == [False, False, False]


def test_an_account_leads_to_its_owner_and_no_account_to_nobody(make_owner, make_user):
    user = make_user("olga")
    olga = make_owner(user=user)
    make_owner("Max Weber")

    assert People.load().of_user(user.pk) == olga.pk
    assert People.load().of_user(None) is None


def test_everybody_is_loaded_in_two_queries(line, django_assert_num_queries):
    with django_assert_num_queries(2):
        people = People.load()
        for level in Level:
            names(line[Level.OWNER], level, people=people)


def test_an_unknown_time_zone_is_that_of_the_site(settings):
    settings.TIME_ZONE = "Europe/Paris"

    assert {zone_of(name).key for name in ("", "Mars/Olympus", "../../etc/passwd")} == {"Europe/Paris"}
    assert zone_of("Asia/Tokyo").key == "Asia/Tokyo"
