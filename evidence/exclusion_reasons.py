"""Why a record is excluded, in the few words in which reviews count reasons in a PRISMA flow.

The vocabulary is that of the screening tools reviewers know (wrong population, wrong study design,
…), with the criterion's short text behind it: PRISMA 2020 asks for the reasons with their numbers
(Page et al., BMJ 2021;372:n71, item 16b).
"""

from __future__ import annotations

import re
from typing import Literal, get_args

from evidence.findings_text import short_name
from evidence.question import EligibilityCriterion
from evidence.reading.design_cues import SECONDARY
from evidence.reading.mentions import PEOPLE
from evidence.reading.study_design import read_design_statement

ExclusionReason = Literal[
    "Wrong population",
    "Wrong intervention",
    "Wrong comparator",
    "Wrong outcomes",
    "Wrong study design",
    "Wrong publication type",
    "Wrong setting",
    "Wrong language",
    "Wrong date",
    "Wrong follow-up",
    "Not eligible",
]
REASONS: tuple[ExclusionReason, ...] = get_args(ExclusionReason)

# What an id says it is about; the first that fits decides.
_BY_ID: tuple[tuple[ExclusionReason, str], ...] = (
    ("Wrong comparator", r"compar|control"),
    ("Wrong outcomes", r"outcome|endpoint|end_point"),
    ("Wrong publication type", r"publication|report_type|article|document"),
    ("Wrong study design", r"design|study_type|methodology"),
    ("Wrong language", r"language"),
    ("Wrong date", r"date|year|period"),
    ("Wrong follow-up", r"follow|duration|timing"),
    ("Wrong setting", r"setting|country|countries|location|region"),
    (
        "Wrong population",
        r"population|participant|patient|people|condition|disease|problem|species",
    ),
    ("Wrong intervention", r"intervention|exposure|treatment|drug|therapy|index_test"),
)
# What a text says it is about, where the id does not tell.
_BY_TEXT: tuple[tuple[ExclusionReason, str], ...] = (
    ("Wrong language", r"\b(?:in|not) english\b|\blanguages?\b"),
    (
        "Wrong date",
        r"\bpublished (?:after|before|since|between|from|until|in \d)|\b(?:19|20)\d\d\b",
    ),
    (
        "Wrong publication type",
        r"\b(?:conference|abstracts? only|full[- ]text|peer[- ]review\w*|editorials?|letters?"
        r"|commentar(?:y|ies)|protocols?|theses|thesis|dissertations?|preprints?)\b",
    ),
    (
        "Wrong follow-up",
        r"\bfollow(?:ed)?[- ]up\b|\b(?:at least|minimum)\b.*\b(?:weeks?|months?)\b",
    ),
    ("Wrong outcomes", r"\boutcomes?\b|\b(?:reports?|reported|measures?|measured)\b"),
    (
        "Wrong comparator",
        r"\b(?:another|other) (?:arm|group)\b|\bcompar\w+|\bversus\b|\bcontrols?\b",
    ),
    ("Wrong setting", r"\b(?:hospitals?|primary care|community|countr(?:y|ies)|settings?)\b"),
    ("Wrong intervention", r"\b(?:receiv|treated with|given|interven|arm\b|drug|therap|dose)\w*"),
    ("Wrong population", rf"\b{PEOPLE}\b|\b(?:humans?|animals?|mice|rats?|age[ds]?)\b"),
)
_CLAUSE = re.compile(r"\b(?:is|are|was|were|has|have)\b", re.IGNORECASE)
_LEAD = re.compile(
    r"^(?:(?:the |all )?(?:participants|patients|population|intervention|comparator|report|study"
    r"|(?:at least )?(?:an|one|another|the other) (?:arm|group)(?: of the trial)?)"
    r" (?:is (?:treated with|given|of|on)|are|is|have|had|has|receives?|gets?)|versus"
    r"|compared with) ",
    re.IGNORECASE,
)


def exclusion_reason(criterion: EligibilityCriterion) -> str:
    """Why a record is excluded by a criterion: `Wrong population: not children with diarrhoea`.

    The words of an inclusion criterion stand behind `not`, those of an exclusion criterion alone.
    The same criterion always gives the same words, so that they can be counted.
    """
    text = short_name(criterion.text).partition(";")[0].rstrip(". ")
    named = _LEAD.sub("", text)
    label = reason_of(criterion)
    if criterion.kind == "exclusion":
        return f"{label}: {_lower_start(named)}"
    if named == text and _CLAUSE.search(text):  # `not treatment failure is reported` reads badly
        return f"{label}: not met: {text}"
    return f"{label}: not {_lower_start(named)}"


def reason_of(criterion: EligibilityCriterion) -> ExclusionReason:
    """What is wrong with a record that fails a criterion, in the vocabulary of `REASONS`."""
    name = criterion.criterion_id.lower()
    by_id = next(
        (reason for reason, pattern in _BY_ID if re.search(rf"(?<![a-z])(?:{pattern})", name)),
        None,
    )
    if by_id is not None:
        return by_id
    stated = read_design_statement(criterion.text)
    named = {*stated.wanted, *stated.unwanted}
    if named and not named <= {"animal"}:
        only_secondary = named <= SECONDARY - {"review", "case_report"}
        return "Wrong publication type" if only_secondary else "Wrong study design"
    text = criterion.text.lower()
    return next((reason for reason, pattern in _BY_TEXT if re.search(pattern, text)), REASONS[-1])


def _lower_start(text: str) -> str:
    """A sentence's beginning inside another: abbreviations keep their case."""
    first = text.partition(" ")[0]
    return text[:1].lower() + text[1:] if first[1:].islower() or first == "A" else text
