"""`pico`: are the words and spans of population, intervention and outcome found?

Counts are summed over abstracts before precision, recall and F1 are taken (micro over abstracts),
and the macro figures are the plain means over the elements. Three views of the same reading:

- `token`: a token of the file counts as found when a span covers its first letter;
- `span`: a span counts when its first and last token are those of a labelled span;
- `overlap`: a span counts when it shares a token with a labelled span of its element.

Beside the program stand readers that learn nothing (`eval.baselines.span_words`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from eval.conll import ELEMENTS, LabelledAbstract
from eval.cost import taken_by
from eval.plots import Interval, Plot, interval_plot
from eval.rankings import Progress
from eval.results import EngineScores, Metric, Table, TaskResult
from evidence.errors import EvidenceError
from evidence.reading.span_heads import Span

VIEWS = {"token": "token", "span": "exact span", "overlap": "overlapping span"}
_ABSTRACTS_PER_STEP = 16
_RESAMPLES = 2000


class PicoReader(Protocol):
    """Reads the spans of texts, and tells which texts it learnt from."""

    def read(self, texts: Sequence[str]) -> list[tuple[Span, ...]]:
        """The spans of each text, in input order."""
        ...

    def learnt_from(self, text: str) -> bool:
        """Whether the text was part of training."""
        ...


class Reading(NamedTuple):
    """An abstract as read.

    `counts` [view, element, 4] are: predicted that are right, predicted, labelled that are
    found, labelled.
    """

    unit: str
    abstract: LabelledAbstract
    learnt_from: bool
    failure: str | None
    counts: NDArray[np.int64]


def run_pico(
    abstracts: Sequence[tuple[Path, LabelledAbstract]],
    readers: Mapping[str, PicoReader],
    seed: int,
    progress: Progress,
    last: int | None = None,
) -> TaskResult:
    """Token and span precision, recall and F1 per element, with intervals over abstracts.

    An abstract that cannot be read counts as one without any span; where its own lines are broken,
    each element counts at least one missed label. Elements that no file labels are left out.

    Args:
        abstracts: The labelled abstracts and the file of each.
        readers: The spans' readers by the name of their system, the program's own first.
        seed: Of the bootstrap.
        progress: Called with the step, the abstracts done and all.
        last: Score only the last so many.
    """
    chosen = list(abstracts)[-last:] if last else list(abstracts)
    readings = {name: _read_all(chosen, name, reader, progress) for name, reader in readers.items()}
    labelled = [
        e
        for e, element in enumerate(ELEMENTS)
        if any(element in abstract.labels for _, abstract in chosen)
    ]
    scores = {name: _scores(own, labelled, seed) for name, own in readings.items()}
    ours = next(iter(readings))
    return TaskResult(
        task="pico",
        scores=scores,
        items=[_item(name, r, labelled) for name, own in readings.items() for r in own],
        tables=tuple(
            _table(name, own.metrics, labelled, folded=name != ours) for name, own in scores.items()
        ),
        plots=(_plot(scores, labelled),),
        notes=_notes(readings[ours], len(abstracts), labelled),
        measured={"n_learnt_from": sum(reading.learnt_from for reading in readings[ours])},
    )


def _scores(readings: Sequence[Reading], labelled: Sequence[int], seed: int) -> EngineScores:
    return EngineScores(
        metrics=_metrics(readings, labelled, seed),
        by_unit={reading.unit: _figures(reading.counts, labelled) for reading in readings},
    )


def _plot(scores: Mapping[str, EngineScores], labelled: Sequence[int]) -> Plot:
    names = [f"token_f1_{element}" for element in (*(ELEMENTS[e] for e in labelled), "macro")]
    return interval_plot(
        "token F1",
        [
            Interval(f"{name.removeprefix('token_f1_')}: {engine}", metric.value, *metric.ci95)
            for name in names
            for engine, own in scores.items()
            if (metric := own.metrics[name])
        ],
    )


def _read_all(
    abstracts: Sequence[tuple[Path, LabelledAbstract]],
    name: str,
    reader: PicoReader,
    progress: Progress,
) -> list[Reading]:
    readings: list[Reading] = []
    for start in range(0, len(abstracts), _ABSTRACTS_PER_STEP):
        step = abstracts[start : start + _ABSTRACTS_PER_STEP]
        with taken_by(name):
            read = _read(step, reader)
        for (path, abstract), (spans, failure) in zip(step, read, strict=True):
            known, number = reader.learnt_from(abstract.text), len(readings) + 1
            unit = f"{path.name}:{number}:{abstract.abstract_id}"
            counts = counts_of(abstract, spans)
            if abstract.failure is not None:
                counts[..., 3] = np.maximum(counts[..., 3], 1)
            readings.append(Reading(unit, abstract, known, failure, counts))
        progress(f"reading abstracts ({name})", len(readings), len(abstracts))
    return readings


def _read(
    step: Sequence[tuple[Path, LabelledAbstract]], reader: PicoReader
) -> list[tuple[tuple[Span, ...], str | None]]:
    """The spans of each abstract, or why there are none."""
    if broken := next((a.failure for _, a in step if a.failure is not None), None):
        return [((), str(broken))] if len(step) == 1 else [_read([one], reader)[0] for one in step]
    try:
        return [(spans, None) for spans in reader.read([a.text for _, a in step])]
    except EvidenceError as error:
        if len(step) == 1:
            return [((), str(error))]
        return [_read([one], reader)[0] for one in step]


def counts_of(abstract: LabelledAbstract, spans: Sequence[Span]) -> NDArray[np.int64]:
    """The counts of one abstract, as `Reading` describes them."""
    counts = np.zeros((len(VIEWS), len(ELEMENTS), 4), dtype=np.int64)
    starts = [0, *accumulate(len(token) + 1 for token in abstract.tokens)][:-1]
    for e, element in enumerate(ELEMENTS):
        gold = _labelled_spans(abstract, element)
        found = [_tokens_of(span, starts) for span in spans if span.element == element]
        found = [(first, end) for first, end in found if end > first]
        counts[0, e] = _both(
            {t for first, end in found for t in range(first, end)},
            {t for first, end in gold for t in range(first, end)},
        )
        counts[1, e] = _both(set(found), set(gold))
        counts[2, e] = (
            sum(_meets(span, gold) for span in found),
            len(found),
            sum(_meets(span, found) for span in gold),
            len(gold),
        )
    return counts


def _both(found: set[Any], gold: set[Any]) -> tuple[int, int, int, int]:
    right = len(found & gold)
    return right, len(found), right, len(gold)


def _meets(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return any(span[0] < end and first < span[1] for first, end in others)


def _labelled_spans(abstract: LabelledAbstract, element: str) -> list[tuple[int, int]]:
    """Runs of the element's tokens, first and one past the last."""
    spans: list[tuple[int, int]] = []
    for token, (label, begins) in enumerate(zip(abstract.labels, abstract.begins, strict=True)):
        if label == element:
            first = token if begins else spans.pop()[0]
            spans.append((first, token + 1))
    return spans


