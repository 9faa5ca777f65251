"""A person's answers to signalling questions, and the line of the log that follows from them.

By RoB 2 the person answers, the algorithm judges. Answers that stand already, an engine's with
their quotes or a person's, are kept where the person says nothing else. By ROBINS-I the person
judges the domain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from evidence.appraisal import robins_i
from evidence.appraisal.answers import Answer, AppraisalError, SignallingAnswer
from evidence.appraisal.proposals import propose_domain
from evidence.appraisal.rob2_questions import QUESTION, Domain, questions_of
from evidence.duplicates.answers import signed
from evidence.judgements import RiskOfBiasJudgement, RobinsIJudgement
from indexers.records import Quote


def judgement_by_person(
    record_id: str,
    domain: Domain,
    answers: Mapping[str, Answer],
    person: str,
    reason: str,
    standing: Iterable[SignallingAnswer] = (),
) -> RiskOfBiasJudgement:
    """The judgement on a domain that follows from a person's answers.

    It is `unclear` while a question that nobody answered could change it.

    Args:
        record_id: The study.
        domain: The domain.
        answers: By the number of the question; `NI` is an answer, where the form has it.
        person: Who answers; signs the judgement.
        reason: Why, in words.
        standing: The answers of the judgement that counts now.

    Raises:
        AppraisalError: A question is not of the domain or does not apply, or its form has no such
            answer; there is no answer or no reason.
        ProjectError: The name is empty or taken by machines.
    """
    provenance = signed(person, reason)
    _check(domain, answers, provenance.reason)
    proposal = propose_domain(domain, with_answers(standing, answers, provenance.reason).values())
    for found in proposal.answers:
        if found.question_id in answers and found.answer == "NA":
            raise AppraisalError(
                f"signalling question {found.question_id} does not apply after the answers before "
                "it; leave it out, or change those"
            )
    return RiskOfBiasJudgement(
        record_id=record_id,
        domain=domain,
        judgement=proposal.stated,
        answers=proposal.answers,
        quotes=proposal.quotes,
        provenance=provenance,
    )


def robins_i_judgement(
    record_id: str, domain: robins_i.Domain, level: robins_i.Level, person: str, reason: str
) -> RobinsIJudgement:
    """A person's judgement on a domain of ROBINS-I.

    Raises:
        AppraisalError: There is no reason.
        ProjectError: The name is empty or taken by machines.
    """
    provenance = signed(person, reason)
    if not provenance.reason:
        raise AppraisalError("please write why you judge so")
    return RobinsIJudgement(
        record_id=record_id, domain=domain, judgement=level, provenance=provenance
    )


def with_answers(
    standing: Iterable[SignallingAnswer], answers: Mapping[str, Answer], reason: str = ""
) -> dict[str, SignallingAnswer]:
    """The answers that stand, by question, with a person's in their place."""
    merged = {answer.question_id: answer for answer in standing if answer.answer != "NA"}
    return merged | {
        question_id: SignallingAnswer(
            question_id=question_id,
            answer=answer,
            quotes=_same_quotes(merged.get(question_id), answer),
            reason=reason,
            by_person=True,
        )
        for question_id, answer in answers.items()
    }


def _check(domain: Domain, answers: Mapping[str, Answer], reason: str) -> None:
    questions = questions_of(domain)
    numbers = ", ".join(question.question_id for question in questions)
    if not answers:
        raise AppraisalError(f"no answer to {domain}; expected one to any of {numbers}")
    if not reason:
        raise AppraisalError("please write why you answer so")
    for question_id, answer in answers.items():
        if question_id not in {question.question_id for question in questions}:
            raise AppraisalError(f"question {question_id!r}: expected one of {domain}: {numbers}")
        options = QUESTION[question_id].options
        if answer not in options:
            raise AppraisalError(
                f"answer {answer!r} to {question_id}: expected one of {', '.join(options)}"
            )


def _same_quotes(standing: SignallingAnswer | None, answer: Answer) -> tuple[Quote, ...]:
    """The quotes of an answer that the person confirms; another answer does not rest on them."""
    return standing.quotes if standing is not None and standing.answer == answer else ()
