"""The part of a report that a language model is shown, where the report is too long to be shown.

Title and abstract, then for each query (a criterion, a signalling question, a field) the k passages
nearest to it, in the order of the report. Nothing here says how large k is: a certificate does, or
a number that its owner names as not calibrated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock

from evidence.reading.report_passages import beyond, front, rank_passages, report_passages
from indexers.encoder import Encoder
from indexers.records import Document, Passage

_LARGEST_FRONT = 0.4
"""The share of the room that title and abstract may take: in a PDF their end is a guess."""
_GAP = "\n\n[…]\n\n"

Rankings = Sequence[Sequence[Passage]]
"""For each query the passages of a report, nearest first."""


@dataclass(frozen=True)
class Excerpts:
    """What is shown of a report.

    Attributes:
        text: The passages verbatim under their headings, with marks where text is left out.
        n_passages: Passages beside title and abstract.
        n_characters: Characters of the report that are shown.
        complete: Whether the k passages of every query fit.
    """

    text: str
    n_passages: int
    n_characters: int
    complete: bool


@dataclass(frozen=True)
class PassageRanker:
    """Ranks a report's passages by queries; safe to use for several reports at once.

    Attributes:
        made_by: What makes the vectors; None is the shipped static encoder, which reads a hundred
            passages in some hundredths of a second.
    """

    made_by: Encoder | None = None
    _one_at_a_time: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder, loaded when first used."""
        from indexers.encoders import named_encoder

        return self.made_by or named_encoder("static")

    def rank(
        self, document: Document, queries: Sequence[str], shown: tuple[int, int]
    ) -> list[list[Passage]]:
        """For each query the passages that are not wholly inside `shown`, nearest first."""
        passages = beyond(report_passages(document), shown)
        with self._one_at_a_time:  # an encoder keeps state while it works
            return rank_passages(passages, queries, self.encoder)


def front_within(document: Document, limit_bytes: int) -> Passage:
    """Title and abstract, at most 40 % of a limit, to the end of a sentence or line."""
    start, end = front(document)
    room = max(int(limit_bytes * _LARGEST_FRONT), 0)
    raw = document.text[start:end].encode("utf-8", "surrogatepass")
    if len(raw) > room:
        shorter = raw[:room].decode("utf-8", "ignore")
        end = start + max(shorter.rfind(". ") + 1, shorter.rfind("\n"), 0)
    return document.passage(start, end)


def excerpts(
    document: Document, beginning: Passage, rankings: Rankings, k: int, limit_bytes: int
) -> Excerpts | None:
    """The beginning and the first k passages of each ranking, as far as they fit.

    Every query gets its first passage before any gets its second.

    Args:
        document: The report.
        beginning: Title and abstract, from `front_within`.
        rankings: From `PassageRanker.rank`.
        k: Passages a query.
        limit_bytes: The limit on the text's length in UTF-8.

    Returns:
        What is shown; None when nothing fits.
    """
    chosen, complete = _chosen(document, beginning, rankings, k, limit_bytes)
    if not chosen and not beginning.text:
        return None
    shown = [beginning, *chosen]
    n_characters = sum(len(passage.text) for passage in shown)
    return Excerpts(_written(document, shown), len(chosen), n_characters, complete)


def size_bytes(text: str) -> int:
    """The length of a text in UTF-8."""
    return len(text.encode("utf-8", "surrogatepass"))


def _chosen(
    document: Document, beginning: Passage, rankings: Rankings, k: int, limit_bytes: int
) -> tuple[list[Passage], bool]:
    chosen: dict[str, Passage] = {}
    for rank in range(k):
        for ranking in rankings:
            passage = ranking[rank] if rank < len(ranking) else None
            if passage is None or passage.passage_id in chosen:
                continue
            grown = [beginning, *_in_order([*chosen.values(), passage])]
            if size_bytes(_written(document, grown)) > limit_bytes:
                return _in_order(chosen.values()), False
            chosen[passage.passage_id] = passage
    return _in_order(chosen.values()), True


def _in_order(passages: Iterable[Passage]) -> list[Passage]:
    return sorted(passages, key=lambda passage: passage.start)


def _written(document: Document, passages: Sequence[Passage]) -> str:
    """The passages verbatim under their headings, with a mark where text is left out.

    A quote across such a mark is not in the document, so it supports nothing.
    """
    parts: list[str] = []
    before: Passage | None = None
    for passage in passages:
        if not passage.text:
            continue
        between = document.text[before.end : passage.start] if before else ""
        if before is not None and between.isspace() and before.section == passage.section:
            parts.append(between)
        else:
            parts.append(_GAP if before is not None else "")
            parts.append(f"[{passage.section}]\n" if passage.section else "")
        parts.append(passage.text)
        before = passage
    return "".join(parts)
