"""De-duplication of files of records, with every merge told and every field that was filled."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evidence.deduplication.clustering import find_duplicates
from evidence.deduplication.filling import FilledRecord, filled
from evidence.errors import SourceError
from indexers.records import Record
from indexers.references import read_records, write_records
from indexers.spreadsheet_cells import inert_cell


def deduplicate_files(paths: Sequence[Path], out: Path, report: Path) -> dict[str, Any]:
    """Write the records that stay, and a table of merges and of pairs for a person.

    A record that stays takes over what it lacks from those merged into it; the table tells which
    fields of which. A record id that stands in several files, or twice in one, is made unique with
    `~2`, `~3` …; the table tells the file of each.

    Raises:
        SourceError: A file cannot be read or written, or there is no record.
    """
    files: dict[str, Path] = {}
    records: list[Record] = []
    for path in paths:
        for record in read_records(path):
            named = _with_own_id(record, files)
            files[named.record_id] = path
            records.append(named)
    if not records:
        raise SourceError(paths[0], "expected at least one record")
    found = find_duplicates(records)
    left_out = {
        member: (cluster.representative, reason)
        for cluster in found.clusters
        for member, reason in cluster.reasons().items()
    }
    kept = _filled(records, {member: stays for member, (stays, _) in left_out.items()})
    write_records((stays.record for stays in kept), out)
    titles = {record.record_id: record.title for record in records}
    rows = [("merged", member, kept_id, why) for member, (kept_id, why) in left_out.items()]
    rows += [row for stays in kept for row in _filled_rows(stays)]
    rows += [("for a person", p.first, p.second, p.reason) for p in found.near_duplicates]
    _write_table(report, rows, files, titles)
    return {
        "file": str(out),
        "report": str(report),
        "n_before": len(records),
        "n_duplicates": len(left_out),
        "n_after": len(kept),
        "n_filled": sum(bool(stays.given) for stays in kept),
        "n_for_person": len(found.near_duplicates),
    }


def _filled(records: Sequence[Record], left_out: Mapping[str, str]) -> list[FilledRecord]:
    """The records that stay, each with what those left out for it tell."""
    merged: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.record_id in left_out:
            merged[left_out[record.record_id]].append(record)
    return [
        filled(record, merged[record.record_id], content=True)
        for record in records
        if record.record_id not in left_out
    ]


def _filled_rows(stays: FilledRecord) -> Iterator[tuple[str, str, str, str]]:
    """A row for each record that gave something: which fields."""
    fields: dict[str, list[str]] = defaultdict(list)
    for name, giver in stays.given.items():
        fields[giver].append(name)
    for giver, names in fields.items():
        yield "filled", stays.record.record_id, giver, ", ".join(names)


def _with_own_id(record: Record, taken: dict[str, Path]) -> Record:
    record_id, n = record.record_id, 1
    while record_id in taken:
        n += 1
        record_id = f"{record.record_id}~{n}"
    return record if n == 1 else record.model_copy(update={"record_id": record_id})


def _write_table(
    path: Path,
    rows: Sequence[tuple[str, str, str, str]],
    files: dict[str, Path],
    titles: dict[str, str],
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    header = ("decision", "record_id", "duplicate_of", "reason", "file", "file_of_other")
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow((*header, "title", "title_of_other"))
        for decision, one, other, reason in rows:
            places = (files[one].name, files[other].name)
            cells = (decision, one, other, reason, *places, titles[one], titles[other])
            writer.writerow(map(inert_cell, cells))
