"""The evidence page: the findings, what a supposition changes, and a person's rating."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from markupsafe import escape
from streamlit.testing.v1 import AppTest

from evidence.decision.versions import headline
from evidence.errors import EvidenceError
from evidence.extraction.by_person import rejected
from evidence.judgements import CertaintyRating, ExtractedOutcome
from evidence.project import Project
from evidence.summary import summary_rows
from evidence.synthesis.overruling import overruled
from evidence.ui.findings.cards import change_html
from tests.evidence.pooled_factory import make_pooled_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_pooled_project(tmp_path / "p")


def _draw(folder: str) -> None:
    from pathlib import Path

    from evidence.ui.findings.page import page

    page(Path(folder))


def start(folder: Path) -> AppTest:
    app = AppTest.from_function(_draw, args=(str(folder),), default_timeout=60).run()
    assert not app.exception
    app.text_input(key="reviewer_input").set_value("Ada Okoro").run()
    return app


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def test_the_summary_of_findings_and_its_forest_plot_are_shown(project: Project) -> None:
    app = start(project.path)
    page = html_of(app)
    (row,) = summary_rows(project)
    assert row.effect is not None
    assert f"RR {row.effect.estimate:.2f}" in page
    interval = f"{row.effect.ci_low:.2f} to {row.effect.ci_high:.2f}"
    assert f"<span>({interval})</span>" in page  # on one line
    assert "Anticipated absolute effects" in page
    assert len(app.get("image")) == 1
    assert 'class="ev ev-change' not in page
    assert [tab.label for tab in app.tabs] == ["Forest plot", "Funnel plot", "As printed"]
    (figure,) = charts(app)
    assert [*figure["layout"]["yaxis"]["ticktext"]][-1] == "<b>Total</b>"
    assert "A funnel plot needs 3 pooled studies" in str([m.value for m in app.markdown])


def test_leaving_a_study_out_shows_what_follows_and_writes_nothing(project: Project) -> None:
    app, head = start(project.path), project.head()
    app.checkbox(key="what_if-in-r1").uncheck().run()
    assert not app.exception
    page = html_of(app)
    (row,) = summary_rows(project)
    assert row.effect is not None
    before = f"<b>RR {row.effect.estimate:.2f} ("
    assert before in page and "<b>RR 0.98 (" not in page.split("As supposed")[0]
    assert page.count(" certainty · ") == 2
    assert "Recommendation by rules</th>" in page
    assert len(charts(app)) == 1
    supposed = charts(app)[0]["layout"]["yaxis"]["ticktext"]
    # What stands under the plot is of the same synthesis as the plot, and says which.
    headings = [element.value for element in app.subheader]
    assert "Certainty of the evidence as supposed" in headings
    assert "only one study carries weight" in domains(app)
    assert "overrule-button-mortality" not in {b.key for b in app.button}
    app.button_group[0].set_value("As judged").run()
    assert len(charts(app)[0]["layout"]["yaxis"]["ticktext"]) == len(supposed) + 1
    assert "Certainty of the evidence" in [element.value for element in app.subheader]
    assert "only one study carries weight" not in domains(app)
    app.button(key="what-if-reset").click().run()
    assert app.checkbox(key="what_if-in-r1").value
    assert 'class="ev ev-change' not in html_of(app)
    assert project.head() == head


def domains(app: AppTest) -> str:
    """The reasons of the domains under the plot."""
    bodies = (element.proto.body for element in app.get("html"))
    return next(body for body in bodies if "<b>Inconsistency</b>" in body)


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]


def test_a_supposed_risk_of_bias_and_another_model(project: Project) -> None:
    app = start(project.path)
    app.selectbox(key="what_if-bias-r0").set_value("high").run()
    page = html_of(app)
    assert "<li>Risk of bias: not lowered → −1." in page
    certainty = page.split("As supposed")[1]
    assert "moderate certainty" in certainty and "low certainty" in certainty
    app.selectbox(key="what_if-model").set_value("reml").run()
    assert not app.exception
    app.selectbox(key="what_if-hksj").set_value("yes").run()
    assert not app.exception


def test_the_recommendation_by_rules_is_told_before_and_after(project: Project) -> None:
    from evidence.state import read_state
    from evidence.summary import study_evidence
    from evidence.what_if import Change, what_if

    manifest = project.manifest
    settings = manifest.settings.synthesis
    state = study_evidence(read_state(project))
    change = Change(excluded=frozenset({"r0"}))
    found = what_if(manifest.question, state, settings, change)
    assert found.recommendation_changed
    page = change_html(found)
    before, after = re.findall(r"<td><b>(.*?)</b>", page.split("</tr>")[1])
    assert before == headline(found.before) == "Conditional recommendation for the intervention"
    assert after == headline(found.after) == "No recommendation"
    assert escape(found.after.sentences[0].text) in page
    assert "class='ev-changed'" in page
    same = what_if(manifest.question, state, settings, Change())
    assert "ev-changed" not in change_html(same) and "as before" in change_html(same)


def test_a_person_overrules_a_domain_with_a_reason(project: Project) -> None:
    app = start(project.path)
    app.number_input(key="levels-mortality-indirectness").set_value(2)
    app.button(key="overrule-button-mortality").click().run()
    assert "needs a person's name and a reason" in app.warning[0].value.replace("\\", "")
    app.number_input(key="levels-mortality-indirectness").set_value(2)
    app.text_area(key="why-mortality").set_value("other people")
    app.button(key="overrule-button-mortality").click().run()
    (rating,) = project.entries(CertaintyRating)
    assert rating.provenance.actor == "Ada Okoro"
    lowered = {d.domain: (d.levels_down, d.reason) for d in rating.domains}
    assert lowered["indirectness"] == (2, "other people (Ada Okoro)")
    (row,) = summary_rows(project)
    assert row.certainty == rating.certainty
    assert "other people" in html_of(app)


def test_a_rating_is_not_shown_of_what_is_not_pooled_any_more(project: Project) -> None:
    (row,) = summary_rows(project)
    project.append(overruled(row, {"indirectness": 2}, by="Ada Okoro", reason="other people"))
    assert "other people" in html_of(start(project.path))
    for result in project.entries(ExtractedOutcome):
        doubtful = result.model_copy(update={"flags": ("a second result",)})
        project.append(rejected(result, "Ada Okoro", "doubtful"), doubtful)
    app = start(project.path)
    page = html_of(app)
    assert "not pooled" in page.casefold()
    assert "other people" not in page and "Low" not in page
    assert "Certainty of the evidence" not in [element.value for element in app.subheader]
    assert "overrule-button-mortality" not in {b.key for b in app.button}


def test_without_results_the_page_says_what_to_do(tmp_path: Path) -> None:
    from tests.evidence.screening_project_factory import make_screening_project

    app = start(make_screening_project(tmp_path / "q").path)
    assert "No result has been extracted yet" in app.info[0].value


def test_an_overruled_rating_needs_a_reason_a_domain_and_a_level(project: Project) -> None:
    (row,) = summary_rows(project)
    rating = overruled(row, {"imprecision": 3, "risk_of_bias": 3}, by="Ada", reason="x")
    assert rating.certainty == "very_low"
    for levels, by, reason, told in (
        ({"imprecision": 1}, "Ada", " ", "a person's name and a reason"),
        ({"imprecision": 4}, "Ada", "x", "expected 0 to 3"),
        ({"style": 1}, "Ada", "x", "expected one that GRADE rates"),
    ):
        with pytest.raises(EvidenceError, match=told):
            overruled(row, levels, by=by, reason=reason)
