"""What `evidence pool` computes besides the pooled effect, as JSON."""

from __future__ import annotations

from typing import Any

from evidence.errors import EvidenceError
from evidence.synthesis.asymmetry import asymmetry_report
from evidence.synthesis.effect_sizes import Tables
from evidence.synthesis.outcome_table import OutcomeTable
from evidence.synthesis.pool_plots import filled_studies, repooled_by, subgroups_by
from evidence.synthesis.pooling import stable
from evidence.synthesis.sensitivity import Repooled
from evidence.synthesis.study_effects import RATIO_MEASURES

_FIELDS = ("estimate", "ci_low", "ci_high", "tau2", "i2", "k_studies")


def analyses_json(
    table: OutcomeTable,
    *,
    leave_one_out: bool = False,
    cumulative: bool = False,
    asymmetry: bool = False,
    order: str | None = None,
    subgroup: str | None = None,
) -> dict[str, Any]:
    """The analyses that were asked for, by name.

    Raises:
        EvidenceError: There are too few studies for one of them, or a column is missing.
    """
    found: dict[str, Any] = {}
    if leave_one_out:
        found["leave_one_out"] = [
            _repooled(item, "left_out") for item in repooled_by(table, "leave-one-out", None)
        ]
    if cumulative:
        found["cumulative"] = [
            _repooled(item, "added") for item in repooled_by(table, "cumulative", order)
        ]
    if subgroup:
        found["subgroups"] = _subgroups(table, subgroup)
    if asymmetry:
        found["asymmetry"] = _asymmetry(table)
    return found


def _repooled(item: Repooled, role: str) -> dict[str, Any]:
    if item.effect is None:
        return {role: item.study, "note": item.note}
    return {role: item.study} | item.effect.model_dump(include=set(_FIELDS))


def _subgroups(table: OutcomeTable, column: str) -> dict[str, Any]:
    found = subgroups_by(table, column)
    groups = [
        {"name": group.name, "note": group.note}
        if group.effect is None
        else {"name": group.name} | group.effect.model_dump(include=set(_FIELDS))
        for group in found.groups
    ]
    test = {"q_between": _figure(found.q_between), "df": found.degrees, "p": _figure(found.p)}
    return {"column": column, "groups": groups, **test}


def _asymmetry(table: OutcomeTable) -> dict[str, Any]:
    _, effects = table.part()
    inverse = table.model if table.model in ("fixed", "dl", "pm", "reml") else "fixed"
    tables = None
    if table.tables is not None and table.measure in RATIO_MEASURES:
        tables = Tables(*(cells[list(table.usable)] for cells in table.tables))
    report = asymmetry_report(effects, tables, inverse)
    notes = [report.reason] if report.reason else []
    found: dict[str, Any] = {}
    if report.egger is not None:
        found["egger"] = {"t": _figure(report.egger.statistic), "p": _figure(report.egger.p)}
    if report.egger_mixed is not None:
        mixed = report.egger_mixed
        found["egger_mixed"] = {"z": _figure(mixed.z), "p": _figure(mixed.p)}
    if report.peters is not None:
        found["peters"] = {"t": _figure(report.peters.statistic), "p": _figure(report.peters.p)}
    if len(effects.yi) >= 3:
        try:
            filled = filled_studies(table)
        except EvidenceError as error:
            notes.append(str(error))
        else:
            found["trim_and_fill"] = {
                "k0": filled.k0,
                "side": filled.side,
                **filled.effect.model_dump(include=set(_FIELDS)),
            }
    return ({"note": "; ".join(notes)} if notes else {}) | found


def _figure(value: float | None) -> float | None:
    return None if value is None else stable(value)
