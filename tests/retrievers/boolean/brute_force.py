"""Boolean search as plain sets: each record is read as words and names, no index involved."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from itertools import permutations

from indexers.exact_fields import name_values, word_values, words
from indexers.mesh import Descriptor, Mesh, plain_words, shipped_mesh
from indexers.records import Record
from retrievers.boolean.index_fields import NAMES, TEXTS, WORDS, names_regex
from retrievers.boolean.qualifiers import NARROWER, QUALIFIERS
from retrievers.boolean.tree import (
    AllRecords,
    And,
    AutomaticTerm,
    DateRange,
    Field,
    LineReference,
    MeshHeading,
    Near,
    Not,
    Or,
    Query,
    SearchStrategy,
    Term,
    nodes,
)


class ReadRecord:
    """A record's words by field and place; the values of a field lie one word apart."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.names = name_values(record)
        self.words: dict[str, dict[int, str]] = {}
        for name, texts in word_values(record).items():
            placed: dict[int, str] = {}
            at = 0
            for text in texts:
                found = words(text)
                placed |= {at + i: word for i, word in enumerate(found)}
                at += len(found) + 1
            self.words[name] = placed


def _is(pattern: str, word: str | None) -> bool:
    """Whether a word fits, character by character, without the regex that the index gets."""
    if word is None:
        return False
    if not pattern:
        return not word
    sign = pattern[0]
    if sign == "*":
        return len(word) <= int(pattern[1:]) if pattern[1:] else True
    if sign == "?":
        return _is(pattern[1:], word) or (bool(word) and _is(pattern[1:], word[1:]))
    return bool(word) and sign in ("#", word[0]) and _is(pattern[1:], word[1:])


def _spans(query: Query, placed: dict[int, str]) -> set[tuple[int, int]]:
    """First and last places of what matches a term, or-group or nearness in one field."""
    match query:
        case Term(wanted):
            return {
                (at, at + len(wanted) - 1)
                for at in placed
                if all(_is(word, placed.get(at + i)) for i, word in enumerate(wanted))
            }
        case Or(operands):
            return set().union(*(_spans(operand, placed) for operand in operands))
        case Near() if len(query.operands) == 2:
            left, right = (_spans(operand, placed) for operand in query.operands)
            orders = [(left, right)] if query.ordered else [(left, right), (right, left)]
            return {
                (a, d)
                for first, second in orders
                for a, b in first
                for c, d in second
                if 1 <= c - b <= query.distance
            }
        case Near():
            inner = [_spans(operand, placed) for operand in query.operands]
            window = len(inner) + query.distance - 1
            found = set()
            for order in permutations(inner):
                ends = {(a, b) for a, b in order[0]}
                for following in order[1:]:
                    ends = {(a, d) for a, b in ends for c, d in following if c > b}
                found |= {(a, b) for a, b in ends if b - a < window}
            return found
        case _:
            raise AssertionError(query)


def matches(query: Query, read: ReadRecord, mesh: Mesh, strategy: SearchStrategy) -> bool:
    """Whether the record is found."""
    match query:
        case And(operands):
            return all(matches(operand, read, mesh, strategy) for operand in operands)
        case Or(operands):
            return any(matches(operand, read, mesh, strategy) for operand in operands)
        case Not(included, excluded):
            return matches(included, read, mesh, strategy) and not matches(
                excluded, read, mesh, strategy
            )
        case AutomaticTerm():
            return matches(query.query, read, mesh, strategy)
        case LineReference(number):
            line = next(line for line in strategy.lines if line.number == number)
            return matches(line.query, read, mesh, strategy)
        case AllRecords(with_abstract):
            return bool(words(read.record.abstract)) or not with_abstract
        case DateRange(start, end):
            year = read.record.year
            low, high = int((start or "0")[:4]), int((end or "9999")[:4])
            return year is not None and low <= year <= high
        case MeshHeading():
            return _heading(query, read, mesh)
        case Near():
            fields = next(node.fields for node, _ in nodes(query) if isinstance(node, Term))
            return any(_spans(query, read.words[WORDS[f]]) for f in fields if f in WORDS)
        case Term():
            return _term(query, read, mesh)


def _term(term: Term, read: ReadRecord, mesh: Mesh) -> bool:
    if any(field in TEXTS for field in term.fields):
        return any(_spans(term, read.words[WORDS[f]]) for f in term.fields if f in WORDS)
    for field in term.fields:
        if field is Field.SUBHEADING:
            wanted = _subheadings([QUALIFIERS.get(term.text, term.text)], term.exploded)
            printed = [part for h in read.record.mesh_headings for part in h.split("/")[1:]]
            return any(_without_and(part) in wanted for part in printed)
        if field in (Field.SUBSTANCE, Field.REGISTRY_NUMBER):
            names = [words(name) for name in read.record.chemicals]
            if term.quoted:
                return list(term.words) in names
            return any(_spans(term, dict(enumerate(name))) for name in names)
        values = read.names.get(NAMES.get(field, ""), [])
        pattern = re.compile(names_regex(term, field))
        if any(pattern.fullmatch(value) for value in values):
            return True
        found = mesh.descriptor(term.text) if term.exploded else None
        if field is Field.PUBLICATION_TYPE and found is not None:
            narrower = set(map(plain_words, mesh.exploded(found)))
            if narrower & set(values):
                return True
    return False


def _heading(heading: MeshHeading, read: ReadRecord, mesh: Mesh) -> bool:
    if heading.major or heading.subheadings:
        return any(_fits(heading, printed, mesh) for printed in read.record.mesh_headings)
    values = set(read.names["name_mesh"])
    if heading.heading.endswith("*"):
        return any(value.startswith(heading.heading[:-1]) for value in values)
    found = mesh.descriptor(heading.descriptor or heading.heading)
    if found is None:
        return plain_words(heading.heading) in values
    wanted = _at_or_below(found) if heading.exploded else {found.name}
    plain = set(map(plain_words, wanted))
    typed = any(number.startswith("V") for number in found.tree_numbers)
    return bool(plain & values or (typed and plain & set(read.names["name_publication_type"])))


def _fits(heading: MeshHeading, printed: str, mesh: Mesh) -> bool:
    """Whether `Asthma/*drug therapy` is what is wanted."""
    first, *behind = printed.split("/")
    found = mesh.descriptor(heading.heading)
    names = _at_or_below(found) if found and heading.exploded else {heading.heading}
    if plain_words(first) not in map(plain_words, names):
        return False
    if not heading.subheadings:
        return "*" in printed
    wanted = _subheadings(heading.subheadings, heading.exploded_subheadings)
    starred = [part for part in behind if (first + part).count("*")] if heading.major else behind
    return any(_without_and(part) in wanted for part in starred)


def _subheadings(names: Iterable[str], exploded: bool) -> set[str]:
    known = {_without_and(name): name for name in NARROWER}
    found = {_without_and(name) for name in names}
    if exploded:
        found |= {_without_and(n) for name in found & set(known) for n in NARROWER[known[name]]}
    return found


def _without_and(name: str) -> str:
    return " ".join(re.findall(r"\b(?!and\b)[a-z]+", name))


@cache
def _at_or_below(found: Descriptor) -> set[str]:
    """By looking at every place of every descriptor."""
    return {found.name} | {
        other.name
        for other in shipped_mesh().descriptors()
        for number in other.tree_numbers
        for above in found.tree_numbers
        if number.startswith(f"{above}.")
    }
