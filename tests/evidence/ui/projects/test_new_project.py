"""The list of projects and the page that makes one: a form that loses nothing."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread

import pytest
from streamlit.testing.v1 import AppTest

from evidence.config import Settings
from evidence.demo import demo_question
from evidence.new_review import DroppedFile, NewStore, create_review
from evidence.project import Project
from evidence.proposed_folder import proposed_folder
from evidence.question import load_question
from evidence.ui import ahead
from evidence.ui.projects.new_project import (
    BY_SETTINGS,
    DROPPED,
    EXISTING,
    FAST,
    PEOPLE,
    TWO,
)
from tests.evidence.screening_project_factory import make_screening_project
from tests.evidence.test_new_review import QUESTION, RIS
from tests.evidence.ui.projects.projects_factory import (
    checked,
    html_of,
    new_project_page,
    plainly,
    start,
)

ASKED = "In adults with asthma, does salbutamol compared with placebo reduce exacerbations?"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return new_project_page(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    files = NewStore((DroppedFile("mine.ris", RIS),), "static")
    return create_review(folder / "p", QUESTION, Settings(), files).manifest.store


def criteria(page: AppTest) -> list[str]:
    return [a.value for a in page.text_area if str(a.key).startswith("new-criterion-")]


def use_store(page: AppTest, store: Path) -> None:
    checked(page.radio(key="new-records").set_value(EXISTING).run())
    checked(page.text_input(key="new-store").set_value(str(store)).run())


def make(page: AppTest, folder: Path) -> AppTest:
    page.text_input(key="new-folder").set_value(str(folder)).run()
    return checked(page.button(key="new-create").click().run())


def test_the_encoder_is_loaded_while_the_form_is_filled(
    loading: list[Thread], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = Event()
    monkeypatch.setattr(ahead, "import_alone", lambda _: loaded.set())
    start(tmp_path, monkeypatch)
    loading.clear()
    assert not loaded.is_set()
    new_project_page(tmp_path, monkeypatch)
    assert loaded.wait(60)


def test_without_a_question_nothing_can_be_made(page: AppTest) -> None:
    assert page.button(key="new-create").disabled
    # The box gives its words away only when it is left, so this button is never grey.
    checked(page.button(key="new-propose").click().run())
    assert "the question is empty" in plainly(page.error[0].value)


def test_a_question_is_proposed_edited_and_made_into_a_project(
    page: AppTest, tmp_path: Path, store: Path
) -> None:
    checked(page.text_area(key="new-text").set_value(ASKED).run())
    checked(page.button(key="new-propose").click().run())
    assert page.text_area(key="new-population").value == "adults with asthma"
    assert "Read from the question" in plainly(page.info[0].value)
    assert len(criteria(page)) == 4
    checked(page.button(key="new-remove-2").click().run())
    checked(page.button(key="new-add-exclusion").click().run())
    checked(page.text_area(key="new-criterion-5").set_value("Case reports").run())
    checked(page.text_area(key="new-outcomes").set_value("exacerbations\ndeath").run())
    use_store(page, store)
    make(page, tmp_path / "made")
    assert page.title[0].value == "Made"
    question = Project.open(tmp_path / "made").manifest.question
    assert question.text == ASKED
    assert question.pico.outcomes == ("exacerbations", "death")
    assert [(c.kind, c.text) for c in question.criteria][-1] == ("exclusion", "Case reports")
    assert [c.criterion_id for c in question.criteria][:3] == [
        "population",
        "comparator",
        "design",
    ]
    assert question.strategy is not None


def test_the_strategy_can_be_left_out(page: AppTest, tmp_path: Path, store: Path) -> None:
    checked(page.text_area(key="new-text").set_value(ASKED).run())
    checked(page.button(key="new-propose").click().run())
    checked(page.toggle(key="new-by-strategy").set_value(False).run())
    use_store(page, store)
    make(page, tmp_path / "made")
    assert Project.open(tmp_path / "made").manifest.question.strategy is None


def test_the_demo_question_comes_as_it_ships_and_what_was_typed_comes_back(page: AppTest) -> None:
    checked(page.text_area(key="new-text").set_value("My own words").run())
    checked(page.text_area(key="new-comparator").set_value("placebo").run())
    checked(page.button(key="new-demo").click().run())
    shipped = load_question(demo_question())
    assert page.text_area(key="new-text").value == shipped.text
    assert criteria(page) == [c.text for c in shipped.criteria]
    checked(page.button(key="new-back").click().run())
    assert page.text_area(key="new-text").value == "My own words"
    assert page.text_area(key="new-comparator").value == "placebo"
    assert criteria(page) == []


def test_an_error_loses_nothing_that_was_typed(page: AppTest, tmp_path: Path, store: Path) -> None:
    checked(page.button(key="new-demo").click().run())
    checked(page.text_area(key="new-criterion-1").set_value("Any design").run())
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("")
    make(page, tmp_path / "full")
    assert "expected a new or empty folder" in plainly(page.error[0].value)
    use_store(page, tmp_path / "nowhere")
    make(page, tmp_path / "made")
    assert str(tmp_path / "nowhere") in plainly(page.error[0].value)
    assert criteria(page)[0] == "Any design"
    assert page.text_area(key="new-text").value == load_question(demo_question()).text
    checked(page.text_input(key="new-store").set_value(str(store)).run())
    make(page, tmp_path / "made")
    assert Project.open(tmp_path / "made").manifest.question.criteria[0].text == "Any design"


def test_what_is_missing_is_said(page: AppTest, tmp_path: Path) -> None:
    checked(page.text_area(key="new-text").set_value("Why?").run())
    checked(page.radio(key="new-records").set_value(DROPPED).run())
    make(page, tmp_path / "made")
    assert "no files were dropped" in plainly(page.error[0].value)


def test_a_folder_is_proposed_and_taken_where_none_is_written(
    page: AppTest, tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    checked(page.text_area(key="new-text").set_value("Does solvane help in gleam fever?").run())
    use_store(page, store)
    wanted = tmp_path / "evidence-reviews" / "solvane-help-gleam-fever"
    assert page.text_input(key="new-folder").placeholder == str(wanted)
    checked(page.button(key="new-create").click().run())
    assert Project.open(wanted).manifest.question.text == "Does solvane help in gleam fever?"
    assert proposed_folder("Does solvane help in gleam fever?").name.endswith("fever-2")


def test_own_files_are_shown_and_all_screened_unless_asked(page: AppTest, tmp_path: Path) -> None:
    checked(page.text_area(key="new-text").set_value(ASKED).run())
    checked(page.button(key="new-propose").click().run())
    checked(page.radio(key="new-records").set_value(DROPPED).run())
    checked(page.radio(key="new-encoder").set_value(FAST).run())
    page.get("file_uploader")[1].upload("mine.ris", RIS, "text/plain")
    checked(page.run())
    assert "<b>mine.ris</b>: 2 records" in html_of(page)
    assert "Solvane for gleam fever" in html_of(page)
    assert "All 2 records are screened." in [each.value for each in page.caption]
    make(page, tmp_path / "all")
    made = Project.open(tmp_path / "all").manifest
    assert made.settings.search.all_records
    assert made.question.strategy is not None


def test_own_files_are_filtered_when_it_is_asked_for(page: AppTest, tmp_path: Path) -> None:
    checked(page.text_area(key="new-text").set_value(ASKED).run())
    checked(page.button(key="new-propose").click().run())
    checked(page.radio(key="new-records").set_value(DROPPED).run())
    checked(page.radio(key="new-encoder").set_value(FAST).run())
    checked(page.toggle(key="new-filter-files").set_value(True).run())
    page.get("file_uploader")[1].upload("mine.ris", RIS, "text/plain")
    checked(page.run())
    assert "does not find are left out" in page.warning[0].value
    make(page, tmp_path / "some")
    assert not Project.open(tmp_path / "some").manifest.settings.search.all_records


def test_two_people_decide_as_was_chosen(page: AppTest, tmp_path: Path, store: Path) -> None:
    checked(page.text_area(key="new-text").set_value("Why?").run())
    use_store(page, store)
    checked(page.radio(key="new-decides").set_value(PEOPLE).run())
    checked(page.radio(key="new-reviewers").set_value(TWO).run())
    assert page.toggle(key="new-blind").value
    checked(page.toggle(key="new-hide").set_value(True).run())
    checked(page.text_input(key="new-adjudicators").set_value("Cy, Di").run())
    make(page, tmp_path / "made")
    screening = Project.open(tmp_path / "made").manifest.settings.screening
    assert (screening.decided_by, screening.reviewers) == ("people", 2)
    assert (screening.blind, screening.hide_machine) == (True, True)
    assert screening.adjudicators == ("Cy", "Di")


def test_settings_come_from_a_file_and_its_choices_are_shown(
    page: AppTest, tmp_path: Path, store: Path
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(
        '[engine]\nkind = "openai"\nbase_url = "http://127.0.0.1:9/v1"\nmodel = "m-7"\n'
        '[screening]\ndecided_by = "people"\nreviewers = 2\nblind = false\n'
    )
    checked(page.text_area(key="new-text").set_value("Why?").run())
    use_store(page, store)
    checked(page.radio(key="new-engine").set_value(BY_SETTINGS).run())
    checked(page.text_input(key="new-settings").set_value(str(tmp_path / "nowhere")).run())
    assert "expected a readable TOML file" in plainly(page.error[0].value)
    checked(page.text_input(key="new-settings").set_value(str(file)).run())
    assert not page.error
    assert page.radio(key="new-reviewers").value == TWO
    make(page, tmp_path / "made")
    settings = Project.open(tmp_path / "made").manifest.settings
    assert settings.engine.kind == "openai"
    assert (settings.screening.reviewers, settings.screening.blind) == (2, False)


def test_a_question_toml_fills_the_form_and_a_wrong_one_is_one_line(page: AppTest) -> None:
    checked(page.text_area(key="new-text").set_value("My own words").run())
    page.file_uploader(key="new-toml").upload("mine.toml", b"text = 3\n", "application/toml")
    checked(page.run())
    assert plainly(page.error[0].value).startswith("mine.toml:1: text:")
    assert page.text_area(key="new-text").value == "My own words"


def test_projects_that_were_opened_are_listed_and_open_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_screening_project(tmp_path / "p", n_records=5)
    app = start(tmp_path, monkeypatch)
    assert [b.key for b in app.button if str(b.key).startswith("recent-")] == []
    app.text_input[0].set_value(str(tmp_path / "nowhere"))
    checked(app.button[0].click().run())
    assert "expected a project folder" in plainly(app.error[0].value)
    app.text_input[0].set_value(str(project.path))
    checked(app.button[0].click().run())
    assert "records identified" in html_of(app)
    later = start(tmp_path, monkeypatch)
    assert plainly(later.button(key="recent-0").label) == "p"
    checked(later.button(key="recent-0").click().run())
    assert "records identified" in html_of(later)


def test_a_folder_that_is_no_project_any_more_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_screening_project(tmp_path / "p", n_records=5)
    app = start(tmp_path, monkeypatch)
    app.text_input[0].set_value(str(project.path))
    checked(app.button[0].click().run())
    later = start(tmp_path, monkeypatch)
    (project.path / "manifest.json").unlink()
    checked(later.button(key="recent-0").click().run())
    assert "expected a project folder" in plainly(later.error[0].value)
