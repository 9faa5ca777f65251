"""The signalling questions of RoB 2 for individually randomised parallel-group trials.

Numbering, answers and routing are those of the tool's version of 22 August 2019 (Sterne et al.,
BMJ 2019;366:l4898; riskofbias.info), for the effect of assignment to intervention (intention to
treat). The wording is shortened; the tool's guidance decides how a question is meant. Cluster and
crossover trials, and the effect of adhering to intervention, have other questions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evidence.appraisal.answers import Answer

VERSION = "RoB 2, 22 August 2019, effect of assignment to intervention"

Domain = Literal[
    "randomisation", "deviations", "missing_outcome_data", "measurement", "selective_reporting"
]
DOMAINS: tuple[Domain, ...] = (
    "randomisation",
    "deviations",
    "missing_outcome_data",
    "measurement",
    "selective_reporting",
)
DOMAIN_TITLES: dict[Domain, str] = {
    "randomisation": "Bias arising from the randomisation process",
    "deviations": "Bias due to deviations from intended interventions",
    "missing_outcome_data": "Bias due to missing outcome data",
    "measurement": "Bias in measurement of the outcome",
    "selective_reporting": "Bias in selection of the reported result",
}

YES: frozenset[Answer] = frozenset(("Y", "PY"))
NO: frozenset[Answer] = frozenset(("N", "PN"))
YES_OR_UNKNOWN: frozenset[Answer] = YES | {"NI"}
NO_OR_UNKNOWN: frozenset[Answer] = NO | {"NI"}
_FIVE: tuple[Answer, ...] = ("Y", "PY", "PN", "N", "NI")


@dataclass(frozen=True)
class Condition:
    """Holds when the question was answered with one of `answers`."""

    question_id: str
    answers: frozenset[Answer]


@dataclass(frozen=True)
class Question:
    """A signalling question.

    Attributes:
        question_id: The official number, `1.1` to `5.3`.
        reassuring: Whether a yes or a no speaks for a low risk of bias.
        asked_if_any: The question applies when one of these holds; empty, always.
        asked_if_all: The question applies when all of these hold.
        options: The answers of the form to a question that applies.
        by_judgement: Asks for a judgement on this outcome that no sentence of a report can state,
            as against a fact that a report may tell.
    """

    question_id: str
    domain: Domain
    text: str
    reassuring: Literal["yes", "no"]
    asked_if_any: tuple[Condition, ...] = ()
    asked_if_all: tuple[Condition, ...] = ()
    options: tuple[Answer, ...] = _FIVE
    by_judgement: bool = False


QUESTIONS: tuple[Question, ...] = (
    Question("1.1", "randomisation", "Was the allocation sequence random?", "yes"),
    Question(
        "1.2",
        "randomisation",
        "Was the allocation sequence concealed until participants were enrolled and assigned to "
        "interventions?",
        "yes",
    ),
    Question(
        "1.3",
        "randomisation",
        "Did baseline differences between intervention groups suggest a problem with the "
        "randomisation process?",
        "no",
    ),
    Question(
        "2.1",
        "deviations",
        "Were participants aware of their assigned intervention during the trial?",
        "no",
    ),
    Question(
        "2.2",
        "deviations",
        "Were carers and people delivering the interventions aware of participants' assigned "
        "intervention during the trial?",
        "no",
    ),
    Question(
        "2.3",
        "deviations",
        "Were there deviations from the intended intervention that arose because of the trial "
        "context?",
        "no",
        asked_if_any=(Condition("2.1", YES_OR_UNKNOWN), Condition("2.2", YES_OR_UNKNOWN)),
    ),
    Question(
        "2.4",
        "deviations",
        "Were these deviations likely to have affected the outcome?",
        "no",
        asked_if_all=(Condition("2.3", YES),),
        by_judgement=True,
    ),
    Question(
        "2.5",
        "deviations",
        "Were these deviations from intended intervention balanced between groups?",
        "yes",
        asked_if_all=(Condition("2.4", YES_OR_UNKNOWN),),
        by_judgement=True,
    ),
    Question(
        "2.6",
        "deviations",
        "Was an appropriate analysis used to estimate the effect of assignment to intervention?",
        "yes",
    ),
    Question(
        "2.7",
        "deviations",
        "Was there potential for a substantial impact (on the result) of the failure to analyse "
        "participants in the group to which they were randomised?",
        "no",
        asked_if_all=(Condition("2.6", NO_OR_UNKNOWN),),
        by_judgement=True,
    ),
    Question(
        "3.1",
        "missing_outcome_data",
        "Were data for this outcome available for all, or nearly all, participants randomised?",
        "yes",
    ),
    Question(
        "3.2",
        "missing_outcome_data",
        "Is there evidence that the result was not biased by missing outcome data?",
        "yes",
        asked_if_all=(Condition("3.1", NO_OR_UNKNOWN),),
        options=("Y", "PY", "PN", "N"),
    ),
    Question(
        "3.3",
        "missing_outcome_data",
        "Could missingness in the outcome depend on its true value?",
        "no",
        # The form has no NI for 3.2; one that nobody has answered reads as "no evidence".
        asked_if_all=(Condition("3.2", NO_OR_UNKNOWN),),
        by_judgement=True,
    ),
    Question(
        "3.4",
        "missing_outcome_data",
        "Is it likely that missingness in the outcome depended on its true value?",
        "no",
        asked_if_all=(Condition("3.3", YES_OR_UNKNOWN),),
        by_judgement=True,
    ),
    Question("4.1", "measurement", "Was the method of measuring the outcome inappropriate?", "no"),
    Question(
        "4.2",
        "measurement",
        "Could measurement or ascertainment of the outcome have differed between intervention "
        "groups?",
        "no",
    ),
    Question(
        "4.3",
        "measurement",
        "Were outcome assessors aware of the intervention received by study participants?",
        "no",
        asked_if_all=(Condition("4.1", NO_OR_UNKNOWN), Condition("4.2", NO_OR_UNKNOWN)),
    ),
    Question(
        "4.4",
        "measurement",
        "Could assessment of the outcome have been influenced by knowledge of intervention "
        "received?",
        "no",
        asked_if_all=(Condition("4.3", YES_OR_UNKNOWN),),
    ),
    Question(
        "4.5",
        "measurement",
        "Is it likely that assessment of the outcome was influenced by knowledge of intervention "
        "received?",
        "no",
        asked_if_all=(Condition("4.4", YES_OR_UNKNOWN),),
        by_judgement=True,
    ),
    Question(
        "5.1",
        "selective_reporting",
        "Were the data that produced this result analysed in accordance with a pre-specified "
        "analysis plan that was finalised before unblinded outcome data were available for "
        "analysis?",
        "yes",
    ),
    Question(
        "5.2",
        "selective_reporting",
        "Is the numerical result likely to have been selected, on the basis of the results, from "
        "multiple eligible outcome measurements (scales, definitions, time points) within the "
        "outcome domain?",
        "no",
        by_judgement=True,
    ),
    Question(
        "5.3",
        "selective_reporting",
        "Is the numerical result likely to have been selected, on the basis of the results, from "
        "multiple eligible analyses of the data?",
        "no",
        by_judgement=True,
    ),
)
QUESTION: dict[str, Question] = {question.question_id: question for question in QUESTIONS}


def questions_of(domain: Domain) -> tuple[Question, ...]:
    """The signalling questions of a domain in their order."""
    return tuple(question for question in QUESTIONS if question.domain == domain)
