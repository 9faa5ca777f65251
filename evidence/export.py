"""Exports of a review; each refuses what is not grounded."""

from __future__ import annotations

import csv
import io
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from evidence.errors import GroundingError, SettingsError
from evidence.findings import Sentence, values
from evidence.grounding import quotes_in
from evidence.prisma import deduplication_text
from evidence.project import Project
from evidence.rendering.decision_docx import add_decision
from evidence.rendering.decision_markdown import decision_markdown
from evidence.rendering.decision_text import ToldDecision, decision_text
from evidence.rendering.screening_text import screening_text
from evidence.rendering.summary_of_findings_text import summary_of_findings_markdown
from evidence.report import Report, ReportedStudy, ScreenedRecord, build_report
from evidence.synthesis.findings_table import COLUMNS, FindingsTable, findings_table
from evidence.verification import verify
from indexers.records import Document

if TYPE_CHECKING:
    from docx.document import Document as DocxDocument

ExportFormat = Literal["docx", "html", "md", "csv", "ris", "json"]


def export(project: Project, export_format: str, path: Path) -> Path:
    """Write one export and return its path.

    Raises:
        GroundingError: The project does not verify: a quote, a value or the chain is at fault.
        SettingsError: The format is unknown.
    """
    if export_format not in get_args(ExportFormat):
        formats = ", ".join(get_args(ExportFormat))
        raise SettingsError(f"format {export_format!r}: expected one of {formats}")
    problems = list(verify(project))
    if problems:
        raise GroundingError(
            f"{project.path}: not exported, {len(problems)} problems; the first: {problems[0]}"
        )
    report = build_report(project)
    match export_format:
        case "docx":
            _write(path, _docx(report))
        case "html":
            _write(path, report_html(project, report).encode())
        case "md":
            _write(path, _markdown(report).encode())
        case "csv":
            _write(path, _csv(report).encode())
        case "ris":
            from indexers.references import write_records

            write_records([study.record for study in report.included], path)
        case _:
            _write(path, (report.model_dump_json(indent=1) + "\n").encode())
    return path


