"""A strategy as the lines that a person edits, and what they say when they are looked into."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from evidence.query_debugger.explanation import Explanation
from evidence.query_debugger.finding import Finding
from evidence.query_debugger.suggestion import Suggestion
from evidence.query_debugger.written import Syntax
from indexers.records import Frozen
from retrievers.boolean.errors import QueryError

if TYPE_CHECKING:
    from evidence.question import ClinicalQuestion
    from evidence.state import ReviewState
    from indexers.store import Store

_REFERENCE = re.compile(r"#(\d+)\b")


class EditedLine(Frozen):
    """A line by the number under which other lines refer to it; its text may be empty yet."""

    number: int
    text: str


class Place(Frozen):
    """Where a strategy cannot be read: a line by its number, and a character of its text."""

    number: int | None
    character: int
    message: str


class Look(Frozen):
    """What a strategy does on a store, or the one thing that has to be put right first.

    Attributes:
        fault: Where it cannot be read or run; then the rest is empty.
        numbers: Of the lines that are not empty, in their order.
    """

    fault: Place | None = None
    explanation: Explanation | None = None
    findings: tuple[Finding, ...] = ()
    numbers: tuple[int, ...] = ()


def lines_of(text: str, syntax: Syntax) -> tuple[EditedLine, ...]:
    """The lines of a strategy as it was pasted: numbers are kept, Ovid's counts of hits are not.

    PubMed's text without numbers that refers to no line is one line, whatever its line breaks.

    Raises:
        QueryError: A number stands twice, or there are too many lines.
    """
    from retrievers.boolean.ovid_lines import ovid_spans
    from retrievers.boolean.source import Source, numbered_spans

    if not text.strip():
        return (EditedLine(number=1, text=""),)
    source = Source(text)
    spans = ovid_spans(source, []) if syntax == "ovid" else numbered_spans(source)[0]
    if spans:
        return tuple(
            EditedLine(number=span.number, text=" ".join(source.raw[span.start : span.end].split()))
            for span in spans
        )
    rows = [" ".join(row.split()) for row in text.splitlines() if row.strip()]
    if len(rows) > 1 and any(_REFERENCE.search(row) for row in rows):
        return tuple(EditedLine(number=number, text=row) for number, row in enumerate(rows, 1))
    return (EditedLine(number=1, text=" ".join(rows)),)


def text_of(lines: Sequence[EditedLine], syntax: Syntax) -> str:
    """The strategy as it is run and kept: one numbered row a line; empty lines are left out.

    A strategy of one line has no number, so that it can be pasted into any search box.
    """
    return "\n".join(marker + text for marker, text in _rows(lines, syntax))


def in_one_query(lines: Sequence[EditedLine]) -> str:
    """The whole strategy as one query, references written out, for a service's search box."""
    texts: dict[int, str] = {}
    last = ""
    for line in lines:
        if line.text.strip():
            last = _REFERENCE.sub(
                lambda m: f"({texts[int(m[1])]})" if int(m[1]) in texts else m[0],
                " ".join(line.text.split()),
            )
            texts[line.number] = last
    return last


def first_lines(question: ClinicalQuestion) -> tuple[EditedLine, ...]:
    """What the editor begins with before any strategy was run: the question's own, if it has one.

    Raises:
        SettingsError: A filter of the strategy is not known.
    """
    if question.strategy is None:
        return (EditedLine(number=1, text=""),)
    from evidence.strategy.lines import to_pubmed

    return lines_of(to_pubmed(question.strategy), "pubmed")


def drafted_lines(question: ClinicalQuestion) -> tuple[EditedLine, ...]:
    """A draft from the question's words, in PubMed's syntax.

    Raises:
        SettingsError: The question holds no name that can be searched.
    """
    from evidence.strategy.draft import draft_strategy
    from evidence.strategy.lines import to_pubmed

    return lines_of(to_pubmed(draft_strategy(question)), "pubmed")


