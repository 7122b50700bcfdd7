from io import BytesIO

import pytest

from tracker import uploads
from tracker.models import Analysis, AnalysisRevision

pytestmark = pytest.mark.django_db

PARCELS = """# Parcels lost at the sorter

The sorter read half of the labels with the wrong alphabet.

## Actions

- [ ] Check the alphabet of each label before it is printed
- [ ] Alert when more than ten labels an hour cannot be read
"""
HEATING = """# Cold flats in the north wing

The valve controller kept the summer schedule after the update.

## Actions

- [ ] Load the winter schedule on every controller tonight
- [ ] Refuse an update that carries no schedule at all
"""


def file(text, name="postmortem.md"):
    data = BytesIO(text if isinstance(text, bytes) else text.encode())
    data.name = name
    return data


@pytest.fixture
def take(make_user, now):
    user = make_user("boss")

    def take(*files):
        return uploads.take_files(files, actor=user, now=now)

    return take


@pytest.fixture
def paste(make_user, now):
    user = make_user("paster")

    def paste(text, name=""):
        return uploads.take_text(text, name=name, actor=user, now=now)

    return paste


def test_a_new_file_becomes_an_analysis_under_its_name(take):
    (upload,) = take(file(PARCELS))

    assert upload.analysis.source == "postmortem.md"
    assert upload.result.outcome == "created"
    assert upload.sentence() == "postmortem.md: added, 2 entries to review."


def test_the_same_file_again_is_already_known_whatever_its_name(take):
    take(file(PARCELS))

    again, renamed = take(file(PARCELS), file(PARCELS, "copy.md"))

    assert again.sentence() == "postmortem.md: already known as “postmortem.md”, nothing was changed."
    assert renamed.sentence() == "copy.md: already known as “postmortem.md”, nothing was changed."
    assert AnalysisRevision.objects.count() == 1


def test_a_changed_version_says_what_changed(take):
    (first,) = take(file(PARCELS))

    (second,) = take(file(PARCELS + "- [ ] Train the night shift on the new sorter\n"))

    assert second.analysis == first.analysis
    assert second.sentence() == "postmortem.md: a changed version. 1 new, 0 changed, 0 gone since the last one."


def test_another_document_of_the_same_name_replaces_nothing(take):
    (first,) = take(file(PARCELS))

    (second,) = take(file(HEATING))

    assert second.analysis != first.analysis
    assert second.analysis.source == "postmortem (2).md"
    assert "is another document" in second.sentence()
    assert Analysis.objects.get(pk=first.analysis.pk).text == PARCELS


def test_a_later_version_of_the_second_document_finds_it_again(take):
    take(file(PARCELS))
    (second,) = take(file(HEATING))

    (third,) = take(file(HEATING + "- [ ] Call the tenants of the north wing\n"))

    assert third.analysis == second.analysis
    assert third.result.outcome == "changed"


def test_a_file_is_a_version_of_what_a_command_imported_from_a_folder(take, make_analysis):
    known = make_analysis(source="reports/2026/postmortem.md", text=PARCELS)

    (upload,) = take(file(PARCELS.replace("ten labels", "twenty labels")))

    assert upload.analysis == known
    assert upload.result.outcome == "changed"


def test_a_document_that_only_shares_the_headings_of_its_house_is_another_one():
    assert not uploads.in_common(PARCELS, HEATING)
    assert uploads.in_common(PARCELS, PARCELS.replace("# Parcels lost at the sorter", "# Lost parcels"))


def test_short_texts_are_compared_by_all_their_lines():
    assert uploads.in_common("# Top\n\n- Fix it\n", "# Top\n\n- Fix it\n- Test it\n")
    assert not uploads.in_common("- Fix it\n", "- Buy it\n")


def test_a_bad_file_stops_no_other_and_says_what_is_wrong(take, settings):
    settings.MAX_ANALYSIS_BYTES = 2000

    uploaded = take(
        file(b"\x00\x01\x02\xff" * 50, "photo.md"),
        file(b"", "empty.md"),
        file("- fix it\n" * 1000, "huge.md"),
        file(PARCELS, "good.md"),
        file(HEATING.encode("utf-16"), "utf16.md"),
    )

    assert [bool(each.analysis) for each in uploaded] == [False, False, False, True, True]
    for each in uploaded[:3]:
        assert each.sentence().startswith(each.name)
        assert each.sentence().endswith(".")
    assert "2,000" in uploaded[2].sentence()
    assert uploaded[4].analysis.text == HEATING


def test_a_file_name_keeps_no_folder_and_no_control_characters(take):
    (upload,) = take(file(PARCELS, "..\\..\\secret/../a\x1b[31m.md"))

    assert "\x1b" not in upload.analysis.source
    assert "/" not in upload.analysis.source


def test_a_pasted_text_has_its_given_name(paste):
    assert paste(PARCELS, name="Sorter, week 10/11").analysis.source == "Sorter, week 10/11"


def test_a_pasted_text_without_a_name_is_called_after_its_first_line(paste):
    assert paste("\n\n" + PARCELS).analysis.source == "Parcels lost at the sorter"


def test_a_pasted_text_of_white_space_is_refused(paste):
    upload = paste(" \n\t\n", name="note")

    assert upload.analysis is None
    assert "empty" in upload.sentence()


def test_a_defect_is_told_and_logged_and_stops_no_other_file(take, caplog, monkeypatch):
    def broken(name, text):
        raise ZeroDivisionError

    monkeypatch.setattr(uploads, "source_for", broken)

    (upload,) = take(file(PARCELS))

    assert upload.sentence() == "postmortem.md: it could not be imported. The log of the server says why."
    assert "ZeroDivisionError" in caplog.text
    assert "Parcels lost" not in caplog.text
