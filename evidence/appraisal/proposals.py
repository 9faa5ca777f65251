"""Answers to the signalling questions of RoB 2 that an engine proposes, and what follows from them.

An answer other than `NI` quotes the sentence that decides it. What no sentence of the report says
stays open, as do the questions that ask for a judgement on an outcome: those a person answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from evidence.appraisal.answers import Answer, SignallingAnswer
from evidence.appraisal.rob2 import (
    DomainJudgement,
    Level,
    judge_domain,
    judge_overall,
)
from evidence.appraisal.rob2_questions import DOMAINS, Domain
from evidence.judgements import Provenance, RiskOfBiasJudgement
from indexers.records import Frozen, Quote

ProposedLevel = Level | Literal["unclear"]


class DomainProposal(Frozen):
    """A domain as an engine proposes it; a person decides.

    Attributes:
        judgement: What the algorithm makes of the answers; `NI` takes the paths it has for it.
        best: The judgement if all open questions were answered reassuringly.
        worst: The judgement if all open questions were answered the other way.
        answers: One for each question of the domain.
        unanswered: The questions that apply and are open.
    """

    domain: Domain
    judgement: Level
    best: Level
    worst: Level
    answers: tuple[SignallingAnswer, ...]
    unanswered: tuple[str, ...]

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """Every quote of the answers, each once."""
        return tuple(dict.fromkeys(quote for answer in self.answers for quote in answer.quotes))

    @property
    def proposed(self) -> ProposedLevel:
        """The judgement for the log: `unclear` where it rests on silence."""
        return "unclear" if self.rests_on_silence else self.judgement

    @property
    def rests_on_silence(self) -> bool:
        """Whether nothing is quoted, or `high` comes only of questions that are open.

        What a report leaves open is no evidence of a high risk of bias: a person has to read on.
        """
        return not self.quotes or (self.judgement == "high" and self.best != "high")


class StudyProposal(Frozen):
    """The five domains of a study.

    Attributes:
        overall: `unclear` while a domain rests on silence, unless another is at a high risk.
        overall_may_be_high: Several domains with some concerns. A person judges whether together
            they lower the confidence in the result so much that it is at a high risk of bias.
    """

    record_id: str
    domains: tuple[DomainProposal, ...]
    overall: ProposedLevel
    overall_may_be_high: tuple[Domain, ...] = ()


def propose_study(record_id: str, answers: Iterable[SignallingAnswer]) -> StudyProposal:
    """What the algorithms of RoB 2 make of proposed answers.

    Raises:
        AppraisalError: A question is unknown, or `NA` is the answer to one that applies.
    """
    given = {answer.question_id: answer for answer in answers}
    found = tuple(_proposal(domain, given) for domain in DOMAINS)
    overall = judge_overall({p.domain: p.judgement for p in found})
    told = {p.proposed for p in found}
    if "unclear" in told:
        level: ProposedLevel = "high" if "high" in told else "unclear"
        return StudyProposal(record_id=record_id, domains=found, overall=level)
    return StudyProposal(
        record_id=record_id,
        domains=found,
        overall=overall.level,
        overall_may_be_high=overall.may_be_high,
    )


def risk_of_bias_judgements(
    study: StudyProposal, provenance: Provenance
) -> tuple[RiskOfBiasJudgement, ...]:
    """The proposal as judgements for the log, with the open questions in the reason.

    A domain whose judgement rests on silence is `unclear`.
    """
    return tuple(_logged(study.record_id, domain, provenance) for domain in study.domains)


def _proposal(domain: Domain, given: Mapping[str, SignallingAnswer]) -> DomainProposal:
    told: dict[str, Answer] = {question_id: answer.answer for question_id, answer in given.items()}
    judged: DomainJudgement = judge_domain(domain, told)
    return DomainProposal(
        domain=domain,
        judgement=judged.level,
        best=judged.best,
        worst=judged.worst,
        answers=tuple(_routed(q, a, given.get(q)) for q, a in judged.answers.items()),
        unanswered=judged.unanswered,
    )


def _routed(
    question_id: str, answer: Answer, proposed: SignallingAnswer | None
) -> SignallingAnswer:
    if proposed is not None and answer == proposed.answer:
        return proposed
    reason = "does not apply after the answers before it" if answer == "NA" else "not proposed"
    return SignallingAnswer(question_id=question_id, answer=answer, reason=reason)


def _logged(record_id: str, domain: DomainProposal, provenance: Provenance) -> RiskOfBiasJudgement:
    fields: dict[str, object] = {
        "record_id": record_id,
        "domain": domain.domain,
        "judgement": domain.proposed,
        "quotes": domain.quotes,
        "provenance": provenance.model_copy(update={"reason": proposal_reason(domain)}),
    }
    if "answers" in RiskOfBiasJudgement.model_fields:
        fields["answers"] = domain.answers
    return RiskOfBiasJudgement.model_validate(fields)


def proposal_reason(domain: DomainProposal) -> str:
    """The answers, and what is open, on one line: `1.1 Y, 1.2 NI; open: 1.2`."""
    told = ", ".join(f"{a.question_id} {a.answer}" for a in domain.answers if a.answer != "NA")
    if not domain.unanswered:
        return f"{told}; all questions answered"
    span = "" if domain.best == domain.worst else f" ({domain.best} to {domain.worst})"
    return f"{told}; open: {', '.join(domain.unanswered)}{span}".replace("some_", "some ")
