import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evidence.judgements import ScreeningDecision
from evidence.project import Project
from tests.evidence.screening_project_factory import make_screening_project

APP = Path(__file__).resolve().parents[3] / "evidence" / "ui" / "navigation.py"
UNCLEAR = "other-106"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_screening_project(tmp_path / "p")


def _screening(folder: str) -> None:
    from pathlib import Path

    from evidence.ui.screening.page import page

    page(Path(folder))


def start(monkeypatch: pytest.MonkeyPatch, *arguments: Path) -> AppTest:
    monkeypatch.setattr(sys, "argv", ["app.py", *map(str, arguments)])
    if arguments:
        app = AppTest.from_function(_screening, args=(str(arguments[0]),), default_timeout=60)
    else:
        app = AppTest.from_file(str(APP), default_timeout=60)
    app.run()
    assert not app.exception
    return app


def sign(app: AppTest, name: str = "Ada Okoro") -> None:
    app.text_input(key="reviewer_input").set_value(name).run()
    assert not app.exception


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def by_people(project: Project) -> list[ScreeningDecision]:
    return [d for d in project.entries(ScreeningDecision) if d.provenance.by_person]


def test_records_are_shown_twenty_a_page_with_their_quotes_marked(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = html_of(start(monkeypatch, project.path))
    assert page.count("ev-card") == 20
    assert "does solvane compared with placebo reduce relapse?" in page
    assert (
        '<mark class="ev-c0" title="Randomised controlled trial" data-sign="1">We randomly '
        'assigned <mark class="ev-c1" title="Adults with acute gleam fever" data-sign="2"><mark '
        'class="ev-w ev-c1" title="Adults with acute gleam fever" data-sign="2">adults</mark>'
        '</mark></mark><mark class="ev-c1" title="Adults with acute gleam fever" data-sign="2"> '
        'with <mark class="ev-w ev-c1" title="Adults with acute gleam fever" data-sign="2">acute '
        'gleam fever</mark></mark> to <mark class="ev-w ev-c3" title="Intervention" '
        'data-sign="I">solvane</mark>.' in page
    )
    assert "30 of 45 records settled, 15 left for a person" in page


def test_unclear_records_come_first_and_pages_turn(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start(monkeypatch, project.path)
    first = html_of(app)
    assert first.count('class="ev-top"><span class="ev-verdict ev-unclear"') == 15
    app.session_state["screening_page_0"] = 3
    app.run()
    assert html_of(app).count("ev-card") == 5


def test_an_exclusion_is_written_with_who_and_why(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start(monkeypatch, project.path)
    sign(app)
    app.selectbox(key=f"reason-title_abstract-{UNCLEAR}").set_value(
        "Wrong population: experiments in animals only"
    )
    app.text_input(key=f"words-title_abstract-{UNCLEAR}").set_value("rats *only*")
    app.button(key=f"exclude-button-title_abstract-{UNCLEAR}").click().run()
    assert not app.exception
    (decision,) = by_people(project)
    assert (decision.record_id, decision.phase, decision.verdict) == (
        *(UNCLEAR, "title_abstract"),
        "exclude",
    )
    assert decision.exclusion_reason == "Wrong population: experiments in animals only"
    assert decision.provenance.actor == "Ada Okoro"
    assert decision.provenance.engine == "person"
    assert decision.provenance.reason == "rats *only*"
    assert "Excluded" in app.toast[0].value
    assert "31 of 45 records settled" in html_of(app)


def test_a_second_decision_is_logged_too_and_told_in_the_history(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start(monkeypatch, project.path)
    sign(app)
    app.button(key=f"include-title_abstract-{UNCLEAR}").click().run()
    app.text_input(key="screening_words").set_value("part 6").run()
    app.button(key=f"unclear-title_abstract-{UNCLEAR}").click().run()
    assert [(d.record_id, d.verdict) for d in by_people(project)] == [
        (UNCLEAR, "include"),
        (UNCLEAR, "unclear"),
    ]
    assert "History (3)" in html_of(app)
    assert project.chain_problems() == []


def test_a_record_with_a_full_text_is_decided_on_its_full_text(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start(monkeypatch, project.path)
    sign(app)
    app.button(key="include-full_text-trial-2").click().run()
    (decision,) = by_people(project)
    assert decision.phase == "full_text"


@pytest.mark.parametrize("name", ["", "   ", "machine", "Machine "])
def test_nothing_is_written_without_a_persons_name(
    project: Project, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    app = start(monkeypatch, project.path)
    if name:
        sign(app, name)
    before = project.head()
    app.button(key=f"include-title_abstract-{UNCLEAR}").click().run()
    assert project.head() == before
    assert "Please write your name" in app.warning[0].value


def test_no_exclusion_without_a_reason(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    app = start(monkeypatch, project.path)
    sign(app)
    app.button(key=f"exclude-button-title_abstract-{UNCLEAR}").click().run()
    assert by_people(project) == []
    assert "reason" in app.warning[0].value


def test_filters_by_verdict_person_and_words(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start(monkeypatch, project.path)
    sign(app)
    app.button(key=f"include-title_abstract-{UNCLEAR}").click().run()
    app.session_state["screening_by"] = "Person"
    app.run()
    assert html_of(app).count("ev-card") == 1
    app.session_state["screening_by"] = "Anyone"
    app.run()
    app.text_input(key="screening_words").set_value("mice nowhere").run()
    assert "No record fits" in app.info[0].value


def test_text_of_a_record_is_escaped(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    page = html_of(start(monkeypatch, project.path))
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in page
    assert 'href="javascript' not in page


def test_a_missing_or_damaged_project_gives_one_line(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    app = start(monkeypatch, tmp_path / "nowhere")
    assert len(app.error) == 1
    assert "expected a project folder" in app.error[0].value.replace("\\", "")
    project.close()
    (project.path / "review.db").write_bytes(b"not a database" * 100)
    app = start(monkeypatch, project.path)
    assert len(app.error) == 1
    assert "\n" not in app.error[0].value


def test_a_log_line_that_cannot_be_read_gives_one_line(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    with sqlite3.connect(project.path / "review.db") as connection:
        connection.execute(
            "INSERT INTO log (kind, body, previous_hash, hash) VALUES ('x', '{}', 'x', 'x')"
        )
    connection.close()
    app = start(monkeypatch, project.path)
    assert len(app.error) == 1
    assert "log" in app.error[0].value
    assert "\n" not in app.error[0].value


def test_without_a_project_one_can_be_opened(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    app = start(monkeypatch)
    assert any("evidence demo" in code.value for code in app.code)
    app.text_input[0].set_value(str(tmp_path / "nowhere"))
    app.button[0].click().run()
    assert len(app.error) == 1
    app.text_input[0].set_value(str(project.path))
    app.button[0].click().run()
    assert not app.error
    assert "does solvane compared with placebo reduce relapse?" in html_of(app)
