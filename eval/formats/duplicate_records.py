"""Records of several databases with the report of each: which of them are duplicates?

JSON lines or a CSV, each also gzipped: `record_id`, `report` and `title`, and as far as the
database prints them `abstract`, `authors` (a list; in a CSV separated by `;`), `year`, `journal`,
`volume`, `issue`, `pages`, `doi`, `pmid`, `pmcid` and `source` (the database). Records with the
same `report` are duplicates, and no others. An erratum, a reply, a protocol or a meeting's abstract
is a report of its own.

The unit is the report. A pair is right when both records have one `report`. The ceiling is 1. A
record that cannot be read, or whose name another has, is a report of its own of which one pair is
missed. Volume, issue and pages are for peers: the program's records do not hold them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from eval.datasets import data_files
from eval.formats.json_items import read_cut_text, read_json_items
from evidence.errors import SourceError
from indexers.records import Record

DUPLICATES_EXPECTED = (
    "records with the report of each: JSON lines or CSV (.gz too) with record_id, report and title"
)
PLACES = ("volume", "issue", "pages")
_OF_A_RECORD = ("record_id", "title", "abstract", "year", "journal", "doi", "pmid", "pmcid")
_SUFFIXES = (".jsonl", ".jsonl.gz", ".csv", ".csv.gz")


class LabelledRecord(NamedTuple):
    """A record, the report it tells of, and where that is printed (`PLACES`)."""

    record: Record
    report: str
    place: Mapping[str, str]


class LabelledDuplicates(NamedTuple):
    """The records that can be read, and why others cannot, by the name of their unit."""

    records: tuple[LabelledRecord, ...]
    failures: Mapping[str, str]


def load_duplicates(data: Path) -> tuple[list[Path], LabelledDuplicates]:
    """The files that were read, and what is in them as one set.

    Raises:
        SourceError: There is no file, or no record in any of them.
    """
    files = data_files(data, _SUFFIXES, DUPLICATES_EXPECTED)
    records: dict[str, LabelledRecord] = {}
    failures: dict[str, str] = {}
    for path in files:
        for line, row in _rows(path):
            try:
                if isinstance(row, SourceError):
                    raise row
                found = _labelled(path, line, row)
                if found.record.record_id in records:
                    told = f"record_id {found.record.record_id!r}: expected one record of this name"
                    raise SourceError(path, told, line)
            except SourceError as error:
                failures[f"{path.name}:{line}"] = str(error)
            else:
                records[found.record.record_id] = found
    if not records:
        told = next(iter(failures.values()), "no record")
        raise SourceError(files[0], f"expected {DUPLICATES_EXPECTED}; {told}")
    return files, LabelledDuplicates(tuple(records.values()), failures)


def _rows(path: Path) -> Iterator[tuple[int, Any]]:
    """Each row with its line; of one that cannot be read the error."""
    if ".csv" in path.suffixes:
        yield from _csv_rows(path)
        return
    items, broken = read_json_items(path)
    yield from ((item.line, item.value) for item in items)
    for found in broken:
        told = f"entry {found.entry}: {found.expected}"
        yield found.line, SourceError(path, told, found.line)


def _csv_rows(path: Path) -> Iterator[tuple[int, Any]]:
    text, whole = read_cut_text(path)
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    missing = [
        name for name in ("record_id", "report", "title") if name not in (reader.fieldnames or ())
    ]
    if missing:
        yield 1, SourceError(path, f"expected the column {missing[0]}", 1)
        return
    try:
        for row in reader:
            authors = [name.strip() for name in (row.get("authors") or "").split(";")]
            yield reader.line_num, {**row, "authors": [name for name in authors if name]}
    except csv.Error as error:
        line = reader.reader.line_num  # of the dictionaries' reader it is one behind
        yield line, SourceError(path, f"expected CSV ({error})", line)
    if not whole:
        yield reader.reader.line_num + 1, SourceError(path, "expected a file that is not cut off")


def _labelled(path: Path, line: int, row: Any) -> LabelledRecord:
    if not isinstance(row, dict) or not all(row.get(name) for name in ("record_id", "report")):
        raise SourceError(path, "expected a record with record_id and report", line)
    fields = {name: row[name] for name in _OF_A_RECORD if row.get(name)}
    try:
        record = Record(
            **{"title": "", **fields},
            source=row.get("source") or path.name,
            authors=_names(row.get("authors")),
        )
    except (ValidationError, TypeError) as error:
        wrong = error.errors()[0]["loc"][0] if isinstance(error, ValidationError) else "authors"
        raise SourceError(path, f"{wrong}: expected a record of a database", line) from error
    place = {name: str(row[name]) for name in PLACES if row.get(name)}
    return LabelledRecord(record, str(row["report"]), place)


def _names(value: object) -> Sequence[str]:
    if not isinstance(value, list | None):
        raise TypeError
    return tuple(value or ())
