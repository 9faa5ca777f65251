"""What was typed into the grid of a study: the words that hold each number, and writing it all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from evidence.errors import EvidenceError
from evidence.extraction.result_grid import (
    TIME,
    Act,
    Cell,
    GridRow,
    cells_of,
    changed_numbers,
    entries_of,
    vanished,
)
from evidence.extraction.time_points import asked_days
from evidence.findings_text import short_name
from evidence.project import Project
from evidence.question import ClinicalQuestion, concept_terms
from evidence.ui.cards import plain
from evidence.ui.opened import review_state
from evidence.ui.signing import notify, reviewer_name, write
from evidence.ui.studies.cards import typed_html
from evidence.ui.studies.grid import (
    KIND_WORDS,
    all_rows,
    forget_typed,
    mounted_grid,
    redraw,
    typed_of,
)
from evidence.ui.studies.places import TypedKeys, pick, sources_of
from evidence.ui.studies.results import StudyResults, field_words, reviewed_studies
from indexers.records import Document, Quote


def typed_part(project: Project, study: StudyResults) -> list[Quote]:
    """Draw what was typed; the places to show in the report."""
    record_id = study.record.record_id
    rows, typed, keys = all_rows(study), typed_of(record_id), TypedKeys(record_id)
    document = project.document(review_state(project).text_digest(record_id))
    _lost(record_id, vanished(rows, typed))
    here = [row for row in rows if typed.get(row.key)]
    if not here:
        st.caption(
            "Type or paste into the cells. For each number that you change the page shows where it "
            "stands in the report; you pick the place, and write all changes at once."
        )
        return []
    shown: list[Quote] = []
    for row in here:
        shown = _typed_row(row, typed[row.key], document, keys) or shown
    if any(row.result is None for row in here):
        _arms(study, project.manifest.question, keys)
    st.text_input("Why", key=keys.of("why"), max_chars=500, persist_state="session")
    n = sum(len(typed[row.key]) for row in here)
    with st.container(horizontal=True):
        st.button(
            f"Write {n} change{'s' if n > 1 else ''}",
            type="primary",
            key=keys.of("write"),
            on_click=_write,
            args=(project, record_id),
        )
        st.button(
            "Forget what was typed",
            key=keys.of("forget"),
            on_click=forget_typed,
            args=(record_id,),
        )
    return shown


def _lost(record_id: str, typed: Mapping[str, Mapping[str, Cell]]) -> None:
    """What was typed over results that somebody changed meanwhile is told, for it to be kept."""
    for key, cells in typed.items():
        told = ", ".join(f"{field_words(name)}: {cell}" for name, cell in cells.items())
        st.warning(
            "Somebody changed or entered this result while you were typing. The grid shows it as "
            f"it stands now; you had typed {plain(told)}."
        )
        st.button(
            "I have seen it",
            key=f"studies-typed-seen-{key[:16]}",
            on_click=forget_typed,
            args=(record_id, [key]),
        )


def _typed_row(
    row: GridRow, cells: Mapping[str, Cell], document: Document | None, keys: TypedKeys
) -> list[Quote]:
    """The changes of one result; the places that its last open number may stand at."""
    which = "new result" if row.number is None else f"result {row.number}"
    st.markdown(f"**{plain(short_name(row.outcome))}**, {which}")
    changes = changed_numbers([row], {row.key: cells})
    numbers = {change.field for change in changes}
    for name, cell in cells.items():
        if name not in numbers:
            st.html(typed_html(field_words(name), cells_of(row)[name], cell))
    if row.result is None and asked_days(row.outcome) is not None and not cells.get(TIME):
        st.caption("This outcome names a time: write when it was measured, or it is not pooled.")
    shown: list[Quote] = []
    for change in changes:
        st.html(typed_html(field_words(change.field), change.before, change.after))
        if change.after is not None and document is not None:
            found = pick(change, changes, document, keys)
            shown = shown or found
        elif document is None:
            st.caption("The text of the report is missing, so that nothing can be quoted from it.")
    return shown


def _arms(study: StudyResults, question: ClinicalQuestion, keys: TypedKeys) -> None:
    """Which arms a new result compares; the study's own names are offered."""
    about = study.characteristics
    told = about.arms if about is not None else ()
    rows = [row.result for row in study.rows]
    found = {
        "intervention": [a.name for a in told if a.role == "intervention"]
        + [r.intervention for r in rows]
        + list(concept_terms(question.pico.intervention)[:1]),
        "comparator": [a.name for a in told if a.role == "comparator"]
        + [r.comparator for r in rows]
        + list(concept_terms(question.pico.comparator)[:1]),
    }
    others = [a.name for a in told if a.role == "other"]
    for column, (role, names) in zip(st.columns(2), found.items(), strict=True):
        column.selectbox(
            f"{role.capitalize()} of the new results",
            list(dict.fromkeys([*names, *others])),
            format_func=lambda name: " ".join(name.split()),
            key=keys.of(role),
            accept_new_options=True,
            persist_state="session",
        )


def _write(project: Project, record_id: str) -> None:
    """Write all that was typed into a study's grids, or say why not and keep it."""
    name = reviewer_name()
    if not name:
        return
    keys, after = TypedKeys(record_id), project.head()
    state = review_state(project)
    studies = reviewed_studies(state, project.manifest.question)
    study = next((s for s in studies if s.record.record_id == record_id), None)
    if study is None:
        notify("warning", "Not written: the study is not included any more.")
        return
    typed, rows = typed_of(record_id), all_rows(study)
    if vanished(rows, typed) or _others_added(record_id, rows, typed):
        redraw(record_id)
        notify("warning", "Not written: somebody changed these results meanwhile. Look again.")
        return
    document = project.document(state.text_digest(record_id))
    act = Act(
        person=name,
        reason=st.session_state.get(keys.of("why")) or "",
        sources=sources_of(rows, typed, document, keys),
        arms=(_arm(keys, "intervention"), _arm(keys, "comparator")),
    )
    try:
        entries = entries_of(rows, typed, act, record_id, document)
    except EvidenceError as error:
        notify("warning", f"Not written: {plain(str(error))}")
        return
    if write(project, *entries, done="Written", after=after):
        forget_typed(record_id)
        st.session_state[keys.of("why")] = ""


def _arm(keys: TypedKeys, role: str) -> str:
    return st.session_state.get(keys.of(role)) or ""


def _others_added(
    record_id: str, rows: Sequence[GridRow], typed: Mapping[str, Mapping[str, Cell]]
) -> bool:
    """Whether an outcome that gets a new result has one that the person has not seen."""
    for kind in KIND_WORDS:
        mounted = mounted_grid(record_id, kind)
        if mounted is None:
            continue
        filled = {r.outcome for r in mounted.rows if r.result is None and typed.get(r.key)}
        unseen = {r.outcome for r in rows if r.result is not None and r.key not in mounted.seen}
        if filled & unseen:
            return True
    return False
