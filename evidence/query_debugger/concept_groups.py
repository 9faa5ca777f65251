"""The OR groups of a strategy, which stand for its concepts, across lines that OR joins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from retrievers.boolean.errors import Place
from retrievers.boolean.tree import (
    And,
    AutomaticTerm,
    LineReference,
    MeshHeading,
    Near,
    Not,
    Or,
    Query,
    SearchStrategy,
    Term,
    nodes,
    place_of,
)

# Of a filter for randomised trials (Lefebvre et al., Cochrane Handbook, technical supplement 4).
_FILTER_WORDS = {
    "randomized controlled trial", "controlled clinical trial", "randomized", "randomised",
    "placebo", "randomly", "trial", "groups", "clinical trials as topic", "randomi?ed",
}  # fmt: skip
_FILTER_AT_LEAST = 4


@dataclass(frozen=True, slots=True)
class Group:
    """What OR joins: a concept with its synonyms; a part that stands alone is a group of one.

    Attributes:
        members: Operands of OR, through references to lines that are ORs or single terms.
        excluded: Behind a NOT.
        within: Of a nearness, whose operands have no headings of their own.
        beside_heading: Part of a phrase-like AND in a larger OR that has a heading.
    """

    members: tuple[Query, ...]
    excluded: bool = False
    within: bool = False
    beside_heading: bool = False

    @property
    def place(self) -> Place:
        """Where its first member begins."""
        return place_of(self.members[0])

    def terms(self) -> list[Term]:
        """Members that are words."""
        return [member for member in self.members if isinstance(member, Term)]

    def headings(self) -> list[MeshHeading]:
        """Headings, also those in members that are an AND."""
        return [
            n for member in self.members for n, _ in nodes(member) if isinstance(n, MeshHeading)
        ]

    def is_trial_filter(self) -> bool:
        """Whether it is a filter for randomised trials, which is used as it was validated."""
        texts = {n.text for m in self.members for n, _ in nodes(m) if isinstance(n, Term)}
        headings = {n.heading.lower() for n in self.headings()}
        return len(_FILTER_WORDS & (texts | headings)) >= _FILTER_AT_LEAST


def concept_groups(strategy: SearchStrategy) -> list[Group]:
    """The groups in reading order; a line that an OR of another line takes in is part of that."""
    lines = {line.number: line.query for line in strategy.lines}
    taken_in = {
        operand.number
        for query in lines.values()
        for node, _ in nodes(query)
        if isinstance(node, Or)
        for operand in node.operands
        if isinstance(operand, LineReference)
    }
    found: list[Group] = []
    for line in strategy.lines:
        whole = line.number in taken_in and not isinstance(line.query, And | Not)
        if not whole:
            found += _groups(line.query, lines, Group(()))
    return found


def resolved(query: Query, lines: Mapping[int, Query]) -> Query:
    """The query, or that of the line it refers to."""
    while isinstance(query, LineReference):
        query = lines[query.number]
    return query


def _groups(query: Query, lines: Mapping[int, Query], around: Group) -> Iterator[Group]:
    """The groups below a node; `around` says where it stands."""
    match query:
        case LineReference():
            return
        case Or():
            group = _in_place(tuple(_members(query, lines)), around)
            yield group
            beside = around.beside_heading or bool(group.headings())
            inner = Group((), around.excluded, around.within, beside)
            for operand in query.operands:
                if isinstance(operand, And | Not | Near):
                    yield from _groups(operand, lines, inner)
        case And(operands):
            for operand in operands:
                yield from _groups(operand, lines, around)
        case Not(included, excluded):
            yield from _groups(included, lines, around)
            yield from _groups(excluded, lines, Group((), True, around.within))
        case Near(operands):
            for operand in operands:
                yield from _groups(operand, lines, Group((), around.excluded, True, True))
        case _:
            yield _in_place((query,), around)


def _members(query: Or, lines: Mapping[int, Query]) -> Iterator[Query]:
    for operand in query.operands:
        target = resolved(operand, lines)
        if isinstance(target, Or):
            yield from _members(target, lines)
        else:
            yield target


def _in_place(members: tuple[Query, ...], around: Group) -> Group:
    return Group(members, around.excluded, around.within, around.beside_heading)


def texts_in(group: Group) -> Iterator[tuple[str, ...]]:
    """The words of every text term of a group, also in its ANDs, nearnesses and mappings."""
    for member in group.members:
        for node, _ in nodes(member):
            if isinstance(node, Term):
                yield node.words
            elif isinstance(node, AutomaticTerm):
                yield tuple(node.text.lower().split())
