"""The app served, and people who decide in browsers of their own, record after record."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PEOPLE = ("Ada Okoro", "Ben Quist")
TITLE = ".ev-card h3"
WAIT_SECONDS = 60
_AT_REST = "[data-testid=stApp][data-test-script-state=notRunning]"
CHROMIUM_ARGUMENTS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
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


@contextmanager
def served(
    project: Path, script: str = "app.py", environment: Mapping[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server of the app of the current folder, and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", script]
    command += ["--server.headless", "true", "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.fileWatcherType", "none"]
    command += ["--browser.gatherUsageStats", "false", "--", str(project)]
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, env=os.environ | dict(environment or {})
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(server, address)
            yield server, address
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_for(server: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5):  # noqa: S310
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"{address}: the app did not start")


def decide(address: str, who: str, n_decisions: int) -> Decided:
    """Decide on so many records, each as soon as it is shown; the two people differ on some."""
    from playwright.sync_api import sync_playwright

    decided = Decided()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(CHROMIUM_ARGUMENTS)
        )
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
        browser.close()
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
