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
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval.baselines.study_fields import Values, first_matches, majority_values
from eval.cost import taken_by
from eval.results import EngineScores, Metric, Table, TaskResult
from eval.tasks.characteristics_data import LABELLED_FIELDS, LabelledStudy
from evidence.extraction.characteristic_design import design_code
from evidence.extraction.characteristic_people import number_named
from evidence.extraction.characteristic_places import country_named
from evidence.extraction.characteristics import characteristics
from evidence.judgements import Characteristic
from indexers.records import Document

MAJORITY, FIRST_MATCH = "baseline:majority", "baseline:first_match"
_RESAMPLES = 2000
_RATES = (("precision", 0, 1), ("recall", 2, 3))
Extract = Callable[[Document], Sequence[Characteristic]]
Progress = Callable[[str, int, int], None]
Counts = NDArray[np.int64]


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
    extractors: Mapping[str, Extract] = MappingProxyType({"offline": characteristics}),
) -> TaskResult:
    """Precision and recall of each labelled field, and of all fields; intervals resample studies.

    Of an article that cannot be read nothing is found; of a line of labels that cannot be read,
    one label of each field is missed.

    Args:
        studies: The labelled studies.
        seed: Of the bootstrap.
        progress: Called with the step, the studies done and all.
        extractors: Give the characteristics of a document, by the name of the engine.
    """
    given = {name: _extracted(name, extract, studies, progress)
             for name, extract in extractors.items()}  # fmt: skip
    given |= _baselines(studies)
    counts = {
        name: np.array(
            [_counts(s, v) for s, v in zip(studies, values, strict=True)], dtype=np.int64
        )
        for name, values in given.items()
    }
    metrics = {name: _metrics(own, seed) for name, own in counts.items()}
    ids = [study.pmcid for study in studies]
    return TaskResult(
        task="extraction",
        scores={
            name: EngineScores(own, _by_study(ids, counts[name])) for name, own in metrics.items()
        },
        items=[
            _item(name, study, values, own)
            for name, by_study in given.items()
            for study, values, own in zip(studies, by_study, counts[name], strict=True)
        ],
        tables=tuple(_table(name, counts[name], own) for name, own in metrics.items()),
        notes=(
            f"{len(studies)} studies labelled by hand; a value counts as wrong where the labeller "
            "found none. baseline:majority gives the most frequent label of these very studies, "
            "baseline:first_match the first place that a pattern finds.",
        ),
    )


def _extracted(
    name: str, extract: Extract, studies: Sequence[LabelledStudy], progress: Progress
) -> list[Values]:
    """The values by field of each study; of an article that cannot be read there are none."""
    values: list[Values] = []
    for number, study in enumerate(studies, 1):
        with taken_by(name, study.pmcid):
            given = extract(study.document) if study.document is not None else ()
        values.append({field: _values(given, field) for field in LABELLED_FIELDS})
        progress(f"characteristics ({name})", number, len(studies))
    return values


def _baselines(studies: Sequence[LabelledStudy]) -> dict[str, list[Values]]:
    most = majority_values(studies)
    nothing: Values = {field: [] for field in LABELLED_FIELDS}
    matched = []
    for study in studies:
        with taken_by(FIRST_MATCH, study.pmcid):
            found = first_matches(study.document) if study.document is not None else nothing
        matched.append(found)
    majority = [most if study.document is not None else nothing for study in studies]
    return {MAJORITY: majority, FIRST_MATCH: matched}


def _counts(study: LabelledStudy, by_field: Values) -> list[FieldCounts]:
    if not study.labels:
        return [FieldCounts(0, 0, 0, 1) for _ in LABELLED_FIELDS]
    return [count(name, by_field[name], study.labels[name]) for name in LABELLED_FIELDS]


def _values(given: Sequence[Characteristic], field: str) -> list[str]:
    values = [c.value for c in given if c.field == field]
    if field == "number_randomised" and not values:
        values = [c.value for c in given if c.field == "number_enrolled"]
    return values


def _by_study(ids: Sequence[str], counts: Counts) -> dict[str, dict[str, float]]:
    """Counts over the fields of each study, [n_studies, n_fields, 4] in."""
    names = [f"characteristics_{name}" for name in FieldCounts._fields]
    return {
        unit: dict(zip(names, map(float, row.sum(axis=0)), strict=True))
        for unit, row in zip(ids, counts, strict=True)
    }


def _item(
    engine: str, study: LabelledStudy, by_field: Values, counts: NDArray[np.int64]
) -> dict[str, Any]:
    return {
        "engine": engine,
        "unit": study.pmcid,
        "failure": study.problem or None,
        **{
            name: {
                "values": list(by_field[name]),
                "labels": list(study.labels.get(name, ())),
                **dict(zip(FieldCounts._fields, own.tolist(), strict=True)),
            }
            for name, own in zip(LABELLED_FIELDS, counts, strict=True)
        },
    }


def _metrics(counts: Counts, seed: int) -> dict[str, Metric]:
    """From counts [n_studies, n_fields, 4]; n counts the values given, or the labels."""
    n = len(counts)
    times = np.random.default_rng(seed).multinomial(n, [1 / n] * n, size=_RESAMPLES)
    sums, resampled = counts.sum(axis=0), np.tensordot(times, counts, axes=1)
    metrics: dict[str, Metric] = {}
    for rate, top, bottom in _RATES:
        for f, name in enumerate(LABELLED_FIELDS):
            metrics |= _rate(f"characteristic_{rate}_{name}", sums[f], resampled[:, f], top, bottom)
    for rate, top, bottom in _RATES:
        every = sums.sum(axis=0), resampled.sum(axis=1)
        metrics |= _rate(f"characteristic_{rate}", *every, top, bottom)
    return metrics


def _rate(
    name: str, sums: NDArray[np.int64], resampled: NDArray[np.int64], top: int, bottom: int
) -> dict[str, Metric]:
    """A share under its name, where there is anything to share; resampled counts are [n, 4]."""
    if not sums[bottom]:
        return {}
    drawn = resampled[resampled[:, bottom] > 0]
    low, high = np.quantile(drawn[:, top] / drawn[:, bottom], [0.025, 0.975])
    value = float(sums[top] / sums[bottom])
    return {name: Metric(value, int(sums[bottom]), (float(low), float(high)))}


def _table(engine: str, counts: Counts, metrics: Mapping[str, Metric]) -> Table:
    sums = counts.sum(axis=0)
    rows = []
    for f, name in enumerate(LABELLED_FIELDS):
        shown = []
        for rate, top, bottom in _RATES:
            metric = metrics.get(f"characteristic_{rate}_{name}")
            share = f"{metric.value:.3f}" if metric else "-"
            shown.append(f"{share} ({sums[f, top]}/{sums[f, bottom]})")
        rows.append((name, *shown))
    return Table(
        title=f"Study characteristics: {engine}",
        columns=("field", "precision", "recall"),
        rows=tuple(rows),
    )
