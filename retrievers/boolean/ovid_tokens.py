"""The tokens of Ovid's syntax; headings are cut out first, for they may hold `and` and commas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from indexers.mesh import Mesh
from retrievers.boolean.errors import QueryError
from retrievers.boolean.source import Source

Kind = Literal["(", ")", "operator", "quoted", "suffix", "heading", "lines", "word", "end"]
_TOKEN = re.compile(
    r"""(?P<open>\() | (?P<close>\))
    | (?P<note>\[[^\[\]]*\])
    | "(?P<quoted>[^"]*)"
    | (?P<suffix>(?<=[\w)"$*?#])\.[a-z_]{2,7}(?:[ ]?,[ ]?[a-z_]{2,7})*(?:\.|(?=[\s)\[]|$)))
    | (?P<operator>(?:and|or|not|adj\d*)(?=[\s("]|$))
    | (?P<word>[^\s()\[\]"]+?(?=\.[a-z_]{2,7}(?:[ ]?,[ ]?[a-z_]{2,7})*(?:\.|\s|\)|\[|$)
                                |[\s()\[\]"]|$))
    """,
    re.VERBOSE | re.IGNORECASE,
)
_KINDS: dict[str, Kind] = {
    "open": "(",
    "close": ")",
    "quoted": "quoted",
    "suffix": "suffix",
    "operator": "operator",
    "word": "word",
}
_LINES = (  # `or/1-3,5`, and the older `1-3,5/or`
    re.compile(r"(?P<operator>or|and)/(?P<lines>[ ]*\d+(?:[ ]*[-,][ ]*\d+)*)(?=[\s)]|$)", re.I),
    re.compile(r"(?P<lines>\d+(?:[ ]*[-,][ ]*\d+)+)[ ]*/(?P<operator>or|and)(?=[\s)]|$)", re.I),
)
_HEADING = re.compile(
    r"""(?P<exploded>exp\s+)?(?P<major>\*\s*)?
    (?:"(?P<quoted>[^"/\[\]]{1,200})"|(?P<plain>[^/()\[\]"*\s][^/()\[\]"]{0,199}?))
    \s*/(?P<subheadings>[a-z]{2}(?:\s*,\s*[a-z]{2})*)?(?=[\s)\[]|$)""",
    re.VERBOSE | re.IGNORECASE,
)
_OPERATOR_WORD = re.compile(r"\b(?:and|or|not|adj\d*)\b", re.I)
_EXPLODED = re.compile(r"exp\s+[^\s.,]", re.I)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a line with its offsets; `found` holds the parts of a heading."""

    kind: Kind
    value: str
    start: int
    end: int
    found: re.Match[str] | None = None

    def match(self) -> re.Match[str]:
        """The parts of a heading or of `or/1-6` and `1-6/or`; other kinds have none."""
        if self.found is None:
            raise ValueError(f"a token of kind {self.kind} has no parts")
        return self.found


def ovid_tokens(source: Source, start: int, end: int, mesh: Mesh) -> Iterator[Token]:
    """The tokens from `start` to `end`, and one of kind `end`.

    Raises:
        QueryError: A quotation mark or bracket is not closed, or a `/` is missing.
    """
    offset = start
    fresh = True  # an operand may begin here
    while offset < end:
        if source.text[offset].isspace():
            offset += 1
            continue
        token = _operand_token(source, offset, end, mesh) if fresh else None
        if token is None:
            found = _TOKEN.match(source.text, offset, end)
            if found is None:
                raise QueryError(source.place(offset), _unclosed(source.text[offset]))
            group = found.lastgroup or ""
            if group == "note":  # a note is what Ovid adds: [mp=title, abstract, ...]
                offset = found.end()
                continue
            kind = _KINDS[group]
            token = Token(kind, found[group], offset, found.end())
        yield token
        fresh = token.kind in ("(", "operator")
        offset = token.end
    yield Token("end", "", end, end)


def _operand_token(source: Source, offset: int, end: int, mesh: Mesh) -> Token | None:
    """A heading, or `or/1-6` or `1-6/or`, if one begins here."""
    text = source.text
    for lines in _LINES:
        found = lines.match(text, offset, end)
        if found is not None:
            return Token("lines", found["operator"].lower(), offset, found.end(), found)
    found = _HEADING.match(text, offset, end)
    prefixed = _EXPLODED.match(text, offset, end) is not None
    if found is None:
        if prefixed and not re.match(r"exp\s+(?:and|or|not|adj)\b", text[offset:end], re.I):
            raise QueryError(source.place(offset), "expected / behind the heading after exp")
        return None
    heading = found["quoted"] or found["plain"]
    operator = _OPERATOR_WORD.search(heading)
    if operator is not None and found["quoted"] is None and mesh.descriptor(heading) is None:
        if prefixed or found["major"]:
            raise QueryError(
                source.place(found.start("plain")),
                f"{heading[:60].strip()!r} is no heading; expected / behind each heading",
            )
        return None
    return Token("heading", heading.strip(), offset, found.end(), found)


def _unclosed(sign: str) -> str:
    if sign == '"':
        return "this quotation mark is not closed; expected another one behind the phrase"
    if sign == "[":
        return "this square bracket is not closed; expected ]"
    return f"expected a term, not {sign!r}"
