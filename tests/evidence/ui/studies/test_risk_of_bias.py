"""The risk-of-bias page: proposed answers with quotes, what a person's come to, and the log."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evidence.appraisal.answers import SignallingAnswer
from evidence.appraisal.proposals import propose_domain, risk_of_bias_judgement
from evidence.judgements import RiskOfBiasJudgement
from evidence.project import Project
from evidence.state import read_state
from indexers.records import Quote
from tests.evidence.pooled_factory import make_pooled_project
from tests.evidence.test_what_if import BY

TEXT = "<b>Sealed</b> envelopes were used."


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The first study's randomisation is proposed by an engine, with a quote."""
    made = make_pooled_project(tmp_path / "p")
    (document,) = (made.document(d) for d in _digests(made)[:1])
    assert document is not None
    quote = document.quote(0, len(document.text.split("\n")[0]))
    proposed = SignallingAnswer(
        question_id="1.1", answer="PY", quotes=(quote,), reason="<i>said</i> so"
    )
    made.append(risk_of_bias_judgement("r0", propose_domain("randomisation", [proposed]), BY))
    return made


def _digests(project: Project) -> list[str]:
    from evidence.events import ReportSought

    return [s.document_digest or "" for s in project.entries(ReportSought)]


def _quotes(project: Project) -> tuple[Quote, ...]:
    document = project.document(_digests(project)[0])
    assert document is not None
    return (document.quote(0, len(document.text)),)


def _draw(folder: str) -> None:
    from pathlib import Path

    from evidence.ui.studies import risk_of_bias

    risk_of_bias.page(Path(folder))


def start(folder: Path, name: str = "Ada Okoro") -> AppTest:
    app = AppTest.from_function(_draw, args=(str(folder),), default_timeout=60).run()
    assert not app.exception
    app.text_input(key="reviewer_input").set_value(name).run()
    return app


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def words_of(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


def by_people(project: Project) -> list[RiskOfBiasJudgement]:
    return [j for j in project.entries(RiskOfBiasJudgement) if j.provenance.by_person]


def test_proposed_answers_stand_with_their_quotes_and_nothing_is_active(project: Project) -> None:
    app = start(project.path)
    page = html_of(app)
    assert "Proposed: probably yes" in page
    assert "&lt;i&gt;said&lt;/i&gt; so" in page
    assert '<mark class="ev-c0">' in page
    assert app.get("image")
    assert "without an answer: 1.2, 1.3" in words_of(app)


def test_before_a_person_answers_the_page_says_what_the_study_stands_at(project: Project) -> None:
    """What the tab of the domain says and what the answers come to are one judgement."""
    standing = read_state(project).risk_of_bias["r0"]["randomisation"].judgement
    assert f"come to **{standing.replace('_', ' ')}**" in words_of(start(project.path))
    judged = propose_domain(
        "randomisation",
        [
            SignallingAnswer(question_id="1.1", answer="NI"),
            SignallingAnswer(question_id="1.2", answer="PY", quotes=_quotes(project)),
            SignallingAnswer(question_id="1.3", answer="NI"),
        ],
    )
    assert judged.stated == "low"
    project.append(risk_of_bias_judgement("r0", judged, BY))
    assert "come to **low**" in words_of(start(project.path))


def test_what_answers_come_to_is_shown_before_anything_is_written(project: Project) -> None:
    app, head = start(project.path), project.head()
    for question, answer in (("1.1", "Y"), ("1.2", "Y"), ("1.3", "N")):
        app.session_state[f"rob-r0-{question}"] = answer
    app.run()
    assert not app.exception
    assert "come to **low**" in words_of(app)
    assert project.head() == head


def test_a_persons_answers_are_written_with_name_and_reason(project: Project) -> None:
    app = start(project.path)
    for question, answer in (("1.1", "PY"), ("1.2", "N"), ("1.3", "PN")):
        app.session_state[f"rob-r0-{question}"] = answer
    app.run()
    write = "rob-write-r0-randomisation"
    app.button(key=write).click().run()
    assert "please write why" in app.warning[0].value.replace("\\", "")
    app.text_input(key="rob-why-r0-randomisation").set_value("open list").run()
    app.button(key=write).click().run()
    assert not app.exception
    (judged,) = by_people(project)
    assert (judged.judgement, judged.provenance.actor) == ("high", "Ada Okoro")
    answers = {a.question_id: a for a in judged.answers}
    assert answers["1.1"].by_person and answers["1.1"].quotes  # a confirmed answer keeps its quote
    assert "come to **high**" in words_of(app)


def opened_at(app: AppTest) -> tuple[str, str]:
    return app.selectbox(key="rob_study").value, app.button_group(key="rob_domain").value


def test_what_nobody_could_judge_is_one_click_from_the_next(project: Project) -> None:
    for record_id, domain in (("r0", "measurement"), ("r1", "deviations")):
        project.append(risk_of_bias_judgement(record_id, propose_domain(domain, []), BY))
    state = read_state(project)
    unclear = [
        (record_id, domain)
        for record_id in state.with_fate("included")
        for domain, judged in state.risk_of_bias[record_id].items()
        if judged.judgement == "unclear"
    ]
    assert len(unclear) >= 2
    app = AppTest.from_function(_draw, args=(str(project.path),), default_timeout=60)
    app.session_state["rob_to_unrated"] = True
    app.run()
    assert not app.exception
    seen = [opened_at(app)]
    for _ in unclear[1:]:
        app.button(key="rob-next-unclear").click().run()
        seen.append(opened_at(app))
    assert sorted(seen) == sorted(unclear)


def test_questions_that_do_not_apply_are_not_asked(project: Project) -> None:
    app = start(project.path)
    app.session_state["rob_domain"] = "deviations"
    app.session_state["rob-r0-2.1"] = "N"
    app.session_state["rob-r0-2.2"] = "N"
    app.run()
    assert "rob-r0-2.6" in app.session_state
    assert "rob-r0-2.3" not in app.session_state


def test_without_a_name_nothing_is_written(project: Project) -> None:
    app = start(project.path, "")
    app.session_state["rob-r0-1.1"] = "Y"
    app.run()
    app.button(key="rob-write-r0-randomisation").click().run()
    assert by_people(project) == []
    assert "write your name" in app.warning[0].value
