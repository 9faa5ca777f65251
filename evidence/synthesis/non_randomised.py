"""Non-randomised studies in GRADE: where the certainty starts, and what ROBINS-I takes off.

Evidence from non-randomised studies starts at low certainty, which stands for what randomisation
would have done against confounding and selection. ROBINS-I asks for just that against an ideal
randomised trial; so where it was used the evidence starts at high certainty, and the domain of risk
of bias takes off what was found, commonly two levels (Schünemann et al., J Clin Epidemiol
2019;111:105-114). Here it starts high when every pooled study that is not randomised is judged in
all seven domains: moderate risk takes off one level, serious two, critical three. The share of the
weight from which on a level counts is ours, and so is that no information counts as serious.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from evidence.appraisal.robins_i import DOMAINS, StatedLevel, overall_so_far
from evidence.findings import Certainty, StudyResult
from evidence.judgements import RobinsIJudgement

NonRandomised = Mapping[str, Sequence[RobinsIJudgement]]
"""The studies that are not randomised, by record id, each with its judgements by ROBINS-I."""
ALL_RANDOMISED: NonRandomised = MappingProxyType({})
LEVELS_DOWN: Mapping[str, int] = MappingProxyType(
    {"moderate": 1, "no_information": 2, "serious": 2, "critical": 3}
)
LOW_START_STANDS_FOR = 2
"""Levels from high to low: what a low start has taken off already is not taken off again."""
SHARE = 25.0
"""Percent of the weight that must call for as many levels or more."""
_MOST_NAMED = 4


def overall_risk(judgements: Sequence[RobinsIJudgement]) -> StatedLevel:
    """The overall judgement of one study; of several lines on a domain the last counts."""
    return overall_so_far({judged.domain: judged.judgement for judged in judgements})


def certainty_start(studies: Sequence[StudyResult], non_randomised: NonRandomised) -> Certainty:
    """`low` while a study is not randomised and not judged in full with ROBINS-I, else `high`."""
    return "low" if _not_in_full(studies, non_randomised) else "high"


def levels_by_robins_i(shares: Mapping[str, float], start: Certainty) -> int:
    """The levels that ROBINS-I takes off, beyond what a low start stands for.

    Args:
        shares: Percent of the weight by overall judgement.
        start: Where the certainty starts.
    """
    most = max(
        (n for n in set(LEVELS_DOWN.values()) if _calling_for(n, shares) >= SHARE), default=0
    )
    return most if start == "high" else max(most - LOW_START_STANDS_FOR, 0)


def doubtful_share(shares: Mapping[str, float]) -> float:
    """Percent of the weight in studies that ROBINS-I does not call low."""
    return _calling_for(1, shares)


def high_share(shares: Mapping[str, float]) -> float:
    """Percent of the weight in studies that are to ROBINS-I what `high` is to RoB 2."""
    return _calling_for(2, shares)


def start_reason(studies: Sequence[StudyResult], non_randomised: NonRandomised) -> str:
    """Why the certainty starts where it does, as a sentence; empty where all are randomised."""
    ours = [study for study in studies if study.record_id in non_randomised]
    if not ours:
        return ""
    lacking = _not_in_full(studies, non_randomised)
    if lacking:
        told = (
            f"The evidence starts at low certainty, because {_named(lacking)} "
            f"{'is' if len(lacking) == 1 else 'are'} not randomised and not judged in full with "
            "ROBINS-I."
        )
    else:
        told = (
            f"The evidence starts at high certainty, because what is not randomised "
            f"({_named(ours)}) is judged in full with ROBINS-I."
        )
    if any(overall_risk(non_randomised[study.record_id]) == "critical" for study in ours):
        told += " ROBINS-I advises against pooling studies at critical risk."
    return told


def _not_in_full(
    studies: Sequence[StudyResult], non_randomised: NonRandomised
) -> list[StudyResult]:
    return [
        study
        for study in studies
        if study.record_id in non_randomised
        and len({judged.domain for judged in non_randomised[study.record_id]}) < len(DOMAINS)
    ]


def _calling_for(levels: int, shares: Mapping[str, float]) -> float:
    return sum(shares.get(level, 0.0) for level, down in LEVELS_DOWN.items() if down >= levels)


def _named(studies: Sequence[StudyResult]) -> str:
    names = [study.study for study in studies]
    if len(names) > _MOST_NAMED:
        return f"{', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED} more"
    return ", ".join(names)
