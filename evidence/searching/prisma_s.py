"""The PRISMA-S report of a search as Markdown and as DOCX; the same search gives the same bytes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.rendering.docx_file import docx_bytes, docx_text
from evidence.searching.facts import SearchReport
from evidence.searching.prisma_s_items import Block, Item, Table, Verbatim, prisma_s_items
from evidence.writing import write_whole

if TYPE_CHECKING:
    from docx.document import Document

CITATION = (
    "Reported after PRISMA-S: Rethlefsen ML, Kirtley S, Waffenschmidt S, et al. Syst Rev "
    "2021;10:39."
)
_MARKDOWN_SIGN = re.compile(r"([\\`*_{}\[\]<>#|~&!])")
_LIST_START = re.compile(r"^(\d+)([.)])|^([-+=])")
_FONT_OF_STRATEGIES = "Courier New"


def to_markdown(report: SearchReport) -> str:
    """The report as Markdown; strategies stand verbatim in code blocks."""
    lines = [f"# {_escaped(report.title)}", "", CITATION, ""]
    for section, items in groupby(prisma_s_items(report), key=lambda item: item.section):
        lines += [f"## {section}", ""]
        for item in items:
            lines += [f"### {item.number}. {item.name}", ""]
            for block in item.blocks:
                lines += [*_markdown_block(block), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def to_docx(report: SearchReport, path: Path) -> None:
    """Write the report as DOCX; the file appears whole or not at all."""
    import docx

    document = docx.Document()
    _set_properties(document, report)
    document.add_heading(docx_text(report.title), level=0)
    document.add_paragraph(CITATION)
    for section, items in groupby(prisma_s_items(report), key=lambda item: item.section):
        document.add_heading(section, level=1)
        for item in items:
            _add_item(document, item)
    write_whole(path, docx_bytes(document))


def _markdown_block(block: Block) -> list[str]:
    match block:
        case str():
            return [_escaped(block)]
        case Table(head, rows):
            return [_row(head), _row(("---",) * len(head), plain=True), *map(_row, rows)]
        case Verbatim(label, text):
            longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
            fence = "`" * max(3, longest + 1)
            return [f"{_escaped(label)}:", "", f"{fence}text", text.rstrip("\n"), fence]


def _row(cells: tuple[str, ...], *, plain: bool = False) -> str:
    return f"| {' | '.join(cells if plain else map(_escaped, cells))} |"


def _escaped(text: str) -> str:
    """Text of others on one line, with nothing in it that Markdown or HTML would obey."""
    line = _MARKDOWN_SIGN.sub(r"\\\1", " ".join(text.split()))
    return _LIST_START.sub(lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", line)


def _set_properties(document: Document, report: SearchReport) -> None:
    """Properties that depend on the search alone: neither the clock nor the user is in them."""
    properties = document.core_properties
    days = [search.searched_on for search in report.searches if search.searched_on is not None]
    if days:
        moment = datetime.combine(max(days), time(), tzinfo=UTC)
        properties.created = properties.modified = moment
    properties.title = docx_text(report.title)[:255]  # as much as the format takes
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.revision = 1


def _add_item(document: Document, item: Item) -> None:
    document.add_heading(f"{item.number}. {item.name}", level=2)
    for block in item.blocks:
        match block:
            case str():
                document.add_paragraph(docx_text(block))
            case Table():
                _add_table(document, block)
            case Verbatim(label, text):
                document.add_paragraph(f"{docx_text(label)}:")
                _add_verbatim(document, text)


def _add_table(document: Document, block: Table) -> None:
    table = document.add_table(rows=1, cols=len(block.head), style="Table Grid")
    for cell, text in zip(table.rows[0].cells, block.head, strict=True):
        cell.paragraphs[0].add_run(text).bold = True
    for row in block.rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = docx_text(text)
    document.add_paragraph()


def _add_verbatim(document: Document, text: str) -> None:
    """One paragraph a line, so that no line break is lost when the text is copied."""
    from docx.shared import Pt

    for line in text.replace("\r\n", "\n").rstrip("\n").split("\n"):
        paragraph = document.add_paragraph(style="No Spacing")
        run = paragraph.add_run(docx_text(line))
        run.font.name, run.font.size = _FONT_OF_STRATEGIES, Pt(9)
    document.add_paragraph()
