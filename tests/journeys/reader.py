"""A person at a browser: opens pages, says who they are, reads what came of an act."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

WAIT_SECONDS = 120
WIDE, HIGH = 1280, 1000
_LOCAL = {"127.0.0.1", ""}  # without a host: what the page itself holds
# A page that is broken shows one of these.
_BROKEN = "[data-testid=stException], [data-testid=stJson]"
_AT_REST = "[data-testid=stApp][data-test-script-state=notRunning]"
_A_MOMENT = 100  # ms; the page asks for a run only after it has drawn what was clicked
_WIDER_THAN_SHOWN = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Reader:
    """A browser of one person's own on one address.

    Attributes:
        page: Playwright's, for what is special to a page of the app.
    """

    def __init__(self, browser: Any, address: str, **context: object) -> None:
        context = {"viewport": {"width": WIDE, "height": HIGH}, **context}
        self._context = browser.new_context(**context)
        self._address = address
        self._dialogs: list[str] = []
        self._asked: set[str] = set()
        self._refused: list[str] = []
        self.page = self._context.new_page()
        self.page.set_default_timeout(WAIT_SECONDS * 1000)
        self.page.on("dialog", self._refuse)
        self.page.on("request", lambda request: self._asked.add(request.url))
        self.page.on("console", self._hear)

    def _refuse(self, dialog: Any) -> None:
        self._dialogs.append(dialog.message)
        dialog.dismiss()

    def _hear(self, message: Any) -> None:
        if "Content Security Policy" in message.text:
            self._refused.append(message.text)

    def opens(self, path: str, name: str = "") -> None:
        """Open a page by its address, and say who one is if nobody has to sign in."""
        self.page.goto(f"{self._address}/{path}")
        if name:
            self.says_who(name)

    def says_who(self, name: str) -> None:
        """Write a name into the sidebar, and wait until the page knows it."""
        box = self.page.get_by_role("textbox", name="Your name")
        box.fill(name)
        box.press("Enter")
        self.page.get_by_text("Please say who you are").wait_for(state="detached")
        box.blur()  # letters that are written in a box are no keys
        self.rests()

    def rests(self) -> None:
        """Wait until nothing is drawn any more, and nothing is about to be."""
        self.page.locator(_AT_REST).wait_for()
        self.page.wait_for_timeout(_A_MOMENT)
        self.page.locator(_AT_REST).wait_for()

    def goes_to(self, title: str, heading: str = "") -> None:
        """Click a page in the sidebar, and wait for its heading: its title, if none is given."""
        nav = self.page.get_by_test_id("stSidebarNav")
        self.clicks(nav.get_by_role("link", name=title, exact=True))
        self.heading(heading or title)

    def heading(self, title: str) -> None:
        """Wait for a page's first heading, and look the page over."""
        self.page.get_by_role("heading", level=1, name=title, exact=True).wait_for()
        self.looks_over()

    def presses(self, name: str) -> None:
        """Click the first button of this name, once the page stands still."""
        self.clicks(self.page.get_by_role("button", name=name, exact=True).first)

    def clicks(self, what: Any) -> None:
        """Click an element, once the page stands still: what it draws anew may lose a click."""
        self.rests()
        what.click()

    def sees(self, words: str) -> None:
        """Wait for words on the page."""
        self.page.get_by_text(words).first.wait_for()

    def told(self, words: str) -> None:
        """Wait for what an act came to."""
        self.page.get_by_test_id("stToast").filter(has_text=words).first.wait_for()

    def writes(self, label: str, text: str) -> None:
        """Fill the first box of this name, once the page stands still, and leave it."""
        self.rests()
        box = self.page.get_by_label(label, exact=True).first
        box.fill(text)
        box.press("Tab")

    def reads(self, label: str, text: str) -> None:
        """Wait until the first box of this name holds a text."""
        from playwright.sync_api import expect

        box = self.page.get_by_label(label, exact=True).first
        expect(box).to_have_value(text, timeout=WAIT_SECONDS * 1000)

    def picks(self, group: Any, option: str) -> None:
        """Take an option of a row of buttons, and wait until the page has taken it in."""
        from playwright.sync_api import expect

        radio = group.get_by_role("radio", name=option, exact=True)
        self.clicks(radio)
        expect(radio).to_be_checked(timeout=WAIT_SECONDS * 1000)
        self.rests()

    def chooses(self, label: str, option: str) -> None:
        """Take an option of a list that opens."""
        box = self.page.get_by_role("combobox", name=label)
        self.clicks(box.first)
        self.page.get_by_role("option", name=option).first.click()

    def looks_over(self) -> None:
        """No page is broken, or wider than what is shown of it."""
        self.rests()
        assert self.page.locator(_BROKEN).count() == 0
        assert self.page.get_by_text("Traceback (most recent call last)").count() == 0
        assert self.page.evaluate(_WIDER_THAN_SHOWN) <= 1

    def leaves(self) -> None:
        """Close the browser; no dialog was opened, no source refused, no other computer asked."""
        self.looks_over()
        self._context.close()
        assert self._dialogs == []
        assert self._refused == []
        foreign = {url for url in self._asked if (urlsplit(url).hostname or "") not in _LOCAL}
        assert foreign == set()
