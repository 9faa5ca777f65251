"""The studies of an evidence profile: their printed counts, effects and risks of bias."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from eval.tasks.certainty_texts import (
    PrintedEffect,
    first_count,
    measure_named,
    printed_counts,
    printed_effects,
    printed_risk,
)
from evidence.findings import Measure
from evidence.judgements import MACHINE, Provenance, RiskOfBiasJudgement

_PER = 1000  # the denominator of risks
_ROB_DOMAINS = (
    ("random|allocation|selection bias", "randomisation"),
    ("participants|personnel|performance|deviation", "deviations"),
    ("incomplete|attrition|missing", "missing_outcome_data"),
    ("selective|reporting", "selective_reporting"),
    ("assess|detection|measurement", "measurement"),
)
_ROB_LEVELS = {
    **{"low": "low", "some": "some_concerns", "moderate": "some_concerns", "unclear": "unclear"},
    **{"high": "high", "serious": "high", "critical": "high"},
}


class ProfileStudy(NamedTuple):
    """A study of a profile with its numbers as printed.

    `events_*` and `total_*` are None where no `n/N` is printed for both arms; `effects` hold one
    effect for each arm that is compared with the comparator.
    """

    study_id: str
    measure: Measure | None
    counts: tuple[int, int, int, int] | None
    effects: tuple[PrintedEffect, ...]
    comparator_risk: float | None
    n_participants: int | None
    risk_of_bias: tuple[RiskOfBiasJudgement, ...] = ()


def cells_of(assessment: Mapping[str, Any]) -> dict[tuple[str, str], tuple[str, str]]:
    """Column and text by study and kind (`comparator`, `intervention`, `effect`).

    The study is empty where a cell stands for all studies.
    """
    cells: dict[tuple[str, str], tuple[str, str]] = {}
    for field in ("risk", "effect"):
        columns = assessment.get(field)
        if not isinstance(columns, dict):
            columns = {field: columns}
        for place, (column, value) in enumerate(columns.items()):
            kind = field if field == "effect" else _arm(str(column), place)
            by_study = value if isinstance(value, dict) else {"": value}
            for study, text in by_study.items():
                if text not in (None, ""):
                    cells.setdefault((str(study), kind), (str(column), str(text)))
    return cells


def _arm(column: str, place: int) -> str:
    """The arm of a column of risks; the comparator stands first where nothing names it."""
    for arm, pattern in (
        ("comparator", r"comparator|control"),
        ("intervention", r"intervention|treatment with"),
        ("comparator", r"placebo|no treatment|usual care"),
    ):
        if re.search(pattern, column, re.IGNORECASE):
            return arm
    return "intervention" if place else "comparator"


def study_of(
    name: str, cells: Mapping[tuple[str, str], tuple[str, str]], paper: Mapping[str, Any]
) -> ProfileStudy:
    """A study by what its cells print (`cells_of`), the rest from the release's paper."""
    texts = {
        kind: cells.get((name, kind), ("", "")) for kind in ("intervention", "comparator", "effect")
    }
    column, effect = texts["effect"]
    first, second = (printed_counts(texts[arm][1]) for arm in ("intervention", "comparator"))
    characteristics = paper.get("characteristics")
    known = characteristics if isinstance(characteristics, dict) else {}
    n_reported = _n_participants(known)
    counts = (*first, *second) if first and second else None
    if counts and counts[1] == counts[3] == _PER and n_reported != 2 * _PER:
        counts = None  # risks per 1000, not events
    n = counts[1] + counts[3] if counts else n_reported
    effects = printed_effects(effect)
    if not name and any(printed.ci_low is not None for printed in effects):
        counts = None  # of all studies together: their pooled effect says more
    risks = [printed_risk(texts[arm][1]) for arm in ("intervention", "comparator")]
    measure = measure_named(effect) or measure_named(column)
    if measure is None:
        measure = "RR" if counts or None not in risks else "MD"
    if measure in ("MD", "SMD") and None not in risks and measure_named(effect) is None:
        measure = "RR"  # counts of events have no mean, whatever the column is called
    return ProfileStudy(
        study_id=name,
        measure=measure,
        counts=counts,
        effects=effects,
        comparator_risk=risks[1],
        n_participants=n,
        risk_of_bias=_risk_of_bias(name, {**known, **paper}),
    )


def _n_participants(characteristics: Mapping[str, Any]) -> int | None:
    for pattern in (r"randomi[sz]ed", r"total|sample size|number of|participants", r"^n$"):
        for name, value in characteristics.items():
            if re.search(pattern, str(name), re.IGNORECASE):
                count = first_count(str(value))
                if count:
                    return count
    return None


def _risk_of_bias(study: str, fields: Mapping[str, Any]) -> tuple[RiskOfBiasJudgement, ...]:
    """Judgements on the study that stand among its characteristics as data."""
    provenance = Provenance(actor=MACHINE, engine="release")
    judgements = []
    for name, value in fields.items():
        level = _ROB_LEVELS.get(str(value).casefold().split()[0]) if str(value).split() else None
        risk = re.search(r"bias|blinding|allocation|sequence|attrition", str(name), re.IGNORECASE)
        if level is None or risk is None:
            continue
        domain = next((d for p, d in _ROB_DOMAINS if re.search(p, name, re.IGNORECASE)), None)
        judgements.append(
            RiskOfBiasJudgement.model_validate(
                {
                    "record_id": study,
                    "domain": domain or "randomisation",
                    "judgement": level,
                    "provenance": provenance,
                }
            )
        )
    return tuple(judgements)
