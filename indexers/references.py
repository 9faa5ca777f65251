"""Reference files in and out, chosen by suffix; XML is PubMed's or EndNote's by its root."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from indexers.bibtex import read_bibtex, write_bibtex
from indexers.control_characters import (
    ControlTally,
    bytes_without_controls,
    record_without_controls,
    without_controls,
)
from indexers.endnote import read_endnote, write_endnote
from indexers.errors import SourceError
from indexers.first_lines import EXPECTED, WEB_OF_SCIENCE, kind_of_text
from indexers.pubmed import read_pubmed
from indexers.record_tables import read_table, table_text
from indexers.records import Record
from indexers.tagged import nbib_lines, read_nbib, read_ris, ris_lines
from indexers.web_of_science import read_web_of_science
from indexers.written_files import write_packed

_LONGEST_LINE_BYTES = 16 * 1024 * 1024
_UNPACKED_ALWAYS = 16 * 1024 * 1024
_ESCAPED = b"\\u00"  # how JSON writes control characters
_LARGEST_RATIO = 100  # text packs to a tenth at best, a bomb to a thousandth
_WRITTEN = ".jsonl, .csv, .ris, .nbib, .bib, .xml (each also .gz)"
_READ = f"{_WRITTEN}, .tsv or .txt"
_ENDNOTE = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s*<\?xml\s[^>]*\?>)?(?:\s*<!DOCTYPE xml[\s>][^<]*)?\s*<xml[\s>]"
)


def read_records(path: Path, tally: ControlTally | None = None) -> list[Record]:
    """Read the records of a file; control characters are dropped.

    CSV needs the columns record_id, title and abstract; columns of other names are ignored, lists
    (authors, mesh, …) are parted by semicolons, delimiter and encoding are detected. Tables of
    PubMed, Scopus and Web of Science are known by their columns, a .txt by its first lines.

    Args:
        path: The file.
        tally: Counts the control characters that were dropped.

    Raises:
        SourceError: The file is missing or damaged, or its format is not known; the error names
            the line where that is known.
    """
    match _kind(path):
        case ".jsonl":
            return _distinct(path, _from_jsonl(path, _text(path, tally), tally))
        case ".csv" | ".tsv":
            return _distinct(path, read_table(path, _text(path, tally)))
        case ".ris":
            return read_ris(path, _text(path, tally))
        case ".nbib":
            return read_nbib(path, _text(path, tally))
        case ".txt":
            return _from_txt(path, _text(path, tally))
        case ".bib":
            return read_bibtex(path, tally)
        case ".xml":
            return read_endnote(path) if _is_endnote(path) else list(read_pubmed(path))
        case other:
            raise SourceError(path, f"expected a file ending in {_READ}, not {other!r}")


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
                    yield _record_of(path, bytes_without_controls(raw), number, None)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(path, f"expected a readable file ({error})") from error


def write_records(records: Iterable[Record], path: Path) -> None:
    """Write records as .jsonl, .csv, .ris, .nbib, .bib or (EndNote) .xml, each also .gz.

    JSON lines keep everything and CSV all but the difference of empty and missing; the others
    keep all but `source`, each value on one line.

    Raises:
        SourceError: The suffix is not one of these, or the file cannot be written.
    """
    match _kind(path):
        case ".jsonl":
            text = "".join(f"{record.model_dump_json()}\n" for record in records)
        case ".csv":
            text = table_text(records)
        case ".ris":
            text = "".join(f"{line}\n" for record in records for line in ris_lines(record))
        case ".nbib":
            text = "".join(f"{line}\n" for record in records for line in nbib_lines(record))
        case ".bib":
            return write_bibtex(records, path)
        case ".xml":
            return write_endnote(records, path)
        case other:
            raise SourceError(path, f"expected a file ending in {_WRITTEN}, not {other!r}")
    write_packed(path, text.encode())


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


def _text(path: Path, tally: ControlTally | None) -> str:
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
        return without_controls(text.replace("\r\n", "\n").replace("\r", "\n"), tally)
    raise SourceError(path, "expected text in UTF-8, UTF-16 or Windows-1252")


def _unpacked(path: Path) -> bytes:
    limit = max(_UNPACKED_ALWAYS, _LARGEST_RATIO * path.stat().st_size)
    with gzip.open(path, "rb") as stream:
        raw = stream.read(limit + 1)
    if len(raw) > limit:
        raise SourceError(path, f"expected a .gz of text, this unpacks to over {limit:,} bytes")
    return raw


def _from_txt(path: Path, text: str) -> list[Record]:
    match kind_of_text(text):
        case ".nbib":
            return read_nbib(path, text)
        case ".ris":
            return read_ris(path, text)
        case ".csv":
            return _distinct(path, read_table(path, text))
        case found if found == WEB_OF_SCIENCE:
            return _distinct(path, read_web_of_science(path, text))
        case _:
            raise SourceError(path, EXPECTED, 1)


def _from_jsonl(path: Path, text: str, tally: ControlTally | None) -> Iterator[tuple[int, Record]]:
    for line, raw in enumerate(text.split("\n"), 1):
        if raw.strip():
            yield line, _record_of(path, raw.encode(), line, tally)


def _record_of(path: Path, raw: bytes, line: int, tally: ControlTally | None) -> Record:
    try:
        record = Record.model_validate_json(raw)
        return record_without_controls(record, tally) if _ESCAPED in raw else record
    except ValidationError as error:
        raise SourceError(path, f"expected a record as JSON: {_first(error)}", line) from error


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
