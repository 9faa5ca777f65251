"""Verdicts that a person gave elsewhere, read from CSV: a line each, all of them good or none."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evidence.config import ScreeningSettings
from evidence.errors import ProjectError, SourceError
from evidence.judgements import Phase, Provenance, ScreeningDecision, Verdict
from evidence.screening.allowed import check_decision
from evidence.screening.verdicts import person_key
from evidence.state import ReviewState
from indexers.spreadsheet_cells import text_of_cell

_VERDICTS: dict[str, Verdict] = {
    "include": "include",
    "exclude": "exclude",
    "unclear": "unclear",
    "1": "include",
    "0": "exclude",
}
_COLUMNS = ("record_id", "verdict")


@dataclass(frozen=True)
class Label:
    """A line of the file: 1-based, the header is line 1."""

    line: int
    record_id: str
    verdict: Verdict
    exclusion_reason: str | None


@dataclass(frozen=True)
class ImportedLabels:
    """What a file of labels comes to.

    Attributes:
        decisions: What is to be written.
        n_known: Labels that this person gave before, word for word.
        duplicates: Records that are left out as duplicates, so nobody screens them.
    """

    decisions: tuple[ScreeningDecision, ...]
    n_known: int
    duplicates: tuple[str, ...]


def read_labels(path: Path) -> list[Label]:
    """Read `record_id`, `verdict` and, if there is one, `exclusion_reason`; other columns are free.

    Raises:
        SourceError: The file cannot be read, a column is missing, a verdict is none of include,
            exclude, unclear, 1 and 0, or a record stands on two lines.
    """
    labels: list[Label] = []
    lines: dict[str, int] = {}
    for line, cells in _rows(path):
        record_id = cells["record_id"].strip()
        verdict = _VERDICTS.get(cells["verdict"].strip().casefold())
        if not record_id:
            raise SourceError(path, "record_id: expected a record's id, found nothing", line)
        if verdict is None:
            expected = f"verdict {cells['verdict']!r}: expected {', '.join(_VERDICTS)}"
            raise SourceError(path, expected, line)
        if record_id in lines:
            expected = f"record {record_id!r}: expected one line, line {lines[record_id]} has it"
            raise SourceError(path, expected, line)
        reason = " ".join(cells.get("exclusion_reason", "").split()) or None
        if reason is not None and verdict != "exclude":
            expected = f"exclusion_reason {reason!r}: expected nothing, the verdict is {verdict}"
            raise SourceError(path, expected, line)
        lines[record_id] = line
        labels.append(Label(line, record_id, verdict, reason))
    if not labels:
        raise SourceError(path, "expected at least one label below the header", 1)
    return labels


def decisions_from(
    path: Path,
    state: ReviewState,
    screening: ScreeningSettings,
    phase: Phase,
    provenance: Provenance,
) -> ImportedLabels:
    """The decisions of a file of labels, each checked as if the person made it now.

    Raises:
        SourceError: A line is wrong, its record is unknown, or its decision would not count.
    """
    fresh: list[ScreeningDecision] = []
    n_known = 0
    duplicates = []
    name = person_key(provenance.actor)
    for label in read_labels(path):
        if label.record_id in state.duplicates:
            duplicates.append(label.record_id)
            continue
        decision = ScreeningDecision(
            record_id=label.record_id,
            phase=phase,
            verdict=label.verdict,
            exclusion_reason=label.exclusion_reason,
            provenance=provenance,
        )
        said = state.verdicts.get((label.record_id, phase))
        before = said.reviewers.get(name) if said is not None else None
        if before is not None and _same(before, decision):
            n_known += 1
            continue
        try:
            check_decision(state, screening, decision)
        except ProjectError as error:
            raise SourceError(path, str(error), label.line) from error
        fresh.append(decision)
    return ImportedLabels(tuple(fresh), n_known, tuple(duplicates))


def _same(one: ScreeningDecision, other: ScreeningDecision) -> bool:
    return (one.verdict, one.exclusion_reason) == (other.verdict, other.exclusion_reason)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The first line of each row with its cells by column; empty rows are passed over."""
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        header = _header(path, next(reader, []))
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if len(cells) != len(header):
                    expected = f"expected {len(header)} columns as in the header, got {len(cells)}"
                    raise SourceError(path, expected, line)
                yield line, dict(zip(header, map(text_of_cell, cells), strict=True))
            line = reader.line_num + 1
    except csv.Error as error:
        expected = f"expected comma-separated values: {error}"
        raise SourceError(path, expected, reader.line_num) from error


def _header(path: Path, cells: Sequence[str]) -> list[str]:
    header = [cell.strip() for cell in cells]
    missing = [column for column in _COLUMNS if column not in header]
    doubled = sorted({name for name in header if header.count(name) > 1})
    if missing:
        raise SourceError(path, f"expected a column {' and '.join(missing)} in the header", 1)
    if doubled:
        raise SourceError(path, f"expected each column once, {', '.join(doubled)} is doubled", 1)
    return header


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")  # spreadsheets put a byte order mark in front
    except OSError as error:
        raise SourceError(path, f"expected a readable CSV file ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise SourceError(path, f"expected UTF-8 text; byte {error.start} is not") from error
