"""The tokens of PubMed's syntax."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from retrievers.boolean.errors import QueryError
from retrievers.boolean.source import Source

Kind = Literal["(", ")", "operator", "quoted", "tag", "reference", "word", "end"]
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<open>\() | (?P<close>\))
    | \[(?P<tag>[^\[\]]*)\]
    | "(?P<quoted>[^"]*)"
    | \#(?P<reference>\d{1,9})(?=[\s()]|$)
    | (?P<word>[^\s()\[\]"]+)
    """,
    re.VERBOSE,
)
_KINDS: dict[str, Kind] = {
    "open": "(",
    "close": ")",
    "tag": "tag",
    "quoted": "quoted",
    "reference": "reference",
    "word": "word",
}
_OPERATORS = {"AND": "AND", "OR": "OR", "NOT": "NOT", "&": "AND", "|": "OR"}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query with its offsets; `value` has no quotation marks and brackets."""

    kind: Kind
    value: str
    start: int
    end: int


def pubmed_tokens(source: Source, start: int, end: int) -> Iterator[Token]:
    """The tokens from `start` to `end`, and one of kind `end`.

    Raises:
        QueryError: A quotation mark or square bracket is not closed.
    """
    offset = start
    while offset < end:
        found = _TOKEN.match(source.text, offset, end)
        if found is None:
            raise QueryError(source.place(offset), _unclosed(source.text[offset]))
        group = found.lastgroup or ""
        value = found[group]
        if group == "word" and value.upper() in _OPERATORS:
            yield Token("operator", value, offset, found.end())
        elif group != "space":
            yield Token(_KINDS[group], value, offset, found.end())
        offset = found.end()
    yield Token("end", "", end, end)


def operator_of(token: Token) -> str:
    """AND, OR or NOT."""
    return _OPERATORS[token.value.upper()]


def _unclosed(sign: str) -> str:
    if sign == '"':
        return "this quotation mark is not closed; expected another one behind the phrase"
    if sign == "[":
        return "this square bracket is not closed; expected ] behind the field tag"
    return "this square bracket closes nothing; expected [ before the field tag"
