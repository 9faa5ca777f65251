"""What a decision may rest on besides the summary of findings."""

from __future__ import annotations

from evidence.judgements import RiskOfBiasJudgement
from indexers.records import Frozen, Passage


class DecisionContexts(Frozen):
    """Passages of guidelines, best first, and the risk of bias of the pooled studies.

    `passages` is None where no guideline was searched, and empty where nothing was found.
    """

    passages: tuple[Passage, ...] | None = None
    risk_of_bias: tuple[RiskOfBiasJudgement, ...] = ()


NO_CONTEXTS = DecisionContexts()
