"""A store of a million records: build, update and search, timed.

    python -m tests.benchmarks.large_store RECORDS... --vectors X.npz --store DIR [--n 1000000]

Records are made of real ones: the title of one, sentences of its own and of others that share a
MeSH heading or a title word with it, and some rare words, so that the index has the long tail of
a large corpus. Their vectors are made of real ones too (see vector_search.py, which says what
X.npz holds); with `--encoder static` the encoder reads the texts instead. The steps `update`
(10,000 new records), `revise` (5,000 changed ones) and `delete` (1,000) change the store; `rebuild`
builds it anew from its records and compares what both find. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexers.encoder import Encoder, Progress
from indexers.encoders import named_encoder
from indexers.records import Record
from indexers.references import read_records
from indexers.store import Store
from indexers.store_update import delete, update
from retrievers.boolean.errors import QueryError
from retrievers.boolean.evaluate import BooleanRetriever
from retrievers.boolean.ovid import parse_ovid
from retrievers.boolean.pubmed import parse_pubmed
from retrievers.boolean.tree import SearchStrategy
from tests.benchmarks.vector_search import make_corpus, without_repeats

SEED = 20
NEW, REVISED, DELETED = 10_000, 5_000, 1_000
DEEP = 100


class MadeVectors:
    """An encoder that gives the next made vectors, whatever the texts."""

    name = "made"
    digest = "0" * 64

    def __init__(self, rows: NDArray[np.float32]) -> None:
        self.rows = rows
        self.dimension = rows.shape[1]
        self.given = 0

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        self.given += len(texts)
        return np.array(self.rows[self.given - len(texts) : self.given])


def sentences(text: str) -> list[str]:
    return [part.strip() for part in text.replace("\n", " ").split(". ") if part.strip()]


def mixed_records(real: list[Record], n: int, start: int = 0) -> Iterator[Record]:
    """Records with ids from `start`, the same for the same arguments."""
    parts = [sentences(record.abstract) for record in real]
    by_topic: dict[str, list[int]] = {}
    for place, record in enumerate(real):
        for topic in (*record.mesh, *record.title.lower().split()):
            by_topic.setdefault(topic, []).append(place)
    for number in range(start, start + n):
        draw = random.Random(SEED * 1_000_003 + number)  # noqa: S311 (no secret)
        place = draw.randrange(len(real))
        record = real[place]
        topics = (*record.mesh, *record.title.lower().split())
        near = by_topic[draw.choice(topics)] if topics else [place]
        own = parts[place]
        text = draw.sample(own, k=max(1, len(own) * 2 // 3)) if own else []
        for _ in range(3):
            text += draw.sample(parts[draw.choice(near)][:6], k=1) if parts[near[0]] else []
        rare = f"NCT{draw.randrange(10**8):08d} {draw.choice('abcdef')}{draw.randrange(10**5)}x"
        yield record.model_copy(
            update={
                "record_id": f"{10_000_000 + number}",
                "pmid": f"{10_000_000 + number}",
                "title": " ".join(dict.fromkeys((*record.title.split(), rare.split()[1]))),
                "abstract": ". ".join([*text, f"Registered as {rare}."]),
                "year": draw.randrange(1970, 2026),
                "mesh": tuple(m for m in record.mesh if draw.random() < 0.8),
                "authors": tuple(f"{a}{draw.randrange(50)}" for a in record.authors[:6]),
            }
        )


def make_rows(path: Path, vectors: NDArray[np.float32], n_rows: int) -> None:
    make_corpus(path, without_repeats(vectors), n_rows)


def strategies(pubmed: Path | None, ovid: Path | None) -> list[SearchStrategy]:
    found = []
    for path, parse in ((pubmed, parse_pubmed), (ovid, parse_ovid)):
        for line in path.read_text(encoding="utf-8").splitlines() if path else ():
            found.append(parse(json.loads(line)["query"]))
    return found


def percentiles(milliseconds: list[float]) -> dict[str, float]:
    found = np.quantile(milliseconds, (0.5, 0.95, 1))
    return dict(zip(("p50_ms", "p95_ms", "max_ms"), np.round(found, 1).tolist(), strict=True))


def boolean_search(store: Store, asked: list[SearchStrategy]) -> dict[str, Any]:
    retriever = BooleanRetriever(store)
    retriever.count(asked[0])
    counted, searched, cpu, hits = [], [], [], []
    for strategy in asked:
        try:
            rows = []
            for _ in range(3):
                began, began_cpu = time.perf_counter(), time.thread_time()
                found = retriever.search(strategy)
                between = time.perf_counter()
                used = time.thread_time() - began_cpu
                count = retriever.count(strategy)
                rows.append((between - began, time.perf_counter() - between, used))
            if count != len(found):
                raise SystemExit(f"{count} counted, {len(found)} found")
        except QueryError as error:
            print("refused:", error, file=sys.stderr)
            continue
        hits.append(count)
        searched.append(1e3 * statistics.median(row[0] for row in rows))
        counted.append(1e3 * statistics.median(row[1] for row in rows))
        cpu.append(1e3 * statistics.median(row[2] for row in rows))
    return {
        "n_strategies": len(hits),
        "median_hits": statistics.median(hits),
        "all_ids": percentiles(searched),
        "all_ids_cpu": percentiles(cpu),
        "count": percentiles(counted),
    }


def dense_search(store: Store, questions: NDArray[np.float32]) -> dict[str, Any]:
    live = store.vectors[: store.manifest.next_number]
    recalls, times = [], []
    store.search_vectors(questions[0], DEEP)
    for question in questions:
        began = time.perf_counter()
        found = store.search_vectors(question, DEEP)
        times.append(1e3 * (time.perf_counter() - began))
        exact = live @ question
        exact[~np.isin(np.arange(len(live)), store.catalogue.numbers)] = -1
        best = store.catalogue.record_ids(np.argpartition(-exact, DEEP)[:DEEP].tolist())
        recalls.append(len({record_id for record_id, _ in found} & set(best)) / DEEP)
    found_recall = {"recall_at_100": float(np.mean(recalls)), "worst": float(min(recalls))}
    return {"n_questions": len(times), **percentiles(times), **found_recall}


def lexical_search(store: Store, words: list[str]) -> dict[str, Any]:
    times = []
    for text in words:
        began = time.perf_counter()
        store.search_text(text, DEEP)
        times.append(1e3 * (time.perf_counter() - began))
    return {"n_questions": len(times), **percentiles(times)}


def same_results(
    one: Store,
    two: Store,
    asked: list[SearchStrategy],
    questions: NDArray[np.float32],
    words: list[str],
) -> dict[str, Any]:
    """The share of strategies with equal sets, and of the first 100 that two stores share."""

    def overlap(pairs: Iterator[tuple[list[tuple[str, float]], list[tuple[str, float]]]]) -> float:
        return float(np.mean([len(dict(a).keys() & dict(b).keys()) / DEEP for a, b in pairs]))

    first, second = BooleanRetriever(one), BooleanRetriever(two)
    return {
        "boolean_equal": float(np.mean([first.search(q) == second.search(q) for q in asked])),
        "dense_overlap": overlap(
            (one.search_vectors(q, DEEP), two.search_vectors(q, DEEP)) for q in questions
        ),
        "lexical_overlap": overlap(
            (one.search_text(w, DEEP), two.search_text(w, DEEP)) for w in words
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", nargs="+", type=Path)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--n", type=int, default=1_000_000)
    parser.add_argument("--vectors", type=Path, required=True)
    parser.add_argument("--encoder", choices=("made", "static"), default="made")
    parser.add_argument("--kind", default="auto")
    parser.add_argument("--pubmed", type=Path, help="JSON lines with a PubMed query each")
    parser.add_argument("--ovid", type=Path, help="JSON lines with an Ovid strategy each")
    parser.add_argument("--steps", nargs="+", default=["build", "search", "update", "search"])
    arguments = parser.parse_args()
    real = [record for path in arguments.records for record in read_records(path)]
    real = [record for record in real if record.abstract]
    with np.load(arguments.vectors) as held:
        vectors, questions = held["vectors"], held["questions"][:200]
    asked = strategies(arguments.pubmed, arguments.ovid)
    words = [record.title for record in real[:: max(1, len(real) // 200)]]

    @cache
    def encoder() -> Encoder:
        if arguments.encoder == "static":
            return named_encoder("static")
        made = arguments.store.with_suffix(".made.npy")
        n_rows = arguments.n + NEW + REVISED
        if not made.is_file():
            with ProcessPoolExecutor(1) as pool:  # its memory is not the store's
                pool.submit(make_rows, made, vectors, n_rows).result()
        encoder = MadeVectors(np.load(made, mmap_mode="r"))
        if (arguments.store / "manifest.json").is_file() and "build" not in arguments.steps:
            encoder.given = Store.open(arguments.store).manifest.next_number
        return encoder

    result: dict[str, Any] = {"n": arguments.n, "n_real": len(real)}
    for place, step in enumerate(arguments.steps):
        encoder()
        began = time.perf_counter()
        store_path: Path = arguments.store
        match step:
            case "build":
                Store.build(
                    store_path, mixed_records(real, arguments.n), encoder(), kind=arguments.kind
                )
            case "update":
                new = list(mixed_records(real, NEW, start=arguments.n))
                began = time.perf_counter()
                result[f"{place}-outcome"] = update(store_path, new, encoder())._asdict()
            case "revise":
                revised = [
                    record.model_copy(update={"record_id": f"{10_000_000 + 7 * i}"})
                    for i, record in enumerate(mixed_records(real, REVISED, arguments.n + NEW))
                ]
                began = time.perf_counter()
                result[f"{place}-outcome"] = update(store_path, revised, encoder())._asdict()
            case "delete":
                delete(store_path, [f"{10_000_001 + 7 * i}" for i in range(DELETED)])
            case "verify":
                Store.open(store_path).verify()
            case "rebuild":
                before = Store.open(store_path)
                rows = before.vectors[before.catalogue.numbers]
                other = store_path.with_name(f"{store_path.name}-anew")
                anew = Store.build(
                    other, before.records(), encoder(), kind=arguments.kind, vectors=rows
                )
                result[f"{place}-same"] = same_results(before, anew, asked, questions, words)
            case "search":
                store = Store.open(store_path)
                result[f"{place}-kind"] = store.manifest.kind
                result[f"{place}-superseded"] = store.manifest.n_superseded
                if arguments.encoder == "made":
                    result[f"{place}-dense"] = dense_search(store, questions)
                result[f"{place}-lexical"] = lexical_search(store, words)
                if asked:
                    result[f"{place}-boolean"] = boolean_search(store, asked)
        result[f"{place}-{step}_s"] = round(time.perf_counter() - began, 2)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        result[f"{place}-{step}_peak_gib"] = round(peak, 2)
        print(f"{step}: {result[f'{place}-{step}_s']} s", file=sys.stderr)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
