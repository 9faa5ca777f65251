"""What a check of a sentence says: one verdict an element, with the words that decide.

The elements are FactPICO's (Joseph et al. 2024: population, intervention, comparator, outcome and
the evidence inference), with the numbers, times and certainty of the statement.
"""

from __future__ import annotations

from typing import Literal

from indexers.records import Frozen

Element = Literal[
    "numeral",
    "time_point",
    "direction",
    "significance",
    "negation",
    "population",
    "intervention",
    "comparator",
    "outcome",
    "certainty",
    "citation",
    "wording",
]
Status = Literal["supported", "contradicted", "not_found"]
Severity = Literal["error", "warning", "note"]
"""An error breaks the promise on numbers; a warning is for a person to look at; a note is not."""

ELEMENT_WORDS: dict[Element, str] = {
    "numeral": "number",
    "time_point": "time point",
    "direction": "direction of effect",
    "significance": "significance",
    "negation": "negation",
    "population": "population",
    "intervention": "intervention",
    "comparator": "comparator",
    "outcome": "outcome",
    "certainty": "certainty",
    "citation": "citation",
    "wording": "other wording",
}


class ElementVerdict(Frozen):
    """One element of a claim against its quotes.

    Attributes:
        claim_words: The words of the claim that were looked at.
        quote_words: The words of a quote that decide; empty when none do.
        severity: Only a verdict that is not `supported` is more than a note.
    """

    element: Element
    status: Status
    severity: Severity
    claim_words: str
    quote_words: str = ""
    reason: str = ""


class ClaimCheck(Frozen):
    """A claim with its verdicts; `supporting` tells of each quote whether it supports the claim."""

    claim: str
    verdicts: tuple[ElementVerdict, ...]
    supporting: tuple[bool, ...]

    @property
    def flags(self) -> tuple[ElementVerdict, ...]:
        """The verdicts that a person should look at, errors first."""
        found = [v for v in self.verdicts if v.status != "supported" and v.severity != "note"]
        return tuple(sorted(found, key=lambda v: v.severity != "error"))


def verdict(
    element: Element, status: Status, words: str, quoted: str = "", reason: str = ""
) -> ElementVerdict:
    """A verdict that is a note when it is supported, and else a warning."""
    return ElementVerdict(
        element=element,
        status=status,
        severity="note" if status == "supported" else "warning",
        claim_words=words,
        quote_words=quoted,
        reason=reason,
    )
