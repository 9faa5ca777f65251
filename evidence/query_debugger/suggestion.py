"""A term that would bring lost records back, as a value."""

from __future__ import annotations

from collections.abc import Sequence

from evidence.query_debugger.explanation_text import plain, short
from indexers.records import Frozen


class Suggestion(Frozen):
    """A term to add with OR to one part of a strategy.

    Attributes:
        term: In the strategy's syntax.
        line_number: Of the strategy, where the part stands.
        beside: The part, which the term is joined to with OR.
        line: Of the text, 1-based; with `character` where the part begins.
        finds_lost: Lost records that the strategy finds with the term. Record ids.
        overcomes: Lost records that the part misses and that have the term: `finds_lost`, and
            those that another part of the strategy keeps out as well.
        hits: Records of the store that have the term.
        further_hits: Other records that it finds with the term and not without it.
        n_found_with_term: Known records that the part finds and that have the term, too: the more,
            the surer the term belongs to the part's concept.
        shared_heading: The MeSH heading that both the term and a term of the part are names of.
    """

    term: str
    line_number: int
    beside: str
    line: int
    character: int
    finds_lost: tuple[str, ...]
    overcomes: tuple[str, ...]
    hits: int
    further_hits: int
    n_found_with_term: int
    shared_heading: str


def suggestions_text(suggestions: Sequence[Suggestion]) -> str:
    """The suggestions as lines for a terminal."""
    if not suggestions:
        return "No term of the lost records would bring one back."
    lines = ["  lost found  further hits  hits alone  term"]
    for s in suggestions:
        n_waiting = len(s.overcomes) - len(s.finds_lost)
        waiting = f" ({n_waiting} more are lost elsewhere, too)" if n_waiting else ""
        beside = short(plain(s.beside), 60)
        numbers = f"{len(s.finds_lost):>12}  {s.further_hits:>12,}  {s.hits:>10,}"
        term = short(plain(s.term), 60)
        same = f" (both {s.shared_heading})" if s.shared_heading else ""
        place = f"to line {s.line_number} beside {beside}{same}"
        lines.append(f"{numbers}  OR {term}{waiting}, {place}")
    return "\n".join(lines)
