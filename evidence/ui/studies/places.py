"""The places in the report for numbers that a person typed, to pick from with one click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from evidence.extraction.by_person import Source
from evidence.extraction.number_places import Place, around, number_places
from evidence.extraction.result_grid import Cell, ChangedNumber, GridRow, changed_numbers
from evidence.findings import values
from evidence.grounding import is_quoted
from evidence.ui.cards import plain
from evidence.ui.studies.results import field_words
from indexers.records import Document, Quote

_OTHER = "other words"
_PLACES = 5
_AROUND = 70


@dataclass(frozen=True)
class TypedKeys:
    """The keys of the inputs about what was typed; a number typed anew is asked for anew."""

    record_id: str

    def of(self, name: str) -> str:
        """The key of an input about the whole act."""
        return f"studies-typed-{name}-{self.record_id}"

    def number(self, name: str, change: ChangedNumber) -> str:
        """The key of an input about one number."""
        return self.of(f"{name}-{change.row.key[:48]}-{change.field}-{change.after}")


def pick(
    change: ChangedNumber, changes: Sequence[ChangedNumber], document: Document, keys: TypedKeys
) -> list[Quote]:
    """Ask for the place of a number; the picked one, or all that may be it."""
    places = _places(change, changes, document)
    by_id = {place.quote.passage_id: place for place in places[:_PLACES]}
    key = keys.number("place", change)
    if st.session_state.get(key) is None:
        picked = _already_picked(change, changes, by_id, keys)
        if picked is not None:
            st.session_state[key] = picked
    if not places:
        st.caption("This number does not stand in the report. Which words is it computed from?")
    options = [*by_id, _OTHER]
    number = change.after or 0.0
    chosen = st.radio(
        f"Where does {field_words(change.field)} stand?",
        options,
        index=None,
        format_func=lambda option: _place_words(by_id, option, number),
        captions=[plain(by_id[option].where) if option in by_id else "" for option in options],
        key=key,
        persist_state="session",
    )
    if len(places) > _PLACES:
        st.caption(f"It stands at {len(places) - _PLACES} more places.")
    if chosen == _OTHER:
        _other_words(change, keys)
    if chosen in by_id:
        return [by_id[chosen].quote]
    return [place.quote for place in by_id.values()] if chosen is None else []


def _places(
    change: ChangedNumber, changes: Sequence[ChangedNumber], document: Document
) -> list[Place]:
    result = change.row.result
    others = [c.after for c in changes if c is not change and c.after is not None]
    if result is not None:
        changed = {c.field for c in changes}
        kept = values(result.data).items()
        others += [n for field, n in kept if n is not None and field not in changed]
    near = [] if result is None else [q for item in result.evidence for q in item.quotes]
    outcome = change.row.outcome
    return number_places(change.after or 0.0, document, outcome=outcome, together=others, near=near)


def _already_picked(
    change: ChangedNumber,
    changes: Sequence[ChangedNumber],
    by_id: Mapping[str, Place],
    keys: TypedKeys,
) -> str | None:
    """The words that were picked for another number of the result, where they hold this one too."""
    for other in changes:
        picked: str = st.session_state.get(keys.number("place", other)) or ""
        if picked in by_id and is_quoted(change.after or 0.0, [by_id[picked].quote]):
            return picked
    return None


def _place_words(by_id: Mapping[str, Place], option: str, number: float) -> str:
    if option not in by_id:
        return "Other words of the report"
    before, told, after = around(number, by_id[option].quote.text, _AROUND)
    first = " " if before[-1:].isspace() else ""  # `plain` takes the white space at both ends away
    last = " " if after[:1].isspace() else ""
    marked = f"{first}**{plain(told)}**{last}" if told else ""
    return f"{plain(before)}{marked}{plain(after)}"


def _other_words(change: ChangedNumber, keys: TypedKeys) -> None:
    st.text_area(
        f"Words of the report for {field_words(change.field)}",
        key=keys.number("words", change),
        placeholder="paste them as they stand there",
        height=68,
        persist_state="session",
    )
    st.text_input(
        f"How {field_words(change.field)} was computed from them",
        key=keys.number("derivation", change),
        placeholder="only where the number itself is not in the words",
        max_chars=300,
        persist_state="session",
    )


def sources_of(
    rows: Sequence[GridRow],
    typed: Mapping[str, Mapping[str, Cell]],
    document: Document | None,
    keys: TypedKeys,
) -> dict[tuple[str, str], Source]:
    """The words that were picked or pasted, by row and field; numbers without any are left out."""
    found: dict[tuple[str, str], Source] = {}
    for row in rows:
        changes = changed_numbers([row], typed)
        for change in changes if document is not None else ():
            if change.after is None:
                continue
            picked = st.session_state.get(keys.number("place", change))
            if picked == _OTHER:
                words = st.session_state.get(keys.number("words", change)) or ""
                how = st.session_state.get(keys.number("derivation", change)) or ""
                if words.strip():
                    found[row.key, change.field] = Source(words=words, derivation=how)
            elif picked is not None and document is not None:
                places = _places(change, changes, document)
                quote = next((p.quote for p in places if p.quote.passage_id == picked), None)
                if quote is not None:
                    found[row.key, change.field] = Source(words=quote.text, quote=quote)
    return found
