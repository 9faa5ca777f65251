"""PubMed's syntax: operators from left to right with equal precedence, tags behind terms.

What PubMed does silently and a librarian should know becomes a notice: operators mixed without
brackets, terms side by side (joined by AND), operators not in capitals, what is ignored. Terms
of several words are phrases. The grammar is that of https://pubmed.ncbi.nlm.nih.gov/help/.
"""

from __future__ import annotations

import re
from typing import NoReturn

from indexers.mesh import Mesh, shipped_mesh
from retrievers.boolean.errors import Place, QueryError, QueryNotice
from retrievers.boolean.foreign import foreign_tags
from retrievers.boolean.line_references import DEEPEST, check_strategy, too_deep
from retrievers.boolean.pubmed_terms import PubmedTerms
from retrievers.boolean.pubmed_tokens import Token, operator_of, pubmed_tokens
from retrievers.boolean.source import Source, Span, gaps, numbered_spans
from retrievers.boolean.tree import (
    Line,
    LineReference,
    Not,
    Query,
    SearchStrategy,
    all_of,
    any_of,
)

_REFERENCE = re.compile(r"#\d")
_PMID = re.compile(r"[0-9]{1,8}")


def parse_pubmed(text: str, mesh: Mesh | None = None) -> SearchStrategy:
    """Read a query, or a strategy of several lines, in PubMed's syntax.

    Lines are numbered by what stands before them (`#1`, `1.`); without numbers, a text that
    refers to lines (`#1 AND #2`) has one query a line, any other is one query.

    Args:
        text: The query as pasted; `//` and `# ` begin lines of comment.
        mesh: Finds headings; the shipped table unless given.

    Raises:
        QueryError: The first fault, with its line and character.
    """
    source = Source(text)
    notices: list[QueryNotice] = []
    spans, preamble = numbered_spans(source)
    if preamble and spans:
        notices.append(QueryNotice(source.place(preamble[0]), "skipped what stands before line 1"))
    if not spans:
        spans = _unnumbered(source)
    notices += [*gaps(source, spans), *foreign_tags(source, "pubmed")]
    terms = PubmedTerms(source, mesh or shipped_mesh(), notices)
    lines = []
    for span in spans:
        query = _Parser(source, span, terms, notices).parse()
        lines.append(Line(span.number, query, source.place(span.start)))
    check_strategy(lines)
    return SearchStrategy(tuple(lines), tuple(notices))


def _unnumbered(source: Source) -> list[Span]:
    found = source.lines()
    if len(found) > 1 and _REFERENCE.search(source.text):
        return [Span(number, start, end) for number, (start, end) in enumerate(found, 1)]
    return [Span(1, found[0][0], found[-1][1])]


