"""What tells whether an extracted result is the one that was asked for: numbers, one by name.

The features compare wordings (question with row, column, caption), count what competes, and look
at the numbers themselves. They are read from the result and its report alone, so that a result of
a table, of a sentence and of an older version are described alike.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidence.extraction.abbreviations import Abbreviation
from evidence.extraction.outcomes import asks_for_change
from evidence.extraction.result_places import Place, place_of, report_tables
from evidence.extraction.table_ranking import Lexicon, RowWording, content_words, fit, lexicon
from evidence.extraction.tables import ValueCell
from evidence.extraction.time_points import asked_days, same_time
from evidence.extraction.wording import content, flatten
from evidence.findings import ContinuousData, DichotomousData, GenericData, is_complete, values
from evidence.judgements import ExtractedOutcome
from indexers.encoder import Encoder
from indexers.records import Document

_COUNTED = re.compile(
    r"\b(?:number|proportion|rates?|incidence|prevalence|percent\w*|patients|participants|women"
    r"|children|people|any|at least|deaths?|mortality|events?|with|who)\b|%", re.I,
)  # fmt: skip
_MEASURED = re.compile(
    r"\b(?:mean|scores?|levels?|time|duration|scale|index|concentrations?|weight|pressure|pain"
    r"|volume|length|change|days|minutes|intake|quality|strength|cost)\b", re.I,
)  # fmt: skip
_COMPARED = re.compile(
    r"\b(?:ratio|difference|effect|hazard|odds|adjusted|between|relative|coefficient)\b", re.I
)
_BASELINE = re.compile(r"\b(?:baseline|pre|before|initial|entry|admission|T0)\b", re.I)
_LATER = re.compile(r"\b(?:post|after|follow-?\s?up|end|final|week|month|day|year|hours?)\b", re.I)
_PART = re.compile(r"\b(?:sub-?group|among|stratified|only|with|without|per[- ]protocol)\b", re.I)
_FLAGS = {
    "wording": "reported as", "aside": "reported for", "rows": "more than one row",
    "conflict": "gives another result", "size": "no number analysed",
    "change": "may be changes", "spread": "SD or an SE", "time": "tells ",
    "generic": "general words", "restricted": "subgroup or",
}  # fmt: skip
_MOST = 4.0


@dataclass(frozen=True)
class Asked:
    """A question's outcome and arms in words, with what the report's abbreviations say."""

    outcome: str
    intervention: str
    comparator: str
    definitions: tuple[Abbreviation, ...]


@dataclass(frozen=True)
class Competition:
    """How well every row of the report's tables says the outcome."""

    fits: tuple[tuple[frozenset[str], float], ...]
    book: Lexicon


def competition(asked: Asked, document: Document) -> Competition:
    """The rows of the report's tables, scored for the outcome; times and arms are left out."""
    rows = report_tables(document).rows
    texts = [t for row in rows for t in (*row.labels, *row.headings, row.caption)]
    book = lexicon(texts or [asked.outcome], asked.definitions)
    best: dict[frozenset[str], float] = {}
    for row in rows:
        said = frozenset(w for t in row.own for w in content_words(t))
        best[said] = max(best.get(said, 0.0), fit(asked.outcome, row, book).f)
    return Competition(tuple(best.items()), book)


def sureness_features(
    asked: Asked,
    document: Document,
    results: Sequence[ExtractedOutcome],
    encoder: Encoder,
) -> NDArray[np.float64]:
    """Features [n_results, n_features] in the order of `SURENESS_FEATURES`.

    Args:
        asked: The question for which all results were extracted.
        document: Their report.
        results: All that was found for the outcome; they compete with each other.
        encoder: Compares the outcome with the wordings.
    """
    rivals = competition(asked, document)
    places = [place_of(document, result) for result in results]
    texts = [asked.outcome]
    for place in places:
        w = place.wording
        label = " ".join(w.labels)
        texts += [label, " ".join((*w.headings, label)), " ".join((w.caption, *w.own))]
    vectors = encoder.encode([t[:400] or "-" for t in texts]).astype(np.float64)
    cosines = (vectors[1:] @ vectors[0]).reshape(-1, 3)
    rows = []
    for result, place, cosine in zip(results, places, cosines, strict=True):
        named = (
            _wording(asked, place, rivals)
            | dict(zip(("cos_label", "cos_rows", "cos_all"), cosine.tolist(), strict=True))
            | _arms(asked, result, place, rivals.book)
            | _time(asked, result, place, results)
            | _numbers(asked, result, place)
            | _doubts(result, results, document, place)
        )
        rows.append([named[name] for name in SURENESS_FEATURES])
    return np.array(rows, dtype=np.float64).reshape(len(results), len(SURENESS_FEATURES))


