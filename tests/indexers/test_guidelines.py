from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexers.errors import SourceError
from indexers.guidelines import LONGEST_PASSAGE, guideline_passages, read_guideline

SAMPLE = Path(__file__).parents[2] / "data" / "guideline_sample"
FIRST_LINE = (
    "Sample guideline: uncomplicated malaria > 2 Recommendations > 2.1 First-line treatment"
)


@pytest.mark.parametrize("suffix", ["md", "html", "pdf"])
def test_sample(suffix: str) -> None:
    document = read_guideline(SAMPLE / f"guideline.{suffix}", "g")
    passages = guideline_passages(document)
    page = " (page 1)" if suffix == "pdf" else ""
    (found,) = [p for p in passages if p.section == FIRST_LINE + page]
    assert "artemisinin-based combination therapy for 3 days" in " ".join(found.text.split())
    assert document.kind == "full_text"
    for passage in passages:
        assert document.text[passage.start : passage.end] == passage.text
        assert len(passage.text) <= LONGEST_PASSAGE
    assert "".join("".join(p.text for p in passages).split()) == "".join(document.text.split())


def test_pdf_without_outline_has_numbered_headings(tmp_path: Path) -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter()
    writer.add_page(PdfReader(SAMPLE / "guideline.pdf").pages[0])
    writer.write(tmp_path / "a.pdf")
    sections = [p.section for p in guideline_passages(read_guideline(tmp_path / "a.pdf", "g"))]
    assert "2 Recommendations > 2.1 First-line treatment (page 1)" in sections


def test_encrypted_empty_and_damaged_pdf(tmp_path: Path) -> None:
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.write(tmp_path / "blank.pdf")
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(tmp_path / "locked.pdf")
    (tmp_path / "damaged.pdf").write_bytes(b"%PDF-1.4 nonsense")
    for name, expected in (("blank", "OCR"), ("locked", "encryption"), ("damaged", "readable PDF")):
        with pytest.raises(SourceError, match=expected):
            read_guideline(tmp_path / f"{name}.pdf", "g")


def test_html_without_scripts(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("<h1>A</h1><script>x</script>tail<p>b<!-- c --><style>y</style></p>")
    assert read_guideline(path, "g").text == "A\ntail\n\nb"


def test_errors(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"# A\n\xff")
    with pytest.raises(SourceError, match=r"a\.md:2: .*UTF-8"):
        read_guideline(tmp_path / "a.md", "g")
    for name in ("none.md", "a.docx"):
        with pytest.raises(SourceError, match=name):
            read_guideline(tmp_path / name, "g")


@settings(max_examples=100, deadline=None)
@given(raw=st.binary(max_size=60), suffix=st.sampled_from(["md", "html", "pdf"]))
def test_hostile_bytes(tmp_path_factory: pytest.TempPathFactory, raw: bytes, suffix: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"hostile.{suffix}"
    path.write_bytes(raw)
    try:
        guideline_passages(read_guideline(path, "g"))
    except SourceError as error:
        assert "\n" not in str(error)
