"""The report of a review as a Word document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.prisma import deduplication_text
from evidence.rendering.decision_docx import add_decision
from evidence.rendering.decision_text import decision_text
from evidence.rendering.docx_file import docx_bytes, docx_text
from evidence.rendering.screening_text import screening_text
from evidence.report import Report
from evidence.synthesis.findings_table import COLUMNS, findings_table

if TYPE_CHECKING:
    from docx.document import Document


def render_docx(report: Report) -> bytes:
    """The report as the bytes of a file; the same report gives the same bytes."""
    import docx

    document = docx.Document()
    properties = document.core_properties
    properties.author = properties.comments = ""
    document.add_heading(docx_text(report.question.text), level=0)
    document.add_heading("Draft recommendation", level=1)
    for sentence in report.recommendation.sentences if report.recommendation else ():
        document.add_paragraph(docx_text(sentence.text))
        for quote in sentence.quotes:
            document.add_paragraph(f"“{docx_text(quote.text)}”", style="Intense Quote")
    document.add_paragraph("Decision support only: a person decides.")
    _add_findings(document, report)
    told = decision_text(report.recommendation) if report.recommendation else None
    if told is not None:
        add_decision(document, told)
    document.add_heading("Duplicates", level=1)
    document.add_paragraph(docx_text(deduplication_text(report.prisma)))
    _add_screening(document, report)
    document.add_heading("Included studies", level=1)
    for study in report.included:
        doi = f" doi:{study.record.doi}" if study.record.doi else ""
        told_study = docx_text(f"{study.study}: {study.record.title}.{doi}")
        document.add_paragraph(told_study, style="List Bullet")
    return docx_bytes(document)


def _add_findings(document: Document, report: Report) -> None:
    document.add_heading("Summary of findings", level=1)
    findings = findings_table(report.rows, report.question.pico.intervention)
    table = document.add_table(rows=1, cols=len(COLUMNS), style="Light Grid Accent 1")
    for cell, text in zip(table.rows[0].cells, COLUMNS, strict=True):
        cell.text = text
    for line in findings.lines:
        for cell, text in zip(table.add_row().cells, line.cells, strict=True):
            cell.text = docx_text(text)
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
