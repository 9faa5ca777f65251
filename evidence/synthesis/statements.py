"""Plain-language statements: what an intervention does, as surely as the certainty allows.

GRADE guidelines 26 (Santesso et al., J Clin Epidemiol 2020;119:126-135): the verb goes by the
certainty, the adverb by the size of the effect.
"""

from __future__ import annotations

from evidence.findings import Certainty, PooledEffect, SummaryOfFindingsRow
from evidence.findings_text import short_name
from evidence.synthesis.study_effects import RATIO_MEASURES
from evidence.synthesis.thresholds import EffectSize, Thresholds, effect_size

_ADVERBS = {"high": "", "moderate": "probably ", "low": "may "}
NO_STUDY = "No study tells how {intervention} affects {outcome}."
VERY_UNCERTAIN = "The evidence is very uncertain about the effect of {intervention} on {outcome}."
NOT_POOLED = "The studies could not be combined, so that no effect on {outcome} can be stated."


def plain_statement(
    row: SummaryOfFindingsRow, intervention: str, thresholds: Thresholds | None = None
) -> str:
    """One sentence on a row, such as `Zinc probably reduces relapse slightly`, with a full stop.

    Where no threshold tells how large a mean difference is, the sentence tells its direction alone.
    """
    words = {
        "intervention": _as_words(intervention) or "the intervention",
        "outcome": _as_words(row.outcome),
    }
    if row.effect is None:
        certain = row.certainty != "very_low"
        told = (NOT_POOLED if certain else VERY_UNCERTAIN) if row.studies else NO_STUDY
        return told.format(**words)
    if row.certainty is None or row.certainty == "very_low":
        return VERY_UNCERTAIN.format(**words)
    null = 1.0 if row.effect.measure in RATIO_MEASURES else 0.0
    size = effect_size(row, thresholds)
    if row.effect.estimate == null:
        size = "trivial"
    does = _predicate(row.certainty, size, words["outcome"], effect_verb(row.outcome, row.effect))
    sentence = f"{words['intervention']} {does}."
    return sentence[0].upper() + sentence[1:]


def effect_verb(outcome: str, effect: PooledEffect) -> tuple[str, str]:
    """What an effect does to an outcome, as a verb and as a noun: `reduce`, `reduction`.

    A hazard ratio for survival is one of death, so below 1 it improves survival.
    """
    raised = effect.estimate > (1.0 if effect.measure in RATIO_MEASURES else 0.0)
    if effect.measure == "HR" and "surviv" in outcome.lower():
        return ("worsen", "worsening") if raised else ("improve", "improvement")
    return ("increase", "increase") if raised else ("reduce", "reduction")


def _predicate(
    certainty: Certainty, size: EffectSize | None, outcome: str, does: tuple[str, str]
) -> str:
    """What follows the intervention."""
    adverb = _ADVERBS[certainty]
    third = "" if certainty == "low" else "s"  # `may result`, `probably results`
    verb, noun = f"{does[0]}{third}", does[1]
    match size:
        case "large":
            return f"{adverb}result{third} in a large {noun} in {outcome}"
        case "small":
            return f"{adverb}{verb} {outcome} slightly"
        case "trivial":
            return f"{adverb}result{third} in little to no difference in {outcome}"
        case _:
            return f"{adverb}{verb} {outcome}"


def _as_words(text: str) -> str:
    """A term inside a sentence: no synonyms in brackets, no capital unless an abbreviation."""
    term = short_name(text).rstrip(".")
    first = term.partition(" ")[0]
    if first[1:].islower() or (len(first) == 1 and first.isalpha()):
        term = term[:1].lower() + term[1:]
    return term
