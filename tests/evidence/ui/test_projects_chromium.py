"""From the demo's question to a finished run, in a real browser."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evidence.project import Project
from evidence.verification import verify
from tests.evidence.ui.test_app_chromium import ROOT, browser, wait_for_server

__all__ = ["browser"]
RUN_SECONDS = 240


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    command += ["--server.headless", "true", "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.fileWatcherType", "none"]
    command += ["--browser.gatherUsageStats", "false"]
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


@pytest.mark.slow
def test_a_new_project_is_run_and_overviewed(browser: Any, address: str, tmp_path: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(90_000)
    page.goto(address)
    page.get_by_role("link", name="Make a new project").click()
    page.get_by_role("button", name="Take the demo’s question").click()
    page.get_by_text("This is the demo’s question").wait_for()
    folder = tmp_path / "malaria"
    page.get_by_role("textbox", name="Where the project goes").fill(str(folder))
    page.get_by_role("textbox", name="Where the project goes").press("Tab")
    page.get_by_role("button", name="Make the project").click()
    page.get_by_role("button", name="Run the engine").click()
    page.get_by_role("button", name="Stop").wait_for()

    # Another page in between: the run goes on without anybody who watches it.
    page.get_by_role("link", name="Audit", exact=True).click()
    page.wait_for_url("**/audit")
    page.get_by_role("link", name="Overview", exact=True).click()
    page.get_by_text("The run is through.").wait_for(timeout=RUN_SECONDS * 1000)

    page.get_by_text("The offline engine").wait_for()
    assert "120\nrecords identified" in page.locator(".ev-flow").inner_text()
    assert page.get_by_text("Page not found").count() == 0
    assert list(verify(Project.open(folder))) == []
