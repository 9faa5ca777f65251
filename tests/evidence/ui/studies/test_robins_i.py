"""The risk-of-bias page of a study that is not randomised: read, look, judge, and what follows."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evidence.appraisal.by_person import robins_i_judgement
from evidence.appraisal.robins_i import DOMAIN, DOMAINS, LEVELS
from evidence.judgements import RobinsIJudgement
from evidence.project import Project
from evidence.report import build_report
from evidence.state import read_state
from evidence.summary import summary_rows
from tests.evidence.cohort_factory import make_cohort_project
from tests.evidence.ui.studies.test_risk_of_bias import html_of, start


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A cohort study that nobody has judged, and a trial at low risk."""
    return make_cohort_project(tmp_path / "p", "cohort", "trial")


def captions(app: AppTest) -> str:
    return "\n".join(element.value for element in app.caption).replace("\\", "")


def judge(app: AppTest, domain: str, level: str, why: str) -> None:
    app.session_state["robins_domain"] = domain
    app.run()
    app.radio(key=f"robins-level-cohort-{domain}").set_value(level).run()
    app.text_input(key=f"robins-why-cohort-{domain}").set_value(why).run()
    app.button(key=f"robins-write-cohort-{domain}").click().run()
    assert not app.exception


def test_the_whole_way_from_the_page_to_certainty_and_report(project: Project) -> None:
    app = start(project.path)
    assert "1 of 2 studies wait for a person · RoB 2 and ROBINS-I" in captions(app)
    for place, domain in enumerate(DOMAIN):
        judge(app, domain, "serious" if domain == "confounding" else "low", f"why {place}")
    judged = project.entries(RobinsIJudgement)
    assert [j.domain for j in judged] == list(DOMAIN)
    assert (judged[0].judgement, judged[0].provenance.actor) == ("serious", "Ada Okoro")
    assert "ROBINS-I · overall serious" in captions(app)
    assert "Saved by Ada Okoro: why" in captions(app)
    assert "0 of 2 studies wait" in captions(app)
    (row,) = summary_rows(project)
    assert (row.certainty_start, row.domains[0].levels_down) == ("high", 2)
    assert [study.tool for study in build_report(project).included] == ["robins-i", "rob-2"]


def test_questions_and_sentences_stand_there_and_no_level_is_proposed(project: Project) -> None:
    app = start(project.path)
    page = html_of(app)
    for question in DOMAINS[0].questions:
        assert question.text.replace("'", "&#39;") in page
    assert "To look at; no answer is proposed" in page
    assert "adjusted for age and &lt;b&gt;severity&lt;/b&gt;" in page
    assert "The report calls the study not randomised" in page
    assert "<blockquote>Zinc and death: a retrospective cohort study</blockquote>" in page
    levels = app.radio(key="robins-level-cohort-confounding")
    assert levels.value is None
    assert len(levels.options) == len(LEVELS)
    assert app.button(key="robins-write-cohort-confounding").disabled
    assert len(app.get("image")) == 2


def test_a_judgement_needs_a_reason(project: Project) -> None:
    app, head = start(project.path), project.head()
    app.radio(key="robins-level-cohort-confounding").set_value("low").run()
    app.button(key="robins-write-cohort-confounding").click().run()
    assert "please write why" in app.warning[0].value.replace("\\", "")
    assert project.head() == head


def test_the_next_domain_to_judge_is_one_click_away(project: Project) -> None:
    app = start(project.path)
    for domain in list(DOMAIN)[1:]:
        app.button(key="rob-next-unclear").click().run()
        assert app.button_group(key="robins_domain").value == domain


def test_where_the_report_leaves_the_design_open_a_person_chooses_the_tool(tmp_path: Path) -> None:
    made = make_cohort_project(tmp_path / "p", "unknown", "trial")
    app = start(made.path)
    assert app.button_group(key="rob-tool-unknown").value == "rob-2"
    app.session_state["rob-tool-unknown"] = "robins-i"
    app.run()
    app.radio(key="robins-level-unknown-confounding").set_value("critical").run()
    app.text_input(key="robins-why-unknown-confounding").set_value("no trial").run()
    app.button(key="robins-write-unknown-confounding").click().run()
    assert not app.exception
    assert read_state(made).chosen_tools == {"unknown": "robins-i"}
    assert "overall critical, 6 domains to judge" in captions(app)


def test_a_trial_has_no_choice_of_tools(project: Project) -> None:
    app = start(project.path)
    app.selectbox(key="rob_study").set_value("trial").run()
    assert not app.exception
    assert "rob-tool-trial" not in [group.key for group in app.get("button_group")]
    project.append(robins_i_judgement("trial", "confounding", "low", "Ada", "no trial at all"))
    app.run()
    assert app.button_group(key="rob-tool-trial").value == "robins-i"
