"""What a reader should know of rows of OUTCOMES.csv that are pooled as they stand.

Nothing here changes a number, and nothing is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from evidence.findings import Measure, PoolingModel
from evidence.synthesis.effect_sizes import CONTINUITY_CORRECTION, Tables
from evidence.synthesis.outcomes_csv import CONTINUOUS, GENERIC, Row
from evidence.synthesis.pooling import RANDOM_MODELS
from evidence.synthesis.study_effects import RATIO_MEASURES

OFF_CENTRE = 0.25  # of half the interval; rounding to two digits moves an estimate by less


def row_notes(
    columns: tuple[str, ...],
    rows: Sequence[Row],
    cells: Mapping[int, Mapping[str, str]],
    measure: Measure,
) -> tuple[str, ...]:
    """Notes on checked rows: what repeats, spreads of 0, intervals that fit no estimate."""
    notes = _repeated(rows, cells)
    for _, study, numbers in rows:
        if columns == CONTINUOUS:
            notes += _without_spread(study, numbers)
        elif columns == GENERIC:
            notes += _off_centre(study, numbers, measure)
    return tuple(notes)


def correction_notes(
    studies: Sequence[str], tables: Tables, reasons: Sequence[str | None], model: PoolingModel
) -> tuple[str, ...]:
    """Which pooled studies had empty cells filled; Mantel-Haenszel and Peto fill none."""
    if model not in ("fixed", *RANDOM_MODELS):
        return ()
    empty = (np.array(tables) == 0).any(axis=0)
    return tuple(
        f"{study}: {CONTINUITY_CORRECTION:g} added to each cell, because one is empty"
        for study, is_empty, reason in zip(studies, empty, reasons, strict=True)
        if is_empty and reason is None
    )


def _repeated(rows: Sequence[Row], cells: Mapping[int, Mapping[str, str]]) -> list[str]:
    """Rows that repeat another cell by cell, and names on rows that share no comparator."""
    lines: dict[str, list[int]] = {}
    for line, study, _ in rows:
        lines.setdefault(study, []).append(line)
    notes = []
    for study, found in lines.items():
        if len(found) == 1 or _share_comparator(found, cells):
            continue
        same = [line for n, line in enumerate(found) if cells[line] in map(cells.get, found[:n])]
        places = ", ".join(map(str, found))
        told = f"{study} stands on lines {places}, which count as independent studies"
        if same:
            again = ", ".join(map(str, same))
            told += f"; line {again} repeats an earlier one, so its result counts twice"
        notes.append(told)
    return notes


def _share_comparator(lines: Sequence[int], cells: Mapping[int, Mapping[str, str]]) -> bool:
    labels = {cells[line].get("shared_comparator", "") for line in lines}
    return len(labels) == 1 and "" not in labels


def _without_spread(study: str, numbers: Mapping[str, float]) -> list[str]:
    """Both at 0 leave a study out, which is told elsewhere."""
    zero = [name for name in ("sd_intervention", "sd_comparator") if numbers[name] == 0]
    if len(zero) != 1:
        return []
    return [f"{study}: {zero[0]} is 0, as if everybody in that arm had the same value"]


def _off_centre(study: str, numbers: Mapping[str, float], measure: Measure) -> list[str]:
    low, at, high = (numbers[name] for name in ("ci_low", "estimate", "ci_high"))
    scale = ""
    if measure in RATIO_MEASURES:
        low, at, high = np.log([low, at, high])
        scale = " on the log scale"
    if abs(2 * at - low - high) <= OFF_CENTRE * (high - low):
        return []
    return [
        f"{study}: the estimate is not in the middle of its interval{scale} (check the "
        "three numbers: its weight comes from the interval's width)"
    ]
