"""A study's results as a grid to type and paste into; what is typed is written as one act.

Streamlit forgets a grid that is not drawn, so that what is typed is kept in the session beside it
(`TYPED`), and each time that the grid appears anew it begins with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import streamlit as st

from evidence.extraction.result_grid import (
    MEASURE,
    TIME,
    UNIT,
    Cell,
    GridRow,
    cells_of,
    columns_of,
    grid_rows,
    typed_over,
)
from evidence.extraction.written_data import DataKind
from evidence.findings import Measure
from evidence.findings_text import short_name
from evidence.ui.cards import plain
from evidence.ui.studies.acts import kind_key
from evidence.ui.studies.results import ResultRow, StudyResults

TYPED, _MOUNTED, _MORE = "studies-typed", "studies-mounted", "studies-more"
KIND_WORDS: dict[DataKind, str] = {
    "dichotomous": "Events and totals",
    "continuous": "Means",
    "generic": "Effects with interval",
}
_COLUMN_WORDS = {
    "events": "Events",
    "total": "Total",
    "mean": "Mean",
    "sd": "SD",
    "n": "n",
    TIME: "Time",
    UNIT: "Unit",
    MEASURE: "Measure",
    "estimate": "Estimate",
    "ci_low": "Interval from",
    "ci_high": "Interval to",
}
_COUNTS = ("events", "total", "n")


@dataclass(frozen=True)
class Mounted:
    """A grid as it was first drawn: its rows, what was typed before, and the results that stood."""

    key: str
    rows: tuple[GridRow, ...]
    typed: Mapping[str, Mapping[str, Cell]]
    seen: frozenset[str]


def typed_of(record_id: str) -> dict[str, dict[str, Cell]]:
    """What a person typed into the grids of a study and did not write yet, up to this click."""
    kept: dict[str, dict[str, Cell]] = st.session_state.get(f"{TYPED}-{record_id}", {})
    for kind in get_args(DataKind):
        mounted = mounted_grid(record_id, kind)
        if mounted is not None and mounted.key in st.session_state:
            kept = _with_edits(mounted, kept)
    st.session_state[f"{TYPED}-{record_id}"] = kept
    return kept


def _with_edits(
    mounted: Mounted, kept: Mapping[str, Mapping[str, Cell]]
) -> dict[str, dict[str, Cell]]:
    """The rows of a grid say themselves what is typed in them; other rows are as they were."""
    keys = {row.key for row in mounted.rows}
    others = {key: cells for key, cells in kept.items() if key not in keys}
    edited = st.session_state[mounted.key].get("edited_rows", {})
    here = {key: cells for key, cells in mounted.typed.items() if key in keys}
    return typed_over(mounted.rows, {**others, **here}, edited)


def mounted_grid(record_id: str, kind: DataKind) -> Mounted | None:
    """The grid as it was first drawn; None before it is."""
    found: Mounted | None = st.session_state.get(f"{_MOUNTED}-{record_id}-{kind}")
    return found


def forget_typed(record_id: str, keys: Sequence[str] | None = None) -> None:
    """Begin the grids of a study anew, without what was typed in some rows (None: in all)."""
    redraw(record_id)  # what stands in the grids is taken over first
    kept = typed_of(record_id)
    left = {} if keys is None else {k: cells for k, cells in kept.items() if k not in keys}
    st.session_state[f"{TYPED}-{record_id}"] = left
    if keys is None:
        st.session_state.pop(f"{_MORE}-{record_id}", None)


def redraw(record_id: str) -> None:
    """Draw the grids of a study anew, with what was typed and with the results of now."""
    typed_of(record_id)
    for kind in get_args(DataKind):
        st.session_state.pop(f"{_MOUNTED}-{record_id}-{kind}", None)


def all_rows(study: StudyResults) -> list[GridRow]:
    """The rows of all grids of a study, as its results stand now."""
    more: list[tuple[DataKind, str]] = st.session_state.get(f"{_MORE}-{study.record.record_id}", [])
    standing = [(r.number, r.result) for r in study.rows if r.standing != "rejected"]
    outcomes = [outcome.outcome for outcome in study.outcomes]
    return [
        row
        for kind in get_args(DataKind)
        for row in grid_rows(standing, outcomes, kind, [o for k, o in more if k == kind])
    ]


def draw_grid(study: StudyResults, opened: ResultRow | None) -> None:
    """The grid of one kind of numbers; that of the opened result at first."""
    record_id = study.record.record_id
    typed = typed_of(record_id)
    rows = all_rows(study)
    first: DataKind = opened.result.data.kind if opened is not None else "dichotomous"
    chosen: DataKind | None = st.segmented_control(
        "Numbers of the report",
        list(KIND_WORDS),
        default=first,
        required=True,
        format_func=lambda name: _kind_words(name, rows),
        key=kind_key(record_id),
        label_visibility="collapsed",
        persist_state="session",
    )
    kind = chosen or first
    mounted = mounted_grid(record_id, kind)
    if mounted is None or mounted.key not in st.session_state:
        mounted = _mount(record_id, kind, rows, typed)
    if kind != "generic":
        st.caption(_arms_told(study, kind))
    st.data_editor(
        _frame(mounted),
        key=mounted.key,
        hide_index=True,
        width="stretch",
        disabled=["Result", "Outcome"],
        column_config=_config(kind),
        num_rows="fixed",
        placeholder="",
        alt=f"Results of {study.study}: {KIND_WORDS[kind]}",
    )
    _another_row(study, kind)


def _arms_told(study: StudyResults, kind: DataKind) -> str:
    """What the letters of the columns stand for in this study."""
    of_kind = [row.result for row in study.rows if row.result.data.kind == kind]
    told = "I: the intervention. C: the comparator."
    arms = dict.fromkeys((r.intervention, r.comparator) for r in of_kind)
    if len(arms) == 1:
        ((intervention, comparator),) = arms
        told = f"I: {plain(intervention)}. C: {plain(comparator)}."
    return told


def _kind_words(kind: DataKind, rows: Sequence[GridRow]) -> str:
    n = sum(row.kind == kind and row.result is not None for row in rows)
    return f"{KIND_WORDS[kind]} ({n})"


def _mount(
    record_id: str,
    kind: DataKind,
    rows: Sequence[GridRow],
    typed: Mapping[str, Mapping[str, Cell]],
) -> Mounted:
    count = st.session_state.get("studies_grids", 0) + 1
    st.session_state["studies_grids"] = count
    mounted = Mounted(
        key=f"studies-grid-{count}",
        rows=tuple(row for row in rows if row.kind == kind),
        typed={key: dict(cells) for key, cells in typed.items()},
        seen=frozenset(row.key for row in rows if row.result is not None),
    )
    st.session_state[f"{_MOUNTED}-{record_id}-{kind}"] = mounted
    return mounted


def _frame(mounted: Mounted) -> Any:
    import pandas as pd

    lines = []
    for row in mounted.rows:
        told: dict[str, object] = {
            "Result": "new" if row.number is None else str(row.number),
            "Outcome": short_name(row.outcome),
        }
        lines.append(told | cells_of(row) | dict(mounted.typed.get(row.key, {})))
    frame = pd.DataFrame(lines)
    kind = mounted.rows[0].kind
    for name in columns_of(kind):
        if name in (TIME, UNIT, MEASURE):
            frame[name] = frame[name].astype("string")
        else:
            # Whole numbers stay floats, so that a half typed one is told and not lost.
            frame[name] = frame[name].astype("Float64")
    return frame


def _config(kind: DataKind) -> dict[str, Any]:
    config = st.column_config
    found: dict[str, Any] = {
        "Result": config.TextColumn(width=60, pinned=True, help="Its number under Results"),
        "Outcome": config.TextColumn(width=185, pinned=True),
        TIME: config.TextColumn(_COLUMN_WORDS[TIME], width=80, max_chars=80),
        UNIT: config.TextColumn(_COLUMN_WORDS[UNIT], width=70, max_chars=40),
        MEASURE: config.SelectboxColumn(
            _COLUMN_WORDS[MEASURE], options=list(get_args(Measure)), width=90
        ),
    }
    for name in columns_of(kind):
        if name not in found:
            found[name] = _number_column(name)
    return {name: found[name] for name in ("Result", "Outcome", *columns_of(kind))}


def _number_column(name: str) -> Any:
    what, _, arm = name.partition("_")
    side = {"intervention": " (I)", "comparator": " (C)"}.get(arm, "")
    label = f"{_COLUMN_WORDS[what]}{side}" if side else _COLUMN_WORDS[name]
    least = 0 if what in (*_COUNTS, "sd") else None
    return st.column_config.NumberColumn(
        label, width=84, min_value=least, step=1 if what in _COUNTS else None
    )


def _another_row(study: StudyResults, kind: DataKind) -> None:
    outcomes = [outcome.outcome for outcome in study.outcomes]
    with st.popover("Another row …"):
        chosen = st.selectbox(
            "For which outcome?",
            outcomes,
            format_func=lambda name: short_name(name),
            key=f"studies-more-outcome-{study.record.record_id}",
        )
        st.button(
            "Add an empty row",
            key=f"studies-more-add-{study.record.record_id}",
            on_click=_add_row,
            args=(study.record.record_id, kind, chosen),
        )


def _add_row(record_id: str, kind: DataKind, outcome: str) -> None:
    key = f"{_MORE}-{record_id}"
    st.session_state[key] = [*st.session_state.get(key, []), (kind, outcome)]
    redraw(record_id)
