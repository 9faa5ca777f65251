"""The marked card of a page of cards: the one that the keys act on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from evidence.ui.keys import NEXT, PREVIOUS


class Mark(NamedTuple):
    """The card that is meant by its name, and its place where it is no longer there."""

    name: str
    place: int


def marked_place(key: str, names: Sequence[str]) -> int:
    """The place of the marked card among those shown.

    Args:
        key: Of the session's state.
        names: Of the cards that are shown; at least one.
    """
    mark: Mark = st.session_state.get(key, Mark("", 0))
    return names.index(mark.name) if mark.name in names else min(mark.place, len(names) - 1)


def move_buttons(key: str, place: int, names: Sequence[str]) -> None:
    """The buttons that mark the card before and the next one."""
    last = place + 1 >= len(names)
    st.button(
        "Previous",
        key=f"{key}-back",
        shortcut=PREVIOUS,
        disabled=place == 0,
        on_click=put_mark,
        args=(key, place - 1, names),
    )
    st.button(
        "Next",
        key=f"{key}-on",
        shortcut=NEXT,
        disabled=last,
        on_click=put_mark,
        args=(key, place + 1, names),
    )


def put_mark(key: str, place: int, names: Sequence[str]) -> None:
    """Mark a card; behind the last one it is whatever card takes that one's place."""
    inside = place < len(names)
    st.session_state[key] = Mark(names[place] if inside else "", min(place, len(names) - 1))
