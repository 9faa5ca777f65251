from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from indexers.errors import SourceError
from indexers.jats import read_jats, read_jats_record
from indexers.records import Document

FULL_TEXT = Path(__file__).parents[2] / "data" / "corpus" / "full_text"

ARTICLE = """<article><front><article-meta><title-group><article-title>A title</article-title>
</title-group><abstract><p>An abstract.</p></abstract></article-meta></front>
<body><sec><title>Results</title><p>At day 28, 10<sup>5</sup> parasites.</p>
<table-wrap id="T1"><label>Table 1</label><caption><p>Cures</p></caption><table>
<thead><tr><th rowspan="2">Arm</th><th colspan="2">Cured</th></tr><tr><th>n</th><th>N</th></tr>
</thead><tbody><tr><td>DP</td><td>90</td><td>100</td></tr></tbody></table>
<table-wrap-foot><p>DP: dihydroartemisinin-piperaquine</p></table-wrap-foot></table-wrap></sec>
</body></article>"""


def written(folder: Path, text: str) -> Path:
    path = folder / "article.xml"
    path.write_text(text, encoding="utf-8")
    return path


def check_offsets(document: Document) -> None:
    for table in document.tables:
        # The last table may end in the line break that is stripped from the text's end.
        assert 0 <= table.start <= table.end <= len(document.text) + 1
        for cell in table.cells:
            assert document.text[cell.start : cell.end] == cell.text
            assert table.start <= cell.start <= cell.end <= table.end
        grid = [
            (cell.row + i, cell.column + j)
            for cell in table.cells
            for i in range(cell.row_span)
            for j in range(cell.column_span)
        ]
        if table.cells:
            rows, columns = table.shape
            assert all(row < rows and column < columns for row, column in grid)
    for section in document.sections:
        assert 0 <= section.start < section.end <= len(document.text) + 2


@pytest.mark.parametrize(
    ("record_id", "first_sections", "shapes", "stated"),
    [
        # its tables are pictures: captions are kept, there are no cells
        ("PMC1876597", ["INTRODUCTION", "METHODS"], [(0, 0)] * 4, "Uganda"),
        ("PMC2600646", ["Background", "Materials and methods"], [(7, 3), (9, 4), (16, 8)], "Kenya"),
        (
            "PMC3424202",
            ["Background", "Methods"],
            [(29, 10), (26, 5), (14, 4), (15, 3), (13, 4), (12, 3)],
            "artesunate-mefloquine",
        ),
    ],
)
def test_shipped_articles(
    record_id: str, first_sections: list[str], shapes: list[tuple[int, int]], stated: str
) -> None:
    document = read_jats(FULL_TEXT / f"{record_id}.xml.gz", record_id)
    assert (document.kind, document.record_id) == ("full_text", record_id)
    paths = [section.path[0] for section in document.sections if len(section.path) == 1]
    assert [p for p in paths if p not in ("Title", "Abstract")][:2] == first_sections
    assert [table.shape for table in document.tables] == shapes
    assert all(table.caption for table in document.tables)
    assert stated in document.text
    check_offsets(document)


def test_offsets_of_all_shipped_articles() -> None:
    paths = sorted(FULL_TEXT.glob("*.xml.gz"))
    assert len(paths) >= 60
    for path in paths:
        document = read_jats(path, path.name.removesuffix(".xml.gz"))
        assert len(document.text) > 5000, path.name
        check_offsets(document)


def test_spanning_cells_keep_their_place(tmp_path: Path) -> None:
    document = read_jats(written(tmp_path, ARTICLE), "r1")
    (table,) = document.tables
    assert table.shape == (3, 3)
    places = {cell.text: (cell.row, cell.column, cell.header) for cell in table.cells}
    assert places["Cured"] == (0, 1, True)
    assert places["N"] == (1, 2, True)
    assert places["100"] == (2, 2, False)
    assert table.footnotes == ("DP: dihydroartemisinin-piperaquine",)
    assert "10^5 parasites" in document.text
    assert document.section_at(document.text.index("At day 28")) == ("Results",)
    check_offsets(document)


def test_a_damaged_gzip_gives_one_clear_line(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(ARTICLE.encode()))
    packed[10:20] = b"\xff" * 10  # behind the header: the deflate stream itself
    damaged = tmp_path / "article.xml.gz"
    damaged.write_bytes(packed)
    for read in (lambda: read_jats(damaged, "r1"), lambda: read_jats_record(damaged)):
        with pytest.raises(SourceError, match="expected a readable JATS XML file") as caught:
            read()
        assert "article.xml.gz" in str(caught.value)
        assert "\n" not in str(caught.value)


