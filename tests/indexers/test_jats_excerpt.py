from pathlib import Path

import pytest

from indexers.errors import SourceError
from indexers.jats_excerpt import read_jats_excerpt


def written(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "PMC1.xml"
    path.write_text(content, encoding="utf-8")
    return path


def test_the_abstract_comes_first_and_tables_keep_their_grid(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "<sec><title>Results</title><p>Eight were cured <xref xlink:href='#t'>1</xref>.</p>"
        "<table-wrap><label>Table 1</label><table><tr><td colspan='2'>Zinc</td></tr>"
        "<tr><td>8</td><td>20</td></tr></table></table-wrap></sec>"
        "<abstract><p>Zinc for <mml:math>x</mml:math> diarrhoea.</p></abstract>",
    )
    document = read_jats_excerpt(path, "PMC1")
    assert document.text.startswith("Zinc for x diarrhoea.")
    assert document.section_at(document.text.index("Eight")) == ("Results",)
    assert [c.column_span for c in document.tables[0].cells] == [2, 1, 1]


def test_a_torn_excerpt_keeps_what_was_opened(tmp_path: Path) -> None:
    document = read_jats_excerpt(
        written(tmp_path, "<abstract><p>A.</p></abstract><sec><p>B.</p><sec><p>C.</p></sec>"), "x"
    )
    assert [part in document.text for part in ("A.", "B.", "C.")] == [True] * 3


def test_a_whole_article_is_read_whole(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "<article><front><article-meta><title-group><article-title>Zinc</article-title>"
        "</title-group></article-meta></front><body><p>B.</p></body></article>",
    )
    assert read_jats_excerpt(path, "x").text == "Zinc\n\nB."


def test_declarations_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><p>&e;</p>')
    with pytest.raises(SourceError, match="without declarations"):
        read_jats_excerpt(path, "x")


def test_text_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "PMC1.xml"
    path.write_bytes(b"<p>\xff</p>")
    with pytest.raises(SourceError, match="UTF-8"):
        read_jats_excerpt(path, "x")
