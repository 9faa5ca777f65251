"""The plots of `evidence pool`: which kind, of which table, in which format."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from typing import Literal, get_args

from evidence.errors import SettingsError
from evidence.findings import (
    ContinuousData,
    DichotomousData,
    GenericData,
    PooledEffect,
    StudyResult,
    SummaryOfFindingsRow,
)
from evidence.synthesis.asymmetry import TrimAndFill, trim_and_fill
from evidence.synthesis.effect_sizes import NORMAL_975
from evidence.synthesis.forest import forest_svg, method_words
from evidence.synthesis.forest_table import arm_columns, arm_numbers, summed_numbers
from evidence.synthesis.interval_plot import IntervalRow, interval_plot_svg
from evidence.synthesis.outcome_table import OutcomeTable
from evidence.synthesis.pooling import natural_scale
from evidence.synthesis.printed import p_text
from evidence.synthesis.sensitivity import Repooled, baujat, cumulative, funnel, leave_one_out
from evidence.synthesis.subgroups import Subgroups, subgroup_analysis

PlotKind = Literal["forest", "funnel", "baujat", "leave-one-out", "cumulative"]
FORMATS = (".svg", ".png", ".html")


def check_plot(kind: str, out: Path) -> None:
    """Whether a plot of that name and file can be made.

    Raises:
        SettingsError: It cannot; what can is named.
    """
    if kind not in get_args(PlotKind):
        raise SettingsError(f"--plot {kind!r}: expected one of {', '.join(get_args(PlotKind))}")
    if out.suffix.lower() not in FORMATS:
        raise SettingsError(f"--plot-out {out}: expected a name that ends in {', '.join(FORMATS)}")


def draw(
    kind: PlotKind,
    table: OutcomeTable,
    effect: PooledEffect,
    suffix: str,
    *,
    title: str,
    subgroup: str | None = None,
    order: str | None = None,
    filled: bool = False,
) -> bytes:
    """A plot as the bytes of a file that ends in `suffix`.

    With `filled` a funnel shows the studies that trim and fill would add.

    Raises:
        EvidenceError: There are too few studies for the plot, or its library is missing.
    """
    from evidence.synthesis import interactive, scatter_plot
    from evidence.synthesis.raster import png_of

    html = suffix.lower() == ".html"
    names, effects = table.part()
    if kind == "funnel":
        points, measure = funnel(names, effects, effect.analysis_estimate), table.measure
        added = filled_studies(table).filled if filled and len(effects.yi) >= 3 else None
        funnel_plot = interactive.funnel_html if html else scatter_plot.funnel_svg
        text = funnel_plot(points, measure, added, f"{title}: funnel plot")
    elif kind == "baujat":
        places = baujat(names, effects)
        baujat_plot = interactive.baujat_html if html else scatter_plot.baujat_svg
        text = baujat_plot(places, f"{title}: Baujat plot")
    elif kind == "forest" and subgroup is None and not html:
        row = forest_row(table, effect, title)
        text = forest_svg(row)
    else:
        text = _intervals(kind, table, effect, title, subgroup, order, html=html)
    return png_of(text) if suffix.lower() == ".png" else text.encode()


def filled_studies(table: OutcomeTable) -> TrimAndFill:
    """Trim and fill by the table's model; inverse variance where that model needs tables.

    Raises:
        EvidenceError: There are fewer than three studies, or the algorithm does not settle.
    """
    _, effects = table.part()
    model = table.model if table.model not in ("mh", "peto") else "fixed"
    return trim_and_fill(effects, table.measure, model, hartung_knapp=table.hartung_knapp)


def repooled_by(table: OutcomeTable, kind: str, order: str | None) -> tuple[Repooled, ...]:
    """Leave-one-out or cumulative pooling of a table's usable studies."""
    names, _ = table.part()
    usable = table.usable

    def repool(places: Sequence[int]) -> PooledEffect:
        return table.repool([usable[place] for place in places])

    if kind == "leave-one-out":
        return leave_one_out(names, repool)
    return cumulative(names, repool, table.order(order) if order else None)


def subgroups_by(table: OutcomeTable, column: str) -> Subgroups:
    """The subgroups of a table's usable studies."""
    usable = table.usable
    return subgroup_analysis(
        table.column(column), lambda places: table.repool([usable[place] for place in places])
    )


def forest_row(table: OutcomeTable, effect: PooledEffect, title: str) -> SummaryOfFindingsRow:
    """A table as the row that forest plots are drawn of."""
    studies = tuple(_result(table, effect, place) for place in range(len(table.studies)))
    pooled = [study.data for study in studies if study.percent is not None]
    return SummaryOfFindingsRow(
        row_id="pooled",
        outcome=title,
        k_studies=effect.k_studies,
        n_participants=sum(_participants(data) for data in pooled),
        effect=effect,
        studies=studies,
    )


