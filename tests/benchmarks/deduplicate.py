"""Measure deduplication on real records, perturbed as databases do; a peer in the same run.

    python tests/benchmarks/deduplicate.py RECORDS [--seed 0] [--n 2000] [--half held-out]
        [--peer /path/to/python] [--show 20]
    python tests/benchmarks/deduplicate.py RECORDS --scale 100000

RECORDS is a CSV, or JSON lines (.gz too), with title, abstract and what else a record has; also
`volume`, `issue` and `pages`, which only the peer reads, and `journal_abbreviation`. `--peer` names
an interpreter that has bib-dedupe (`pip install bib-dedupe`), which is run with and without them.
Prints JSON: pairs found, right and missed, seconds, peak memory.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import itertools
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from perturbed_records import Fields, perturbed

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from evidence.deduplication.clustering import Deduplication, find_duplicates  # noqa: E402
from indexers.records import Record  # noqa: E402

_OF_A_RECORD = ("record_id", "source", "title", "abstract", "pmid", "doi", "pmcid", "year")

PEER = """
import json, sys, time, resource
import pandas as pd
from bib_dedupe.bib_dedupe import prep, block, match
rows = json.load(open(sys.argv[1]))
start = time.perf_counter()
pairs = match(block(prep(pd.DataFrame(rows), verbosity_level=0)))
if len(pairs):
    pairs = pairs[pairs["duplicate_label"] == "duplicate"][["ID_1", "ID_2"]]
seconds = time.perf_counter() - start
of = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
peak = [resource.getrusage(who).ru_maxrss for who in of]
json.dump({"pairs": pairs.values.tolist(), "seconds": seconds, "peak_mib": sum(peak) / 1024},
          open(sys.argv[2], "w"))
"""


def read_sources(path: Path) -> list[Fields]:
    """Records with a title, as they are in the file; each source once."""
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


def as_record(item: Fields) -> Record:
    """The record of an item; what a record does not hold is left behind."""
    fields = {name: item.get(name) or None for name in _OF_A_RECORD}
    return Record(
        **{**fields, "title": item["title"], "abstract": item["abstract"]},
        journal=item.get("journal") or None,
        authors=tuple(item.get("authors") or ()),
    )


def pairs_within(groups: Iterable[Sequence[str]]) -> set[tuple[str, str]]:
    """Every pair of one group."""
    return {(min(pair), max(pair)) for group in groups for pair in itertools.combinations(group, 2)}


def scores(found: set[tuple[str, str]], true: set[tuple[str, str]]) -> dict[str, Any]:
    """Precision and recall of pairs."""
    right = len(found & true)
    return {
        "precision": round(right / len(found), 5) if found else None,
        "recall": round(right / len(true), 5) if true else None,
        "pairs_found": len(found),
        "pairs_wrong": len(found) - right,
        "pairs_missed": len(true) - right,
    }


def connected(pairs: Iterable[Sequence[str]]) -> list[list[str]]:
    """The connected components of a graph of pairs."""
    home: dict[str, list[str]] = {}
    for one, other in pairs:
        left, right = home.get(one, [one]), home.get(other, [other])
        if left is not right:
            merged = left + right
            home.update(dict.fromkeys(merged, merged))
    return list({id(group): group for group in home.values()}.values())


def peak_mib() -> float:
    """The most memory this process held, in MiB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def measure_ours(items: Sequence[Fields]) -> tuple[dict[str, Any], Deduplication]:
    """Our figures, and what was found."""
    records = [as_record(item) for item in items]
    start = time.perf_counter()
    result = find_duplicates(records)
    seconds = time.perf_counter() - start
    found = pairs_within(cluster.members for cluster in result.clusters)
    figures = scores(found, true_pairs(items))
    home = {member: c.representative for c in result.clusters for member in c.members}
    near = {
        frozenset(home.get(name, name) for name in (pair.first, pair.second))
        for pair in result.near_duplicates
    }
    missed = true_pairs(items) - found
    figures["near_duplicates"] = len(near)
    figures["missed_but_near"] = sum(
        frozenset(home.get(name, name) for name in pair) in near for pair in missed
    )
    return {**figures, "seconds": round(seconds, 2), "peak_mib": peak_mib()}, result


