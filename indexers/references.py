"""Reference files in and out, chosen by suffix; XML is PubMed's or EndNote's by its root."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from indexers.bibtex import read_bibtex, write_bibtex
from indexers.endnote import read_endnote, write_endnote
from indexers.errors import SourceError
from indexers.pubmed import read_pubmed
from indexers.records import Record
from indexers.tagged import nbib_lines, read_nbib, read_ris, ris_lines, year_in

_REQUIRED = ("record_id", "title", "abstract")
_ONE = ("source", "pmid", "doi", "pmcid", "journal", "language", "licence")
_MANY = (
    *("authors", "publication_types", "mesh", "mesh_headings", "chemicals", "keywords"),
    "retraction_pmids",
)
_COLUMNS = (*_REQUIRED, "year", *_ONE, *_MANY, "retracted")
_DELIMITERS = ",;\t|"
_LONGEST_LINE_BYTES = 16 * 1024 * 1024
_MANY_SEPARATOR = "; "
# A semicolon within a value is written %3B, and a %3B that was there before %253B.
_ESCAPED = re.compile(r"%((?:25)*)3B")
_TRUE = {"1", "true", "yes"}
_UNPACKED_ALWAYS = 16 * 1024 * 1024
_LARGEST_RATIO = 100  # text packs to a tenth at best, a bomb to a thousandth
_SUFFIXES = ".jsonl, .csv, .ris, .nbib, .bib, .xml (each also .gz)"
_ENDNOTE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml\s[^>]*\?>)?\s*(?:<!DOCTYPE xml[\s>][^<]*)?<xml[\s>]"
)
# A spreadsheet would run a cell that starts so; one apostrophe keeps it text.
_FORMULA = re.compile(r"'*[=+\-@\t]")


def read_records(path: Path) -> list[Record]:
    """Read the records of a file.

    CSV needs the columns record_id, title and abstract; columns of other names are ignored, lists
    (authors, mesh, …) are parted by semicolons, delimiter and encoding are detected.

    Raises:
        SourceError: The file is missing or damaged, or its format is not known; the error names
            the line where that is known.
    """
    match _kind(path):
        case ".jsonl":
            return _distinct(path, _from_jsonl(path, _text(path)))
        case ".csv" | ".tsv":
            return _distinct(path, _from_csv(path, _text(path)))
        case ".ris":
            return read_ris(path, _text(path))
        case ".nbib":
            return read_nbib(path, _text(path))
        case ".bib":
            return read_bibtex(path)
        case ".xml":
            return read_endnote(path) if _is_endnote(path) else list(read_pubmed(path))
        case other:
            raise SourceError(path, f"expected a file ending in {_SUFFIXES}, not {other!r}")


def stream_records(path: Path) -> Iterator[Record]:
    """The records of a file of JSON lines, one at a time in constant memory; others as read whole.

    Record ids of JSON lines are not compared.

    Raises:
        SourceError: As `read_records`; JSON lines must be UTF-8.
    """
    if _kind(path) != ".jsonl":
        yield from read_records(path)
        return
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with opener(path, "rb") as stream:
            number = 0
            while raw := stream.readline(_LONGEST_LINE_BYTES + 1):
                number += 1
                if len(raw) > _LONGEST_LINE_BYTES:
                    wanted = f"expected a record under {_LONGEST_LINE_BYTES:,} bytes"
                    raise SourceError(path, wanted, number)
                if number == 1:
                    raw = raw.removeprefix(b"\xef\xbb\xbf")
                if raw.strip():
                    yield _record_of(path, raw, number)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(path, f"expected a readable file ({error})") from error


def write_records(records: Iterable[Record], path: Path) -> None:
    """Write records as .jsonl, .csv, .ris, .nbib, .bib or (EndNote) .xml, each also .gz.

    JSON lines keep everything and CSV all but the difference of empty and missing; the others
    keep what they have tags for, on one line each.

    Raises:
        SourceError: The suffix is not one of these, or the file cannot be written.
    """
    match _kind(path):
        case ".jsonl":
            text = "".join(f"{record.model_dump_json()}\n" for record in records)
        case ".csv":
            text = _as_csv(records)
        case ".ris":
            text = "".join(f"{line}\n" for record in records for line in ris_lines(record))
        case ".nbib":
            text = "".join(f"{line}\n" for record in records for line in nbib_lines(record))
        case ".bib":
            return write_bibtex(records, path)
        case ".xml":
            return write_endnote(records, path)
        case other:
            raise SourceError(path, f"expected a file ending in {_SUFFIXES}, not {other!r}")
    raw = text.encode()
    try:
        path.write_bytes(gzip.compress(raw, mtime=0) if path.suffix == ".gz" else raw)
    except OSError as error:
        raise SourceError(
            path, f"expected a file that can be written ({error.strerror})"
        ) from error


def _kind(path: Path) -> str:
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix


def _is_endnote(path: Path) -> bool:
    """Whether the root element is EndNote's; a file that cannot be read is left to its reader."""
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with opener(path, "rb") as stream:
            return _ENDNOTE.match(stream.read(4096)) is not None
    except (OSError, EOFError, zlib.error):
        return False


