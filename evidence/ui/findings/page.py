"""The evidence page: summary of findings, plots, GRADE's reasons, and "what if?"."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import streamlit as st
from pydantic import ValidationError

from evidence.appraisal.tools import studies_judged_with
from evidence.config import SynthesisSettings
from evidence.errors import EvidenceError
from evidence.findings import PoolingModel, SummaryOfFindingsRow
from evidence.findings_text import short_name
from evidence.project import Project
from evidence.state import ReviewState
from evidence.summary import study_evidence
from evidence.supposed_risk import RISKS
from evidence.synthesis.overruling import MOST_LEVELS, overruled
from evidence.ui.cards import plain, style
from evidence.ui.findings.cards import change_html, domains_html, findings_html, findings_style
from evidence.ui.findings.plots import plots
from evidence.ui.opened import findings, open_project, review_state
from evidence.ui.signing import notify, reviewer_name, show_notice, sidebar, write
from evidence.what_if import Change, WhatIf, what_if

_OUTCOME = "findings_outcome"
_PREFIX = "what_if"
_AS_JUDGED, _AS_SET = "as judged", "as set"
_AS_SUPPOSED = "As supposed"
_STUDY_WIDTH, _RISK_WIDTH = 140, 150


def page(folder: Path) -> None:
    """Draw the page of the project in a folder; a bad folder gives one line."""
    st.html(style())
    st.html(findings_style())
    try:
        project = open_project(folder)
        state = review_state(project)
        sidebar(project)
        rows = [_as_pooled(row) for row in findings(project)]
        st.title("Evidence", anchor=False)
        show_notice()
        if not rows or not any(row.studies for row in rows):
            st.info(
                "No result has been extracted yet. When studies are included, choose "
                "“Run the engine” on the page Overview: it reads their results and pools them."
            )
            return
        st.html(findings_html(rows, project.manifest.question.pico.intervention))
        supposed = _suppose(project, state, rows)
        _outcome(project, rows, supposed)
    except EvidenceError as error:
        st.error(plain(str(error)))


def _as_pooled(row: SummaryOfFindingsRow) -> SummaryOfFindingsRow:
    """The row without a rating that a person gave before, where nothing is pooled any more."""
    return row if row.effect else row.model_copy(update={"certainty": None, "domains": ()})


def _suppose(
    project: Project, state: ReviewState, rows: list[SummaryOfFindingsRow]
) -> WhatIf | None:
    """What a person supposes, and what would follow; None while nothing is supposed."""
    settings = project.manifest.settings.synthesis
    panel = st.expander(
        "What if? Leave a study out, suppose a risk of bias, or pool in another way",
        key="what-if-panel",
    )
    controls, told = panel.columns([5, 8], gap="large")
    with controls:
        excluded, judged = _studies(rows, studies_judged_with(state, "robins-i"))
        other = _pooling(settings)
        change = Change(excluded=frozenset(excluded), risk_of_bias=tuple(judged), settings=other)
        st.button("Reset", key="what-if-reset", on_click=_forget, disabled=change == Change())
    with told, st.container(key="what-if-told"):
        if change == Change():
            st.caption("Nothing is supposed yet. Nothing is written: it shows what would follow.")
            return None
        try:
            found = what_if(project.manifest.question, study_evidence(state), settings, change)
        except EvidenceError as error:
            st.warning(plain(str(error)))
            return None
        st.html(change_html(found))
        if any(_by_person(state, row) for row in rows if row.effect):
            st.caption("On both sides certainty is rated by the rules, without people's overrules.")
        return found


def _by_person(state: ReviewState, row: SummaryOfFindingsRow) -> bool:
    rated = state.certainty.get(row.outcome)
    return rated is not None and rated.provenance.by_person


def _studies(
    rows: list[SummaryOfFindingsRow], not_randomised: list[str]
) -> tuple[list[str], list[tuple[str, str | None, str]]]:
    """The studies that are left out, and the risks of bias that are supposed."""
    named = {study.record_id: study.study for row in rows for study in row.studies}
    excluded: list[str] = []
    judged: list[tuple[str, str | None, str]] = []
    with st.container(horizontal=True):
        st.markdown("Studies", width=_STUDY_WIDTH)
        st.markdown("Risk of bias", width=_RISK_WIDTH)
    for record_id, name in named.items():
        with st.container(horizontal=True, vertical_alignment="center"):
            kept = st.checkbox(
                plain(name), value=True, key=f"{_PREFIX}-in-{record_id}", width=_STUDY_WIDTH
            )
            level = st.selectbox(
                f"Risk of bias of {plain(name)}",
                [_AS_JUDGED, *RISKS["robins-i" if record_id in not_randomised else "rob-2"]],
                key=f"{_PREFIX}-bias-{record_id}",
                format_func=lambda told: told.replace("_", " "),
                label_visibility="collapsed",
                disabled=not kept,
                width=_RISK_WIDTH,
            )
        if not kept:
            excluded.append(record_id)
        elif level != _AS_JUDGED:
            judged.append((record_id, None, level))
    return excluded, judged


def _pooling(settings: SynthesisSettings) -> SynthesisSettings | None:
    """Another way of pooling; None where it is the project's."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        model = st.selectbox(
            "Model",
            [_AS_SET, *get_args(PoolingModel)],
            key=f"{_PREFIX}-model",
            width=130,
            help=f"The project's model is {settings.model}.",
        )
        interval = st.selectbox(
            "Hartung-Knapp interval",
            [_AS_SET, "yes", "no"],
            key=f"{_PREFIX}-hksj",
            width=180,
            help=f"The project's setting: {'yes' if settings.hartung_knapp else 'no'}.",
        )
    wanted: dict[str, Any] = settings.model_dump()
    if model != _AS_SET:
        wanted["model"] = model
    if interval != _AS_SET:
        wanted["hartung_knapp"] = interval == "yes"
    try:
        other = SynthesisSettings.model_validate(wanted)
    except ValidationError as error:
        st.warning(plain(str(error.errors()[0]["msg"])))
        return None
    return other if other != settings else None