def test_gzipped_article_reads_the_same(tmp_path: Path) -> None:
    packed = tmp_path / "article.xml.gz"
    packed.write_bytes(gzip.compress(ARTICLE.encode()))
    assert read_jats(packed, "r1") == read_jats(written(tmp_path, ARTICLE), "r1")


def test_entity_bomb_is_refused(tmp_path: Path) -> None:
    levels = "".join(
        f'<!ENTITY b{i} "{"".join(f"&b{i - 1};" for _ in range(10))}">' for i in range(1, 10)
    )
    bomb = (
        f'<!DOCTYPE article [<!ENTITY b0 "x">{levels}]><article><body><p>&b9;</p></body></article>'
    )
    with pytest.raises(SourceError, match="entity"):
        read_jats(written(tmp_path, bomb), "r1")


def test_external_entity_is_refused_and_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    attack = (
        f'<!DOCTYPE article [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
        "<article><body><p>&x;</p></body></article>"
    )
    with pytest.raises(SourceError, match="entity") as refused:
        read_jats(written(tmp_path, attack), "r1")
    assert "SECRET" not in str(refused.value)


def test_a_named_dtd_changes_nothing(tmp_path: Path) -> None:
    dtd = tmp_path / "article.dtd"
    dtd.write_text('<!ENTITY x "from the DTD">')
    text = ARTICLE.replace("An abstract.", "An &x; abstract.")
    named = f'<!DOCTYPE article SYSTEM "{dtd.as_uri()}">' + text
    assert "An abstract." in read_jats(written(tmp_path, named), "r1").text
    dtd.unlink()
    assert "An abstract." in read_jats(written(tmp_path, named), "r1").text


def test_truncated_article_names_the_line(tmp_path: Path) -> None:
    path = written(tmp_path, ARTICLE[: ARTICLE.index("<tbody>")])
    with pytest.raises(SourceError, match="well-formed") as error:
        read_jats(path, "r1")
    assert error.value.line == 6


@pytest.mark.parametrize("text", ["", "not xml", "<html><p>no article</p></html>"])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError):
        read_jats(written(tmp_path, text), "r1")


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="none\\.xml"):
        read_jats(tmp_path / "none.xml", "r1")


def test_what_stands_behind_the_body_is_kept_under_its_name(tmp_path: Path) -> None:
    path = tmp_path / "article.xml"
    path.write_text(
        "<article><front><article-meta><title-group><article-title>T</article-title></title-group>"
        "<funding-group><funding-statement>Paid by the Tea Fund.</funding-statement>"
        "</funding-group></article-meta></front><body><sec><title>Results</title><p>None.</p></sec>"
        "</body><back><ack><p>We thank Ada.</p><sec><title>The group</title><p>Ben.</p></sec></ack>"
        "<fn-group><title>Competing interests</title><fn><p>None declared.</p></fn></fn-group>"
        "<glossary><def-list><def-item><term>BP</term><def><p>blood pressure</p></def></def-item>"
        "<def-item><term>HR</term></def-item></def-list></glossary>"
        "<ref-list><ref><mixed-citation>Other 2001</mixed-citation></ref></ref-list></back>"
        "</article>",
        encoding="utf-8",
    )
    document = read_jats(path, "r")
    told = {" > ".join(s.path): document.text[s.start : s.end].strip() for s in document.sections}
    assert told["Funding"] == "Paid by the Tea Fund."
    assert told["Acknowledgements"].startswith("We thank Ada.")
    assert told["Acknowledgements > The group"] == "The group\nBen."
    assert told["Competing interests"] == "Competing interests\nNone declared."
    assert told["Abbreviations"] == "BP: blood pressure\n\nHR"
    assert "Other 2001" not in document.text


@pytest.mark.parametrize("hostile", ["2²", "-3", "9" * 5000, "x", ""])
def test_numbers_that_are_none_break_nothing(tmp_path: Path, hostile: str) -> None:
    path = tmp_path / "odd.xml"
    path.write_text(
        "<article><front><article-meta><article-id pub-id-type='pmc'>1</article-id><title-group>"
        f"<article-title>T</article-title></title-group><pub-date><year>{hostile}</year></pub-date>"
        "</article-meta></front><body><table-wrap><table><tr>"
        f"<td rowspan='{hostile}'>a</td><td>b</td></tr></table></table-wrap></body></article>",
        encoding="utf-8",
    )
    assert read_jats_record(path).year is None
    (table,) = read_jats(path, "r").tables
    assert [cell.row_span for cell in table.cells] == [1, 1]
