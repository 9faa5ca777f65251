"""What a person says of a result: it is right, its numbers are others, or it is rejected.

The clicks are handled before the page is drawn again; each looks first whether the result still
stands as it was shown.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from evidence.entries import Entry
from evidence.errors import EvidenceError
from evidence.extraction.by_person import Source, confirmed, corrected, rejected, taken_back
from evidence.findings import OutcomeData, values
from evidence.findings_text import short_name
from evidence.judgements import ExtractedOutcome
from evidence.project import Project
from evidence.synthesis.selection import NOT_AT_ITS_TIME
from evidence.ui.cards import plain
from evidence.ui.opened import review_state
from evidence.ui.signing import notify, reviewer_name, write
from evidence.ui.study_results import OutcomeResults, ResultRow, field_words

OPENED = "studies_opened"
_COUNTED = ("events_", "total_", "n_")


@dataclass(frozen=True)
class _Keys:
    """The keys of the inputs about one result."""

    digest: str

    def of(self, name: str) -> str:
        return f"studies-{name}-{self.digest[:16]}"


def acts(project: Project, outcome: OutcomeResults, row: ResultRow) -> None:
    """The reason, and what a person can do with the result."""
    result = row.result
    keys = _Keys(result.content_digest)
    st.text_input("Why", key=keys.of("why"), max_chars=500)
    with st.container(horizontal=True):
        if row.standing == "rejected":
            st.button(
                "Take the rejection back",
                key=keys.of("back"),
                on_click=_take_back,
                args=(project, result),
            )
            return
        if not result.provenance.by_person:
            st.button(
                "Confirm as it is",
                type="primary",
                key=keys.of("confirm"),
                on_click=_confirm,
                args=(project, result),
            )
        st.button("Reject", key=keys.of("reject"), on_click=_reject, args=(project, result))
    st.caption(_what_follows(outcome, row))
    # A toggle keeps its place when a warning is shown above; an expander would close.
    if st.toggle("Change the numbers or the time", key=keys.of("change")):
        _form(project, result, keys)


def _what_follows(outcome: OutcomeResults, row: ResultRow) -> str:
    """What the synthesis does when the result is a person's."""
    first = outcome.taken
    if row.why == NOT_AT_ITS_TIME:
        return "The outcome names another time: the synthesis does not take this result."
    if first is None or first is row or first.result.provenance.by_person:
        return "Each word on a result is written with your name and the reason."
    return f"Confirmed or changed, it goes before result {first.number} in the synthesis."


def _form(project: Project, result: ExtractedOutcome, keys: _Keys) -> None:
    """Numbers as a small grid; a changed one asks for the words that hold it."""
    numbers = values(result.data)
    _inputs(result.data, keys)
    st.text_input("Time", value=result.time_point or "", key=keys.of("time"), max_chars=80)
    changed = [f for f, n in numbers.items() if st.session_state[keys.of(f)] != n]
    for place, field in enumerate(f for f in changed if st.session_state[keys.of(f)] is not None):
        st.text_area(
            f"Words of the report that hold: {field_words(field)}",
            key=keys.of(f"words-{field}"),
            placeholder="the same words as above" if place else "paste them as they stand there",
            height=68,
        )
        st.text_input(
            f"How it was computed: {field_words(field)}",
            key=keys.of(f"derivation-{field}"),
            placeholder="only where the number itself is not in the words",
            max_chars=300,
        )
    st.button(
        "Write these numbers",
        type="primary",
        key=keys.of("write"),
        on_click=_correct,
        args=(project, result),
    )


def _inputs(data: OutcomeData, keys: _Keys) -> None:
    fields = list(values(data).items())
    width = 3 if data.kind == "generic" else 2
    half = len(fields) // 2
    if data.kind != "generic":  # events beside events, totals beside totals
        fields = [f for pair in zip(fields[:half], fields[half:], strict=True) for f in pair]
    for start in range(0, len(fields), width):
        columns = st.columns(width)
        for column, (field, number) in zip(columns, fields[start : start + width], strict=True):
            label, key = field_words(field), keys.of(field)
            with column:
                if field.startswith(_COUNTED):
                    whole = None if number is None else int(number)
                    st.number_input(
                        label, value=whole, min_value=0, step=1, key=key, placeholder="not found"
                    )
                else:
                    exact = None if number is None else float(number)
                    st.number_input(
                        label, value=exact, step=None, format="%g", key=key, placeholder="not found"
                    )


def _confirm(project: Project, result: ExtractedOutcome) -> None:
    name = _signed_name(project, result)
    if name:
        why = st.session_state[_Keys(result.content_digest).of("why")]
        try:
            entry = confirmed(result, name, why)
        except EvidenceError as error:
            notify("warning", plain(str(error)))
            return
        _written(project, result, entry, done="Confirmed")


def _reject(project: Project, result: ExtractedOutcome) -> None:
    name = _signed_name(project, result)
    if name:
        why = st.session_state[_Keys(result.content_digest).of("why")]
        try:
            entry = rejected(result, name, why)
        except EvidenceError as error:
            notify("warning", plain(str(error)))
            return
        _written(project, result, entry, done="Rejected")


def _correct(project: Project, result: ExtractedOutcome) -> None:
    name = _signed_name(project, result)
    if not name:
        return
    keys = _Keys(result.content_digest)
    numbers = {field: st.session_state[keys.of(field)] for field in values(result.data)}
    document = project.document(review_state(project).text_digest(result.record_id))
    try:
        entries = corrected(
            result,
            numbers,
            _sources(result, numbers, keys),
            document,
            name,
            st.session_state[keys.of("why")],
            time_point=st.session_state[keys.of("time")],
        )
    except EvidenceError as error:
        notify("warning", plain(str(error)))
        return
    _written(project, result, *entries, done="Written")


def _sources(
    result: ExtractedOutcome, numbers: dict[str, float | None], keys: _Keys
) -> dict[str, Source]:
    """The pasted words by field; where none are pasted, those of the field above."""
    found: dict[str, Source] = {}
    words = ""
    for field, number in values(result.data).items():
        if numbers[field] is None or numbers[field] == number:
            continue
        words = st.session_state.get(keys.of(f"words-{field}"), "").strip() or words
        derivation = st.session_state.get(keys.of(f"derivation-{field}"), "")
        if words:
            found[field] = Source(words=words, derivation=derivation)
    return found


def _take_back(project: Project, result: ExtractedOutcome) -> None:
    name = reviewer_name()
    if not name:
        return
    why = st.session_state[_Keys(result.content_digest).of("why")]
    _written(project, result, taken_back(result, name, why), done="It counts again")


def _signed_name(project: Project, result: ExtractedOutcome) -> str:
    """The person's name; empty, with a notice, without one or when the result stands no more."""
    name = reviewer_name()
    standing = review_state(project).extracted.get(result.record_id, ())
    if name and result.content_digest not in {r.content_digest for r in standing}:
        notify("warning", "Somebody changed this result meanwhile; please look at it again.")
        return ""
    return name


def _written(project: Project, result: ExtractedOutcome, *entries: Entry, done: str) -> None:
    if write(project, *entries, done=f"{done}: {plain(short_name(result.outcome))}"):
        st.session_state.pop(OPENED, None)  # the next that waits is opened
