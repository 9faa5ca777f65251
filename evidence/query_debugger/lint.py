"""A second look at a strategy, after PRESS.

The rules follow the elements of PRESS (Peer Review of Electronic Search Strategies: McGowan et
al., J Clin Epidemiol 2016;75:40-46) that a program can judge: Boolean operators, subject headings,
text words, spelling and syntax, limits. Whether the strategy fits the question stays with a person.
"""

from __future__ import annotations

import re

from evidence.query_debugger.concept_groups import concept_groups
from evidence.query_debugger.finding import Finding, finding
from evidence.query_debugger.lint_headings import heading_findings
from evidence.query_debugger.lint_structure import (
    notice_findings,
    structure_findings,
    text_findings,
)
from evidence.query_debugger.lint_terms import term_findings
from evidence.query_debugger.written import Syntax
from indexers.mesh import Mesh, shipped_mesh
from retrievers.boolean.errors import Place, QueryError
from retrievers.boolean.ovid import parse_ovid
from retrievers.boolean.pubmed import parse_pubmed
from retrievers.boolean.source import Source
from retrievers.boolean.tree import SearchStrategy

_UNKNOWN_TAG = re.compile(r"is no field(?: tag)?\b")
_MISSING_LINE = re.compile(r"there is no line \d")
_MOST_TAGS = 50
_TAG = re.compile(r"\[[^\[\]]*\]")
_SUFFIX = re.compile(r"\.[a-z_]{2,7}(?:[ ]?,[ ]?[a-z_]{2,7})*\.?", re.I)


def lint(text: str, syntax: Syntax = "pubmed", mesh: Mesh | None = None) -> tuple[Finding, ...]:
    """What a peer reviewer would object to, in the order of the text.

    Args:
        text: The strategy as it is pasted into the database.
        syntax: Which database's.
        mesh: Tells headings; the shipped table unless given.
    """
    table = mesh or shipped_mesh()
    try:
        source = Source(text)
    except QueryError as error:
        return (_unreadable(error),)
    found = list(text_findings(source, syntax))
    strategy = _read(text, syntax, table, found)
    if strategy is not None:
        groups = concept_groups(strategy)
        found += notice_findings(strategy.notices)
        found += structure_findings(strategy, syntax)
        found += heading_findings(groups, table)
        found += term_findings(strategy, groups, table, syntax)
    unique = dict.fromkeys(found)
    return tuple(sorted(unique, key=lambda f: (f.line, f.character, f.rule)))


def _read(text: str, syntax: Syntax, mesh: Mesh, found: list[Finding]) -> SearchStrategy | None:
    """The tree; unknown tags are told and passed over, any other fault ends the reading."""
    parse = parse_ovid if syntax == "ovid" else parse_pubmed
    for _ in range(_MOST_TAGS):
        try:
            return parse(text, mesh)
        except QueryError as error:
            found.append(_unreadable(error))
            passed = _passed_over(text, error, syntax)
            if passed is None:
                return None
            text = passed
    return None


def _unreadable(error: QueryError) -> Finding:
    place = Place(error.line, error.character)
    if _UNKNOWN_TAG.search(error.message):
        return finding("unknown-tag", place, error.message, "write a tag that the database knows")
    if _MISSING_LINE.search(error.message):
        return finding("missing-line", place, error.message, "refer to a line that is there")
    return finding("syntax", place, error.message, "mend this first: the rest was not checked")


def _passed_over(text: str, error: QueryError, syntax: Syntax) -> str | None:
    """The text with a known tag in the place of the unknown one, every other place unchanged."""
    if not _UNKNOWN_TAG.search(error.message):
        return None
    starts = [
        0,
        *(m.end() for m in re.finditer("\n", text.replace("\r\n", " \n").replace("\r", "\n"))),
    ]
    offset = starts[error.line - 1] + error.character - 1
    found = (_SUFFIX if syntax == "ovid" else _TAG).match(text, offset)
    if found is None or len(found[0]) < len("[ti]"):
        return None
    known = ".mp." if syntax == "ovid" else "[ti]"
    inside = f"{known[:-1]}{' ' * (len(found[0]) - len(known))}{known[-1]}"
    passed = known + " " * (len(found[0]) - len(known)) if syntax == "ovid" else inside
    return text[:offset] + passed + text[found.end() :]
