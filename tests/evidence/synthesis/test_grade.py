from __future__ import annotations

import math

import pytest

from evidence.appraisal.rob2_questions import DOMAINS as ROB2_DOMAINS
from evidence.config import SynthesisSettings
from evidence.errors import EvidenceError
from evidence.findings import DichotomousData, StudyResult, SummaryOfFindingsRow
from evidence.judgements import MACHINE, Provenance, RiskOfBiasJudgement
from evidence.synthesis.grade import rate_certainty
from evidence.synthesis.imprecision import optimal_information_size
from evidence.synthesis.summary_of_findings import summarise_outcome

DOMAINS = ("risk_of_bias", "inconsistency", "indirectness", "imprecision", "publication_bias")


def trial(name, a, n1, c, n2):
    data = DichotomousData(
        events_intervention=a, total_intervention=n1, events_comparator=c, total_comparator=n2
    )
    return StudyResult(record_id=name, study=name, data=data, comparator="placebo")


def judged(record_id, judgement, domain="randomisation"):
    provenance = Provenance(actor=MACHINE, engine="offline")
    return RiskOfBiasJudgement(
        record_id=record_id, domain=domain, judgement=judgement, provenance=provenance
    )


def judged_in_all(record_id, judgement):
    return [judged(record_id, judgement, domain) for domain in ROB2_DOMAINS]


def rated(trials, judgements=None, **options):
    if judgements is None:
        judgements = [j for t in trials for j in judged_in_all(t.record_id, "low")]
    row = summarise_outcome("cure", trials, SynthesisSettings(), judgements)
    rating = rate_certainty(row, judgements, **options)
    assert tuple(domain.domain for domain in rating.domains) == DOMAINS
    return rating, {domain.domain: domain for domain in rating.domains}


LARGE = [trial("A", 150, 1000, 300, 1000), trial("B", 140, 1000, 290, 1000)]


def test_a_clear_effect_at_low_risk_stays_high():
    rating, domains = rated(LARGE)
    assert rating.certainty == "high"
    assert all(domain.levels_down == 0 for domain in domains.values())
    assert all(domain.reason.endswith(".") for domain in domains.values())
    assert "2 studies are too few" in domains["publication_bias"].reason


@pytest.mark.parametrize(
    ("judgements", "levels", "words"),
    [
        (["low", "low"], 0, "100 % is from studies at low risk"),
        (["high", "low"], 1, "52 % is from studies at high risk of bias"),
        (["high", "high"], 2, "100 % is from studies at high risk of bias"),
        (["some_concerns", "low"], 1, "52 % is from studies with some concerns"),
        (["low", "some_concerns"], 0, "48 % is from studies with some concerns"),
        (["unclear", "unclear"], 1, "waits for a person's judgement"),
    ],
)
def test_risk_of_bias_goes_by_weight(judgements, levels, words):
    pairs = [
        j
        for t, level in zip(LARGE, judgements, strict=True)
        for j in judged_in_all(t.record_id, level)
    ]
    _, domains = rated(LARGE, pairs)
    assert domains["risk_of_bias"].levels_down == levels
    assert words in domains["risk_of_bias"].reason


def test_the_worst_domain_and_the_last_judgement_count():
    low = [j for t in LARGE for j in judged_in_all(t.record_id, "low")]
    worst = [*low, judged("A", "high", "deviations"), judged("B", "high", "deviations")]
    assert rated(LARGE, worst)[1]["risk_of_bias"].levels_down == 2
    overruled = [*worst, judged("A", "low", "deviations"), judged("B", "low", "deviations")]
    assert rated(LARGE, overruled)[1]["risk_of_bias"].levels_down == 0
    assert rated(LARGE, [])[1]["risk_of_bias"].levels_down == 1  # nobody judged


def test_a_study_judged_in_one_domain_is_not_at_low_risk():
    half = [judged(t.record_id, "low") for t in LARGE]
    assert rated(LARGE, half)[1]["risk_of_bias"].levels_down == 1
    assert "waits for a person" in rated(LARGE, half)[1]["risk_of_bias"].reason


