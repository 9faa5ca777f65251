"""One record at a time: the next follows at once, back and undo, notes, reasons, history."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evidence.judgements import DecisionTakenBack, Provenance, RecordNote, ScreeningDecision
from evidence.project import Project
from evidence.state import read_state
from evidence.ui.screening.reading_trail import Trail
from tests.evidence.ui.people_factory import (
    PEOPLE,
    TWO,
    everything_shown,
    html_of,
    make_project,
    says,
    start,
    titles,
)

ADA = "Ada Okoro"
Start = Callable[..., AppTest]


@pytest.fixture
def open_one(monkeypatch: pytest.MonkeyPatch) -> Start:
    def opened(project: Project, name: str = ADA) -> AppTest:
        return start(monkeypatch, project, name, view="One at a time", order="Search order")

    return opened


def press(app: AppTest, key: str) -> None:
    """Click the button whose key begins so."""
    (button,) = [b for b in app.button if str(b.key).startswith(key)]
    button.click().run()
    assert not app.exception


def place(app: AppTest) -> str:
    return next(m.value for m in app.markdown if "left to screen" in m.value)


def decided(project: Project) -> list[tuple[str, str, str | None]]:
    words = project.entries(ScreeningDecision)
    return [(d.record_id, d.verdict, d.exclusion_reason) for d in words if d.provenance.by_person]


def test_it_is_how_people_begin_and_each_decision_brings_the_next_record(
    tmp_path: Path, open_one: Start
) -> None:
    project = make_project(tmp_path / "p", PEOPLE, 4)
    app = open_one(project)
    assert app.session_state["screening_view"] == "One at a time"
    assert (titles(app), place(app)) == (["r0"], "Record 1 of 4 · 4 left to screen")
    press(app, "include-")
    assert (titles(app), place(app)) == (["r1"], "Record 1 of 3 · 3 left to screen")
    press(app, "unclear-")
    press(app, "because-2-")
    press(app, "include-")
    assert decided(project) == [
        ("r0", "include", None),
        ("r1", "unclear", None),
        ("r2", "exclude", "Wrong population: not adults with acute gleam fever"),
        ("r3", "include", None),
    ]
    assert "Nothing is left for you to screen" in app.info[0].value


def test_when_nothing_is_left_the_way_on_is_shown(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", PEOPLE, 2)
    project.append(
        *(
            ScreeningDecision(
                record_id=f"r{number}",
                phase="title_abstract",
                verdict=verdict,
                provenance=Provenance(actor=ADA, engine="person"),
            )
            for number, verdict in enumerate(("unclear", "exclude"))
        )
    )
    app = AppTest.from_function(_with_pages, args=(str(project.path),), default_timeout=60)
    app.session_state["screening_phase"] = "Titles and abstracts"
    app.session_state["reviewer_name"] = ADA
    app.run()
    assert not app.exception
    told = "1 record goes on to the full text: what was included or left unclear."
    assert told in [element.value for element in app.markdown]
    labels = [link.proto.label for link in app.get("page_link")]
    assert labels == ["Open the full texts", "Open the overview: what comes next"]


def _with_pages(folder: str) -> None:
    from pathlib import Path

    import streamlit as st

    from evidence.ui.screening.page import page

    def screening() -> None:
        page(Path(folder), pages)

    def nothing() -> None:
        pass

    pages = {
        "full-texts": st.Page(nothing, title="Full texts", url_path="full-texts"),
        "overview": st.Page(nothing, title="Overview", url_path="overview"),
    }
    first = st.Page(screening, title="Screening", default=True)
    st.navigation([first, *pages.values()]).run()


def test_next_and_previous_decide_nothing_and_what_was_passed_over_comes_again(
    tmp_path: Path, open_one: Start
) -> None:
    project = make_project(tmp_path / "p", PEOPLE, 3)
    app = open_one(project)
    way = [titles(app)[0]]
    for _ in range(3):
        press(app, "screening_trail-0-on")
        way.append(titles(app)[0])
    assert way == ["r0", "r1", "r2", "r0"]
    press(app, "screening_trail-0-on")
    press(app, "include-")
    press(app, "screening_trail-0-back")
    assert titles(app) == ["r1"]
    assert place(app) == "Looked at again · 2 left to screen"
    assert "Ada Okoro</bdi></b> on the title and abstract: include" in html_of(app)
    assert decided(project) == [("r1", "include", None)]


def test_a_decision_that_is_looked_at_again_can_be_changed(tmp_path: Path, open_one: Start) -> None:
    project = make_project(tmp_path / "p", PEOPLE, 3)
    app = open_one(project)
    press(app, "include-")
    press(app, "screening_trail-0-back")
    press(app, "unclear-")
    assert titles(app) == ["r1"]
    assert decided(project) == [("r0", "include", None), ("r0", "unclear", None)]


def test_undo_takes_the_last_decision_back_and_shows_its_record_again(
    tmp_path: Path, open_one: Start
) -> None:
    project = make_project(tmp_path / "p", PEOPLE, 4)
    app = open_one(project)
    press(app, "include-")
    press(app, "because-1-")
    press(app, "undo")
    assert "Taken back: excluded, Title 1" in app.toast[0].value
    assert titles(app) == ["r1"]
    press(app, "undo")
    assert titles(app) == ["r0"]
    assert [e.record_id for e in project.entries(DecisionTakenBack)] == ["r1", "r0"]
    assert read_state(project).fate("r0") == "to_screen"
    before = project.head()
    press(app, "undo")
    assert project.head() == before
    assert "no decision of Ada Okoro to take back" in app.warning[0].value
    assert project.chain_problems() == []


def test_undo_is_refused_with_its_reason_once_both_have_judged(
    tmp_path: Path, open_one: Start
) -> None:
    project = make_project(tmp_path / "p", TWO, 3)
    app = open_one(project)
    press(app, "include-")
    project.append(says("Ben Quist", "include", "r0"))
    before = project.head()
    press(app, "undo")
    assert project.head() == before
    assert "both reviewers have judged it" in app.warning[0].value


def test_a_key_that_comes_twice_before_the_next_record_is_drawn_decides_once(
    tmp_path: Path, open_one: Start
) -> None:
    project = make_project(tmp_path / "p", PEOPLE, 3)
    app = open_one(project)
    include, unclear = (
        app.button(key=f"{verdict}-title_abstract-r0") for verdict in ("include", "unclear")
    )
    include.click()
    unclear.click().run()  # both reach the server with one redraw
    assert decided(project) == [("r0", "include", None)]
    assert "you had just decided" in app.warning[0].value


def test_a_reason_of_ones_own_is_written_and_none_is_asked_for(
    tmp_path: Path, open_one: Start
) -> None:
    project = make_project(tmp_path / "p", PEOPLE, 3)
    app = open_one(project)
    press(app, "exclude-button-")
    assert "choose or write a reason" in app.warning[0].value
    app.text_input(key="words-title_abstract-r0").set_value("a *letter*")
    press(app, "exclude-button-")
    assert decided(project) == [("r0", "exclude", "a *letter*")]


def test_labels_and_a_note_are_written_at_once_shown_and_filtered(
    tmp_path: Path, open_one: Start
) -> None:
    project = make_project(tmp_path / "p", PEOPLE, 4)
    app = open_one(project)
    app.multiselect(key=f"labels-{ADA}-r0").set_value(["Children"]).run()
    # What is being written there meanwhile is not overwritten.
    assert not app.text_area(key=f"note-{ADA}-r0").proto.set_value
    app.text_area(key=f"note-{ADA}-r0").set_value("ask <b>Ben</b>").run()
    assert not app.exception
    last = project.entries(RecordNote)[-1]
    assert (last.record_id, last.labels, last.text) == ("r0", ("Children",), "ask <b>Ben</b>")
    assert '<bdi class="ev-label">Children</bdi>' in html_of(app)
    assert "ask &lt;b&gt;Ben&lt;/b&gt;" in html_of(app)
    press(app, "screening_trail-0-on")
    assert app.multiselect(key=f"labels-{ADA}-r1").options == ["Children"]
    app.selectbox(key="screening_label").set_value("Children").run()
    assert (titles(app), place(app)) == (["r0"], "Record 1 of 1 · 4 left to screen")
    app.multiselect(key=f"labels-{ADA}-r0").set_value([]).run()
    assert project.entries(RecordNote)[-1].labels == ()
    app.multiselect(key=f"labels-{ADA}-r0").set_value(["children"]).run()
    before = project.head()
    app.multiselect(key=f"labels-{ADA}-r0").set_value(["Children", "children"]).run()
    assert project.head() == before  # nothing new is noted


@pytest.mark.parametrize("view", ["One at a time", "List"])
def test_a_blind_reviewers_note_and_label_are_nowhere_for_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, view: str
) -> None:
    note = RecordNote(
        record_id="r0",
        labels=("secret label",),
        text="secret note",
        provenance=Provenance(actor="Ben Quist", engine="person"),
    )
    project = make_project(tmp_path / "p", TWO, 3)
    project.append(note)
    app = start(monkeypatch, project, view=view, order="Search order")
    assert titles(app)[0] == "r0"
    assert "secret" not in everything_shown(app)
    assert "screening_label" not in [box.key for box in app.selectbox]
    project.append(says("Ben Quist", "exclude", "r0"))
    assert "secret" not in everything_shown(app.run())
    app.button(key="include-title_abstract-r0").click().run()
    if view == "List":
        app.session_state["screening_verdict"] = "All"
        app.run()
    else:
        press(app, "screening_trail-0-back")
    assert "secret note" in everything_shown(app)


def test_the_history_holds_undo_and_note_and_is_read_on_request(
    tmp_path: Path, open_one: Start
) -> None:
    project = make_project(tmp_path / "p", PEOPLE, 3)
    app = open_one(project)
    press(app, "include-")
    press(app, "undo")
    assert "took the last decision" not in html_of(app)
    app.session_state["history-r0"] = True
    app.run()
    page = html_of(app)
    assert page.index("include on title and abstract") < page.index("took the last decision")


def test_words_of_the_question_are_marked_until_they_are_switched_off(
    tmp_path: Path, open_one: Start
) -> None:
    app = open_one(make_project(tmp_path / "p", PEOPLE, 3, proposals=[0]))
    page = html_of(app)
    assert 'data-sign="1">We randomly assigned</mark>' in page
    assert '<mark class="ev-w ev-c1" title="Adults with acute gleam fever" data-sign="2">' in page
    assert '<mark class="ev-w ev-c3">I</mark> Intervention</li>' in page
    app.toggle(key="screening_marks").set_value(False).run()
    page = html_of(app)
    assert 'data-sign="1">We randomly assigned</mark>' in page
    assert '<mark class="ev-w' not in page


def test_labels_of_an_abstract_are_headings_and_no_word_is_lost() -> None:
    from evidence.ui.screening.record_text import record_text
    from indexers.records import Record

    text = "Before. \nBackground: It is so: yes.\nMETHODS: We asked. RESULTS: None."
    page = str(record_text(Record(record_id="r", source="s", title="t", abstract=text)))
    assert page.split("</p>", 1)[1] == (
        '<div class="ev-abstract"><p>Before.</p><h4>Background</h4><p>It is so: yes.</p>'
        "<h4>METHODS</h4><p>We asked.</p><h4>RESULTS</h4><p>None.</p></div>"
    )


def test_a_trail_keeps_its_way_when_a_record_leaves_the_project() -> None:
    trail = (
        Trail()
        .on(["a", "b", "c"], "abc".__contains__)
        .forward()
        .on(["a", "b", "c"], "abc".__contains__)
    )
    assert trail == Trail(("a", "b"), 1)
    assert trail.on(["b", "c"], "bc".__contains__) == Trail(("b",), 0)
    assert trail.on(["c"], "c".__contains__) == Trail(("c",), 0)
    assert trail.to("a") == Trail(("a", "b"), 0)
    assert trail.to("z") == Trail(("a", "z", "b"), 1)


def test_what_the_filters_begin_with_is_their_default(tmp_path: Path, open_one: Start) -> None:
    # A value that is set once is lost where that drawing of the page never reaches the browser.
    app = open_one(make_project(tmp_path / "p", PEOPLE, 4))
    for key, first in (("screening_verdict", "Not screened"), ("screening_view", "One at a time")):
        box = app.segmented_control(key=key)
        assert box.value == first
        assert list(box.proto.default) == [0]