def _wording(asked: Asked, place: Place, rivals: Competition) -> dict[str, float]:
    """How the words over the numbers stand to the outcome's, and to those of other rows."""
    row, book = place.wording, rivals.book
    bare = RowWording(row.labels, row.headings, (), row.caption, row.corner)
    whole, own = fit(asked.outcome, row, book), fit(asked.outcome, bare, book)
    label = fit(asked.outcome, RowWording(row.labels, (), (), ""), book)
    wanted = book.content(asked.outcome)
    said = frozenset(w for t in (*row.own, row.caption) for w in book.content(t))
    key = frozenset(w for t in bare.own for w in content_words(t))
    others = [f for words, f in rivals.fits if words != key]
    most = max(others, default=0.0)
    total = max(sum(book.weight(w) for w in sorted(wanted)), 1e-9)
    lacking = max((book.weight(w) for w in sorted(wanted - said)), default=0.0)
    return {
        "coverage": whole.coverage, "own": whole.own, "precision": whole.precision, "f": whole.f,
        "label_coverage": label.coverage, "label_precision": label.precision, "row_f": own.f,
        "contradicts": whole.contradicts, "row_contradicts": own.contradicts,
        "lead": own.f - most, "best_other": most,
        "rivals": math.log1p(sum(f >= own.f - 0.05 for f in others)),
        "rows": math.log1p(len(rivals.fits)),
        "lacking": lacking / total,
        "same_words": own.f > 0.999 or wanted == key,
        "n_wanted": math.log1p(len(wanted)), "n_said": math.log1p(len(key)),
        "letters": _letters(asked.outcome, " ".join((*row.headings, *row.labels))),
        "heading": bool(row.headings), "no_label": not any(t.strip() for t in row.labels),
    }  # fmt: skip


def _arms(asked: Asked, result: ExtractedOutcome, place: Place, book: Lexicon) -> dict[str, float]:
    """How the arms' names and the cells' headings stand to the arms of the question."""
    names = (result.intervention, result.comparator)
    heads = (_head(place.first, place.second), _head(place.second, place.first))
    found: dict[str, float] = {}
    for what, texts in (("name", names), ("head", heads)):
        mine, theirs = (_shared(asked.intervention, t, book) for t in texts)
        crossed, back = (_shared(asked.comparator, t, book) for t in texts)
        found |= {
            f"{what}_intervention": mine, f"{what}_comparator": back,
            f"{what}_crossed": max(theirs, crossed),
            f"{what}_contrast": min(_MOST, mine + back - theirs - crossed),
        }  # fmt: skip
    a, b = place.first, place.second
    if a is None or b is None:
        return found | {"same_row": 0.0, "apart": 0.0, "in_order": 0.0}
    beside = a.cell.row == b.cell.row
    step = b.cell.column - a.cell.column if beside else b.cell.row - a.cell.row
    return found | {"same_row": beside, "apart": math.log1p(abs(step)), "in_order": step > 0}


def _head(cell: ValueCell | None, other: ValueCell | None) -> str:
    """What is over one cell and not over the other."""
    if cell is None:
        return ""
    if other is None:
        return " ".join(c.text for c in cell.columns)
    beside = {c.start for c in (*other.columns, *other.labels)}
    return " ".join(c.text for c in (*cell.columns, *cell.labels) if c.start not in beside)


def _shared(asked: str, text: str, book: Lexicon) -> float:
    """Words that two namings of an arm share, as a share of the shorter one."""
    wanted = book.content(asked) | frozenset(content(asked))
    said = book.content(text) | frozenset(content(text))
    least = min(len(wanted), len(said))
    return len(wanted & said) / least if least else 0.0


def _time(
    asked: Asked, result: ExtractedOutcome, place: Place, results: Sequence[ExtractedOutcome]
) -> dict[str, float]:
    """Whether times agree, and what else speaks of the start or of changes."""
    wanted, told = asked_days(asked.outcome), result.time_point_days
    own = flatten(" ".join(place.wording.own))
    times = {(r.time_point_days, r.time_point) for r in results}
    change = asks_for_change(asked.outcome)
    return {
        "time_agrees": wanted is not None and told is not None and same_time(wanted, told),
        "time_differs": wanted is not None and told is not None and not same_time(wanted, told),
        "time_lacking": wanted is not None and told is None,
        "time_unasked": wanted is None and told is not None,
        "times": math.log1p(len(times)),
        "baseline": _BASELINE.search(own) is not None,
        "baseline_caption": _BASELINE.search(place.wording.caption) is not None,
        "later": _LATER.search(own) is not None,
        "part": _PART.search(own) is not None,
        "part_caption": _PART.search(place.wording.caption) is not None,
        "change_asked": change,
        "change_lacking": change and not asks_for_change(own),
        "change_unasked": not change and asks_for_change(own),
        "change_caption": not change and asks_for_change(place.wording.caption),
    }


