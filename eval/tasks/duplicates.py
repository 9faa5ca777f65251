"""`duplicates`: which records of several databases tell of one report?

Every system hands back groups of records. A pair within a group is right when both records have
one report. A merge that is wrong loses a report: `wrongly_merged_rate` is the share of records that
stand in a group with a record of another report. The unit is the report; a wrong pair counts half
with each of its two. Intervals resample reports.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from eval.comparison import RATIOS
from eval.cost import taken_by
from eval.formats.duplicate_records import LabelledDuplicates, LabelledRecord
from eval.metrics import grouped_samples
from eval.results import EngineScores, Metric, Table, TaskResult
from evidence.deduplication.clustering import find_duplicates
from evidence.errors import EvidenceError

Merge = Callable[[Sequence[LabelledRecord]], list[list[str]]]
"""Groups of the record ids that a system takes for one report; single records are left out."""

METRICS = ("pair_precision", "pair_recall", "pair_f1", "wrongly_merged_rate")
_COUNTS = (
    *("pairs_right", "pairs_found", "pairs_labelled", "pairs_right_on_both_sides"),
    *("records_wrongly_merged", "records"),
)

Pair = tuple[str, str]


class Merged(NamedTuple):
    """What a system merged: its pairs, right, wrong and missed, and the figures of each report."""

    right: list[Pair]
    wrong: list[Pair]
    missed: list[Pair]
    by_unit: dict[str, dict[str, float]]


def run_duplicates(
    data: LabelledDuplicates,
    systems: Mapping[str, Merge],
    seed: int,
    progress: Callable[[str, int, int], None],
) -> TaskResult:
    """Precision, recall and F1 of pairs, and records wrongly merged, of each system.

    A system that fails has merged nothing, which is a finding. A record that cannot be read counts
    in every system as a report of which one pair is missed.
    """
    scores: dict[str, EngineScores] = {}
    items: list[dict[str, Any]] = []
    rows: list[tuple[str, ...]] = []
    failed: list[str] = []
    for number, (engine, merge) in enumerate(systems.items(), 1):
        try:
            with taken_by(engine):
                groups = merge(data.records)
        except EvidenceError as error:
            groups = []
            failed.append(f"{engine}: {error}")
        found = compared(data, groups)
        scores[engine] = EngineScores(_metrics(found.by_unit, seed), found.by_unit)
        items += _items(engine, data, found)
        rows.append(_row(engine, found))
        progress("duplicates", number, len(systems))
    n_pairs = round(sum(row["pairs_labelled"] for row in found.by_unit.values()))
    return TaskResult(
        task="duplicates",
        scores=scores,
        items=items,
        tables=(Table("Pairs and records", _COLUMNS, tuple(rows)),),
        notes=(
            f"{len(data.records)} records of {len({r.report for r in data.records})} reports; "
            f"{n_pairs} pairs are duplicates. Intervals resample reports.",
        ),
        finding="; ".join(failed) or None,
    )


def merged_offline(records: Sequence[LabelledRecord]) -> list[list[str]]:
    """What the program merges without asking; what it lists for a person is not merged."""
    found = find_duplicates([labelled.record for labelled in records])
    return [list(cluster.members) for cluster in found.clusters]


def compared(data: LabelledDuplicates, groups: Iterable[Sequence[str]]) -> Merged:
    """The pairs of groups against those of the reports."""
    report = {labelled.record.record_id: labelled.report for labelled in data.records}
    members: dict[str, list[str]] = {}
    for record_id, name in report.items():
        members.setdefault(name, []).append(record_id)
    merged = [list(dict.fromkeys(group)) for group in groups]
    true = _pairs(members.values())
    found = _pairs(merged)
    by_unit = {name: dict.fromkeys(_COUNTS, 0.0) for name in members}
    for name, own in members.items():
        by_unit[name] |= {"records": len(own), "pairs_labelled": len(own) * (len(own) - 1) / 2}
    for one, other in found:
        same = report[one] == report[other]
        for record_id in (one, other):
            by_unit[report[record_id]]["pairs_found"] += 0.5
            by_unit[report[record_id]]["pairs_right"] += 0.5 * same
            by_unit[report[record_id]]["pairs_right_on_both_sides"] += same
    for group in merged:
        if len(Counter(report[record_id] for record_id in group)) > 1:
            for record_id in group:
                by_unit[report[record_id]]["records_wrongly_merged"] += 1
    for unit in data.failures:
        by_unit[unit] = {**dict.fromkeys(_COUNTS, 0.0), "records": 1.0, "pairs_labelled": 1.0}
    right, wrong, missed = sorted(found & true), sorted(found - true), sorted(true - found)
    return Merged(right, wrong, missed, by_unit)


def _pairs(groups: Iterable[Sequence[str]]) -> set[Pair]:
    return {(min(pair), max(pair)) for group in groups for pair in combinations(group, 2)}


def _metrics(by_unit: Mapping[str, Mapping[str, float]], seed: int) -> dict[str, Metric]:
    """The ratios of sums with their intervals; the n of each is what stands below."""
    counts = {name: np.array([row[name] for row in by_unit.values()]) for name in _COUNTS}
    samples = np.array(grouped_samples(list(by_unit), seed))
    metrics = {}
    for metric in METRICS:
        top, below = RATIOS[metric]
        tops, belows = counts[top], np.sum([counts[name] for name in below], axis=0)
        if belows.sum() == 0:
            continue
        sums = belows[samples].sum(axis=1)
        drawn = tops[samples].sum(axis=1)[sums > 0] / sums[sums > 0]
        low, high = np.quantile(drawn, [0.025, 0.975])
        value = float(tops.sum() / belows.sum())
        metrics[metric] = Metric(value, round(float(belows.sum())), (float(low), float(high)))
    return metrics


def _items(engine: str, data: LabelledDuplicates, found: Merged) -> list[dict[str, Any]]:
    """A row a report: its figures, and the pairs of its records that were missed or are wrong."""
    report = {labelled.record.record_id: labelled.report for labelled in data.records}
    told: dict[str, dict[str, list[list[str]]]] = {
        unit: {"missed": [], "wrong": []} for unit in found.by_unit
    }
    for kind, pairs in (("missed", found.missed), ("wrong", found.wrong)):
        for one, other in pairs:
            for unit in dict.fromkeys((report[one], report[other])):
                told[unit][kind].append([one, other])
    return [
        {"engine": engine, "unit": unit, **row, **told[unit], "failure": data.failures.get(unit)}
        for unit, row in found.by_unit.items()
    ]


_COLUMNS = (
    *("engine", "pairs found", "right", "wrong", "missed"),
    *("records wrongly merged", "of records"),
)


def _row(engine: str, found: Merged) -> tuple[str, ...]:
    wrongly, records = (
        sum(row[name] for row in found.by_unit.values())
        for name in ("records_wrongly_merged", "records")
    )
    n_labelled = sum(row["pairs_labelled"] for row in found.by_unit.values())
    n_right, n_wrong = len(found.right), len(found.wrong)
    counts = (n_right + n_wrong, n_right, n_wrong, round(n_labelled) - n_right)
    return (engine, *map(str, counts), str(round(wrongly)), str(round(records)))
