"""Escalation policies in the admin: one page per priority, with its levels."""

import re

import pytest

from alerts.choices import Level
from alerts.models import EscalationPolicy
from tracker.choices import Priority

pytestmark = pytest.mark.django_db
LIST = "/admin/alerts/escalationpolicy/"


@pytest.fixture
def policy(db):
    return EscalationPolicy.objects.get(priority=Priority.P1)


def page(policy):
    return f"{LIST}{policy.pk}/change/"


def form(policy, **changed):
    """What the page sends, with some of it changed."""
    values = {
        "fallback": policy.fallback_id or "",
        "steps-TOTAL_FORMS": policy.steps.count(),
        "steps-INITIAL_FORMS": policy.steps.count(),
    }
    for number, step in enumerate(policy.steps.all()):
        values |= {
            f"steps-{number}-id": step.pk,
            f"steps-{number}-policy": policy.pk,
            f"steps-{number}-level": step.level,
            f"steps-{number}-after_hours": step.after_hours,
            f"steps-{number}-repeat_hours": step.repeat_hours,
            f"steps-{number}-channels": [channel.pk for channel in step.channels.all()],
            f"steps-{number}-held_by_quiet_hours": "on",
        }
    return values | changed


def hours(policy):
    return list(policy.steps.values_list("level", "after_hours"))


def test_the_list_says_who_is_told_when_by_each_policy(mona):
    words = re.sub(r"<[^>]+>|\s+", " ", mona.get(LIST).text)

    assert "Owner: at once again every 2 h" in " ".join(words.split())
    assert "Executive: 3 d" in " ".join(words.split())
    assert [policy.priority for policy in mona.get(LIST).context["cl"].result_list] == list(Priority)


def test_a_level_is_changed_with_its_channels(mona, policy, make_channel, make_owner):
    chat, boss = make_channel("Chat", kind="log"), make_owner("Ada Boss")

    answer = mona.post(
        page(policy), form(policy, fallback=boss.pk, **{"steps-1-after_hours": 6, "steps-1-channels": [chat.pk]})
    )

    assert answer.status_code == 302
    policy.refresh_from_db()
    assert policy.fallback == boss
    assert hours(policy)[1] == (Level.TEAM_LEAD, 6)
    assert list(policy.steps.get(level=1).channels.all()) == [chat]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        pytest.param({"steps-2-after_hours": 11}, "Management would be told before Team Lead", id="a wrong order"),
        pytest.param({"steps-0-repeat_hours": 0}, "greater than or equal to 1", id="no pause"),
        pytest.param({"steps-1-level": 0}, "correct the duplicate", id="a level twice"),
        pytest.param(
            {f"steps-{number}-DELETE": "on" for number in range(4)}, "A policy without a level", id="no level at all"
        ),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(mona, policy, changed, sentence):
    before = hours(policy)

    answer = mona.post(page(policy), form(policy, **changed))

    assert answer.status_code == 200
    assert sentence in answer.text
    assert hours(policy) == before


def test_levels_at_the_same_hour_are_fine(mona, policy):
    assert mona.post(page(policy), form(policy, **{"steps-2-after_hours": 12})).status_code == 302
    assert hours(policy)[2] == (Level.MANAGEMENT, 12)


def test_there_is_one_policy_for_each_priority_for_ever(mona, policy):
    assert mona.get(f"{LIST}add/").status_code == 403
    assert mona.post(f"{LIST}{policy.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_manager_edits_and_an_auditor_looks(browser_of, policy):
    auditor, manager = browser_of("Auditor"), browser_of("Manager")
    sent = form(policy, **{"steps-1-after_hours": 6})

    assert auditor.get(page(policy)).status_code == 200
    assert auditor.post(page(policy), sent).status_code == 403
    assert hours(policy)[1] == (1, 12)
    assert manager.post(page(policy), sent).status_code == 302
    assert hours(policy)[1] == (1, 6)


@pytest.mark.parametrize("group", ["Engineer", "Executive"])
def test_others_see_no_policy(browser_of, policy, group):
    client = browser_of(group)

    assert client.get(LIST).status_code == 403
    assert client.get(page(policy)).status_code == 403


def test_the_page_costs_the_same_number_of_queries_for_any_number_of_channels(
    mona, policy, make_channel, django_assert_num_queries
):
    mona.get(page(policy))
    with django_assert_num_queries(20):
        mona.get(page(policy))
    for _ in range(20):
        policy.steps.first().channels.add(make_channel())
    with django_assert_num_queries(20):
        mona.get(page(policy))
