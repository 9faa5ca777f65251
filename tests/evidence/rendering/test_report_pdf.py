"""The report on paper: whole, without times, and a clear word where nothing can print."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pypdf
import pytest

from evidence.rendering.report_html import render_html
from evidence.rendering.report_pdf import BROWSERS, PrintingError, _without_times, render_pdf
from tests.evidence.rendering.numbers_in import numbers_of_html, numbers_of_text
from tests.evidence.report_factory import make_documents, make_forests, make_report
from tests.journeys.serving import missing


@pytest.fixture(scope="module")
def html() -> str:
    return render_html(make_report(), make_documents(), make_forests(), for_paper=True)


@pytest.fixture(scope="module")
def pdf(html: str) -> bytes:
    if not any(map(shutil.which, BROWSERS)):
        missing("chromium")
    return render_pdf(html)


def test_it_opens_and_holds_every_number_of_the_page(html: str, pdf: bytes) -> None:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    told = "\n".join(page.extract_text() for page in pages)
    assert "draft recommendation" in told.lower()
    lost = numbers_of_html(html) - numbers_of_text(told)
    assert lost == set()


def test_it_is_the_same_bytes_again(html: str, pdf: bytes) -> None:
    assert render_pdf(html) == pdf
    assert b"D:19800101000000" in pdf


def test_stamps_of_any_length_keep_the_offsets() -> None:
    for stamp in (b"D:20261121190245+00'00'", b"D:20261121190245Z", b"D:20261121190245+01'00"):
        given = b"<</CreationDate (" + stamp + b")\n/ModDate (" + stamp + b")>>"
        fixed = _without_times(given)
        assert len(fixed) == len(given)
        assert b"2026" not in fixed


def test_without_a_browser_it_says_what_to_install(
    html: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(PrintingError, match="apt install chromium"):
        render_pdf(html)


@pytest.mark.parametrize(
    ("script", "told"),
    [("exit 3", "expected a browser that prints"), ("exit 0", "no PDF"), ("sleep 5", "not ready")],
)
def test_a_browser_that_fails_is_an_error_of_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, told: str
) -> None:
    fake = tmp_path / "chromium"
    fake.write_text(
        f"#!/bin/sh\nexec {script}\n" if "sleep" in script else f"#!/bin/sh\n{script}\n"
    )
    fake.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _: str(fake))
    with pytest.raises(PrintingError, match=told) as caught:
        render_pdf("<p>x</p>", seconds=0.5)
    assert "\n" not in str(caught.value)