def _text(path: Path) -> str:
    r"""The file as text with `\n` line ends: UTF-8, UTF-16 with a mark, or else Windows-1252."""
    try:
        raw = _unpacked(path) if path.suffix.lower() == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(path, f"expected a readable file ({error})") from error
    marked = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text.replace("\r\n", "\n").replace("\r", "\n")
    raise SourceError(path, "expected text in UTF-8, UTF-16 or Windows-1252")


def _unpacked(path: Path) -> bytes:
    limit = max(_UNPACKED_ALWAYS, _LARGEST_RATIO * path.stat().st_size)
    with gzip.open(path, "rb") as stream:
        raw = stream.read(limit + 1)
    if len(raw) > limit:
        raise SourceError(path, f"expected a .gz of text, this unpacks to over {limit:,} bytes")
    return raw


def _from_jsonl(path: Path, text: str) -> Iterator[tuple[int, Record]]:
    for line, raw in enumerate(text.split("\n"), 1):
        if raw.strip():
            yield line, _record_of(path, raw, line)


def _record_of(path: Path, raw: str | bytes, line: int) -> Record:
    try:
        return Record.model_validate_json(raw)
    except ValidationError as error:
        raise SourceError(path, f"expected a record as JSON: {_first(error)}", line) from error


def _from_csv(path: Path, text: str) -> Iterator[tuple[int, Record]]:
    header, delimiter = _header(path, text)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in rows:
            if line > 1 and any(cell.strip() for cell in row):
                if len(row) != len(header):
                    wanted = f"expected {len(header)} fields as in the header, found {len(row)}"
                    raise SourceError(path, wanted, line)
                yield line, _from_row(path, line, dict(zip(header, row, strict=True)))
            line = rows.line_num + 1
    except csv.Error as error:
        raise SourceError(path, f"expected CSV from this line on: {error}", line) from error


def _header(path: Path, text: str) -> tuple[list[str], str]:
    """The column names in lower case, and the delimiter that parts them best."""
    first = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        cells = next(csv.reader([first], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        raise SourceError(path, f"expected a CSV header: {error}", 1) from error
    header = [cell.strip().lower() for cell in cells]
    missing = [name for name in _REQUIRED if name not in header]
    if missing:
        raise SourceError(
            path, f"expected the columns {', '.join(missing)}, found {header!r:.120}", 1
        )
    doubled = [name for name in _COLUMNS if header.count(name) > 1]
    if doubled:
        raise SourceError(path, f"expected one column {doubled[0]}, found several", 1)
    return header, delimiter


def _from_row(path: Path, line: int, row: dict[str, str]) -> Record:
    cells = {name: _unguarded(row.get(name, "")).strip() for name in _COLUMNS}
    if not cells["record_id"]:
        raise SourceError(path, "expected a record_id, found an empty field", line)
    many = {
        name: tuple(_unescaped(part.strip()) for part in cells[name].split(";") if part.strip())
        for name in _MANY
    }
    one = {name: cells[name] or None for name in _ONE if name != "source"}
    return Record.model_validate(
        {
            **{name: cells[name] for name in _REQUIRED},
            **one,
            **many,
            "source": cells["source"] or "csv",
            "pmid": cells["pmid"].removesuffix(".0") or None,  # a number to some spreadsheets
            "year": year_in(cells["year"]),
            "retracted": cells["retracted"].lower() in _TRUE,
        }
    )


def _as_csv(records: Iterable[Record]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for record in records:
        fields = record.model_dump()
        writer.writerow([_guarded(_cell(fields[name])) for name in _COLUMNS])
    return out.getvalue()


def _cell(value: str | int | bool | tuple[str, ...] | None) -> str:
    if isinstance(value, tuple):
        return _MANY_SEPARATOR.join(_escaped(part) for part in value)
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _escaped(value: str) -> str:
    return _ESCAPED.sub(r"%25\g<1>3B", value).replace(";", "%3B")


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda found: f"%{found[1][2:]}3B" if found[1] else ";", value)


def _guarded(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _distinct(path: Path, numbered: Iterable[tuple[int, Record]]) -> list[Record]:
    """The records; an id that comes twice is an error, for these formats declare their ids."""
    lines: dict[str, int] = {}
    records = []
    for line, record in numbered:
        if record.record_id in lines:
            other = lines[record.record_id]
            wanted = (
                f"expected record ids that differ; {record.record_id!r} is also on line {other}"
            )
            raise SourceError(path, wanted, line)
        lines[record.record_id] = line
        records.append(record)
    return records


def _first(error: ValidationError) -> str:
    found = error.errors()[0]
    where = ".".join(str(part) for part in found["loc"])
    return f"{where}: {found['msg']}" if where else str(found["msg"])