def _tokens_of(span: Span, starts: Sequence[int]) -> tuple[int, int]:
    """The tokens whose first letter the span covers, first and one past the last."""
    first = bisect_right(starts, span.start - 1)
    return first, bisect_right(starts, span.end - 1)


def _rates(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Precision, recall and F1 [..., 3]; nothing to find and nothing found is 1."""
    right, predicted, found, gold = np.moveaxis(counts.astype(np.float64), -1, 0)
    empty = (predicted == 0) & (gold == 0)
    precision = np.where(empty, 1.0, right / np.maximum(predicted, 1))
    recall = np.where(empty, 1.0, found / np.maximum(gold, 1))
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return np.stack([precision, recall, f1], axis=-1)


def _figures(counts: NDArray[np.int64], labelled: Sequence[int]) -> dict[str, float]:
    return {name: float(value[0]) for name, value in _named(counts[None], labelled).items()}


def _named(counts: NDArray[np.int64], labelled: Sequence[int]) -> dict[str, NDArray[np.float64]]:
    """Every figure by name, [n], from counts [n, view, element, 4]."""
    rates = _rates(counts)
    named: dict[str, NDArray[np.float64]] = {}
    for v, view in enumerate(VIEWS):
        for r, rate in enumerate(("precision", "recall", "f1")):
            for e in labelled:
                named[f"{view}_{rate}_{ELEMENTS[e]}"] = rates[:, v, e, r]
            named[f"{view}_{rate}_macro"] = rates[:, v, labelled, r].mean(axis=-1)
    return named


def _metrics(readings: Sequence[Reading], labelled: Sequence[int], seed: int) -> dict[str, Metric]:
    """The figures of the summed counts, and percentile bootstrap intervals over abstracts."""
    counts = np.stack([reading.counts for reading in readings])
    n = len(readings)
    times = np.random.default_rng(seed).multinomial(n, [1 / n] * n, size=_RESAMPLES)
    resampled = _named(np.tensordot(times, counts, axes=1), labelled)
    metrics = {}
    for name, value in _named(counts.sum(axis=0)[None], labelled).items():
        low, high = np.quantile(resampled[name], [0.025, 0.975])
        metrics[name] = Metric(float(value[0]), n, (float(low), float(high)))
    return metrics


def _item(engine: str, reading: Reading, labelled: Sequence[int]) -> dict[str, Any]:
    names = ("right", "predicted", "found", "labelled")
    return {
        "engine": engine,
        "unit": reading.unit,
        "n_tokens": len(reading.abstract.labels),
        "learnt_from": reading.learnt_from,
        "failure": reading.failure,
        **{
            f"{view}_{ELEMENTS[e]}": dict(zip(names, reading.counts[v, e].tolist(), strict=True))
            for v, view in enumerate(VIEWS)
            for e in labelled
        },
    }


def _table(
    engine: str, metrics: dict[str, Metric], labelled: Sequence[int], *, folded: bool
) -> Table:
    return Table(
        folded=folded,
        title=f"PICO by element: {engine}",
        columns=("counted", "element", "precision", "recall", "F1", "95 % interval of F1"),
        rows=tuple(
            (
                VIEWS[view],
                element,
                *(f"{metrics[f'{view}_{r}_{element}'].value:.4f}" for r in ("precision", "recall")),
                f"{(f1 := metrics[f'{view}_f1_{element}']).value:.4f}",
                f"{f1.ci95[0]:.4f} to {f1.ci95[1]:.4f}",
            )
            for view in VIEWS
            for element in (*(ELEMENTS[e] for e in labelled), "macro")
        ),
    )


def _notes(readings: Sequence[Reading], n_all: int, labelled: Sequence[int]) -> tuple[str, ...]:
    n, failed = len(readings), sum(reading.failure is not None for reading in readings)
    scope = f"{n} abstracts" if n == n_all else f"the last {n} of {n_all} abstracts"
    notes = [f"{scope}; {failed} could not be read and count as without any span."]
    if known := sum(reading.learnt_from for reading in readings):
        notes.append(
            f"NOT HELD OUT: the span heads were trained on or chosen by {known} of these {n} "
            "abstracts, so the figures are too kind; score others, or use --last N."
        )
    else:
        notes.append("Held out: the span heads were trained on none of these abstracts.")
    if missing := [element for e, element in enumerate(ELEMENTS) if e not in labelled]:
        notes.append(f"No file labels {' or '.join(missing)}: left out, also of the macro figures.")
    return tuple(notes)
