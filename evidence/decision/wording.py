"""How effects and their certainty are worded, every number cited.

The wording follows GRADE guidelines 26 (Santesso et al., J Clin Epidemiol 2020;119:126-135): the
certainty chooses the verb (`reduces`, `probably reduces`, `may reduce`, `the evidence is very
uncertain`), the size of the effect its object (`a large reduction`, `slightly`, `little to no
difference`).
"""

from __future__ import annotations

from collections.abc import Mapping

from evidence.decision.sentences import Draft, Names, listed, pooled_quotes
from evidence.direction import AT_LEAST_LOW, RATIO_MEASURES, excludes_null, has_effect, null_value
from evidence.findings import PooledEffect, Sentence, SummaryOfFindingsRow
from evidence.findings_text import telling_domains
from evidence.grounding import numerals_in_digits
from evidence.synthesis.statements import effect_verb
from evidence.synthesis.thresholds import (
    RELATIVE_BENEFIT,
    RELATIVE_HARM,
    EffectSize,
    Thresholds,
    effect_size,
    risk_ratios,
)

SizesFrom = Mapping[str, Thresholds]
"""Thresholds by outcome, as the question words it; outcomes without any go by stated defaults."""


def size_of(row: SummaryOfFindingsRow, thresholds: SizesFrom) -> EffectSize | None:
    """How large the estimate of a row is; None where no threshold applies."""
    return effect_size(row, thresholds.get(row.outcome))


def effect_sentence(row: SummaryOfFindingsRow, names: Names, thresholds: SizesFrom) -> Sentence:
    """What the intervention does to an outcome, with its effect in relative and absolute terms.

    Without an effect it says that none was pooled, and why.
    """
    effect = row.effect
    draft = Draft().support(pooled_quotes(row))
    if effect is None or not has_effect(row):
        draft.say("No effect was pooled for ").cite(row, "outcome")
        draft.say(" (").cite(row, "k_studies").say(").")
        if row.note:
            draft.say(" ").cite(row, "note")
        return draft.sentence()
    size = size_of(row, thresholds)
    draft.say(f"Compared with {_comparators(row, names)}, ")
    before, after = _wording(row, effect, size, names.intervention)
    draft.say(before).cite(row, "outcome").say(after)
    if row.certainty in AT_LEAST_LOW:
        draft.say(_reservation(row, effect, size))
    draft.say(" (").cite(row, "effect").say("; ").cite(row, "k_studies").say(", ")
    draft.cite(row, "n_participants").say(")")
    return draft.cite_absolute_effect(row).say(".").sentence()


def plain_sentence(row: SummaryOfFindingsRow, names: Names, thresholds: SizesFrom) -> Sentence:
    """The same for readers who are no experts: no ratio and no interval where there are risks."""
    effect = row.effect
    draft = Draft().support(pooled_quotes(row)).say("What was found: ")
    if effect is None or not has_effect(row):
        draft.say("the studies could not be combined on ").cite(row, "outcome").say(" (")
        return draft.cite(row, "k_studies").say(").").sentence()
    size = size_of(row, thresholds)
    before, after = _wording(row, effect, size, names.intervention)
    draft.say(before).cite(row, "outcome").say(after)
    if row.certainty in AT_LEAST_LOW:
        draft.say(_reservation(row, effect, size))
    draft.say(" (").cite(row, "k_studies").say(", ").cite(row, "n_participants").say(")")
    if row.difference_per_1000 is None:
        return draft.say(": ").cite(row, "effect").say(".").sentence()
    return draft.cite_absolute_effect(row).say(".").sentence()


def certainty_sentence(row: SummaryOfFindingsRow) -> Sentence:
    """The certainty of the evidence on an outcome, with the reason of each level taken off."""
    draft = Draft().say("The certainty of the evidence on ").cite(row, "outcome").say(" is ")
    if row.certainty is None:
        return draft.say("not rated.").sentence()
    draft.cite(row, "certainty")
    telling = telling_domains(row)
    if not telling:
        return draft.say("; no domain lowers it.").sentence()
    draft.say(f"{lowered_words(row)}.")
    for index, _ in telling:
        draft.say(" ").cite(row, f"domains.{index}.reason")
    return draft.sentence()


def lowered_words(row: SummaryOfFindingsRow) -> str:
    """`, starting low, lowered for imprecision`; empty where nothing lowers the certainty."""
    start = "" if row.certainty_start == "high" else ", starting low"
    lowered = [d.domain.replace("_", " ") for d in row.domains if d.levels_down]
    return start + (f", lowered for {listed(lowered)}" if lowered else "")


def _comparators(row: SummaryOfFindingsRow, names: Names) -> str:
    """What the pooled studies compared with; the question's words where a name holds a number."""
    arms = dict.fromkeys(s.comparator.lower() for s in row.studies if s.percent is not None)
    if not arms or any(numerals_in_digits(arm) for arm in arms):
        return names.brief_comparator
    return listed(list(arms), "or")


def _wording(
    row: SummaryOfFindingsRow, effect: PooledEffect, size: EffectSize | None, subject: str
) -> tuple[str, str]:
    """The words before and after the outcome's name."""
    if row.certainty is None:
        return f"the certainty of the effect of {subject} on ", " is not rated"
    if row.certainty == "very_low":
        return f"the evidence is very uncertain about the effect of {subject} on ", ""
    verb, noun = effect_verb(row.outcome, effect)
    adverb = {"high": "", "moderate": "probably ", "low": "may "}[row.certainty]
    ending = "" if adverb == "may " else "s"
    if effect.estimate == null_value(effect.measure):
        size = "trivial"
    match size:
        case "large":
            return f"{subject} {adverb}result{ending} in a large {noun} in ", ""
        case "small":
            return f"{subject} {adverb}{verb}{ending} ", " slightly"
        case "trivial":
            return f"{subject} {adverb}result{ending} in little to no difference in ", ""
        case _:
            return f"{subject} {adverb}{verb}{ending} ", ""


def _reservation(row: SummaryOfFindingsRow, effect: PooledEffect, size: EffectSize | None) -> str:
    """What the interval takes back of the wording, which goes by the estimate."""
    if excludes_null(effect):
        return ""
    if size != "trivial":
        return ", though the interval includes no difference"
    low, high = risk_ratios(row, (effect.ci_low, effect.ci_high))
    wide = low < RELATIVE_BENEFIT or high > RELATIVE_HARM
    if effect.measure in RATIO_MEASURES and wide:
        return ", though the interval includes appreciable effects"
    return ""
