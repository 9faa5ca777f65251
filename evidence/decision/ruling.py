"""Direction and strength by rules, and every reason against a recommendation.

The critical outcome is the question's first. An effect counts when its certainty is at least low
and its interval excludes no effect.

- *for*: the critical effect counts, is more than trivial and favours the intervention, and no
  other effect that counts favours the comparator.
- *against*: the same with intervention and comparator exchanged.
- *none*: everything else: no row or no effect for the critical outcome, very low or unrated
  certainty, an interval that includes no effect, a trivial effect, benefit against harm, or an
  effect that counts and whose better direction the word lists do not know.
- *strong*: high certainty and a large effect for the critical outcome, and at least one other
  row, all of them with an effect of at least moderate certainty. All else is conditional: values,
  costs and feasibility are for the panel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from evidence.decision.judging import Direction, counts, is_large
from evidence.decision.sentences import Draft, Names, pooled_quotes
from evidence.decision.wording import SizesFrom, size_of
from evidence.direction import (
    AT_LEAST_LOW,
    critical_row,
    excludes_null,
    favours,
    has_effect,
    wanted,
)
from evidence.findings import Sentence, SummaryOfFindingsRow
from evidence.question import ClinicalQuestion

Strength = Literal["strong", "conditional", "none"]
AGAINST_ANY = "No recommendation is drafted: "
FURTHER = "Nor would a recommendation stand for another reason: "
BY_THE_RULES = "By the rules no recommendation stands: "


class Ruling(NamedTuple):
    """What the rules decide.

    Attributes:
        critical: The row of the critical outcome, if there is one.
        objections: What the rules have against any recommendation, the weightiest first, as the
            ends of sentences (`no effect could be pooled …`).
    """

    direction: Direction
    strength: Strength
    critical: SummaryOfFindingsRow | None
    objections: tuple[Sentence, ...]


def rule(
    question: ClinicalQuestion, rows: Sequence[SummaryOfFindingsRow], thresholds: SizesFrom
) -> Ruling:
    """Direction and strength; without any row there is neither, nor a sentence on it."""
    critical = critical_row(question, rows)
    objections = _objections(critical, rows, thresholds)
    side = favours(critical) if critical is not None else None
    if critical is None or side is None or objections:
        return Ruling("none", "none", critical, objections)
    direction: Direction = "for" if side == "intervention" else "against"
    reasons = weaknesses(critical, rows, thresholds)
    return Ruling(direction, "conditional" if reasons else "strong", critical, ())


def opening_sentence(ruling: Ruling, names: Names) -> Sentence | None:
    """The recommendation, or the weightiest reason against any; None without any row."""
    critical = ruling.critical
    if ruling.direction == "none" or critical is None or critical.effect is None:
        return opened(AGAINST_ANY, ruling.objections[0]) if ruling.objections else None
    draft = Draft().support(pooled_quotes(critical))
    draft.say(
        f"Draft of a {ruling.strength} recommendation {ruling.direction} {names.intervention}, "
        f"compared with {names.comparator}: the critical outcome, "
    )
    draft.cite(critical, "outcome").say(", favours ")
    draft.say(names.intervention if ruling.direction == "for" else names.comparator)
    draft.say(f" ({wanted(critical.outcome, critical.effect.measure)} is better; ")
    draft.cite(critical, "effect").say("; ").cite(critical, "certainty").say(" certainty)")
    return draft.say("; a panel weighs values, costs and feasibility.").sentence()


def opened(opening: str, objection: Sentence) -> Sentence:
    """An objection as a whole sentence."""
    return objection.model_copy(update={"text": f"{opening}{objection.text}"})


def weaknesses(
    critical: SummaryOfFindingsRow, rows: Sequence[SummaryOfFindingsRow], thresholds: SizesFrom
) -> tuple[Sentence, ...]:
    """Why a recommendation is conditional and not strong."""
    found = []
    if critical.certainty != "high":
        draft = Draft().say(
            "A strong recommendation needs high certainty; on the critical outcome, "
        )
        draft.cite(critical, "outcome").say(", it is ")
        if critical.certainty is None:
            found.append(draft.say("not rated."))
        else:
            found.append(draft.cite(critical, "certainty").say("."))
    if not is_large(critical, thresholds):
        draft = Draft().say("A strong recommendation needs a large effect; the effect on ")
        draft.cite(critical, "outcome").say(" is not (").cite(critical, "effect").say(").")
        found.append(draft)
    others = [row for row in rows if row.row_id != critical.row_id]
    if not others:
        draft = Draft().say("A strong recommendation needs benefit and harm; nothing but ")
        found.append(draft.cite(critical, "outcome").say(" was summarised."))
    doubtful = [
        r for r in others if not has_effect(r) or r.certainty not in ("moderate", "high")
    ]  # fmt: skip
    if doubtful:
        draft = Draft().say("A strong recommendation needs moderate certainty at least on every ")
        draft.say("other outcome; there is less on ").cite_each(doubtful, "outcome")
        found.append(draft.say("."))
    return tuple(draft.sentence() for draft in found)


def _objections(
    critical: SummaryOfFindingsRow | None,
    rows: Sequence[SummaryOfFindingsRow],
    thresholds: SizesFrom,
) -> tuple[Sentence, ...]:
    if not rows:
        return ()
    against = _against_critical(critical, rows[0], thresholds)
    if critical is not None:
        against += _against_others(critical, rows)
    return tuple(draft.sentence() for draft in against)


def _against_critical(
    critical: SummaryOfFindingsRow | None, first: SummaryOfFindingsRow, thresholds: SizesFrom
) -> list[Draft]:
    if critical is None:
        draft = Draft().say("no row is about the question's first outcome; the first row is about ")
        return [draft.cite(first, "outcome").say(".")]
    if critical.effect is None or not has_effect(critical):
        draft = Draft().say("no effect could be pooled for the critical outcome, ")
        draft.cite(critical, "outcome").say(" (").cite(critical, "k_studies")
        return [draft.say(").")]
    found = []
    if critical.certainty not in AT_LEAST_LOW:
        draft = Draft().say("the certainty of the evidence on the critical outcome, ")
        draft.cite(critical, "outcome").say(", is ")
        if critical.certainty is None:
            found.append(draft.say("not rated."))
        else:
            found.append(draft.cite(critical, "certainty").say("."))
    if not excludes_null(critical.effect):
        draft = Draft().say("for the critical outcome, ").cite(critical, "outcome")
        draft.say(", the interval includes no difference (").cite(critical, "effect")
        found.append(draft.say(")."))
    elif size_of(critical, thresholds) == "trivial":
        draft = Draft().say("the effect on the critical outcome, ").cite(critical, "outcome")
        found.append(draft.say(", is trivial (").cite(critical, "effect").say(")."))
    return found


def _against_others(
    critical: SummaryOfFindingsRow, rows: Sequence[SummaryOfFindingsRow]
) -> list[Draft]:
    """Effects whose worth nobody knows, and effects that point the other way."""
    found = []
    side = favours(critical)
    for row in dict.fromkeys((critical, *rows)):
        if not counts(row):
            continue
        draft = Draft()
        if favours(row) is None:
            draft.say("whether more or less is better is for a person to say for the outcome ")
            found.append(draft.cite(row, "outcome").say(" (").cite(row, "effect").say(")."))
        elif side is not None and favours(row) != side:
            draft.say("the effects point both ways, on ").cite(critical, "outcome").say(" (")
            draft.cite(critical, "effect").say(") and on ").cite(row, "outcome").say(" (")
            found.append(draft.cite(row, "effect").say("); a person weighs them."))
    return found
