"""Files of records as people have them: what can be read is read, the rest is named by its line.

An export of 5,000 references with one that lacks its end is still an export of 4,999; nothing is
dropped in silence. XML that is not well-formed and packed files are read whole or not at all.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Sequence
from pathlib import Path

from evidence.errors import SourceError
from evidence.sources import RECORD_ENDINGS
from indexers.control_characters import ControlTally
from indexers.records import Frozen, Record
from indexers.references import read_records

MOST_UNREADABLE = 20
"""Places of a file that are passed over, fewer of one over 10 MB; a file with more is damaged."""
_READ_AGAIN_BYTES = 200_000_000  # in all, so that 50 MB of junk are refused in seconds
_MOST_KNOWN = 2_000  # each is looked for in every part of a strategy
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_TEXT_FORMATS = (".ris", ".nbib", ".csv", ".tsv", ".jsonl")
_RIS_START, _RIS_END, _NBIB_START = b"TY  -", b"ER  -", (b"PMID- ", b"PMID-\t")
_EXPECTED = "expected a file ending in .ris, .nbib, .csv, .xml, .bib or .jsonl"


class Unreadable(Frozen):
    """A reference or row that was passed over: the line where it starts, and why."""

    line: int
    why: str


class GivenFile(Frozen):
    """What a file holds, under the name that its owner knows it by.

    `n_controls` control characters were dropped from its texts.
    """

    name: str
    records: tuple[Record, ...]
    unreadable: tuple[Unreadable, ...] = ()
    n_controls: int = 0


def read_given(name: str, content: bytes) -> GivenFile:
    """Read a file that somebody handed in; its name only tells the format.

    Args:
        name: As its owner calls it. PubMed's and Ovid's exports may end in `.txt`.
        content: Its bytes.

    Raises:
        SourceError: The format is not known, nothing can be read, or too much cannot.
    """
    suffix = _suffix(name, content)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"given{suffix}"
        path.write_bytes(content)
        tally = ControlTally()
        try:
            records = read_records(path, tally)
        except SourceError as error:
            if suffix not in _TEXT_FORMATS or content.startswith(_UTF_16) or error.line is None:
                raise SourceError(name, error.expected, error.line) from error
            return _read_around(name, path, suffix, content.splitlines(), error)
    if not records:
        raise SourceError(name, "expected at least one record")
    return GivenFile(name=name, records=tuple(records), n_controls=tally.n_dropped)


def known_of(name: str, content: bytes) -> list[str]:
    """The records that a search ought to find: those of a file, or ids in a text, one a line.

    Raises:
        SourceError: It names no record.
    """
    try:
        found = [record.pmid or record.record_id for record in read_given(name, content).records]
    except SourceError:
        if not name.lower().endswith(".txt"):
            raise
        rows = content.decode("utf-8-sig", "replace").splitlines()
        found = [row.split("#")[0].strip() for row in rows[:_MOST_KNOWN]]
    kept = [each for each in dict.fromkeys(found) if each]
    if not kept:
        raise SourceError(name, "expected records, or ids of records, one a line")
    return kept[:_MOST_KNOWN]


def _suffix(name: str, content: bytes) -> str:
    lower = name.lower()
    found = next((ending for ending in RECORD_ENDINGS if lower.endswith(ending)), None)
    if found is not None:
        return found
    if lower.endswith(".txt"):
        lines = content.removeprefix(b"\xef\xbb\xbf").splitlines()
        if any(line.startswith(_RIS_START) for line in lines):
            return ".ris"
        if any(line.startswith(_NBIB_START) for line in lines):
            return ".nbib"
    raise SourceError(name, _EXPECTED)


def _read_around(
    name: str, path: Path, suffix: str, lines: list[bytes], error: SourceError
) -> GivenFile:
    """Blank what the reader stumbles over, so that line numbers hold, and read again."""
    passed: list[Unreadable] = []
    most = min(MOST_UNREADABLE, max(1, _READ_AGAIN_BYTES // max(1, path.stat().st_size)))
    while error.line is not None and len(passed) < most:
        first, end = _stretch(suffix, lines, error.line - 1)
        if first == end or (suffix in (".csv", ".tsv") and first == 0):
            break
        passed.append(Unreadable(line=first + 1, why=error.expected))
        lines[first:end] = [b""] * (end - first)
        path.write_bytes(b"\n".join(lines) + b"\n")
        tally = ControlTally()
        try:
            records = read_records(path, tally)
        except SourceError as again:
            error = again
            continue
        if records:
            ordered = tuple(sorted(passed, key=lambda place: place.line))
            return GivenFile(
                name=name,
                records=tuple(records),
                unreadable=ordered,
                n_controls=tally.n_dropped,
            )
        break
    if len(passed) >= most > 1:
        wanted = f"more than {most} places cannot be read; {error.expected}"
        raise SourceError(name, wanted, error.line)
    told = passed[0] if passed else None
    if told is not None:
        raise SourceError(name, told.why, told.line)
    raise SourceError(name, error.expected, error.line)


def _stretch(suffix: str, lines: Sequence[bytes], at: int) -> tuple[int, int]:
    """The reference or row that a fault on a line belongs to, as half-open 0-based lines."""
    if not 0 <= at < len(lines):
        return 0, 0
    match suffix:
        case ".ris":
            return _ris_reference(lines, at)
        case ".nbib":
            return _block(lines, at)
        case ".csv" | ".tsv":
            return at, min(len(lines), at + _lines_of_row(lines, at))
        case _:
            return at, at + 1


def _ris_reference(lines: Sequence[bytes], at: int) -> tuple[int, int]:
    """From TY to the next TY; where one without an end stands before the fault, that one."""
    start = at
    for number in range(at - 1, -1, -1):
        if lines[number].startswith(_RIS_END):
            break
        if lines[number].startswith(_RIS_START):
            start = number
            break
    for number in range(start + 1, len(lines)):
        if lines[number].startswith(_RIS_START):
            return start, number
    return start, len(lines)


def _block(lines: Sequence[bytes], at: int) -> tuple[int, int]:
    """The lines between two blank ones."""
    first = end = at
    while first > 0 and lines[first - 1].strip():
        first -= 1
    while end < len(lines) and lines[end].strip():
        end += 1
    return first, end


def _lines_of_row(lines: Sequence[bytes], at: int) -> int:
    """How many lines a row of CSV takes; one where that cannot be told."""
    text = (line.decode("latin-1") + "\n" for line in lines[at:])
    rows = csv.reader(text)
    try:
        next(rows, None)
    except csv.Error:
        return 1
    return max(1, rows.line_num)
