"""A claim checked against its quotes, element by element; offline and always the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evidence.factuality.numbers import number_verdicts
from evidence.factuality.phrases import missing_words, phrase_verdicts, support_share
from evidence.factuality.reading import compare
from evidence.factuality.statements import statement_verdicts
from evidence.factuality.verdicts import ClaimCheck, ElementVerdict

if TYPE_CHECKING:
    from evidence.reading.span_heads import Span

LEAST_SUPPORT = 0.6
"""Quotes with fewer of a claim's words do not support it; chosen on the development part."""


def check_claim(claim: str, quotes: Sequence[str], spans: Sequence[Span]) -> ClaimCheck:
    """The verdicts on a claim.

    Args:
        claim: One sentence.
        quotes: What it cites, verbatim.
        spans: Where the span heads see population, intervention and outcome in the claim.
    """
    compared = compare(claim, quotes)
    verdicts = [*number_verdicts(compared), *statement_verdicts(compared)]
    verdicts += phrase_verdicts(compared, spans)
    verdicts.append(_citation_verdict(claim, quotes))
    return ClaimCheck(
        claim=claim,
        verdicts=tuple(dict.fromkeys(verdicts)),
        supporting=tuple(supports(claim, quote, quotes) for quote in quotes),
    )


def check_claims(
    cases: Sequence[tuple[str, Sequence[str]]], *, every_phrase: bool = True
) -> list[ClaimCheck]:
    """The verdicts on many claims, each with its quotes; the heads read them in batches.

    Args:
        cases: Claims with their quotes.
        every_phrase: Without it the heads read only claims that have a word no quote has: the
            flags are the same, but phrases that the quotes support have no verdict.

    Raises:
        EngineError: The weights of the span heads are missing.
        EncoderError: The encoder's package is missing.
    """
    from evidence.reading.span_heads import shipped_reader

    rows = [
        row
        for row, (claim, quotes) in enumerate(cases)
        if every_phrase or missing_words(compare(claim, quotes))
    ]
    read = shipped_reader().read([cases[row][0] for row in rows]) if rows else []
    spans = dict(zip(rows, read, strict=True))
    return [check_claim(c, q, spans.get(row, ())) for row, (c, q) in enumerate(cases)]


def supports(claim: str, quote: str, quotes: Sequence[str]) -> bool:
    """Whether a quote supports a claim: it has most of its words, or words that no other has."""
    share = support_share(compare(claim, [quote]))
    if share >= LEAST_SUPPORT:
        return True
    others = [other for other in quotes if other != quote]
    if not others or share < LEAST_SUPPORT / 4:
        return False
    without = support_share(compare(claim, others))
    return without >= LEAST_SUPPORT / 2 and support_share(compare(claim, quotes)) - without > 0.04


def _citation_verdict(claim: str, quotes: Sequence[str]) -> ElementVerdict:
    share = support_share(compare(claim, quotes)) if quotes else 0.0
    enough = share >= LEAST_SUPPORT
    return ElementVerdict(
        element="citation",
        status="supported" if enough else "not_found",
        severity="note" if enough else "warning",
        claim_words=claim,
        reason=f"the quotes have {share:.0%} of the sentence's words",
    )