def _numbers(asked: Asked, result: ExtractedOutcome, place: Place) -> dict[str, float]:
    """The kind of the numbers, whether the words speak of it, and how far the arms are apart."""
    data, words = result.data, flatten(asked.outcome)
    over = flatten(" ".join((*place.wording.own, place.wording.caption)))
    counted, measured = (p.search(words) is not None for p in (_COUNTED, _MEASURED))
    derived = {e.field for e in result.evidence if e.derivation is not None}
    apart = min(_MOST, _distance(data))
    given = [name for name, v in values(data).items() if v is not None]
    return {
        "dichotomous": data.kind == "dichotomous", "generic": data.kind == "generic",
        "as_counted": counted and data.kind == "dichotomous",
        "as_measured": measured and data.kind == "continuous",
        "not_as_worded": (data.kind == "dichotomous" and measured and not counted)
        or (data.kind == "continuous" and counted and not measured),
        "compared": _COMPARED.search(over) is not None,
        "complete": is_complete(data),
        "given": len(given) / len(values(data)),
        "derived": sum(not n.startswith(("n_", "total_")) for n in derived),
        "assumed": sum(n.startswith(("n_", "total_")) for n in derived),
        "apart_effect": apart, "far": apart > 1.5, "same": apart == 0,
    }  # fmt: skip


def _distance(data: DichotomousData | ContinuousData | GenericData) -> float:
    """How many SDs, or log risk ratios, the arms differ by: results are seldom beyond one."""
    if isinstance(data, ContinuousData):
        if data.mean_intervention is None or data.mean_comparator is None:
            return 0.5
        sds = [s for s in (data.sd_intervention, data.sd_comparator) if s]
        gap = abs(data.mean_intervention - data.mean_comparator)
        if not sds:
            most = max(abs(data.mean_intervention), abs(data.mean_comparator))
            return gap / most if most else 0.0
        return gap / max(sds)
    if isinstance(data, DichotomousData):
        a, b = data.events_intervention, data.events_comparator
        if a is None or b is None:
            return 0.5
        n, m = data.total_intervention or 1, data.total_comparator or 1
        return abs(math.log((a + 0.5) / (n + 0.5)) - math.log((b + 0.5) / (m + 0.5)))
    if data.estimate is None:
        return 0.5
    ratio = data.measure in ("OR", "RR", "HR") and data.estimate > 0
    return abs(math.log(data.estimate)) if ratio else 0.5


def _doubts(
    result: ExtractedOutcome,
    results: Sequence[ExtractedOutcome],
    document: Document,
    place: Place,
) -> dict[str, float]:
    """Where the result stands, what it was flagged with, what else was found."""
    told = " ".join(result.flags)
    alike = [r for r in results if r.data.kind == result.data.kind and r is not result]
    grid = report_tables(document).grids[place.table] if place.table is not None else None
    first = place.first
    beside = [v for v in grid.cells if first and v.cell.row == first.cell.row] if grid else []
    printed = [v for v in values(result.data).values() if v is not None]
    others = [r for r in alike if r.reported_as == result.reported_as]
    return {
        "in_table": place.table is not None,
        "table": (place.table or 0) / max(len(document.tables), 1),
        "columns": math.log1p(grid.table.shape[1] if grid else 0),
        "alike": math.log1p(len(alike)),
        "n_flags": len(result.flags),
        "cells_in_row": math.log1p(len(beside)),
        "other_numbers": math.log1p(
            sum([v for v in values(r.data).values() if v is not None] != printed for r in others)
        ),
        "mean_alone": result.data.kind == "continuous" and result.data.sd_intervention is None,
        "events_alone": result.data.kind == "dichotomous"
        and result.data.total_intervention is None,
        **{f"flag_{name}": words in told for name, words in _FLAGS.items()},
    }


def _letters(a: str, b: str) -> float:
    """The share of the first text's triples of letters that the second has."""
    one, two = (
        {t[i : i + 3] for i in range(len(t) - 2)}
        for t in (re.sub(r"\W+", " ", flatten(x).lower()) for x in (a, b))
    )
    return len(one & two) / len(one) if one else 0.0


SURENESS_FEATURES: tuple[str, ...] = (
    "coverage", "own", "precision", "f", "label_coverage", "label_precision", "row_f",
    "contradicts", "row_contradicts", "lead", "best_other", "rivals", "rows", "lacking",
    "same_words", "n_wanted", "n_said", "letters", "heading", "no_label",
    "cos_label", "cos_rows", "cos_all",
    "name_intervention", "name_comparator", "name_crossed", "name_contrast",
    "head_intervention", "head_comparator", "head_crossed", "head_contrast",
    "same_row", "apart", "in_order",
    "time_agrees", "time_differs", "time_lacking", "time_unasked", "times",
    "baseline", "baseline_caption", "later", "part", "part_caption",
    "change_asked", "change_lacking", "change_unasked", "change_caption",
    "dichotomous", "generic", "as_counted", "as_measured", "not_as_worded", "compared",
    "complete", "given", "derived", "assumed", "apart_effect", "far", "same",
    "in_table", "table", "columns", "alike", "n_flags",
    "cells_in_row", "other_numbers", "mean_alone", "events_alone",
    *(f"flag_{name}" for name in _FLAGS),
)  # fmt: skip
