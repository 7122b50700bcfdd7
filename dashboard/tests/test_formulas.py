"""The formulas as a page, and the links of figures to them."""

from dashboard.formulas import formula_url, sections
from dashboard.value import catalogue, risk_level


def test_every_kind_of_figure_has_its_section_on_the_page():
    anchors = {section.anchor for section in sections()}
    wanted = {each.section for each in catalogue.DEFINITIONS.values()} | {risk_level.SECTION}

    assert {formula_url(section).partition("#")[2] for section in wanted} <= anchors


def test_the_page_shows_every_section_and_runs_nothing_of_it(client, make_user):
    client.force_login(make_user("vera", is_staff=True))

    page = client.get("/formulas/").content.decode()

    assert all(f'id="{section.anchor}"' in page for section in sections() if section.anchor)
    assert "share of its priority" in page
