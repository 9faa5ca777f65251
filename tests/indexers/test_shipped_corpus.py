"""What ships holds together: records, vectors, full texts and attribution."""

from __future__ import annotations

import csv
import gzip
import re
from pathlib import Path

import pytest

from indexers.encoder import minilm_encoder
from indexers.full_text import full_text_files
from indexers.records import Record
from indexers.references import read_records
from indexers.vectors import load_vectors

DATA = Path(__file__).parents[2] / "data"
CORPUS = DATA / "corpus"


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return read_records(CORPUS / "records.jsonl.gz")


def test_every_record_has_an_abstract_and_an_open_licence(records: list[Record]) -> None:
    assert len(records) > 2000
    assert all(record.record_id == record.pmcid for record in records)
    assert all(record.title and record.abstract for record in records)
    assert {record.licence for record in records} == {"by", "cc0"}


def test_vectors_belong_to_the_records_and_the_encoder(records: list[Record]) -> None:
    vectors = load_vectors(CORPUS / "vectors.npz", records, minilm_encoder())
    assert vectors is not None
    assert vectors.shape == (len(records), 384)


def test_every_article_is_attributed(records: list[Record]) -> None:
    with (DATA / "ATTRIBUTION.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["pmcid"]: row for row in csv.DictReader(file)}
    assert list(rows) == [record.record_id for record in records]
    for record in records:
        row = rows[record.record_id]
        assert all(row.values())
        assert row["title"] == record.title
        assert row["doi"] == (record.doi or "none")
        assert row["authors"] == ("; ".join(record.authors) or "none")
        assert row["licence"].startswith("CC0" if record.licence == "cc0" else "CC BY")


def test_full_texts_belong_to_records_and_forbid_nothing(records: list[Record]) -> None:
    paths = full_text_files(CORPUS / "full_text")
    assert len(paths) >= 60
    assert set(paths) <= {record.record_id for record in records}
    for path in paths.values():
        xml = gzip.decompress(path.read_bytes()).decode()
        assert not re.search(r"licenses/by-(nc|nd|sa)", xml.partition("</article-meta>")[0])


def test_what_ships_is_small() -> None:
    assert sum(path.stat().st_size for path in CORPUS.rglob("*")) < 15_000_000
