"""Reports as files in Chromium without a network: they load nothing, fit a narrow screen, and are accessible."""

import os
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe

from dashboard.reports import formats, overview, report
from dashboard.tests import example_rows
from dashboard.tests import example_site as site

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.django_db(transaction=True),
]
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
)


@pytest.fixture(scope="module")
def chromium():
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright's own event loop runs in this thread
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def files(tmp_path):
    example_rows.write()
    sheet = overview.sheet_of("month", site.NOW, now=site.NOW)
    found = {
        "overview.html": overview.html(sheet, site.NOW).encode(),
        "report.html": formats.write(report.build("month", site.NOW), "html", site.NOW).content,
    }
    for name, content in found.items():
        (tmp_path / name).write_bytes(content)
    return [tmp_path / name for name in found]


@pytest.mark.parametrize("width", [1280, 360])
def test_a_file_opens_without_a_network_loads_nothing_and_is_accessible(chromium, files, width):
    for path in files:
        context = chromium.new_context(offline=True, viewport={"width": width, "height": 800}, bypass_csp=False)
        page, requested, said = context.new_page(), [], []
        page.on("request", lambda request, requested=requested: requested.append(request.url))
        page.on("console", lambda line, said=said: said.append(line.text))
        page.goto(path.as_uri())

        assert requested == [path.as_uri()]
        assert said == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("svg").count() >= 3
        context.close()

        context = chromium.new_context(viewport={"width": width, "height": 800}, bypass_csp=True)  # for axe's script
        page = context.new_page()
        page.goto(path.as_uri())
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        context.close()
