"""The audit page: the log in words, filtered, checked, and blind where it has to be."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evidence.audit import HIDDEN
from evidence.judgements import Provenance, ScreeningDecision
from evidence.project import Project
from evidence.ui.audit.page import LINES_A_PAGE
from tests.evidence.trial_factory import HOSTILE
from tests.evidence.ui.people_factory import PEOPLE, TWO, make_project


def _draw(folder: str) -> None:
    from pathlib import Path

    from evidence.ui.audit.page import page

    page(Path(folder))


def start(folder: Path, name: str = "Ada") -> AppTest:
    app = AppTest.from_function(_draw, args=(str(folder),), default_timeout=60).run()
    assert not app.exception
    app.text_input(key="reviewer_input").set_value(name).run()
    return app


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def caption_of(app: AppTest) -> str:
    return "\n".join(caption.value for caption in app.main.caption)


def decided(project: Project, name: str, record_id: str = "r1") -> None:
    project.append(
        ScreeningDecision(
            record_id=record_id,
            phase="title_abstract",
            verdict="include",
            provenance=Provenance(actor=name, engine="person", reason="fits well"),
        )
    )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = make_project(tmp_path / "p", PEOPLE, n_records=2 * LINES_A_PAGE)
    decided(made, "Ada")
    return made


def test_the_newest_lines_come_first_and_the_rest_on_further_pages(project: Project) -> None:
    app = start(project.path)
    page = html_of(app)
    assert "fits well" in page
    assert "Title 99" in page
    assert "Title 3<" not in page
    assert "Lines 1 to 50 of 102, newest first" in caption_of(app)


def test_lines_are_found_by_kind_person_and_words(project: Project) -> None:
    app = start(project.path)
    app.selectbox(key="audit_who").set_value("Ada").run()
    assert "of 1, newest" in caption_of(app)
    app.selectbox(key="audit_who").set_value("Anyone").run()
    app.multiselect(key="audit_kinds").set_value(["Record found"]).run()
    app.text_input(key="audit_words").set_value("title 42").run()
    assert "of 1, newest" in caption_of(app)
    app.text_input(key="audit_words").set_value("no such words").run()
    assert app.info[0].value == "No line fits these filters."
    assert not app.exception


def test_the_whole_log_is_checked_on_request_and_a_changed_line_is_named(
    project: Project, tmp_path: Path
) -> None:
    app = start(project.path)
    app.button[0].click().run()
    assert "all 102 lines hold" in app.success[0].value
    with closing(sqlite3.connect(project.path / "review.db")) as connection, connection:
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in connection.execute(triggers).fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("UPDATE log SET hash = 'x' WHERE seq = 5")
    app.button[0].click().run()
    assert "problems were found" in app.error[0].value
    assert "line 5" in "\n".join(element.value for element in app.markdown)


def test_a_blind_reviewer_reads_no_verdict_of_the_other(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", TWO)
    decided(project, "Ada")
    assert HIDDEN in html_of(start(project.path, "Bob"))
    assert "fits well" not in html_of(start(project.path, "Bob"))
    assert "fits well" in html_of(start(project.path, "Ada"))


def test_text_of_records_is_escaped(project: Project) -> None:
    app = start(project.path)
    app.text_input(key="audit_words").set_value("title 0").run()
    assert HOSTILE not in html_of(app)
    assert "Title 0 " in html_of(app)


def test_flow_and_statement_are_there(project: Project) -> None:
    app = start(project.path)
    page = html_of(app)
    assert "<svg" not in page  # the page would leave it out
    assert len(app.get("image")) == 1
    assert "Numbers were pooled and rated by code, never by a model." in page
