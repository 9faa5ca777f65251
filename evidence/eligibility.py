"""From verdicts on single eligibility criteria to the fate of a record; every engine uses it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from evidence.findings_text import short_name
from evidence.judgements import CriterionVerdict, Verdict
from evidence.question import EligibilityCriterion


def aggregate(
    criteria: Sequence[EligibilityCriterion], verdicts: Sequence[CriterionVerdict]
) -> tuple[Verdict, str | None]:
    """The verdict on a record, and the reason when it is excluded.

    One failed inclusion criterion or one met exclusion criterion excludes; the reason is that of
    the first such criterion in the question's order. A record is included when every inclusion
    criterion is met and no exclusion criterion is met or unclear. All else is unclear: a criterion
    without a verdict, one with verdicts that contradict each other, and a question without
    criteria. Verdicts on criteria that the question does not have decide nothing.
    """
    if not criteria:
        return "unclear", None
    stands = [(criterion, _verdict_on(criterion.criterion_id, verdicts)) for criterion in criteria]
    for criterion, verdict in stands:
        if verdict == ("not_met" if criterion.kind == "inclusion" else "met"):
            return "exclude", exclusion_reason(criterion)
    if any(verdict == "unclear" for _, verdict in stands):
        return "unclear", None
    return "include", None


def exclusion_reason(criterion: EligibilityCriterion) -> str:
    """Why a record is excluded by a criterion, in words short enough for a PRISMA box."""
    name = short_name(criterion.text).rstrip(".")
    return f"Not met: {name}" if criterion.kind == "inclusion" else f"Excluded: {name}"


def _verdict_on(
    criterion_id: str, verdicts: Sequence[CriterionVerdict]
) -> Literal["met", "unclear", "not_met"]:
    found = {v.verdict for v in verdicts if v.criterion_id == criterion_id}
    return found.pop() if len(found) == 1 else "unclear"
