"""The list of analyses and the page that adds some."""

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tracker import intake
from tracker.choices import Door
from tracker.models import Analysis, ExtractedItem
from tracker.tests.extractions import check, issue, says
from tracker.tests.test_uploads import HEATING, PARCELS

pytestmark = pytest.mark.django_db

LIST = reverse("admin:tracker_analysis_changelist")
ADD = reverse("admin:tracker_analysis_add")


def file(text, name="postmortem.md"):
    return SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())


@pytest.fixture
def put(make_user, now):
    """Import an extraction; `decided` of its entries are accepted."""
    hand = {"actor": make_user("importer", is_superuser=True), "door": Door.ADMIN, "now": now}

    def put(name, *found, decided=0):
        analysis = intake.store(says(*found, title=name), f"# {name}", source=f"{name}.md", **hand).analysis
        for item in analysis.items.issues()[:decided]:
            intake.add(item.pk, **hand)
        return analysis

    return put


# the list


def test_the_list_says_how_many_of_the_extracted_entries_are_decided(manager, put):
    put("Sorter", issue("Check labels", 3), issue("Alert", 4), issue("Train", 5), check("It reads", 9), decided=2)

    page = manager.get(LIST).content.decode()

    assert "2 of 3" in page
    assert "2 tracked, 0 dismissed" in page
    assert "1 to decide" in page


def test_the_list_costs_the_same_number_of_queries_for_any_number_of_analyses(manager, put):
    def cost():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            manager.get(LIST)
        return len(queries)

    put("First", issue("Check labels", 3))
    few = cost()
    for number in range(30):
        put(f"Later {number}", issue("Check labels", 3), issue("Alert", 4), decided=1)

    assert cost() == few


def test_the_list_never_reads_the_texts(manager, put):
    put("Sorter", issue("Check labels", 3))

    with CaptureQueriesContext(connection) as queries:
        manager.get(LIST)

    assert not [query["sql"] for query in queries if '"tracker_analysis"."text"' in query["sql"]]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        pytest.param("review=open", {"Open"}, id="entries to decide"),
        pytest.param("review=done", {"Done", "Nothing in it"}, id="all decided"),
        pytest.param("q=nothing", {"Nothing in it"}, id="search by title"),
        pytest.param("q=Done.md", {"Done"}, id="search by name"),
        pytest.param("priority=P0", set(), id="by priority"),
    ],
)
def test_the_list_is_searched_and_filtered(manager, put, query, shown):
    put("Open", issue("Check labels", 3))
    put("Done", issue("Alert", 4), decided=1)
    put("Nothing in it")

    listed = manager.get(f"{LIST}?{query}").context["cl"].result_list

    assert {analysis.title for analysis in listed} == shown


def test_an_empty_list_says_what_to_do(manager):
    page = manager.get(LIST).content.decode()

    assert "Nothing to review." in page
    assert f'href="{ADD}"' in page


def test_who_may_only_look_is_not_asked_to_add(viewer):
    page = viewer.get(LIST).content.decode()

    assert ADD not in page
    assert viewer.get(ADD).status_code == 403
    assert viewer.post(ADD, {"text": PARCELS}).status_code == 403
    assert not Analysis.objects.exists()


def test_analyses_are_never_deleted_here(manager, put):
    analysis = put("Sorter", issue("Check labels", 3))

    assert manager.post(reverse("admin:tracker_analysis_delete", args=[analysis.pk])).status_code == 403
    assert Analysis.objects.filter(pk=analysis.pk).exists()


def test_analyses_are_found_by_typing_a_part_of_the_title(manager, put):
    put("Sorter", issue("Check labels", 3))

    answer = manager.get(
        reverse("admin:autocomplete"),
        {"app_label": "tracker", "model_name": "issue", "field_name": "analysis", "term": "sort"},
    )

    assert [found["text"] for found in answer.json()["results"]] == ["Sorter"]


# adding


def test_one_file_leads_to_its_review(manager):
    answer = manager.post(ADD, {"files": file(PARCELS)}, follow=True)

    analysis = Analysis.objects.get()
    assert answer.redirect_chain == [(reverse("admin:tracker_analysis_change", args=[analysis.pk]), 302)]
    assert analysis.imported_by == manager.user
    assert "<strong>postmortem.md</strong>: added, 2 entries to review." in answer.content.decode()
    assert ExtractedItem.objects.filter(issue__isnull=True).count() == 2


def test_several_files_lead_to_the_list_of_them_and_each_is_told(manager, put):
    put("Another one")

    answer = manager.post(
        ADD, {"files": [file(PARCELS, "a.md"), file(b"", "b.md"), file(HEATING, "c.md")]}, follow=True
    )

    page = answer.content.decode()
    assert {analysis.source for analysis in answer.context["cl"].result_list} == {"a.md", "c.md"}
    assert "<strong>a.md</strong>: added" in page
    assert "<strong>b.md</strong>: it is empty" in page
    assert "<strong>c.md</strong>: added" in page


def test_many_files_are_told_together_and_only_the_bad_ones_by_name(manager):
    files = [file(f"# Pump {number}\n\n- [ ] Repair pump {number} today\n", f"{number}.md") for number in range(12)]

    page = manager.post(ADD, {"files": [*files, file(b"", "empty.md")]}, follow=True).content.decode()

    assert "12 analyses were read." in page
    assert "<strong>empty.md</strong>" in page
    assert "<strong>3.md</strong>" not in page


def test_a_pasted_text_is_imported_under_its_name(manager):
    manager.post(ADD, {"text": PARCELS, "name": "Sorter"})

    assert Analysis.objects.get().source == "Sorter"


def test_when_nothing_could_be_read_the_page_stays_with_the_reasons_and_the_text(manager):
    page = manager.post(ADD, {"files": file(b"\x00" * 40, "photo.png"), "text": "", "name": "Sorter"}).content.decode()

    assert "photo.png" in page
    assert 'value="Sorter"' in page
    assert not Analysis.objects.exists()


def test_an_empty_form_says_what_to_give(manager):
    assert "Choose one or more files, or paste a text." in manager.post(ADD, {}).content.decode()


def test_a_paste_that_is_too_large_says_what_to_do(manager, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    manager.raise_request_exception = False

    answer = manager.post(ADD, {"text": "long " * 1000}, content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 400
    assert "Upload a long analysis as a file" in answer.content.decode()


def test_a_file_name_with_markup_is_shown_as_text(manager):
    page = manager.post(ADD, {"files": file(b"", "<img src=x onerror=alert(1)>.md")}).content.decode()

    assert "<img src=x" not in page


def test_only_get_and_post_add_analyses(manager):
    assert manager.put(ADD).status_code == 405


def test_uploading_needs_the_token_of_the_form(manager):
    manager.handler.enforce_csrf_checks = True

    assert manager.post(ADD, {"text": PARCELS}).status_code == 403
    assert not Analysis.objects.exists()


def test_who_may_add_but_not_decide_sees_the_review_without_buttons(client, make_user):
    user = make_user("ada", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["add_analysis", "view_analysis"]))
    client.force_login(user)

    page = client.post(ADD, {"files": file(PARCELS)}, follow=True).content.decode()

    assert "Check the alphabet of each label" in page
    assert "Accept" not in page
