"""The report of a review as a Word document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from evidence.prisma import deduplication_text
from evidence.rendering.ai_use_text import HEADS, TITLE, ai_use_text
from evidence.rendering.decision_docx import add_decision
from evidence.rendering.decision_text import decision_text
from evidence.rendering.docx_file import docx_bytes, docx_text
from evidence.rendering.screening_text import screening_text
from evidence.rendering.signatures import history_lines, recommendation_title, standing_lines
from evidence.rendering.studies_docx import (
    add_flow,
    add_others,
    add_outcomes,
    add_risk_of_bias,
    add_studies,
)
from evidence.report import Report
from evidence.synthesis.findings_table import COLUMNS, ROUNDING, findings_table

if TYPE_CHECKING:
    from docx.document import Document


def render_docx(report: Report) -> bytes:
    """The report as the bytes of a file; the same report gives the same bytes."""
    import docx

    document = docx.Document()
    properties = document.core_properties
    properties.author = properties.comments = ""
    document.add_heading(docx_text(report.question.text), level=0)
    document.add_heading(recommendation_title(report), level=1)
    for sentence in report.recommendation.sentences if report.recommendation else ():
        document.add_paragraph(docx_text(sentence.text))
        for quote in sentence.quotes:
            document.add_paragraph(f"“{docx_text(quote.text)}”", style="Intense Quote")
    for line in standing_lines(report):
        document.add_paragraph(docx_text(line))
    document.add_paragraph("Decision support only: a person decides.")
    _add_findings(document, report)
    told = decision_text(report.recommendation) if report.recommendation else None
    if told is not None:
        add_decision(document, told)
    add_outcomes(document, report)
    add_risk_of_bias(document, report)
    add_flow(document, report)
    document.add_paragraph(docx_text(deduplication_text(report.prisma)))
    _add_screening(document, report)
    history = history_lines(report)
    if history:
        document.add_heading("Versions of the recommendation", level=1)
    for line in history:
        document.add_paragraph(docx_text(line), style="List Number")
    _add_automation(document, report)
    add_studies(document, report)
    add_others(document, report)
    return docx_bytes(document)


def _add_automation(document: Document, report: Report) -> None:
    told = ai_use_text(report.ai_use, report.program_version, report.encoder)
    document.add_heading(TITLE, level=1)
    for paragraph in told.paragraphs:
        document.add_paragraph(docx_text(paragraph))
    _add_table(document, HEADS, told.rows)


def _add_table(document: Document, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = document.add_table(rows=1, cols=len(heads), style="Light Grid Accent 1")
    for cell, text in zip(table.rows[0].cells, heads, strict=True):
        cell.text = text
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = docx_text(text)


def _add_findings(document: Document, report: Report) -> None:
    document.add_heading("Summary of findings", level=1)
    findings = findings_table(report.rows, report.question.pico.intervention)
    _add_table(document, COLUMNS, [line.cells for line in findings.lines])
    document.add_paragraph(ROUNDING)
    for mark, text in findings.footnotes:
        document.add_paragraph(docx_text(f"{mark}. {text}"))


def _add_screening(document: Document, report: Report) -> None:
    told = screening_text(report.screening)
    document.add_heading("Screening", level=1)
    for paragraph in told.paragraphs:
        document.add_paragraph(docx_text(paragraph))
    if told.agreement:
        document.add_heading("Agreement of the reviewers", level=2)
    for line in told.agreement:
        document.add_paragraph(docx_text(line), style="List Bullet")
    if told.certificate:
        document.add_heading("Stopping certificate", level=2)
    for name, text in told.certificate:
        document.add_paragraph(docx_text(f"{name}: {text}"), style="List Bullet")
