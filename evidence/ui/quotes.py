"""A quote as HTML with the words around it, cut from its document by its offsets."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

from indexers.records import Document, Quote

_AROUND = 160
DocumentOf = Callable[[str], Document | None]


def quoted_in_context(quote: Quote, document_of: DocumentOf) -> Markup:
    """A quote, marked, with some words around it."""
    document = document_of(quote.document_digest)
    if document is None:
        return Markup('<blockquote class="ev-soft">The quoted text is missing.</blockquote>')
    first, last = surroundings(document, quote.start, quote.end)
    text = document.text
    return Markup('<blockquote>{}{}<mark class="ev-c0">{}</mark>{}{}</blockquote>').format(
        "…" if first < quote.start else "",
        text[first : quote.start],
        text[quote.start : quote.end],
        text[quote.end : last],
        "…" if last > quote.end else "",
    )


def surroundings(document: Document, start: int, end: int) -> tuple[int, int]:
    """A quote's place with some words of its paragraph around it.

    An abstract is shown whole above its quotes, so only a full text needs the words around.
    """
    if document.kind != "full_text":
        return start, end
    text = document.text
    first = max(0, start - _AROUND, text.rfind("\n", 0, start) + 1)
    stop = text.find("\n", end)
    last = min(end + _AROUND, stop if stop >= 0 else len(text))
    return first, last
