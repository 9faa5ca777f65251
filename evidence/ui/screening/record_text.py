"""A record's own text as HTML: escaped, structured headings as headings, what is to be seen marked.

A mark is told by colour, by the kind of its line (a quote has a full one, a word of the question a
dotted one) and by the sign of its criterion behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from evidence.question import EligibilityCriterion
from evidence.reading.absence import is_absence
from evidence.rendering.doi_link import doi_url
from evidence.rendering.marks import Span, marked
from evidence.screening.question_terms import Topic, term_spans
from evidence.ui.screening.rows import ScreeningRow
from indexers.records import Document, Record, abstract_document

_COLOURS = 8
_AUTHORS = 4
_WORD = "word "
_NO_ABSTRACT = Markup('<p class="ev-soft">No abstract.</p>')
# A label on a line of its own, as MEDLINE has it, or in capitals behind a sentence.
_LABEL = re.compile(
    r"^(?P<line>[A-Z][\w ,/&’'()-]{2,60}):(?=\s)"
    r"|(?:^|(?<=[.!?)] ))(?P<capitals>[A-Z][A-Z ,/&-]{3,50}):(?=\s)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Marking:
    """What is marked in a record's text.

    Attributes:
        criteria: Of the question; their quotes are marked where the row shows them.
        topics: Whose words are marked where no quote is; empty marks none.
    """

    criteria: tuple[EligibilityCriterion, ...] = ()
    topics: tuple[Topic, ...] = ()


def title(row: ScreeningRow, marking: Marking) -> Markup:
    """The title as a heading."""
    document = abstract_document(row.record)
    body = _with_marks(row, document, 0, len(row.record.title), marking)
    return Markup("<h3>{}</h3>").format(body)


def abstract(row: ScreeningRow, marking: Marking) -> Markup:
    """The abstract, its labels as headings."""
    if not row.record.abstract:
        return _NO_ABSTRACT
    document = abstract_document(row.record)
    spans = _spans(row, document, marking)
    return _sections(document, len(row.record.title) + 2, spans, marking)


def full_text(row: ScreeningRow, document: Document, marking: Marking) -> Markup:
    """The whole text of a report, marked as an abstract is."""
    body = _with_marks(row, document, 0, len(document.text), marking)
    return Markup('<div class="ev ev-abstract">{}</div>').format(body)


def record_text(record: Record) -> Markup:
    """Title, source and abstract of a record, nothing marked."""
    document = abstract_document(record)
    body = _sections(document, len(record.title) + 2, (), Marking())
    return Markup("<h3>{}</h3>{}{}").format(
        record.title, source_line(record), body if record.abstract else _NO_ABSTRACT
    )


def source_line(record: Record) -> Markup:
    """Authors, journal, year and DOI; each apart, for a name may turn the writing around."""
    parts: list[str | Markup] = []
    if record.authors:
        more = " et al." if len(record.authors) > _AUTHORS else ""
        parts.append(", ".join(record.authors[:_AUTHORS]) + more)
    if record.journal:
        parts.append(Markup("<i>{}</i>").format(record.journal))
    if record.year:
        parts.append(str(record.year))
    url = doi_url(record.doi)
    if url:
        link = Markup('<a href="{}" target="_blank" rel="noopener noreferrer">doi:{}</a>')
        parts.append(link.format(url, record.doi))
    elif record.doi:
        parts.append(f"DOI as given: {record.doi}")
    if record.retracted:
        parts.append(Markup("<strong>retracted</strong>"))
    apart = (Markup("<bdi>{}</bdi>").format(part) for part in parts)
    return Markup('<p class="ev-soft">{}</p>').format(Markup(" · ").join(apart))


def criterion_colour(criteria: Sequence[EligibilityCriterion], criterion_id: str) -> int:
    """The number of the colour that marks a criterion's quotes."""
    ids = [criterion.criterion_id for criterion in criteria]
    return (ids.index(criterion_id) if criterion_id in ids else len(ids)) % _COLOURS