class _Parser:
    """Recursive descent over the tokens of one line."""

    def __init__(
        self, source: Source, span: Span, terms: PubmedTerms, notices: list[QueryNotice]
    ) -> None:
        self._source = source
        self._tokens = list(pubmed_tokens(source, span.start, span.end))
        self._at = 0
        self._terms = terms
        self._notices = notices

    def parse(self) -> Query:
        operands = [token.value for token in self._tokens if token.kind not in ("(", ")", "end")]
        self._terms.only_numbers = all(map(_PMID.fullmatch, operands))
        query = self._chain(0)
        if self._now().kind == ")":
            self._fail("this bracket closes nothing; expected ( before it")
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

    def _note(self, token: Token, message: str) -> None:
        self._notices.append(QueryNotice(self._place(token), message))

    def _chain(self, depth: int) -> Query:
        """Operands and operators up to a closing bracket or the end, folded from the left."""
        pending = [self._required_operand(depth)]
        joined = ""
        mixed = False
        turns = 0
        while self._now().kind not in (")", "end"):
            token = self._now()
            operator = self._operator()
            operand = self._operand(depth)
            if operand is None:
                continue
            if joined and operator != joined:
                if "OR" in (operator, joined) and not mixed:
                    mixed = True
                    self._note(
                        token,
                        f"{joined} and {operator} without brackets; read from left to right",
                    )
                pending = [_joined(joined, pending)]
                turns += 1  # each nests what stands before it one deeper
                if turns > DEEPEST:
                    raise too_deep(self._place(token))
            pending.append(operand)
            joined = operator
        return _joined(joined, pending)

    def _operator(self) -> str:
        """The operator before the next operand; terms side by side are joined by AND."""
        token = self._now()
        if token.kind == "tag":
            self._fail(f"[{token.value}] tags nothing; expected a term before it")
        if token.kind != "operator":
            self._note(token, "no operator before this term; joined by AND")
            return "AND"
        self._next()
        operator = operator_of(token)
        if token.value != operator:
            self._note(token, f"{token.value} is read as {operator}; PubMed wants capitals")
        following = self._now()
        if following.kind == "operator" and (operator, operator_of(following)) == ("AND", "NOT"):
            self._next()
            self._note(following, "AND NOT is read as NOT")
            operator = "NOT"
        if self._now().kind in (")", "end"):
            raise QueryError(self._place(token), f"expected a term after {token.value}")
        if self._now().kind == "operator":
            self._fail(f"expected a term between {token.value} and {self._now().value}")
        return operator

    def _required_operand(self, depth: int) -> Query:
        if self._now().kind == "operator":
            self._fail(f"expected a term before {self._now().value}")
        if self._now().kind == "tag":
            self._fail(f"[{self._now().value}] tags nothing; expected a term before it")
        while self._now().kind not in (")", "end"):
            operand = self._operand(depth)
            if operand is not None:
                return operand
            if self._now().kind == "operator":  # what stood before it was ignored
                self._next()
        self._fail("expected a term" + (" between brackets" if self._now().kind == ")" else ""))

    def _operand(self, depth: int) -> Query | None:
        """A group, a reference or a term; None for signs without a word, which are ignored."""
        token = self._now()
        if token.kind == "(":
            return self._group(depth)
        if token.kind == "reference":
            self._next()
            return LineReference(int(token.value), self._place(token))
        if token.kind == "tag":
            self._fail(f"[{token.value}] tags nothing; expected a term before it")
        if token.kind not in ("word", "quoted"):
            self._fail(
                f"expected a term before {token.value}" if token.value else "expected a term"
            )
        first = self._at
        while self._now().kind == "word" and (self._at == first or token.kind == "word"):
            self._next()
        if token.kind == "quoted":
            self._next()
        words = self._tokens[first : self._at]
        tag = self._next() if self._now().kind == "tag" else None
        if token.kind == "quoted" and self._now().kind == "word" and self._now().value == ":":
            self._next()
            ending = self._next()
            if ending.kind not in ("quoted", "word"):
                raise QueryError(self._place(ending), "expected a date after :")
            last_tag = self._next() if self._now().kind == "tag" else tag
            return self._terms.date_range(token, tag, ending, last_tag)
        return self._terms.term(words, tag)

    def _group(self, depth: int) -> Query:
        opening = self._next()
        if depth >= DEEPEST:
            raise QueryError(
                self._place(opening), f"expected at most {DEEPEST} brackets in each other"
            )
        query = self._chain(depth + 1)
        if self._now().kind != ")":
            raise QueryError(self._place(opening), "this bracket is not closed; expected )")
        self._next()
        if self._now().kind == "tag":
            self._fail(
                f"[{self._now().value}] stands behind a bracket; tag each term in it instead"
            )
        return query


def _joined(operator: str, operands: list[Query]) -> Query:
    match operator:
        case "OR":
            return any_of(operands)
        case "NOT":
            query = operands[0]
            for excluded in operands[1:]:
                query = Not(query, excluded)
            return query
        case _:
            return all_of(operands)
