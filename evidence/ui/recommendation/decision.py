"""The Evidence-to-Decision document on its page: each part beside the button that edits it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from evidence.decision.decision_parts import ConclusionSentences, CriterionPart, DecisionPart
from evidence.decision.worksheet import Worksheet
from evidence.findings import CriterionJudgement
from evidence.judgements import RecommendationEdit
from evidence.rendering.decision_text import decision_text
from evidence.ui.cards import plain
from evidence.ui.recommendation.cards import conclusion_html, criterion_html
from evidence.ui.recommendation.editor import editor, start, worksheet
from evidence.ui.recommendation.shown import Opened
from evidence.ui.recommendation.support import support_panel


def decision_tab(now: Opened, last: RecommendationEdit) -> None:
    """Draw every criterion and conclusion; the one that is being edited is open."""
    decision, told = last.recommendation.decision, decision_text(last.recommendation)
    if decision is None or told is None:
        st.caption("This version has no Evidence-to-Decision document.")
        return
    sheet = worksheet(now)
    st.caption(
        "The criteria of GRADE’s Evidence-to-Decision framework, and what was found. Every "
        "sentence can be edited; one without support is refused."
    )
    if sheet is not None and sheet.part is None:
        st.caption("The recommendation itself is being edited: save or discard that first.")
    for criterion, judged in zip(told.criteria, decision.criteria, strict=True):
        _block(now, last, sheet, criterion_html(criterion, now.shown), _parts(judged))
    for title, conclusion in told.conclusions:
        part = ConclusionSentences(conclusion.part)
        label = "Edit" if conclusion.sentences else "Add a sentence"
        html = conclusion_html(title, conclusion, now.shown)
        _block(now, last, sheet, html, [(part, label)])


def _parts(judged: CriterionJudgement) -> list[tuple[DecisionPart, str]]:
    """What can be edited of a criterion, with the words on its buttons."""
    evidence = CriterionPart(judged.criterion, "evidence")
    why = CriterionPart(judged.criterion, "considerations")
    words = "Edit the considerations" if judged.considerations else "Add a consideration"
    return [*([(evidence, "Edit the evidence")] if judged.evidence else []), (why, words)]


def _block(
    now: Opened,
    last: RecommendationEdit,
    sheet: Worksheet | None,
    html: Markup,
    parts: Sequence[tuple[DecisionPart, str]],
) -> None:
    is_open = sheet is not None and sheet.part in [part for part, _ in parts]
    with st.container(gap="small" if is_open else None):
        st.html(html)
        if sheet is not None and is_open:
            _open(now, sheet)
        else:
            _edit_buttons(now, last, parts, disabled=sheet is not None)


def _edit_buttons(
    now: Opened,
    last: RecommendationEdit,
    parts: Sequence[tuple[DecisionPart, str]],
    *,
    disabled: bool,
) -> None:
    """Disabled while something else is edited: what is typed there is not overwritten."""
    with st.container(horizontal=True, gap="small", horizontal_alignment="right"):
        for part, words in parts:
            st.button(
                words,
                key=f"recommendation-part-{part.title}",
                type="tertiary",
                help=plain(part.title),
                on_click=start,
                args=(now, last),
                kwargs={"part": part},
                disabled=disabled,
            )


def _open(now: Opened, sheet: Worksheet) -> None:
    """The editor of one part, and beside it what its sentences can rest on."""
    with st.container(border=True):
        if sheet.part is not None:
            st.markdown(f"**{plain(sheet.part.title)}**")
        told, text = st.columns([7, 5], gap="large")
        with told:
            editor(now, sheet)
        with text, st.container(key="recommendation-support"):
            support_panel(now, sheet)
