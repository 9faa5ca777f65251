"""Our own CSV of records, out and in; tables of databases are read by `exported_tables`."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from indexers.errors import SourceError
from indexers.exported_tables import ExportedTable, export_of, record_of_export
from indexers.records import Record
from indexers.spreadsheet_cells import inert_cell, text_of_cell
from indexers.tagged import year_in

REQUIRED = ("record_id", "title", "abstract")
_ONE = ("source", "pmid", "doi", "pmcid", "journal", "language", "licence")
_MANY = (
    *("authors", "publication_types", "mesh", "mesh_headings", "chemicals", "keywords"),
    "retraction_pmids",
)
_PLACE = ("database", "accession", "volume", "issue", "pages")
_COLUMNS = (*REQUIRED, "year", *_ONE, *_MANY, "retracted", *_PLACE)
_DELIMITERS = ",;\t|"
_MANY_SEPARATOR = "; "
# A semicolon within a value is written %3B, and a %3B that was there before %253B.
_ESCAPED = re.compile(r"%((?:25)*)3B")
_TRUE = {"1", "true", "yes"}
# What other programs call our columns: only for advice, a column is never taken by its likeness.
_OTHER_NAMES = {
    "record_id": ("id", "key", "pmid", "pubmed id", "accession number", "recordid", "study_id"),
    "title": ("article title", "document title", "primary title", "ti"),
    "abstract": ("abstract note", "abstracts", "summary", "ab"),
}
_MOST_TOLD = 12


class _Header(NamedTuple):
    columns: list[str]
    delimiter: str
    export: ExportedTable | None


def read_table(path: Path, text: str) -> Iterator[tuple[int, Record]]:
    """The line and the record of each row: of our own CSV, or of a database that is known.

    Raises:
        SourceError: A column is missing, a row has other columns, or has no id.
    """
    header = _header(path, text)
    stream = io.StringIO(text, newline="")
    if header.export and not header.export.quoted:
        rows = csv.reader(stream, delimiter=header.delimiter, quoting=csv.QUOTE_NONE)
    else:
        rows = csv.reader(stream, delimiter=header.delimiter, strict=True)
    line = 1
    try:
        for row in rows:
            if line > 1 and any(cell.strip() for cell in row):
                if len(row) != len(header.columns):
                    wanted = f"expected {len(header.columns)} fields as in the header"
                    raise SourceError(path, f"{wanted}, found {len(row)}", line)
                cells = dict(zip(header.columns, row, strict=True))
                if header.export is not None:
                    yield line, record_of_export(path, line, cells, header.export)
                else:
                    yield line, _from_row(path, line, cells)
            line = rows.line_num + 1
    except csv.Error as error:
        raise SourceError(path, f"expected CSV from this line on: {error}", line) from error


def _header(path: Path, text: str) -> _Header:
    """The column names in lower case, the delimiter that parts them best, and whose they are."""
    first = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        cells = next(csv.reader([first], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        raise SourceError(path, f"expected a CSV header: {error}", 1) from error
    columns = [cell.strip().lower() for cell in cells]
    missing = [name for name in REQUIRED if name not in columns]
    export = export_of(columns) if missing else None
    if missing and export is None:
        raise SourceError(path, _missing(missing, columns), 1)
    own = export.columns if export else _COLUMNS
    doubled = [name for name in own if columns.count(name) > 1]
    if doubled:
        raise SourceError(path, f"expected one column {doubled[0]}, found several", 1)
    return _Header(columns, delimiter, export)


def _missing(missing: list[str], columns: list[str]) -> str:
    """What to do about missing columns, in one line."""
    advice = []
    for name in missing:
        likely = next((other for other in _OTHER_NAMES[name] if other in columns), None)
        advice.append(f"rename {likely!r} to {name}" if likely else f"add a column {name}")
    named = [repr(column[:40]) for column in columns if column]
    more = f" and {len(named) - _MOST_TOLD} more" if len(named) > _MOST_TOLD else ""
    return (
        f"expected the columns {', '.join(REQUIRED)}, or a table that PubMed, Scopus or Web of "
        f"Science wrote: {'; '.join(advice)}; found {', '.join(named[:_MOST_TOLD]) or 'none'}{more}"
    )


def _from_row(path: Path, line: int, row: dict[str, str]) -> Record:
    cells = {name: text_of_cell(row.get(name, "")).strip() for name in _COLUMNS}
    if not cells["record_id"]:
        raise SourceError(path, "expected a record_id, found an empty field", line)
    many = {
        name: tuple(_unescaped(part.strip()) for part in cells[name].split(";") if part.strip())
        for name in _MANY
    }
    one = {name: cells[name] or None for name in (*_ONE, *_PLACE) if name != "source"}
    return Record.model_validate(
        {
            **{name: cells[name] for name in REQUIRED},
            **one,
            **many,
            "source": cells["source"] or "csv",
            "pmid": cells["pmid"].removesuffix(".0") or None,  # a number to some spreadsheets
            "year": year_in(cells["year"]),
            "retracted": cells["retracted"].lower() in _TRUE,
        }
    )


def table_text(records: Iterable[Record]) -> str:
    """Records as our own CSV, which keeps all but the difference of empty and missing."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for record in records:
        fields = record.model_dump()
        writer.writerow([inert_cell(_cell(fields.get(name))) for name in _COLUMNS])
    return out.getvalue()


def _cell(value: str | int | bool | tuple[str, ...] | None) -> str:
    if isinstance(value, tuple):
        return _MANY_SEPARATOR.join(_escaped(part) for part in value)
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _escaped(value: str) -> str:
    return _ESCAPED.sub(r"%25\g<1>3B", value).replace(";", "%3B")


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda found: f"%{found[1][2:]}3B" if found[1] else ";", value)
