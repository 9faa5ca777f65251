"""A result that is proposed, not given: shown with its place, until a person has looked at it."""

from __future__ import annotations

from evidence.judgements import ExtractedOutcome

PROPOSAL = "a proposal, not a result"
"""How the flag begins that marks such a result."""


def is_proposal(result: ExtractedOutcome) -> bool:
    """Whether a result is only proposed: it waits for a person, and nothing is made of it."""
    return any(flag.startswith(PROPOSAL) for flag in result.flags)


def proposed(chance: float, result: ExtractedOutcome) -> ExtractedOutcome:
    """The result as a proposal, with the probability that its numbers are right, in words."""
    told = f"about {min(9, max(1, round(10 * chance)))} in 10 found like this are right"
    return result.model_copy(update={"flags": (f"{PROPOSAL}: {told}", *result.flags)})


def withheld(reason: str, result: ExtractedOutcome) -> ExtractedOutcome:
    """The result as a proposal, with what speaks against giving it."""
    return result.model_copy(update={"flags": (f"{PROPOSAL}: {reason}", *result.flags)})
