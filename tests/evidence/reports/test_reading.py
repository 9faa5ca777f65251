"""Files as full texts: PDF and JATS, and everything that is neither."""

from __future__ import annotations

import gzip
import os
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import SourceError
from evidence.reading.sentences import read_sentences
from evidence.reports.reading import read_report, with_title
from tests.evidence.reports_factory import METHODS, RECORDS, RESULTS, write_article_pdf, write_jats
from tests.indexers.guideline_files import packed_zeros, page_content, write_pdf

OF = RECORDS[0]


def test_a_pdf_is_running_text_with_sections(tmp_path: Path) -> None:
    read = read_report(write_article_pdf(tmp_path / "a.pdf", OF), "r0")
    document = with_title(read.document, OF.title)
    assert (read.form, document.kind, document.record_id) == ("pdf", "full_text", "r0")
    assert METHODS in document.text
    assert RESULTS in document.text
    paths = [s.path for s in document.sections]
    assert paths == [("Title",), ("Abstract",), ("Methods",), ("Results",)]
    title = document.sections[0]
    assert document.text[title.start : title.end].replace("\n", " ") == OF.title
    roles = {s.text: s.role for s in read_sentences(document)}
    assert roles[RESULTS.partition(". ")[0] + "."] == "results"


def test_jats_keeps_its_identifiers_and_tables(tmp_path: Path) -> None:
    table = (
        "<sec><title>Results</title><table-wrap><label>Table 1</label><table><tr><td>Relapse</td>"
        f"<td>25</td></tr></table></table-wrap><p>{METHODS} {RESULTS}</p></sec>"
    )
    read = read_report(write_jats(tmp_path / "a.xml", OF, body=table), "r0")
    assert read.form == "jats"
    assert read.citation is not None
    assert (read.citation.pmid, read.citation.doi) == (OF.pmid, OF.doi)
    assert len(read.document.tables) == 1
    packed = tmp_path / "b.xml.gz"
    packed.write_bytes(gzip.compress((tmp_path / "a.xml").read_bytes()))
    assert read_report(packed, "r0").document == read.document


def test_words_that_a_line_break_parted_are_joined_as_the_document_writes_them(
    tmp_path: Path,
) -> None:
    lines = (
        "We compared them in a randomised trial with a placebo-controlled run-in and a follow-up.",
        "The trial was random-",
        "ised and placebo-",
        "controlled, its allo-",
        "cation was concealed; patients aged 18-",
        "65 years had a follow-",
        "up of two years and all of them were seen again by the same doctors every month.",
        "Relapse was rare (MED-",
        "LINE lists no other trial of this kind, and none is known to the authors of this report).",
    )
    path = write_pdf(
        tmp_path / "a.pdf", [page_content("\n".join(lines).replace("(", "\\(").replace(")", "\\)"))]
    )
    text = read_report(path, "r").document.text
    assert "The trial was randomised and placebo-controlled, its allocation was" in text
    assert "aged 18- 65 years had a follow-up of two years" in text
    assert "MED- LINE" in text


def test_a_tables_rows_and_paragraphs_keep_their_lines(tmp_path: Path) -> None:
    full = "x" * 8 + " and some more words that make this a line of the usual length here"
    lines = (full, "It ended here.", full, "12 (5%) 14 (6%)", "13 (7%) 15 (8%)", full, full, full)
    text = "\n".join(lines).replace("(", "\\(").replace(")", "\\)")
    read = read_report(write_pdf(tmp_path / "a.pdf", [page_content(text)]), "r")
    found = read.document.text.split("\n")
    assert found[0] == f"{full} It ended here."
    assert found[2:4] == ["12 (5%) 14 (6%)", "13 (7%) 15 (8%)"]
    assert found[4] == f"{full} {full} {full}"


def test_numbered_sections_are_used_where_the_numbering_names_the_parts(tmp_path: Path) -> None:
    lines = (
        "1 Introduction",
        METHODS[:80],
        "2 Methods",
        METHODS[80:160],
        "3 Results",
        RESULTS[:90],
    )
    read = read_report(write_pdf(tmp_path / "a.pdf", [page_content("\n".join(lines))]), "r")
    assert [s.path for s in read.document.sections] == [
        ("1 Introduction",),
        ("2 Methods",),
        ("3 Results",),
    ]