def test_inconsistency():
    alone = rated(LARGE[:1])[1]["inconsistency"]
    assert (alone.levels_down, "only one study" in alone.reason) == (0, True)
    agreeing = rated(LARGE)[1]["inconsistency"]
    assert agreeing.levels_down == 0
    assert "all confidence intervals of the studies overlap" in agreeing.reason
    apart = [*LARGE, trial("C", 290, 1000, 300, 1000)]
    varied = rated(apart)[1]["inconsistency"]
    assert varied.levels_down == 1
    assert "the intervals of 2 of 3 pairs of studies do not overlap" in varied.reason
    opposed = rated([*LARGE, trial("C", 400, 1000, 300, 1000)])[1]["inconsistency"]
    assert opposed.levels_down == 2


def test_the_prediction_interval_is_told():
    domain = rated([*LARGE, trial("C", 280, 1000, 290, 1000)])[1]["inconsistency"]
    assert "includes no effect, which the confidence interval does not" in domain.reason
    assert domain.levels_down == 1


def test_of_two_studies_no_prediction_interval_is_told_or_argued_from():
    pooled = rated([*LARGE[:1], trial("C", 280, 1000, 290, 1000)])
    domain = pooled[1]["inconsistency"]
    assert "rediction interval" not in domain.reason


def test_indirectness_is_what_was_handed_in():
    assert rated(LARGE)[1]["indirectness"].levels_down == 0
    concerns = ["The comparators differ.", "One outcome was derived."]
    rating, domains = rated(LARGE, indirectness=concerns)
    assert domains["indirectness"].levels_down == 1
    assert domains["indirectness"].reason == "The comparators differ. One outcome was derived."
    assert rating.certainty == "moderate"


@pytest.mark.parametrize(
    ("trials", "levels", "words"),
    [
        (LARGE, 0, "excludes no effect"),
        ([trial("A", 5, 100, 20, 100)], 2, "200 participants fall short of the optimal"),
        ([trial("A", 60, 200, 90, 200)], 1, "400 participants fall short of the optimal"),
        ([trial("A", 12, 60, 20, 61)], 2, "121 participants fall short"),
        ([trial("A", 30, 1000, 30, 1000)], 2, "both an important reduction (0.75)"),
        ([trial("A", 900, 3000, 900, 3000)], 0, "neither an important reduction (0.75)"),
        ([trial("A", 100, 1000, 120, 1000)], 1, "an important reduction (0.75) but no important"),
    ],
)
def test_imprecision(trials, levels, words):
    domain = rated(trials)[1]["imprecision"]
    assert words in domain.reason
    assert domain.levels_down == levels


def test_optimal_information_size():
    # 20 % against 15 %: 906 per arm (Fleiss without continuity correction; power.prop.test in R)
    assert optimal_information_size(0.2) == 2 * 906
    assert optimal_information_size(0.0) is None
    assert optimal_information_size(1.0) is None


def test_publication_bias_is_tested_from_ten_studies_on(reference_results):
    bcg = summarise_outcome("tb", reference_results("bcg", "RR"), SynthesisSettings())
    reason = bcg.domains[4].reason
    assert reason == (
        "The funnel plot of 13 studies shows no clear asymmetry (Peters' test, p = 0.230)."
    )
    skewed = [
        trial(str(n), round(n * (0.3 - 0.2 * math.exp(-n / 150))), n, round(n * 0.3), n)
        for n in (30, 40, 55, 70, 90, 120, 200, 400, 800, 1500)
    ]
    domain = rated(skewed)[1]["publication_bias"]
    assert domain.levels_down == 1
    assert "is asymmetrical (Peters' test, p < 0.001)" in domain.reason


def test_levels_add_up_and_end_at_very_low():
    rating, domains = rated([trial("A", 12, 60, 20, 61)], [], indirectness=["Not the comparator."])
    assert sum(domain.levels_down for domain in domains.values()) == 4
    assert rating.certainty == "very_low"
    assert rated(LARGE[1:], start="low")[0].certainty == "moderate"  # a large effect raises it
    mild = [trial("A", 400, 1000, 600, 1000)]
    assert rated(mild, start="low")[0].certainty == "low"
    assert rating.provenance.actor == MACHINE


def test_a_row_without_effect_cannot_be_rated():
    row = SummaryOfFindingsRow(
        row_id="cure", outcome="cure", k_studies=0, n_participants=0, effect=None
    )
    with pytest.raises(EvidenceError, match="nothing was pooled"):
        rate_certainty(row, [])
