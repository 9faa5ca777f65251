"""The documents behind a report as HTML: headings, paragraphs, tables, and every quote marked.

A quote's anchor is fixed by its document and its offsets, so the same quote has the same address
in every report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from markupsafe import Markup

from evidence.rendering.marks import Span, marked
from indexers.records import Document, Quote, Section, Table

_SEPARATORS = " |\n"
_LONGEST_HEADING = 300


@dataclass
class Citations:
    """Numbers the quotes of a report as they are used, and remembers where each was used."""

    quotes: dict[str, Quote] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    uses: dict[str, int] = field(default_factory=dict)

    def number(self, quote: Quote) -> int:
        """The 1-based number of a quote, in the order of first use."""
        self.quotes.setdefault(anchor(quote), quote)
        return self.numbers.setdefault(anchor(quote), len(self.numbers) + 1)

    def cite(self, quote: Quote) -> str:
        """Note one more use of a quote; the id of the place where it is used."""
        self.number(quote)
        name = anchor(quote)
        self.uses[name] = self.uses.get(name, 0) + 1
        return f"use-{name}-{self.uses[name]}"


def anchor(quote: Quote) -> str:
    """The id of a quote's mark: `q-<start of the digest>-<start>-<end>`."""
    return f"q-{quote.document_digest[:12]}-{quote.start}-{quote.end}"


@dataclass(frozen=True)
class SourceText:
    """A document ready to print; `split` are the anchors whose marks come in several pieces."""

    document: Document
    html: Markup
    n_quotes: int
    split: tuple[str, ...]


def source_text(document: Document, citations: Citations) -> SourceText:
    """The whole document with each cited quote in `<mark>` and links back to its uses."""
    writer = _Writer(document, citations)
    html = Markup("\n").join(writer.blocks())
    return SourceText(document, html, len(writer.spans), writer.split())


class _Writer:
    """Writes one document; a mark's first piece carries the anchor and the links back."""

    def __init__(self, document: Document, citations: Citations) -> None:
        self._document = document
        self._citations = citations
        self._pieces: dict[str, int] = {}
        self.spans = [
            Span(quote.start, quote.end, name)
            for name, quote in citations.quotes.items()
            if quote.document_digest == document.document_digest
        ]

    def split(self) -> tuple[str, ...]:
        return tuple(sorted(name for name, pieces in self._pieces.items() if pieces > 1))

    def blocks(self) -> Iterator[Markup]:
        """Blocks in reading order; together they hold all of the text but blank separators."""
        headings = _headings(self._document)
        labelled: tuple[str, ...] = ()
        for start, end, table in _blocks(self._document, headings):
            section = headings.get(start)
            if section is not None and section.path != labelled:
                labelled = section.path
                if not self._document.text.startswith(section.path[-1], start):
                    yield Markup('<p class="section-label">{}</p>').format(section.path[-1])
            yield self._table(table) if table is not None else self._text(start, end, section)
        for span in self.spans:
            if span.name not in self._pieces:  # a quote of separators only still needs its anchor
                yield Markup('<p class="block">{}</p>').format(self._open(span) + self._close(span))

    def _text(self, start: int, end: int, section: Section | None) -> Markup:
        body = self._marked(start, end)
        after = self._document.text[end : end + 2]
        is_heading = after[:1] == "\n" and after != "\n\n" and self._document.kind == "full_text"
        if is_heading and section is not None:
            depth = min(len(section.path), 3)
            return Markup('<p class="block heading depth-{}">{}</p>').format(depth, body)
        return Markup('<p class="block{}">{}</p>').format(self._quoted(start, end), body)

    def _table(self, table: Table) -> Markup:
        rows: dict[int, list[Markup]] = {}
        for cell in table.cells:
            tag = "th" if cell.header else "td"
            spans = Markup("").join(
                Markup(' {}="{}"').format(name, size)
                for name, size in (("rowspan", cell.row_span), ("colspan", cell.column_span))
                if size > 1
            )
            rows.setdefault(cell.row, []).append(
                Markup("<{0}{1}>{2}</{0}>").format(tag, spans, self._marked(cell.start, cell.end))
            )
        grid = Markup("").join(
            Markup("<tr>{}</tr>").format(Markup("").join(rows.get(row, [])))
            for row in range(table.shape[0])
        )
        first, last = table.cells[0].start, table.cells[-1].end
        return Markup(
            '<div class="block table{}"><p class="table-caption">{}</p>'
            '<div class="scroll"><table>{}</table></div><p class="table-notes">{}</p></div>'
        ).format(
            self._quoted(table.start, table.end),
            self._marked(table.start, first),
            grid,
            self._marked(last, table.end),
        )

    def _marked(self, start: int, end: int) -> Markup:
        text = self._document.text
        start = min(end, start + len(text[start:end]) - len(text[start:end].lstrip("\n")))
        end = max(start, start + len(text[start:end].rstrip("\n")))
        return marked(text, start, end, self.spans, self._open, self._close)

    def _quoted(self, start: int, end: int) -> str:
        return " quoted" if any(s.start < end and s.end > start for s in self.spans) else ""

    def _open(self, span: Span) -> Markup:
        self._pieces[span.name] = self._pieces.get(span.name, 0) + 1
        key = "id" if self._pieces[span.name] == 1 else "class"
        return Markup('<mark {}="{}">').format(key, span.name)

    def _close(self, span: Span) -> Markup:
        if self._pieces[span.name] > 1:
            return Markup("</mark>")
        number = self._citations.number(self._citations.quotes[span.name])
        uses = self._citations.uses.get(span.name, 0)
        # The label is printed by the style sheet, so that the text itself stays verbatim.
        links = Markup("").join(
            Markup(
                '<a href="#use-{}-{}" data-label="{}" aria-label="back to use {} of quote {}"></a>'
            ).format(span.name, use, f"[{number}] ↩" if use == 1 else f"↩{use}", use, number)
            for use in range(1, uses + 1)
        )
        return Markup('</mark><span class="back">{}</span>').format(links)


