"""The plots of one outcome of a summary of findings: its forest, and its funnel with what it tells.

Where too few studies allow a funnel, or trim and fill, a line says so instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evidence.errors import EvidenceError
from evidence.findings import DichotomousData, PooledEffect, StudyResult, SummaryOfFindingsRow
from evidence.synthesis.asymmetry import TrimAndFill, asymmetry_report, trim_and_fill
from evidence.synthesis.effect_sizes import EffectSizes
from evidence.synthesis.forest import axis_directions
from evidence.synthesis.forest_table import PREDICTION, arm_texts, interval_text
from evidence.synthesis.interval_plot import IntervalRow
from evidence.synthesis.plotly_figures import (
    DARK,
    LIGHT,
    funnel_figure,
    intervals_figure,
    pointed_text,
    safe,
)
from evidence.synthesis.prediction import prediction_interval
from evidence.synthesis.printed import p_text
from evidence.synthesis.sensitivity import Funnel, funnel
from evidence.synthesis.small_study import MIN_STUDIES
from evidence.synthesis.study_effects import study_effects, tables_of

FEWEST = 3
"""Two points make no funnel, and trim and fill needs three."""


@dataclass(frozen=True)
class OutcomeFunnel:
    """The funnel plot of an outcome: None with a reason in `notes` where there is none.

    `filled` is there from ten studies on: below, a gap in the funnel cannot be told from chance
    (Cochrane Handbook 13.3.5.4).
    """

    points: Funnel | None
    studies: tuple[StudyResult, ...]
    filled: TrimAndFill | None
    notes: tuple[str, ...]


def forest_figure(row: SummaryOfFindingsRow, *, dark: bool = False) -> Any:
    """The forest plot of a pooled outcome as a Plotly figure.

    Pointing at a study tells its effect, its weight and its numbers. What was not pooled stands
    in its line without a mark.

    Raises:
        EvidenceError: Nothing was pooled, or Plotly is not installed.
    """
    effect = row.effect
    if effect is None:
        raise EvidenceError(f"{row.outcome}: nothing was pooled, so there is no forest plot")
    rows = [_study_row(study) for study in row.studies]
    pointed = [_study_pointed(study, effect) for study in row.studies]
    rows.append(IntervalRow("diamond", "Total", effect.estimate, effect.ci_low, effect.ci_high))
    pointed.append(pointed_text(rows[-1], effect.measure))
    told = [_told(study, effect) for study in row.studies]
    told.append(f"<b>{interval_text(effect, effect.estimate, effect.ci_low, effect.ci_high)}</b>")
    predicted = prediction_interval(effect)
    if predicted is not None:
        rows.append(IntervalRow("dot", PREDICTION, effect.estimate, *predicted))
        words = interval_text(effect, effect.estimate, *predicted)
        pointed.append(f"{PREDICTION}: where the effect of a new study would lie<br>{words}")
        told.append(words.partition(" ")[2])
    palette = DARK if dark else LIGHT
    figure = intervals_figure(rows, effect.measure, pointed=pointed, palette=palette)
    for place, text in enumerate(told):
        figure.add_annotation(
            x=1.01,
            xref="paper",
            y=place,
            text=text,
            showarrow=False,
            xanchor="left",
            align="left",
            font={"color": palette.ink},
        )
    less, more = axis_directions(effect, None)
    left, right = less.replace(" with ", " with<br>← "), more.replace(" with ", " with<br>")
    for x, anchor, words in ((0.0, "left", left), (1.0, "right", f"{right} →")):
        figure.add_annotation(
            x=x, xref="paper", y=1.0, yref="paper", text=words, showarrow=False,
            xanchor=anchor, yanchor="bottom", align=anchor, font={"color": palette.ink},
        )  # fmt: skip
    figure.update_layout(margin={"l": 10, "r": 190, "t": 50, "b": 50})
    return figure


def _study_row(study: StudyResult) -> IntervalRow:
    if study.percent is None:
        return IntervalRow("words", study.study)
    estimate, low, high = study.estimate, study.ci_low, study.ci_high
    return IntervalRow("study", study.study, estimate, low, high, study.percent)


def _told(study: StudyResult, effect: PooledEffect) -> str:
    if study.percent is None:
        return "not pooled"
    interval = interval_text(effect, study.estimate, study.ci_low, study.ci_high)
    arms = " v ".join(arm_texts(study))
    return f"{interval} · {study.percent:.1f} %" + (f"<br>{arms}" if arms else "")


def _study_pointed(study: StudyResult, effect: PooledEffect) -> str:
    lines = [pointed_text(_study_row(study), effect.measure)]
    names = ("intervention", "comparator")
    arms = arm_texts(study)
    lines += [f"{name} {numbers}" for name, numbers in zip(names, arms, strict=False)]
    if study.time_point:
        lines.append(f"measured: {safe(study.time_point)}")
    return "<br>".join(lines)


def outcome_funnel(row: SummaryOfFindingsRow) -> OutcomeFunnel:
    """What a funnel plot of an outcome shows, with the tests that its number of studies allows.

    Trim and fill pools as the row was pooled.
    """
    effect = row.effect
    studies = tuple(study for study in row.studies if study.percent is not None)
    k = len(studies)
    if effect is None or k < FEWEST:
        told = f"A funnel plot needs {FEWEST} pooled studies or more; this outcome has {k}."
        return OutcomeFunnel(None, studies, None, (told,))
    effects = _effects(studies, effect)
    points = funnel([study.study for study in studies], effects, effect.analysis_estimate)
    if k < MIN_STUDIES:
        told = (
            f"No test of asymmetry and no trim and fill: with {k} studies, fewer than "
            f"{MIN_STUDIES}, a gap in the funnel cannot be told from chance."
        )
        return OutcomeFunnel(points, studies, None, (told,))
    notes = _tests(studies, effects, effect)
    try:
        model = effect.model if effect.model not in ("mh", "peto") else "fixed"
        filled = trim_and_fill(effects, effect.measure, model, hartung_knapp=effect.hartung_knapp)
    except EvidenceError as error:
        return OutcomeFunnel(points, studies, None, (*notes, f"No trim and fill: {error}."))
    return OutcomeFunnel(points, studies, filled, (*notes, _filled_words(filled)))


def funnel_plot(shown: OutcomeFunnel, effect: PooledEffect, *, dark: bool = False) -> Any:
    """The funnel plot as a Plotly figure.

    Raises:
        EvidenceError: There is no funnel, or Plotly is not installed.
    """
    if shown.points is None:
        raise EvidenceError(shown.notes[0])
    figure = funnel_figure(
        shown.points,
        effect.measure,
        shown.filled.filled if shown.filled is not None else None,
        pointed=[_study_pointed(study, effect) for study in shown.studies],
        palette=DARK if dark else LIGHT,
    )
    figure.update_layout(margin={"t": 40})
    return figure


def _effects(studies: Sequence[StudyResult], effect: PooledEffect) -> EffectSizes:
    names = [study.study for study in studies]
    return study_effects(names, [s.data for s in studies], effect.measure, effect.model)


def _tests(
    studies: Sequence[StudyResult], effects: EffectSizes, effect: PooledEffect
) -> tuple[str, ...]:
    data = [study.data for study in studies]
    counted = all(isinstance(item, DichotomousData) for item in data)
    report = asymmetry_report(effects, tables_of(data) if counted else None)
    told = []
    if report.egger is None:
        told.append(f"No test of asymmetry: {report.reason}.")
    else:
        told.append(f"Egger's test: {p_text(report.egger.p)}.")
    if report.peters is not None and effect.measure != "RD":
        told.append(f"Peters' test: {p_text(report.peters.p)}.")
    return tuple(told)


def _filled_words(filled: TrimAndFill) -> str:
    if not filled.k0:
        return "Trim and fill adds no study."
    pooled = filled.effect
    words = interval_text(pooled, pooled.estimate, pooled.ci_low, pooled.ci_high)
    n = "1 study" if filled.k0 == 1 else f"{filled.k0} studies"
    return f"Trim and fill adds {n} on the {filled.side}; with them {pooled.measure} {words}."
