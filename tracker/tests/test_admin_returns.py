"""The part of the review that asks whether it has happened before."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tracker import intake, prevention, returns
from tracker.choices import MeasureCategory, MeasureState, ReturnDecision
from tracker.models import Analysis, Issue, Recurrence
from tracker.tests.extractions import issue, says
from tracker.tests.returning import APRIL, MAY
from tracker.tests.test_recurrence import LEASE, LEASE_AGAIN

pytestmark = pytest.mark.django_db


@pytest.fixture
def earlier(put, hand, make_owner):
    """An analysis with an issue that has a measure in place."""
    found = says(issue("Ask for a new print lease", 20), title="Printers <stop>", date=APRIL)
    analysis = put(found, LEASE, "a.md").analysis
    tracked = intake.add_all(analysis.pk, **hand)[0]
    owner = make_owner("Lee Okafor")
    measure = prevention.propose(tracked.pk, "Renew <leases>", category=MeasureCategory.AUTOMATION, owner=owner, **hand)
    prevention.set_state(measure.pk, MeasureState.IN_PLACE, **hand)
    return analysis


@pytest.fixture
def again(earlier, put):
    return put(says(issue("Renew the lease", 3), title="No labels", date=MAY), LEASE_AGAIN, "b.md").analysis


def page(client, analysis):
    return client.get(reverse("admin:tracker_analysis_change", args=[analysis.pk])).content.decode()


def press(client, row, action, **fields):
    address = reverse("admin:tracker_analysis_return", args=[row.analysis_id, row.pk])
    return client.post(address, {"action": action, **fields}, follow=True)


def test_an_analysis_without_likely_returns_does_not_ask(manager, earlier):
    assert "Has this happened before?" not in page(manager, earlier)


def test_a_likely_return_shows_the_earlier_analysis_why_its_issues_and_the_measures_that_did_not_hold(
    manager, earlier, again
):
    html = page(manager, again)

    assert "Has this happened before?" in html
    assert f'<a href="{reverse("admin:tracker_analysis_change", args=[earlier.pk])}">Printers &lt;stop&gt;</a>' in html
    assert "LeaseExpiredError" in html.split('id="returns"')[1].split("</section>")[0]
    assert earlier.issues.get().reference in html
    assert "badge-status-identified" in html
    assert "In place: Renew &lt;leases&gt;" in html
    assert [word for word in ("Yes, it returned", "No", "Same incident") if f">{word}<" in html] == [
        "Yes, it returned",
        "No",
        "Same incident",
    ]


@pytest.mark.parametrize(
    ("action", "decision"),
    [
        ("confirm", ReturnDecision.CONFIRMED),
        ("reject", ReturnDecision.REJECTED),
        ("same", ReturnDecision.SAME_INCIDENT),
    ],
)
def test_each_button_decides_and_the_page_tells_who_decided(manager, again, action, decision):
    row = again.returns.get()

    answer = press(manager, row, action, reason="We looked <closely>")

    row.refresh_from_db()
    assert (row.decision, row.decided_by, row.reason) == (decision, manager.user, "We looked <closely>")
    html = answer.content.decode()
    assert f"{decision.label}, says mona" in html
    assert "We looked &lt;closely&gt;" in html
    assert "Yes, it returned" not in html


def test_a_confirmed_return_says_how_the_earlier_issues_stood_and_how_often_it_returned(manager, again):
    html = press(manager, again.returns.get(), "confirm").content.decode()

    assert "It recurred while an earlier issue was open" in html
    assert "returned 1 time so far" in html


def test_a_confirmed_return_leads_to_the_issue_that_reviews_the_prevention(manager, again):
    html = press(manager, again.returns.get(), "confirm").content.decode()

    address = f"{reverse('admin:tracker_issue_changelist')}?analysis={again.pk}&amp;show=all"
    assert address in html
    assert again.issues.get().reference in manager.get(address.replace("&amp;", "&")).content.decode()


def test_a_refused_decision_is_told(manager, again, hand):
    row = again.returns.get()
    returns.reject(row.pk, **hand)

    assert "decided already: no return, says boss" in press(manager, row, "confirm").content.decode()


def test_who_only_looks_sees_it_without_buttons_and_may_not_decide(viewer, again):
    html = page(viewer, again)

    assert "Has this happened before?" in html
    assert "Yes, it returned" not in html
    assert press(viewer, again.returns.get(), "confirm").status_code == 403
    assert Recurrence.objects.pending().exists()


def test_who_may_not_see_issues_sees_neither_them_nor_their_measures(viewer, earlier, again):
    viewer.user.user_permissions.remove(*viewer.user.user_permissions.filter(codename="view_issue"))

    html = page(viewer, again)

    assert "Has this happened before?" in html
    assert earlier.issues.get().reference not in html
    assert "Renew &lt;leases&gt;" not in html


def test_a_decision_is_asked_for_by_post_with_the_token_of_the_page(manager, again):
    row = again.returns.get()
    address = reverse("admin:tracker_analysis_return", args=[again.pk, row.pk])
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(manager.user)

    assert manager.get(address).status_code == 405
    assert strict.post(address, {"action": "confirm"}).status_code == 403
    assert Recurrence.objects.pending().exists()


@pytest.mark.parametrize("action", ["", "delete"])
def test_what_is_no_button_is_not_found(manager, again, action):
    assert press(manager, again.returns.get(), action).status_code == 404


def test_the_likely_return_of_another_analysis_is_not_found(manager, earlier, again):
    address = reverse("admin:tracker_analysis_return", args=[earlier.pk, again.returns.get().pk])

    assert manager.post(address, {"action": "confirm"}).status_code == 404


def test_the_page_costs_the_same_number_of_queries_for_any_number_of_returns(manager, earlier, again, put, make_issue):
    def cost(analysis):
        with CaptureQueriesContext(connection) as queries:
            page(manager, analysis)
        return len(queries)

    cost(again)
    one = cost(again)
    for number in range(30):
        make_issue(analysis=earlier, title=f"Step {number}", reference=f"P1-20260301-{number:03d}")
    last = put(says(issue("Renew it", 3), title="Again"), f"{LEASE_AGAIN}\nOnce more.\n", "d.md").analysis
    assert last.returns.count() == 2

    assert cost(last) == one
    assert "and 21 more" in page(manager, last)
    assert Issue.objects.count() == 31


# -- taking back, and what is only possible ----------------------------------------------------------------------------


def test_a_decision_can_be_taken_back_and_the_page_tells_what_became_of_its_consequences(manager, again):
    row = again.returns.get()
    press(manager, row, "confirm", reason="The same lease")
    review = again.issues.get()

    html = press(manager, row, "take back", reason="It was the <toner>").content.decode()

    row.refresh_from_db()
    assert row.decision == ReturnDecision.PENDING
    assert f"{review.reference}, the review, is cancelled." in html
    assert "Yes, it returned" in html
    assert "Decided before" in html
    assert "It returned, says mona. “The same lease”" in html
    assert "Taken back, says mona. “It was the &lt;toner&gt;”" in html


def test_taking_back_without_a_reason_is_refused_on_the_page(manager, again):
    row = again.returns.get()
    press(manager, row, "reject")

    assert "needs a reason" in press(manager, row, "take back", reason=" ").content.decode()
    assert not Recurrence.objects.pending().exists()


def test_who_only_looks_sees_the_decision_and_cannot_take_it_back(viewer, again, hand):
    row = again.returns.get()
    returns.reject(row.pk, **hand)

    assert "Take it back" not in page(viewer, again)
    assert press(viewer, row, "take back", reason="No").status_code == 403


def test_what_is_only_possible_is_folded_away_and_called_so(manager, again):
    again.returns.update(likely=False)

    html = page(manager, again)

    assert "No earlier analysis that this one is likely a return of" in html
    assert "1 more that it may be a return of" in html
    assert html.index("1 more that it may be") < html.index("Yes, it returned")


# -- the list ----------------------------------------------------------------------------------------------------------

LIST = "/admin/tracker/recurrence/"


def make_pairs(earlier, again, count):
    """Pairs of the later analysis with others of the same title."""
    others = []
    for number in range(count):
        others.append(Analysis(source=f"o{number}", title=f"Other {number}", text="#", sha256=f"{number}"))
    for other in others:
        other.imported_at = other.updated_at = again.imported_at
    rows = Analysis.objects.bulk_create(others)
    kind, when = again.returns.get().kind, again.imported_at
    Recurrence.objects.bulk_create(
        Recurrence(analysis=again, earlier=each, score=0.6, kind=kind, found_at=when) for each in rows
    )


def test_the_list_has_those_to_decide_first_and_of_them_the_likely_ones(manager, earlier, again, hand):
    likely = again.returns.get()
    make_pairs(earlier, again, 3)
    returns.reject(again.returns.get(earlier__title="Other 2").pk, **hand)

    rows = manager.get(LIST).context["cl"].result_list

    assert [row.earlier.title for row in rows] == [likely.earlier.title, "Other 1", "Other 0", "Other 2"]


def test_the_list_leads_to_both_analyses_and_says_who_decided(manager, earlier, again, hand):
    returns.reject(again.returns.get().pk, **hand)

    html = manager.get(LIST).content.decode()

    assert f"{reverse('admin:tracker_analysis_change', args=[again.pk])}#return-{again.returns.get().pk}" in html
    assert f'{reverse("admin:tracker_analysis_change", args=[earlier.pk])}">Printers &lt;stop&gt;</a>' in html
    assert "No return" in html
    assert "boss, <span" in html
    assert f'<a href="{reverse("admin:tracker_recurrence_change", args=[again.returns.get().pk])}">Likely</a>' in html


def test_the_list_is_filtered_by_decision_and_searched_by_title(manager, earlier, again, hand):
    make_pairs(earlier, again, 3)
    returns.confirm(again.returns.get(earlier=earlier).pk, **hand)

    def found(query):
        return [row.earlier.title for row in manager.get(f"{LIST}?{query}").context["cl"].result_list]

    assert found("decision__exact=confirmed") == ["Printers <stop>"]
    assert found("q=Other+1") == ["Other 1"]


def test_the_list_costs_the_same_for_any_number_of_rows(manager, earlier, again):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            manager.get(LIST)
        return len(queries)

    cost()
    one = cost()
    make_pairs(earlier, again, 40)

    assert cost() == one


def test_the_page_of_a_pair_shows_its_whole_history_and_changes_nothing(manager, again, hand):
    row = again.returns.get()
    returns.confirm(row.pk, reason="The same lease", **hand)
    returns.take_back(row.pk, reason="It was the toner", **hand)
    address = reverse("admin:tracker_recurrence_change", args=[row.pk])

    html = manager.get(address).content.decode()

    assert "It returned, says boss (Admin). “The same lease”" in html
    assert "Taken back, says boss (Admin). “It was the toner”" in html
    assert manager.post(address, {"decision": "confirmed"}).status_code == 403
    assert manager.post(reverse("admin:tracker_recurrence_delete", args=[row.pk])).status_code == 403


def test_the_list_stands_under_review_for_whoever_may_look_at_it(manager, make_user, client, again):
    assert f'href="{LIST}"' in manager.get(reverse("admin:index")).content.decode()
    client.force_login(make_user("nils", is_staff=True))
    assert client.get(LIST).status_code == 403
