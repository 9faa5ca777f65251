"""The form of a clinical question: PICO, eligibility criteria and search, each edited by a person.

What was typed stays when a page is left or an error shows; what a click replaces can be had back.
"""

from __future__ import annotations

from typing import Literal

import streamlit as st

from evidence.demo import demo_question
from evidence.errors import EvidenceError
from evidence.new_review import (
    CriterionRow,
    DroppedFile,
    QuestionForm,
    form_of,
    proposed,
    question_of,
    read_question,
)
from evidence.question import ClinicalQuestion, dump_question, load_question
from evidence.strategy.types import Strategy
from evidence.ui.cards import plain

_TEXT = "new-text"
_PICO = ("population", "intervention", "comparator", "outcomes")
_ROWS = "new-rows"  # (number, criterion_id) of each row, in their order
_LAST_ROW = "new-last-row"
_STRATEGY, _BY_STRATEGY = "new-strategy", "new-by-strategy"
FILTER_FILES = "new-filter-files"
_OVER = "new-over"  # the file that was dropped: its comments are kept
_BEFORE = "new-before"
_TOLD = "new-told"  # what the last click did: kind and lines
_TOML = "new-toml"
KINDS: tuple[Literal["inclusion", "exclusion"], ...] = ("inclusion", "exclusion")


def draw_question(own_files: bool = False) -> ClinicalQuestion | None:
    """Draw the form.

    Args:
        own_files: Whether the records come from a person's files: no search chose them, so that a
            strategy leaves some out only when it is asked to.

    Returns:
        The question as it stands; None while its text is empty.

    Raises:
        SettingsError: What stands there is no question.
    """
    st.subheader("Question", anchor=False)
    st.text_area(
        "The clinical question in words",
        key=_TEXT,
        persist_state="session",
        placeholder="In adults with …, does … compared with … reduce …?",
        height="content",
    )
    _draw_proposals()
    _draw_told()
    _draw_pico()
    st.subheader("Eligibility criteria", anchor=False)
    st.caption("A record has to meet every criterion for inclusion, and none for exclusion.")
    _draw_criteria()
    st.subheader("Search", anchor=False)
    _draw_search(own_files)
    if not st.session_state.get(_TEXT, "").strip():
        return None
    question = question_of(form_in_session(own_files))
    st.download_button(
        "Download question.toml",
        data=dump_question(question, st.session_state.get(_OVER, "")),
        file_name="question.toml",
        mime="application/toml",
        on_click="ignore",
    )
    return question


def form_in_session(own_files: bool = False) -> QuestionForm:
    """What stands in the form now; for the argument see `draw_question`."""
    kept = st.session_state
    rows = tuple(
        CriterionRow(kept[f"new-kind-{number}"], kept[f"new-criterion-{number}"], criterion_id)
        for number, criterion_id in kept.get(_ROWS, ())
        if f"new-kind-{number}" in kept
    )
    strategy: Strategy | None = kept.get(_STRATEGY)
    return QuestionForm(
        text=kept.get(_TEXT, ""),
        **{name: kept.get(f"new-{name}", "") for name in _PICO},
        criteria=rows,
        strategy=strategy if own_files or kept.get(_BY_STRATEGY, True) else None,
    )


def _fill(form: QuestionForm, over: str = "") -> None:
    """Put a question into the form; what stood there can be had back."""
    kept = st.session_state
    kept[_BEFORE] = (form_in_session(), kept.get(_STRATEGY), kept.get(_OVER, ""))
    kept[_TEXT] = form.text
    for name in _PICO:
        kept[f"new-{name}"] = getattr(form, name)
    kept[_ROWS] = ()
    for row in form.criteria:
        _add_row(row)
    kept[_STRATEGY], kept[_BY_STRATEGY] = form.strategy, form.strategy is not None
    kept[_OVER] = over


def _add_row(row: CriterionRow) -> None:
    kept = st.session_state
    number = kept.get(_LAST_ROW, 0) + 1
    kept[_LAST_ROW] = number
    kept[f"new-kind-{number}"], kept[f"new-criterion-{number}"] = row.kind, row.text
    kept[_ROWS] = (*kept.get(_ROWS, ()), (number, row.criterion_id))


def _remove_row(number: int) -> None:
    st.session_state[_ROWS] = tuple(row for row in st.session_state[_ROWS] if row[0] != number)


