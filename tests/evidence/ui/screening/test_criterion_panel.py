"""Answers criterion by criterion on the screening page, and what is written of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evidence.grounding import entry_problems
from evidence.judgements import CriterionVerdict, ScreeningDecision
from evidence.project import Project
from tests.evidence.ui.people_factory import PEOPLE, TWO, html_of, make_project, says, start, titles

NAME = "title_abstract-r0"


def opened(monkeypatch: pytest.MonkeyPatch, project: Project) -> AppTest:
    app = start(monkeypatch, project, view="One at a time", order="Search order")
    return opens_panel(app)


def opens_panel(app: AppTest) -> AppTest:
    """Open the panel as a click on it does."""
    app.session_state["criteria-panel"] = True
    app.run()
    assert not app.exception
    return app


def answer(app: AppTest, **stands: str) -> None:
    for criterion, stand in stands.items():
        app.button_group(key=f"stands-{criterion}-{NAME}").set_value(stand).run()
        assert not app.exception


def stands(app: AppTest) -> list[str]:
    return [str(g.value) for g in app.button_group if str(g.key).startswith("stands-")]


def comes_to(app: AppTest) -> str:
    return next((c.value for c in app.main.caption if "come to" in c.value), "")


def press(app: AppTest) -> None:
    app.button(key=f"by-criteria-{NAME}").click().run()
    assert not app.exception


def test_the_answers_decide_as_they_say_and_are_written_with_their_quote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "p", PEOPLE, 3)
    app = opened(monkeypatch, project)
    assert stands(app) == ["Unclear"] * 3
    assert "leave unclear" in comes_to(app)
    answer(app, design="Met", population="Met", animals="Not met")
    assert comes_to(app).endswith("include")
    app.text_input(key=f"words-design-{NAME}").set_value("We randomly assigned").run()
    press(app)
    (decision,) = written(project)
    assert (decision.verdict, decision.exclusion_reason) == ("include", None)
    assert [c.verdict for c in decision.criteria] == ["met", "met", "not_met"]
    assert [q.text for c in decision.criteria for q in c.quotes] == ["We randomly assigned"]
    assert entry_problems(decision, project.document) == []
    assert titles(app) == ["r1"]  # the next record, the panel still open
    assert app.button_group(key="stands-design-title_abstract-r1").value == "Unclear"


def test_one_criterion_against_a_record_excludes_it_for_that_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "p", PEOPLE, 3)
    app = opened(monkeypatch, project)
    answer(app, design="Met", population="Not met")
    assert "exclude" in comes_to(app)
    assert "Wrong population" in comes_to(app)
    press(app)
    (decision,) = written(project)
    assert decision.verdict == "exclude"
    assert (decision.exclusion_reason or "").startswith("Wrong population")
    app.button(key="screening_trail-0-back").click().run()
    assert stands(app) == ["Met", "Not met", "Unclear"]  # one's own answers stand again
    assert "not met</span> Adults with acute gleam fever" in html_of(app)


def test_words_that_do_not_stand_in_the_text_hold_the_decision_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "p", PEOPLE, 3)
    app = opened(monkeypatch, project)
    answer(app, design="Met")
    app.text_input(key=f"words-design-{NAME}").set_value("We *never* assigned").run()
    assert "does not stand in the text" in app.warning[0].value.replace("\\", "")
    assert not [b for b in app.button if str(b.key).startswith("by-criteria")]


def test_what_a_click_itself_changed_is_told_and_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "p", PEOPLE, 3)
    app = opened(monkeypatch, project)
    answer(app, design="Met", population="Met", animals="Not met")
    app.button_group(key=f"stands-population-{NAME}").set_value("Not met")
    press(app)
    assert written(project) == []
    assert "Not written" in app.warning[0].value
    assert "exclude" in comes_to(app)


@pytest.mark.parametrize("hidden", [False, True])
def test_the_engines_answers_are_a_start_only_where_they_may_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hidden: bool
) -> None:
    settings = PEOPLE.model_copy(update={"hide_machine": hidden})
    project = make_project(tmp_path / "p", settings, 3, proposals=[0])
    app = opened(monkeypatch, project)
    assert stands(app) == [("Unclear" if hidden else "Met"), "Unclear", "Unclear"]
    boxes = [box.value for box in app.text_input if str(box.key).startswith("words-design")]
    assert boxes == ([] if hidden else ["We randomly assigned"])


def test_a_blind_reviewer_never_sees_the_others_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "p", TWO, 3)
    answered = CriterionVerdict(criterion_id="population", verdict="not_met")
    others = says("Ben Quist", "exclude", "r0").model_copy(update={"criteria": (answered,)})
    project.append(others)
    app = opened(monkeypatch, project)
    assert titles(app) == ["r0"]
    assert stands(app) == ["Unclear"] * 3


def written(project: Project) -> list[ScreeningDecision]:
    return [d for d in project.entries(ScreeningDecision) if d.provenance.by_person]
