"""The table at the left of a forest plot: which columns there are, what stands in them, where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from evidence.findings import (
    ContinuousData,
    DichotomousData,
    PooledEffect,
    StudyResult,
    SummaryOfFindingsRow,
)
from evidence.synthesis.forest_text import cut, text_width
from evidence.synthesis.prediction import prediction_interval
from evidence.synthesis.printed import number_text

MARGIN = 16.0
SIZE = 13.0  # of the font, pixels
LABEL_WIDTH = 250.0  # longer study names are cut; their full text is the row's <title>
PREDICTION = "Prediction interval"

_EVENTS = ("Events", "Total")
_MEANS = ("Mean", "SD", "Total")
_WIDE, _NARROW = 20.0, 10.0  # space before a column that opens a group, and within a group
_LEAST = 46.0  # two columns of this width hold the heading over them


@dataclass(frozen=True)
class Column:
    """A column: the first is set flush left, the others flush right; pixels."""

    heading: str
    left: float
    right: float


class ArmHeading(NamedTuple):
    """The name of an arm over its columns from `first` to `last`, counted from 0."""

    name: str
    first: int
    last: int


@dataclass(frozen=True)
class StudyTable:
    """The table: columns, the text of each row (one text a column) and of the total row."""

    columns: tuple[Column, ...]
    arms: tuple[ArmHeading, ...]
    studies: tuple[tuple[str, ...], ...]
    total: tuple[str, ...]

    @property
    def right(self) -> float:
        """Where the table ends."""
        return self.columns[-1].right


def study_table(row: SummaryOfFindingsRow, effect: PooledEffect) -> StudyTable:
    """The table of a row's studies, its columns as wide as their widest text."""
    per_arm = arm_columns(row.studies)
    headings = ("Study", *per_arm, *per_arm, "Weight", f"{effect.measure} [95 % CI]")
    studies = tuple(_study_texts(study, effect, per_arm) for study in row.studies)
    total = _total_texts(row, effect, per_arm)
    least = text_width(PREDICTION, SIZE) if prediction_interval(effect) else 0.0
    columns = laid_out(headings, (*studies, total), len(per_arm), least, LABEL_WIDTH)
    return StudyTable(columns, arms_over(per_arm), studies, total)


def arm_columns(studies: Sequence[StudyResult]) -> tuple[str, ...]:
    """The columns of one arm by the data of the pooled studies; none where kinds are mixed."""
    kinds = {study.data.kind for study in studies if study.percent is not None}
    if len(kinds) != 1:
        return ()
    return {"dichotomous": _EVENTS, "continuous": _MEANS}.get(kinds.pop(), ())


def arms_over(per_arm: Sequence[str]) -> tuple[ArmHeading, ...]:
    """The headings over the columns of both arms, which follow the first column."""
    n = len(per_arm)
    return (ArmHeading("Intervention", 1, n), ArmHeading("Comparator", n + 1, 2 * n)) if n else ()


def laid_out(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    per_arm: int,
    least: float,
    most: float,
) -> tuple[Column, ...]:
    """Columns as wide as their widest text.

    Args:
        headings: Of all columns from the left.
        rows: The texts below them, a text a column.
        per_arm: How many columns an arm has.
        least: Least width of the first column, pixels.
        most: Its greatest width, pixels.
    """
    opening = {1, 1 + per_arm, 1 + 2 * per_arm, 2 + 2 * per_arm}
    columns: list[Column] = []
    for index, heading in enumerate(headings):
        texts = [heading, *(texts[index] for texts in rows)]
        width = max(_LEAST, *(text_width(text, SIZE, bold=True) for text in texts))
        if index == 0:
            width, left = min(max(width, least), most), MARGIN
        else:
            left = columns[-1].right + (_WIDE if index in opening else _NARROW)
        columns.append(Column(heading, left, left + width))
    return tuple(columns)