def test_a_saved_web_page_and_a_text_file_are_read_along_their_headings(tmp_path: Path) -> None:
    page = f"<html><body><h1>T</h1><h2>Methods</h2><p>{METHODS}</p><h2>Results</h2><p>{RESULTS}</p>"
    (tmp_path / "a.html").write_text(page + "<script>alert(1)</script>", encoding="utf-8")
    lines = [*textwrap.wrap(METHODS, 60), "", "Results", "", *textwrap.wrap(RESULTS, 60)]
    (tmp_path / "a.txt").write_bytes("\r\n".join(["Methods", "", *lines]).encode())
    for name, form in (("a.html", "html"), ("a.txt", "text")):
        read = read_report(tmp_path / name, "r")
        assert read.form == form
        document = read.document
        assert "alert" not in document.text
        assert " ".join(RESULTS.split()) in " ".join(document.text.split())
        place = document.text.index("Relapse within 28 days")
        assert document.section_at(place)[-1] == "Results"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.html", b"<h1>T</h1><h2>Abstract</h2><p>" + b"word " * 90, "without a headed part"),
        ("a.txt", b"word " * 9, "found 36 letters"),
        ("a.txt", b"\xff\xfe\xfa", "text in UTF-8"),
        ("page.pdf", b"<!DOCTYPE html><html>Please log in", "found a web page"),
        ("a.pdf", b"%PDF-1.4 nonsense", "readable PDF"),
        ("a.docx", b"PK\x03\x04", r"\.pdf, \.xml"),
        ("a.xml", b"<article><unclosed></article>", "well-formed XML"),
        ("a.xml", b"<records/>", "JATS <article>"),
        ("a.xml.gz", b"no gzip", "readable"),
        (
            "a.xml",
            b'<!DOCTYPE article [<!ENTITY x SYSTEM "file:///etc/passwd">]><article>&x;</article>',
            "entity",
        ),
        ("a.xml", b"", "XML"),
        ("a.pdf", b"", "expected"),
    ],
)
def test_what_is_no_full_text_is_refused_in_one_line(
    tmp_path: Path, name: str, content: bytes, expected: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=expected) as caught:
        read_report(tmp_path / name, "r")
    assert "\n" not in str(caught.value)


def test_scanned_locked_and_exploding_pdfs_are_refused(tmp_path: Path) -> None:
    from pypdf import PdfWriter

    stamp = write_pdf(tmp_path / "scan.pdf", [page_content("Downloaded by a library")] * 9)
    with pytest.raises(SourceError, match=r"letters on \d pages \(a scanned PDF needs OCR first\)"):
        read_report(stamp, "r")
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(tmp_path / "locked.pdf")
    with pytest.raises(SourceError, match="without encryption"):
        read_report(tmp_path / "locked.pdf", "r")
    with pytest.raises(SourceError, match="Limit reached"):
        read_report(write_pdf(tmp_path / "bomb.pdf", [packed_zeros(256)]), "r")


def test_an_article_with_an_abstract_only_is_no_full_text(tmp_path: Path) -> None:
    path = write_jats(tmp_path / "a.xml", OF, body="<p>See the printed issue.</p>")
    with pytest.raises(SourceError, match="no more than title and abstract"):
        read_report(path, "r")


def test_missing_files_folders_pipes_and_large_files_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe.pdf")
    for path in (tmp_path / "none.pdf", tmp_path, tmp_path / "pipe.pdf"):
        with pytest.raises(SourceError, match="expected a file"):
            read_report(path, "r")
    monkeypatch.setattr("evidence.reports.reading.LARGEST_FILE_BYTES", 10)
    with pytest.raises(SourceError, match="under 10 bytes"):
        read_report(write_jats(tmp_path / "a.xml", OF), "r")


def test_fifty_pages_are_read(tmp_path: Path) -> None:
    path = write_article_pdf(tmp_path / "a.pdf", OF, pages=50, extra=RESULTS * 20)
    read = read_report(path, "r")
    assert len(read.document.text) > 150_000
    assert len(read.beginning) < 10_000


PLACE = st.floats(0, 1, exclude_max=True)


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("originals")
    pdf = write_article_pdf(folder / "a.pdf", OF, pages=2)
    return {".pdf": pdf.read_bytes(), ".xml": write_jats(folder / "a.xml", OF).read_bytes()}


@settings(max_examples=50)
@given(
    suffix=st.sampled_from([".pdf", ".xml"]),
    start=PLACE,
    length=st.integers(0, 200),
    new=st.binary(max_size=8),
)
def test_mangled_files_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory,
    originals: dict[str, bytes],
    suffix: str,
    start: float,
    length: int,
    new: bytes,
) -> None:
    raw = originals[suffix]
    at = int(start * len(raw))
    path = tmp_path_factory.mktemp("mangled") / f"a{suffix}"
    path.write_bytes(raw[:at] + new + raw[at + length :])
    try:
        document = read_report(path, "r").document
    except SourceError as error:
        assert "\n" not in str(error)
    else:
        assert all(0 <= s.start <= s.end <= len(document.text) for s in document.sections)