def _result(table: OutcomeTable, effect: PooledEffect, place: int) -> StudyResult:
    data = table.data[place] if table.data is not None else GenericData(measure=table.measure)
    study, reason = table.studies[place], table.reasons[place]
    if reason is not None:
        note = f"without weight: {reason}"
        return StudyResult(record_id=study, study=study, data=data, comparator="", note=note)
    low, estimate, high = _interval(table, place)
    percent = effect.weights[table.usable.index(place)].percent
    return StudyResult(
        record_id=study, study=study, data=data, comparator="",
        estimate=estimate, ci_low=low, ci_high=high, percent=percent,
    )  # fmt: skip


def _interval(table: OutcomeTable, place: int) -> tuple[float, float, float]:
    """A study's own effect with its 95 % interval, natural scale: low, estimate, high."""
    yi, spread = float(table.effects.yi[place]), NORMAL_975 * sqrt(float(table.effects.vi[place]))
    low, estimate, high = (
        natural_scale(table.measure, value) for value in (yi - spread, yi, yi + spread)
    )
    return low, estimate, high


def _participants(data: DichotomousData | ContinuousData | GenericData) -> int:
    if isinstance(data, DichotomousData):
        return (data.total_intervention or 0) + (data.total_comparator or 0)
    if isinstance(data, ContinuousData):
        return (data.n_intervention or 0) + (data.n_comparator or 0)
    return 0


def _intervals(
    kind: PlotKind,
    table: OutcomeTable,
    effect: PooledEffect,
    title: str,
    subgroup: str | None,
    order: str | None,
    *,
    html: bool,
) -> str:
    from evidence.synthesis.interactive import intervals_html

    notes = [_model_words(effect)]
    heading, heads = "Study", title
    per_arm: tuple[str, ...] = ()
    if kind == "forest":
        studies = forest_row(table, effect, title).studies
        per_arm = arm_columns(studies)
        rows, more = _forest_rows(table, effect, subgroup, studies, per_arm)
        notes += more
    else:
        rows = [_repooled_row(item, kind) for item in repooled_by(table, kind, order)]
        heading = "Without" if kind == "leave-one-out" else "Up to"
        heads = f"{title}: {'leave-one-out' if kind == 'leave-one-out' else 'cumulative'}"
        if kind == "leave-one-out":
            rows.append(_diamond("All studies", effect))
    if html:
        return intervals_html(heads, rows, table.measure)
    return interval_plot_svg(
        heads, rows, table.measure,
        notes=notes, reference=effect.estimate, first_heading=heading, per_arm=per_arm,
    )  # fmt: skip


def _forest_rows(
    table: OutcomeTable,
    effect: PooledEffect,
    subgroup: str | None,
    studies: Sequence[StudyResult],
    per_arm: Sequence[str],
) -> tuple[list[IntervalRow], list[str]]:
    pooled = [studies[place] for place in table.usable]
    total = _diamond("Total", effect, 100.0, summed_numbers(pooled, per_arm))
    if subgroup is None:
        return [*(_study_row(study, per_arm) for study in pooled), total], []
    found = subgroups_by(table, subgroup)
    rows: list[IntervalRow] = []
    for group in found.groups:
        rows.append(IntervalRow("heading", group.name))
        members = [pooled[place] for place in group.places]
        rows += [_study_row(study, per_arm) for study in members]
        share = sum(study.percent or 0.0 for study in members)
        if group.effect is None:
            rows.append(IntervalRow("words", f"{group.name}: {group.note}"))
        else:
            i2 = "" if group.effect.i2 is None else f", I² = {group.effect.i2:.0f} %"
            sums = summed_numbers(members, per_arm)
            rows.append(_diamond(f"Subtotal{i2}", group.effect, share, sums))
    rows.append(total)
    if found.q_between is None or found.p is None:
        return rows, ["Test for subgroup differences: not applicable"]
    test = f"Q = {found.q_between:.2f}, df = {found.degrees} ({p_text(found.p)})"
    return rows, [f"Test for subgroup differences: {test}"]


def _study_row(study: StudyResult, per_arm: Sequence[str]) -> IntervalRow:
    numbers = arm_numbers(study, per_arm)
    low, high = study.ci_low, study.ci_high
    return IntervalRow("study", study.study, study.estimate, low, high, study.percent, numbers)


def _repooled_row(item: Repooled, kind: str) -> IntervalRow:
    if item.effect is None:
        return IntervalRow("words", f"{item.study}: {item.note}")
    label = item.study if kind == "leave-one-out" else f"+ {item.study}"
    effect = item.effect
    return IntervalRow("study", label, effect.estimate, effect.ci_low, effect.ci_high)


def _diamond(
    label: str,
    effect: PooledEffect,
    percent: float | None = None,
    numbers: tuple[str, ...] = (),
) -> IntervalRow:
    low, high = effect.ci_low, effect.ci_high
    return IntervalRow("diamond", label, effect.estimate, low, high, percent, numbers)


def _model_words(effect: PooledEffect) -> str:
    words = method_words(effect)
    if effect.i2 is not None and effect.q is not None and effect.q_p is not None:
        words += f"; Q = {effect.q:.2f} ({p_text(effect.q_p)}), I² = {effect.i2:.0f} %"
    return words
