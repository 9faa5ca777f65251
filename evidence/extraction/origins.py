"""Where a result comes from: read by an engine, or confirmed, corrected or added by a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from evidence.extraction.by_person import REPLACED, said
from evidence.judgements import ExtractedOutcome, ResultRejected

Origin = Literal["engine", "confirmed", "corrected", "added"]


def origin_of(
    result: ExtractedOutcome,
    others: Iterable[ExtractedOutcome],
    rejections: Iterable[ResultRejected],
) -> Origin:
    """What a person did to have this result.

    Args:
        result: That stands.
        others: All results of its study, the rejected ones too.
        rejections: The last words on the results of its study.
    """
    by = result.provenance
    if not by.by_person:
        return "engine"
    content = said(result)
    if any(not other.provenance.by_person and said(other) == content for other in others):
        return "confirmed"
    written_over = any(
        word.outcome == result.outcome
        and word.provenance.actor == by.actor
        and word.provenance.reason == f"{REPLACED}{by.reason}"
        for word in rejections
    )
    return "corrected" if written_over else "added"
