"""Formulation: PICO and eligibility criteria from a clinical question in plain English.

The offline engine knows a few ways in which such questions are put and takes their parts verbatim.
What no rule parses stays empty: a person fills it in, and an empty element excludes nothing.
"""

from __future__ import annotations

import re
from typing import Protocol

from evidence.question import ClinicalQuestion, EligibilityCriterion, Pico
from evidence.reading.question_grammar import names_population, outside_brackets, parse_pico

_DESIGN = (
    "The report is of a randomised trial of parallel or crossover design; it is not a protocol, a "
    "secondary analysis or a pooled analysis of several trials."
)


class Formulator(Protocol):
    """Turns a question in words into PICO and eligibility criteria."""

    def formulate(self, text: str) -> ClinicalQuestion:
        """The question with what could be read from it."""
        ...


class OfflineFormulator:
    """Formulates by explicit grammar; takes the question's words as they stand."""

    def formulate(self, text: str) -> ClinicalQuestion:
        """The question with the PICO elements that a rule could parse, and criteria from them."""
        pico = parse_pico(text)
        return ClinicalQuestion(text=text, pico=pico, criteria=derive_criteria(pico))


def formulate_all(text: str) -> tuple[ClinicalQuestion, ...]:
    """A question for each comparison that a text holds; the question itself when it holds one.

    Each sentence that asks is a question; one without a population takes that of the one before.
    Alternatives (`A or B versus C`, `A versus B or C`) are comparisons of their own.
    """
    flat = " ".join(text.split())
    asked = [part.strip() for part in re.split(r"(?<=\?)\s+", flat) if part.strip()]
    found: list[ClinicalQuestion] = []
    population = ""
    for sentence in asked:
        pico = parse_pico(sentence)
        if len(asked) > 1 and not pico.intervention:
            continue
        if pico.intervention and not pico.population:
            pico = pico.model_copy(update={"population": population})
        population = pico.population or population
        for one in _comparisons(pico):
            found.append(ClinicalQuestion(text=sentence, pico=one, criteria=derive_criteria(one)))
    if len(found) < 2:
        return (OfflineFormulator().formulate(text),)
    return tuple(found)


def _comparisons(pico: Pico) -> list[Pico]:
    """A PICO for each pair of an intervention and a comparator."""
    if not pico.intervention or not pico.comparator:
        return [pico]
    return [
        pico.model_copy(update={"intervention": intervention, "comparator": comparator})
        for intervention in _alternatives(pico.intervention)
        for comparator in _alternatives(pico.comparator)
    ]


def _alternatives(text: str) -> list[str]:
    """`A, B or C` gives three; an `or` inside brackets parts nothing."""
    if not re.search(r"\bor\b", outside_brackets(text)):
        return [text]
    marked = re.sub(r"\([^()]*\)", lambda m: re.sub(r"\bor\b|,", _hidden, m[0]), text)
    parts = re.split(r",?\s+or\s+|,\s+", marked)
    shown = (part.replace("\x00", ",").replace("\x01", "or").strip() for part in parts)
    return [re.sub(r"^either\s+", "", part) for part in shown if part]


def _hidden(found: re.Match[str]) -> str:
    return "\x00" if found[0] == "," else "\x01"


def derive_criteria(pico: Pico) -> tuple[EligibilityCriterion, ...]:
    """Inclusion criteria for the elements that are there.

    The design is asked for only where an intervention is: other questions are not answered by
    randomised trials alone.
    """
    who = pico.population if names_population(pico.population) else f"people with {pico.population}"
    texts = {
        "population": f"The participants are {who}." if pico.population else "",
        "intervention": (
            f"One arm of the trial receives {pico.intervention}." if pico.intervention else ""
        ),
        "comparator": f"Another arm receives {pico.comparator}." if pico.comparator else "",
        "design": _DESIGN if pico.intervention else "",
    }
    return tuple(
        EligibilityCriterion(criterion_id=name, kind="inclusion", text=text)
        for name, text in texts.items()
        if text
    )