def _headings(document: Document) -> dict[int, Section]:
    """The outermost new section that starts at each place where one starts."""
    starts: dict[int, Section] = {}
    for section in sorted(document.sections, key=lambda s: (s.start, len(s.path))):
        if section.path:
            starts.setdefault(section.start, section)
    return starts


def _blocks(
    document: Document, headings: Mapping[int, Section]
) -> Iterator[tuple[int, int, Table | None]]:
    """Stretches of the text in order: headings, paragraphs, tables that read as tables."""
    place = 0
    for table in sorted(document.tables, key=lambda t: t.start):
        if table.start >= place and _reads_as_grid(document.text, table):
            yield from _paragraphs(document.text, place, table.start, headings)
            yield table.start, table.end, table
            place = table.end
    yield from _paragraphs(document.text, place, len(document.text), headings)


def _paragraphs(
    text: str, start: int, end: int, headings: Mapping[int, Section]
) -> Iterator[tuple[int, int, None]]:
    place = start
    while place < end:
        if text[place] == "\n":
            place += 1
            continue
        stop = text.find("\n\n", place, end)
        stop = end if stop < 0 else stop
        line = text.find("\n", place, stop)
        if place in headings and 0 <= line - place <= _LONGEST_HEADING:
            stop = line
        later = [h for h in headings if place < h < stop]
        stop = min(later, default=stop)
        yield place, stop, None
        place = stop


def _reads_as_grid(text: str, table: Table) -> bool:
    """Whether nothing but separators stands between the cells, so that a grid loses no text."""
    cells = [(c.start, c.end) for c in table.cells]
    return bool(cells) and all(
        before <= start and not text[before:start].strip(_SEPARATORS)
        for (_, before), (start, _) in pairwise(cells)
    )


def shortened(text: str, limit: int = 420) -> str:
    """A quote for a line of the report; the whole of it stands at its mark."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
