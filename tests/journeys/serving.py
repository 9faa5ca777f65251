"""The app served for a real browser, and the browser: what every journey starts with."""

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
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[2]
WAIT_SECONDS = 180
_PORTS = 3
"""Between a look for a free port and its use another program may take it."""
_READY, _PORT_TAKEN = "You can now view", "is not available"
_CHROMIUM_ARGUMENTS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    # What a page asks of another computer is asked of nobody.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


def missing(what: str) -> NoReturn:
    """Skip on a desk, fail where everything has to be there."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing")
    pytest.skip(f"{what} is missing")


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser; where there is none the test is skipped, or fails in CI."""
    program = shutil.which("chromium")
    if program is None:
        missing("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("Playwright (pip install playwright)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*_CHROMIUM_ARGUMENTS])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def served(
    project: Path | None,
    script: str = "app.py",
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    told: Path | None = None,
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server of the app.

    Args:
        project: The folder that it is started with; None for the page that opens one.
        script: Of Streamlit, as seen from `folder`.
        environment: What is other than here.
        folder: In which it is started; None for the current one.
        told: The file for what it tells; None to forget it.

    Yields:
        Its process, and its address.
    """
    with ExitStack() as ends:
        for _ in range(_PORTS):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            kept = told.open("wb+") if told else tempfile.TemporaryFile()  # noqa: SIM115
            log = ends.enter_context(kept)
            server = subprocess.Popen(
                _command(project, script, port),
                cwd=folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | dict(environment or {}),
            )
            ends.callback(_end, server)
            address = f"http://127.0.0.1:{port}"
            if _answers(server, address, log):
                yield server, address
                return
        raise OSError(f"{_PORTS} times somebody else took the port")


def _command(project: Path | None, script: str, port: int) -> list[str]:
    command = [sys.executable, "-m", "streamlit", "run", script]
    command += ["--server.headless", "true", "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.fileWatcherType", "none"]
    command += ["--browser.gatherUsageStats", "false"]
    return command + (["--", str(project)] if project is not None else [])


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _answers(server: subprocess.Popen[bytes], address: str, log: IO[bytes]) -> bool:
    """Wait until the app answers; False where somebody else has taken its port meanwhile.

    Raises:
        TimeoutError: It did not start.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        if _READY in _told(log):
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=30):  # noqa: S310
                    return True
            except OSError:
                pass
        time.sleep(0.05)
    told = _told(log)
    if _PORT_TAKEN in told:
        return False
    raise TimeoutError(f"{address}: the app did not start: {told[-1000:]}")


def _told(log: IO[bytes]) -> str:
    return os.pread(log.fileno(), 1_000_000, 0).decode(errors="replace")  # its place stays
