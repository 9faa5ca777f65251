"""To a part of a page after a click that opens something else there.

Streamlit keeps the place that was scrolled to, so that the head of what opens may be out of sight.
The script is a constant; no text of a document is in it.
"""

from __future__ import annotations

from functools import cache

import streamlit as st
from streamlit.components.v2 import component
from streamlit.components.v2.types import ComponentRenderer

_ASKED, _TIMES = "scroll_asked", "scroll_times"
_SCRIPT = """
export default function ({ data }) {
  if (!data || window.evidenceScrolled === data.times) return;
  window.evidenceScrolled = data.times;
  const go = (frames) => {
    const part = document.querySelector(`.st-key-${data.key}`);
    if (part) part.scrollIntoView({ block: "start" });
    if (frames > 0) requestAnimationFrame(() => go(frames - 1));
  };
  go(20);  // what stands above may still grow
}
"""


def ask_to_scroll() -> None:
    """Have the next drawing of the page begin at its part (see `scroll_here`); on a click."""
    st.session_state[_ASKED] = True
    st.session_state[_TIMES] = st.session_state.get(_TIMES, 0) + 1


def scroll_here(key: str) -> None:
    """Draw what scrolls to a container, if a click asked for it.

    Args:
        key: Of the container.
    """
    if st.session_state.pop(_ASKED, False):
        _scroller()(key="scroller", data={"key": key, "times": st.session_state[_TIMES]}, height=1)


@cache
def _scroller() -> ComponentRenderer:
    return component("evidence_scroller", js=_SCRIPT)
