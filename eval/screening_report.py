"""What the report of `screening` shows: tables, plots and how to read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from eval.datasets import LabelledReview
from eval.metrics import discoveries, recall_curve
from eval.peers.asreview import AI, DEFAULT_VENV, ENGINE, VERSION
from eval.plots import Interval, Plot, bar_plot, difference_plot, share_plot
from eval.results import EngineScores, Metric, Table
from eval.screening_engines import OURS, RANDOM, Scored, ScoredOrder
from eval.screening_simulation import RANDOM_ORDERS

Differences = dict[str, dict[str, Metric]]
"""Ours less another engine's, by that engine and measure."""

_SHOWN = ("wss_95", "average_time_to_discovery")
_CURVE_POINTS = 200


def tables(
    scored: Scored, scores: Mapping[str, EngineScores], differences: Differences
) -> tuple[Table, ...]:
    """Paired differences, every review by engine, and wall times."""
    return (
        _differences_table(scores, differences),
        *(_by_review(name, scores) for name in _SHOWN),
        _seconds_table(scored),
    )


def plots(
    scored: Scored, scores: Mapping[str, EngineScores], differences: Differences
) -> tuple[Plot, ...]:
    """WSS@95 of every review, paired differences, and the recall curves of every review."""
    engines = [engine for engine in scores if not _is_variant(engine)]
    reviews = list(scores[OURS].by_unit) if OURS in scores else []
    found = []
    if reviews:
        groups = [
            (review, [scores[engine].by_unit[review]["wss_95"] for engine in engines])
            for review in reviews
        ]
        found.append(bar_plot("wss_95", engines, groups))
    if ENGINE in differences:
        found += [_forest(name, scores, differences[ENGINE][name]) for name in _SHOWN]
    for review in reviews:
        lines = [(engine, _curve(engine, scored[engine][review])) for engine in engines]
        found.append(share_plot(f"Recall: {review}", "share of the records read", lines))
    return tuple(found)


def notes(
    reviews: Sequence[LabelledReview], n_seeds: int, engines: Sequence[str]
) -> tuple[str, ...]:
    """How to read the figures."""
    found = [
        "Screening is simulated: a record is read, its label is revealed, everything is ranked "
        f"again. {OURS} starts without any label and has no randomness. Means and intervals are "
        "over reviews (bootstrap); average_time_to_discovery is a share of the records, lower is "
        f"better. {RANDOM} is the mean of {RANDOM_ORDERS} orders."
    ]
    if ENGINE in engines:
        other = next((engine for engine in engines if engine.startswith(f"{ENGINE}:")), None)
        found.append(
            f"{ENGINE} is ASReview {VERSION} with {AI}, which is given one included and one "
            f"excluded record to start from; the mean of {n_seeds} seeds, which draw them. Its "
            "order is read with these priors counted as records that were read, and with them "
            f"removed from order and review; the reading with the higher mean wss_95 is {ENGINE}"
            + (f", the other is {other}." if other else ".")
        )
    else:
        found.append(
            "ASReview was not run, so there is no peer to compare with: `python -m "
            f"eval.peers.asreview install {DEFAULT_VENV}` makes its environment."
        )
    unasked = [review.name for review in reviews if review.question is None]
    if unasked:
        found.append(
            f"{len(unasked)} reviews have no question ({', '.join(unasked)}): {OURS} then starts "
            f"from a shuffled order instead of nearness to the question, the mean of {n_seeds} "
            "seeds; baselines that need the question score as the worst order."
        )
    return tuple(found)


def _is_variant(engine: str) -> bool:
    return engine.startswith(f"{ENGINE}:")


def _differences_table(scores: Mapping[str, EngineScores], differences: Differences) -> Table:
    return Table(
        title=f"Paired differences over reviews, {OURS} less the other",
        columns=("other", "metric", "difference", "95 % interval", "reviews"),
        rows=tuple(
            (
                *(engine, name, f"{m.value:+.4f}"),
                *(f"{m.ci95[0]:+.4f} to {m.ci95[1]:+.4f}", str(m.n)),
            )
            for engine, by_name in differences.items()
            for name, m in by_name.items()
            if engine.startswith(ENGINE) or name in _SHOWN
        ),
    )


def _by_review(name: str, scores: Mapping[str, EngineScores]) -> Table:
    units = dict.fromkeys(unit for found in scores.values() for unit in found.by_unit)
    return Table(
        title=f"{name} of every review",
        columns=("review", *scores),
        rows=tuple(
            (
                unit,
                *(
                    f"{found.by_unit[unit][name]:.4f}" if unit in found.by_unit else "–"
                    for found in scores.values()
                ),
            )
            for unit in units
        ),
    )


def mean_seconds(orders: Sequence[ScoredOrder]) -> dict[str, float]:
    """Wall time by step, the mean over seeds."""
    steps = dict.fromkeys(step for order in orders for step in order.screened.seconds)
    return {
        step: round(
            fmean(o.screened.seconds[step] for o in orders if step in o.screened.seconds), 2
        )
        for step in steps
    }


def _seconds_table(scored: Scored) -> Table:
    """Wall times, the mean over seeds; the last row sums the reviews."""
    columns = (
        *((OURS, step) for step in ("encode", "features", "learn")),
        *((ENGINE, step) for step in ("command", "learn")),
    )
    rows, sums = [], [0.0] * len(columns)
    for review, ours in scored.get(OURS, {}).items():
        orders = {OURS: ours, ENGINE: scored.get(ENGINE, {}).get(review, [])}
        seconds = {engine: mean_seconds(found) for engine, found in orders.items()}
        taken = [seconds[engine].get(step) for engine, step in columns]
        sums = [total + (one or 0.0) for total, one in zip(sums, taken, strict=True)]
        read = [fmean(_read_to_last(found)) if found else None for found in orders.values()]
        rows.append(
            (
                *(review, str(len(ours[0].labels))),
                *("–" if n is None else f"{n:.0f}" for n in read),
                *("–" if one is None else f"{one:.1f}" for one in taken),
            )
        )
    return Table(
        title="Seconds of one simulation, and records read to the last included",
        columns=(
            *("review", "records", f"read, {OURS}", f"read, {ENGINE}"),
            *(f"{engine}: {step}" for engine, step in columns),
        ),
        rows=(*rows, ("all", "", "", "", *(f"{total:.1f}" for total in sums))),
    )


def _read_to_last(orders: Iterable[ScoredOrder]) -> list[int]:
    return [discoveries(order.labels)[-1] for order in orders]


def _curve(engine: str, orders: Sequence[ScoredOrder]) -> list[float]:
    if engine == RANDOM:
        return [0.0, 1.0]  # what is expected
    return recall_curve([order.labels for order in orders], _CURVE_POINTS)


def _forest(name: str, scores: Mapping[str, EngineScores], mean: Metric) -> Plot:
    """A point a review, and the mean with its interval."""
    rows = []
    for review, theirs in scores[ENGINE].by_unit.items():
        difference = scores[OURS].by_unit[review][name] - theirs[name]
        rows.append(Interval(review, difference, difference, difference))
    rows.append(Interval("mean, 95 % interval", mean.value, *mean.ci95))
    lower = " (lower is better)" if name == "average_time_to_discovery" else ""
    return difference_plot(f"{name}: {OURS} less {ENGINE}{lower}", rows)
