"""A table of outcomes read once, to pool again and again: whole, in part, by subgroup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from evidence.errors import EvidenceError, SourceError
from evidence.findings import (
    ContinuousData,
    DichotomousData,
    GenericData,
    Measure,
    PooledEffect,
    PoolingModel,
)
from evidence.synthesis import effect_sizes
from evidence.synthesis.designs import (
    Cells,
    Designs,
    adjusted_numbers,
    read_cells,
    read_designs,
)
from evidence.synthesis.effect_sizes import EffectSizes, Floats, Tables
from evidence.synthesis.outcomes_csv import (
    ANALYSIS,
    CONTINUOUS,
    DICHOTOMOUS,
    outcome_data,
    read_rows,
)
from evidence.synthesis.pooling import check_settings, pool_effects, pool_tables
from evidence.synthesis.row_notes import correction_notes, row_notes
from evidence.synthesis.study_effects import RATIO_MEASURES, study_effects_of, why_not_estimable

Data = DichotomousData | ContinuousData | GenericData


@dataclass(frozen=True)
class OutcomeTable:
    """The studies of a file with their effects on the analysis scale, designs allowed for.

    `reasons` say per study why it cannot be pooled, None when it can; `tables` are the 2 × 2
    tables of dichotomous data; `data` are the numbers as the file has them.
    """

    path: Path
    measure: Measure
    model: PoolingModel
    hartung_knapp: bool
    studies: tuple[str, ...]
    lines: tuple[int, ...]
    effects: EffectSizes
    tables: Tables | None
    data: tuple[Data, ...] | None
    reasons: tuple[str | None, ...]
    cells: tuple[Cells, ...]
    notes: tuple[str, ...]

    @property
    def usable(self) -> tuple[int, ...]:
        """The places of the studies that can be pooled."""
        return tuple(place for place, reason in enumerate(self.reasons) if reason is None)

    def repool(self, places: Sequence[int]) -> PooledEffect:
        """Pool the studies at these places."""
        chosen = list(places)
        names = [self.studies[place] for place in chosen]
        if self.tables is not None and self.model in ("mh", "peto"):
            part = Tables(*(cells[chosen] for cells in self.tables))
            return pool_tables(names, part, self.measure, self.model)
        effects = EffectSizes(self.effects.yi[chosen], self.effects.vi[chosen])
        return pool_effects(
            names, effects, self.measure, self.model, hartung_knapp=self.hartung_knapp
        )

    def pool(self) -> PooledEffect:
        """Pool all that can be pooled; `note` names what was left out or adjusted.

        Raises:
            SourceError: Nothing can be pooled.
        """
        left_out = [
            f"{study} is left out: {reason}"
            for study, reason in zip(self.studies, self.reasons, strict=True)
            if reason
        ]
        if not self.usable:
            raise SourceError(self.path, f"no study can be pooled: {'; '.join(left_out)}")
        try:
            effect = self.repool(self.usable)
            note = "; ".join(filter(None, (*left_out, *self.notes, effect.note)))
            return effect.model_copy(update={"note": note})
        except SourceError:
            raise
        except EvidenceError as error:
            raise SourceError(self.path, str(error)) from error

    def part(self) -> tuple[tuple[str, ...], EffectSizes]:
        """Labels and effects of the studies that can be pooled."""
        places = list(self.usable)
        names = tuple(self.studies[place] for place in places)
        return names, EffectSizes(self.effects.yi[places], self.effects.vi[places])

    def column(self, name: str) -> tuple[str, ...]:
        """A column's cells, for the studies that can be pooled.

        Raises:
            SourceError: There is no such column, or a cell of it is empty.
        """
        if name not in self.cells[0]:
            raise SourceError(
                self.path, f"no column {name!r}; expected one of {', '.join(self.cells[0])}", 1
            )
        for place in self.usable:
            if not self.cells[place].get(name):
                raise SourceError(
                    self.path, f"column {name} is empty; expected a value", self.lines[place]
                )
        return tuple(self.cells[place][name] for place in self.usable)

    def order(self, name: str) -> tuple[float, ...]:
        """A column's cells as numbers, such as years.

        Raises:
            SourceError: A cell is not a number.
        """
        numbers = []
        for place, cell in zip(self.usable, self.column(name), strict=True):
            try:
                numbers.append(float(cell))
            except ValueError as error:
                raise SourceError(
                    self.path,
                    f"column {name}: found {cell!r}, expected a number such as a year",
                    self.lines[place],
                ) from error
        return tuple(numbers)


def read_outcome_table(
    path: Path, measure: str, model: str = "reml", *, hartung_knapp: bool = False
) -> OutcomeTable:
    """Read OUTCOMES.csv, its optional columns included.

    Raises:
        SourceError: The file is not as the measure needs it; file, line and column are named.
        EvidenceError: Measure and model do not go together.
    """
    check_settings(measure, model, hartung_knapp=hartung_knapp)
    of, by = cast(Measure, measure), cast(PoolingModel, model)
    columns, rows = read_rows(path, of)
    if by in ("mh", "peto") and columns != DICHOTOMOUS:
        raise SourceError(path, f"the model {by} needs events and totals; use the model fixed", 1)
    designs = read_designs(path, of, columns, rows)
    numbers = adjusted_numbers(columns, rows, designs)
    data = None
    if columns != ANALYSIS:
        data = tuple(outcome_data(columns, found, of) for _, _, found in rows)
    effects, tables = _effects(columns, numbers, of, by, designs)
    reasons: tuple[str | None, ...] = (None,) * len(rows)
    if data is not None:
        reasons = why_not_estimable(effects, data, of)
    cells = read_cells(path)
    studies = tuple(study for _, study, _ in rows)
    notes = (*designs.notes, *row_notes(columns, rows, cells, of))
    if tables is not None:
        notes += correction_notes(studies, tables, reasons, by)
    return OutcomeTable(
        path, of, by, hartung_knapp,
        studies=studies, lines=tuple(line for line, _, _ in rows),
        effects=effects, tables=tables, data=data, reasons=reasons,
        cells=tuple(cells[line] for line, _, _ in rows), notes=notes,
    )  # fmt: skip


def _effects(
    columns: tuple[str, ...],
    numbers: Floats,
    measure: Measure,
    model: PoolingModel,
    designs: Designs,
) -> tuple[EffectSizes, Tables | None]:
    if columns == DICHOTOMOUS:
        events1, total1, events2, total2 = numbers
        tables = Tables(events1, total1 - events1, events2, total2 - events2)
        return study_effects_of(tables, measure, model), tables
    if columns == CONTINUOUS:
        if measure == "SMD":
            return effect_sizes.standardised_mean_difference(*numbers), None
        mean1, sd1, n1, mean2, sd2, n2 = numbers
        effects = effect_sizes.mean_difference(mean1, sd1, n1, mean2, sd2, n2)
        paired = (sd1**2 + sd2**2 - 2 * designs.correlations * sd1 * sd2) / n1
        is_paired = ~np.isnan(designs.correlations)
        return EffectSizes(effects.yi, np.where(is_paired, paired, effects.vi)), None
    if columns == ANALYSIS:
        effects = EffectSizes(numbers[0], numbers[1] ** 2)
    else:
        ratio = measure in RATIO_MEASURES
        effects = effect_sizes.from_confidence_interval(*numbers, ratio=ratio)
        effects = EffectSizes(effects.yi, effects.vi * designs.ci_narrowing**-2)
    return EffectSizes(effects.yi, effects.vi * designs.design_effects), None