def _forget() -> None:
    for key in [str(k) for k in st.session_state if str(k).startswith(f"{_PREFIX}-")]:
        del st.session_state[key]


def _outcome(
    project: Project,
    rows: list[SummaryOfFindingsRow],
    supposed: WhatIf | None,
) -> None:
    """One outcome, as it is or as supposed: its plots and its certainty."""
    names = {row.row_id: row.outcome for row in rows if row.studies}
    chosen = st.selectbox(
        "Outcome", list(names), format_func=lambda row_id: short_name(names[row_id]), key=_OUTCOME
    )
    row = next(row for row in rows if row.row_id == chosen)
    after = None
    if supposed is not None:
        found = next(o for o in supposed.outcomes if o.before.row_id == row.row_id)
        after = found.after if found.changed else None
    with st.container():  # always there, so that the tabs below keep what is open
        which = _AS_SUPPOSED if after is not None and _wants_supposed() else None
    if after is not None and which == _AS_SUPPOSED:
        plots(after)
        _certainty(after, " as supposed")
        return
    plots(row)
    _certainty(row, "")
    if row.domains:
        _overrule(project, row)


def _wants_supposed() -> bool:
    which = st.segmented_control(
        "What is shown",
        [_AS_SUPPOSED, "As judged"],
        default=_AS_SUPPOSED,
        required=True,
        label_visibility="collapsed",
    )
    return which == _AS_SUPPOSED


def _certainty(row: SummaryOfFindingsRow, which: str) -> None:
    """The domains, and of what: what is supposed is labelled so."""
    if not row.domains:
        return
    st.subheader(f"Certainty of the evidence{which}", anchor=False)
    if which:
        st.caption("By the rules. What was judged is under “As judged”.")
    st.html(domains_html(row))


def _overrule(project: Project, row: SummaryOfFindingsRow) -> None:
    with st.popover("Overrule …"), st.form(f"overrule-{row.row_id}", border=False):
        st.caption("How many levels does each domain take off?")
        for domain in row.domains:
            st.number_input(
                domain.domain.replace("_", " ").capitalize(),
                min_value=0,
                max_value=MOST_LEVELS,
                value=domain.levels_down,
                step=1,
                key=f"levels-{row.row_id}-{domain.domain}",
            )
        st.text_area("Why", key=f"why-{row.row_id}", max_chars=1000)
        st.form_submit_button(
            "Write this rating",
            key=f"overrule-button-{row.row_id}",
            on_click=_write_rating,
            args=(project, row),
        )


def _write_rating(project: Project, row: SummaryOfFindingsRow) -> None:
    name = reviewer_name()
    if not name:
        return
    levels: dict[str, int] = {
        domain.domain: int(st.session_state[f"levels-{row.row_id}-{domain.domain}"])
        for domain in row.domains
    }
    try:
        rating = overruled(
            row,
            levels,
            by=name,
            reason=st.session_state[f"why-{row.row_id}"],
            start=row.certainty_start,
        )
    except EvidenceError as error:
        notify("warning", plain(str(error)))
        return
    write(project, rating, done=f"Rated: {plain(row.outcome)}")
