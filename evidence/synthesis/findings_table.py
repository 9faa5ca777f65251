"""The summary-of-findings table as rows of text, in the order of columns of GRADEpro.

Outcome; relative effect; anticipated absolute effects (comparator, intervention, difference);
participants and studies; certainty; what happens, in plain words. Footnotes a, b, c give the reason
of each level taken off (GRADE guidelines 12, Guyatt et al., J Clin Epidemiol 2013;66:158-172).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from evidence.findings import Certainty, SummaryOfFindingsRow
from evidence.findings_text import short_name, telling_domains
from evidence.synthesis.baseline_risks import (
    AbsoluteEffect,
    BaselineRisk,
    absolute_effect_at,
    baseline_risks,
)
from evidence.synthesis.printed import number_text
from evidence.synthesis.statements import plain_statement
from evidence.synthesis.study_effects import CONTINUOUS_MEASURES
from evidence.synthesis.thresholds import Thresholds

COLUMNS = (
    "Outcome",
    "Relative effect (95 % CI)",
    "Comparator",
    "Intervention",
    "Difference (95 % CI)",
    "Participants (studies)",
    "Certainty of the evidence (GRADE)",
    "What happens",
)
ABSOLUTE_COLUMNS = (2, 5)
"""The columns under `Anticipated absolute effects`, first and one past the last."""
SYMBOLS: dict[Certainty, str] = {
    "high": "⊕⊕⊕⊕",
    "moderate": "⊕⊕⊕◯",
    "low": "⊕⊕◯◯",
    "very_low": "⊕◯◯◯",
}
ROUNDING = (
    "Risks and differences are each rounded from the unrounded value, so that a difference can be "
    "one off the two risks beside it."
)
_SERIOUS = ("not lowered", "serious", "very serious", "extremely serious")
_NONE = "–"


class FindingsLine(NamedTuple):
    """A line of the table, one field a column; `marks` are the letters of its footnotes."""

    outcome: str
    relative_effect: str
    comparator: str
    intervention: str
    difference: str
    participants: str
    certainty: str
    statement: str
    marks: tuple[str, ...] = ()

    @property
    def cells(self) -> tuple[str, ...]:
        """The texts in the order of `COLUMNS`."""
        return tuple(self[: len(COLUMNS)])  # type: ignore[arg-type]


class FindingsTable(NamedTuple):
    """The table; each footnote is its letter and its text."""

    lines: tuple[FindingsLine, ...]
    footnotes: tuple[tuple[str, str], ...]


def findings_table(
    rows: Sequence[SummaryOfFindingsRow],
    intervention: str,
    *,
    thresholds: Mapping[str, Thresholds] | None = None,
    given_risks: Mapping[str, Sequence[float]] | None = None,
) -> FindingsTable:
    """The table of a review; the same rows give the same text.

    Args:
        rows: In the order to show. An outcome whose baseline risks differ much gets three lines.
        intervention: As the statements name it.
        thresholds: Absolute thresholds by `row_id`.
        given_risks: Baseline risks in 0 to 1 by `row_id`, instead of the comparator groups'.

    Raises:
        SettingsError: A given risk is not in 0 to 1.
    """
    notes: dict[str, str] = {}
    lines = []
    for row in rows:
        chosen = (thresholds or {}).get(row.row_id)
        given = (given_risks or {}).get(row.row_id, ())
        lines += _lines(row, intervention, chosen, given, notes)
    return FindingsTable(tuple(lines), tuple((mark, text) for text, mark in notes.items()))


def _lines(
    row: SummaryOfFindingsRow,
    intervention: str,
    thresholds: Thresholds | None,
    given: Sequence[float],
    notes: dict[str, str],
) -> list[FindingsLine]:
    """The lines of a row; reasons that are new get the next letter in `notes`."""
    effect = row.effect
    pooled = [study for study in row.studies if study.percent is not None]
    continuous = effect is not None and effect.measure in CONTINUOUS_MEASURES
    risks = baseline_risks(pooled, given) if effect is not None and not continuous else ()
    absolutes = [absolute_effect_at(effect, risk) if effect else None for risk in risks] or [None]
    reasons = [
        f"{domain.domain.replace('_', ' ').capitalize()}, {_SERIOUS[domain.levels_down]}: "
        f"{domain.reason}"
        for _, domain in telling_domains(row)
    ]
    marks = tuple(_mark(notes, reason) for reason in reasons)
    if len(risks) == 1:
        comparator_mark = _mark(notes, f"Comparator risk: {risks[0].source}.")
    lines = []
    for place, absolute in enumerate(absolutes):
        comparator, risk, difference = _absolute_cells(row, absolute)
        name = short_name(row.outcome)
        if len(risks) > 1:
            name += f" ({risks[place].name} risk)"
            comparator_mark = _mark(notes, _risk_note(risks[place]))
        if risks and absolute is not None:
            comparator += f" {comparator_mark}"
        lines.append(
            FindingsLine(
                outcome=name,
                relative_effect=_relative(row),
                comparator=comparator,
                intervention=risk,
                difference=difference,
                participants=f"{row.n_participants:,} ({row.k_studies})",
                certainty=_certainty(row, marks),
                statement=plain_statement(row, intervention, thresholds),
                marks=marks,
            )
        )
    return lines


def _risk_note(risk: BaselineRisk) -> str:
    return f"Comparator risk, {risk.name}: {risk.source}."


def _mark(notes: dict[str, str], text: str) -> str:
    """The letter of a footnote; the next free one for a text that has none."""
    if text not in notes:
        letters, number = "", len(notes) + 1
        while number:
            number, rest = divmod(number - 1, 26)
            letters = chr(ord("a") + rest) + letters
        notes[text] = letters
    return notes[text]


def _relative(row: SummaryOfFindingsRow) -> str:
    effect = row.effect
    if effect is None:
        return "not pooled" if row.studies else "not estimable"
    if effect.measure in (*CONTINUOUS_MEASURES, "RD"):
        return _NONE
    at, low, high = (number_text(v) for v in (effect.estimate, effect.ci_low, effect.ci_high))
    return f"{effect.measure} {at} ({low} to {high})"


def _absolute_cells(
    row: SummaryOfFindingsRow, absolute: AbsoluteEffect | None
) -> tuple[str, str, str]:
    effect = row.effect
    if effect is not None and effect.measure in CONTINUOUS_MEASURES:
        at, low, high = (number_text(v) for v in (effect.estimate, effect.ci_low, effect.ci_high))
        return _NONE, _NONE, f"{effect.measure} {at} ({low} to {high})"
    if absolute is None:
        return _NONE, _NONE, _NONE
    difference = _difference(absolute.difference)
    ends = " to ".join(map(_difference, (absolute.difference_low, absolute.difference_high)))
    return (
        f"{_count(absolute.comparator)} per 1000",
        f"{_count(absolute.intervention)} per 1000",
        f"{difference} per 1000 ({ends})",
    )


def _difference(value: float) -> str:
    return f"{_count(abs(value))} {'fewer' if value < 0 else 'more'}"


def _count(value: float) -> str:
    """Whole numbers, one decimal below ten."""
    text = f"{value:,.0f}" if abs(value) >= 10 else f"{value:.1f}"
    return text.removesuffix(".0")


def _certainty(row: SummaryOfFindingsRow, marks: Sequence[str]) -> str:
    if row.certainty is None:
        return "not rated"
    words = row.certainty.replace("_", " ").capitalize()
    return f"{SYMBOLS[row.certainty]} {words}" + (f" {','.join(marks)}" if marks else "")
