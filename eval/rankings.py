"""Rankings of every retriever over a benchmark's corpus: a store is built, searched and dropped."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from eval.cost import taken_by
from eval.datasets import Benchmark, shipped_trials
from eval.encoding import KeepingEncoder
from indexers.encoder import Encoder
from indexers.store import Store
from indexers.vectors import embedded_text, load_vectors
from retrievers.dense import DenseRetriever
from retrievers.hybrid import HybridRetriever
from retrievers.lexical import LexicalRetriever
from retrievers.protocol import Hit, Retriever

Progress = Callable[[str, int, int], None]
DEFAULT_RETRIEVER = "hybrid"


class Rankings(NamedTuple):
    """The hits of each question, in the order of the benchmark's, by retriever."""

    by_retriever: dict[str, list[list[Hit]]]
    corpus_digest: str
    n_records: int


def rank_all(
    benchmark: Benchmark, encoder: KeepingEncoder, limit: int, progress: Progress
) -> Rankings:
    """Ask every question of the dense, the lexical and the hybrid retriever, `limit` hits deep."""
    records = [*benchmark.gold, *benchmark.distractors]
    texts = [embedded_text(record) for record in records]
    vectors = encoder.encode(texts, lambda done, total: progress("encode", done, total))
    encoder.encode([question.text for question in benchmark.questions])
    encoder.keep()
    # An opened store may still write its lock while the folder is taken away.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        store = Store.build(Path(folder) / "store", records, encoder, vectors=vectors)
        found = {
            retriever.name: _ask(retriever, benchmark, limit, progress)
            for retriever in retrievers_over(store, encoder)
        }
        return Rankings(found, store.index_digest, len(store))


def retrievers_over(store: Store, encoder: Encoder) -> tuple[Retriever, ...]:
    """The retrievers that are compared: both parts, and the hybrid the program uses."""
    parts: tuple[Retriever, ...] = (DenseRetriever(store, encoder), LexicalRetriever(store))
    return (*parts, HybridRetriever(parts))


def benchmark_encoder(encoder: Encoder, folder: Path | None) -> KeepingEncoder:
    """The encoder with what is kept in `folder`, and the vectors that ship with the trials."""
    keeping = KeepingEncoder(encoder, folder)
    path, trials = shipped_trials()
    shipped = path.with_name("vectors.npz")
    vectors = load_vectors(shipped, trials, encoder) if shipped.is_file() else None
    if vectors is not None:
        keeping.remember([embedded_text(record) for record in trials], vectors)
    return keeping


def _ask(
    retriever: Retriever, benchmark: Benchmark, limit: int, progress: Progress
) -> list[list[Hit]]:
    rankings = []
    for done, question in enumerate(benchmark.questions, 1):
        with taken_by(f"offline:{retriever.name}", question.question_id):
            rankings.append(retriever.retrieve(question.text, limit))
        progress(retriever.name, done, len(benchmark.questions))
    return rankings
