"""Finding a quote's place in a document, by the same normalisation that grounding checks with."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from evidence.grounding import normalised, quote_problem
from indexers.records import Document, Quote, passage_id


def locate(quote_text: str, document: Document) -> Quote | None:
    """The first place where the words stand in the document, verbatim after normalisation.

    White space, hyphens and compatibility forms may differ; case, words and numbers may not. A
    place that would cut a word or a number in two (`5 of 12` in `15 of 120`) does not count. The
    quote that is returned holds the document's own characters. None when there is no such place
    or no letter or digit in `quote_text`.
    """
    wanted = normalised(quote_text)
    if not any(ch.isalnum() for ch in wanted):
        return None
    flat = _flattened(document.text)
    at = flat.text.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        if not (_splits(flat.text, at) or _splits(flat.text, end)):
            quote = _quote(document, flat.starts[at], flat.ends[end - 1])
            asked = quote.model_copy(update={"text": quote_text})
            if quote_problem(asked, document) is None:
                return quote
        at = flat.text.find(wanted, at + 1)
    return None


@dataclass(frozen=True)
class _Flattened:
    """`grounding.normalised` of a text; character i came from `starts[i]` to `ends[i]` of it."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]


@lru_cache(maxsize=4)
def _flattened(text: str) -> _Flattened:
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text):
        for ch in _normalised_inside(text[start:end]):
            if ch == " " and (not characters or characters[-1] == " "):
                continue
            characters.append(ch)
            starts.append(start)
            ends.append(end)
    return _Flattened("".join(characters), tuple(starts), tuple(ends))


def _normalised_inside(cluster: str) -> str:
    """`normalised` of a cluster as it stands inside a text: white space becomes one space."""
    if cluster.isascii() and not cluster.isspace():
        return cluster
    return normalised(f"|{cluster}|")[1:-1]


def _clusters(text: str) -> list[tuple[int, int]]:
    """Stretches that NFKC treats alone: a character with the marks that compose with it."""
    clusters = []
    start = 0
    for at in range(1, len(text) + 1):
        if at < len(text) and _joins(text[start:at], text[at]):
            continue
        if start < at:
            clusters.append((start, at))
        start = at
    return clusters


def _joins(cluster: str, following: str) -> bool:
    if following.isascii():
        return False
    if unicodedata.combining(following):
        return True
    apart = unicodedata.normalize("NFKC", cluster) + unicodedata.normalize("NFKC", following)
    return unicodedata.normalize("NFKC", cluster + following) != apart


def _splits(text: str, at: int) -> bool:
    """Whether a cut at `at` goes through a word or a number."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if before.isalnum() and after.isalnum():
        return True
    joins_before = before.isdigit() and after in ".," and text[at + 1 : at + 2].isdigit()
    joins_after = after.isdigit() and before in ".," and text[max(at - 2, 0) : at - 1].isdigit()
    return joins_before or joins_after


def _quote(document: Document, start: int, end: int) -> Quote:
    return Quote(
        passage_id=passage_id(document.document_digest, start, end),
        start=start,
        end=end,
        text=document.text[start:end],
    )
