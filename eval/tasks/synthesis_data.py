"""What the TrialReviewBench release says of results: numbers of studies, published estimates.

A release folder holds `study_results/PMID.xlsx` (a sheet an outcome, a row a study) and
`search_screen/PMID.json` (the review; its abstract prints the pooled estimates). The release's
`study_characteristics` are not read. `eval.tasks.synthesis` has the protocol.
"""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from evidence.errors import SourceError

SYNTHESIS_EXPECTED = "a TrialReviewBench folder with study_results/*.xlsx and search_screen/*.json"

_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_LARGEST = 20_000_000  # bytes of a sheet once unpacked
_MEASURES = {"HR": "HR", "HS": "HR", "OR": "OR", "RR": "RR"}  # one review prints HS for HR
_NUMBER = r"(\d*\.?\d+)"

Cells = dict[str, str]


class PublishedEstimate(NamedTuple):
    """A pooled effect as the review's abstract prints it."""

    measure: str
    estimate: float
    ci_low: float
    ci_high: float


class PublishedOutcome(NamedTuple):
    """One outcome of one review: its studies' rows, and the published estimate if printed.

    `failure` tells why the review's workbook or text cannot be read; it stands for all outcomes.
    """

    review: str
    outcome: str
    rows: tuple[Cells, ...]
    published: PublishedEstimate | None
    failure: str | None = None

    @property
    def unit(self) -> str:
        """The name under which the outcome is scored."""
        return f"{self.review}/{self.outcome}"


def load_outcomes(folder: Path) -> tuple[list[Path], list[PublishedOutcome]]:
    """The files read and the outcomes of a release.

    Args:
        folder: The release, its folder study_results, or one workbook in that.

    Raises:
        SourceError: The folder has no results, or none that can be read.
    """
    given = folder
    if folder.name == "study_results" or folder.parent.name == "study_results":
        folder = folder.parent if folder.is_dir() else folder.parent.parent
    books = [given] if given.is_file() else sorted((folder / "study_results").glob("*.xlsx"))
    if not books:
        raise SourceError(folder, f"no study_results/*.xlsx; expected {SYNTHESIS_EXPECTED}")
    files, outcomes = [], []
    for book in books:
        review = folder / "search_screen" / f"{book.stem}.json"
        files += [path for path in (book, review) if path.is_file()]
        try:
            text, sheets = _results_text(review), read_sheets(book)
        except SourceError as error:
            outcomes.append(PublishedOutcome(book.stem, "not read", (), None, str(error)))
            continue
        for name, rows in sheets:
            published = published_estimate(text, name, [other for other, _ in sheets])
            outcomes.append(PublishedOutcome(book.stem, name, tuple(rows), published))
    if all(outcome.failure is not None for outcome in outcomes):
        raise SourceError(folder, f"expected {SYNTHESIS_EXPECTED}; {outcomes[0].failure}")
    return files, outcomes


def published_estimate(
    text: str, outcome: str, others: Sequence[str] = ()
) -> PublishedEstimate | None:
    """The first estimate with a 95 % interval that a text prints after an outcome's initials.

    `overall_survival` is looked for as OS; the words between may hold no other number and not the
    initials of the review's other outcomes.
    """
    stops = "|".join(re.escape(_initials(other)) for other in others if other != outcome)
    letter = rf"(?!\b(?:{stops})\b)[^\d.]" if stops else r"[^\d.]"
    found = re.search(
        rf"\b{re.escape(_initials(outcome))}\b(?:{letter}){{0,200}}?\b(HR|HS|OR|RR)\)?"
        rf"\s*[,=:]?\s*{_NUMBER}"
        rf"\s*[,;]?\s*95\s*%[^\d.]{{0,40}}{_NUMBER}\s*(?:-|–|to)\s*{_NUMBER}",
        text,
    )
    if found is None:
        return None
    estimate, low, high = (float(part) for part in found.groups()[1:])
    return PublishedEstimate(_MEASURES[found.group(1)], estimate, low, high)


def _initials(outcome: str) -> str:
    return "".join(word[0] for word in re.split(r"[_\W]+", outcome) if word).upper()


def read_sheets(path: Path) -> list[tuple[str, list[Cells]]]:
    """The sheets of a workbook: name, and the rows below the header by column name.

    Raises:
        SourceError: It is no workbook.
    """
    from lxml import etree

    try:
        with zipfile.ZipFile(path) as book:
            strings = []
            if "xl/sharedStrings.xml" in book.namelist():
                shared = _tree(path, book, "xl/sharedStrings.xml")
                strings = ["".join(t.text or "" for t in si.iter(f"{_NS}t")) for si in shared]
            targets = {
                relation.get("Id"): relation.get("Target", "").removeprefix("/xl/")
                for relation in _tree(path, book, "xl/_rels/workbook.xml.rels")
            }
            return [
                (
                    sheet.get("name"),
                    _rows(_tree(path, book, f"xl/{targets[sheet.get(_REL)]}"), strings),
                )
                for sheet in _tree(path, book, "xl/workbook.xml").iter(f"{_NS}sheet")
            ]
    except (
        *(OSError, EOFError, zipfile.BadZipFile, zlib.error, etree.XMLSyntaxError),
        *(KeyError, IndexError, ValueError),
    ) as error:
        raise SourceError(path, f"expected an .xlsx workbook ({error})") from error


def _tree(path: Path, book: zipfile.ZipFile, name: str) -> Any:
    from lxml import etree

    if book.getinfo(name).file_size > _LARGEST:
        raise SourceError(path, f"{name} is larger than {_LARGEST:,} bytes; expected a table")
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.fromstring(book.read(name), parser)


def _rows(sheet: Any, strings: list[str]) -> list[Cells]:
    lines: list[dict[int, str]] = []
    for row in sheet.iter(f"{_NS}row"):
        column, line = 0, {}
        for cell in row.iter(f"{_NS}c"):
            column = _column(cell.get("r"), column)
            line[column] = _value(cell, strings)
        lines.append(line)
    if not lines:
        return []
    header = lines[0]
    return [
        {header[column]: text for column, text in line.items() if header.get(column) and text}
        for line in lines[1:]
        if any(line.values())
    ]


def _column(reference: str | None, before: int) -> int:
    """The 1-based column of a cell; the next one where a writer leaves out its reference."""
    column = 0
    for letter in (reference or "").rstrip("0123456789"):
        column = 26 * column + int(letter, 36) - 9
    return column or before + 1


def _value(cell: Any, strings: list[str]) -> str:
    if cell.get("t") == "inlineStr":
        return "".join(t.text or "" for t in cell.iter(f"{_NS}t"))
    value = cell.find(f"{_NS}v")
    text = "" if value is None else value.text or ""
    return strings[int(text)] if cell.get("t") == "s" and text else text


def _results_text(path: Path) -> str:
    try:
        review = json.loads(path.read_text(encoding="utf-8-sig"))
        return str(review["text"]["results"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SourceError(path, "expected JSON of a review with text.results", 1) from error
