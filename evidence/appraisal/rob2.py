"""The algorithms of RoB 2: from answers to a judgement for each domain and overall.

One function a domain follows the published flow chart (Sterne et al., BMJ 2019;366:l4898, with the
tool's version of 22 August 2019). A function is told only answers to questions that apply. The tool
lets a person overrule what the algorithm suggests; nothing here does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from evidence.appraisal.answers import Answer, AppraisalError
from evidence.appraisal.rob2_questions import (
    NO,
    QUESTION,
    YES,
    Condition,
    Domain,
    Question,
    questions_of,
)

Level = Literal["low", "some_concerns", "high"]
LEVELS: tuple[Level, ...] = ("low", "some_concerns", "high")
Answers = Mapping[str, Answer]


@dataclass(frozen=True)
class DomainJudgement:
    """What the algorithm makes of the answers to one domain.

    Attributes:
        level: The judgement that the algorithm suggests.
        best: The judgement if every question left open were answered reassuringly.
        worst: The judgement if every question left open were answered the other way.
        answers: One for each question of the domain; `NA` where the question does not apply.
        unanswered: The questions that apply and are open.
    """

    domain: Domain
    level: Level
    best: Level
    worst: Level
    answers: dict[str, Answer]
    unanswered: tuple[str, ...]

    @property
    def is_settled(self) -> bool:
        """Whether no answer to an open question could change the judgement."""
        return self.best == self.worst


@dataclass(frozen=True)
class OverallJudgement:
    """The overall judgement of a result.

    RoB 2 also calls a result `high` when some concerns in several domains together lower the
    confidence in it substantially. That is a person's judgement: `may_be_high` names those domains.
    """

    level: Level
    may_be_high: tuple[Domain, ...] = ()


def routed(domain: Domain, answers: Answers) -> dict[str, Answer]:
    """The answers to a domain as the form holds them: `NA` where a question does not apply.

    A question that applies and has no answer reads `NI`. What was answered to a question that does
    not apply is left out.

    Raises:
        AppraisalError: A question is unknown, or `NA` is the answer to one that applies.
    """
    for question_id in answers:
        if question_id not in QUESTION:
            raise AppraisalError(
                f"signalling question {question_id!r} is unknown; expected 1.1 to 5.3 of RoB 2"
            )
    found: dict[str, Answer] = {}
    for question in questions_of(domain):
        if not _applies(question, found):
            found[question.question_id] = "NA"
            continue
        answer = answers.get(question.question_id, "NI")
        if answer == "NA":
            raise AppraisalError(
                f"signalling question {question.question_id} is NA, but after the answers before "
                f"it it applies; expected one of {', '.join(question.options)}"
            )
        found[question.question_id] = answer
    return found


def judge_domain(domain: Domain, answers: Answers, closed: Collection[str] = ()) -> DomainJudgement:
    """The judgement that the algorithm suggests for a domain.

    Args:
        domain: The domain.
        answers: By question; one that applies and has none reads `NI`.
        closed: The questions whose `NI` is an answer; that of all others leaves them open.

    Raises:
        AppraisalError: As `routed`.
    """
    given = routed(domain, answers)
    unanswered = tuple(q for q, a in given.items() if a == "NI" and q not in closed)
    known = {q: a for q, a in given.items() if a != "NA" and q not in unanswered}
    return DomainJudgement(
        domain=domain,
        level=_ALGORITHMS[domain](given),
        best=_ALGORITHMS[domain](routed(domain, _completed(domain, known, reassuring=True))),
        worst=_ALGORITHMS[domain](routed(domain, _completed(domain, known, reassuring=False))),
        answers=given,
        unanswered=unanswered,
    )


def judge_overall(levels: Mapping[Domain, Level]) -> OverallJudgement:
    """The overall judgement: as bad as the worst domain, or worse, which a person decides.

    Raises:
        AppraisalError: There is no judgement at all.
    """
    if not levels:
        raise AppraisalError("no domain is judged; expected a judgement for each domain of RoB 2")
    level = max(levels.values(), key=LEVELS.index)
    concerns = tuple(domain for domain, found in levels.items() if found == "some_concerns")
    several = level == "some_concerns" and len(concerns) > 1
    return OverallJudgement(level, concerns if several else ())


def _applies(question: Question, earlier: Answers) -> bool:
    def holds(condition: Condition) -> bool:
        return earlier[condition.question_id] in condition.answers

    return all(map(holds, question.asked_if_all)) and (
        not question.asked_if_any or any(map(holds, question.asked_if_any))
    )


def _completed(domain: Domain, known: Answers, reassuring: bool) -> dict[str, Answer]:
    """The known answers, and every other question of the domain answered for the best or worst."""
    completed: dict[str, Answer] = {}
    for question in questions_of(domain):
        yes = (question.reassuring == "yes") == reassuring
        completed[question.question_id] = known.get(question.question_id, "Y" if yes else "N")
    return completed


def _randomisation(answers: Answers) -> Level:
    if answers["1.2"] in NO:
        return "high"
    imbalance = answers["1.3"] in YES
    if answers["1.2"] == "NI":
        return "high" if imbalance else "some_concerns"
    if answers["1.1"] in NO or imbalance:
        return "some_concerns"
    return "low"


def _deviations(answers: Answers) -> Level:
    return _worst((_deviations_in_care(answers), _analysis_by_assignment(answers)))


def _deviations_in_care(answers: Answers) -> Level:
    """Part 1: questions 2.1 to 2.5."""
    if answers["2.1"] in NO and answers["2.2"] in NO:
        return "low"
    if answers["2.3"] in NO:
        return "low"
    if answers["2.3"] == "NI" or answers["2.4"] in NO:
        return "some_concerns"
    return "some_concerns" if answers["2.5"] in YES else "high"


def _analysis_by_assignment(answers: Answers) -> Level:
    """Part 2: questions 2.6 and 2.7."""
    if answers["2.6"] in YES:
        return "low"
    return "some_concerns" if answers["2.7"] in NO else "high"


def _missing_outcome_data(answers: Answers) -> Level:
    if answers["3.1"] in YES or answers["3.2"] in YES or answers["3.3"] in NO:
        return "low"
    return "some_concerns" if answers["3.4"] in NO else "high"


def _measurement(answers: Answers) -> Level:
    if answers["4.1"] in YES or answers["4.2"] in YES:
        return "high"
    if answers["4.3"] in NO or answers["4.4"] in NO:
        return "low" if answers["4.2"] in NO else "some_concerns"
    return "some_concerns" if answers["4.5"] in NO else "high"


def _selective_reporting(answers: Answers) -> Level:
    if answers["5.2"] in YES or answers["5.3"] in YES:
        return "high"
    if "NI" in (answers["5.2"], answers["5.3"]):
        return "some_concerns"
    return "low" if answers["5.1"] in YES else "some_concerns"


def _worst(levels: Iterable[Level]) -> Level:
    return max(levels, key=LEVELS.index)


_ALGORITHMS: dict[Domain, Callable[[Answers], Level]] = {
    "randomisation": _randomisation,
    "deviations": _deviations,
    "missing_outcome_data": _missing_outcome_data,
    "measurement": _measurement,
    "selective_reporting": _selective_reporting,
}
