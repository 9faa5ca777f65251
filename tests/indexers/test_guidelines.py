from __future__ import annotations

import resource
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexers.errors import SourceError
from indexers.guideline_records import guideline_records
from indexers.guidelines import LONGEST_PASSAGE, guideline_passages, read_guideline
from tests.indexers.guideline_files import packed_zeros, page_content, write_pdf

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


PAGES = (
    "Guide\n1 Scope\nWho is meant.",
    "Still about scope.\n2 Care\n2.1 First\nTreat for 3 days.",
    "2.1.1 Children\nTreat for 5 days.",
    "Dose by weight.",
)
OUTLINE = (
    *((1, "Guide", 0), (2, "Scope", 0), (2, "Care", 1), (3, "First", 1)),
    (4, "Children", 2),
)


def test_pages_of_sections_that_span_pages_and_nested_outlines(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [page_content(page) for page in PAGES], OUTLINE)
    found = {p.section: p.text for p in guideline_passages(read_guideline(path, "g"))}
    assert found == {
        "Guide (page 1)": "Guide",
        "Guide > Scope (pages 1-2)": "1 Scope\nWho is meant.\n\nStill about scope.",
        "Guide > Care (page 2)": "2 Care",
        "Guide > Care > First (page 2)": "2.1 First\nTreat for 3 days.",
        "Guide > Care > First > Children (pages 3-4)": (
            "2.1.1 Children\nTreat for 5 days.\n\nDose by weight."
        ),
    }


def test_markdown_and_html_give_the_same_passages() -> None:
    from_html, from_markdown = (
        guideline_passages(read_guideline(SAMPLE / f"guideline.{suffix}", "g"))
        for suffix in ("html", "md")
    )
    assert from_html == from_markdown


def test_records_lead_back_to_their_passages(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "care 1.pdf", [page_content(page) for page in PAGES], OUTLINE)
    document = read_guideline(path, "care 1")
    records = list(guideline_records(path))
    assert records == list(guideline_records(path))
    digest = document.document_digest[:12]
    for record, passage in zip(records, guideline_passages(document), strict=True):
        assert record.record_id.endswith(f":{passage.start}-{passage.end}@{digest}")
        assert (record.source, record.abstract) == ("guideline", passage.text)
    last = records[-1]
    start = document.text.index("2.1.1")
    assert last.record_id == f"care 1#p3-4:{start}-{len(document.text)}@{digest}"
    assert last.title == "Guide — Care > First > Children (pages 3-4)"
    assert records[0].title == "Guide (page 1)"


def test_a_title_is_the_heading_over_all_or_the_files_name(tmp_path: Path) -> None:
    (tmp_path / "asthma.md").write_text("# One\n\na\n\n# Two\n\nb\n")
    titles = [record.title for record in guideline_records(tmp_path / "asthma.md")]
    assert titles == ["asthma — One", "asthma — Two"]
    titles = [record.title for record in guideline_records(SAMPLE / "guideline.md")]
    assert titles[1] == "Sample guideline: uncomplicated malaria — 1 Scope"


def test_a_heading_that_begins_like_the_title_is_kept_whole(tmp_path: Path) -> None:
    (tmp_path / "Care.md").write_text("# Carefully\n\na\n\n# Two\n\nb\n")
    titles = [record.title for record in guideline_records(tmp_path / "Care.md")]
    assert titles == ["Care — Carefully", "Care — Two"]


def test_files_of_one_name_have_ids_of_their_own(tmp_path: Path) -> None:
    for folder, days in (("a", 3), ("b", 5)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "g.md").write_text(f"# Care\n\nTreat for {days} days.\n")
    (first,) = guideline_records(tmp_path / "a" / "g.md")
    (second,) = guideline_records(tmp_path / "b" / "g.md")
    assert first.record_id != second.record_id


def test_a_stream_that_unpacks_to_a_gigabyte_is_refused(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "bomb.pdf", [packed_zeros(1024)])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(SourceError, match="Limit reached"):
        read_guideline(path, "g")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 400 * 1024  # kilobytes


def test_unpacked_streams_are_not_kept_from_page_to_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pypdf import PageObject

    path = write_pdf(tmp_path / "pages.pdf", [page_content(page) for page in PAGES])
    kept = []
    extract = PageObject.extract_text

    def watched(page: PageObject, **options: object) -> str:
        resolved = page.pdf.resolved_objects.values()  # type: ignore[union-attr]
        kept.append(sum(getattr(o, "decoded_self", None) is not None for o in resolved))
        return extract(page, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(PageObject, "extract_text", watched)
    read_guideline(path, "g")
    assert len(kept) == len(PAGES)
    assert max(kept) <= min(kept)


def test_a_pdf_that_takes_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexers.guideline_pdf.LONGEST_READING_S", 0.2)
    content = zlib.compress(b"BT /F1 11 Tf (x) Tj ET " * 20_000)
    path = write_pdf(tmp_path / "slow.pdf", [content] * 20)
    with pytest.raises(SourceError, match=r"within 0\.2 s"):
        read_guideline(path, "g")


ORIGINALS = {
    suffix: (SAMPLE / f"guideline.{suffix}").read_bytes() for suffix in ("pdf", "html", "md")
}
PLACE = st.floats(0, 1, exclude_max=True)
CHANGE = st.one_of(
    st.tuples(st.just("truncate"), PLACE, PLACE, st.just(b"")),
    st.tuples(st.just("replace"), PLACE, PLACE, st.binary(min_size=1, max_size=8)),
    st.tuples(st.just("cut"), PLACE, PLACE, st.just(b"")),
    st.tuples(st.just("double"), PLACE, PLACE, st.just(b"")),
)


def changed(raw: bytes, change: tuple[str, float, float, bytes]) -> bytes:
    """The bytes with one change; places are shares of the length."""
    kind, first, second, new = change
    start, other = int(first * len(raw)), int(second * len(raw))
    match kind:
        case "truncate":
            return raw[:start]
        case "replace":
            return raw[:start] + new + raw[start + len(new) :]
        case "cut":
            return raw[:start] + raw[start + 50 :]
    return raw[:start] + raw[other : other + 300] + raw[start:]


@settings(max_examples=150)
@given(suffix=st.sampled_from(sorted(ORIGINALS)), changes=st.lists(CHANGE, min_size=1, max_size=4))
def test_mangled_guidelines(
    tmp_path_factory: pytest.TempPathFactory,
    suffix: str,
    changes: list[tuple[str, float, float, bytes]],
) -> None:
    raw = ORIGINALS[suffix]
    for change in changes:
        raw = changed(raw, change)
    path = tmp_path_factory.getbasetemp() / f"mangled.{suffix}"
    path.write_bytes(raw)
    try:
        document = read_guideline(path, "g")
    except SourceError as error:
        assert "\n" not in str(error)
    else:
        for passage in guideline_passages(document):
            assert document.text[passage.start : passage.end] == passage.text


@settings(max_examples=100, deadline=None)
@given(raw=st.binary(max_size=60), suffix=st.sampled_from(["md", "html", "pdf"]))
def test_hostile_bytes(tmp_path_factory: pytest.TempPathFactory, raw: bytes, suffix: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"hostile.{suffix}"
    path.write_bytes(raw)
    try:
        guideline_passages(read_guideline(path, "g"))
    except SourceError as error:
        assert "\n" not in str(error)
