"""The editor of the recommendation: sentences, their support, the verdict, and saving.

What is typed lives in a worksheet of the session, so that neither a refusal nor another page nor
somebody else's version loses it.
"""

from __future__ import annotations

import streamlit as st

from evidence.decision.decision_parts import DecisionPart
from evidence.decision.editing import EditError, Writing, edited
from evidence.decision.part_editing import edited_part
from evidence.decision.versions import headline, versions
from evidence.decision.worksheet import VERDICTS, Item, Worksheet
from evidence.errors import EvidenceError
from evidence.findings import Recommendation
from evidence.judgements import RecommendationEdit
from evidence.ui.cards import plain
from evidence.ui.opened import review_state
from evidence.ui.recommendation.history import difference_html
from evidence.ui.recommendation.shown import Opened
from evidence.ui.recommendation.support import text_key
from evidence.ui.signing import notify, reviewer_name, write
from indexers.records import Quote

_CHIP = 40


def worksheet(opened: Opened) -> Worksheet | None:
    """What is being edited in this session; None while nothing is."""
    found: Worksheet | None = st.session_state.get(_sheet_key(opened))
    return found


def start(
    opened: Opened,
    edit: RecommendationEdit,
    *,
    new_values: bool = False,
    part: DecisionPart | None = None,
) -> None:
    """Open a version, or a part of its decision document, in the editor.

    Args:
        opened: The project.
        edit: The version.
        new_values: Bring the cited values up to date.
        part: Whose sentences; None for the recommendation's own.
    """
    sheet = Worksheet.of(edit, part)
    if new_values:
        n = sheet.take_new_values(opened.rows)
        notify("done", f"{n} values brought up to date: read each sentence again before you save")
    _forget_widgets()
    st.session_state[_sheet_key(opened)] = sheet


def editor(opened: Opened, sheet: Worksheet) -> None:
    """The sentences, and the verdict where they are the recommendation's own; and saving."""
    last = opened.last
    if last is not None and sheet.base != last.content_digest:
        _conflict(opened, sheet, last)
    for number, item in enumerate(sheet.items, 1):
        _item(opened, sheet, item, number)
    st.button("Add a sentence", key="recommendation-add", on_click=_add, args=(sheet,))
    if sheet.part is None:
        _verdict(sheet)
    _reason(sheet)
    for problem in sheet.problems:
        st.warning(plain(problem[:1].upper() + problem[1:]))
    with st.container(horizontal=True):
        st.button(
            "Save as the next version",
            type="primary",
            key="recommendation-save",
            on_click=_save,
            args=(opened, sheet),
        )
        st.button(
            "Discard changes", key="recommendation-discard", on_click=_discard, args=(opened,)
        )


def _item(opened: Opened, sheet: Worksheet, item: Item, number: int) -> None:
    key = text_key(item)
    st.text_area(
        f"Sentence {number}",
        value=item.text,
        key=key,
        height="content",
        max_chars=2000,
        on_change=_typed,
        args=(item,),
    )
    with st.container(horizontal=True, gap="small"):
        for place, quote in enumerate(item.quotes):
            words = " ".join(quote.text.split())
            brief = words if len(words) <= _CHIP else f"{words[:_CHIP]}…"
            st.button(
                f"✕ “{plain(brief)}”",
                key=f"{key}-quote-{place}",
                help=f"Remove this quote from {plain(opened.shown.place(quote))}: {plain(words)}",
                on_click=_unquote,
                args=(item, quote),
            )
        st.button(
            f"Remove sentence {number}", key=f"{key}-remove", on_click=_remove, args=(sheet, item)
        )
    cited = item.sentence.computed
    if cited:
        st.caption("Computed: " + " · ".join(plain(value.text) for value in cited))


