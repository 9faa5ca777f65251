"""A store of a million records: build, update and search, timed.

    python tests/benchmarks/large_store.py RECORDS... --vectors FILE.f32 --n 1000000 --store DIR

Records are made of real ones: the title of one, sentences of its own and of others that share a
MeSH heading or a title word with it, and some rare words, so that the index has the long tail of
a large corpus. Vectors come from a raw float32 file [>= n, dimension] (vector_search.py makes
one), or, with --encoder, from an encoder that reads the texts. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from indexers.encoders import named_encoder  # noqa: E402
from indexers.records import Record  # noqa: E402
from indexers.references import read_records  # noqa: E402
from indexers.store import Store  # noqa: E402
from indexers.store_update import delete, update  # noqa: E402
from retrievers.boolean.errors import QueryError  # noqa: E402
from retrievers.boolean.evaluate import BooleanRetriever  # noqa: E402
from retrievers.boolean.ovid import parse_ovid  # noqa: E402
from retrievers.boolean.pubmed import parse_pubmed  # noqa: E402

SEED = 20
DIMENSION = 384


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


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def timed_queries(store: Store, queries: Path | None, ovid: Path | None) -> dict[str, Any]:
    retriever = BooleanRetriever(store)
    strategies = []
    if queries is not None:
        for line in queries.read_text(encoding="utf-8").splitlines():
            strategies.append(parse_pubmed(json.loads(line)["query"]))
    if ovid is not None:
        for line in ovid.read_text(encoding="utf-8").splitlines():
            strategies.append(parse_ovid(json.loads(line)["query"]))
    rows = []
    for strategy in strategies:
        try:
            counted, searched = [], []
            for _ in range(3):
                began = time.perf_counter()
                count = retriever.count(strategy)
                counted.append(time.perf_counter() - began)
                began = time.perf_counter()
                found = retriever.search(strategy)
                searched.append(time.perf_counter() - began)
            assert len(found) == count  # noqa: S101
            rows.append((count, statistics.median(counted), statistics.median(searched)))
        except QueryError as error:
            print("refused:", error, file=sys.stderr)
    return {
        "n_queries": len(rows),
        "hits_median": statistics.median(r[0] for r in rows),
        "count_p50_ms": 1e3 * statistics.median(r[1] for r in rows),
        "count_p95_ms": 1e3 * percentile([r[1] for r in rows], 0.95),
        "count_max_ms": 1e3 * max(r[1] for r in rows),
        "all_ids_p50_ms": 1e3 * statistics.median(r[2] for r in rows),
        "all_ids_max_ms": 1e3 * max(r[2] for r in rows),
        "rows": [(n, round(1e3 * c, 1), round(1e3 * s, 1)) for n, c, s in rows],
    }


def peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", nargs="+", type=Path)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--n", type=int, default=1_000_000)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--encoder", choices=("minilm", "static"), default="minilm")
    parser.add_argument("--kind", default="auto")
    parser.add_argument("--queries", type=Path, help="JSON lines with a PubMed query each")
    parser.add_argument("--ovid", type=Path, help="JSON lines with an Ovid strategy each")
    parser.add_argument("--steps", nargs="+", default=["build", "search", "update", "search"])
    arguments = parser.parse_args()
    real = [record for path in arguments.records for record in read_records(path)]
    real = [record for record in real if record.abstract]
    encoder = named_encoder(arguments.encoder)
    result: dict[str, Any] = {"n": arguments.n, "n_real": len(real)}
    for place, step in enumerate(arguments.steps):
        began = time.perf_counter()
        if step == "build":
            vectors = None
            if arguments.vectors is not None:
                vectors = np.memmap(arguments.vectors, dtype="<f4", mode="r")
                vectors = vectors.reshape(-1, encoder.dimension)[: arguments.n]
            Store.build(
                arguments.store,
                mixed_records(real, arguments.n),
                encoder,
                kind=arguments.kind,
                vectors=vectors,
                progress=lambda n, of: print(n, of, file=sys.stderr) if n % 102400 == 0 else None,
            )
        elif step == "update":
            new = list(mixed_records(real, 10_000, start=arguments.n))
            result["embed_s"] = time.perf_counter()
            done = update(arguments.store, new, encoder)
            result["update"] = done._asdict()
        elif step == "revise":
            revised = list(mixed_records(real, 5_000, start=arguments.n + 20_000))
            revised = [
                r.model_copy(update={"record_id": f"{10_000_000 + 97 * i}"})
                for i, r in enumerate(revised)
            ]
            result["revise"] = update(arguments.store, revised, encoder)._asdict()
        elif step == "delete":
            delete(arguments.store, [f"{10_000_001 + 89 * i}" for i in range(1_000)])
        elif step == "verify":
            Store.open(arguments.store).verify()
        elif step == "search":
            store = Store.open(arguments.store)
            if arguments.queries or arguments.ovid:
                result[f"{place}-boolean"] = timed_queries(store, arguments.queries, arguments.ovid)
        result[f"{place}-{step}_s"] = round(time.perf_counter() - began, 2)
        result[f"{place}-{step}_peak_gib"] = round(peak_gib(), 2)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
