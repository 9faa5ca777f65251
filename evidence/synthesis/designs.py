"""Studies that are not two parallel arms, and intervals that are not 95 % ones.

Optional columns of OUTCOMES.csv, empty for ordinary trials:

    design             a word with "cluster" or "crossover"; anything else is an ordinary trial
    icc                cluster: intracluster correlation, 0 to 1
    mean_cluster_size  cluster: participants per cluster, 1 or more
    shared_comparator  the same label on every row that uses the same comparator arm
    correlation        crossover: between a participant's two measurements, -1 to 1 (MD only)
    ci_level           percent of the interval ci_low to ci_high, 50 to 99.9; 95 where empty

A cluster trial's numbers are divided by the design effect 1 + (m − 1) ICC; where the row is an
effect with its precision, its variance is multiplied by it (Cochrane Handbook 23.1.4-23.1.5). A
comparator of several rows is split evenly among them (23.3.4). A crossover's mean difference has
the variance (s1² + s2² − 2 r s1 s2) / n (23.2.7.1; metafor's measure "MC").
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from evidence.errors import SourceError
from evidence.findings import Measure
from evidence.synthesis.effect_sizes import NORMAL_975, Floats
from evidence.synthesis.outcomes_csv import ANALYSIS, CONTINUOUS, DICHOTOMOUS, GENERIC, Row

Cells = Mapping[str, str]

_CLUSTER = re.compile("cluster", re.IGNORECASE)
_CROSSOVER = re.compile("cross[- ]?over", re.IGNORECASE)


class Designs(NamedTuple):
    """Per study: the design effect, among how many rows its comparator is split, correlation.

    `correlations` is nan for studies that are not crossovers. `ci_narrowing` is how wide the
    study's interval is in 95 % ones: 0.84 for a 90 % interval. `notes` say what was adjusted.
    """

    design_effects: Floats
    sharing: Floats
    correlations: Floats
    ci_narrowing: Floats
    notes: tuple[str, ...]


def read_cells(path: Path) -> dict[int, Cells]:
    """The cells of every row by column name, keyed by the line of the file."""
    text = path.read_text(encoding="utf-8-sig")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = [name.strip() for name in next(reader, [])]
    rows: dict[int, Cells] = {}
    for cells in reader:
        if any(cell.strip() for cell in cells):
            rows[reader.line_num] = dict(zip(header, (c.strip() for c in cells), strict=False))
    return rows


def read_designs(
    path: Path, measure: Measure, columns: tuple[str, ...], rows: Sequence[Row]
) -> Designs:
    """The designs of checked rows.

    Raises:
        SourceError: A design lacks a number it needs, a number stands where no design uses it, or
            the design cannot be handled with these columns; the line is named.
    """
    cells = read_cells(path)
    effects, correlations, narrowing, notes = [], [], [], []
    for line, study, numbers in rows:
        row = cells[line]
        effect = _design_effect(path, line, row)
        correlation = _correlation(path, line, row, measure, columns, numbers)
        effects.append(effect)
        correlations.append(correlation)
        level = _ci_level(path, line, row, columns)
        narrowing.append(NormalDist().inv_cdf(0.5 + level / 200) / NORMAL_975)
        if effect != 1:
            notes.append(f"{study}: cluster trial, design effect {effect:.4g}")
        if not np.isnan(correlation):
            notes.append(f"{study}: crossover, correlation {correlation:g}")
        if level != 95:
            notes.append(f"{study}: its interval is read as a {level:g} % one")
    sharing = _sharing(path, columns, rows, cells)
    notes += [
        f"{study}: its comparator is split among {count:g} rows"
        for (_, study, _), count in zip(rows, sharing, strict=True)
        if count > 1
    ]
    notes += [
        f"{study}: no other row has its shared_comparator {label!r}, so nothing is split"
        for (line, study, _), count in zip(rows, sharing, strict=True)
        if count == 1 and (label := cells[line].get("shared_comparator"))
    ]
    return Designs(
        np.array(effects),
        np.array(sharing),
        np.array(correlations),
        np.array(narrowing),
        tuple(notes),
    )


def adjusted_numbers(columns: tuple[str, ...], rows: Sequence[Row], designs: Designs) -> Floats:
    """The numbers to pool, one row a column of the layout: effective sizes, fractions included."""
    numbers = np.array([[row[name] for name in columns] for _, _, row in rows], dtype=np.float64).T
    for place, name in enumerate(columns):
        if name.startswith(("events_", "total_", "n_")):
            numbers[place] /= designs.design_effects
            if name.endswith("_comparator"):
                numbers[place] /= designs.sharing
    return numbers


def _design_effect(path: Path, line: int, row: Cells) -> float:
    given = [name for name in ("icc", "mean_cluster_size") if row.get(name)]
    if not _CLUSTER.search(row.get("design", "")):
        if given:
            raise SourceError(
                path,
                f"column {given[0]}: found {row[given[0]]!r}, expected nothing unless the column "
                "design says cluster",
                line,
            )
        return 1.0
    icc = _number(path, line, row, "icc", 0, 1, "a cluster trial's intracluster correlation")
    size = _number(path, line, row, "mean_cluster_size", 1, 1e9, "its participants per cluster")
    return 1 + (size - 1) * icc


def _correlation(
    path: Path,
    line: int,
    row: Cells,
    measure: Measure,
    columns: tuple[str, ...],
    numbers: Mapping[str, float],
) -> float:
    is_crossover = bool(_CROSSOVER.search(row.get("design", "")))
    if row.get("correlation") and not is_crossover:
        raise SourceError(
            path,
            f"column correlation: found {row['correlation']!r}, expected nothing unless the "
            "column design says crossover",
            line,
        )
    if not is_crossover or columns in (GENERIC, ANALYSIS):
        return float("nan")  # an effect with its precision is taken as analysed in pairs
    if measure != "MD" or columns != CONTINUOUS:
        raise SourceError(
            path,
            f"a crossover cannot be pooled as {measure} from arms; expected its paired effect as "
            "yi,se or estimate,ci_low,ci_high, or the measure MD",
            line,
        )
    if numbers["n_intervention"] != numbers["n_comparator"]:
        raise SourceError(
            path,
            f"column n_comparator: found {numbers['n_comparator']:g}, expected the "
            f"{numbers['n_intervention']:g} of n_intervention: a crossover's participants are "
            "the same in both periods",
            line,
        )
    what = "the correlation of a participant's two measurements"
    return _number(path, line, row, "correlation", -0.999999, 0.999999, what)


def _ci_level(path: Path, line: int, row: Cells, columns: tuple[str, ...]) -> float:
    if not row.get("ci_level"):
        return 95.0
    if columns != GENERIC:
        raise SourceError(
            path,
            f"column ci_level: found {row['ci_level']!r}, expected nothing where no "
            "ci_low,ci_high are read",
            line,
        )
    return _number(path, line, row, "ci_level", 50, 99.9, "the interval's level in percent")


def _number(
    path: Path, line: int, row: Cells, name: str, least: float, most: float, what: str
) -> float:
    cell = row.get(name, "")
    try:
        value = float(cell)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        found = repr(cell) if cell else "nothing"
        raise SourceError(
            path, f"column {name}: found {found}, expected {what}, {least:g} to {most:g}", line
        )
    return value


def _sharing(
    path: Path, columns: tuple[str, ...], rows: Sequence[Row], cells: Mapping[int, Cells]
) -> list[float]:
    labels = [cells[line].get("shared_comparator", "") for line, _, _ in rows]
    counts = Counter(label for label in labels if label)
    first: dict[str, Mapping[str, float]] = {}
    for (line, _, numbers), label in zip(rows, labels, strict=True):
        if counts[label] < 2:
            continue
        if columns not in (DICHOTOMOUS, CONTINUOUS):
            raise SourceError(
                path,
                f"column shared_comparator: the comparator {label!r} cannot be split out of "
                "effects that are computed already; expected the arms' numbers, or one row of it",
                line,
            )
        arm = {name: numbers[name] for name in columns if name.endswith("_comparator")}
        for name, value in arm.items():
            if first.setdefault(label, arm)[name] != value:
                raise SourceError(
                    path,
                    f"column {name}: found {value:g}, expected {first[label][name]:g} as on the "
                    f"other rows that share the comparator {label!r}",
                    line,
                )
    return [float(max(counts[label], 1)) if label else 1.0 for label in labels]