def write_report(project: Project, folder: Path) -> Path:
    """Write report.json and report.html into a folder; the same log gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    export(project, "json", folder / "report.json")
    return export(project, "html", folder / "report.html")


def report_html(project: Project, report: Report) -> str:
    """The report as one HTML file, with its plots and the texts that it quotes."""
    from evidence.rendering.report_html import render_html
    from evidence.synthesis.forest import forest_svg

    forests = {row.row_id: forest_svg(row) for row in report.rows if row.effect is not None}
    return render_html(report, _quoted_texts(project, report), forests)


def _quoted_texts(project: Project, report: Report) -> dict[str, Document]:
    """The texts that the report quotes; one that several records share goes by the one reported."""
    texts: dict[str, Document] = {}
    reported: list[ReportedStudy | ScreenedRecord] = [*report.included]
    for item in (*reported, *report.awaiting, *report.excluded):
        own = {"record_id": item.record.record_id}
        for digest in {quote.document_digest: None for quote in quotes_in(item)}:
            document = project.document(digest)
            if document is not None:
                texts.setdefault(digest, document.model_copy(update=own))
    for quote in quotes_in(report):
        document = project.document(quote.document_digest)
        if document is not None:
            texts.setdefault(quote.document_digest, document)
    return texts


def _markdown(report: Report) -> str:
    lines = [f"# {report.question.text}", "", "## Draft recommendation", ""]
    lines += [sentence.text for sentence in _sentences(report)]
    lines += ["", "Decision support only: a person decides.", "", "## Summary of findings", ""]
    lines += summary_of_findings_markdown(_findings(report)).splitlines()
    told = _decision(report)
    lines += decision_markdown(told) if told is not None else []
    lines += ["", "## Duplicates", "", deduplication_text(report.prisma)]
    lines += _screening_markdown(report)
    lines += ["", "## Included studies", ""]
    for study in report.included:
        doi = f" doi:{study.record.doi}" if study.record.doi else ""
        lines.append(f"- {study.study}: {study.record.title}.{doi}")
    return "\n".join(lines) + "\n"


def _screening_markdown(report: Report) -> list[str]:
    told = screening_text(report.screening)
    lines = ["", "## Screening"]
    lines += [line for paragraph in told.paragraphs for line in ("", _literal(paragraph))]
    if told.agreement:
        lines += ["", "### Agreement of the reviewers", ""]
        lines += [f"- {_literal(line)}" for line in told.agreement]
    if told.certificate:
        lines += ["", "### Stopping certificate", ""]
        lines += [f"- {name}: {text}" for name, text in told.certificate]
    return lines


def _literal(text: str) -> str:
    """Text with names in it as Markdown that shows it as it is."""
    return re.sub(r"([\\`*_<>\[\]#|])", r"\\\1", text)


def _findings(report: Report) -> FindingsTable:
    return findings_table(report.rows, report.question.pico.intervention)


def _sentences(report: Report) -> tuple[Sentence, ...]:
    return report.recommendation.sentences if report.recommendation else ()


def _decision(report: Report) -> ToldDecision | None:
    return decision_text(report.recommendation) if report.recommendation else None


def _csv(report: Report) -> str:
    """One line an extracted number, with where it stands."""
    table = io.StringIO()
    lines = [line for study in report.included for line in _number_lines(study)]
    names = list(lines[0]) if lines else ["record_id"]
    writer = csv.DictWriter(table, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return table.getvalue()


def _number_lines(study: ReportedStudy) -> list[dict[str, object]]:
    return [
        {
            "record_id": outcome.record_id,
            "study": study.study,
            "outcome": outcome.outcome,
            "reported_as": _inert(outcome.reported_as),
            "time_point": outcome.time_point or "",
            "intervention": _inert(outcome.intervention),
            "comparator": _inert(outcome.comparator),
            "field": item.field,
            "value": values(outcome.data)[item.field],
            "derivation": item.derivation or "",
            "quote": _inert(item.quotes[0].text),
            "document_digest": item.quotes[0].document_digest,
            "start": item.quotes[0].start,
            "end": item.quotes[0].end,
            "flags": "; ".join(outcome.flags),
        }
        for outcome in study.outcomes
        for item in outcome.evidence
    ]


def _inert(text: str) -> str:
    """Text that a spreadsheet will not run as a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def _docx(report: Report) -> bytes:
    import docx

    document = docx.Document()
    document.add_heading(report.question.text, level=0)
    document.add_heading("Draft recommendation", level=1)
    for sentence in _sentences(report):
        document.add_paragraph(sentence.text)
        for quote in sentence.quotes:
            document.add_paragraph(f"“{quote.text}”", style="Intense Quote")
    document.add_paragraph("Decision support only: a person decides.")
    document.add_heading("Summary of findings", level=1)
    findings = _findings(report)
    table = document.add_table(rows=1, cols=len(COLUMNS), style="Light Grid Accent 1")
    for cell, text in zip(table.rows[0].cells, COLUMNS, strict=True):
        cell.text = text
    for line in findings.lines:
        for cell, text in zip(table.add_row().cells, line.cells, strict=True):
            cell.text = text
    for mark, text in findings.footnotes:
        document.add_paragraph(f"{mark}. {text}")
    told = _decision(report)
    if told is not None:
        add_decision(document, told)
    document.add_heading("Duplicates", level=1)
    document.add_paragraph(deduplication_text(report.prisma))
    _add_screening(document, report)
    document.add_heading("Included studies", level=1)
    for study in report.included:
        doi = f" doi:{study.record.doi}" if study.record.doi else ""
        document.add_paragraph(f"{study.study}: {study.record.title}.{doi}", style="List Bullet")
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _add_screening(document: DocxDocument, report: Report) -> None:
    told = screening_text(report.screening)
    document.add_heading("Screening", level=1)
    for paragraph in told.paragraphs:
        document.add_paragraph(paragraph)
    if told.agreement:
        document.add_heading("Agreement of the reviewers", level=2)
    for line in told.agreement:
        document.add_paragraph(line, style="List Bullet")
    if told.certificate:
        document.add_heading("Stopping certificate", level=2)
    for name, text in told.certificate:
        document.add_paragraph(f"{name}: {text}", style="List Bullet")


def _write(path: Path, body: bytes) -> None:
    """Write beside the target and swap, so that a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.write_bytes(body)
    half.replace(path)
