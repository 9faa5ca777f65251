"""What a person can decide now: a line each, and the way to its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st
from markupsafe import Markup

from evidence.to_decide import Part, ToDecide
from evidence.ui.cards import plain

if TYPE_CHECKING:
    from streamlit.navigation.page import Page


def choices(open_now: Sequence[ToDecide], pages: Mapping[str, Page]) -> None:
    """Draw the list; nothing where nothing is left to a person.

    Args:
        open_now: What is worth most first.
        pages: The app's pages by their `url_path`; what is not there gets no link.
    """
    if not open_now:
        return
    st.subheader("What you can decide now", anchor=False)
    with st.container(key="to-decide", gap=None):
        for place, item in enumerate(open_now):
            target = pages.get(item.page)
            with st.container(
                key=f"to-decide-{place}", horizontal=True, vertical_alignment="center"
            ):
                pressed = st.button(
                    plain(item.task),
                    key=f"decide-{item.page}-{item.part or 'all'}",
                    type="tertiary",
                    icon=":material/arrow_forward:",
                    icon_position="right",
                    disabled=target is None,
                )
                st.html(Markup('<p class="ev ev-soft">{}</p>').format(item.why))
            if pressed and target is not None:
                _show(item.part)
                st.switch_page(target)


def _show(part: Part | None) -> None:
    """Have the page open at a part; pages are imported when they are first needed."""
    match part:
        case "waiting results":
            from evidence.ui.studies.matrix import show_waiting

            show_waiting()
        case "unclear records":
            from evidence.ui.screening.page import show_unclear

            show_unclear()
        case "doubtful exclusions":
            from evidence.ui.screening.page import show_doubtful

            show_doubtful()
        case "unclear domains":
            from evidence.ui.studies.risk_of_bias import show_unrated

            show_unrated()
        case None:
            pass
