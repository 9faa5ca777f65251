from __future__ import annotations

from pathlib import Path

import pytest

from evidence.appraisal.answers import SignallingAnswer
from evidence.appraisal.offline_answers import offline_answers, propose_offline
from evidence.appraisal.proposals import propose_domain, propose_study, risk_of_bias_judgement
from evidence.appraisal.rob2_questions import DOMAINS, QUESTIONS, Domain
from evidence.grounding import entry_problems
from evidence.judgements import Provenance
from indexers.jats import read_jats
from indexers.records import Document, Quote
from tests.evidence.appraisal.trial_report import report

OFFLINE = Provenance(actor="machine", engine="offline")
CORPUS = Path(__file__).resolve().parents[3] / "data" / "corpus" / "full_text"


def answers(document: Document) -> dict[str, SignallingAnswer]:
    return {answer.question_id: answer for answer in offline_answers(document)}


METHODS = [
    ("A computer-generated list assigned patients.", "1.1", "Y"),
    ("Patients were randomised using a random number table.", "1.1", "Y"),
    ("Patients were randomised in blocks of four.", "1.1", "PY"),
    ("Patients were randomly assigned.", "1.1", "NI"),
    ("Patients were allocated alternately to two groups.", "1.1", "N"),
    ("Patients were allocated alternately to two groups.", "1.2", "N"),
    ("Patients were allocated to take aspirin on alternate days.", "1.1", "NI"),
    ("Assignments were in sequentially numbered, opaque, sealed envelopes.", "1.2", "Y"),
    ("Assignments were in sealed opaque envelopes.", "1.2", "PY"),
    ("Assignments were in envelopes.", "1.2", "NI"),
    ("Randomisation was done by telephone.", "1.2", "Y"),
    ("Allocation was concealed.", "1.2", "PY"),
    ("The assignment of treatment to patients was concealed.", "1.2", "PY"),
    ("The allocation was not concealed.", "1.2", "N"),
    ("Patients and staff were blinded to treatment.", "2.1", "N"),
    ("Patients and staff were blinded to treatment.", "2.2", "N"),
    ("Patients were treated by nurses who were blinded.", "2.1", "NI"),
    ("Patients were treated by nurses who were blinded.", "2.2", "N"),
    ("The patients' radiologist was blinded to treatment.", "2.1", "NI"),
    ("Patients were not blinded to treatment.", "2.1", "Y"),
    ("Patients unblinded at week 4 stayed in the trial.", "2.1", "NI"),
    ("Falls were registered retrospectively.", "5.1", "NI"),
    ("The operator and the participants cannot be blinded.", "2.1", "Y"),
    ("The participants will be un-blinded to their group.", "2.1", "Y"),
    ("The trial was double-blind.", "2.1", "PN"),
    ("The trial was double-blind.", "2.2", "PN"),
    ("This was an open-label trial.", "2.1", "Y"),
    ("After 24 weeks patients took the drug open label.", "2.1", "NI"),
    ("All other personnel (clerks) were blinded to assignments.", "2.2", "NI"),
    ("After a published, double blind, placebo controlled trial, we did this.", "2.1", "NI"),
    ("Researchers who are blinded will perform the assessment.", "2.2", "NI"),
    ("The double-blind phase led to an open-label extension.", "2.1", "PN"),
    ("A single-blind design avoided the cost of a double-blind one.", "2.1", "NI"),
    ("This was an observer-blind trial, not a double-blind one.", "4.3", "N"),
    ("Analysis was by intention to treat.", "2.6", "Y"),
    ("A modified intention-to-treat population was analysed.", "2.6", "PY"),
    ("Only a per-protocol analysis was done.", "2.6", "PN"),
    ("Visits were made as per protocol.", "2.6", "NI"),
    ("Pain, the primary outcome, was read off a validated scale.", "4.1", "PN"),
    ("Outcomes were assessed in the same way in both groups.", "4.2", "N"),
    ("This was a double-blind, placebo-controlled trial.", "4.2", "PN"),
    ("This was a double-blind trial.", "4.2", "NI"),
    ("The placebo phase was double-blind in this open-label trial.", "4.2", "NI"),
    ("Outcome assessors were blinded.", "4.3", "N"),
    ("Outcome assessors were aware of treatment.", "4.3", "Y"),
    ("Readers were blinded to each other's slides.", "4.3", "NI"),
    ("The primary outcome was mortality.", "4.4", "PN"),
    ("The primary outcome was the pain score.", "4.4", "NI"),
    ("The primary outcome was progression-free survival.", "4.4", "NI"),
    ("The statistical analysis plan was final before unblinding.", "5.1", "Y"),
    ("We followed the statistical analysis plan.", "5.1", "PY"),
    ("The trial is registered (NCT01234567).", "5.1", "NI"),
    ("The trial was retrospectively registered.", "5.1", "PN"),
]
RESULTS = [
    ("Baseline characteristics were similar in both groups.", "1.3", "PN"),
    ("Baseline characteristics were similar in both groups, except for age.", "1.3", "NI"),
    ("Completers and non-completers did not differ at baseline.", "1.3", "NI"),
    ("Baseline creatinine and no differences between groups at each follow-up.", "1.3", "NI"),
    ("Irrespective of baseline, groups had no differences.", "1.3", "NI"),
    ("There were no protocol violations.", "2.3", "PN"),
    ("No patients were lost to follow-up.", "3.1", "Y"),
    ("In all, 96% of patients completed the study.", "3.1", "PY"),
    ("In all, 81% of patients completed the study.", "3.1", "PN"),
    ("The power allowed for 20% lost to follow-up.", "3.1", "NI"),
    ("Sensitivity analyses with missing values imputed gave similar results.", "3.2", "PY"),
]


