"""Every page that links lead to, found by following them on a site where the whole story has happened.

In Chromium as an administrator: no error in the console (a breach of the Content-Security-Policy is one), no violation
of WCAG 2.1 AA, nothing that scrolls sideways at 360 px. As everybody else: no link of a page leads to a refusal.
"""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from django.conf import settings
from django.urls import Resolver404, resolve

from remediation_site.demo import playing
from tracker.tests import test_admin_browser as browser
from tracker.tests.leaving import leave
from tracker.tests.servers import free_port

pytestmark = [pytest.mark.process, browser.pytestmark[0]]
chromium = browser.chromium

PASSWORD = "the story is over"
MANAGE = str(Path(settings.BASE_DIR) / "manage.py")
PASSWORDS = f"""
from django.contrib.auth import get_user_model
everybody = get_user_model().objects
everybody.create_superuser("mona")
for person in everybody.all():
    person.set_password({PASSWORD!r})
    person.save()
"""
PATIENCE = 30  # seconds for a server to start
LINK = re.compile(r'<a\b[^>]*?\shref="([^"#][^"]*)"([^>]*)>')
FILES = re.compile(r"\.(csv|xlsx|png|svg|md|ics|pdf|json|txt)$")
STARTS = ("/", "/admin/", "/help/")
MOST_OF_A_VIEW = 1  # pages of one view that are looked at: two objects look alike
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]}


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[str]:
    """The address of a real server on the database that the demonstration left, where everybody has a password."""
    folder = tmp_path_factory.mktemp("story") / "demo"
    playing.prepare(folder)
    assert playing.play("full", folder) == 0
    environment = {**playing.environment(folder), "ALLOWED_HOSTS": "127.0.0.1"}
    subprocess.run([sys.executable, MANAGE, "shell", "-c", PASSWORDS], env=environment, check=True, capture_output=True)
    port = free_port()
    serve = [sys.executable, MANAGE, "runserver", "--noreload", "--skip-checks", str(port)]
    with subprocess.Popen(serve, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(address)
            yield address
        finally:
            server.terminate()


def wait_for(address: str) -> None:
    """Until the server answers. Raises: ConnectionError when it does not in time."""
    last = time.monotonic() + PATIENCE
    while True:
        try:
            requests.get(f"{address}/admin/login/", timeout=PATIENCE)
        except requests.ConnectionError:
            if time.monotonic() > last:
                raise
            time.sleep(0.1)
        else:
            return


def pages(get: Callable[[str, str], str]) -> Iterator[str]:
    """The addresses that links lead to, a few of each view. `get` opens one, from another, and gives its HTML."""
    waiting, seen, looked_at = [(address, "") for address in STARTS], set(STARTS), {}
    while waiting:
        address, above = waiting.pop(0)
        yield address
        for link, rest in LINK.findall(get(address, above)):
            target = urljoin(address, link.replace("&amp;", "&"))
            view = view_of(target)
            if not view or target in seen or "download" in rest or looked_at.get(view, 0) >= MOST_OF_A_VIEW:
                continue
            seen.add(target)
            looked_at[view] = looked_at.get(view, 0) + 1
            waiting.append((target, address))


def view_of(address: str) -> str:
    """The name of the view behind an address of this site; "" for a file, another site and what is nowhere."""
    parts = urlsplit(address)
    if parts.netloc or parts.scheme or FILES.search(parts.path) or parts.path.startswith(f"/{settings.STATIC_URL}"):
        return ""
    try:
        return resolve(parts.path).view_name
    except Resolver404:
        return f"nowhere: {parts.path}"  # looked at, and found missing


@pytest.fixture
def page(site, chromium):
    """A page on a phone, logged in as the administrator; errors of the site fail the test.

    While axe measures (it sets styles of its own and loads sheets again) nothing counts: page.measured is true then.
    """
    errors = []
    context = chromium.new_context(viewport=browser.NARROW, base_url=site, reduced_motion="reduce", color_scheme="dark")
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    page.measured = False

    def note(words: str) -> None:
        if not page.measured:
            errors.append(f"{page.url}: {words}")

    page.on("pageerror", lambda error: note(str(error)))
    page.on("console", lambda line: note(line.text) if line.type == "error" else None)
    page.goto("/admin/login/")
    page.get_by_label("Username").fill("mona")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    yield page
    leave(context)
    assert errors == []


def test_every_page_is_accessible_fits_a_phone_and_reports_no_error(page):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    problems, looked_at = [], []

    def get(address: str, above: str) -> str:
        answer = page.goto(address)
        looked_at.append(address)
        if answer.status != 200:
            problems.append(f"{above} leads to {address}: {answer.status}")
            return ""
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > browser.NARROW["width"]:
            problems.append(f"{address}: {width} px wide")
        page.measured = True
        for rule in axe.run(page, options=AXE).response["violations"]:
            problems.append(f"{address}: {rule['id']}: {rule['nodes'][0]['html'][:200]}")
        page.wait_for_timeout(0)  # what axe caused arrives before anything else is listened to
        page.measured = False
        return answer.text()

    list(pages(get))

    assert problems == []
    assert len(looked_at) > 60


@pytest.mark.parametrize("username", ["helen", "jonas", "ines"], ids=["executive", "manager", "engineer"])
def test_no_link_of_a_page_leads_to_a_refusal(site, username):
    refused, person = [], requests.Session()
    form = {"username": username, "password": PASSWORD, "next": "/admin/"}
    token = person.get(f"{site}/admin/login/", timeout=PATIENCE).cookies["csrftoken"]
    welcome = person.post(f"{site}/admin/login/", {**form, "csrfmiddlewaretoken": token}, timeout=PATIENCE)
    assert "What needs attention now" in welcome.text

    def get(address: str, above: str) -> str:
        answer = person.get(site + address, timeout=PATIENCE)
        if answer.status_code != 200:
            refused.append(f"{above} leads to {address}: {answer.status_code}")
        return answer.text if answer.headers["Content-Type"].startswith("text/html") else ""

    assert len(list(pages(get))) > 25
    assert refused == []
