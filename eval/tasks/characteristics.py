"""Characteristics of a study, a part of `extraction`: precision and recall by field.

The matching rule of each field (`is_right`): blinding and intervention model by kind; country by
its one name (`England` is the United Kingdom, `Danish` Denmark); number by its value (`Sixty-three`
is 63), and where no number randomised is given, by the number enrolled, because the label is the
number of participants of the whole trial; registration by its letters and digits; funding is right
when the value holds the name of a labelled funder, and found when any of them is. A field the
labeller left empty has nothing to find: a value there is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from eval.results import EngineScores, Metric, Table, TaskResult
from eval.tasks.characteristics_data import LABELLED_FIELDS, LabelledStudy
from evidence.extraction.characteristic_design import design_code
from evidence.extraction.characteristic_people import number_named
from evidence.extraction.characteristic_places import country_named
from evidence.extraction.characteristics import characteristics
from evidence.judgements import Characteristic
from indexers.records import Document

_RESAMPLES = 2000
Extract = Callable[[Document], Sequence[Characteristic]]
Progress = Callable[[str, int, int], None]


class FieldCounts(NamedTuple):
    """Values that are right, values given, labels found, labels."""

    right: int
    given: int
    found: int
    labelled: int


def is_right(field: str, value: str, label: str) -> bool:
    """Whether a value says what a label says, by the field's rule."""
    match field:
        case "blinding" | "intervention_model":
            return design_code(field, value) == label
        case "country":
            return country_named(value) == label
        case "number_randomised":
            return number_named(value) == int(label)
        case "registration":
            return _plain(label) in _plain(value)
        case _:
            return label.lower() in " ".join(value.split()).lower()


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def count(field: str, values: Sequence[str], labels: Sequence[str]) -> FieldCounts:
    """The counts of one field of one study."""
    right = sum(any(is_right(field, value, label) for label in labels) for value in values)
    found = [any(is_right(field, value, label) for value in values) for label in labels]
    if field == "funding":
        return FieldCounts(right, len(values), int(any(found)), min(len(labels), 1))
    return FieldCounts(right, len(values), sum(found), len(labels))


def run_characteristics(
    studies: Sequence[LabelledStudy],
    seed: int,
    progress: Progress,
    extract: Extract = characteristics,
) -> TaskResult:
    """Precision and recall of each labelled field; intervals resample studies.

    Of an article that cannot be read nothing is found; of a line of labels that cannot be read,
    one label of each field is missed.

    Args:
        studies: The labelled studies.
        seed: Of the bootstrap.
        progress: Called with the step, the studies done and all.
        extract: Gives the characteristics of a document.
    """
    rows, items = [], []
    for number, study in enumerate(studies, 1):
        given = extract(study.document) if study.document is not None else ()
        by_field = {name: _values(given, name) for name in LABELLED_FIELDS}
        rows.append(_counts(study, by_field))
        items.append(_item(study, by_field, rows[-1]))
        progress("characteristics", number, len(studies))
    counts = np.array(rows, dtype=np.int64)
    metrics = _metrics(counts, seed)
    return TaskResult(
        task="extraction",
        scores={"offline": EngineScores(metrics=metrics, by_unit={s.pmcid: {} for s in studies})},
        items=items,
        tables=(_table(counts, metrics),),
        notes=(
            f"{len(studies)} studies labelled by hand; a value counts as wrong where the labeller "
            "found none.",
        ),
    )


def _counts(study: LabelledStudy, by_field: dict[str, list[str]]) -> list[FieldCounts]:
    if not study.labels:
        return [FieldCounts(0, 0, 0, 1) for _ in LABELLED_FIELDS]
    return [count(name, by_field[name], study.labels[name]) for name in LABELLED_FIELDS]


def _values(given: Sequence[Characteristic], field: str) -> list[str]:
    values = [c.value for c in given if c.field == field]
    if field == "number_randomised" and not values:
        values = [c.value for c in given if c.field == "number_enrolled"]
    return values


def _item(
    study: LabelledStudy, by_field: dict[str, list[str]], counts: Sequence[FieldCounts]
) -> dict[str, Any]:
    return {
        "engine": "offline",
        "unit": study.pmcid,
        "failure": study.problem or None,
        **{
            name: {
                "values": by_field[name],
                "labels": list(study.labels.get(name, ())),
                **c._asdict(),
            }
            for name, c in zip(LABELLED_FIELDS, counts, strict=True)
        },
    }


def _metrics(counts: np.ndarray[Any, np.dtype[np.int64]], seed: int) -> dict[str, Metric]:
    """From counts [n_studies, n_fields, 4]; n counts the values given, or the labels."""
    n = len(counts)
    times = np.random.default_rng(seed).multinomial(n, [1 / n] * n, size=_RESAMPLES)
    sums, resampled = counts.sum(axis=0), np.tensordot(times, counts, axes=1)
    metrics = {}
    for f, name in enumerate(LABELLED_FIELDS):
        for rate, top, bottom in (("precision", 0, 1), ("recall", 2, 3)):
            if sums[f, bottom]:
                drawn = resampled[:, f, top] / np.maximum(resampled[:, f, bottom], 1)
                drawn = drawn[resampled[:, f, bottom] > 0]
                low, high = np.quantile(drawn, [0.025, 0.975])
                metrics[f"characteristic_{rate}_{name}"] = Metric(
                    float(sums[f, top] / sums[f, bottom]),
                    int(sums[f, bottom]),
                    (float(low), float(high)),
                )
    return metrics


def _table(counts: np.ndarray[Any, np.dtype[np.int64]], metrics: dict[str, Metric]) -> Table:
    sums = counts.sum(axis=0)
    rows = []
    for f, name in enumerate(LABELLED_FIELDS):
        shown = []
        for rate, top, bottom in (("precision", 0, 1), ("recall", 2, 3)):
            metric = metrics.get(f"characteristic_{rate}_{name}")
            share = f"{metric.value:.3f}" if metric else "-"
            shown.append(f"{share} ({sums[f, top]}/{sums[f, bottom]})")
        rows.append((name, *shown))
    return Table(
        title="Study characteristics", columns=("field", "precision", "recall"), rows=tuple(rows)
    )
