"""The HTML report printed to PDF by a Chromium that is installed; nothing is loaded or sent.

The browser gets a profile of its own that is thrown away, and resolves no address. Its two time
stamps are overwritten, so that the same report printed by the same browser gives the same bytes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from evidence.errors import EvidenceError

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
)
SECONDS = 180
"""A report of some 100 studies prints in well under a minute on two cores."""
_OFFLINE = (
    "--headless=new",
    "--disable-gpu",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=127.0.0.1:9",
    "--no-pdf-header-footer",
)
_CLOSED = re.compile(r"<details(?![^>]*\bopen\b)")
_NOT_ON_SCREEN = "<style>@media screen { body { display: none } }</style>"
_STAMP = re.compile(rb"/(CreationDate|ModDate) \(D:[^)]*\)")
_FIXED = b"D:19800101000000+00'00'"


class PrintingError(EvidenceError):
    """The report could not be printed."""


def render_pdf(html: str, seconds: float = SECONDS) -> bytes:
    """The page as PDF, every folded part of it opened.

    Args:
        html: A self-contained page, as `report_html.render_html` writes it.
        seconds: After which printing is given up.

    Raises:
        PrintingError: No Chromium is installed, it failed, or it took too long.
    """
    browser = installed_browser()
    with tempfile.TemporaryDirectory(prefix="evidence-pdf-") as folder:
        page, target = Path(folder) / "report.html", Path(folder) / "report.pdf"
        page.write_text(_for_paper(html), encoding="utf-8")
        command = [browser, *_OFFLINE, f"--user-data-dir={folder}/profile"]
        if os.name == "posix" and os.geteuid() == 0:
            command.append("--no-sandbox")  # Chromium refuses to start as root with one
        command += [f"--print-to-pdf={target}", page.as_uri()]
        _print(command, seconds)
        if not target.is_file():
            raise PrintingError(f"{browser}: no PDF was written; export html and print that")
        return _without_times(target.read_bytes())


def _for_paper(html: str) -> str:
    """The page with every folded part open, and laid out for paper alone.

    Chromium lays a page out for the screen while it reads it, in steps that depend on the time, and
    what it keeps of that moves single words on paper by a third of a pixel.
    """
    opened = _CLOSED.sub("<details open", html)
    return opened.replace("<head>", f"<head>{_NOT_ON_SCREEN}", 1)


def installed_browser() -> str:
    """The path of the Chromium that prints.

    Raises:
        PrintingError: There is none.
    """
    for name in BROWSERS:
        found = shutil.which(name)
        if found is not None:
            return found
    raise PrintingError(
        "PDF needs Chromium or Chrome, and none is on the PATH; install it (Debian: `apt install "
        "chromium`), or export html or docx"
    )


def _print(command: list[str], seconds: float) -> None:
    try:
        subprocess.run(  # noqa: S603 - our own words and paths
            command,
            check=True,
            timeout=seconds,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as error:
        raise PrintingError(
            f"{command[0]}: the PDF was not ready after {seconds:g} s; export html and print that"
        ) from error
    except (OSError, subprocess.CalledProcessError) as error:
        raise PrintingError(
            f"{command[0]}: expected a browser that prints ({error}); export html and print that"
        ) from error


def _without_times(pdf: bytes) -> bytes:
    """Both time stamps replaced by one of the same length: offsets in the file stay right."""

    def fixed(found: re.Match[bytes]) -> bytes:
        room = len(found.group()) - len(found.group(1)) - 4
        stamp = _FIXED if len(_FIXED) <= room else _FIXED[:room]
        return b"/" + found.group(1) + b" (" + stamp + b")" + b" " * (room - len(stamp))

    return _STAMP.sub(fixed, pdf)