@pytest.mark.parametrize(("methods", "question_id", "expected"), METHODS)
def test_what_methods_answer(methods: str, question_id: str, expected: str) -> None:
    document = report(methods=methods)
    answer = answers(document)[question_id]
    assert answer.answer == expected
    if expected != "NI":
        assert [quote.text for quote in answer.quotes] == [methods]


@pytest.mark.parametrize(("results", "question_id", "expected"), RESULTS)
def test_what_results_answer(results: str, question_id: str, expected: str) -> None:
    assert answers(report(results=results))[question_id].answer == expected


@pytest.mark.parametrize("sentence", [text for text, _, _ in METHODS + RESULTS])
def test_a_discussion_answers_nothing(sentence: str) -> None:
    found = answers(report(discussion=f"Others did better. {sentence}"))
    assert {answer.answer for answer in found.values()} == {"NI"}


def test_silence_is_no_information_and_no_judgement() -> None:
    study = propose_offline(report(methods="Aspirin was bought."))
    assert {a.answer for d in study.domains for a in d.answers} == {"NI", "NA"}
    assert {d.stated for d in study.domains} == {"unclear"}
    assert study.overall.level == "unclear"


def test_a_trial_both_blinded_and_open_is_left_to_a_person() -> None:
    found = answers(report(methods="Nurses were masked. It was a double-blind, open-label trial."))
    assert {found[q].answer for q in ("2.1", "2.2", "4.3")} == {"NI"}


def test_a_judgement_carries_answers_quotes_and_what_is_open() -> None:
    document = report(
        methods="A computer-generated list assigned patients. Randomisation was done by telephone."
    )
    study = propose_offline(document)
    randomisation = study.domains[0]
    assert (randomisation.judgement, randomisation.unanswered) == ("low", ("1.3",))
    assert (randomisation.best, randomisation.worst) == ("low", "some_concerns")
    logged = [risk_of_bias_judgement("r", domain, OFFLINE) for domain in study.domains]
    assert [j.domain for j in logged] == list(DOMAINS)
    assert logged[0].judgement == "low"
    assert logged[0].quotes == randomisation.quotes
    assert [(a.question_id, a.answer) for a in logged[0].answers] == [
        ("1.1", "Y"),
        ("1.2", "Y"),
        ("1.3", "NI"),
    ]
    assert logged[0].provenance.reason == ("1.1 Y, 1.2 Y, 1.3 NI; open: 1.3 (low to some concerns)")
    for judgement in logged:
        assert entry_problems(judgement, lambda _: document) == []


