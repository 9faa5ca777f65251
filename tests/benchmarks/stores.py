"""How nearly a store in Milvus finds what a store in a folder finds.

    python -m tests.benchmarks.stores --data FILE... [--encoder static|minilm] [--questions N]
        [--store milvus-lite:PATH.db | milvus://HOST:PORT/COLLECTION]

Both stores are built from the gold records of files of questions (retrievers.questions). Every
question is then asked of both, by vectors, by words and by both fused. `agreement@100` is the share
of the folder's first 100 records that are among Milvus's first 100, averaged over questions;
`gold@100` the share of the gold records that are among them.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from indexers.encoder import Encoder, Progress
from indexers.encoders import named_encoder
from indexers.milvus.build import build
from indexers.record_store import RecordStore
from indexers.records import Record
from indexers.store import Store
from retrievers.dense import DenseRetriever
from retrievers.hybrid import HybridRetriever
from retrievers.lexical import LexicalRetriever
from retrievers.protocol import Retriever
from retrievers.questions import GoldQuestion, read_questions, with_ids_of

DEPTH = 100


class Row(NamedTuple):
    """One way to search, on both stores; shares are means over `n` questions."""

    name: str
    n: int
    agreement: float
    least_agreement: float
    gold_folder: float
    gold_milvus: float
    folder_p50_ms: float
    milvus_p50_ms: float


class OnceEncoder:
    """An encoder that makes the vector of a question once."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._kept: dict[str, object] = {}
        self.name, self.digest = encoder.name, encoder.digest
        self.dimension = encoder.dimension

    def encode(self, texts: Sequence[str], progress: Progress | None = None):
        """The vectors, from before where there is one text that was asked already."""
        if len(texts) != 1:
            return self._encoder.encode(texts, progress)
        if texts[0] not in self._kept:
            self._kept[texts[0]] = self._encoder.encode(texts)
        return self._kept[texts[0]]


def retrievers(store: RecordStore, encoder: Encoder) -> list[Retriever]:
    """The three ways to search."""
    parts: list[Retriever] = [DenseRetriever(store, encoder), LexicalRetriever(store)]
    return [*parts, HybridRetriever([LexicalRetriever(store), DenseRetriever(store, encoder)])]


def compare(
    folder: RecordStore,
    milvus: RecordStore,
    encoder: Encoder,
    questions: Sequence[GoldQuestion],
) -> Iterator[Row]:
    """Ask both stores every question; a row for each way to search."""
    once = OnceEncoder(encoder)
    for one, other in zip(retrievers(folder, once), retrievers(milvus, once), strict=True):
        shares, gold, times = [], ([], []), ([], [])
        for question in questions:
            once.encode([question.text])  # not timed
            found = []
            for place, retriever in enumerate((one, other)):
                start = time.perf_counter()
                hits = retriever.retrieve(question.text, DEPTH)
                times[place].append((time.perf_counter() - start) * 1000)
                found.append({hit.record_id for hit in hits})
                wanted = set(question.gold_ids)
                gold[place].append(len(wanted & found[place]) / len(wanted))
            shares.append(len(found[0] & found[1]) / len(found[0]) if found[0] else 1.0)
        yield Row(
            one.name,
            len(questions),
            statistics.mean(shares),
            min(shares),
            *(statistics.mean(part) for part in gold),
            *(statistics.median(part) for part in times),
        )


def corpus(paths: Sequence[Path], n_questions: int) -> tuple[list[Record], list[GoldQuestion]]:
    """The gold records of files of questions, and the first so many questions of each."""
    records: dict[str, Record] = {}
    questions: list[GoldQuestion] = []
    for path in paths:
        read = read_questions(path)
        for record in read.records:
            records.setdefault(record.record_id, record)
        inside, _ = with_ids_of(read.questions, read.records)
        questions += inside[:n_questions] if n_questions else inside
    return list(records.values()), questions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--encoder", choices=["static", "minilm"], default="static")
    parser.add_argument("--questions", type=int, default=0, help="of each file; 0 for all")
    parser.add_argument("--store", default="", help="an address; Milvus Lite unless given")
    chosen = parser.parse_args()
    records, questions = corpus(chosen.data, chosen.questions)
    encoder = named_encoder(chosen.encoder)
    with tempfile.TemporaryDirectory() as work:
        start = time.perf_counter()
        folder = Store.build(Path(work) / "store", records, encoder)
        built = time.perf_counter()
        milvus = build(chosen.store or f"milvus-lite:{work}/store.db", records, encoder)
        print(
            f"{len(records)} records by {encoder.name}: built in {built - start:.1f} s in a "
            f"folder, {time.perf_counter() - built:.1f} s in {milvus.manifest.engine}"
        )
        start = time.perf_counter()
        milvus.verify()
        print(f"verified in {time.perf_counter() - start:.1f} s")
        for row in compare(folder, milvus, encoder, questions):
            print(
                f"{row.name:<8} n={row.n}  agreement@{DEPTH} {row.agreement:.4f} "
                f"(least {row.least_agreement:.2f})  gold@{DEPTH} folder {row.gold_folder:.4f} "
                f"milvus {row.gold_milvus:.4f}  p50 {row.folder_p50_ms:.1f} / "
                f"{row.milvus_p50_ms:.1f} ms",
                flush=True,
            )


if __name__ == "__main__":
    main()
