"""A small sample of `python -m tests.benchmarks.stores`, on the shipped trials."""

from __future__ import annotations

from pathlib import Path

from indexers.milvus.build import build
from indexers.references import read_records
from indexers.store import Store
from retrievers.questions import GoldQuestion
from tests.benchmarks.stores import compare
from tests.indexers.fake_encoder import FakeEncoder
from tests.indexers.milvus.milvus_lite import close_lite, need_milvus

CORPUS = Path(__file__).parents[2] / "data" / "corpus" / "records.jsonl.gz"
LEAST = 0.97


def test_milvus_finds_what_a_folder_finds(tmp_path: Path) -> None:
    need_milvus()
    records = list(read_records(CORPUS))[:150]
    encoder = FakeEncoder()
    questions = [
        GoldQuestion(question_id=r.record_id, text=r.title, gold_ids=(r.record_id,))
        for r in records[::30]
    ]
    folder = Store.build(tmp_path / "store", records, encoder)
    milvus = build(f"milvus-lite:{tmp_path}/store.db", records, encoder)
    rows = list(compare(folder, milvus, encoder, questions))
    close_lite(tmp_path)
    assert [(row.name, row.n) for row in rows] == [("dense", 5), ("lexical", 5), ("hybrid", 5)]
    assert rows[0].agreement == 1.0
    for row in rows:
        assert row.agreement >= LEAST, row
        assert row.gold_milvus >= row.gold_folder - (1 - LEAST), row
