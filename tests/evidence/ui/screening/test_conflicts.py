"""The conflicts page: both verdicts side by side, an adjudicator's word, agreement."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evidence.config import ScreeningSettings
from evidence.judgements import ScreeningDecision
from evidence.project import Project
from evidence.state import read_state
from tests.evidence.trial_factory import HOSTILE
from tests.evidence.ui.people_factory import PEOPLE, TWO, html_of, make_project, says

APP = Path(__file__).resolve().parents[4] / "evidence" / "ui" / "navigation.py"
BY_CLEO = TWO.model_copy(update={"adjudicators": ("Cleo Ray",)})


def with_conflict(path: Path, settings: ScreeningSettings = TWO) -> Project:
    project = make_project(path, settings, 6)
    project.append(
        says("Ada Okoro", "include", "r0"),
        says("Ben Quist", "exclude", "r0", reason=f"wrong dose {HOSTILE}"),
        says("Ada Okoro", "exclude", "r1"),
        says("Ben Quist", "exclude", "r1"),
        says("Ben Quist", "include", "r2", reason="half judged"),
    )
    return project


def _draw(folder: str) -> None:
    from pathlib import Path

    from evidence.ui.screening import conflicts

    conflicts.page(Path(folder))


def on_conflicts(project: Project, name: str = "Cleo Ray") -> AppTest:
    app = AppTest.from_function(_draw, args=(str(project.path),), default_timeout=60).run()
    if name:
        app.text_input(key="reviewer_input").set_value(name).run()
    assert not app.exception
    return app


def test_both_verdicts_stand_side_by_side_with_names_and_reasons(tmp_path: Path) -> None:
    page = html_of(on_conflicts(with_conflict(tmp_path / "p")))
    assert "<b>1</b><span>open conflict</span>" in page
    assert page.count("ev-sides") - page.count(".ev-sides") == 1
    ada, ben = page.index("<b><bdi>Ada Okoro</bdi></b>"), page.index("<b><bdi>Ben Quist</bdi></b>")
    assert ada < ben
    assert "ev-include" in page[:ada][-60:]
    assert "wrong dose" in page[ben:]
    assert "half judged" not in page
    assert "<script" not in page
    assert "<img" not in page


def test_an_adjudicator_settles_it(tmp_path: Path) -> None:
    project = with_conflict(tmp_path / "p", BY_CLEO)
    app = on_conflicts(project)
    app.text_input(key="words-adjudicator-title_abstract-r0").set_value("a child’s dose")
    app.button(key="exclude-button-adjudicator-title_abstract-r0").click().run()
    assert not app.exception
    decision = project.entries(ScreeningDecision)[-1]
    assert (decision.provenance.actor, decision.role) == ("Cleo Ray", "adjudicator")
    assert read_state(project).fate("r0") == "excluded_title_abstract"
    assert "No conflict is open" in app.info[0].value


@pytest.mark.parametrize("name", ["Ada Okoro", "Dan Eze"])
def test_who_may_not_adjudicate_is_told_why(tmp_path: Path, name: str) -> None:
    app = on_conflicts(with_conflict(tmp_path / "p", BY_CLEO), name)
    assert not app.get("form_submit_button")
    assert not [button for button in app.button if "adjudicator" in str(button.key)]
    told = [caption.value.replace("\\", "") for caption in app.caption]
    assert any("only Cleo Ray may adjudicate" in each for each in told)


def test_a_settled_conflict_cannot_be_settled_by_who_has_no_name(tmp_path: Path) -> None:
    project = with_conflict(tmp_path / "p")
    app = on_conflicts(project, name="")
    before = project.head()
    app.button(key="include-adjudicator-title_abstract-r0").click().run()
    assert project.head() == before
    assert "write your name" in app.warning[0].value


def test_agreement_is_shown_with_intervals_and_the_calibration_round(tmp_path: Path) -> None:
    settings = TWO.model_copy(update={"calibration_records": 6})
    page = html_of(on_conflicts(with_conflict(tmp_path / "p", settings)))
    assert "Ada Okoro and Ben Quist on title and abstract, calibration round" in page
    assert "Cohen’s κ" in page
    assert "PABAK" in page
    assert '0.50 <span class="ev-soft">(0.09 to 0.91)</span>' in page


@pytest.mark.parametrize(("settings", "conflicts"), [(TWO, True), (PEOPLE, False)])
def test_only_two_reviewers_have_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: ScreeningSettings, conflicts: bool
) -> None:
    seen: list[list[str]] = []
    import streamlit

    navigation = streamlit.navigation

    def noted(pages: dict, **options: object) -> object:
        seen.append([page.title for group in pages.values() for page in group])
        return navigation(pages, **options)

    monkeypatch.setattr(streamlit, "navigation", noted)
    project = make_project(tmp_path / "p", settings)
    monkeypatch.setattr("sys.argv", ["app.py", str(project.path)])
    assert not AppTest.from_file(str(APP), default_timeout=60).run().exception
    assert ("Conflicts" in seen[0]) == conflicts
    assert {"Screening", "Duplicates", "Risk of bias", "Evidence"} <= set(seen[0])
