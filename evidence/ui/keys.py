"""The keys of the pages where records are judged.

Letters and numbers are shortcuts of the buttons that they press, so Streamlit shows them on the
buttons and never fires them while somebody writes. What it has no shortcut for is done by a few
lines of JavaScript: `/`, `?` and `E` reach a box or open a panel, Escape leaves a box, and a key
that is held down presses its button once. It also sees to it that a decision is on the record that
is shown: while a page is redrawn a button may still be that of the record before, so a key waits
for the shown record's own. The script is a constant; no text of a document is in it.
"""

from __future__ import annotations

from functools import cache

import streamlit as st
from markupsafe import Markup
from streamlit.components.v2 import component
from streamlit.components.v2.types import ComponentRenderer

INCLUDE, UNCLEAR, UNDO, NEXT, PREVIOUS = "i", "u", "z", "j", "k"
REASON_KEYS = tuple("123456789")
SEARCH_KEY = "screening_words"
_HELP_PANEL = "keys-help"

_SCRIPT = """
const boxes = new Set(["checkbox", "radio", "button", "submit", "reset", "range", "file"]);
const writes = (e) => e.isContentEditable || e.tagName === "TEXTAREA" || e.tagName === "SELECT" ||
  (e.tagName === "INPUT" && !boxes.has(e.type));
const one = (selector) => document.querySelector(selector);
const here = () => one(".st-key-HELP");
const acts = {
  "/": () => one(".st-key-SEARCH input")?.focus(),
  "?": () => {
    const button = one(".st-key-HELP button");
    button?.scrollIntoView({ block: "nearest" });
    button?.click();
  },
};
const decisions = { i: "include", u: "unclear" };
for (let n = 1; n < 10; n += 1) decisions[n] = `because-${n}`;
const ofRecord = { ...decisions, e: "exclude-popover" };
const shown = () => one("[data-acts]")?.dataset.acts;
// A key waits for the button of the record that was shown when it was pressed, and of no other.
const press = (act, of, until) => {
  const button = one(`.st-key-${act}-${of} button`);
  if (button) button.click();
  else if (shown() === of && performance.now() < until)
    requestAnimationFrame(() => press(act, of, until));
};
// The next record is read from its top, wherever the one before was left.
const top = (before, until) => {
  const card = one(".ev-large");
  if (card && card.dataset.acts !== before) {
    if (card.getBoundingClientRect().top < 60) card.scrollIntoView({ block: "start" });
  } else if (performance.now() < until) requestAnimationFrame(() => top(before, until));
};
const follow = () => {
  const before = one(".ev-large")?.dataset.acts;
  if (before) top(before, performance.now() + 10000);
};
const pressed = (event) => {
  if (!here() || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.composedPath()[0];
  if (writes(target)) {
    const search = target.closest(".st-key-SEARCH") !== null;
    if (event.key === "Escape" || (event.key === "Enter" && search))
      setTimeout(() => target.blur(), 0);
    return;
  }
  if (event.repeat && event.key.length === 1 && event.key !== " ") {
    event.stopImmediatePropagation();
    return;
  }
  const key = event.key.toLowerCase();
  if (decisions[key] || "jkz".includes(key)) follow();
  if (ofRecord[key] && shown()) {
    event.preventDefault();
    event.stopImmediatePropagation();
    press(ofRecord[key], shown(), performance.now() + 10000);
    return;
  }
  const act = acts[event.key];
  if (act) { event.preventDefault(); act(); }
};
// A box that is ticked with the mouse must not keep the keys to itself.
const clicked = (event) => {
  if (event.target.closest(".st-key-way button, .st-key-reading-acts button")) follow();
  const button = event.target.closest(".st-key-reading-acts button");
  const of = button?.closest("[class*='st-key-include-'], [class*='st-key-unclear-'], " +
    "[class*='st-key-because-']");
  if (of && !of.className.split(" ").some((name) => name.endsWith(`-${shown()}`))) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  if (here() && event.detail > 0 && event.target.tagName === "INPUT" && !writes(event.target))
    event.target.blur();
};
export default function () {
  if (window.evidenceKeys) return;
  window.evidenceKeys = true;
  window.addEventListener("keydown", pressed, true);
  window.addEventListener("click", clicked, true);
}
"""
_TOLD = (
    ("I", "include"),
    ("E", "exclude: opens the reasons and a line for your own words"),
    ("1 – 9", "exclude for the reason with this number"),
    ("U", "leave unclear"),
    ("Z", "take your last decision back"),
    ("J", "next record, without a decision"),
    ("K", "the record before"),
    ("/", "search in the records"),
    ("Esc", "leave the box you write in"),
    ("?", "show or hide these keys"),
)


def keys() -> None:
    """Draw the panel that tells the keys, and listen to those that no button has."""
    with st.popover("Keys :gray[?]", key=_HELP_PANEL):
        st.html(keys_table())
    _listener()(key="keys-listener", height=1)


def keys_table() -> Markup:
    """The keys and what each does."""
    rows = Markup("").join(
        Markup("<tr><th scope='row'><kbd>{}</kbd></th><td>{}</td></tr>").format(key, does)
        for key, does in _TOLD
    )
    return Markup('<table class="ev ev-keys">{}</table>').format(rows)


@cache
def _listener() -> ComponentRenderer:
    script = _SCRIPT.replace("HELP", _HELP_PANEL).replace("SEARCH", SEARCH_KEY)
    return component("evidence_keys", js=script)
