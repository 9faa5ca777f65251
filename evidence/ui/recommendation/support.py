"""Support for a sentence in the editor: words of the reports to quote, computed values to cite."""

from __future__ import annotations

import streamlit as st

from evidence.decision.quotable import Quotable, quotable
from evidence.decision.worksheet import Item, Worksheet, citable
from evidence.ui.reading import reading_html
from evidence.ui.recommendation.shown import Opened
from indexers.records import Quote

_MOST_PLACES = 12


def support_panel(opened: Opened, sheet: Worksheet) -> None:
    """Find words to quote, or a value of the summary of findings to cite, for one sentence."""
    if not sheet.items:
        return
    st.markdown("**Support**")
    keys = [item.key for item in sheet.items]
    chosen = st.selectbox(
        "For sentence",
        keys,
        format_func=lambda key: str(keys.index(key) + 1),
        key="recommendation-for",
    )
    item = sheet.item(chosen)
    if item is None:
        return
    words = st.text_input(
        "Find words in the reports",
        key="recommendation-find",
        placeholder="as they stand there, then Enter",
    )
    if words.strip():
        _places(opened, sheet, item, words)
    _values(opened, sheet, item)


def text_key(item: Item) -> str:
    """The key of the input of a sentence."""
    return f"recommendation-text-{item.key}"


def _places(opened: Opened, sheet: Worksheet, item: Item, words: str) -> None:
    found = quotable(words, opened.sources)
    if not found:
        st.caption("These words are in no report of an included study, nor in a guideline.")
        return
    shown = found[:_MOST_PLACES]
    st.caption(
        f"{len(found)} places"
        + (f", the first {len(shown)} here; more words find fewer" if found != shown else "")
    )
    place = st.selectbox(
        "Place",
        range(len(shown)),
        format_func=lambda i: _place_words(shown[i]),
        key=f"recommendation-place-{words}",
    )
    quote = shown[place].quote
    st.button(
        "Quote this sentence",
        key="recommendation-quote",
        on_click=_quote,
        args=(item, quote),
        disabled=quote in item.quotes,
    )
    st.html(reading_html(opened.project.document(quote.document_digest), [quote], wider=False))


def _place_words(found: Quotable) -> str:
    where = f"{found.source} · {found.section}" if found.section else found.source
    return f"{where}: {' '.join(found.quote.text.split())[:80]}"


def _values(opened: Opened, sheet: Worksheet, item: Item) -> None:
    values = citable(opened.rows)
    if not values:
        return
    chosen = st.selectbox(
        "Value of the summary of findings",
        range(len(values)),
        index=None,
        format_func=lambda i: values[i][2],
        key="recommendation-value",
        placeholder="choose a computed value",
    )
    if chosen is not None:
        row_id, field, _ = values[chosen]
        st.button(
            "Put it at the end of the sentence",
            key="recommendation-cite",
            on_click=_cite,
            args=(opened, sheet, item, row_id, field),
        )


def _quote(item: Item, quote: Quote) -> None:
    if quote not in item.quotes:
        item.quotes.append(quote)


def _cite(opened: Opened, sheet: Worksheet, item: Item, row_id: str, field: str) -> None:
    row = next((row for row in opened.rows if row.row_id == row_id), None)
    if row is not None:
        sheet.cite(item, row, field)
        st.session_state[text_key(item)] = item.text