def interval_text(
    effect: PooledEffect, estimate: float | None, low: float | None, high: float | None
) -> str:
    """An effect with its interval, `0.49 [0.34, 0.70]`; empty where there is none."""
    if estimate is None or low is None or high is None:
        return ""
    estimate_text, low_text, high_text = (number_text(v) for v in (estimate, low, high))
    return f"{estimate_text} [{low_text}, {high_text}]"


def arm_texts(study: StudyResult) -> tuple[str, ...]:
    """The numbers of each arm, `7/98` or `2.1 (1.1), n = 120`; none for an effect without arms."""
    data = study.data
    if isinstance(data, DichotomousData):
        events1, total1, events2, total2 = arm_numbers(study, _EVENTS)
        return f"{events1}/{total1}", f"{events2}/{total2}"
    if isinstance(data, ContinuousData):
        mean1, sd1, n1, mean2, sd2, n2 = arm_numbers(study, _MEANS)
        return f"{mean1} ({sd1}), n = {n1}", f"{mean2} ({sd2}), n = {n2}"
    return ()


def _study_texts(
    study: StudyResult, effect: PooledEffect, per_arm: Sequence[str]
) -> tuple[str, ...]:
    name = cut(study.study, LABEL_WIDTH, SIZE)
    if study.percent is None:
        why = "Not estimable" if study.note.startswith("without weight") else "Not pooled"
        return (name, *arm_numbers(study, per_arm), "", why)
    interval = interval_text(effect, study.estimate, study.ci_low, study.ci_high)
    return (name, *arm_numbers(study, per_arm), f"{study.percent:.1f} %", interval)


def arm_numbers(study: StudyResult, per_arm: Sequence[str]) -> tuple[str, ...]:
    """What stands below both arms' columns for a study; a dash for what was not reported."""
    data = study.data
    if isinstance(data, DichotomousData) and per_arm == _EVENTS:
        numbers: tuple[float | None, ...] = (
            data.events_intervention,
            data.total_intervention,
            data.events_comparator,
            data.total_comparator,
        )
    elif isinstance(data, ContinuousData) and per_arm == _MEANS:
        numbers = (
            data.mean_intervention,
            data.sd_intervention,
            data.n_intervention,
            data.mean_comparator,
            data.sd_comparator,
            data.n_comparator,
        )
    else:
        numbers = (None,) * (2 * len(per_arm))
    return tuple(_reported(number) for number in numbers)


def _total_texts(
    row: SummaryOfFindingsRow, effect: PooledEffect, per_arm: Sequence[str]
) -> tuple[str, ...]:
    interval = interval_text(effect, effect.estimate, effect.ci_low, effect.ci_high)
    return ("Total", *summed_numbers(row.studies, per_arm), "100.0 %", interval)


def summed_numbers(studies: Sequence[StudyResult], per_arm: Sequence[str]) -> tuple[str, ...]:
    """Sums over the pooled studies of what can be summed: events and totals, not means."""
    pooled = [study.data for study in studies if study.percent is not None]
    tables = [data for data in pooled if isinstance(data, DichotomousData)]
    means = [data for data in pooled if isinstance(data, ContinuousData)]
    if per_arm == _EVENTS:
        return (
            str(sum(data.events_intervention or 0 for data in tables)),
            str(sum(data.total_intervention or 0 for data in tables)),
            str(sum(data.events_comparator or 0 for data in tables)),
            str(sum(data.total_comparator or 0 for data in tables)),
        )
    if per_arm == _MEANS:
        return (
            *("", "", str(sum(data.n_intervention or 0 for data in means))),
            *("", "", str(sum(data.n_comparator or 0 for data in means))),
        )
    return ()


def _reported(number: float | None) -> str:
    """A number as a report would print it; a dash where it gives none."""
    if number is None:
        return "–"
    return (str(number) if isinstance(number, int) else f"{number:.4g}").replace("-", "−")
