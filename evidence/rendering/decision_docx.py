"""The decision document as a part of a Word document: a table, conclusions, numbered quotes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from evidence.findings import Sentence
from evidence.rendering.decision_text import NumberedQuotes, Scale, ToldCriterion, ToldDecision
from evidence.rendering.docx_file import docx_text

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import _Cell

_COLUMNS = (("Criterion", 3.6), ("Judgement", 3.4), ("Evidence and considerations", 9.0))
"""Titles and widths in cm."""


def add_decision(document: Document, told: ToldDecision) -> None:
    """Append the decision document to a Word document."""
    from docx.shared import Cm

    quotes = NumberedQuotes()
    document.add_heading("From evidence to decision", level=1)
    table = document.add_table(rows=1, cols=len(_COLUMNS), style="Light Grid Accent 1")
    table.autofit = False
    for cell, (title, _) in zip(table.rows[0].cells, _COLUMNS, strict=True):
        cell.text = title
    for criterion in told.criteria:
        _fill(table.add_row().cells, criterion, quotes)
    for row in table.rows:
        for cell, (_, width) in zip(row.cells, _COLUMNS, strict=True):
            cell.width = Cm(width)
    document.add_heading("Conclusions", level=2)
    paragraph = document.add_paragraph("Type of recommendation: ")
    paragraph.add_run(told.recommendation_type.answer).bold = True
    for title, conclusion in told.conclusions:
        if not conclusion.sentences and not conclusion.note:
            continue
        document.add_heading(title, level=3)
        for text in _told(conclusion.sentences, conclusion.note, quotes):
            document.add_paragraph(text, style="List Bullet")
    if told.drafting:
        document.add_paragraph(told.drafting)
    if quotes.quotes:
        document.add_heading("Quotes", level=3)
    for quote, number in quotes.quotes.items():
        document.add_paragraph(f"[{number}] “{docx_text(quote.text)}”", style="Quote")


def _fill(cells: tuple[_Cell, ...], criterion: ToldCriterion, quotes: NumberedQuotes) -> None:
    first, second, third = cells
    first.text = criterion.title
    first.add_paragraph().add_run(criterion.question).bold = False
    _mark(second, criterion.scale)
    sentences = (*criterion.evidence, *criterion.considerations)
    texts = _told(sentences, criterion.note, quotes)
    third.text = texts[0] if texts else ""
    for text in texts[1:]:
        third.add_paragraph(text)


def _mark(cell: _Cell, scale: Scale) -> None:
    """One line a position, the answer in bold."""
    answers = scale.positions if scale.place is not None else (*scale.positions, scale.answer)
    marked = len(scale.positions) if scale.place is None else scale.place
    for place, answer in enumerate(answers):
        paragraph = cell.paragraphs[0] if place == 0 else cell.add_paragraph()
        paragraph.add_run(f"{'●' if place == marked else '○'} {answer}").bold = place == marked


def _told(sentences: Iterable[Sentence], note: str, quotes: NumberedQuotes) -> list[str]:
    texts = []
    for sentence in sentences:
        marks = "".join(f"[{number}]" for number in quotes.numbers(sentence.quotes))
        texts.append(docx_text(f"{sentence.text} {marks}".rstrip()))
    return [*texts, docx_text(note)] if note else texts
