"""The overall risk of bias of a study: computed from its domains whenever it is shown.

It is never stored. Where RoB 2 asks a person whether some concerns in several domains together are
a high risk, the answer here is the domains to ask about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from evidence.appraisal.rob2 import Level, judge_overall
from evidence.appraisal.rob2_questions import DOMAINS, Domain
from evidence.judgements import RiskOfBiasJudgement

StatedLevel = Level | Literal["unclear"]


@dataclass(frozen=True)
class OverallRisk:
    """The overall judgement of a study.

    Attributes:
        level: That of the worst domain; `unclear` while one is open and none is at a high risk.
        may_be_high: Several domains with some concerns; a person judges whether together they
            lower the confidence in the result so much that it is at a high risk of bias.
        open: The domains that are `unclear` or not judged at all.
    """

    level: StatedLevel
    may_be_high: tuple[Domain, ...] = ()
    open: tuple[Domain, ...] = ()

    @property
    def waits_for_a_person(self) -> bool:
        """Whether a person's answer could change it."""
        return bool(self.open or self.may_be_high)


def overall_risk(levels: Mapping[Domain, StatedLevel]) -> OverallRisk:
    """The overall judgement from those on the domains; a domain without one is open."""
    told: dict[Domain, Level] = {}
    for domain in DOMAINS:
        level = levels.get(domain, "unclear")
        if level != "unclear":
            told[domain] = level
    unclear = tuple(domain for domain in DOMAINS if domain not in told)
    if "high" in told.values():
        return OverallRisk("high", open=unclear)
    if unclear:
        return OverallRisk("unclear", open=unclear)
    judged = judge_overall(told)
    return OverallRisk(judged.level, judged.may_be_high)


def overall_of(judgements: Iterable[RiskOfBiasJudgement]) -> OverallRisk:
    """The overall judgement of one study; of several lines on a domain the last counts."""
    return overall_risk({judgement.domain: judgement.judgement for judgement in judgements})
