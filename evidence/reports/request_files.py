"""The request list as a file: a table, a file for document delivery, or a page to read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, Literal

from evidence.rendering.markdown_text import markdown_literal
from evidence.reports.requests import MissingReport, ReportRequest, RequestList, printable
from indexers.records import Record
from indexers.spreadsheet_cells import inert_cell
from indexers.tagged import ris_lines

RequestFormat = Literal["csv", "ris", "md"]
_COLUMNS = ("record_id", "citation", "doi", "pmid", "pmcid", "links", "wanted_by", "asked")
_ASKED = {"to_retrieve": "not had yet", "not_in_store": "the store has no full text of it"}


def written(found: RequestList, request_format: RequestFormat) -> str:
    """The requests in one format; Markdown also tells the counts and what cannot be had."""
    match request_format:
        case "csv":
            return _csv(found)
        case "ris":
            return "".join(f"{line}\n" for r in found.requests for line in _ris(r))
        case "md":
            return "\n".join(_markdown(found)) + "\n"


def as_values(found: RequestList) -> dict[str, Any]:
    """The list for JSON."""
    return {
        "sought": found.sought,
        "had": found.had,
        "not_retrieved": found.not_retrieved,
        "to_retrieve": found.to_retrieve,
        "requests": [_values(r.record) | _fields(r) for r in found.requests],
        "missing": [_values(m.record) | _fields(m) for m in found.missing],
    }


def _values(record: Record) -> dict[str, Any]:
    return {
        "record_id": record.record_id,
        "doi": record.doi,
        "pmid": record.pmid,
        "pmcid": record.pmcid,
    }


def _fields(item: ReportRequest | MissingReport) -> dict[str, Any]:
    return item.model_dump(mode="json", exclude={"record"})


def counts_line(found: RequestList) -> str:
    """The counts of retrieval in one line."""
    n_machine = sum(request.asked == "not_in_store" for request in found.requests)
    line = (
        f"{found.sought:,} reports sought: {found.had:,} had, "
        f"{found.not_retrieved:,} not retrieved, {found.to_retrieve:,} to retrieve; "
        f"{len(found.requests):,} to request"
    )
    if n_machine:
        line += f" ({n_machine:,} of them not retrieved because the store has no full text)"
    return line


def _csv(found: RequestList) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for request in found.requests:
        record = request.record
        cells = (
            *(record.record_id, request.citation, record.doi, record.pmid, record.pmcid),
            *(" ".join(request.links), "; ".join(request.wanted_by), request.asked),
        )
        writer.writerow([inert_cell(printable(cell or "")) for cell in cells])
    return out.getvalue()


def _ris(request: ReportRequest) -> Iterator[str]:
    """The record as RIS, with its addresses and who wants it before the end of the reference."""
    for line in ris_lines(request.record):
        if line.startswith("ER  - "):
            yield from (f"UR  - {link}" for link in request.links)
            if request.wanted_by:
                yield f"N1  - Included by {printable('; '.join(request.wanted_by))}"
        yield line


def _markdown(found: RequestList) -> Iterator[str]:
    yield "# Reports to request"
    yield ""
    yield f"{counts_line(found)}."
    yield ""
    for number, request in enumerate(found.requests, 1):
        yield f"{number}. {_plain(request.citation)}"
        ids = {"DOI": request.record.doi, "PMID": request.record.pmid}
        told = [f"{name} {value}" for name, value in ids.items() if value]
        told += [request.record.pmcid] if request.record.pmcid else []
        yield f"   - {_plain('; '.join([f'Record {request.record.record_id}', *told]))}"
        yield from (f"   - {link}" for link in request.links)
        by = f"; included by {', '.join(request.wanted_by)}" if request.wanted_by else ""
        yield f"   - {_plain(f'{_ASKED[request.asked]}{by}')}"
    if found.missing:
        yield from ("", "## Not retrieved", "")
        for missing in found.missing:
            why = f"{missing.reason} ({missing.said_by})"
            yield f"- {_plain(missing.citation)} {_plain(why)}"


def _plain(text: str) -> str:
    """One line of text that Markdown shows as it stands."""
    return markdown_literal(printable(text))
