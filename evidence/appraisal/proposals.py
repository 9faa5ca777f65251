"""Answers to the signalling questions of RoB 2 and what follows from them, domain by domain.

An engine's answer other than `NI` quotes the sentence that decides it. Where its `NI` to a question
of fact stands, the report is silent, and the algorithm has a path for that. A question that asks
for a judgement is open until a person answers it; while it could change the result, the domain is
`unclear`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from evidence.appraisal.answers import Answer, SignallingAnswer
from evidence.appraisal.overall import OverallRisk, StatedLevel, overall_risk
from evidence.appraisal.rob2 import Level, judge_domain
from evidence.appraisal.rob2_questions import DOMAINS, QUESTION, Domain
from evidence.judgements import Provenance, RiskOfBiasJudgement
from indexers.records import Frozen, Quote


class DomainProposal(Frozen):
    """A domain as its answers stand.

    Attributes:
        judgement: What the algorithm makes of the answers; `NI` takes the paths it has for it.
        best: The judgement if all open questions were answered reassuringly.
        worst: The judgement if all open questions were answered the other way.
        decided: Whether no question that asks for judgement, and that nobody answered, could
            change the judgement.
        answers: In the order of the questions, `NA` where one does not apply; a question that
            nobody was asked is left out.
        unanswered: The questions that apply and have no answer but `NI`, a person's `NI` aside.
    """

    domain: Domain
    judgement: Level
    best: Level
    worst: Level
    decided: bool
    answers: tuple[SignallingAnswer, ...]
    unanswered: tuple[str, ...]

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """Every quote of the answers, each once."""
        return tuple(dict.fromkeys(quote for answer in self.answers for quote in answer.quotes))

    @property
    def stated(self) -> StatedLevel:
        """The judgement for the log: `unclear` where the answers do not decide."""
        by_person = any(answer.by_person for answer in self.answers)
        silent = not by_person and self.rests_on_silence
        return self.judgement if self.decided and not silent else "unclear"

    @property
    def rests_on_silence(self) -> bool:
        """Whether nothing is quoted, or `high` comes only of questions that are open.

        What a report leaves open is no evidence of a high risk of bias: a person has to read on.
        """
        return not self.quotes or (self.judgement == "high" and self.best != "high")


class StudyProposal(Frozen):
    """The five domains of a study."""

    record_id: str
    domains: tuple[DomainProposal, ...]

    @property
    def overall(self) -> OverallRisk:
        """The overall judgement, which nobody stores."""
        return overall_risk({domain.domain: domain.stated for domain in self.domains})


def propose_study(record_id: str, answers: Iterable[SignallingAnswer]) -> StudyProposal:
    """What the algorithms of RoB 2 make of answers to all domains.

    Raises:
        AppraisalError: A question is unknown, or `NA` is the answer to one that applies.
    """
    given = tuple(answers)
    domains = tuple(propose_domain(domain, given) for domain in DOMAINS)
    return StudyProposal(record_id=record_id, domains=domains)


def propose_domain(domain: Domain, answers: Iterable[SignallingAnswer]) -> DomainProposal:
    """What the algorithm of RoB 2 makes of answers to a domain; those to others do not matter.

    Raises:
        AppraisalError: As `propose_study`.
    """
    given = {answer.question_id: answer for answer in answers}
    told: dict[str, Answer] = {question_id: answer.answer for question_id, answer in given.items()}
    by_people = {q for q, answer in given.items() if answer.by_person}
    judged = judge_domain(domain, told, closed=by_people)
    facts = {q for q in given if q in by_people or not QUESTION[q].by_judgement}
    return DomainProposal(
        domain=domain,
        judgement=judged.level,
        best=judged.best,
        worst=judged.worst,
        decided=judge_domain(domain, told, closed=facts).is_settled,
        answers=_kept(judged.answers, given),
        unanswered=judged.unanswered,
    )


def risk_of_bias_judgement(
    record_id: str, domain: DomainProposal, provenance: Provenance
) -> RiskOfBiasJudgement:
    """An engine's proposal for the log; the open questions stand in front of its reason."""
    told = "; ".join(part for part in (proposal_reason(domain), provenance.reason) if part)
    return RiskOfBiasJudgement(
        record_id=record_id,
        domain=domain.domain,
        judgement=domain.stated,
        answers=domain.answers,
        quotes=domain.quotes,
        provenance=provenance.model_copy(update={"reason": told}),
    )


def proposal_reason(domain: DomainProposal) -> str:
    """The answers, and what is open, on one line: `1.1 Y, 1.2 NI; open: 1.2`."""
    told = ", ".join(f"{a.question_id} {a.answer}" for a in domain.answers if a.answer != "NA")
    if not domain.unanswered:
        return f"{told}; all questions answered"
    span = "" if domain.best == domain.worst else f" ({domain.best} to {domain.worst})"
    open_ones = f"open: {', '.join(domain.unanswered)}{span}".replace("some_", "some ")
    return f"{told}; {open_ones}" if told else open_ones


def _kept(
    routed: Mapping[str, Answer], given: Mapping[str, SignallingAnswer]
) -> tuple[SignallingAnswer, ...]:
    """The answers as given, and `NA` to what does not apply after those before it."""
    kept = []
    for question_id, answer in routed.items():
        if answer == "NA":
            reason = "does not apply after the answers before it"
            kept.append(SignallingAnswer(question_id=question_id, answer="NA", reason=reason))
        elif question_id in given:
            kept.append(given[question_id])
    return tuple(kept)
