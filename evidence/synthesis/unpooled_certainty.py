"""Certainty of an outcome whose studies were not pooled.

Murad et al., "Rating the certainty in evidence in the absence of a single estimate of effect",
BMJ Evid Based Med 2017;22:85-87: risk of bias by the size of the studies, inconsistency by the
direction of effects, imprecision by the number of participants or events (400 or fewer is a
concern) and by the intervals of the studies.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from evidence.errors import EvidenceError
from evidence.findings import Certainty, DomainRating, GenericData, StudyResult
from evidence.judgements import MACHINE, CertaintyRating, Provenance, RiskOfBiasJudgement
from evidence.synthesis.grade import LEVELS, rate_indirectness, rate_risk_of_bias

INFORMATION_CONCERN = 400
OPPOSED_SHARE = 0.25  # of the participants of studies that tell a direction


class UnpooledStudy(NamedTuple):
    """What one study brings: who took part, how many events, and its own effect if it has one.

    `n_participants` and `n_events` are None where they are not reported; events only for outcomes
    that happen or not. `null` is 1 for ratios, 0 for differences.
    """

    study: str
    n_participants: int | None
    n_events: int | None = None
    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    null: float = 0.0


def rate_without_pooling(
    outcome: str,
    studies: Sequence[UnpooledStudy],
    risk_of_bias: Sequence[RiskOfBiasJudgement] = (),
    *,
    indirectness: Sequence[str] = (),
    start: Certainty = "high",
) -> CertaintyRating:
    """Rate an outcome that has studies but no pooled effect.

    Raises:
        EvidenceError: No study reports the outcome.
    """
    if not studies:
        raise EvidenceError(f"{outcome}: no study reports it, so there is nothing to rate")
    domains = (
        rate_risk_of_bias(_shared(studies), risk_of_bias, whole="the participants"),
        _inconsistency(studies),
        rate_indirectness(indirectness),
        _imprecision(studies),
        DomainRating(
            domain="publication_bias",
            levels_down=0,
            reason="Publication bias is undetected: nothing was pooled that could be tested.",
        ),
    )
    down = sum(domain.levels_down for domain in domains)
    return CertaintyRating(
        outcome=outcome,
        start=start,
        domains=domains,
        certainty=LEVELS[min(LEVELS.index(start) + down, len(LEVELS) - 1)],
        provenance=Provenance(
            actor=MACHINE, engine="rules", reason="GRADE rules on studies that were not pooled"
        ),
    )


def _shared(studies: Sequence[UnpooledStudy]) -> list[StudyResult]:
    """The studies with their share of participants as weight; equal shares if one is unknown."""
    sizes = [study.n_participants or 0 for study in studies]
    if not all(sizes):
        sizes = [1] * len(studies)
    return [
        StudyResult(
            record_id=study.study,
            study=study.study,
            data=GenericData(measure="MD"),
            comparator="",
            percent=100 * size / sum(sizes),
        )
        for study, size in zip(studies, sizes, strict=True)
    ]


def _inconsistency(studies: Sequence[UnpooledStudy]) -> DomainRating:
    """One level when studies point in opposite directions and their intervals do not excuse it."""
    told = [study for study in studies if study.estimate is not None]
    if len(told) < 2:
        count = "no study tells" if not told else "only one study tells"
        reason = f"Inconsistency is not rated, because {count} a direction of effect."
        return DomainRating(domain="inconsistency", levels_down=0, reason=reason)
    above = [s for s in told if s.estimate is not None and s.estimate > s.null]
    below = [s for s in told if s.estimate is not None and s.estimate < s.null]
    least = min(_participants(above), _participants(below))
    with_interval = [s for s in told if s.ci_low is not None and s.ci_high is not None]
    if len(with_interval) == len(told):
        clear = any((s.ci_low or 0.0) > s.null for s in with_interval) and any(
            (s.ci_high or 0.0) < s.null for s in with_interval
        )
        why = "their intervals exclude no effect on both sides" if clear else (
            "no two of them exclude no effect on opposite sides"
        )  # fmt: skip
    else:
        clear = least >= OPPOSED_SHARE * _participants(told) and bool(above and below)
        why = "not all report an interval"
    reason = (
        f"Of {len(told)} studies with an effect, {len(above)} lie above and {len(below)} below no "
        f"effect, and {why}."
    )
    return DomainRating(domain="inconsistency", levels_down=int(clear), reason=reason)


def _participants(studies: Sequence[UnpooledStudy]) -> int:
    return sum(study.n_participants or 1 for study in studies)


def _imprecision(studies: Sequence[UnpooledStudy]) -> DomainRating:
    """One level for few participants or events, one for intervals that do not decide or miss."""
    events = [study.n_events for study in studies]
    if all(count is not None for count in events):
        found, unit = sum(count or 0 for count in events), "events"
    else:
        found, unit = sum(study.n_participants or 0 for study in studies), "participants"
    few = found <= INFORMATION_CONCERN
    size = f"{found} {unit} are {'400 or fewer' if few else 'more than 400'}"
    with_interval = [s for s in studies if s.ci_low is not None and s.ci_high is not None]
    if unit == "events" and found == 0:
        open_, why = True, "nobody had an event, so no interval can be computed"
    elif not with_interval:
        open_, why = True, "no study reports a confidence interval, so precision cannot be seen"
    else:
        largest = max(with_interval, key=lambda study: study.n_participants or 0)
        open_ = (largest.ci_low or 0.0) <= largest.null <= (largest.ci_high or 0.0)
        why = f"the interval of the largest study that reports one {'in' if open_ else 'ex'}cludes "
        why += "no effect"
    reason = f"Not pooled: {size}, and {why}."
    return DomainRating(domain="imprecision", levels_down=int(few) + int(open_), reason=reason)
