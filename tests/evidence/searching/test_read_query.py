"""Files that hold a strategy, and a strategy that is read in the wrong syntax."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.errors import SourceError
from evidence.searching.store import Syntax, parsed, read_query
from retrievers.boolean.errors import QueryError


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_as_editors_save_it(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "s.txt").write_bytes("Ménière*[tiab]".encode(encoding))
    assert read_query(tmp_path / "s.txt") == "Ménière*[tiab]"


@pytest.mark.parametrize("raw", [b"PK\x03\x04 and more", b"%PDF-1.7 a", b"a\0b"])
def test_a_document_is_no_query(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "s.docx").write_bytes(raw)
    with pytest.raises(SourceError, match=r"save it from Word or a PDF as \.txt"):
        read_query(tmp_path / "s.docx")


def test_a_missing_file_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"a query \(No such file or directory\)$"):
        read_query(tmp_path / "s.txt")


@pytest.mark.parametrize(
    ("text", "syntax", "hint"),
    [
        ("malaria.mp. [mp=title, abstract]", "pubmed", "the syntax ovid but was read as pubmed"),
        ("(malaria[tiab]", "ovid", "the syntax pubmed but was read as ovid"),
    ],
)
def test_an_error_names_the_likelier_syntax(text: str, syntax: Syntax, hint: str) -> None:
    with pytest.raises(QueryError, match=hint):
        parsed(text, syntax)


def test_an_error_in_the_right_syntax_gives_no_such_hint() -> None:
    with pytest.raises(QueryError) as raised:
        parsed("(malaria[tiab] OR fever[ti]", "pubmed")
    assert "looks like" not in str(raised.value)
