"""Time and memory of deduplication on many records: `python -m tests.benchmarks.deduplicate`.

    python -m tests.benchmarks.deduplicate RECORDS 100000 [--seed 0]

RECORDS is a CSV, or JSON lines (.gz too), as `data.benchmark.duplicate_sets` reads them. Prints
JSON: pairs made and found, seconds, peak memory. How right the pairs are is a task of its own:
`python -m eval.trialreview duplicates`.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Sequence
from pathlib import Path

from data.benchmark.companion_records import Fields
from data.benchmark.duplicate_sets import read_sources
from eval.cost import peak_mebibytes
from evidence.deduplication.clustering import find_duplicates
from indexers.records import Record

_OF_A_RECORD = ("record_id", "source", "title", "abstract", "pmid", "doi", "year", "journal")


def replicated(rows: Sequence[Fields], n: int, seed: int) -> list[Fields]:
    """`n` records whose titles are real ones with words lent by others, a tenth printed twice."""
    rng = random.Random(seed)  # noqa: S311 - a benchmark's draw
    words = [w for row in rows for w in row["title"].split() if len(w) > 5]
    authors = [a for row in rows for a in row.get("authors") or ()]
    made: list[Fields] = []
    for number in range(int(n / 1.1)):
        row = dict(rng.choice(rows))
        title = row["title"].split()
        for place in rng.sample(range(len(title)), min(3, len(title))):
            title[place] = rng.choice(words)
        text = row["abstract"].split()
        rng.shuffle(text)
        row |= {
            "title": " ".join(title),
            "abstract": " ".join(text),
            "authors": rng.sample(authors, min(4, len(authors))),
            "year": rng.randint(1995, 2024),
            "pmid": str(number + 1) if rng.random() < 0.7 else None,
            "doi": f"10.5555/{number}" if rng.random() < 0.7 else None,
        }
        made.append(row)
        if rng.random() < 0.1:
            made.append({**row, "title": row["title"].upper(), "pmid": None, "doi": None})
    for number, row in enumerate(made):
        made[number] = {**row, "record_id": f"r{number:07d}", "source": "replicated"}
    rng.shuffle(made)
    return made


def as_record(item: Fields) -> Record:
    """The record of an item; what a record does not hold is left behind."""
    fields = {name: item[name] for name in _OF_A_RECORD if item.get(name)}
    return Record(**fields, authors=tuple(item.get("authors") or ()))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("records", type=Path)
    parser.add_argument("n", type=int)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rows = replicated(read_sources(given.records), given.n, given.seed)
    records = [as_record(row) for row in rows]
    start = time.perf_counter()
    found = find_duplicates(records)
    figures = {
        "records": len(records),
        "pairs_made": len(records) - int(given.n / 1.1),
        "clusters_found": len(found.clusters),
        "near_duplicates": len(found.near_duplicates),
        "seconds": round(time.perf_counter() - start, 2),
        "peak_mib": round(peak_mebibytes(), 1),
    }
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
