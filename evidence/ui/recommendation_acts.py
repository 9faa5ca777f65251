"""What a person does with a version: sign it, restore it, have it drafted again, export it."""

from __future__ import annotations

import streamlit as st

from evidence.decision.editing import EditError, restored, signed_off
from evidence.decision.versions import Version
from evidence.errors import EvidenceError
from evidence.export import exported
from evidence.judgements import MACHINE, Provenance, RecommendationEdit
from evidence.project import Project
from evidence.screening.verdicts import person_key
from evidence.stages.recommend import OfflineRecommender
from evidence.ui.cards import plain
from evidence.ui.opened import review_state
from evidence.ui.recommendation_shown import Opened
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

_READY = "recommendation_export"


def sign_button(now: Opened, last: RecommendationEdit) -> None:
    """Sign the version that is shown; only for those who may, and once for each."""
    allowed = may("adjudicator") or may("admin")
    st.button(
        "Sign this version",
        key="recommendation-sign",
        on_click=_sign,
        args=(now, last),
        disabled=not allowed
        or person_key(known_name()) in map(person_key, now.state.signed_off_by),
        help="Your name stands under this version; any later version is unsigned again."
        if allowed
        else "Signing needs the role of adjudicator or admin.",
    )


def _sign(now: Opened, shown: RecommendationEdit) -> None:
    name = reviewer_name()
    if not name:
        return
    after = now.project.head()
    try:
        state = review_state(now.project)
        entry = signed_off(state, now.rows, now.project.document, shown.content_digest, name)
    except EvidenceError as error:
        notify("warning", f"Not signed: {plain(str(error))}")
        return
    write(now.project, entry, done=f"Signed by {plain(name)}", after=after)


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
            file_name=f"{project.path.name}.{chosen}",
            mime=mime,
            type="primary",
            key="recommendation-download",
            on_click="ignore",
        )
