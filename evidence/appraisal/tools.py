"""Which tool a study's risk of bias is judged with: RoB 2, or ROBINS-I where it is not randomised.

A person's last judgement decides. Before it the design does, as the report tells it: only where it
says that the study is not randomised, and nowhere that it is, ROBINS-I takes RoB 2's place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from evidence.appraisal.answers import Tool
from evidence.appraisal.robins_i import DOMAINS
from evidence.judgements import Characteristic
from evidence.reading.design_cues import Design
from evidence.reading.study_design import detect_designs
from evidence.state import ReviewState
from indexers.records import Quote, Record, abstract_document

Allocation = Literal["randomised", "not_randomised", "unknown"]

_NOT = re.compile(
    r"\b(?:non|quasi|pseudo)-?randomi[sz]|\bnot randomi[sz]|\bquasi-?experiment|\bsingle-arm"
    r"|\bobservational\b|\bcohort\b|\bcase-control\b|\bcross-sectional\b|\bretrospective\b"
    r"|\bbefore-and-after\b|\binterrupted time series\b",
    re.IGNORECASE,
)
_RANDOMISED = re.compile(
    r"\b(?<!non-)(?<!not )(?<!quasi-)(?<!quasi )(?<!pseudo-)(?<!pseudo )random|\brcts?\b",
    re.IGNORECASE,
)
_NOT_BEFORE = re.compile(r"(?:non|not|quasi|pseudo)[- ]?$", re.IGNORECASE)
_TYPES: dict[str, Allocation] = {
    "Randomized Controlled Trial": "randomised",
    "Observational Study": "not_randomised",
}
_DESIGNS: dict[Design, Allocation] = {
    "randomised": "randomised",
    "non_randomised": "not_randomised",
    "observational": "not_randomised",
}
# A retrospective analysis of trials is no non-randomised study.
_OF_OTHER_DATA: frozenset[Design] = frozenset(("pooled_analysis", "secondary_analysis", "review"))


class ReadDesign(NamedTuple):
    """What a report tells of the allocation of its study, with the words that say so."""

    allocation: Allocation
    quotes: tuple[Quote, ...] = ()


def tool_of(state: ReviewState, record_id: str) -> Tool:
    """The tool of a person's last judgement on the study, else the one that fits its design."""
    chosen = state.chosen_tools.get(record_id)
    if chosen is not None:
        return chosen
    read = read_design(state, record_id)
    return "robins-i" if read.allocation == "not_randomised" else "rob-2"


def studies_judged_with(state: ReviewState, tool: Tool) -> list[str]:
    """The included studies that a tool is for, in the order of the search."""
    return [r for r in state.with_fate("included") if tool_of(state, r) == tool]


def domains_to_judge(state: ReviewState) -> int:
    """Domains of included studies that wait for a person.

    Of RoB 2 those that an engine left unclear, of ROBINS-I those that nobody has judged.
    """
    unclear = sum(
        judged.judgement == "unclear"
        for record_id in studies_judged_with(state, "rob-2")
        for judged in state.risk_of_bias.get(record_id, {}).values()
    )
    outlined = studies_judged_with(state, "robins-i")
    return unclear + sum(len(DOMAINS) - len(state.robins_i.get(r, {})) for r in outlined)


def read_design(state: ReviewState, record_id: str) -> ReadDesign:
    """The allocation as the characteristics, title, abstract and publication types tell it.

    Where they contradict each other it is `unknown`.
    """
    record = state.records[record_id].record
    told = state.characteristics.get(record_id)
    found = [
        *_from_characteristics(told.characteristics if told is not None else ()),
        *_from_record(record),
    ]
    allocations = {read.allocation for read in found}
    if len(allocations) != 1:
        return ReadDesign("unknown")
    quotes = dict.fromkeys(quote for read in found for quote in read.quotes)
    return ReadDesign(found[0].allocation, tuple(quotes))


def _from_characteristics(told: Sequence[Characteristic]) -> list[ReadDesign]:
    found = []
    for each in told:
        if each.field not in ("design", "allocation"):
            continue
        denied = any(_denied(each.value, quote) for quote in each.quotes)
        if denied or _NOT.search(each.value):
            found.append(ReadDesign("not_randomised", each.quotes))
        if not denied and _RANDOMISED.search(each.value):
            found.append(ReadDesign("randomised", each.quotes))
    return found


def _denied(value: str, quote: Quote) -> bool:
    """Whether the value begins behind a `non-` in its quote: "a non-[randomised trial]".

    The offline extractor cuts out no such value; a language model may, and older logs hold some.
    """
    at = quote.text.casefold().find(value.casefold())
    return at > 0 and bool(_RANDOMISED.match(value) and _NOT_BEFORE.search(quote.text[:at]))


@lru_cache(maxsize=4096)
def _from_record(record: Record) -> tuple[ReadDesign, ...]:
    found = [ReadDesign(_TYPES[t]) for t in record.publication_types if t in _TYPES]
    document = abstract_document(record)
    designs = detect_designs(document)
    of_other_data = any(shown.design in _OF_OTHER_DATA for shown in designs)
    for shown in designs:
        allocation = _DESIGNS.get(shown.design)
        if allocation == "randomised" or (allocation is not None and not of_other_data):
            found.append(ReadDesign(allocation, (document.quote(shown.start, shown.end),)))
    return tuple(found)
