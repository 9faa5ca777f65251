"""People who decide in browsers of their own, record after record."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from tests.journeys.serving import WAIT_SECONDS, chromium

PEOPLE = ("Ada Okoro", "Ben Quist")
TITLE = ".ev-card h3"
_AT_REST = "[data-testid=stApp][data-test-script-state=notRunning]"
# From just before the act to the first picture with another title, by the browser's own clock.
_WATCH = """
() => {
  const title = () => document.querySelector(".ev-card h3")?.textContent ?? "";
  const before = title();
  window.shownAfter = null;
  // Before the act, for a key that the page takes is told to nobody else.
  const begun = performance.now();
  const watch = new MutationObserver(() => {
    const now = title();
    if (!now || now === before) return;
    watch.disconnect();
    requestAnimationFrame(() => { window.shownAfter = performance.now() - begun; });
  });
  watch.observe(document.body, {subtree: true, childList: true, characterData: true});
}
"""


@dataclass
class Decided:
    """What one person's browser saw: seconds to the first record, and to each next one."""

    opening_s: float = 0.0
    times: list[float] = field(default_factory=list)


def decide(address: str, who: str, n_decisions: int) -> Decided:
    """Decide on so many records, each as soon as it is shown; the two people differ on some."""
    decided = Decided()
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(WAIT_SECONDS * 1000)
        begun = time.perf_counter()
        page.goto(f"{address}/screening")
        page.locator(TITLE).first.wait_for()
        decided.opening_s = time.perf_counter() - begun
        page.keyboard.press("Escape")  # where screening is the first page, its path is none
        name = page.get_by_role("textbox", name="Your name")
        name.fill(who)
        name.press("Enter")
        page.get_by_text("Please say who you are").wait_for(state="detached")
        name.blur()  # letters that are written in a box are no keys
        for _ in range(n_decisions):
            decided.times.append(_one(page, who))
    return decided


def _one(page: Any, who: str) -> float:
    """One decision: the seconds until the next record is shown."""
    page.locator(_AT_REST).wait_for()  # a person takes longer to read
    # By the record and not by its place, so that two people who read in other orders differ, too.
    number = sum(map(ord, page.locator(TITLE).first.inner_text()))
    include = number % 4 == 0 or (who == PEOPLE[1] and number % 5 == 0)
    page.evaluate(_WATCH)
    if page.locator(".st-key-keys-help").count():
        page.keyboard.press("i" if include else "1")
    else:
        page.get_by_role("button", name="Include", exact=True).first.click()
    page.wait_for_function("() => window.shownAfter !== null")
    return float(page.evaluate("() => window.shownAfter")) / 1000
