"""Ovid MEDLINE's syntax: numbered lines, headings with `/`, fields behind a dot, `adj`.

`adj` binds closest, then `and` and `not` from left to right, then `or`; a mix without brackets
gives a notice. A suffix behind brackets goes to every term in them that has none; terms without
any are searched in `.mp.`. `adj` is next to each other in this order, `adjN` within N words.
"""

from __future__ import annotations

import re
from typing import NoReturn

from indexers.mesh import Mesh, shipped_mesh
from retrievers.boolean.errors import Place, QueryError, QueryNotice
from retrievers.boolean.foreign import foreign_tags, foreign_to_ovid
from retrievers.boolean.limits import limited
from retrievers.boolean.line_references import DEEPEST, check_strategy
from retrievers.boolean.ovid_lines import ovid_spans
from retrievers.boolean.ovid_terms import (
    heading_of,
    suffix_names,
    with_default,
    with_suffix,
    years_of,
)
from retrievers.boolean.ovid_tokens import Token, ovid_tokens
from retrievers.boolean.source import Source, Span
from retrievers.boolean.tree import (
    Line,
    LineReference,
    Near,
    Not,
    Or,
    Query,
    SearchStrategy,
    Term,
    all_of,
    any_of,
    nodes,
)
from retrievers.boolean.words import ovid_words

_WIDEST_ADJ = 99
_NUMBER = re.compile(r"#?([1-9]\d{0,4})")  # `04` is a word, and stays one with its zero
_DATES = re.compile(r"[\d/: -]*(?:current)?\s*", re.I)
_MOST_RANGE = 2_000


def parse_ovid(text: str, mesh: Mesh | None = None) -> SearchStrategy:
    """Read a strategy in Ovid MEDLINE's syntax, as pasted.

    What stands before line 1 and the numbers of hits behind lines are skipped; without line
    numbers each line is one, unless brackets or an operator carry it over to the next.

    Args:
        text: The strategy.
        mesh: Finds headings; the shipped table unless given.

    Raises:
        QueryError: The first fault, with its line and character.
    """
    source = Source(text)
    notices: list[QueryNotice] = []
    table = mesh or shipped_mesh()
    lines: list[Line] = []
    spans = ovid_spans(source, notices)
    notices += foreign_tags(source, "ovid")
    for span in spans:
        limit = limited(source, span, table, notices)
        query = limit or _Parser(source, span, table, notices).parse()
        lines.append(Line(span.number, query, source.place(span.start)))
    check_strategy(lines)
    for line in lines:
        _check_nearness(line.query)
    return SearchStrategy(tuple(lines), tuple(notices))


