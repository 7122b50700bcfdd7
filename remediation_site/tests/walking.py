"""People in Chromium: each has a browser of their own, and looks at the pages that they come to."""

from urllib.parse import urljoin

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tracker.tests.leaving import leave

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]}
NARROW, WIDE = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
PATIENCE = 30  # seconds for a page, or for a worker
CUT_OFF = """() => [...document.querySelectorAll('main *')]
    .filter((part) => part.checkVisibility() && !part.closest('.visually-hidden')
            && (part.getBoundingClientRect().right > innerWidth + 1
                || getComputedStyle(part).overflowX !== 'visible' && part.scrollWidth > part.clientWidth + 1))
    .map((part) => part.outerHTML.slice(0, 120))"""


class Person:
    """Somebody with a browser. What is wrong with a page that they look at stands in `problems`, with its address."""

    def __init__(self, browser: Browser, site: str, name: str = "") -> None:
        self.name, self.problems, self._refused = name, [], set()
        self._context = browser.new_context(base_url=site, viewport=WIDE, reduced_motion="reduce")
        self._context.set_default_timeout(PATIENCE * 1000)
        self._measured, self._site = False, site
        self.page: Page = self._context.new_page()
        self.page.on("pageerror", lambda error: self._note(str(error)))
        self.page.on("console", lambda line: self._note(line.text, line.location["url"]) if line.type == "error" else 0)

    def _note(self, words: str, source: str = "") -> None:
        """Keep an error, but for that of a page that was to refuse, and of axe, which sets styles of its own."""
        if not self._measured and source not in self._refused:
            self.problems.append(f"{self.page.url}: {words}")

    def go(self, address: str, *, status: int = 200) -> None:
        """Go to an address, which answers with that."""
        if status != 200:
            self._refused.add(urljoin(self._site, address))
        answer = self.page.goto(address)
        assert answer.status == status, f"{address}: {answer.status}"

    def log_in(self, password: str) -> None:
        """From the address that everybody knows to the start page."""
        self.go("/admin/")
        self.look()
        self.page.get_by_label("Username").fill(self.name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()
        self.reads("h1", "What needs attention now")
        self.look()

    def look(self) -> None:
        """Look at the page as it is: nothing lies beyond a narrow screen, and axe finds nothing."""
        self.page.set_viewport_size(NARROW)
        width = self.page.evaluate("document.documentElement.scrollWidth")
        if width > NARROW["width"]:
            self.problems.append(f"{self.page.url}: {width} px wide")
        self.page.set_viewport_size(WIDE)
        self._measured = True
        for rule in Axe().run(self.page, options=AXE).response["violations"]:
            self.problems.append(f"{self.page.url}: {rule['id']}: {rule['nodes'][0]['html'][:200]}")
        self.page.wait_for_timeout(0)  # what axe caused arrives before anything else is listened to
        self._measured = False

    def press(self, name: str, *, within: str = "body") -> None:
        """Press the button that says exactly this."""
        self.page.locator(within).get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str, *, within: str = "body") -> None:
        """Follow the first link that says this, and wait for the page behind it."""
        with self.page.expect_navigation():
            self.page.locator(within).get_by_role("link", name=name).first.click()

    def fill(self, **fields: str) -> None:
        """Fill in fields by their labels, written with _ for a space."""
        for label, words in fields.items():
            self.page.get_by_label(label.replace("_", " "), exact=True).fill(words)

    def reads(self, where: str, words: str) -> None:
        """Wait until these words stand there."""
        expect(self.page.locator(where).first).to_contain_text(words, timeout=PATIENCE * 1000)

    def on_paper(self) -> list[str]:
        """What a printer would cut off of the page, and what of it belongs on no paper."""
        self.page.emulate_media(media="print")
        self.page.set_viewport_size({"width": 718, "height": 1000})  # of A4 between the margins of Chromium
        self.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        cut = self.page.evaluate(CUT_OFF)
        shown = [name for name in ("nav", "form") for each in self.page.locator(name).all() if each.is_visible()]
        self.page.emulate_media(media="screen")
        self.page.set_viewport_size(WIDE)
        return cut + shown

    def leave(self) -> None:
        """Close the browser."""
        leave(self._context)
