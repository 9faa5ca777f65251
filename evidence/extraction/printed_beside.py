"""What a report prints beside a result: its quotes, its sentences and the p-value."""

from __future__ import annotations

import re
from typing import NamedTuple

from evidence.extraction.wording import flatten, sentences
from evidence.judgements import ExtractedOutcome
from indexers.records import Document, Quote

ALPHA = 0.05
_P = re.compile(r"(?<![\w.])p(?:[ -]?values?)?\s*([=<>≤≥])\s*(0?\.\d+|0|1(?:\.0+)?)(?!\.?\d)", re.I)
_CELL_P = re.compile(r"([=<>≤≥]?)\s*(0?\.\d+|1\.0+)\s*[*†‡§a-c]*")
_P_HEAD = re.compile(r"\W*p\b.{0,12}", re.I)


class PValue(NamedTuple):
    """A p-value as printed: `<` 0.05 or `=` 0.03."""

    sign: str
    number: float

    @property
    def significant(self) -> bool | None:
        """Whether it is below 0.05; None when the print leaves it open."""
        if self.sign in ("<", "≤"):
            return True if self.number <= ALPHA else None
        if self.sign in (">", "≥"):
            return False if self.number >= ALPHA else None
        return None if self.number == ALPHA else self.number < ALPHA

    def __str__(self) -> str:
        """As printed."""
        return f"p {self.sign} {self.number:g}"


def quotes_of(outcome: ExtractedOutcome, name: str, *, printed: bool = False) -> tuple[Quote, ...]:
    """The quotes of a field; with `printed` only those of a number that was not computed."""
    return tuple(
        q for e in outcome.evidence if e.field == name and not (printed and e.derivation)
        for q in e.quotes
    )  # fmt: skip


def sentences_of(outcome: ExtractedOutcome, document: Document) -> list[str]:
    """The sentences outside tables that the numbers stand in, once each."""
    found: dict[tuple[int, int], str] = {}
    for quote in (q for e in outcome.evidence if not e.field.startswith(("n_", "total_"))
                  for q in e.quotes):  # fmt: skip
        if any(t.start <= quote.start < t.end for t in document.tables):
            continue
        low = document.text.rfind("\n", 0, quote.start) + 1
        high = document.text.find("\n", quote.end)
        for span in sentences(document.text, low, len(document.text) if high < 0 else high):
            if span.start <= quote.start < span.end:
                found[span] = document.text[span.start : span.end]
    return list(found.values())


def printed_p(outcome: ExtractedOutcome, document: Document) -> PValue | None:
    """The p-value of the sentence or of the table's row, if there is exactly one."""
    texts = [flatten(t) for t in sentences_of(outcome, document)]
    found = [PValue(m[1], float(m[2])) for t in texts for m in _P.finditer(t)]
    found += _row_p(outcome, document)
    return found[0] if len(set(found)) == 1 else None


def _row_p(outcome: ExtractedOutcome, document: Document) -> list[PValue]:
    places = {q.start for e in outcome.evidence if e.field.startswith(("events_", "mean_", "est"))
              for q in e.quotes}  # fmt: skip
    found = []
    for table in document.tables:
        rows = {c.row for c in table.cells if c.start in places}
        if len(rows) != 1:
            continue
        heads = [c for c in table.cells if c.header and _P_HEAD.fullmatch(flatten(c.text))]
        columns = {c.column for c in heads}
        for cell in table.cells:
            m = _CELL_P.fullmatch(flatten(cell.text).strip())
            if cell.row in rows and cell.column in columns and m:
                found.append(PValue(m[1] or "=", float(m[2])))
    return found
