"""Many searches in one run: a file of records each, a summary, overlaps, and a PRISMA-S report.

    NAME.ris            the records of a query (or .nbib, .csv, .jsonl)
    NAME.new.ris        those that the run before did not find, when watching
    summary.csv         a row a query: counts, file, date, error, notices
    overlaps.csv, .svg  how far the queries find the same records
    prisma_s.md, .docx  the search report
    .rows/              what each row gave

A second run does again only what changed or failed.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from evidence.errors import EvidenceError, SourceError
from evidence.searching.store import Found, Syntax
from evidence.writing import write_table, write_whole
from indexers.records import Frozen, Record
from indexers.references import read_records, write_records

Format = Literal["ris", "nbib", "csv", "jsonl"]
Progress = Callable[[int, int], None]

_NAME_COLUMNS = ("name", "id", "query_id")
_QUERY_COLUMNS = ("query", "search", "strategy")
_COLUMNS = "query, and if wanted name, syntax (pubmed, ovid, natural) and limit"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_ROWS = ".rows"


class BatchQuery(Frozen):
    """A row of the file of queries; `line` is where it begins."""

    name: str
    query: str
    syntax: Syntax
    limit: int | None
    line: int


class Outcome(Frozen):
    """What a row gave. `file` is in the folder of the batch; empty when there was an error."""

    name: str
    query: str
    syntax: Syntax
    limit: int | None
    n_found: int = 0
    n_records: int = 0
    n_new: int | None = None
    file: str = ""
    searched_on: date
    translation: str = ""
    notices: tuple[str, ...] = ()
    line_counts: tuple[tuple[int, int], ...] = ()
    error: str = ""
    input_digest: str
    file_digest: str = ""


@dataclass(frozen=True)
class Source:
    """Where the queries are run.

    Attributes:
        digest: Changes whenever a query may give something else.
        search: Runs a query.
        parallel: How many queries may run at once.
    """

    digest: str
    search: Callable[[BatchQuery], Found]
    parallel: int = 1


def read_queries(path: Path, syntax: Syntax = "pubmed") -> list[BatchQuery]:
    """The queries of a CSV file.

    Args:
        path: A file with a column `query`; `name`, `syntax` and `limit` may be there too.
        syntax: How queries are written that do not say.

    Raises:
        SourceError: The file cannot be read, has no such column, or a row is wrong; the line is
            named.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(path, f"expected a readable CSV file ({error})") from error
    reader = csv.DictReader(text.splitlines(keepends=True), skipinitialspace=True, strict=True)
    rows: list[BatchQuery] = []
    try:
        columns = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
        query = next((columns[c] for c in _QUERY_COLUMNS if c in columns), None)
        if query is None:
            raise SourceError(path, f"expected the columns {_COLUMNS}", 1)
        name = next((columns[c] for c in _NAME_COLUMNS if c in columns), None)
        line = reader.line_num + 1
        for row in reader:
            if any((value or "").strip() for value in row.values() if isinstance(value, str)):
                given = {key: (row.get(columns.get(key, "")) or "") for key in ("syntax", "limit")}
                rows.append(
                    _query(path, line, row.get(name or "") or "", row[query] or "", given, syntax)
                )
            line = reader.line_num + 1
    except csv.Error as error:
        raise SourceError(path, f"expected CSV ({error})", reader.line_num) from error
    if not rows:
        raise SourceError(path, "expected at least one query")
    return _named(path, rows)


def _query(
    path: Path, line: int, name: str, query: str, given: Mapping[str, str], syntax: Syntax
) -> BatchQuery:
    if not query.strip():
        raise SourceError(path, "expected a query in this row", line)
    try:
        return BatchQuery.model_validate(
            {
                "name": name.strip(),
                "query": query.strip(),
                "syntax": given["syntax"].strip().lower() or syntax,
                "limit": int(given["limit"]) if given["limit"].strip() else None,
                "line": line,
            }
        )
    except (ValidationError, ValueError) as error:
        wanted = "expected pubmed, ovid or natural as syntax and a whole number as limit"
        raise SourceError(path, wanted, line) from error


def _named(path: Path, rows: Sequence[BatchQuery]) -> list[BatchQuery]:
    """The rows with names that can be files and differ in more than case."""
    named: dict[str, BatchQuery] = {}
    for number, row in enumerate(rows, 1):
        name = _UNSAFE.sub("-", row.name).strip("-.")[:80] or f"query-{number:02}"
        if name.lower() in named:
            wanted = f"expected names that differ, {name!r} is there twice"
            raise SourceError(path, wanted, row.line)
        named[name.lower()] = row.model_copy(update={"name": name})
    return list(named.values())


