"""Recommendations from templates: GRADE's wording, every number cited, no model.

The wording follows GRADE guidelines 26 (Santesso et al., J Clin Epidemiol 2020;119:126-135): the
certainty chooses the verb (`reduces`, `probably reduces`, `may reduce`, `the evidence is very
uncertain`), the size of the effect its object (`a large reduction`, `slightly`, `little to no
difference`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, Protocol

from evidence.direction import (
    AT_LEAST_LOW,
    RATIO_MEASURES,
    critical_row,
    excludes_null,
    favours,
    has_effect,
    null_value,
    wanted,
)
from evidence.findings import (
    CitedValue,
    PooledEffect,
    Recommendation,
    Sentence,
    SummaryOfFindingsRow,
)
from evidence.findings_text import ABSENT, printed, short_name
from evidence.grounding import numerals_in_digits
from evidence.question import ClinicalQuestion
from indexers.records import Quote

LARGE_RATIO = 2.0  # GRADE guidelines 9: a large effect doubles or halves
APPRECIABLE_RATIO = 1.25  # GRADE guidelines 6: 25 % is appreciable benefit or harm
SMALL_SMD, MEDIUM_SMD, LARGE_SMD = 0.2, 0.5, 0.8  # Cochrane Handbook 15.5.3.1
LONGEST_REPEATED_NAME = 60
Size = Literal["large", "plain", "slight", "none"]


class Recommender(Protocol):
    """Drafts a recommendation from the summary of findings."""

    def recommend(
        self, question: ClinicalQuestion, rows: Sequence[SummaryOfFindingsRow]
    ) -> Recommendation:
        """The draft, or an abstention that says why."""
        ...


class OfflineRecommender:
    """Drafts by rules.

    The critical outcome is the question's first. A row counts when its certainty is at least low.

    - *for*: the critical row counts, its interval excludes no effect and favours the intervention,
      and no other row that counts favours the comparator with an interval that excludes no effect.
    - *against*: the same with intervention and comparator exchanged.
    - *abstain*: everything else: no row or no effect for the critical outcome, very low or unrated
      certainty, an interval that includes no effect, benefit against harm, or an outcome that
      counts, excludes no effect and whose better direction the word lists do not know.
    - *strong*: high certainty and a large effect for the critical outcome, and at least one other
      row, all of them with an effect of at least moderate certainty. All else is conditional:
      values, costs and feasibility are for the panel.
    """

    def recommend(
        self, question: ClinicalQuestion, rows: Sequence[SummaryOfFindingsRow]
    ) -> Recommendation:
        """The draft; without any row it has no sentence, because nothing could support one."""
        critical = critical_row(question, rows)
        names = _Names(question)
        objection = _objection(critical, rows)
        side = favours(critical) if critical is not None else None
        if critical is None or side is None or objection is not None:
            opening = [objection.sentence()] if objection is not None else []
            direction: Literal["for", "against", "none"] = "none"
            strength: Literal["strong", "conditional", "none"] = "none"
        else:
            direction = "for" if side == "intervention" else "against"
            strength = _strength(critical, rows)
            opening = [_direction_sentence(critical, direction, strength, names)]
        body = [sentence for row in rows for sentence in _row_sentences(row, names)]
        return Recommendation(
            direction=direction,
            strength=strength,
            sentences=(*opening, *body),
            cited_rows=tuple(row.row_id for row in rows),
            abstained=direction == "none",
        )


class _Names:
    """What the sentences call the two sides; a number in a name would look like a finding."""

    def __init__(self, question: ClinicalQuestion) -> None:
        self.intervention = _name(question.pico.intervention, "the intervention")
        self.comparator = _name(question.pico.comparator, "the comparator")
        long = len(self.comparator) > LONGEST_REPEATED_NAME
        self.brief_comparator = "the comparator" if long else self.comparator


class _Draft:
    """A sentence in the making: each value goes in as it is printed, and is cited."""

    def __init__(self) -> None:
        self._cited: dict[str, CitedValue] = {}
        self._text: list[str] = []
        self._quotes: dict[Quote, None] = {}

    def say(self, text: str) -> _Draft:
        self._text.append(text)
        return self

    def cite(self, row: SummaryOfFindingsRow, field: str) -> _Draft:
        text = printed(row, field)
        # A text is cited once: the second place would be the same value for every check.
        self._cited.setdefault(text, CitedValue(text=text, row_id=row.row_id, field=field))
        return self.say(text)

    def support(self, quotes: Iterable[Quote]) -> _Draft:
        self._quotes.update(dict.fromkeys(quotes))
        return self

    def sentence(self) -> Sentence:
        return Sentence(
            text="".join(self._text),
            quotes=tuple(self._quotes),
            computed=tuple(self._cited.values()),
        )


def _objection(
    critical: SummaryOfFindingsRow | None, rows: Sequence[SummaryOfFindingsRow]
) -> _Draft | None:
    """The first reason against any recommendation; None when there is none."""
    if not rows:
        return None
    draft = _Draft().say("No recommendation is drafted: ")
    if critical is None:
        draft.say("no row is about the question's first outcome; the first row is about ")
        return draft.cite(rows[0], "outcome").say(".")
    if critical.effect is None or not has_effect(critical):
        draft.say("no effect could be pooled for the critical outcome, ")
        draft.cite(critical, "outcome").say(" (").cite(critical, "k_studies")
        return draft.say(").")
    if critical.certainty not in AT_LEAST_LOW:
        draft.say("the certainty of the evidence on the critical outcome, ")
        draft.cite(critical, "outcome").say(", is ")
        if critical.certainty is None:
            return draft.say("not rated.")
        return draft.cite(critical, "certainty").say(".")
    if not excludes_null(critical.effect):
        draft.say("for the critical outcome, ").cite(critical, "outcome")
        draft.say(", the interval includes no difference (").cite(critical, "effect")
        return draft.say(").")
    side = favours(critical)
    for row in (critical, *rows):
        if not _counts(row):
            continue
        if favours(row) is None:
            draft.say("whether more or less is better is for a person to say for the outcome ")
            return draft.cite(row, "outcome").say(" (").cite(row, "effect").say(").")
        if favours(row) != side:
            draft.say("the effects point both ways, on ").cite(critical, "outcome").say(" (")
            draft.cite(critical, "effect").say(") and on ").cite(row, "outcome").say(" (")
            return draft.cite(row, "effect").say("); a person weighs them.")
    return None


def _counts(row: SummaryOfFindingsRow) -> bool:
    return (
        row.effect is not None
        and has_effect(row)
        and row.certainty in AT_LEAST_LOW
        and excludes_null(row.effect)
    )


def _strength(
    critical: SummaryOfFindingsRow, rows: Sequence[SummaryOfFindingsRow]
) -> Literal["strong", "conditional"]:
    others = [row for row in rows if row.row_id != critical.row_id]
    rated = all(has_effect(row) and row.certainty in ("moderate", "high") for row in others)
    large = critical.effect is not None and _size(critical.effect) == "large"
    strong = critical.certainty == "high" and large and bool(others) and rated
    return "strong" if strong else "conditional"


def _direction_sentence(
    critical: SummaryOfFindingsRow,
    direction: Literal["for", "against", "none"],
    strength: Literal["strong", "conditional", "none"],
    names: _Names,
) -> Sentence:
    draft = _Draft().support(_quotes(critical))
    draft.say(
        f"Draft of a {strength} recommendation {direction} {names.intervention}, compared with "
        f"{names.comparator}: the critical outcome, "
    )
    draft.cite(critical, "outcome").say(", favours ")
    draft.say(names.intervention if direction == "for" else names.comparator)
    measure = critical.effect.measure if critical.effect is not None else "RR"
    draft.say(f" ({wanted(critical.outcome, measure)} is better; ")
    draft.cite(critical, "effect").say("; ").cite(critical, "certainty").say(" certainty)")
    draft.say("; a panel weighs values, costs and feasibility.")
    return draft.sentence()


def _row_sentences(row: SummaryOfFindingsRow, names: _Names) -> list[Sentence]:
    if row.effect is None or not has_effect(row):
        draft = _Draft().say("No effect was pooled for ").cite(row, "outcome")
        draft.say(" (").cite(row, "k_studies").say(").")
        if row.note:
            draft.say(" ").cite(row, "note")
        return [draft.support(_quotes(row)).sentence()]
    return [_effect_sentence(row, row.effect, names), _certainty_sentence(row)]


def _effect_sentence(row: SummaryOfFindingsRow, effect: PooledEffect, names: _Names) -> Sentence:
    draft = _Draft().support(_quotes(row)).say(_label(row))
    draft.say(f"Compared with {_comparators(row, names)}, ")
    before, after = _wording(row, effect, names.intervention)
    draft.say(before).cite(row, "outcome").say(after)
    if row.certainty in AT_LEAST_LOW:
        draft.say(_reservation(effect))
    draft.say(" (").cite(row, "effect").say("; ").cite(row, "k_studies").say(", ")
    draft.cite(row, "n_participants").say(")")
    absolute = ("comparator_risk_per_1000", "intervention_risk_per_1000", "difference_per_1000")
    if all(printed(row, field) != ABSENT for field in absolute):
        draft.say(": ").cite(row, absolute[1]).say(" instead of ").cite(row, absolute[0])
        draft.say(", ").cite(row, absolute[2])
        ends = ("difference_low_per_1000", "difference_high_per_1000")
        if all(printed(row, field) != ABSENT for field in ends):
            draft.say(" (from ").cite(row, ends[0]).say(" to ").cite(row, ends[1]).say(")")
    return draft.say(".").sentence()


def _reservation(effect: PooledEffect) -> str:
    """What the interval takes back of the wording, which goes by the estimate."""
    if excludes_null(effect):
        return ""
    if _size(effect) != "none":
        return ", though the interval includes no difference"
    bounds = (1 / APPRECIABLE_RATIO, APPRECIABLE_RATIO)
    wide = effect.ci_low < bounds[0] or effect.ci_high > bounds[1]
    if effect.measure in RATIO_MEASURES and wide:
        return ", though the interval includes appreciable effects"
    return ""


def _label(row: SummaryOfFindingsRow) -> str:
    if row.certainty not in AT_LEAST_LOW:
        return ""
    return {"intervention": "Benefit: ", "comparator": "Harm: ", None: ""}[favours(row)]


def _certainty_sentence(row: SummaryOfFindingsRow) -> Sentence:
    draft = _Draft().support(_quotes(row)).say("The certainty of the evidence on ")
    draft.cite(row, "outcome").say(" is ")
    if row.certainty is None:
        return draft.say("not rated.").sentence()
    draft.cite(row, "certainty")
    lowered = [index for index, domain in enumerate(row.domains) if domain.levels_down]
    if not lowered:
        return draft.say("; no domain lowers it.").sentence()
    draft.say(", lowered for ")
    draft.say(_listed([row.domains[i].domain.replace("_", " ") for i in lowered])).say(".")
    for index in lowered:
        draft.say(" ").cite(row, f"domains.{index}.reason")
    return draft.sentence()


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _comparators(row: SummaryOfFindingsRow, names: _Names) -> str:
    """What the pooled studies compared with; the question's words where a name holds a number."""
    arms = dict.fromkeys(s.comparator.lower() for s in row.studies if s.percent is not None)
    if not arms or any(numerals_in_digits(arm) for arm in arms):
        return names.brief_comparator
    return _listed(list(arms)).replace(" and ", " or ")


