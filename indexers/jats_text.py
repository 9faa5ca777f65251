"""The text of a JATS article with its sections and tables, offsets kept.

Title, abstract and body in reading order, then what stands behind the body: who paid, who is
thanked, whose interests compete, the abbreviations, appendices. Headings stand on lines of their
own, paragraphs and tables are parted by a blank line, cells by ` | `. References and figures'
images are left out; figure captions and table notes are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeVar

from lxml import etree

from indexers.records import Document, Section, Table, TableCell, text_digest

Part = TypeVar("Part", Section, Table)
_SPACE = re.compile(r"\s+")
_SPAN = re.compile(r"[0-9]{1,9}")
_BLOCKS = {"p", "list-item", "disp-quote", "title", "td", "th", "break", "sec", "list", "def"}
_STATEMENTS = {
    "ack": "Acknowledgements", "notes": "Notes", "fn-group": "Footnotes",
    "glossary": "Abbreviations",
}  # fmt: skip


class JatsText:
    """Builds the text left to right; every part is appended once, so offsets never move."""

    def __init__(self, record_id: str) -> None:
        self._record_id = record_id
        self._parts: list[str] = []
        self._length = 0
        self._sections: list[Section] = []
        self._tables: list[Table] = []

    def read(self, article: etree._Element) -> Document:
        """The document of an `<article>`."""
        meta = article.find("front/article-meta")
        if meta is not None:
            title = meta.find("title-group/article-title")
            if title is not None:
                self._headed(("Title",), [title])
            for abstract in meta.findall("abstract"):
                if abstract.get("abstract-type") in (None, "summary", "structured"):
                    self._section(abstract, ("Abstract",))
        body, back = article.find("body"), article.find("back")
        if body is not None:
            self._children(body, ())
        if meta is not None:
            for funding in meta.findall("funding-group"):
                self._statement(funding, "Funding")
        if back is not None:
            self._back(back)
        floats = article.find("floats-group")
        if floats is not None:
            self._children(floats, ("Tables and figures",))
        text = "".join(self._parts).rstrip("\n")
        return Document(
            document_digest=text_digest(text),
            record_id=self._record_id,
            kind="full_text",
            text=text,
            sections=tuple(_within(s, len(text)) for s in self._sections if s.end > s.start),
            tables=tuple(_within(table, len(text)) for table in self._tables),
        )

    def _write(self, text: str) -> tuple[int, int]:
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        return start, self._length

    def _block(self, text: str) -> None:
        if text:
            self._write(text)
            self._write("\n\n")

    def _headed(self, path: tuple[str, ...], elements: list[etree._Element]) -> None:
        start = self._length
        for element in elements:
            self._block(flat(element))
        self._sections.append(Section(path=path, start=start, end=self._length))

    def _section(self, element: etree._Element, path: tuple[str, ...]) -> None:
        start = self._length
        place = len(self._sections)
        title = element.find("title")
        heading = flat(title) if title is not None else ""
        if heading and path != ("Abstract",):
            path = (*path, heading)
        if heading:
            self._write(heading + "\n")
        self._children(element, path)
        if path:
            self._sections.insert(place, Section(path=path, start=start, end=self._length))

    def _back(self, back: etree._Element) -> None:
        """Appendices, abbreviations and statements: who paid, who is thanked, whose interests."""
        for child in back:
            if child.tag in _STATEMENTS:
                self._statement(child, _STATEMENTS[child.tag])
            elif child.tag in ("sec", "app", "app-group"):
                self._section(child, ())
            elif child.tag in ("table-wrap", "table-wrap-group", "boxed-text"):
                self._children([child], ())

    def _statement(self, element: etree._Element, name: str) -> None:
        """A part behind the body, under its own heading or else its usual name."""
        if element.find("title") is not None:
            self._section(element, ())
            return
        start, place = self._length, len(self._sections)
        self._children(element, (name,))
        self._sections.insert(place, Section(path=(name,), start=start, end=self._length))

    def _children(self, element: Iterable[etree._Element], path: tuple[str, ...]) -> None:
        for child in element:
            match child.tag:
                case "sec" | "app" | "app-group":
                    self._section(child, path)
                case "table-wrap":
                    self._table(child)
                case "table-wrap-group" | "boxed-text" | "fig-group":
                    self._children(child, path)
                case "title" | "label" | "ref-list" | "ack" | "fn-group" | "glossary" | "notes":
                    continue
                case _ if not isinstance(child.tag, str):
                    continue
                case "def-list":
                    for item in child.findall("def-item"):
                        term, meaning = (flat_or_empty(item.find(t)) for t in ("term", "def"))
                        self._block(f"{term}: {meaning}" if term and meaning else term or meaning)
                case "fig":
                    self._block(" ".join(filter(None, map(flat, child.findall("caption")))))
                case "list":
                    for item in child.iter("list-item"):
                        self._block(flat(item))
                case _:
                    self._paragraph(child)

    def _paragraph(self, element: etree._Element) -> None:
        self._block(flat(element))
        for table in element.iter("table-wrap"):
            self._table(table)

    def _table(self, wrap: etree._Element) -> None:
        start = self._length
        label = flat_or_empty(wrap.find("label"))
        caption = flat_or_empty(wrap.find("caption"))
        if label or caption:
            self._write(" ".join(filter(None, (label, caption))) + "\n")
        cells: list[TableCell] = []
        offset_row = 0
        for table in wrap.iter("table"):
            cells += self._grid(table, offset_row)
            offset_row = max((c.row + c.row_span for c in cells), default=0)
        footnotes = tuple(filter(None, (flat(foot) for foot in wrap.findall("table-wrap-foot"))))
        for note in footnotes:
            self._write(note + "\n")
        end = self._length
        self._write("\n")
        self._tables.append(
            Table(
                table_id=wrap.get("id") or f"table-{len(self._tables) + 1}",
                label=label,
                caption=caption,
                start=start,
                end=end,
                cells=tuple(cells),
                footnotes=footnotes,
            )
        )

    def _grid(self, table: etree._Element, first_row: int) -> Iterator[TableCell]:
        """Cells with their place on the grid; a spanning cell pushes later cells aside."""
        taken: set[tuple[int, int]] = set()
        for row, line in enumerate(table.iter("tr"), first_row):
            in_head = any(parent.tag == "thead" for parent in line.iterancestors())
            column = 0
            first = True
            for cell in line:
                if cell.tag not in ("td", "th"):
                    continue
                while (row, column) in taken:
                    column += 1
                rows, columns = _span(cell, "rowspan"), _span(cell, "colspan")
                taken |= {(row + i, column + j) for i in range(rows) for j in range(columns)}
                if not first:
                    self._write(" | ")
                start, end = self._write(flat(cell))
                yield TableCell(
                    row=row,
                    column=column,
                    row_span=rows,
                    column_span=columns,
                    header=in_head or cell.tag == "th",
                    text="".join(self._parts[-1:]),
                    start=start,
                    end=end,
                )
                column += columns
                first = False
            self._write("\n")


def _within(part: Part, length: int) -> Part:
    """The part, ended where the text ends: the line breaks behind the last block are stripped."""
    return part.model_copy(update={"end": min(part.end, length)})


def _span(cell: etree._Element, name: str) -> int:
    """A span attribute, between 1 and 200: a hostile table cannot fill memory."""
    value = cell.get(name, "1").strip()
    return min(max(int(value), 1), 200) if _SPAN.fullmatch(value) else 1


def flat_or_empty(element: etree._Element | None) -> str:
    """The element's text on one line; empty where there is none."""
    return "" if element is None else flat(element)


def flat(element: etree._Element) -> str:
    """The element's text on one line, without tables, figures and formulas' TeX."""
    return _SPACE.sub(" ", "".join(_pieces(element))).strip()


def _pieces(element: etree._Element) -> Iterator[str]:
    if element.tag in ("table-wrap", "tex-math", "fig", "graphic", "media"):
        return
    if element.tag in _BLOCKS:
        yield " "
    if element.tag == "sup" and (element.text or "").lstrip()[:1].isdigit():
        yield "^"  # 10<sup>5</sup> is not 105
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str):
            yield from _pieces(child)
        yield child.tail or ""
    if element.tag in _BLOCKS:
        yield " "
