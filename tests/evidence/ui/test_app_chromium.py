"""The app in a real browser: a click becomes a line of the log, and hostile text stays text."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evidence.judgements import ScreeningDecision
from evidence.project import Project
from tests.evidence.report_factory import HOSTILE, make_screening_project

ROOT = Path(__file__).resolve().parents[3]
WAIT_SECONDS = 90
CHROMIUM_ARGUMENTS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def missing(what: str) -> None:
    """Skip on a desk, fail where everything has to be there."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing")
    pytest.skip(f"{what} is missing")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_screening_project(tmp_path / "p", n_records=12)


@pytest.fixture
def address(project: Project, tmp_path: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    command += ["--server.headless", "true", "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.fileWatcherType", "none"]
    command += ["--browser.gatherUsageStats", "false", "--", str(project.path)]
    log = tmp_path / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for_server(server, url, log)
        yield url
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_for_server(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5):  # noqa: S310
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the app did not start: {log.read_text()[-1000:]}")


@pytest.fixture
def browser() -> Iterator[Any]:
    chromium = shutil.which("chromium")
    if chromium is None:
        missing("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("Playwright (pip install playwright)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=list(CHROMIUM_ARGUMENTS)
        )
        yield browser
        browser.close()


def test_a_click_is_logged_and_hostile_text_stays_text(
    browser: Any, address: str, project: Project
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(WAIT_SECONDS * 1000)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(f"{address}/screening")
    page.locator(".ev-card").first.wait_for()

    hostile = page.locator(".ev-card h3", has_text="A case of gleam fever")
    hostile.wait_for()
    assert HOSTILE in hostile.inner_text()
    assert page.locator(".ev-card script, .ev-card img").count() == 0

    name = page.get_by_role("textbox", name="Your name")
    name.fill("Ada Okoro")
    name.press("Enter")
    page.get_by_text("Please say who you are").wait_for(state="detached")
    card = page.locator(".st-key-card-6")  # the seventh record of the search
    card.get_by_role("button", name="Include", exact=True).click()
    page.get_by_test_id("stToast").wait_for()

    decided = [d for d in project.entries(ScreeningDecision) if d.provenance.by_person]
    assert [(d.record_id, d.verdict, d.provenance.actor) for d in decided] == [
        ("other-106", "include", "Ada Okoro")
    ]
    assert dialogs == []