def _verdict(sheet: Worksheet) -> None:
    now = (sheet.direction, sheet.strength)
    told = {v: _verdict_words(*v) for v in VERDICTS}

    # A click that comes while the editor closes brings its boxes along once more, without values.
    def chosen() -> None:
        verdict = st.session_state.get("recommendation-verdict")
        if verdict is not None:
            sheet.direction, sheet.strength = verdict

    st.selectbox(
        "Direction and strength",
        VERDICTS,
        index=VERDICTS.index(now) if now in VERDICTS else None,
        format_func=told.__getitem__,
        key="recommendation-verdict",
        on_change=chosen,
    )


def _reason(sheet: Worksheet) -> None:
    def reasoned() -> None:
        sheet.reason = st.session_state.get("recommendation-reason", sheet.reason)

    st.text_input(
        "Why",
        value=sheet.reason,
        key="recommendation-reason",
        max_chars=500,
        help="Needed where direction or strength change; kept with the version.",
        on_change=reasoned,
    )


def _verdict_words(direction: str, strength: str) -> str:
    shown = Recommendation.model_validate(
        {"direction": direction, "strength": strength, "sentences": (), "cited_rows": ()}
    )
    return headline(shown)


def _conflict(opened: Opened, sheet: Worksheet, last: RecommendationEdit) -> None:
    history = versions(opened.state)
    number = len(history)
    base = next((v for v in reversed(history) if v.edit.content_digest == sheet.base), None)
    st.warning(
        f"{plain(history[-1].by)} wrote version {number} while you were editing. "
        "Nothing that you typed is lost."
    )
    if base is not None:
        st.caption(f"What version {number} changed in the version that you opened:")
        st.html(difference_html(base.edit.recommendation, last.recommendation))
    st.button(
        f"Go on with mine, after version {number}",
        key="recommendation-rebase",
        on_click=_rebase,
        args=(sheet, last.content_digest),
    )


def _typed(item: Item) -> None:
    item.text = st.session_state.get(text_key(item), item.text)


def _add(sheet: Worksheet) -> None:
    item = sheet.add()
    st.session_state["recommendation-for"] = item.key


def _remove(sheet: Worksheet, item: Item) -> None:
    sheet.remove(item.key)


def _unquote(item: Item, quote: Quote) -> None:
    item.quotes.remove(quote)


def _rebase(sheet: Worksheet, base: str) -> None:
    sheet.base = base


def _discard(opened: Opened) -> None:
    st.session_state.pop(_sheet_key(opened), None)
    _forget_widgets()


def _save(opened: Opened, sheet: Worksheet) -> None:
    name = reviewer_name()
    if not name:
        return
    # Read the end of the log first: what comes after it is refused by `after`.
    after = opened.project.head()
    last = review_state(opened.project).recommendation
    if last is None or last.content_digest != sheet.base:
        sheet.problems = ("somebody wrote another version meanwhile; see above what it changed",)
        return
    try:
        entry = _next_version(opened, sheet, last, name)
    except EditError as error:
        sheet.problems = error.problems
        return
    except EvidenceError as error:
        sheet.problems = (str(error),)
        return
    sheet.problems = ()
    number = len(opened.state.recommendations) + 1
    if write(opened.project, entry, done=f"Saved as version {number}; unsigned", after=after):
        _discard(opened)


def _next_version(
    opened: Opened, sheet: Worksheet, last: RecommendationEdit, name: str
) -> RecommendationEdit:
    """What the worksheet says, grounded again; see `edited` for what is refused."""
    writing = Writing(
        rows=opened.rows,
        inputs_digest=opened.inputs_digest or last.inputs_digest,
        document_of=opened.project.document,
        person=name,
        reason=sheet.reason,
        decision=opened.new_decision,
    )
    if sheet.part is not None:
        return edited_part(last, sheet.part, sheet.sentences, writing)
    return edited(last, sheet.sentences, sheet.direction, sheet.strength, writing)


def _sheet_key(opened: Opened) -> str:
    return f"recommendation_sheet {opened.project.path}"


def _forget_widgets() -> None:
    """Another worksheet must not inherit what stands in the inputs of the one before."""
    for key in [str(k) for k in st.session_state if str(k).startswith("recommendation-")]:
        del st.session_state[key]
