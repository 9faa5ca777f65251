"""Risk of bias: an engine answers the signalling questions of RoB 2, each with its quote.

The judgement on a domain follows from the answers (`evidence.appraisal`); where they do not decide,
it is `unclear` and a person's. A study is judged, not a result: a person decides whether an outcome
that a blinded laboratory read and one that patients told deserve the same judgement.
"""

from __future__ import annotations

from typing import Protocol

from evidence.appraisal.offline_answers import propose_offline
from evidence.appraisal.proposals import risk_of_bias_judgement
from evidence.judgements import MACHINE, Provenance, RiskOfBiasJudgement
from indexers.records import Document


class Appraiser(Protocol):
    """Judges the risk of bias of a study from one document."""

    def appraise(self, document: Document) -> tuple[RiskOfBiasJudgement, ...]:
        """One judgement for each RoB 2 domain, in the domains' order."""
        ...


class OfflineAppraiser:
    """Appraises by what the report states of its methods."""

    def appraise(self, document: Document) -> tuple[RiskOfBiasJudgement, ...]:
        """One judgement for each RoB 2 domain, in the domains' order."""
        provenance = Provenance(actor=MACHINE, engine="offline")
        return tuple(
            risk_of_bias_judgement(document.record_id, domain, provenance)
            for domain in propose_offline(document).domains
        )