def look_into(
    lines: Sequence[EditedLine], store: Store, known: Sequence[str], syntax: Syntax
) -> Look:
    """Count what each line finds, and what a peer reviewer would object to.

    Args:
        lines: As they are edited.
        store: Is searched.
        known: Record ids or PMIDs that the strategy ought to find.
        syntax: In which the lines are written.

    Raises:
        StoreError: The store is damaged.
    """
    from evidence.query_debugger.explain import explain
    from evidence.query_debugger.lint import lint
    from evidence.searching.store import parsed

    text = text_of(lines, syntax)
    numbers = tuple(line.number for line in lines if line.text.strip())
    if not numbers:
        return Look()
    try:
        strategy = parsed(text, syntax)
        typed = {
            line.number: row
            for line, (_, row) in zip(strategy.lines, _rows(lines, syntax), strict=True)
        }
        explanation = explain(strategy, store, known, syntax=syntax, typed=typed)
    except QueryError as error:
        return Look(fault=_place(lines, syntax, error), numbers=numbers)
    return Look(explanation=explanation, findings=lint(text, syntax), numbers=numbers)


def suggestions_for(
    lines: Sequence[EditedLine], store: Store, known: Sequence[str], syntax: Syntax
) -> tuple[Suggestion, ...]:
    """Terms that would bring lost records back.

    Raises:
        QueryError: The strategy cannot be read.
        StoreError: The store is damaged.
    """
    from evidence.query_debugger.suggest import suggest
    from evidence.searching.store import parsed

    return suggest(parsed(text_of(lines, syntax), syntax), store, known, syntax=syntax)


def found_ids(lines: Sequence[EditedLine], store: Store, syntax: Syntax) -> tuple[str, ...]:
    """All that the strategy finds in a store, in the store's order.

    Raises:
        QueryError: The strategy cannot be read.
        StoreError: The store is damaged.
    """
    from evidence.searching.store import parsed
    from retrievers.boolean.evaluate import BooleanRetriever

    return tuple(BooleanRetriever(store).search(parsed(text_of(lines, syntax), syntax)))


def with_term(lines: Sequence[EditedLine], suggestion: Suggestion) -> tuple[EditedLine, ...] | None:
    """The lines with a suggested term beside its part; None where the part is not written so."""
    part = suggestion.beside
    changed = []
    for line in lines:
        text = line.text
        if line.number == suggestion.line_number:
            if text.count(part) != 1:
                return None
            joined = f"{part} OR {suggestion.term}"
            text = joined if text.strip() == part else text.replace(part, f"({joined})")
        changed.append(EditedLine(number=line.number, text=text))
    return tuple(changed)


def known_ids(state: ReviewState, store: Store) -> tuple[str, ...]:
    """The records included so far, by the names that the store may know them by."""
    names = []
    for record_id in state.with_fate("included"):
        record = state.records[record_id].record
        stored = store.lexical.record(record_id)
        names.append(record_id if stored is not None or not record.pmid else record.pmid)
    return tuple(names)


def _rows(lines: Sequence[EditedLine], syntax: Syntax) -> list[tuple[str, str]]:
    """What stands before each line that is not empty, and its text."""
    filled = [(line.number, " ".join(line.text.split())) for line in lines if line.text.strip()]
    if len(filled) == 1:
        return [("", filled[0][1])]
    sign = "" if syntax == "ovid" else "#"
    return [(f"{sign}{number}. ", text) for number, text in filled]


def _place(lines: Sequence[EditedLine], syntax: Syntax, error: QueryError) -> Place:
    """The place of a fault in the lines as they are edited: a person sees no numbers in them."""
    numbers = [line.number for line in lines if line.text.strip()]
    rows = _rows(lines, syntax)
    at = min(max(error.line, 1), len(rows)) - 1
    character = max(1, error.character - len(rows[at][0]))
    return Place(number=numbers[at], character=character, message=error.message)
