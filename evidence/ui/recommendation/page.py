"""The recommendation page: the draft with its support, editing, versions, signing and exports."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from evidence.decision.versions import Version, versions
from evidence.errors import EvidenceError
from evidence.findings import Recommendation
from evidence.judgements import RecommendationEdit
from evidence.ui.cards import plain, style
from evidence.ui.opened import open_project
from evidence.ui.reading import reading_html
from evidence.ui.recommendation.acts import export, redraft, restore, sign_button
from evidence.ui.recommendation.cards import (
    checks_html,
    headline_html,
    moved_html,
    recommendation_style,
    sentences_html,
)
from evidence.ui.recommendation.decision import decision_tab
from evidence.ui.recommendation.editor import editor, start, worksheet
from evidence.ui.recommendation.history import history_html
from evidence.ui.recommendation.shown import Opened, checks_of, opened
from evidence.ui.recommendation.since import written_since
from evidence.ui.recommendation.support import support_panel
from evidence.ui.signing import known_name, show_notice, sidebar
from evidence.ui.studies.cards import studies_style

_COMPARED = "recommendation_compared"


def page(folder: Path) -> None:
    """Draw the page of the project in a folder; a bad folder gives one line."""
    st.html(style())
    st.html(studies_style())
    st.html(recommendation_style())
    try:
        project = open_project(folder)
        sidebar(project)
        st.title("Recommendation", anchor=False)
        show_notice()
        now = opened(project)
        if now.last is None:
            st.info(
                "No recommendation has been drafted yet. When studies are included and their "
                "results confirmed, choose “Run the engine” on the page Overview."
            )
            return
        _draw(now, now.last)
    except EvidenceError as error:
        st.error(plain(str(error)))


def _draw(now: Opened, last: RecommendationEdit) -> None:
    history = versions(now.state)
    question = now.project.manifest.question
    st.html(headline_html(history[-1], now.state.signed_off_by, question))
    if now.inputs_problem:
        st.caption(f"Whether the evidence moved cannot be told: {plain(now.inputs_problem)}")
    if now.moved:
        _moved(now, last)
    draft, decision, older, files = st.tabs(
        ["Recommendation", "From evidence to decision", f"Versions ({len(history)})", "Export"]
    )
    with draft:
        _draft(now, last)
    with decision:
        decision_tab(now, last)
    with older:
        _versions(now, history)
    with files:
        export(now.project, signed=bool(now.state.signed_off_by))


def _moved(now: Opened, last: RecommendationEdit) -> None:
    """What moved, and what can be done about it."""
    st.html(moved_html(now.stale, written_since(now.project, now.state, last, known_name())))
    st.caption(
        "“Draft it again by rules” writes every sentence anew. “Edit it with the new numbers” "
        "keeps the sentences, puts the new numbers in, and you save."
        if now.project.manifest.settings.engine.kind == "offline"
        else "“Edit it with the new numbers” keeps the sentences, puts the new numbers in, and "
        "you save. A run of the engine, from the Overview, has the model draft it again."
    )
    with st.container(horizontal=True):
        if now.project.manifest.settings.engine.kind == "offline" and now.inputs is not None:
            st.button(
                "Draft it again by rules",
                key="recommendation-redraft",
                help="A new version by the offline engine; those by people stay in the history.",
                on_click=redraft,
                args=(now,),
            )
        st.button(
            "Edit it with the new numbers",
            key="recommendation-renew",
            on_click=start,
            args=(now, last),
            kwargs={"new_values": True},
            disabled=worksheet(now) is not None,  # what is typed there is not overwritten
        )


def _draft(now: Opened, last: RecommendationEdit) -> None:
    told, text = st.columns([7, 5], gap="large")
    sheet = worksheet(now)
    elsewhere = sheet is not None and sheet.part is not None
    if elsewhere:
        sheet = None
    with told:
        if sheet is not None:
            editor(now, sheet)
        else:
            st.html(sentences_html(last.recommendation, now.shown))
            with st.container(horizontal=True):
                st.button(
                    "Edit",
                    key="recommendation-edit",
                    on_click=start,
                    args=(now, last),
                    disabled=elsewhere,  # what is typed there is not overwritten
                    help="Save or discard what is being edited under From evidence to decision."
                    if elsewhere
                    else None,
                )
                sign_button(now, last)
                _compare_button(last)
            _checks(last)
            st.caption("Decision support: a person decides. Every version stays in the log.")
    with text, st.container(key="recommendation-reading"):
        if sheet is not None:
            support_panel(now, sheet)
        else:
            _reading(now, last.recommendation)


def _compare_button(last: RecommendationEdit) -> None:
    """Templates say what they cite; what a person or a model worded can be compared."""
    if last.provenance.engine != "offline" and not _is_compared(last):
        st.button(
            "Compare the sentences with what they cite",
            key="recommendation-compare",
            help="Advice on direction, people, arms, outcome and time; the first time takes "
            "some seconds.",
            on_click=_compare,
            args=(last.content_digest,),
        )


def _checks(last: RecommendationEdit) -> None:
    """Advice on the sentences, once it was asked for: its first time takes seconds."""
    if not _is_compared(last):
        return
    try:
        found = checks_html(checks_of(last.content_digest, last))
    except EvidenceError as error:
        st.caption(f"The sentences were not compared with their quotes: {plain(str(error))}")
        return
    if found:
        st.html(found)


def _is_compared(last: RecommendationEdit) -> bool:
    return bool(st.session_state.get(_COMPARED) == last.content_digest)


def _compare(digest: str) -> None:
    st.session_state[_COMPARED] = digest


def _reading(now: Opened, draft: Recommendation) -> None:
    """A quote of the recommendation at its place in the full text."""
    quotes = {quote: None for sentence in draft.sentences for quote in sentence.quotes}
    st.markdown("**In the report**")
    if not quotes:
        st.caption("The sentences rest on computed values alone; see the page Evidence.")
        return
    listed = list(quotes)
    place = st.selectbox(
        "Quote",
        range(len(listed)),
        format_func=lambda i: (
            f"{now.shown.place(listed[i])}: {' '.join(listed[i].text.split())[:80]}"
        ),
        key=f"recommendation_quote_{len(listed)}",
    )
    quote = listed[place]
    st.html(reading_html(now.project.document(quote.document_digest), [quote], wider=False))


def _versions(now: Opened, history: tuple[Version, ...]) -> None:
    if len(history) > 1:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            number = st.selectbox(
                "Restore version",
                [version.number for version in reversed(history[:-1])],
                key=f"recommendation-restore-{len(history)}",
                width=160,
            )
            st.button(
                "Restore as the next version",
                key="recommendation-restore-button",
                on_click=restore,
                args=(now, history[number - 1]),
            )
    st.html(history_html(history))
