"""JATS full text (PubMed Central) in: a document with sections and tables, offsets kept.

The document's text is the title, the abstract and the body in reading order; headings stand on
lines of their own, paragraphs and tables are parted by a blank line, cells by ` | `. References,
acknowledgements and figures' images are left out; figure captions and table notes are kept.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from lxml import etree

from indexers.errors import SourceError
from indexers.records import Document, Record, Section, Table, TableCell, text_digest

Part = TypeVar("Part", Section, Table)
LARGEST_ARTICLE_BYTES = 64 * 1024 * 1024
_SPACE = re.compile(r"\s+")
_BLOCKS = {"p", "list-item", "disp-quote", "title", "td", "th", "break", "sec", "list", "def"}


def read_jats(path: Path, record_id: str) -> Document:
    """Read one article (.xml or .xml.gz) as a document.

    Raises:
        SourceError: The file is missing, is not well-formed XML, declares entities, is too large,
            or holds no article.
    """
    return document_of(_article(path), record_id)


def document_of(article: etree._Element, record_id: str) -> Document:
    """The document of a parsed `<article>`."""
    return _Reader(record_id).read(article)


def read_jats_record(path: Path, source: str = "jats") -> Record:
    """The citation of one article; its record_id is the PMCID, else the PMID, else the file name.

    Raises:
        SourceError: As `read_jats`, or the article has no title.
    """
    article = _article(path)
    meta = article.find("front/article-meta")
    title = meta.find("title-group/article-title") if meta is not None else None
    if meta is None or title is None:
        raise SourceError(path, "expected a JATS <article-title>")
    ids = {e.get("pub-id-type"): (e.text or "").strip() for e in meta.findall("article-id")}
    pmcid = ids.get("pmcid") or ids.get("pmc")
    if pmcid and not pmcid.startswith("PMC"):
        pmcid = f"PMC{pmcid}"
    years = [e.text for e in meta.findall("pub-date/year") if e.text and e.text.isdigit()]
    journal = article.find("front/journal-meta//journal-title")
    return Record(
        record_id=pmcid or ids.get("pmid") or path.name.split(".")[0],
        source=source,
        title=_flat(title),
        abstract=_abstract(meta),
        pmid=ids.get("pmid"),
        pmcid=pmcid,
        doi=ids.get("doi"),
        year=min(map(int, years)) if years else None,
        journal=_flat(journal) if journal is not None else None,
        authors=tuple(
            f"{_flat(name.find('surname'))}, {_flat_or_empty(name.find('given-names'))}".rstrip(
                ", "
            )
            for name in meta.findall("contrib-group/contrib[@contrib-type='author']/name")
            if name.find("surname") is not None
        ),
    )


def _abstract(meta: etree._Element) -> str:
    """The abstract, one paragraph a line, with the headings of a structured one."""
    lines = []
    for abstract in meta.findall("abstract"):
        if abstract.get("abstract-type") not in (None, "summary", "structured"):
            continue
        for paragraph in abstract.iter("p"):
            parent = paragraph.getparent()
            title = parent.find("title") if parent is not None and parent.tag == "sec" else None
            heading = _flat_or_empty(title).rstrip(":")
            lines.append(f"{heading}: {_flat(paragraph)}" if heading else _flat(paragraph))
    return "\n".join(lines)


def _article(path: Path) -> etree._Element:
    return parse_article(article_bytes(path), path)


def article_bytes(path: Path) -> bytes:
    """The bytes of an article's file, unpacked when its name ends in .gz.

    Raises:
        SourceError: The file cannot be read, or is too large.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as stream:
            content = stream.read(LARGEST_ARTICLE_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(path, f"expected a readable JATS XML file ({error})") from error
    if len(content) > LARGEST_ARTICLE_BYTES:
        raise SourceError(path, f"expected an article under {LARGEST_ARTICLE_BYTES:,} bytes")
    return content


def parse_article(content: bytes, path: Path, *, torn: bool = False) -> etree._Element:
    """The `<article>` of JATS XML, parsed without entities; `path` is named in errors.

    With `torn`, elements that are opened and never closed end where the text does.

    Raises:
        SourceError: The XML is not well-formed, declares entities, or holds no article.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_pis=True,
        recover=torn,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or None
        raise SourceError(path, f"expected well-formed XML: {error.msg}", line) from error
    if root is None:
        raise SourceError(path, "expected XML")
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise SourceError(path, "expected XML without entity declarations")
    article = root if root.tag == "article" else root.find(".//article")
    if article is None:
        raise SourceError(path, "expected a JATS <article>")
    return article


class _Reader:
    """Builds the text left to right; every part is appended once, so offsets never move."""

    def __init__(self, record_id: str) -> None:
        self._record_id = record_id
        self._parts: list[str] = []
        self._length = 0
        self._sections: list[Section] = []
        self._tables: list[Table] = []

    def read(self, article: etree._Element) -> Document:
        meta = article.find("front/article-meta")
        if meta is not None:
            title = meta.find("title-group/article-title")
            if title is not None:
                self._headed(("Title",), [title])
            for abstract in meta.findall("abstract"):
                if abstract.get("abstract-type") in (None, "summary", "structured"):
                    self._section(abstract, ("Abstract",))
        for part in ("body", "back"):
            element = article.find(part)
            if element is not None:
                self._children(element, (), only_tables=part == "back")
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
            self._block(_flat(element))
        self._sections.append(Section(path=path, start=start, end=self._length))

    def _section(self, element: etree._Element, path: tuple[str, ...]) -> None:
        start = self._length
        place = len(self._sections)
        title = element.find("title")
        heading = _flat(title) if title is not None else ""
        if heading and path != ("Abstract",):
            path = (*path, heading)
        if heading:
            self._write(heading + "\n")
        self._children(element, path)
        if path:
            self._sections.insert(place, Section(path=path, start=start, end=self._length))

    def _children(
        self, element: etree._Element, path: tuple[str, ...], *, only_tables: bool = False
    ) -> None:
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
                case _ if only_tables or not isinstance(child.tag, str):
                    continue
                case "fig":
                    self._block(" ".join(filter(None, map(_flat, child.findall("caption")))))
                case "list":
                    for item in child.iter("list-item"):
                        self._block(_flat(item))
                case _:
                    self._paragraph(child)

    def _paragraph(self, element: etree._Element) -> None:
        self._block(_flat(element))
        for table in element.iter("table-wrap"):
            self._table(table)

    def _table(self, wrap: etree._Element) -> None:
        start = self._length
        label = _flat_or_empty(wrap.find("label"))
        caption = _flat_or_empty(wrap.find("caption"))
        if label or caption:
            self._write(" ".join(filter(None, (label, caption))) + "\n")
        cells: list[TableCell] = []
        offset_row = 0
        for table in wrap.iter("table"):
            cells += self._grid(table, offset_row)
            offset_row = max((c.row + c.row_span for c in cells), default=0)
        footnotes = tuple(filter(None, (_flat(foot) for foot in wrap.findall("table-wrap-foot"))))
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
                start, end = self._write(_flat(cell))
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
    return min(max(int(value), 1), 200) if value.isdigit() else 1


def _flat_or_empty(element: etree._Element | None) -> str:
    return "" if element is None else _flat(element)


def _flat(element: etree._Element) -> str:
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