def marks_legend(row: ScreeningRow | None, marking: Marking, *, quotes: bool) -> Markup:
    """What each mark stands for: sign, colour and words; empty where nothing can be marked.

    Args:
        row: The one record that is shown, None for several.
        marking: Of the page.
        quotes: Whether quotes may be seen at all.
    """
    known = {topic.name: topic for topic in marking.topics}
    items = []
    for place, criterion in enumerate(marking.criteria):
        if not quotes and criterion.criterion_id not in known:
            continue
        quoted = quotes and (row is None or criterion.criterion_id in _quoted(row))
        kind = "" if quoted or criterion.criterion_id not in known else "ev-w "
        words = f"exclusion: {criterion.text}" if criterion.kind == "exclusion" else criterion.text
        items.append((f"{kind}ev-c{place % _COLOURS}", str(place + 1), words))
    of_pico = [topic for topic in marking.topics if topic.name.startswith("pico-")]
    for place, topic in enumerate(of_pico, len(marking.criteria)):
        items.append((f"ev-w ev-c{place % _COLOURS}", topic.sign, topic.words))
    if not items:
        return Markup("")
    lines = Markup("").join(
        Markup('<li title="{2}"><mark class="{0}">{1}</mark> {2}</li>').format(*item)
        for item in items
    )
    return Markup(
        '<ul class="ev ev-legend ev-marks" aria-label="Marks: a full line is a quote, a dotted one '
        'a word of the question">{}</ul>'
    ).format(lines)


def marked_text(text: str, start: int, end: int, spans: Iterable[Span], marking: Marking) -> Markup:
    """A stretch of a text with its marks, escaped."""
    names = {criterion.criterion_id: criterion.text for criterion in marking.criteria}
    places = {criterion.criterion_id: i for i, criterion in enumerate(marking.criteria)}
    of_pico = [topic for topic in marking.topics if topic.name not in names]
    for place, topic in enumerate(of_pico, len(places)):
        names[topic.name], places[topic.name] = topic.words, place
    signs = {topic.name: topic.sign for topic in of_pico}

    def opening(span: Span) -> Markup:
        name = span.name.removeprefix(_WORD)
        place = places.get(name, len(places))
        kind = "ev-w " if span.name.startswith(_WORD) else ""
        return Markup('<mark class="{}ev-c{}" title="{}" data-sign="{}">').format(
            kind, place % _COLOURS, names.get(name, name), signs.get(name, str(place + 1))
        )

    return marked(text, start, end, spans, opening, lambda _span: Markup("</mark>"))


def _with_marks(
    row: ScreeningRow, document: Document, start: int, end: int, marking: Marking
) -> Markup:
    return marked_text(document.text, start, end, _spans(row, document, marking), marking)


def _spans(row: ScreeningRow, document: Document, marking: Marking) -> list[Span]:
    """The quotes of this very text, and the words of the question in them and beside them."""
    quotes = [
        Span(quote.start, quote.end, verdict.criterion_id)
        for decision in row.by_engine
        for verdict in decision.criteria
        if not is_absence(verdict)
        for quote in verdict.quotes
        if quote.document_digest == document.document_digest
    ]
    words = term_spans(document.text, marking.topics)
    return quotes + [span._replace(name=_WORD + span.name) for span in words]


def _quoted(row: ScreeningRow) -> frozenset[str]:
    """The criteria whose verdicts show a quote."""
    verdicts = (verdict for decision in row.by_engine for verdict in decision.criteria)
    return frozenset(
        verdict.criterion_id for verdict in verdicts if verdict.quotes and not is_absence(verdict)
    )


def _sections(document: Document, start: int, spans: Iterable[Span], marking: Marking) -> Markup:
    """The text from `start` on; what stands before the first label has no heading."""
    spans, text = list(spans), document.text
    labels = [(m.start(), m.end()) for m in _LABEL.finditer(text, start)]
    pieces = []
    edges = [*(at for at, _ in labels), len(text)]
    if edges[0] > start:
        pieces.append(_paragraph(text, start, edges[0], spans, marking))
    for (at, behind), end in zip(labels, edges[1:], strict=True):
        heading = marked_text(text, at, behind - 1, spans, marking)  # without its colon
        pieces.append(Markup("<h4>{}</h4>").format(heading))
        pieces.append(_paragraph(text, behind, end, spans, marking))
    return Markup('<div class="ev-abstract">{}</div>').format(Markup("").join(pieces))


def _paragraph(text: str, start: int, end: int, spans: Iterable[Span], marking: Marking) -> Markup:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Markup("<p>{}</p>").format(marked_text(text, start, end, spans, marking))
