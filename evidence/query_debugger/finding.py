"""What a peer reviewer of a strategy would say, as values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from evidence.query_debugger.explanation_text import plain
from indexers.records import Frozen
from retrievers.boolean.errors import Place

Rule = Literal[
    # operators and lines
    "syntax",
    "mixed-operators",
    "missing-operator",
    "lower-case-operator",
    "not-operator",
    "missing-line",
    "unused-line",
    # headings
    "missing-heading",
    "missing-free-text",
    "unexploded-heading",
    "unknown-heading",
    # terms
    "spelling-variant",
    "truncation",
    "stop-word",
    "one-word-phrase",
    "untagged-term",
    "doubled-term",
    "covered-term",
    "typographic-quotes",
    "unknown-tag",
    "read-differently",
    # limits
    "date-limit",
]
Severity = Literal["error", "warning", "note"]
SEVERITIES: dict[Rule, Severity] = {
    "syntax": "error",
    "mixed-operators": "error",
    "missing-operator": "error",
    "missing-line": "error",
    "unknown-tag": "error",
    "lower-case-operator": "warning",
    "not-operator": "note",
    "unused-line": "warning",
    "missing-heading": "warning",
    "missing-free-text": "warning",
    "unexploded-heading": "note",
    "unknown-heading": "warning",
    "spelling-variant": "warning",
    "truncation": "warning",
    "stop-word": "note",
    "one-word-phrase": "note",
    "untagged-term": "warning",
    "doubled-term": "note",
    "covered-term": "note",
    "typographic-quotes": "note",
    "read-differently": "warning",
    "date-limit": "note",
}


class Finding(Frozen):
    """An objection to a strategy, where it is and what to do.

    Attributes:
        line: Of the text, 1-based, with `character`.
        severity: An error changes what is found, a warning may lose records, a note asks for a
            second look.
    """

    rule: Rule
    severity: Severity
    line: int
    character: int
    message: str
    suggestion: str


def finding(rule: Rule, place: Place, message: str, suggestion: str) -> Finding:
    """A finding of a rule, with the rule's severity."""
    return Finding(
        rule=rule,
        severity=SEVERITIES[rule],
        line=place.line,
        character=place.character,
        message=message,
        suggestion=suggestion,
    )


def listed(names: Sequence[str], most: int = 6) -> str:
    """The first names, and how many more."""
    more = len(names) - most
    text = ", ".join(names[:most])
    return f"{text} and {more} more" if more > 0 else text


def findings_text(findings: Sequence[Finding]) -> str:
    """The findings as lines for a terminal, and how many there are of each rule."""
    if not findings:
        return "Nothing to object to."
    lines = []
    for f in findings:
        lines.append(f"{f.line}:{f.character} {f.severity} [{f.rule}] {plain(f.message)}")
        if f.suggestion:
            lines.append(f"    {plain(f.suggestion)}")
    counts = Counter(f.rule for f in findings)
    lines += ["", ", ".join(f"{rule} {n}" for rule, n in sorted(counts.items()))]
    return "\n".join(lines)
