"""How much one request may bring."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tracker.models import Analysis

ADD = "/admin/tracker/analysis/add/"


@pytest.fixture
def mona(client, make_user):
    client.force_login(make_user("mona", is_staff=True, is_superuser=True))
    return client


def files(number, size):
    return [SimpleUploadedFile(f"{each}.md", b"# Title\n\n" + b"x" * size) for each in range(number)]


def test_a_request_that_is_too_long_is_refused_before_it_is_read(mona, settings, django_assert_num_queries):
    settings.MAX_REQUEST_BYTES = 10_000

    with django_assert_num_queries(0):
        answer = mona.post(ADD, {"files": files(3, 4_000), "text": "", "name": ""})

    assert answer.status_code == 413
    assert "more than 10,000 bytes" in answer.text


@pytest.mark.parametrize("length", ["-1", "1e9", "x", "99999999999999999999"])
def test_a_length_that_is_none_is_refused(mona, length):
    assert mona.get("/admin/", CONTENT_LENGTH=length).status_code == 413


def test_too_many_files_or_fields_are_refused(mona, settings):
    too_many_files = mona.post(ADD, {"files": files(101, 1), "text": "", "name": ""})
    too_many_fields = mona.post(ADD, {f"field{number}": "x" for number in range(1001)})

    assert (too_many_files.status_code, too_many_fields.status_code) == (400, 400)
    assert not Analysis.objects.exists()
