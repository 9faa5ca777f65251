"""Small files that ask for much: each is refused in one line, none is read in part unsaid."""

from __future__ import annotations

import base64
import gzip
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence.errors import EvidenceError, SettingsError, SourceError
from evidence.llm import call_archive
from evidence.question import load_question
from evidence.question_toml import written_over
from evidence.reports.uploads import read_upload
from evidence.settings_toml import load_settings
from indexers.full_text import xml_bytes
from indexers.guidelines import read_guideline
from indexers.jats import read_jats
from indexers.milvus.rows import packed_record, unpacked_record
from indexers.pubmed import read_pubmed
from indexers.records import Record
from indexers.references import read_records

DEPTH = 20_000
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
XML = {
    "billion laughs": ('<!ENTITY l0 "ha">' + LAUGHS, "&l11;"),
    "quadratic": (f'<!ENTITY a "{"x" * 100_000}">', "&a;" * 10_000),
    "external": ('<!ENTITY e SYSTEM "SECRET">', "&e;"),
    "parameter": ('<!ENTITY % p SYSTEM "SECRET"> %p;', "text"),
    "deep": ("", "<i>" * DEPTH + "x" + "</i>" * DEPTH),
    "huge attribute": ("", f'<i a="{"x" * 11_000_000}">x</i>'),
}
Reader = Callable[[Path], Any]
READERS: dict[str, tuple[str, str, Reader]] = {
    "PubMed": (
        "PubmedArticleSet",
        "<PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>{}</ArticleTitle>"
        "</Article></MedlineCitation></PubmedArticle>",
        lambda path: list(read_pubmed(path)),
    ),
    "JATS": ("article", "<body><p>{}</p></body>", lambda path: read_jats(path, "r")),
    "EndNote": (
        "xml",
        "<records><record><titles><title>{}</title></titles></record></records>",
        read_records,
    ),
    "upload": (
        "article",
        "<body><p>{}</p></body>",
        lambda path: read_upload(path.name, path.read_bytes()),
    ),
}


@pytest.mark.parametrize("bomb", sorted(XML))
@pytest.mark.parametrize("reader", sorted(READERS))
def test_xml_that_asks_for_much_is_refused(tmp_path: Path, reader: str, bomb: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the-secret")
    root, frame, read = READERS[reader]
    declared, text = XML[bomb]
    doctype = f"<!DOCTYPE {root} [{declared}]>" if declared else ""
    body = f"{doctype}<{root}>{frame.format(text)}</{root}>".replace("SECRET", secret.as_uri())
    path = tmp_path / "made.xml"
    path.write_text(body)
    with pytest.raises(SourceError) as error:
        read(path)
    assert "\n" not in str(error.value)
    assert "the-secret" not in str(error.value)
    assert len(str(error.value)) < 600


@pytest.mark.parametrize("suffix", [".html", ".htm"])
@pytest.mark.parametrize(
    "middle", ["<div>" * DEPTH + "x" + "</div>" * DEPTH, f"<p>{'a ' * 6_000_000}</p>"]
)
def test_a_page_is_read_whole_or_refused(tmp_path: Path, middle: str, suffix: str) -> None:
    path = tmp_path / f"page{suffix}"
    path.write_text(f"<html><body><p>First words.</p>{middle}<p>Last words.</p></body></html>")
    with pytest.raises(SourceError, match="nested at most 256 deep"):
        read_guideline(path, "g")
    path.write_text(f"<p>First words.</p>{'<div>' * 100}x{'</div>' * 100}<p>Last words.</p>")
    assert read_guideline(path, "g").text.endswith("Last words.")


@pytest.mark.parametrize("value", ["[" * DEPTH + "]" * DEPTH, "{a = " * DEPTH + "1" + "}" * DEPTH])
def test_toml_nested_without_end_is_refused(tmp_path: Path, value: str) -> None:
    path = tmp_path / "made.toml"
    path.write_text(f"a = {value}\n")
    for load in (load_settings, load_question):
        with pytest.raises(EvidenceError, match=r"made\.toml"):
            load(path)
    with pytest.raises(SettingsError):
        written_over({"text": "x"}, path.read_text())


@pytest.mark.parametrize("name", ["made.jsonl", "made.bib", "made.csv", "made.ris"])
def test_records_nested_or_long_without_end_are_refused(tmp_path: Path, name: str) -> None:
    made = {
        "made.jsonl": '{"record_id": ' + "[" * DEPTH + "]" * DEPTH + "}",
        "made.bib": "@article{k, title = {" + "{" * DEPTH + "}" * DEPTH + "}}",
        "made.csv": f"record_id,title,abstract\n1,{'x' * 200_000},a\n",
        "made.ris": "TY  - JOUR\nTI  - " + "(" * DEPTH,
    }[name]
    (tmp_path / name).write_text(made)
    with pytest.raises(SourceError, match="made"):
        read_records(tmp_path / name)


def test_a_full_text_that_unpacks_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexers.full_text.LARGEST_ARTICLE_BYTES", 1_000)
    monkeypatch.setattr("indexers.jats.LARGEST_ARTICLE_BYTES", 1_000)
    path = tmp_path / "made.xml.gz"
    path.write_bytes(gzip.compress(b"<article>" + b" " * 100_000 + b"</article>"))
    for read in (xml_bytes, lambda path: read_jats(path, "r")):
        with pytest.raises(SourceError, match="under 1,000 bytes"):
            read(path)


def test_an_archive_of_calls_that_unpacks_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / call_archive.ARCHIVE
    archive.write_bytes(gzip.compress(b'{"request_digest": "d"}\n' * 100))
    assert list(call_archive.archived_calls(tmp_path)) == ["d"]
    monkeypatch.setattr(call_archive, "LARGEST_ARCHIVE_BYTES", 24 * 40 - 1)  # ends with a line
    with pytest.raises(EvidenceError, match="damaged"):
        call_archive.archived_calls(tmp_path)
    monkeypatch.undo()
    archive.write_bytes(gzip.compress(b"[" * DEPTH * 10 + b"\n"))
    with pytest.raises(EvidenceError, match="damaged"):
        call_archive.archived_calls(tmp_path)


def test_a_record_of_a_server_that_unpacks_without_end_is_refused() -> None:
    long = Record(record_id="r", source="s", title="t", abstract="word " * 20_000)
    assert unpacked_record(packed_record(long)) == long
    zeros = zlib.compress(b" " * 17 * 1024 * 1024 + long.model_dump_json().encode())
    with pytest.raises(ValueError, match="JSON"):
        unpacked_record("zlib:" + base64.b85encode(zeros).decode())
