"""Blocking: which pairs of records are compared at all.

Two records meet when they share an identifier, a title, the beginning of a title or abstract, one
of the rarer words of their titles, or first author and year. Records are sorted first, so that in
a crowded block (a hundred people named Wang) each meets its neighbours in the order of author,
year and title: blocking with a sorted neighbourhood (Hernández & Stolfo, SIGMOD 1995).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from evidence.deduplication.agreement import Citation
from evidence.deduplication.titles import STOP_WORDS

_NEIGHBOURS = 40
_PREFIX_LETTERS = 24
_RARE_WORDS = 3
# A word of more titles than this tells too little; a word of one title alone meets nobody.
_COMMON_WORD = 60


def sorting_key(citation: Citation) -> tuple[str, int, str, str]:
    """The order in which neighbours stand: author, year, title, then the record's own name."""
    first = citation.authors.first
    return (
        first[0].family if first else "",
        citation.record.year or 0,
        citation.title.key,
        citation.record.record_id,
    )


def candidate_pairs(citations: Sequence[Citation]) -> Iterator[tuple[int, int]]:
    """The places of records to compare, each pair once, the lower place first.

    Args:
        citations: Records in the order of `sorting_key`.
    """
    frequency = Counter(word for citation in citations for word in set(citation.title.words))
    blocks: dict[str, list[int]] = defaultdict(list)
    keys = [tuple(dict.fromkeys(_keys(citation, frequency))) for citation in citations]
    for place, own in enumerate(keys):
        for key in own:
            blocks[key].append(place)
    for place, own in enumerate(keys):
        met: set[int] = set()
        for key in own:
            block = blocks[key]
            if len(block) > 1:
                behind = bisect_right(block, place)
                met.update(block[behind : behind + _NEIGHBOURS])
        for other in sorted(met):
            yield place, other


def _keys(citation: Citation, frequency: Counter[str]) -> Iterator[str]:
    for name, value in citation.identifiers.items():
        yield f"{name} {value}"
    title = citation.title
    for key in sorted(title.keys):
        if key:
            yield f"title {key}"
            yield f"start {key[:_PREFIX_LETTERS]}"
    if citation.abstract_start:
        yield f"abstract {citation.abstract_start}"
    words = {w for w in title.words if w not in STOP_WORDS and 1 < frequency[w] <= _COMMON_WORD}
    for word in sorted(words, key=lambda w: (frequency[w], w))[:_RARE_WORDS]:
        yield f"word {word}"
    year = citation.record.year
    if year is not None:
        for reading in citation.authors.first:
            for word in sorted(reading.words):
                yield f"author {word} {year}"
                yield f"author {word} {year + 1}"
