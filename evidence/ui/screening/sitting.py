"""What a person has in front of them on the screening page, whichever way it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st
from markupsafe import Markup
from streamlit.delta_generator import DeltaGenerator

from evidence.project import Project
from evidence.screening.notes import visible_notes
from evidence.state import ReviewState
from evidence.ui.cards import card, large_card
from evidence.ui.screening.deciding import undo_button
from evidence.ui.screening.record_text import Marking, marks_legend
from evidence.ui.screening.rows import ScreeningRow
from evidence.ui.screening.worklist import Worklist
from evidence.ui.signing import known_name

if TYPE_CHECKING:
    from streamlit.navigation.page import Page

MARKS_KEY = "screening_marks"


@dataclass(frozen=True)
class Sitting:
    """The list that is read, and how it is shown.

    Attributes:
        found: All records that can be shown.
        rows: Those that fit the filters, in their order.
        firsts: Why records come first, by `ScreeningRow.first`.
        marking: What is marked in the text.
        list_key: Names the list; another list starts at its first record.
        listed: One of what the list holds, in words; empty where its filters say it.
        bar: The row above the records, where the buttons that move stand.
        pages: The app's pages by their `url_path`, for the way on.
    """

    project: Project
    state: ReviewState
    found: Worklist
    rows: list[ScreeningRow]
    firsts: Mapping[str, str]
    marking: Marking
    list_key: str
    listed: str
    bar: DeltaGenerator
    pages: Mapping[str, Page]

    def card(self, row: ScreeningRow, *, large: bool = False) -> Markup:
        """The card of a record."""
        record_id = row.record_id
        return (large_card if large else card)(
            row,
            self.found.question,
            self.project.document,
            self.firsts.get(row.first or "", ""),
            visible_notes(self.state, self.found.screening, record_id, known_name()),
            self.marking,
        )

    def legend(self, row: ScreeningRow | None) -> None:
        """Draw what the marks stand for, and the switch for the words of the question."""
        shown = marks_legend(row, self.marking, quotes=not self.found.screening.hide_machine)
        with st.container(key="marks"):
            if shown:
                st.html(shown)
            st.toggle("Mark words of the question", value=True, key=MARKS_KEY)

    def nothing_left(self) -> None:
        """Say why the list is empty."""
        all_read = self.found.screening.decided_by == "people" and not self.found.n_due
        st.info(
            "Nothing is left for you to screen." if all_read else "No record fits these filters."
        )
        with self.bar:
            undo_button(self.project)
        if all_read:
            self._way_on()

    def _way_on(self) -> None:
        """What became of the records that went on, and where they are."""
        sought = self.state.with_fate("to_retrieve", "not_retrieved", "to_assess")
        if sought and "full-texts" in self.pages:
            went = "1 record goes" if len(sought) == 1 else f"{len(sought):,} records go"
            st.markdown(f"{went} on to the full text: what was included or left unclear.")
            st.page_link(self.pages["full-texts"], label="Open the full texts")
        if "overview" in self.pages:
            st.page_link(self.pages["overview"], label="Open the overview: what comes next")
