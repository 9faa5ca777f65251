from __future__ import annotations

import os
import time
import zipfile
from datetime import date
from pathlib import Path

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pydantic import ValidationError

from evidence.query_debugger.lint import lint
from evidence.searching.facts import (
    Deduplication,
    LineCount,
    OtherSource,
    PeerReview,
    SearchFilter,
    SearchLimit,
    SearchReport,
    SearchUpdate,
    SourceSearch,
    review_by_rules,
)
from evidence.searching.prisma_s import to_docx, to_markdown
from evidence.searching.prisma_s_items import Table, prisma_s_items

# The checklist of Rethlefsen et al. 2021, table 1.
ITEMS = [
    "Database name", "Multi-database searching", "Study registries",
    "Online resources and browsing", "Citation searching", "Contacts", "Other methods",
    "Full search strategies", "Limits and restrictions", "Search filters", "Prior work", "Updates",
    "Dates of searches", "Peer review", "Total records", "Deduplication",
]  # fmt: skip
STRATEGY = '#1. "Malaria"[mh] OR malaria*[tiab]\n#2.  ``artemether``[tiab]\n\n#3. #1 AND #2 <b>'
MEDLINE = SourceSearch(
    source_name="MEDLINE",
    platform="PubMed",
    interface="E-utilities",
    coverage="1946 to 2026-03-01",
    searched_on=date(2026, 3, 1),
    strategy=STRATEGY,
    translation='"malaria"[MeSH Terms]',
    line_counts=(LineCount(number=1, n_found=8000), LineCount(number=3, n_found=1200)),
    notices=("line 2 was read as a phrase",),
    limits=(SearchLimit(limit="English", reason="no translator"),),
    filters=(SearchFilter(name="RCT filter", version="2008", source="Lefebvre"),),
    n_found=1200,
    n_taken=1000,
)
REGISTER = SourceSearch(
    source_name="ClinicalTrials.gov",
    kind="register",
    searched_on=date(2026, 3, 2),
    strategy="malaria",
    n_found=40,
)
FULL = SearchReport(
    title="Antimalarials",
    searches=(MEDLINE, REGISTER),
    citation_searching=(OtherSource(description="References of 12 reviews", n_records=10),),
    contacts=(OtherSource(description="Two authors", n_records=0),),
    prior_work="Adapted from a search of 2019",
    updates=(SearchUpdate(method="The same search", searched_on=date(2026, 5, 1), n_new=7),),
    peer_reviews=(PeerReview(reviewer="person", name="A. Librarian", outcome="accepted"),),
    deduplication=Deduplication(method="DOI, PMID and title", n_before=1050, n_after=900),
)
BARE = SearchReport(
    title="Bare", searches=(SourceSearch(source_name="Corpus", strategy="fever", n_found=3),)
)


def section(markdown: str, number: int) -> str:
    start = markdown.index(f"### {number}. ")
    end = markdown.find(f"### {number + 1}. ", start)
    return markdown[start : end if end > 0 else None]


def test_all_sixteen_items_stand_there_in_order() -> None:
    items = prisma_s_items(BARE)
    assert [item.name for item in items] == ITEMS
    assert [item.number for item in items] == list(range(1, 17))
    assert all(item.blocks for item in items)


@pytest.mark.parametrize("number", [2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 16])
def test_what_is_not_known_is_a_blank_and_never_called_not_done(number: int) -> None:
    text = section(to_markdown(BARE), number)
    (blank,) = (line for line in text.splitlines() if line.startswith("Not reported here: "))
    assert blank.endswith(": " + r"\_" * 8)
    assert "not done" not in text.lower()


@pytest.mark.parametrize("number", [3, 5, 6, 10, 11, 12, 14, 16])
def test_what_is_known_leaves_no_blank(number: int) -> None:
    assert "Not reported here" not in section(to_markdown(FULL), number)


def test_limits_are_told_and_only_a_strategy_that_was_read_is_said_to_have_none() -> None:
    read = REGISTER.model_copy(update={"limits_read": True})
    report = FULL.model_copy(update={"searches": (MEDLINE, read)})
    text = section(to_markdown(report), 9)
    assert "MEDLINE: English (no translator)" in text
    assert "No limit by date, language, publication type or subset stands in Clin" in text
    assert "Not reported here: limits of ClinicalTrials.gov" in section(to_markdown(FULL), 9)


def test_a_source_searched_often_is_one_source() -> None:
    searches = tuple(
        SourceSearch(source_name="store s", search_name=f"q{n}", strategy="fever", n_found=3)
        for n in range(51)
    )
    markdown = to_markdown(SearchReport(title="Many", searches=searches))
    assert section(markdown, 1).count("| store s") == section(markdown, 13).count("| store s") == 1
    assert section(markdown, 15).count("| store s (q") == 51


