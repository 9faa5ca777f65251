"""The criteria of GRADE's Evidence-to-Decision framework, in their order, each with its scale.

Alonso-Coello et al., GRADE Evidence to Decision (EtD) frameworks: 2. Clinical practice guidelines,
BMJ 2016;353:i2089 (population perspective). On every scale what speaks for the intervention stands
further right; what stands apart from the order (`varies`, `don't know`) comes last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

DecisionCriterion = Literal[
    "problem",
    "desirable_effects",
    "undesirable_effects",
    "certainty",
    "values",
    "balance",
    "resources",
    "certainty_of_resources",
    "cost_effectiveness",
    "equity",
    "acceptability",
    "feasibility",
]
CRITERIA: tuple[DecisionCriterion, ...] = get_args(DecisionCriterion)
GuidelineCriterion = Literal[
    "problem",
    "values",
    "resources",
    "certainty_of_resources",
    "cost_effectiveness",
    "equity",
    "acceptability",
    "feasibility",
]
"""A criterion that the summary of findings says nothing on."""
GUIDELINE_CRITERIA: tuple[GuidelineCriterion, ...] = get_args(GuidelineCriterion)
DONT_KNOW, VARIES, NO_STUDIES = "don't know", "varies", "no included studies"
NOT_JUDGED = "not judged"
UNORDERED = (VARIES, DONT_KNOW, NO_STUDIES)
"""Answers that have no place on a scale."""

RECOMMENDATION_TYPES = (
    "strong recommendation against the intervention",
    "conditional recommendation against the intervention",
    "conditional recommendation for either the intervention or the comparison",
    "conditional recommendation for the intervention",
    "strong recommendation for the intervention",
)

_YES = ("no", "probably no", "probably yes", "yes", VARIES, DONT_KNOW)
_SIZES = ("trivial", "small", "moderate", "large")
_CERTAINTY = ("very low", "low", "moderate", "high", NO_STUDIES)
_FAVOURS = (
    "favours the comparison",
    "probably favours the comparison",
    "does not favour either",
    "probably favours the intervention",
    "favours the intervention",
    VARIES,
)


class Criterion(NamedTuple):
    """What a criterion is called, what it asks, and how it may be judged."""

    title: str
    question: str
    scale: tuple[str, ...]


FRAMEWORK: Mapping[DecisionCriterion, Criterion] = {
    "problem": Criterion("Problem", "Is the problem a priority?", _YES),
    "desirable_effects": Criterion(
        "Desirable effects",
        "How substantial are the desirable anticipated effects?",
        (*_SIZES, VARIES, DONT_KNOW),
    ),
    "undesirable_effects": Criterion(
        "Undesirable effects",
        "How substantial are the undesirable anticipated effects?",
        (*reversed(_SIZES), VARIES, DONT_KNOW),
    ),
    "certainty": Criterion(
        "Certainty of the evidence",
        "What is the overall certainty of the evidence of effects?",
        _CERTAINTY,
    ),
    "values": Criterion(
        "Values",
        "Is there important uncertainty about or variability in how much people value the main "
        "outcomes?",
        (
            "important uncertainty or variability",
            "possibly important uncertainty or variability",
            "probably no important uncertainty or variability",
            "no important uncertainty or variability",
        ),
    ),
    "balance": Criterion(
        "Balance of effects",
        "Does the balance between desirable and undesirable effects favour the intervention or the "
        "comparison?",
        (*_FAVOURS, DONT_KNOW),
    ),
    "resources": Criterion(
        "Resources required",
        "How large are the resource requirements (costs)?",
        (
            "large costs",
            "moderate costs",
            "negligible costs and savings",
            "moderate savings",
            "large savings",
            VARIES,
            DONT_KNOW,
        ),
    ),
    "certainty_of_resources": Criterion(
        "Certainty of evidence of required resources",
        "What is the certainty of the evidence of resource requirements (costs)?",
        _CERTAINTY,
    ),
    "cost_effectiveness": Criterion(
        "Cost-effectiveness",
        "Does the cost-effectiveness of the intervention favour the intervention or the "
        "comparison?",
        (*_FAVOURS, NO_STUDIES),
    ),
    "equity": Criterion(
        "Equity",
        "What would be the impact on health equity?",
        (
            "reduced",
            "probably reduced",
            "probably no impact",
            "probably increased",
            "increased",
            VARIES,
            DONT_KNOW,
        ),
    ),
    "acceptability": Criterion(
        "Acceptability", "Is the intervention acceptable to key stakeholders?", _YES
    ),
    "feasibility": Criterion("Feasibility", "Is the intervention feasible to implement?", _YES),
}
