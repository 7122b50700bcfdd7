"""Search of issues: every word is somewhere in the reference, the title, the text or the name of the owner."""

import pytest
from django.db import connection

from tracker import search
from tracker.models import Issue

pytestmark = pytest.mark.django_db


@pytest.fixture
def issues(make_issue, make_owner):
    olga = make_owner("Olga Brandt")
    make_issue(title="Raise the pool size", reference="P1-20260310-901", owner=olga)
    make_issue(title="Watch the queue", description="The size of the pool, at 100%_full")
    make_issue(title="Write a test", owner=make_owner("Otto Pool"))


def titles(text):
    return [issue.title for issue in search.found(Issue.objects.order_by("title"), text)]


POOL = ["Raise the pool size", "Watch the queue", "Write a test"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("POOL", POOL, id="a word in a title, a text and a name, however it is written"),
        pytest.param("pool size", POOL[:2], id="every word"),
        pytest.param('"pool size"', POOL[:1], id="words in quotes stand together"),
        pytest.param("olga raise", POOL[:1], id="an owner and a title"),
        pytest.param("0310-901", POOL[:1], id="a part of a reference"),
        pytest.param("%_f", POOL[1:2], id="what databases would take for any letters"),
        pytest.param("'", [], id="one quotation mark"),
        pytest.param("  ", POOL, id="no word"),
        pytest.param("nothing", [], id="what nothing has"),
        pytest.param("ü" * 5000, [], id="a long word"),
    ],
)
def test_what_is_found(issues, text, expected):
    assert titles(text) == expected


@pytest.mark.parametrize("most", [1, 2, 3, 4])
def test_many_matches_are_found_like_few(issues, monkeypatch, most):
    monkeypatch.setattr(search, "MOST_FOUND", most)

    assert titles("pool") == POOL


def test_what_other_filters_leave_out_is_not_found(issues):
    assert not search.found(Issue.objects.filter(owner=None), "raise").exists()


def test_a_search_takes_two_queries_more_than_its_list(issues, django_assert_num_queries):
    with django_assert_num_queries(3):
        titles("pool size olga")


def test_postgresql_looks_into_its_index(issues):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite reads every row")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    wanted = Issue.objects.order_by()
    for column in search.COLUMNS:
        assert "issue_search" in wanted.filter(**{f"{column}__icontains": "pool"}).explain()