def test_strategies_stand_verbatim_in_a_code_block() -> None:
    tokens = MarkdownIt().parse(to_markdown(FULL))
    fences = [token.content for token in tokens if token.type == "fence"]
    assert fences == [f"{STRATEGY}\n", '"malaria"[MeSH Terms]\n', "malaria\n"]


def test_counts_come_from_the_data_and_add_up() -> None:
    total = prisma_s_items(FULL)[14].blocks[0]
    assert isinstance(total, Table)
    assert total.rows == (
        ("MEDLINE", "1,200", "1,000"),
        ("ClinicalTrials.gov", "40", "40"),
        ("References of 12 reviews", "10", "10"),
        ("Two authors", "0", "0"),
        ("Total", "", "1,050"),
    )
    assert "duplicates removed: 150; records after: 900" in section(to_markdown(FULL), 16)


def test_counts_that_do_not_agree_are_refused() -> None:
    wrong = Deduplication(method="x", n_before=1049, n_after=900)
    with pytest.raises(ValidationError, match="1049 records, the sources gave 1050"):
        SearchReport.model_validate(FULL.model_dump() | {"deduplication": wrong.model_dump()})
    with pytest.raises(ValidationError, match="after de-duplication"):
        Deduplication(method="x", n_before=1, n_after=2)
    with pytest.raises(ValidationError, match="taken of"):
        SourceSearch(source_name="x", strategy="y", n_found=1, n_taken=2)


def test_rules_are_no_peer_review_by_a_person() -> None:
    findings = lint("asthma or wheeze[tiab] cough[tiab]")
    review = review_by_rules(findings)
    assert (review.n_errors, review.n_warnings, review.n_notes) == (2, 3, 0)
    report = BARE.model_copy(update={"peer_reviews": (review,)})
    text = section(to_markdown(report), 14)
    assert f"errors: {review.n_errors}, warnings: {review.n_warnings}" in text
    assert "Not reported here: peer review by a person" in text


def test_docx_has_every_item_and_the_strategy_line_by_line(tmp_path: Path) -> None:
    to_docx(FULL, tmp_path / "deep" / "report.docx")
    document = docx.Document(str(tmp_path / "deep" / "report.docx"))
    texts = [paragraph.text for paragraph in document.paragraphs]
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 2"]
    assert headings == [f"{number}. {name}" for number, name in enumerate(ITEMS, 1)]
    for line in STRATEGY.split("\n"):
        assert line in texts
    cells = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    assert {"1,050", "E-utilities", "2026-03-02"} <= cells
    assert list(tmp_path.rglob(".*")) == []


def test_docx_is_the_same_bytes_at_any_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_docx(FULL, tmp_path / "one.docx")
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    to_docx(FULL, tmp_path / "two.docx")
    assert (tmp_path / "one.docx").read_bytes() == (tmp_path / "two.docx").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.docx") as packed:
        assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = docx.Document(str(tmp_path / "one.docx")).core_properties
    assert str(properties.created) == "2026-03-02 00:00:00+00:00"
    assert (properties.author, properties.last_modified_by) == ("", "")


def test_markdown_is_the_same_twice_and_ends_with_one_line_feed() -> None:
    assert to_markdown(FULL) == to_markdown(FULL)
    assert to_markdown(FULL).endswith("900.\n")


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.text(min_size=1), st.text())
def test_hostile_text_neither_breaks_tables_nor_becomes_markup(
    tmp_path_factory: pytest.TempPathFactory, name: str, strategy: str
) -> None:
    nasty = f"<img src=x>|{name}\x00\x1b\n# head\n- list"
    search = SourceSearch(
        source_name=nasty, platform=nasty, strategy=f"```\n{strategy}", n_found=1, notices=(nasty,)
    )
    report = SearchReport(title=nasty, searches=(search,))
    tokens = MarkdownIt("commonmark").enable("table").parse(to_markdown(report))
    inline = [child for token in tokens for child in token.children or ()]
    assert not [token for token in (*tokens, *inline) if token.type.startswith("html")]
    assert sum(token.type == "heading_open" for token in tokens) == 1 + 4 + 16
    assert sum(token.type == "fence" for token in tokens) == 1
    assert sum(token.type == "td_open" for token in tokens) == 6 + 2 + 3 * 2
    to_docx(report, tmp_path_factory.mktemp("docx") / f"report{os.getpid()}.docx")
