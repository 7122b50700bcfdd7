"""The documents as pages: linked, searched, and one for each page of the product."""

import re

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import get_resolver, reverse

from dashboard.layout import PAGES
from remediation_site.help.documents import FOLDER, LINK, documents, target_of
from remediation_site.help.places import PLACES, help_url
from remediation_site.help.search import LONGEST_QUERY, search


@pytest.fixture
def engineer(make_user) -> Client:
    browser = Client()
    browser.force_login(make_user("edith", is_staff=True))
    return browser


def test_every_document_is_a_page_that_any_person_with_a_login_may_read(engineer):
    for document in documents().values():
        assert engineer.get(document.url()).status_code == 200, document.name


def test_who_is_not_logged_in_is_asked_to(client):
    assert client.get("/help/process/").headers["Location"].startswith(reverse("admin:login"))


def test_every_link_between_documents_leads_to_a_document_and_a_section_that_exist():
    broken = []
    for name in documents():
        for link in LINK.finditer((FOLDER / f"{name}.md").read_text(encoding="utf-8")):
            path, _, anchor = link["address"].partition("#")
            if re.match(r"[a-z]+:", path) or (path and not path.endswith(".md")):
                continue
            target = target_of(path, name)
            known = target is not None and target in documents()
            if not known or (anchor and not documents()[target].has(anchor)):
                broken.append(f"{name}: {link['address']}")
    assert broken == []


def test_a_link_to_another_document_stays_inside_the_product(engineer):
    page = engineer.get("/help/process/").content.decode()

    assert 'href="/help/validation/"' in page
    assert ".md" not in re.sub(r"<code>.*?</code>|<pre.*?</pre>", "", page, flags=re.DOTALL)


def test_a_document_that_does_not_exist_and_a_way_out_of_the_folder_are_not_found(engineer):
    assert engineer.get("/help/nothing/").status_code == 404
    assert engineer.get("/help/..%2F..%2Fmanage/").status_code == 404


@pytest.mark.parametrize(
    ("query", "document", "anchor"),
    [
        pytest.param("weekly review", "process", "the-weekly-review", id="words of a title"),
        pytest.param("GATE release", "commands", "gate", id="in any case, in the text"),
        pytest.param("acknowl snooze", "escalation", "acknowledge-and-snooze", id="beginnings of words"),
    ],
)
def test_a_search_finds_the_section_that_has_all_words(query, document, anchor):
    first = search(query)[0]

    assert (first.document.name, first.section.anchor) == (document, anchor)


@pytest.mark.parametrize("query", ["", "   ", "zebra xylophone", "(((", "[a-", "\\\\d", "é" * 10 * LONGEST_QUERY])
def test_a_search_that_finds_nothing_is_no_error(engineer, query):
    assert search(query) == []
    assert engineer.get(reverse("help:index"), {"q": query}).status_code == 200


def test_what_somebody_searches_for_is_shown_as_text(engineer):
    page = engineer.get(reverse("help:index"), {"q": "<script>alert(1)</script>"}).content.decode()

    assert "<script>alert" not in page


def test_every_place_of_the_table_exists():
    for name, anchor in PLACES.values():
        assert name in documents()
        assert not anchor or documents()[name].has(anchor), f"{name}#{anchor}"


def test_every_page_of_the_admin_and_the_dashboard_has_its_section():
    lists = [f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist" for model in admin.site._registry]
    boards = [f"dashboard:{page.key}" for page in PAGES]

    without = [name for name in (*lists, *boards) if help_url(name) == help_url("")]

    assert without == []


def test_every_beginning_of_the_table_is_that_of_a_page():
    def names(resolver, space=""):
        for pattern in resolver.url_patterns:
            if hasattr(pattern, "url_patterns"):
                inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
                yield from names(pattern, inner)
            elif pattern.name:
                yield f"{space}{pattern.name}"

    known = list(names(get_resolver()))
    assert [each for each in PLACES if not any(name.startswith(each) for name in known)] == []


def test_pages_lead_to_their_section(engineer):
    page = engineer.get(reverse("admin:index")).content.decode()

    assert f'<a href="{help_url("admin:index")}">Help</a>' in page
