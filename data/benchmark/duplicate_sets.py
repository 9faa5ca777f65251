"""Records as different databases export them, made from real ones, with the report of each.

    python -m data.benchmark.duplicate_sets RECORDS OUT.jsonl.gz [--n 2000] [--half held-out]

makes a larger set of records that do not ship, for `python -m eval.trialreview duplicates --data
OUT.jsonl.gz`. RECORDS is CSV or JSON lines (.gz too) with title, abstract and what else a record
has. The shipped set is made by `data.benchmark.make` of 150 drawn records of the corpus.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

from data.benchmark.companion_records import Fields
from data.benchmark.database_exports import exported
from eval.datasets import shipped_trials
from indexers.records import Record

SEED, N_SOURCES = 20260, 150
PLACES = Path(__file__).with_name("printed_places.json")
FIELDS = (
    *("record_id", "report", "source", "title", "abstract", "authors", "year", "journal"),
    *("volume", "issue", "pages", "doi", "pmid", "pmcid"),
)


def drawn_sources() -> list[Record]:
    """The records of the corpus that the shipped set is made of."""
    records = sorted(shipped_trials()[1], key=lambda record: record.record_id)
    drawn = Random(SEED).sample(records, N_SOURCES)  # noqa: S311 - a reproducible draw, no secret
    return sorted(drawn, key=lambda record: record.record_id)


def shipped_set() -> bytes:
    """The shipped set: JSON lines, gzipped, the same bytes every time."""
    places = json.loads(PLACES.read_text(encoding="utf-8"))
    sources = [
        {**record.model_dump(mode="json"), **places.get(record.record_id, {})}
        for record in drawn_sources()
    ]
    return packed(exported(sources, N_SOURCES, SEED))


def packed(items: Sequence[Fields]) -> bytes:
    """Made records as the benchmark reads them, the fields that are there."""
    lines = []
    for item in items:
        row = {**item, "report": f"report {item['cluster']}"}
        lines.append(json.dumps({name: row[name] for name in FIELDS if row.get(name)}))
    return gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0)


def read_sources(path: Path) -> list[Fields]:
    """Records with a title, as they are in the file; each title once."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as stream:
        csv.field_size_limit(10**9)
        rows = (
            list(csv.DictReader(stream))
            if ".csv" in path.suffixes
            else [json.loads(line) for line in stream]
        )
    for number, row in enumerate(rows):
        row["year"] = int(row["year"]) if row.get("year") else None
        row.setdefault("record_id", row.get("pmcid") or str(number))
        for name in ("abstract", "title"):
            row[name] = row.get(name) or ""
    unique = {re.sub(r"\W", "", row["title"]).lower(): row for row in rows if row["title"].strip()}
    return list(unique.values())


def half(rows: Iterable[Fields], name: str) -> list[Fields]:
    """The half of the records that the rules were developed on, the other one, or all."""
    if name == "all":
        return list(rows)
    bit = {"development": 0, "held-out": 1}[name]
    digest = {row["record_id"]: hashlib.sha256(row["record_id"].encode()) for row in rows}
    return [row for row in rows if int(digest[row["record_id"]].hexdigest(), 16) % 2 == bit]


def main() -> None:
    """Make a set of other records."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("records", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--n", type=int, default=2000, help="source records to draw")
    parser.add_argument("--half", choices=("development", "held-out", "all"), default="all")
    given = parser.parse_args()
    rows = half(read_sources(given.records), given.half)
    given.out.write_bytes(packed(exported(rows, given.n, given.seed)))


if __name__ == "__main__":
    main()
