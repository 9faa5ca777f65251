"""The page that makes a project: the question, who decides, and where the records come from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import streamlit as st

from evidence.config import Settings
from evidence.errors import EvidenceError, SettingsError
from evidence.new_review import (
    DroppedFile,
    ExistingStore,
    NewStore,
    ShippedTrials,
    StoreChoice,
    create_review,
    screening_settings,
)
from evidence.proposed_folder import proposed_folder
from evidence.question import ClinicalQuestion
from evidence.settings_toml import load_settings
from evidence.ui.ahead import load_encoder_ahead
from evidence.ui.cards import plain, style
from evidence.ui.projects.question_form import FILTER_FILES, draw_question
from evidence.ui.projects.welcome import open_in_session
from indexers.encoders import EncoderName

if TYPE_CHECKING:
    from streamlit.navigation.page import Page

SHIPPED, EXISTING, DROPPED = (
    "The trials that ship with the program",
    "A store on this computer",
    "Files that I drop here",
)
ENGINE, PEOPLE = "The engine; people check and overrule it", "People; the engine only proposes"
OFFLINE, BY_SETTINGS = "Offline: rules, no network", "As a settings.toml says"
ONE, TWO = "One", "Two, independently"
_THOROUGH, FAST = "Finds more", "Fast, for very many records"
_ENDINGS = ["ris", "nbib", "csv", "tsv", "bib", "xml", "jsonl", "gz"]
_RECORDS, _STORE, _ENCODER = "new-records", "new-store", "new-encoder"
_DECIDES, _REVIEWERS, _BLIND = "new-decides", "new-reviewers", "new-blind"
_HIDE, _ADJUDICATORS, _CALIBRATION = "new-hide", "new-adjudicators", "new-calibration"
_ENGINE, _SETTINGS, _FOLDER = "new-engine", "new-settings", "new-folder"
_TROUBLE = "new-settings-trouble"
_MOST_SHOWN_BYTES = 20_000_000  # a larger file would be read twice for long


def page(pages: Mapping[str, Page] | None = None) -> None:
    """Draw the page; a project that was made is opened.

    Args:
        pages: The app's pages by their `url_path`; its first one shows what was made.
    """
    load_encoder_ahead()
    st.html(style())
    st.title("New project", anchor=False)
    with st.container(width=920):
        try:
            question = draw_question(st.session_state.get(_RECORDS) == DROPPED)
            st.subheader("Records", anchor=False)
            files = _draw_records()
            st.subheader("Who decides", anchor=False)
            _draw_who_decides()
            st.subheader("Engine", anchor=False)
            _draw_engine()
            st.subheader("Folder", anchor=False)
            made = _draw_create(question, files)
        except EvidenceError as error:
            st.error(plain(str(error)))
            return
    if made is not None:
        for key in [str(key) for key in st.session_state if str(key).startswith("new-")]:
            del st.session_state[key]
        open_in_session(made)
        home = (pages or {}).get("welcome")
        if home is None:
            st.rerun()
        else:
            st.switch_page(home)


def _draw_records() -> list[DroppedFile]:
    """Where the records come from; returns the files that were dropped."""
    chosen = _choice("What is searched", [SHIPPED, EXISTING, DROPPED], _RECORDS)
    if chosen == SHIPPED:
        st.caption(
            "Open-access trials from all of medicine: to try the program, not for your own review."
        )
    if chosen == EXISTING:
        st.text_input(
            "Folder of the store",
            key=_STORE,
            persist_state="session",
            placeholder="/path/to/store",
            help="Made by `evidence index build`.",
        )
    if chosen != DROPPED:
        return []
    dropped = st.file_uploader(
        "RIS, NBIB, CSV, BibTeX or PubMed XML", type=_ENDINGS, accept_multiple_files=True
    )
    st.radio(
        "How records are compared with the question",
        [_THOROUGH, FAST],
        key=_ENCODER,
        persist_state="session",
        horizontal=True,
    )
    st.caption("Files have to be dropped again after you leave this page.")
    files = [DroppedFile(file.name, file.getvalue()) for file in dropped]
    _draw_files(files)
    return files


def _draw_files(files: list[DroppedFile]) -> None:
    """What each file holds, and how much of it is screened."""
    if not files:
        return
    # They bring the strategy's debugger, which a page without files can do without.
    from evidence.ui.search.cards import file_html
    from evidence.ui.search.files import read_file

    held = 0
    for file in files:
        if len(file.body) > _MOST_SHOWN_BYTES:
            st.caption(plain(f"{file.name}: counted while the project is made."))
            continue
        try:
            given = read_file(file.name, file.body)
        except EvidenceError as error:
            st.error(plain(str(error)))
            continue
        st.html(file_html(given))
        held += len(given.records)
        for place in given.unreadable[:1]:
            st.error(plain(f"{file.name}, line {place.line}: {place.why}; mend it first"))
    whole = f"All {held:,} records" if held > 1 else "All records"
    if st.session_state.get(FILTER_FILES):
        st.warning(
            f"{whole} are searched; those that the strategy does not find are left out. The "
            "Overview counts both before the engine runs."
        )
    else:
        st.caption(f"{whole} are screened.")


def _choice(label: str, options: list[str], key: str) -> str | None:
    """One of a few, told by the heading above; kept while the person looks at other pages."""
    return st.radio(label, options, key=key, persist_state="session", label_visibility="collapsed")


def _draw_who_decides() -> None:
    decides = _choice("Whose verdict on a record counts", [ENGINE, PEOPLE], _DECIDES)
    if decides != PEOPLE:
        return
    reviewers = st.radio(
        "How many people judge each record",
        [ONE, TWO],
        key=_REVIEWERS,
        persist_state="session",
        horizontal=True,
    )
    st.toggle("Hide what the engine thinks", key=_HIDE, persist_state="session")
    if reviewers != TWO:
        return
    st.toggle(
        "Blind: the other’s verdict is hidden until one’s own is given",
        value=True,
        key=_BLIND,
        persist_state="session",
    )
    st.text_input(
        "Who may settle conflicts",
        key=_ADJUDICATORS,
        persist_state="session",
        placeholder="Names, parted by commas; empty lets anyone",
    )
    st.number_input(
        "Records that both screen first, to compare notes",
        min_value=0,
        step=5,
        key=_CALIBRATION,
        persist_state="session",
        width=360,
    )


def _draw_engine() -> None:
    chosen = _choice("Engine", [OFFLINE, BY_SETTINGS], _ENGINE)
    if chosen == BY_SETTINGS:
        st.text_input(
            "Path of settings.toml",
            key=_SETTINGS,
            persist_state="session",
            placeholder="/path/to/settings.toml",
            help="It names the language model and all other settings; keys are never in it.",
            on_change=_take_choices,
        )
        trouble = st.session_state.get(_TROUBLE)
        if trouble:
            st.error(plain(trouble))


def _take_choices() -> None:
    """Show what the file says of who decides; a person may still choose otherwise."""
    st.session_state[_TROUBLE] = ""
    if not st.session_state[_SETTINGS].strip():
        return
    try:
        told = _loaded().screening
    except SettingsError as error:
        st.session_state[_TROUBLE] = str(error)
        return
    st.session_state[_DECIDES] = PEOPLE if told.decided_by == "people" else ENGINE
    st.session_state[_REVIEWERS] = TWO if told.reviewers == 2 else ONE
    st.session_state[_BLIND], st.session_state[_HIDE] = told.blind, told.hide_machine
    st.session_state[_ADJUDICATORS] = ", ".join(told.adjudicators)
    st.session_state[_CALIBRATION] = told.calibration_records


def _loaded() -> Settings:
    if st.session_state.get(_ENGINE) != BY_SETTINGS:
        return Settings()
    written = st.session_state.get(_SETTINGS, "").strip()
    if not written:
        raise SettingsError("no settings.toml is named; name one or choose the offline engine")
    return load_settings(Path(written).expanduser())


def _settings() -> Settings:
    kept = st.session_state
    decided_by: Literal["machine", "people"] = (
        "people" if kept.get(_DECIDES) == PEOPLE else "machine"
    )
    return screening_settings(
        _loaded(),
        decided_by=decided_by,
        reviewers=2 if kept.get(_REVIEWERS) == TWO else 1,
        blind=bool(kept.get(_BLIND, True)),
        hide_machine=bool(kept.get(_HIDE, False)),
        adjudicators=kept.get(_ADJUDICATORS, ""),
        calibration_records=int(kept.get(_CALIBRATION, 0)),
    )


def _store(files: list[DroppedFile]) -> StoreChoice:
    kept = st.session_state
    match kept.get(_RECORDS):
        case str(chosen) if chosen == EXISTING:
            written = kept.get(_STORE, "").strip()
            if not written:
                raise SettingsError("no store is named; write its folder or choose other records")
            return ExistingStore(Path(written).expanduser())
        case str(chosen) if chosen == DROPPED:
            encoder: EncoderName = "static" if kept.get(_ENCODER) == FAST else "minilm"
            return NewStore(tuple(files), encoder, by_strategy=bool(kept.get(FILTER_FILES)))
        case _:
            return ShippedTrials()


def _draw_create(question: ClinicalQuestion | None, files: list[DroppedFile]) -> Path | None:
    """The folder and the button; the folder of the project when one was made."""
    proposal = proposed_folder(question.text if question is not None else "")
    st.text_input(
        "Where the project goes",
        key=_FOLDER,
        persist_state="session",
        placeholder=str(proposal),
        help="A new folder; left empty, the one that is shown. Records are put into a second one "
        "with -store behind its name.",
    )
    asked = st.button(
        "Make the project", type="primary", key="new-create", disabled=question is None
    )
    if question is None:
        st.caption("Write the question first.")
    if not asked or question is None:
        return None
    # Of a small file's time, nearly all goes into loading what reads its meaning.
    shown = st.progress(
        0.0, text="Making the project; the first one after a start waits for a model to load …"
    )

    def progress(done: int, total: int) -> None:
        told = f"{done:,} of {total:,} records" if total else f"{done:,} records"
        shown.progress(min(done / total, 1.0) if total else 0.0, text=f"Reading {told} …")

    try:
        written = st.session_state.get(_FOLDER, "").strip()
        path = Path(written).expanduser() if written else proposal
        return create_review(path, question, _settings(), _store(files), progress).path
    except EvidenceError as error:
        shown.empty()
        st.error(plain(str(error)))
        return None
