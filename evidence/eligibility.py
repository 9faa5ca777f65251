"""From verdicts on single eligibility criteria to the fate of a record; every engine uses it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from evidence.exclusion_reasons import exclusion_reason
from evidence.judgements import CriterionVerdict, Verdict
from evidence.question import EligibilityCriterion

__all__ = ["aggregate", "exclusion_reason"]


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


def _verdict_on(
    criterion_id: str, verdicts: Sequence[CriterionVerdict]
) -> Literal["met", "unclear", "not_met"]:
    found = {v.verdict for v in verdicts if v.criterion_id == criterion_id}
    return found.pop() if len(found) == 1 else "unclear"
