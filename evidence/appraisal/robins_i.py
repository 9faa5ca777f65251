"""ROBINS-I for non-randomised studies of interventions: an outline that a person fills in.

Sterne et al., BMJ 2016;355:i4919 (the version of 2016): seven domains, their signalling questions
in short, the scale and the overall rule. The tool maps answers to judgements by tables that leave
much to the assessor; no engine proposes here, and no answer is turned into a judgement. A person
reads the questions and judges the domain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from evidence.appraisal.answers import AppraisalError

VERSION = "ROBINS-I, 2016, an outline of its signalling questions"
Domain = Literal[
    "confounding",
    "selection",
    "classification",
    "deviations",
    "missing_data",
    "measurement",
    "selective_reporting",
]
Level = Literal["low", "moderate", "serious", "critical", "no_information"]
LEVELS: tuple[Level, ...] = ("low", "moderate", "serious", "critical", "no_information")
LEVEL_MEANINGS: dict[Level, str] = {
    "low": "comparable to a well-performed randomised trial",
    "moderate": "sound for a non-randomised study, but not comparable to a randomised trial",
    "serious": "the study has some important problems",
    "critical": "too problematic to provide any useful evidence",
    "no_information": "no information on which to base a judgement",
}


@dataclass(frozen=True)
class OutlineQuestion:
    """A signalling question in short, with when it is asked; empty, always."""

    question_id: str
    text: str
    asked_if: str = ""


@dataclass(frozen=True)
class OutlineDomain:
    """A domain of ROBINS-I with its signalling questions."""

    domain: Domain
    title: str
    questions: tuple[OutlineQuestion, ...]


_Q = OutlineQuestion
DOMAINS: tuple[OutlineDomain, ...] = (
    OutlineDomain(
        "confounding",
        "Bias due to confounding",
        (
            _Q("1.1", "Is there potential for confounding of the effect of intervention?"),
            _Q(
                "1.2",
                "Was the analysis based on splitting participants' follow-up time according to "
                "intervention received?",
                "Y or PY to 1.1",
            ),
            _Q(
                "1.3",
                "Were discontinuations or switches likely to be related to factors prognostic for "
                "the outcome?",
                "Y or PY to 1.2",
            ),
            _Q(
                "1.4",
                "Did an appropriate analysis control for all the important confounding domains?",
                "only baseline confounding: N or PN to 1.2 or 1.3",
            ),
            _Q(
                "1.5",
                "Were the confounding domains controlled for measured validly and reliably?",
                "Y or PY to 1.4",
            ),
            _Q(
                "1.6",
                "Were post-intervention variables controlled for that the intervention could have "
                "affected?",
                "only baseline confounding: N or PN to 1.2 or 1.3",
            ),
            _Q(
                "1.7",
                "Did an appropriate analysis adjust for all the important confounding domains and "
                "for time-varying confounding?",
                "Y or PY to 1.3",
            ),
            _Q(
                "1.8",
                "Were the confounding domains adjusted for measured validly and reliably?",
                "Y or PY to 1.7",
            ),
        ),
    ),
    OutlineDomain(
        "selection",
        "Bias in selection of participants into the study",
        (
            _Q(
                "2.1",
                "Was selection based on participant characteristics observed after the start of "
                "intervention?",
            ),
            _Q(
                "2.2",
                "Were the post-intervention variables that influenced selection likely to be "
                "associated with intervention?",
                "Y or PY to 2.1",
            ),
            _Q(
                "2.3",
                "Were they likely to be influenced by the outcome or a cause of the outcome?",
                "Y or PY to 2.2",
            ),
            _Q("2.4", "Do start of follow-up and start of intervention coincide for most?"),
            _Q(
                "2.5",
                "Were adjustment techniques used that are likely to correct for selection bias?",
                "Y or PY to 2.2 and 2.3, or N or PN to 2.4",
            ),
        ),
    ),
    OutlineDomain(
        "classification",
        "Bias in classification of interventions",
        (
            _Q("3.1", "Were intervention groups clearly defined?"),
            _Q(
                "3.2",
                "Was the information that defines the groups recorded at the start of the "
                "intervention?",
            ),
            _Q(
                "3.3",
                "Could classification have been affected by knowledge of the outcome or its risk?",
            ),
        ),
    ),
    OutlineDomain(
        "deviations",
        "Bias due to deviations from intended interventions",
        (
            _Q(
                "4.1",
                "Were there deviations beyond what would be expected in usual practice?",
                "effect of assignment",
            ),
            _Q(
                "4.2",
                "Were these unbalanced between groups and likely to have affected the outcome?",
                "Y or PY to 4.1",
            ),
            _Q(
                "4.3",
                "Were important co-interventions balanced across intervention groups?",
                "effect of starting and adhering",
            ),
            _Q(
                "4.4",
                "Was the intervention implemented successfully for most participants?",
                "effect of starting and adhering",
            ),
            _Q(
                "4.5",
                "Did participants adhere to the assigned intervention regimen?",
                "effect of starting and adhering",
            ),
            _Q(
                "4.6",
                "Was an appropriate analysis used to estimate the effect of starting and adhering?",
                "N or PN to 4.3, 4.4 or 4.5",
            ),
        ),
    ),
    OutlineDomain(
        "missing_data",
        "Bias due to missing data",
        (
            _Q("5.1", "Were outcome data available for all, or nearly all, participants?"),
            _Q("5.2", "Were participants excluded for missing data on intervention status?"),
            _Q("5.3", "Were participants excluded for missing data on other variables needed?"),
            _Q(
                "5.4",
                "Are the proportion and the reasons of missing data similar across interventions?",
                "N or PN to 5.1, or Y or PY to 5.2 or 5.3",
            ),
            _Q(
                "5.5",
                "Is there evidence that results were robust to the presence of missing data?",
                "N or PN to 5.1, or Y or PY to 5.2 or 5.3",
            ),
        ),
    ),
    OutlineDomain(
        "measurement",
        "Bias in measurement of outcomes",
        (
            _Q(
                "6.1",
                "Could the outcome measure have been influenced by knowledge of intervention?",
            ),
            _Q("6.2", "Were outcome assessors aware of the intervention received?"),
            _Q("6.3", "Were the methods of outcome assessment comparable across groups?"),
            _Q("6.4", "Were systematic errors in measurement related to intervention received?"),
        ),
    ),
    OutlineDomain(
        "selective_reporting",
        "Bias in selection of the reported result",
        (
            _Q("7.1", "Is the estimate likely selected from multiple measurements of the outcome?"),
            _Q("7.2", "Is the estimate likely selected from multiple analyses?"),
            _Q("7.3", "Is the estimate likely selected from different subgroups?"),
        ),
    ),
)

DOMAIN: dict[Domain, OutlineDomain] = {each.domain: each for each in DOMAINS}

StatedLevel = Level | Literal["unclear"]
_DECIDES: tuple[Level, ...] = ("low", "moderate", "no_information", "serious", "critical")


def judge_overall(levels: Mapping[Domain, Level]) -> Level:
    """The overall judgement from those on the seven domains (table 2 of the paper).

    A critical or serious domain decides. Without one, a domain without information leaves the
    whole without; the tool says so for "key domains", which a person may judge otherwise.

    Raises:
        AppraisalError: A domain has no judgement, or a judgement is on no domain.
    """
    expected = list(DOMAIN)
    if sorted(levels) != sorted(expected):
        raise AppraisalError(
            f"judged were {', '.join(sorted(levels)) or 'no domains'}; expected "
            f"{', '.join(expected)}"
        )
    return max(levels.values(), key=_DECIDES.index)


def overall_so_far(levels: Mapping[Domain, Level]) -> StatedLevel:
    """The overall judgement; `unclear` while a domain is open and none is at critical risk."""
    if len(levels) == len(DOMAINS):
        return judge_overall(levels)
    return "critical" if "critical" in levels.values() else "unclear"
