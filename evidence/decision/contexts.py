"""What a decision may rest on besides the summary of findings."""

from __future__ import annotations

from pydantic import field_validator

from evidence.judgements import RiskOfBiasJudgement
from evidence.timeless import timeless
from indexers.records import Frozen, Passage


class DecisionContexts(Frozen):
    """Passages of guidelines, best first, and the risk of bias of the pooled studies.

    `passages` is None where no guideline was searched, and empty where nothing was found. When a
    study was judged is left out: the same evidence has the same digest, in a replay too.
    """

    passages: tuple[Passage, ...] | None = None
    risk_of_bias: tuple[RiskOfBiasJudgement, ...] = ()

    @field_validator("risk_of_bias")
    @classmethod
    def _timeless(cls, judged: tuple[RiskOfBiasJudgement, ...]) -> tuple[RiskOfBiasJudgement, ...]:
        return tuple(map(timeless, judged))


NO_CONTEXTS = DecisionContexts()
