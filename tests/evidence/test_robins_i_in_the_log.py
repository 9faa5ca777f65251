"""ROBINS-I in the log: a person's line, which older logs do not have and engines may not write."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from evidence.ai_use import ai_use
from evidence.appraisal.by_person import robins_i_judgement
from evidence.audit import audit_line
from evidence.decision.wording import certainty_sentence, lowered_words
from evidence.events import ReportSought
from evidence.grounding import sentence_problems
from evidence.judgements import MACHINE, Provenance, RiskOfBiasJudgement, RobinsIJudgement
from evidence.overview import Drafted, overview
from evidence.project import Project
from evidence.stage_runs import run_appraise
from evidence.stages.appraise import OfflineAppraiser
from evidence.state import read_state
from evidence.summary import summary_rows
from evidence.to_decide import to_decide
from evidence.verification import verify
from tests.evidence.cohort_factory import BY, judged_in_full, make_cohort_project, report


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_cohort_project(tmp_path / "p", "cohort", "unknown")


def test_only_a_person_judges() -> None:
    with pytest.raises(ValidationError, match="judged by a person"):
        RobinsIJudgement(
            record_id="r",
            domain="confounding",
            judgement="low",
            provenance=Provenance(actor=MACHINE, engine="offline"),
        )


def test_a_judgement_is_a_line_that_is_verified_and_told(project: Project) -> None:
    first = robins_i_judgement("cohort", "confounding", "serious", "Ada", "age alone")
    second = robins_i_judgement("cohort", "confounding", "moderate", "Ben", "and sex")
    project.append(first, second)
    assert list(verify(project)) == []
    state = read_state(project)
    assert state.robins_i["cohort"]["confounding"].judgement == "moderate"
    assert state.risk_of_bias.get("cohort") is None
    line = audit_line(next(iter(project.lines(RobinsIJudgement))))
    assert (line.kind, line.who) == ("Risk of bias (ROBINS-I)", "Ada")
    assert line.told == "Bias due to confounding: serious"
    assert ai_use(project, state).by_people["risk_of_bias"] == 1


def test_a_new_text_leaves_people_s_judgements(project: Project) -> None:
    project.append(*judged_in_full("cohort"))
    other = report("cohort", (61, 120))
    project.append(
        ReportSought(record_id="cohort", document_digest=other.document_digest, provenance=BY),
        documents=[other],
    )
    assert len(read_state(project).robins_i["cohort"]) == 7


def test_the_engine_answers_rob_2_of_trials_alone(project: Project) -> None:
    class Appraising:
        appraiser = OfflineAppraiser()

    run_appraise(project, Appraising(), lambda *_: None)  # type: ignore[arg-type]
    judged = {line.record_id for line in project.entries(RiskOfBiasJudgement)}
    assert judged == {"unknown"}
    state, drafted = read_state(project), Drafted(0, 1, None)
    screening = project.manifest.settings.screening
    (stage,) = (s for s in overview(state, screening, drafted).stages if s.name == "Risk of bias")
    assert stage.waiting == "people"
    tasks = to_decide(state, project.manifest.question, screening, drafted)
    before = next(t.task for t in tasks if t.page == "risk-of-bias")
    project.append(*judged_in_full("cohort"))
    state = read_state(project)
    after = next(
        t.task
        for t in to_decide(state, project.manifest.question, screening, drafted)
        if t.page == "risk-of-bias"
    )
    assert (int(before.split()[1]), int(after.split()[1])) == (12, 5)


def test_a_low_start_is_told_with_its_reason_where_nothing_lowers_the_certainty(
    tmp_path: Path,
) -> None:
    made = make_cohort_project(tmp_path / "p", "trial", "cohort")
    made.append(*judged_in_full("cohort")[:6])
    (row,) = summary_rows(made)
    lowered = tuple(d.model_copy(update={"levels_down": 0}) for d in row.domains)
    row = row.model_copy(update={"domains": lowered, "certainty": "low"})
    assert lowered_words(row) == ", starting low"
    sentence = certainty_sentence(row)
    assert "is low, starting low. Of the weight" in sentence.text
    assert "is not randomised and not judged in full with ROBINS-I." in sentence.text
    assert sentence_problems(sentence) == []
