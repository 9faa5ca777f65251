from __future__ import annotations

import pytest

from evidence.appraisal.answers import Answer, AppraisalError, SignallingAnswer
from evidence.appraisal.by_person import judgement_by_person
from evidence.appraisal.overall import StatedLevel, overall_of, overall_risk
from evidence.appraisal.rob2_questions import DOMAINS, Domain
from evidence.errors import ProjectError
from evidence.judgements import Provenance, RiskOfBiasJudgement
from indexers.records import Quote

QUOTE = Quote(passage_id="d:0-1", start=0, end=1, text="x")
PLAN = SignallingAnswer(question_id="5.1", answer="PY", quotes=(QUOTE,), reason="a plan")
OPEN = tuple(SignallingAnswer(question_id=q, answer="NI") for q in ("5.2", "5.3"))


def judged(
    domain: Domain, told: dict[str, Answer], standing: tuple[SignallingAnswer, ...] = ()
) -> RiskOfBiasJudgement:
    return judgement_by_person("r", domain, told, " Ada  Byron ", "read the protocol", standing)


def test_a_person_settles_what_the_engine_left_open_and_its_answers_stay() -> None:
    found = judged("selective_reporting", {"5.2": "N", "5.3": "PN"}, (PLAN, *OPEN))
    assert found.judgement == "low"
    assert found.answers[0] == PLAN
    assert [(a.answer, a.by_person, a.reason) for a in found.answers[1:]] == [
        ("N", True, "read the protocol"),
        ("PN", True, "read the protocol"),
    ]
    assert found.quotes == (QUOTE,)
    assert found.provenance == Provenance(
        actor="Ada Byron", engine="person", reason="read the protocol"
    )


def test_one_answer_of_two_leaves_the_domain_unclear_and_the_next_one_settles_it() -> None:
    once = judged("selective_reporting", {"5.2": "N"}, (PLAN, *OPEN))
    assert once.judgement == "unclear"
    assert judged("selective_reporting", {"5.3": "N"}, once.answers).judgement == "low"


def test_a_person_s_no_information_is_an_answer() -> None:
    told: dict[str, Answer] = {"5.2": "NI", "5.3": "N"}
    assert judged("selective_reporting", told, (PLAN,)).judgement == "some_concerns"
    told = {"3.1": "N", "3.2": "N", "3.3": "NI", "3.4": "NI"}
    assert judged("missing_outcome_data", told).judgement == "high"


def test_without_an_engine_what_nobody_answered_is_open() -> None:
    assert judged("randomisation", {"1.1": "Y"}).judgement == "unclear"
    assert judged("randomisation", {"1.2": "N"}).judgement == "high"


def test_a_quote_stays_with_the_answer_that_it_supports() -> None:
    assert judged("selective_reporting", {"5.1": "PY"}, (PLAN, *OPEN)).quotes == (QUOTE,)
    assert judged("selective_reporting", {"5.1": "N"}, (PLAN, *OPEN)).quotes == ()


def test_answers_that_no_longer_apply_are_dropped_and_come_back_as_open() -> None:
    aware = judged("deviations", {"2.1": "Y", "2.2": "Y", "2.3": "N", "2.6": "Y"})
    assert aware.judgement == "low"
    blind = judged("deviations", {"2.1": "N", "2.2": "N"}, aware.answers)
    assert blind.judgement == "low"
    assert {a.question_id: a.answer for a in blind.answers}["2.3"] == "NA"
    again = judged("deviations", {"2.1": "Y"}, blind.answers)
    assert again.judgement == "unclear"


@pytest.mark.parametrize(
    ("domain", "told", "problem"),
    [
        ("randomisation", {}, "no answer to randomisation; expected one to any of 1.1, 1.2, 1.3"),
        ("randomisation", {"2.1": "Y"}, "'2.1': expected one of randomisation"),
        ("missing_outcome_data", {"3.2": "NI"}, "'NI' to 3.2: expected one of Y, PY, PN, N"),
        ("randomisation", {"1.1": "NA"}, "'NA' to 1.1"),
        ("missing_outcome_data", {"3.1": "Y", "3.2": "Y"}, "3.2 does not apply"),
    ],
)
def test_what_the_form_does_not_have_is_refused(
    domain: Domain, told: dict[str, Answer], problem: str
) -> None:
    with pytest.raises(AppraisalError, match=problem):
        judged(domain, told)


def test_a_judgement_is_signed_and_reasoned() -> None:
    with pytest.raises(AppraisalError, match="please write why"):
        judgement_by_person("r", "randomisation", {"1.2": "N"}, "Ada", "  ")
    with pytest.raises(ProjectError, match="person's name"):
        judgement_by_person("r", "randomisation", {"1.2": "N"}, "machine", "why")


def test_overall_is_the_worst_domain_and_open_domains_leave_it_open() -> None:
    low: dict[Domain, StatedLevel] = dict.fromkeys(DOMAINS, "low")
    assert overall_risk(low).level == "low"
    assert not overall_risk(low).waits_for_a_person
    one = overall_risk(low | {"deviations": "some_concerns"})
    assert (one.level, one.waits_for_a_person) == ("some_concerns", False)
    several = overall_risk({**low, "deviations": "some_concerns", "measurement": "some_concerns"})
    assert (several.level, several.may_be_high) == ("some_concerns", ("deviations", "measurement"))
    assert several.waits_for_a_person
    unclear = overall_risk({**low, "deviations": "unclear"})
    assert (unclear.level, unclear.open) == ("unclear", ("deviations",))
    assert overall_risk({"deviations": "high"}).level == "high"
    assert overall_risk({"deviations": "low"}).level == "unclear"


def test_overall_of_lines_of_the_log_takes_the_last_on_a_domain() -> None:
    high = judged("randomisation", {"1.2": "N"})
    low = judged("randomisation", {"1.1": "Y", "1.2": "Y", "1.3": "N"})
    assert overall_of([low, high]).level == "high"
    assert overall_of([high, low]).level == "unclear"


def test_a_line_of_an_earlier_version_has_no_answers() -> None:
    old = judged("randomisation", {"1.2": "N"}).model_dump(mode="json")
    del old["answers"]
    assert RiskOfBiasJudgement.model_validate(old).answers == ()
