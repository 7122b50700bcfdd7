"""A new site: each page of the navigation answers, and an empty list says what to do."""

import html
import re

import pytest

from remediation_site.empty_lists import HOW_THEY_BEGIN
from remediation_site.navigation import NAVIGATION

pytestmark = pytest.mark.django_db
EMPTY = re.compile(r'<p class="empty">(.*?)</p>', re.S)


def lists():
    """The addresses of the lists in the navigation, without filters."""
    entries = [entry for group in NAVIGATION for entry in group.entries if entry.url_name.endswith("_changelist")]
    return sorted({entry.url_name: entry.url() for entry in entries if not entry.query}.items())


def test_every_empty_list_says_how_the_first_row_comes_into_it(client, make_user):
    client.force_login(make_user("root", is_staff=True, is_superuser=True))

    said = {name: EMPTY.search(client.get(address).text) for name, address in lists()}

    words = {name: html.unescape(found.group(1)) for name, found in said.items() if found}
    assert len(words) > 20
    assert [name for name, sentence in words.items() if "Nothing here yet" in sentence] == []
    assert [name for name, sentence in words.items() if len(sentence) < 18] == []


def test_no_sentence_is_kept_for_a_list_that_there_is_not():
    names = {name.removeprefix("admin:").removesuffix("_changelist") for name, _ in lists()}

    assert {key.replace(".", "_") for key in HOW_THEY_BEGIN} <= names