def test_high_is_proposed_only_of_what_is_told() -> None:
    lost = propose_offline(report(results="In all, 81% of patients completed the study."))
    missing = lost.domains[2]
    assert (missing.judgement, missing.best, missing.stated) == ("high", "low", "unclear")
    told = propose_offline(report(methods="The allocation was not concealed."))
    assert told.domains[0].stated == "high"
    assert told.overall.level == "high"


def test_a_person_s_answers_settle_a_study() -> None:
    quote = Quote(passage_id="d:0-1", start=0, end=1, text="x")
    best = {"yes": "Y", "no": "N"}
    given = [
        SignallingAnswer.model_validate(
            {"question_id": q.question_id, "answer": best[q.reassuring], "quotes": [quote]}
        )
        for q in QUESTIONS
    ]
    study = propose_study("r", given)
    assert (study.overall.level, study.overall.may_be_high) == ("low", ())
    assert not any(d.unanswered for d in study.domains)
    assert [a.answer for a in study.domains[1].answers] == ["N", "N", "NA", "NA", "NA", "Y", "NA"]


def test_real_reports_give_grounded_proposals() -> None:
    for path in sorted(CORPUS.iterdir())[:4]:
        document = read_jats(path, path.name)
        for domain in propose_offline(document).domains:
            judgement = risk_of_bias_judgement(document.record_id, domain, OFFLINE)
            assert entry_problems(judgement, lambda _, d=document: d) == []


def answered(**told: str) -> list[SignallingAnswer]:
    """`q1_1="Y"`: an engine's answers, all but `NI` with a quote."""
    quote = Quote(passage_id="d:0-1", start=0, end=1, text="x")
    return [
        SignallingAnswer.model_validate(
            {
                "question_id": name[1:].replace("_", "."),
                "answer": answer,
                "quotes": [] if answer == "NI" else [quote],
            }
        )
        for name, answer in told.items()
    ]


def test_silence_on_a_fact_takes_the_path_that_the_algorithm_has_for_it() -> None:
    found = propose_domain("randomisation", answered(q1_1="Y", q1_2="NI", q1_3="NI"))
    assert (found.decided, found.stated) == (True, "some_concerns")


@pytest.mark.parametrize(
    ("domain", "told"),
    [
        ("selective_reporting", {"q5_1": "Y", "q5_2": "NI", "q5_3": "NI"}),
        ("selective_reporting", {"q5_1": "Y"}),
        ("deviations", {"q2_1": "N", "q2_2": "N", "q2_6": "NI", "q2_7": "NI"}),
        ("missing_outcome_data", {"q3_1": "PN", "q3_2": "NI", "q3_3": "NI", "q3_4": "NI"}),
        ("measurement", {"q4_1": "N", "q4_2": "N", "q4_3": "Y", "q4_4": "NI", "q4_5": "NI"}),
    ],
)
def test_what_asks_for_judgement_is_open_while_it_could_change_the_result(
    domain: Domain, told: dict[str, str]
) -> None:
    found = propose_domain(domain, answered(**told))
    assert (found.decided, found.stated) == (False, "unclear")


def test_a_question_of_judgement_that_cannot_change_the_result_leaves_it_decided() -> None:
    found = propose_domain("selective_reporting", answered(q5_1="Y", q5_2="PY", q5_3="NI"))
    assert (found.decided, found.stated) == (True, "high")


def test_an_answer_that_nobody_gave_is_not_made_up() -> None:
    found = propose_domain("randomisation", answered(q1_2="N"))
    assert [answer.question_id for answer in found.answers] == ["1.2"]
    assert (found.stated, found.unanswered) == ("high", ("1.1", "1.3"))


def test_a_share_that_was_lost_is_not_one_that_completed() -> None:
    found = answers(
        report(results="Of 531 who completed treatment, 38 (7.2%) cases were lost to follow-up.")
    )
    assert (found["3.1"].answer, found["3.1"].reason) == ("PN", "92.8 % completed")
