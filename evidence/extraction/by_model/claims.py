"""A number that a language model claims, checked against the cell or the words it names.

A claim stands when its digits stand in that place, sign and all. Everything else is dropped with
the reason; nothing is looked for elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from evidence.extraction.by_model.answers import NumberAnswer
from evidence.extraction.by_model.shown_tables import NamedCell, ShownTables
from evidence.extraction.numbers import Reading, decimals_of, layout_of, read_cell
from evidence.extraction.tables import ValueCell, read_grid
from evidence.extraction.wording import Span, sentences
from evidence.grounding import normalised, numerals, numerals_in_digits
from evidence.quoting import locate
from evidence.reading.machine_address import is_machine_address, without_addresses
from indexers.records import Document, Table, TableCell

_PRINTED = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_WHOLE = frozenset(("events", "total", "n"))
_NOT_NEGATIVE = frozenset(("events", "total", "n", "percent", "sd", "se"))
_SD = re.compile(r"\bS\.?D\b|standard deviation", re.IGNORECASE)
_SE = re.compile(r"\bS\.?E\.?M?\b|standard error", re.IGNORECASE)
_LONGEST_SAID = 60


@dataclass(frozen=True)
class Claim:
    """A number that stands in its place.

    Attributes:
        what: What it is.
        number: Its value.
        decimals: Its printed decimals.
        span: The place.
        name: The cell's name; empty in running text.
        value: The cell with what is said over it; None in running text and in heads.
        cell: The cell; None in running text.
        table: The cell's table.
        sentence: The sentence around words of running text; empty for a cell.
        sentence_start: Where that sentence starts.
        doubts: What a person must look at.
    """

    what: str
    number: float
    decimals: int
    span: Span
    name: str = ""
    cell: TableCell | None = None
    value: ValueCell | None = None
    table: Table | None = None
    sentence: str = ""
    sentence_start: int = 0
    doubts: tuple[str, ...] = ()

    @property
    def heads(self) -> tuple[TableCell, ...]:
        """The cells over and beside the number's cell, and the cell itself where it is a head."""
        if self.value is not None:
            return (*self.value.columns, *self.value.labels, *self.value.headings)
        return (self.cell,) if self.cell is not None else ()

    @property
    def quoted(self) -> str:
        """The words of running text that were quoted for the number; empty for a cell."""
        start = self.span.start - self.sentence_start
        return self.sentence[max(start, 0) : self.span.end - self.sentence_start]

    @property
    def wordings(self) -> tuple[str, ...]:
        """What is said over, beside and around the number, the nearest first."""
        if self.table is None:
            return (self.quoted, self.sentence)
        over = [c.text for c in self.heads]
        return (*over, self.table.caption, *self.table.footnotes)


@dataclass
class Dropped:
    """Why claims were dropped, in words, in order."""

    reasons: list[str] = field(default_factory=list)

    def add(self, answer: NumberAnswer, why: str) -> None:
        """Drop a claim."""
        place = answer.cell.strip() or answer.quote.strip()
        said = one_line(f"{answer.what} {answer.printed}")
        self.reasons.append(f"{said}: {why} ({one_line(place) or 'no place named'})")


def checked_claims(
    answers: tuple[NumberAnswer, ...], document: Document, tables: ShownTables, dropped: Dropped
) -> dict[str, Claim]:
    """The claims that stand, by what they are; two that differ drop each other."""
    found: dict[str, Claim] = {}
    contested: set[str] = set()
    for answer in answers:
        claim = _checked(answer, document, tables, dropped)
        if claim is None:
            continue
        other = found.setdefault(claim.what, claim)
        if other.number != claim.number:
            contested.add(claim.what)
            dropped.add(answer, f"the model also says {claim.what} {other.number:g}")
    return {what: claim for what, claim in found.items() if what not in contested}


def _checked(
    answer: NumberAnswer, document: Document, tables: ShownTables, dropped: Dropped
) -> Claim | None:
    printed = normalised(answer.printed).replace(" ", "").rstrip("%")
    if not _PRINTED.fullmatch(printed):
        dropped.add(answer, "not a number as a report prints it")
        return None
    number = float(printed.replace(",", ""))
    if (answer.what in _WHOLE and not number.is_integer()) or (
        answer.what in _NOT_NEGATIVE and number < 0
    ):
        dropped.add(answer, f"no {answer.what} can be so")
        return None
    claim = _placed(answer, number, decimals_of(printed), document, tables, dropped)
    return claim and _by_its_cell(claim, answer, document, dropped)


def _placed(
    answer: NumberAnswer,
    number: float,
    decimals: int,
    document: Document,
    tables: ShownTables,
    dropped: Dropped,
) -> Claim | None:
    if answer.cell.strip():
        named = tables.named(answer.cell)
        if named is None:
            dropped.add(answer, "there is no such cell")
            return None
        if not stands_in(number, decimals, without_addresses(named.cell.text)):
            dropped.add(answer, f"the cell reads {named.cell.text[:_LONGEST_SAID]!r}")
            return None
        return _in_cell(answer.what, number, decimals, named)
    quote = locate(answer.quote, document)
    if quote is None:
        dropped.add(answer, "its quote is not in the document")
        return None
    if is_machine_address(quote, document):
        dropped.add(answer, "its quote is put to a machine")
        return None
    if not stands_in(number, decimals, quote.text):
        dropped.add(answer, "the number is not in its quote")
        return None
    inside = [n for n in tables.at(quote.start, quote.end)]
    holding = [n for n in inside if stands_in(number, decimals, n.cell.text)]
    if len(holding) == 1:  # a row that was quoted instead of its cell
        return _in_cell(answer.what, number, decimals, holding[0])
    return _in_text(answer.what, number, decimals, Span(quote.start, quote.end), document)