def run_batch(
    queries: Sequence[BatchQuery],
    source: Source,
    out: Path,
    form: Format,
    today: date,
    progress: Progress,
) -> list[Outcome]:
    """Run the queries; each that fails is an outcome with an error, and the others go on.

    A query whose outcome is there already, for the same source and format, is not run again.

    Returns:
        The outcomes, in the order of the queries.

    Raises:
        SourceError: The folder, or a file in it, cannot be written.
    """
    rows = out / _ROWS
    try:
        rows.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SourceError(out, f"expected a folder that can be written ({error})") from error
    outcomes: dict[str, Outcome] = {}
    with ThreadPoolExecutor(max_workers=source.parallel) as pool:
        running = {
            pool.submit(_outcome, query, source, out, form, today): query.name for query in queries
        }
        for done, future in enumerate(as_completed(running), 1):
            outcomes[running[future]] = future.result()
            progress(done, len(queries))
    return [outcomes[query.name] for query in queries]


def _outcome(query: BatchQuery, source: Source, out: Path, form: Format, today: date) -> Outcome:
    state = out / _ROWS / f"{query.name}.json"
    asked = json.dumps([query.query, query.syntax, query.limit, source.digest, form])
    digest = hashlib.sha256(asked.encode()).hexdigest()
    kept = _kept(state, out, digest)
    if kept is not None:
        return kept
    outcome = Outcome(
        name=query.name,
        query=query.query,
        syntax=query.syntax,
        limit=query.limit,
        searched_on=today,
        input_digest=digest,
    )
    try:
        found = source.search(query)
        file = out / f"{query.name}.{form}"
        write_records(found.records, file)
    except EvidenceError as error:
        return outcome.model_copy(update={"error": str(error)})
    outcome = outcome.model_copy(
        update={
            **found.model_dump(exclude={"records"}),
            "n_records": len(found.records),
            "file": file.name,
            "file_digest": _digest_of(file),
        }
    )
    write_records(found.records, _records_file(out, query.name))
    write_whole(state, f"{outcome.model_dump_json(indent=1)}\n".encode())
    return outcome


def _kept(state: Path, out: Path, digest: str) -> Outcome | None:
    """What an earlier run gave, if it was asked the same and its file is unchanged."""
    try:
        outcome = Outcome.model_validate_json(state.read_text(encoding="utf-8"))
    except (OSError, ValidationError, UnicodeDecodeError):
        return None
    file = out / outcome.file
    same = outcome.input_digest == digest and file.is_file()
    return outcome if same and _digest_of(file) == outcome.file_digest else None


def _digest_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _records_file(out: Path, name: str) -> Path:
    return out / _ROWS / f"{name}.jsonl.gz"


def found_records(out: Path, outcomes: Iterable[Outcome]) -> dict[str, list[Record]]:
    """The records by query, whole, of the queries that gave a result."""
    return {
        outcome.name: read_records(_records_file(out, outcome.name))
        for outcome in outcomes
        if not outcome.error
    }


def watched(watch: Path, out: Path, outcomes: Sequence[Outcome], form: Format) -> list[Outcome]:
    """Compare with the run before, write what is new, and remember this run in `watch`.

    A query that failed keeps what the run before had found; one that the run before did not ask
    has nothing new.

    Raises:
        SourceError: The file is not one that an earlier run wrote, or it cannot be written.
    """
    before: dict[str, list[str]] = {}
    if watch.is_file():
        try:
            before = json.loads(watch.read_text(encoding="utf-8"))["queries"]
            known = {name: set(ids) for name, ids in before.items()}
        except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
            raise SourceError(watch, "expected a file that an earlier --watch wrote") from error
    else:
        known = {}
    found = found_records(out, outcomes)
    told = []
    for outcome in outcomes:
        seen = known.get(outcome.name)
        if outcome.error or seen is None:
            told.append(outcome)
            continue
        new = [record for record in found[outcome.name] if record.record_id not in seen]
        write_records(new, out / f"{outcome.name}.new.{form}")
        told.append(outcome.model_copy(update={"n_new": len(new)}))
    now = {name: [record.record_id for record in records] for name, records in found.items()}
    text = json.dumps({"queries": before | now}, ensure_ascii=False, indent=1)
    write_whole(watch, f"{text}\n".encode())
    return told


def write_summary(out: Path, outcomes: Sequence[Outcome]) -> None:
    """Write summary.csv; see `write_table`."""
    columns = ("name", "syntax", "n_found", "n_records", "n_new", "file", "searched_on", "error")
    rows = []
    for outcome in outcomes:
        row = outcome.model_dump(mode="json", include={*columns, "query"})
        row["notices"] = "; ".join(outcome.notices)
        rows.append({key: "" if value is None else str(value) for key, value in row.items()})
    write_table(out / "summary.csv", [*columns, "notices", "query"], rows)