class _Parser:
    """Recursive descent over the tokens of one line."""

    def __init__(self, source: Source, span: Span, mesh: Mesh, notices: list[QueryNotice]) -> None:
        self._source = source
        self._mesh = mesh
        self._notices = notices
        self._number = span.number
        self._tokens = list(ovid_tokens(source, span.start, span.end, mesh))
        self._at = 0

    def parse(self) -> Query:
        query = self._chain(0)
        if self._now().kind == ")":
            self._fail("this bracket closes nothing; expected ( before it")
        untagged = [n for n, _ in nodes(query) if isinstance(n, Term) and not n.fields]
        if untagged:
            self._notices.append(
                QueryNotice(untagged[0].place, "no field behind this term; searched in .mp.")
            )
            query = with_default(query, self._mesh)
        return query

    def _now(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._now()
        self._at += 1
        return token

    def _place(self, token: Token) -> Place:
        return self._source.place(token.start)

    def _fail(self, message: str) -> NoReturn:
        raise QueryError(self._place(self._now()), message)

    def _chain(self, depth: int) -> Query:
        """Groups of `and` and `not`, joined by `or`."""
        first = self._now()
        seen: set[str] = set()
        alternatives = [self._conjunction(depth, seen)]
        while self._operator() == "or":
            seen.add("or")
            self._next()
            alternatives.append(self._conjunction(depth, seen))
        if self._now().kind not in (")", "end"):
            self._fail(self._side_by_side())
        if "or" in seen and len(seen) > 1:
            self._notices.append(
                QueryNotice(self._place(first), "or with and/not without brackets; or binds least")
            )
        return any_of(alternatives)

    def _conjunction(self, depth: int, seen: set[str]) -> Query:
        joined = [self._nearness(depth)]
        while (operator := self._operator()) in ("and", "not"):
            seen.add(operator)
            self._next()
            operand = self._nearness(depth)
            if operator == "not":
                joined = [Not(all_of(joined), operand)]
            else:
                joined.append(operand)
        return all_of(joined)

    def _nearness(self, depth: int) -> Query:
        query = self._operand(depth)
        while (operator := self._operator()).startswith("adj"):
            token = self._next()
            width = operator[3:]
            if width and not (len(width) < 3 and 1 <= int(width) <= _WIDEST_ADJ):
                raise QueryError(self._place(token), f"expected adj1 to adj{_WIDEST_ADJ}")
            other = self._operand(depth)
            query = Near((query, other), int(width or 1), not width, self._place(token))
        return query

    def _operator(self) -> str:
        return self._now().value.lower() if self._now().kind == "operator" else ""

    def _side_by_side(self) -> str:
        if self._now().value.lower() == "use":
            return _use_message(self._tokens[self._at + 1].value)
        if self._now().value.lower().startswith("/freq"):
            return "/freq is not supported; this index keeps no counts of words"
        return (
            f"{self._missing_line()}expected and, or, not or adj before {self._now().value[:40]!r}"
        )

    def _missing_line(self) -> str:
        """Of a number that begins a line of the text and is not the next one: what is missing."""
        token = self._now()
        place = self._place(token)
        before = self._source.text[token.start - place.character + 1 : token.start]
        first = self._number + 1
        if before.strip() or not token.value.isdigit() or int(token.value) <= first:
            return ""
        last = int(token.value) - 1
        missing = f"line {first} is" if first == last else f"lines {first} to {last} are"
        return f"{missing} missing; "

    def _operand(self, depth: int) -> Query:
        token = self._now()
        place = self._place(token)
        match token.kind:
            case "(":
                query = self._group(depth)
            case "lines":
                query = self._lines(self._next())
            case "heading":
                self._next()
                return heading_of(token.match(), self._mesh, place, self._notices)
            case "quoted":
                self._next()
                query = self._term(token.value, place, quoted=True)
            case "word":
                query = self._run()
            case "suffix":
                self._fail(f"{token.value} has nothing before it; expected a term")
            case _:
                self._fail(f"expected a term{f' before {token.value}' if token.value else ''}")
        if self._now().kind == "suffix":
            suffix = self._next()
            names = suffix_names(suffix.value)
            query = with_suffix(query, names, self._place(suffix), self._mesh, self._notices)
        return query

    def _run(self) -> Query:
        """Words up to an operator, a bracket or a suffix; a number alone is a line."""
        first = self._at
        while self._now().kind in ("word", "quoted"):
            if self._now().value.lower() == "use" and self._at > first:
                break
            self._next()
        tokens = self._tokens[first : self._at]
        place = self._place(tokens[0])
        number = _NUMBER.fullmatch(tokens[0].value)
        if number and len(tokens) == 1:
            if tokens[0].value.startswith("#"):
                self._notices.append(
                    QueryNotice(
                        place,
                        f"Ovid writes {number[1]} for a line, # is a wildcard; read as line"
                        f" {number[1]}",
                    )
                )
            return LineReference(int(number[1]), place)
        for message in foreign_to_ovid(" ".join(token.value for token in tokens)):
            self._notices.append(QueryNotice(place, message))
        return self._term(" ".join(token.value for token in tokens), place, quoted=False)

    def _term(self, text: str, place: Place, *, quoted: bool) -> Query:
        dated = self._now().kind == "suffix" and suffix_names(self._now().value) in (["yr"], ["dp"])
        if dated and _DATES.fullmatch(text):
            return years_of(text, place)
        words = ovid_words(text, place)
        if not words:
            raise QueryError(place, f"{text[:40]!r} holds no word; expected letters or digits")
        return Term(words, (), quoted=quoted, place=place)

    def _group(self, depth: int) -> Query:
        opening = self._next()
        if depth >= DEEPEST:
            raise QueryError(
                self._place(opening), f"expected at most {DEEPEST} brackets in each other"
            )
        if self._now().kind == ")":
            self._fail("expected a term between brackets")
        query = self._chain(depth + 1)
        if self._now().kind != ")":
            raise QueryError(self._place(opening), "this bracket is not closed; expected )")
        self._next()
        return query

    def _lines(self, token: Token) -> Query:
        """The lines of `or/1-3,5` and `1-3,5/or`."""
        place = self._place(token)
        numbers: list[int] = []
        for part in token.match()["lines"].split(","):
            first, dash, last = (piece.strip() for piece in part.partition("-"))
            low, high = int(first), int(last if dash else first)
            if not low <= high < low + _MOST_RANGE or len(numbers) > _MOST_RANGE:
                raise QueryError(place, f"expected a range of lines such as 1-6, not {part[:20]}")
            numbers += range(low, high + 1)
        references = [LineReference(number, place) for number in dict.fromkeys(numbers)]
        return any_of(references) if token.value == "or" else all_of(references)


def _use_message(code: str) -> str:
    return (
        f"`use {code[:12]}` picks a database of a search in several; this store is one database: "
        "remove it"
    )


def _check_nearness(query: Query) -> None:
    """Refuse `adj` between anything but terms of the same fields."""
    for node, _ in nodes(query):
        if not isinstance(node, Near):
            continue
        fields = None
        for inner, _ in nodes(node):
            if not isinstance(inner, Near | Or | Term):
                raise QueryError(
                    node.place, "adj joins words, phrases and or-groups of them, nothing else"
                )
            if isinstance(inner, Term):
                if fields is not None and inner.fields != fields:
                    raise QueryError(
                        node.place,
                        "expected the same fields on both sides of adj; put brackets around "
                        "them, as in (a adj b).ti,ab.",
                    )
                fields = inner.fields