def _wording(row: SummaryOfFindingsRow, effect: PooledEffect, subject: str) -> tuple[str, str]:
    """The words before and after the outcome's name."""
    if row.certainty is None:
        return f"the certainty of the effect of {subject} on ", " is not rated"
    if row.certainty == "very_low":
        return f"the evidence is very uncertain about the effect of {subject} on ", ""
    raised = effect.estimate > null_value(effect.measure)
    verb, noun = ("increase", "increase") if raised else ("reduce", "reduction")
    if effect.measure == "HR" and "surviv" in row.outcome.lower():
        verb, noun = ("worsen", "worsening") if raised else ("improve", "improvement")
    adverb = {"high": "", "moderate": "probably ", "low": "may "}[row.certainty]
    ending = "" if adverb == "may " else "s"
    match _size(effect):
        case "large":
            return f"{subject} {adverb}result{ending} in a large {noun} in ", ""
        case "slight":
            return f"{subject} {adverb}{verb}{ending} ", " slightly"
        case "none":
            return f"{subject} {adverb}result{ending} in little to no difference in ", ""
        case _:
            return f"{subject} {adverb}{verb}{ending} ", ""


def _size(effect: PooledEffect) -> Size:
    """How large an effect is; mean and risk differences have no size without a threshold."""
    if effect.measure in RATIO_MEASURES:
        if effect.estimate <= 0:
            return "large"
        ratio = max(effect.estimate, 1 / effect.estimate)
        if ratio < APPRECIABLE_RATIO:
            return "slight" if excludes_null(effect) else "none"
        return "large" if ratio >= LARGE_RATIO else "plain"
    if effect.measure == "SMD":
        size = abs(effect.estimate)
        if size < SMALL_SMD:
            return "none"
        return "slight" if size < MEDIUM_SMD else "large" if size >= LARGE_SMD else "plain"
    return "plain" if excludes_null(effect) else "none"


def _quotes(row: SummaryOfFindingsRow) -> Iterable[Quote]:
    """The quotes of the values that were pooled."""
    return (quote for study in row.studies if study.percent is not None for quote in study.quotes)


def _name(term: str, otherwise: str) -> str:
    name = short_name(term)
    return otherwise if not name or numerals_in_digits(name) else name