def true_pairs(items: Sequence[Fields]) -> set[tuple[str, str]]:
    """The pairs that were made from one report."""
    clusters: dict[int, list[str]] = defaultdict(list)
    for item in items:
        clusters[item["cluster"]].append(item["record_id"])
    return pairs_within(clusters.values())


def measure_peer(items: Sequence[Fields], python: str, *, pages: bool) -> dict[str, Any]:
    """The peer's figures on the same records; authors are handed over as BibTeX has them."""
    rows = [
        {
            "ID": item["record_id"],
            "ENTRYTYPE": "article",
            "title": item["title"],
            "author": " and ".join(map(_bibtex_name, item.get("authors") or ())),
            "year": str(item.get("year") or ""),
            "journal": item.get("journal") or "",
            "volume": (item.get("volume") or "") if pages else "",
            "number": (item.get("issue") or "") if pages else "",
            "pages": (item.get("pages") or "") if pages else "",
            "abstract": item["abstract"],
            "doi": item.get("doi") or "",
        }
        for item in items
    ]
    with tempfile.TemporaryDirectory() as folder:
        given, out, script = (Path(folder) / name for name in ("in.json", "out.json", "peer.py"))
        given.write_text(json.dumps(rows))
        script.write_text(PEER)
        subprocess.run(
            [python, str(script), str(given), str(out)], check=True, stdout=subprocess.DEVNULL
        )
        result = json.loads(out.read_text())
    found = pairs_within(connected(result["pairs"]))
    return {
        **scores(found, true_pairs(items)),
        "seconds": round(result["seconds"], 2),
        "peak_mib": round(result["peak_mib"], 1),
    }


def _bibtex_name(author: str) -> str:
    """`Smith JA` as `Smith, JA`: the peer wants a comma."""
    return re.sub(r"^([^,]*[^\W\d_]{2}) ((?:[A-Z]\.?-?){1,4})$", r"\1, \2", author)


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
            "pmcid": None,
            "cluster": number,
        }
        made.append(row)
        if rng.random() < 0.1:
            made.append({**row, "title": row["title"].upper(), "pmid": None, "doi": None})
    for number, row in enumerate(made):
        made[number] = {**row, "record_id": f"r{number:07d}", "source": "replicated"}
    rng.shuffle(made)
    return made


def show(items: Sequence[Fields], result: Deduplication, most: int) -> None:
    """Print false merges and misses to read."""
    by_id = {item["record_id"]: item for item in items}
    true = true_pairs(items)
    found = pairs_within(cluster.members for cluster in result.clusters)
    near = {(pair.first, pair.second): pair.reason for pair in result.near_duplicates}
    reasons = {(p.first, p.second): p.reason for c in result.clusters for p in c.pairs}
    for name, pairs in (("WRONG", sorted(found - true)), ("MISSED", sorted(true - found))):
        for pair in pairs[:most]:
            print(f"\n{name}: {reasons.get(pair) or near.get(pair) or '-'}", file=sys.stderr)
            for record_id in pair:
                item = by_id[record_id]
                shown = {
                    k: item.get(k) for k in ("title", "authors", "year", "journal", "doi", "pmid")
                }
                print("  ", json.dumps(shown, ensure_ascii=False)[:420], file=sys.stderr)
                print("     ", item["abstract"][:110].replace("\n", " "), file=sys.stderr)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("records", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--n", type=int, default=2000, help="source records to draw")
    parser.add_argument("--half", choices=("development", "held-out", "all"), default="all")
    parser.add_argument("--peer", help="an interpreter that has bib-dedupe")
    parser.add_argument("--scale", type=int, help="time this many replicated records instead")
    parser.add_argument("--show", type=int, default=0, help="print so many errors of each kind")
    given = parser.parse_args()
    rows = half(read_sources(given.records), given.half)
    if given.scale:
        items = replicated(rows, given.scale, given.seed)
    else:
        items = perturbed(rows, given.n, given.seed)
    ours, result = measure_ours(items)
    figures: dict[str, Any] = {
        "records": len(items),
        "true_pairs": len(true_pairs(items)),
        "half": given.half,
        "seed": given.seed,
        "ours": ours,
    }
    if given.peer:
        figures["bib-dedupe"] = measure_peer(items, given.peer, pages=False)
        figures["bib-dedupe with volume and pages"] = measure_peer(items, given.peer, pages=True)
    print(json.dumps(figures, indent=1))
    if given.show:
        show(items, result, given.show)


if __name__ == "__main__":
    main()
