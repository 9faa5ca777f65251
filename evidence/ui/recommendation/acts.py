"""What a person does with a version: sign it, restore it, have it drafted again, export it."""

from __future__ import annotations

import streamlit as st

from evidence.decision.editing import EditError, restored, signature_withdrawn, signed_off
from evidence.decision.versions import Version
from evidence.errors import EvidenceError
from evidence.export import exported
from evidence.judgements import MACHINE, Provenance, RecommendationEdit
from evidence.project import Project
from evidence.screening.verdicts import person_key
from evidence.stages.recommend import OfflineRecommender
from evidence.ui.cards import plain
from evidence.ui.opened import review_state
from evidence.ui.recommendation.open_points import open_points
from evidence.ui.recommendation.shown import Opened
from evidence.ui.signing import known_name, may, notify, reviewer_name, write

_FORMATS = {
    "docx": ("Word", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "pdf": ("PDF", "application/pdf"),
    "html": ("HTML", "text/html"),
    "md": ("Markdown", "text/markdown"),
    "csv": ("Extracted numbers, CSV", "text/csv"),
    "ris": ("Included studies, RIS", "application/x-research-info-systems"),
    "json": ("Everything, JSON", "application/json"),
}

_READY, _WITHDRAW_WHY = "recommendation_export", "recommendation-withdraw-why"


def sign_button(now: Opened, last: RecommendationEdit) -> None:
    """Sign the version that is shown, or withdraw one's own signature; for those who may.

    What is still open is told first, and a second click signs.
    """
    if person_key(known_name()) in map(person_key, now.state.signed_off_by):
        _withdraw_button(now, last)
        return
    refusal = _why_not(now)
    with st.popover("Sign …", key="recommendation-signing", disabled=bool(refusal), help=refusal):
        left_open = open_points(now.project)
        if left_open:
            st.markdown("**Still open in this review**")
            st.markdown("\n".join(f"- {plain(line)}" for line in left_open))
            st.caption("You can sign all the same: the report then says what was open.")
        else:
            st.caption("Nothing is open in this review.")
        st.caption("Your name stands under this version; any later version is unsigned again.")
        st.button(
            "Sign this version" + (" with these open" if left_open else ""),
            key="recommendation-sign",
            type="primary",
            on_click=_sign,
            args=(now, last, left_open),
        )


def _why_not(now: Opened) -> str | None:
    """Why nobody, or not this person, can sign now."""
    if not (may("adjudicator") or may("admin")):
        return "Signing needs the role of adjudicator or admin."
    if not now.state.with_fate("included"):
        return "No study is included, so there is nothing to sign yet."
    return None


def _sign(now: Opened, shown: RecommendationEdit, left_open: tuple[str, ...]) -> None:
    name = reviewer_name()
    if not name:
        return
    after = now.project.head()
    try:
        if open_points(now.project) != left_open:
            notify("warning", "Not signed: what is open changed meanwhile. Please look again.")
            return
        state = review_state(now.project)
        digest = shown.content_digest
        entry = signed_off(state, now.rows, now.project.document, digest, name, left_open)
    except EvidenceError as error:
        notify("warning", f"Not signed: {plain(str(error))}")
        return
    write(now.project, entry, done=f"Signed by {plain(name)}", after=after)


def _withdraw_button(now: Opened, last: RecommendationEdit) -> None:
    with (
        st.popover("Withdraw my signature …", key="recommendation-withdrawing"),
        st.form("recommendation-withdraw-form", border=False),
    ):
        st.text_input("Why", key=_WITHDRAW_WHY, max_chars=500)
        st.caption("Signing and withdrawing both stay in the log.")
        st.form_submit_button(
            "Withdraw", key="recommendation-withdraw", on_click=_withdraw, args=(now, last)
        )


def _withdraw(now: Opened, shown: RecommendationEdit) -> None:
    name = reviewer_name()
    if not name:
        return
    after = now.project.head()
    try:
        entry = signature_withdrawn(
            review_state(now.project), shown.content_digest, name, st.session_state[_WITHDRAW_WHY]
        )
    except EvidenceError as error:
        notify("warning", f"Not withdrawn: {plain(str(error))}")
        return
    write(now.project, entry, done="Signature withdrawn", after=after)


def restore(now: Opened, version: Version) -> None:
    """Write an earlier version as the newest one; on a click."""
    name = reviewer_name()
    if not name:
        return
    after = now.project.head()
    last = review_state(now.project).recommendation
    if last is None:
        return
    try:
        entry = restored(
            version.edit,
            last,
            version.number,
            rows=now.rows,
            document_of=now.project.document,
            person=name,
        )
    except EditError as error:
        more = len(error.problems) - 1
        told = plain(error.problems[0]) + (f" (and {more} more)" if more else "")
        notify("warning", f"Version {version.number} was not restored: {told}")
        return
    except EvidenceError as error:
        notify("warning", plain(str(error)))
        return
    write(now.project, entry, done=f"Version {version.number} restored", after=after)


def redraft(now: Opened) -> None:
    """Write what the rules draft from the evidence of now; on a click."""
    name = reviewer_name()
    if not name or now.inputs is None:
        return
    question = now.project.manifest.question
    draft = OfflineRecommender().recommend(question, now.inputs.rows, now.inputs.contexts)
    entry = RecommendationEdit(
        recommendation=draft,
        inputs_digest=now.inputs.digest,
        provenance=Provenance(actor=MACHINE, engine="offline", reason=f"drafted again for {name}"),
    )
    try:
        now.project.append(documents=now.inputs.guidelines)
    except EvidenceError as error:
        notify("error", f"Not written: {plain(str(error))}")
        return
    write(now.project, entry, done="Drafted again by rules; unsigned")


def _file_name(project: Project, suffix: str) -> str:
    """By the project and the day of its last line, as `evidence export` has no clock either."""
    length, _ = project.head()
    last = next(iter(project.lines(after=max(0, length - 1))), None)
    day = last.entry.provenance.at if last is not None else None
    return f"{project.path.name}{day.strftime('-%Y-%m-%d') if day else ''}.{suffix}"


def export(project: Project, *, signed: bool) -> None:
    """Each format is made when it is asked for; what does not verify is not exported."""
    st.caption(
        "Every export says who wrote and who signed the recommendation"
        + ("." if signed else ": now it says draft, unsigned.")
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Format",
            list(_FORMATS),
            format_func=lambda name: _FORMATS[name][0],
            key="recommendation_format",
            width=260,
        )
        wanted = st.button("Prepare the file", key="recommendation-export")
    if wanted:
        try:
            with st.spinner("Verifying every quote and number, then writing …"):
                body = exported(project, chosen)
        except EvidenceError as error:
            st.session_state.pop(_READY, None)
            st.error(plain(str(error)))
        else:
            st.session_state[_READY] = (project.head(), chosen, body)
    ready = st.session_state.get(_READY)
    if ready is not None and ready[:2] == (project.head(), chosen):
        name, mime = _FORMATS[chosen]
        st.download_button(
            f"Download {name} ({len(ready[2]) / 1e3:,.0f} kB)",
            data=ready[2],
            file_name=_file_name(project, chosen),
            mime=mime,
            type="primary",
            key="recommendation-download",
            on_click="ignore",
        )
