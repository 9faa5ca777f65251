"""The recommendation page: the draft, editing, versions, signing and exports."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evidence.findings import Sentence
from evidence.judgements import (
    ExtractedOutcome,
    Provenance,
    RecommendationEdit,
    RecommendationSignedOff,
    RiskOfBiasJudgement,
)
from evidence.project import Project
from evidence.rendering.signatures import standing_lines
from evidence.report import Report, build_report
from evidence.state import read_state
from evidence.ui.recommendation.acts import _file_name
from tests.evidence.decision.recommendation_factory import make_drafted_project
from tests.evidence.trial_factory import HOSTILE

ADA = "Ada Okoro"
NO_DIGITS = str.maketrans("", "", "0123456789")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_drafted_project(tmp_path / "p")


def _draw(folder: str) -> None:
    from pathlib import Path

    from evidence.ui.recommendation.page import page

    page(Path(folder))


def start(project: Project, name: str = ADA) -> AppTest:
    app = AppTest.from_function(_draw, args=(str(project.path),), default_timeout=60).run()
    assert not app.exception
    if name:
        app.text_input(key="reviewer_input").set_value(name).run()
    return app


def html_of(app: AppTest) -> str:
    bodies = [element.proto.body for element in app.get("html")]
    return "\n".join(body for body in bodies if "<style>" not in body)


def warnings(app: AppTest) -> str:
    return " ".join(element.value for element in app.warning).replace("\\", "")


def last(project: Project) -> RecommendationEdit:
    found = read_state(project).recommendation
    assert found is not None
    return found


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def test_the_draft_is_shown_with_what_each_sentence_rests_on(project: Project) -> None:
    page = html_of(start(project))
    assert "Conditional recommendation for zinc compared with placebo" in page
    assert "draft, unsigned" in page
    assert "Rests on 2 quotes and 3 computed values" in page
    assert "60 of 1000 died with zinc" in page
    assert 'title="effect with interval, mortality, computed from 2 studies"' in page
    assert "Desirable effects" in page  # the Evidence-to-Decision document
    assert "The evidence moved" not in page


def test_a_sentence_is_added_quoted_and_saved_by_a_named_person(project: Project) -> None:
    app = start(project, name="")
    press(app, "recommendation-edit")
    press(app, "recommendation-add")
    app.text_area(key="recommendation-text-2").set_value("In one trial 60 of 1000 died.").run()
    press(app, "recommendation-save")
    assert "write your name" in warnings(app)
    app.text_input(key="reviewer_input").set_value(ADA).run()
    press(app, "recommendation-save")
    assert "no quote and no computed value supports 'In one trial 60 of 1000" in warnings(app)
    assert app.text_area(key="recommendation-text-2").value == "In one trial 60 of 1000 died."
    app.text_input(key="recommendation-find").set_value("60 OF 1000").run()
    press(app, "recommendation-quote")
    press(app, "recommendation-save")
    edit = last(project)
    assert edit.provenance.actor == ADA
    assert edit.recommendation.sentences[-1].text == "In one trial 60 of 1000 died."
    assert [q.text[:10] for q in edit.recommendation.sentences[-1].quotes] == ["60 of 1000"]
    assert "Version 2" in html_of(app)
    assert not app.text_area


def test_a_computed_value_is_put_into_the_sentence_and_cited(project: Project) -> None:
    app = press(start(project), "recommendation-edit")
    press(app, "recommendation-add")
    app.text_area(key="recommendation-text-2").set_value("There were").run()
    values = app.selectbox(key="recommendation-value")
    place = next(i for i, told in enumerate(values.options) if "participants" in told)
    values.select_index(place).run()
    press(app, "recommendation-cite")
    assert app.text_area(key="recommendation-text-2").value == "There were 4,000 participants"
    press(app, "recommendation-save")
    (value,) = last(project).recommendation.sentences[-1].computed
    assert (value.row_id, value.field) == ("mortality", "n_participants")


def test_a_number_that_nothing_supports_is_refused_and_kept(project: Project) -> None:
    app = press(start(project), "recommendation-edit")
    text = app.text_area(key="recommendation-text-0").value.replace("0.74", "0.54")
    app.text_area(key="recommendation-text-0").set_value(text).run()
    press(app, "recommendation-save")
    assert "Sentence 1: 0.54 is neither quoted nor computed" in warnings(app)
    assert app.text_area(key="recommendation-text-0").value == text
    assert len(project.entries(RecommendationEdit)) == 1
    press(app, "recommendation-discard")
    assert not app.text_area
    press(app, "recommendation-edit")
    assert "0.74" in app.text_area(key="recommendation-text-0").value


def test_what_a_person_worded_is_compared_when_it_is_asked_for(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evidence.factuality.verdicts import ClaimCheck, verdict

    doubt = verdict("direction", "contradicted", "lower", "higher", "the quote says higher")
    found = (ClaimCheck(claim="Zinc saves lives.", verdicts=(doubt,), supporting=()),)
    monkeypatch.setattr("evidence.ui.recommendation.page.checks_of", lambda *_: found)
    app = start(project)
    assert "recommendation-compare" not in [button.key for button in app.button]
    press(app, "recommendation-edit")
    press(app, "recommendation-text-1-remove")
    press(app, "recommendation-save")
    assert "the quote says higher" not in html_of(app)
    press(app, "recommendation-compare")
    assert "1 sentence compared with the support: 1 to look at" in html_of(app)
    assert "the quote says higher" in html_of(app)


def test_a_verdict_changes_with_a_reason_and_a_sentence_goes(project: Project) -> None:
    app = press(start(project), "recommendation-edit")
    press(app, "recommendation-text-1-remove")
    app.selectbox(key="recommendation-verdict").set_value(("for", "strong")).run()
    press(app, "recommendation-save")
    assert "write why" in warnings(app)
    app.text_input(key="recommendation-reason").set_value("the panel agreed").run()
    press(app, "recommendation-save")
    edit = last(project)
    assert edit.recommendation.strength == "strong"
    assert len(edit.recommendation.sentences) == 1
    assert edit.provenance.reason == "the panel agreed"
    page = html_of(app)
    assert "Conditional recommendation for the intervention → Strong" in page
    assert "the panel agreed" in page


def test_a_quote_is_taken_away(project: Project) -> None:
    app = press(start(project), "recommendation-edit")
    press(app, "recommendation-text-0-quote-0")
    press(app, "recommendation-save")
    assert len(last(project).recommendation.sentences[0].quotes) == 1
    assert "Other support" in html_of(app)


def test_a_part_of_the_decision_document_is_edited_alone(project: Project) -> None:
    app = start(project)
    before = last(project).recommendation
    press(app, "recommendation-part-Values, considerations")
    assert app.button(key="recommendation-edit").disabled
    assert app.button(key="recommendation-part-Research priorities").disabled
    assert "recommendation-verdict" not in {box.key for box in app.selectbox}
    press(app, "recommendation-add")
    (box,) = (b for b in app.text_area if (b.key or "").startswith("recommendation-text-"))
    box.set_value("People value survival in 77 of 1000.").run()
    press(app, "recommendation-save")
    assert "77" in warnings(app)
    assert last(project).recommendation == before
    box.set_value("People value survival.").run()
    app.text_input(key="recommendation-find").set_value("60 of 1000 died with zinc").run()
    press(app, "recommendation-quote")
    press(app, "recommendation-save")
    after = last(project).recommendation
    assert last(project).provenance.actor == ADA
    assert after.sentences == before.sentences and after.decision is not None
    (told,) = after.decision.judged("values").considerations
    assert (told.text, len(told.quotes)) == ("People value survival.", 1)
    page = html_of(app)
    assert "<b>Values, considerations</b>" in page  # among the versions, with what changed
    assert not app.button(key="recommendation-edit").disabled


def test_of_two_editors_the_second_sees_what_the_first_changed(project: Project) -> None:
    app = press(start(project), "recommendation-edit")
    app.text_input(key="recommendation-reason").set_value("mine").run()
    app.selectbox(key="recommendation-verdict").set_value(("for", "strong")).run()
    other = press(start(project, "Bo"), "recommendation-edit")
    press(other, "recommendation-text-1-remove")
    press(other, "recommendation-save")
    assert last(project).provenance.actor == "Bo"

    press(app, "recommendation-save")
    assert last(project).provenance.actor == "Bo"
    told = warnings(app)
    assert "Bo wrote version 2 while you were editing" in told
    assert "see above what it changed" in told
    assert '<del class="ev-gone">' in html_of(app)
    assert app.selectbox(key="recommendation-verdict").value == ("for", "strong")
    press(app, "recommendation-rebase")
    press(app, "recommendation-save")
    assert last(project).provenance.actor == ADA
    assert len(project.entries(RecommendationEdit)) == 3


def test_another_line_of_the_log_is_no_conflict(project: Project) -> None:
    app = press(start(project), "recommendation-edit")
    press(app, "recommendation-text-1-remove")
    note = project.entries(ExtractedOutcome)[0]
    project.append(note)
    press(app, "recommendation-save")
    assert last(project).provenance.actor == ADA


def test_a_version_is_signed_and_the_next_one_is_not(project: Project) -> None:
    app = press(start(project), "recommendation-sign")
    (signature,) = project.entries(RecommendationSignedOff)
    assert signature.provenance.actor == ADA
    assert "signed by Ada Okoro" in html_of(app)
    assert "recommendation-sign" not in {button.key for button in app.button}
    press(app, "recommendation-edit")
    press(app, "recommendation-text-1-remove")
    press(app, "recommendation-save")
    assert "draft, unsigned" in html_of(app)
    select = app.selectbox(key="recommendation-restore-2")
    assert select.options == ["1"]
    press(app, "recommendation-restore-button")
    assert last(project).provenance.reason == "restored version 1"
    assert "Version 3" in html_of(app)


def test_what_is_open_is_told_before_signing_and_kept_in_the_log(project: Project) -> None:
    app = start(project)
    told = "\n".join(element.value for element in app.markdown)
    assert "- Look at" in told
    assert "criteria of the decision document that nobody judged" in told
    press(app, "recommendation-sign")
    (signature,) = project.entries(RecommendationSignedOff)
    assert any(line.startswith("Look at") for line in signature.left_open)
    (version,) = build_report(project).recommendation_versions
    assert version.left_open[0].startswith("Ada Okoro: Look at")
    assert any("Open in the review when" in line for line in standing_lines(build_report(project)))


def test_what_became_open_meanwhile_stops_the_signature(project: Project) -> None:
    app = start(project)
    judged = project.entries(RiskOfBiasJudgement)[0]
    project.append(judged.model_copy(update={"judgement": "unclear", "answers": ()}))
    app.button(key="recommendation-sign").click().run()
    assert "what is open changed meanwhile" in warnings(app)
    assert not project.entries(RecommendationSignedOff)


def test_a_signature_is_withdrawn_with_a_reason_and_given_again(project: Project) -> None:
    app = press(start(project), "recommendation-sign")
    press(app, "recommendation-withdraw")
    assert "please say why" in warnings(app)
    app.text_input(key="recommendation-withdraw-why").set_value("signed too early")
    press(app, "recommendation-withdraw")
    assert "draft, unsigned" in html_of(app)
    assert "Ada Okoro withdrew the signature: signed too early" in html_of(app)
    assert len(project.entries(RecommendationSignedOff)) == 1  # the line stays
    (version,) = build_report(project).recommendation_versions
    assert (version.signed_by, version.withdrawn) == ((), ("Ada Okoro: signed too early",))
    press(app, "recommendation-sign")
    assert "signed by Ada Okoro" in html_of(app)


def moved(project: Project) -> None:
    from evidence.extraction.by_person import rejected

    result = next(r for r in project.entries(ExtractedOutcome) if r.record_id == "r1")
    project.append(rejected(result, "Bo", "another population"))


def test_when_the_evidence_moves_the_page_says_so_and_can_draft_again(project: Project) -> None:
    app = start(project)
    moved(project)
    app.run()
    assert "The evidence moved since this version was written" in html_of(app)
    assert "<li>Bo: Result set aside, r1: mortality: set aside</li>" in html_of(app)
    press(app, "recommendation-sign")
    assert "Not signed" in warnings(app)
    app.selectbox(key="recommendation_format").set_value("json").run()
    press(app, "recommendation-export")
    assert "not exported" in app.error[0].value.replace("\\", "")
    press(app, "recommendation-redraft")
    edit = last(project)
    assert edit.provenance.reason == "drafted again for Ada Okoro"
    assert not edit.provenance.by_person
    assert "The evidence moved" not in html_of(app)


def test_when_the_evidence_moves_a_person_can_take_the_new_numbers(project: Project) -> None:
    moved(project)
    app = start(project)
    press(app, "recommendation-renew")
    text = app.text_area(key="recommendation-text-0").value
    assert "0.74" not in text
    assert app.button(key="recommendation-renew").disabled
    press(app, "recommendation-save")
    edit = last(project)
    assert edit.provenance.actor == ADA
    assert edit.recommendation.sentences[0].text == text
    assert "The evidence moved" not in html_of(app)


def test_a_file_is_made_only_when_it_is_asked_for(project: Project) -> None:
    app = start(project)
    assert not app.get("download_button")
    app.selectbox(key="recommendation_format").set_value("json").run()
    press(app, "recommendation-export")
    (button,) = app.get("download_button")
    assert button.proto.label.startswith("Download Everything, JSON")
    assert isinstance(app.session_state["recommendation_export"][2], bytes)
    assert _file_name(project, "json").startswith(f"{project.path.name}-20")
    assert Report.model_validate_json(app.session_state["recommendation_export"][2])
    project.append(project.entries(ExtractedOutcome)[0])
    app.run()
    assert not app.get("download_button")  # it told of a log that has grown


def test_hostile_text_stays_text(project: Project) -> None:
    before = last(project)
    hostile = before.recommendation.sentences[0].model_copy(
        update={"text": f"{HOSTILE.translate(NO_DIGITS)} on mortality", "quotes": ()}
    )
    told = Sentence(text=hostile.text, computed=hostile.computed[:1])
    draft = before.recommendation.model_copy(update={"sentences": (told,)})
    by = Provenance(actor=f"Bo {HOSTILE}", engine="person", reason=HOSTILE)
    project.append(before.model_copy(update={"recommendation": draft, "provenance": by}))
    app = start(project)
    assert "<script" not in html_of(app)
    assert "<img" not in html_of(app)
    press(app, "recommendation-edit")
    assert app.text_area(key="recommendation-text-0").value == told.text


def test_without_a_draft_the_page_says_what_to_do(tmp_path: Path) -> None:
    from tests.evidence.pooled_factory import make_pooled_project

    app = start(make_pooled_project(tmp_path / "q"))
    assert "No recommendation has been drafted yet" in app.info[0].value


def test_a_folder_that_is_no_project_is_one_line(tmp_path: Path) -> None:
    app = AppTest.from_function(_draw, args=(str(tmp_path / "none"),), default_timeout=60).run()
    assert not app.exception
    assert "expected a project folder" in app.error[0].value.replace("\\", "")
