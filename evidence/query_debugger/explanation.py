"""What a strategy does, part by part, as values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from indexers.records import Frozen

Kind = Literal[
    "and", "or", "not", "term", "heading", "mapping", "near", "dates", "line", "all records"
]
Role = Literal["line", "and operand", "or member", "included", "excluded"]


class KnownRecord(Frozen):
    """A record that the strategy ought to find, as the store holds it."""

    record_id: str
    pmid: str | None
    title: str


class Part(Frozen):
    """A node of a line's tree, with what it finds and loses.

    Numbers are None where they say nothing, or where the node was not counted (`notes` tells).

    Attributes:
        text: The node in the strategy's syntax.
        line: Of the text, 1-based; with `character` where the node begins.
        hits: Records that it finds alone.
        cumulative: Of an AND operand: what it and the operands before it find together.
        hits_without: Of an AND operand or a NOT: what its node would find without it.
        adds: Of an OR member: what no other member of its OR finds.
        n_known: Known records that it finds.
        loses: Known records that the rest of its AND finds and it does not; of a NOT, those that
            it takes out. Record ids.
        found_if_dropped: Known records that the strategy misses and would find without it.
    """

    kind: Kind
    role: Role
    text: str
    line: int
    character: int
    hits: int | None
    cumulative: int | None = None
    hits_without: int | None = None
    adds: int | None = None
    n_known: int | None = None
    loses: tuple[str, ...] = ()
    found_if_dropped: tuple[str, ...] = ()
    operands: tuple[Part, ...] = ()

    def parts(self) -> Iterator[Part]:
        """This part and all below it, in reading order."""
        yield self
        for operand in self.operands:
            yield from operand.parts()


class LineHits(Frozen):
    """A line: how many records it finds and which known ones it does not.

    Attributes:
        used_by: Numbers of the lines that refer to it.
        typed: As a person wrote it, where that is known; `tree` has it as it was read.
    """

    number: int
    hits: int | None
    missed: tuple[str, ...]
    used_by: tuple[int, ...]
    tree: Part
    typed: str = ""

    @property
    def shown(self) -> str:
        """The line as it was typed, else as it was read."""
        return self.typed or self.tree.text


class Obstacle(Frozen):
    """A part that keeps a known record out: it misses the record, or a NOT takes it out.

    Attributes:
        line_number: Of the strategy.
        alone: The record would be found without this part.
    """

    line_number: int
    how: Literal["missed by", "taken out by NOT"]
    text: str
    line: int
    character: int
    alone: bool


class LostRecord(Frozen):
    """A known record of the store that the strategy does not find, and why."""

    record: KnownRecord
    obstacles: tuple[Obstacle, ...]


class Explanation(Frozen):
    """What a strategy finds and loses.

    Attributes:
        n_records: Of the store.
        hits: Of the last line, which is what the strategy finds.
        known: The known records that the store holds.
        not_in_store: Known records, as they were named, that no search of this store can find.
        notes: What was not counted, and why.
    """

    n_records: int
    hits: int
    known: tuple[KnownRecord, ...]
    not_in_store: tuple[str, ...]
    lines: tuple[LineHits, ...]
    lost: tuple[LostRecord, ...]
    notes: tuple[str, ...] = ()

    def adding_nothing(self) -> tuple[tuple[int, Part], ...]:
        """OR members whose every hit another member finds too, with the number of their line."""
        return tuple(
            (line.number, part)
            for line in self.lines
            for part in line.tree.parts()
            if part.role == "or member" and part.adds == 0
        )