def _in_cell(what: str, number: float, decimals: int, named: NamedCell) -> Claim:
    cell = named.cell
    value = next((v for v in read_grid(named.table).cells if v.cell.start == cell.start), None)
    return Claim(
        what, number, decimals, Span(cell.start, cell.end), named.name, cell, value, named.table
    )  # fmt: skip


def _in_text(what: str, number: float, decimals: int, span: Span, document: Document) -> Claim:
    low = document.text.rfind("\n", 0, span.start) + 1
    high = document.text.find("\n", span.end)
    within = sentences(document.text, low, len(document.text) if high < 0 else high)
    over = [s for s in within if s.start < span.end and span.start < s.end]
    start = min((s.start for s in over), default=span.start)
    end = max((s.end for s in over), default=span.end)
    text = document.text[start:end]
    return Claim(what, number, decimals, span, sentence=text, sentence_start=start)


def stands_in(number: float, decimals: int, text: str) -> bool:
    """Whether a text prints a number with this sign and these decimals; words up to twenty count.

    `1,024` is 1024, `-0.5` is not 0.5, and 12 is not in 112, 1.12 or 12.5.
    """
    flat = normalised(text)
    printed = f"{number:,.{decimals}f}", f"{number:.{decimals}f}"
    for form in dict.fromkeys(printed):
        pattern = rf"(?<![\d.])(?<!\d,){re.escape(form)}(?!\d|\.\d|,\d{{3}}(?!\d))"
        for m in re.finditer(pattern, flat):
            negative = not form.startswith("-") and _minus_before(flat, m.start())
            if not negative and number in _numerals(flat):
                return True
    return decimals == 0 and number in numerals(flat) and number not in numerals_in_digits(flat)


def _numerals(text: str) -> list[float]:
    """The numbers of a text, with both readings of a hyphen between them."""
    found = numerals_in_digits(text)
    return [*found, *(abs(n) for n in found)]


def _minus_before(flat: str, at: int) -> bool:
    """Whether a hyphen before a place is a minus: it joins no range (`3-5`, `3 - 5`) or word."""
    before = flat[:at]
    joins = re.search(r"[\w%)\]]-$|[\d%)\]]\s*-\s+$", before)
    return before.rstrip().endswith("-") and joins is None


def _by_its_cell(
    claim: Claim, answer: NumberAnswer, document: Document, dropped: Dropped
) -> Claim | None:
    """The claim as its cell's own form and heads have it: a count is no percentage, an SE no SD."""
    reading = None
    if claim.value is not None and claim.table is not None:
        over = (*claim.value.labels, *claim.value.columns, *claim.value.headings)
        around = (claim.table.caption, *claim.table.footnotes)
        layout = layout_of((*(c.text for c in reversed(over)), *around))
        reading = read_cell(claim.value.cell.text, layout)
    if reading is not None and (other := _other_kind(claim, reading)):
        dropped.add(answer, f"the cell gives it as {other}")
        return None
    if claim.what in ("sd", "se"):
        return _spread(claim, document)
    return claim


def _other_kind(claim: Claim, reading: Reading) -> str | None:
    """What a cell's own form says that the number is, where it is something else."""
    known: dict[str, float | None] = {
        "events": reading.events,
        "total": reading.total,
        "percent": reading.percent,
        "mean": reading.mean,
    }
    own = known.get(claim.what)
    if own is None or own == claim.number:
        return None
    return next((name for name, n in known.items() if n == claim.number), None)


def _spread(claim: Claim, document: Document) -> Claim:
    """An SD or SE by the words beside it, else by the only one that the article speaks of."""
    beside = " ".join(claim.wordings) + (claim.cell.text if claim.cell is not None else "")
    for text in (beside, document.text):
        said = [name for name, pattern in (("sd", _SD), ("se", _SE)) if pattern.search(text)]
        if said == [claim.what]:
            return claim
        if len(said) == 1:
            doubt = (
                f"the model takes {claim.number:g} for an {claim.what.upper()}, the report speaks "
                f"of an {said[0].upper()}"
            )
            return _doubted(claim, said[0], doubt)
        if said:
            break
    doubt = f"the report does not say whether {claim.number:g} is an SD or an SE"
    return _doubted(claim, claim.what, doubt)


def _doubted(claim: Claim, what: str, doubt: str) -> Claim:
    return replace(claim, what=what, doubts=(*claim.doubts, doubt))


def one_line(text: str) -> str:
    """A model's words on one short line."""
    printable = "".join(ch if ch.isprintable() else " " for ch in text)
    return " ".join(printable.split())[:_LONGEST_SAID]