def _draw_proposals() -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Propose PICO and criteria",
            type="primary",
            key="new-propose",
            on_click=_propose,
            help="Read from the question by rules, offline. Everything can be edited.",
        )
        st.button("Take the demo’s question", key="new-demo", on_click=_take_demo)
        if _BEFORE in st.session_state:
            st.button("Back to what stood here", key="new-back", on_click=_back)
    with st.expander("Or drop a question.toml"):
        st.file_uploader(
            "question.toml", type=["toml"], key=_TOML, on_change=_take_file, max_upload_size=1
        )


def _propose() -> None:
    try:
        with st.spinner("Reading the question …"):
            form, notices = proposed(st.session_state.get(_TEXT, ""))
    except EvidenceError as error:
        st.session_state[_TOLD] = ("error", (str(error),))
        return
    _fill(form)
    read = [name for name in _PICO if getattr(form, name)]
    told = f"Read from the question: {', '.join(read)}." if read else "No rule reads this question."
    st.session_state[_TOLD] = ("info", (f"{told} Check each field.", *notices))


def _take_demo() -> None:
    path = demo_question()
    _fill(form_of(load_question(path)), path.read_text(encoding="utf-8"))
    st.session_state[_TOLD] = ("info", ("This is the demo’s question; change what you like.",))


def _take_file() -> None:
    file = st.session_state.get(_TOML)
    if file is None:
        return
    dropped = DroppedFile(file.name, file.getvalue())
    try:
        form = form_of(read_question(dropped))
    except EvidenceError as error:
        st.session_state[_TOLD] = ("error", (str(error),))
        return
    _fill(form, dropped.body.decode("utf-8"))
    st.session_state[_TOLD] = ("info", (f"Taken from {file.name}.",))


def _back() -> None:
    form, strategy, over = st.session_state[_BEFORE]
    _fill(form, over)
    st.session_state[_STRATEGY] = strategy
    st.session_state.pop(_TOLD, None)


def _draw_told() -> None:
    kind, lines = st.session_state.get(_TOLD, ("", ()))
    for line in lines:
        (st.error if kind == "error" else st.info)(plain(line))


def _draw_pico() -> None:
    left, right = st.columns(2)
    for column, name in zip((left, right, left, right), _PICO, strict=True):
        with column:
            st.text_area(
                name.capitalize() + (", one a line; the critical one first" * (name == "outcomes")),
                key=f"new-{name}",
                persist_state="session",
                height="content",
            )
    st.caption("Put synonyms in brackets behind a term: weakness (asthenia).")


def _draw_criteria() -> None:
    for number, _ in st.session_state.get(_ROWS, ()):
        with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
            st.selectbox(
                "Kind",
                KINDS,
                key=f"new-kind-{number}",
                persist_state="session",
                format_func=str.capitalize,
                label_visibility="collapsed",
                width=132,
            )
            st.text_area(
                "Criterion",
                key=f"new-criterion-{number}",
                persist_state="session",
                height="content",
                label_visibility="collapsed",
            )
            st.button(
                "Remove",
                key=f"new-remove-{number}",
                on_click=_remove_row,
                args=(number,),
                width=96,
            )
    if not st.session_state.get(_ROWS, ()):
        st.caption("Without criteria every record stays unclear, and a person decides on each.")
    with st.container(horizontal=True):
        for kind_name in KINDS:
            st.button(
                f"Add an {kind_name} criterion",
                key=f"new-add-{kind_name}",
                on_click=_add_row,
                args=(CriterionRow(kind_name, ""),),
            )


def _draw_search(own_files: bool) -> None:
    strategy: Strategy | None = st.session_state.get(_STRATEGY)
    if strategy is None and own_files:
        st.caption("All records of your files are screened.")
        return
    if strategy is None:
        st.caption("The records nearest to the question are screened, by words and by meaning.")
        return
    from evidence.strategy.lines import strategy_lines

    if own_files:
        st.toggle(
            "Leave out records of my files that this strategy does not find",
            key=FILTER_FILES,
            persist_state="session",
        )
    elif not st.toggle(
        "Screen all that this strategy finds", key=_BY_STRATEGY, persist_state="session"
    ):
        st.caption("The records nearest to the question are screened, by words and by meaning.")
    with st.expander("The strategy, line by line"):
        for line in strategy_lines(strategy):
            st.markdown(f"**{line.number}.** {plain(line.text)}")
        st.caption("Its lines can be edited in question.toml, and later on the search page.")
