from __future__ import annotations

import itertools

import pytest
from pydantic import ValidationError

from evidence.decision.contexts import DecisionContexts
from evidence.decision.document import DEFAULT_SIZES, FOR_A_PERSON
from evidence.decision.scales import CRITERIA, FRAMEWORK, GUIDELINE_CRITERIA, UNORDERED
from evidence.findings import (
    CriterionJudgement,
    DichotomousData,
    DomainRating,
    EvidenceToDecision,
    Recommendation,
    SummaryOfFindingsRow,
)
from evidence.judgements import MACHINE, Provenance, RiskOfBiasJudgement
from evidence.question import ClinicalQuestion, Pico
from evidence.stages.recommend import OfflineRecommender
from evidence.synthesis.thresholds import Thresholds
from indexers.records import Document, text_digest
from tests.evidence.findings_factory import effect, row, study

QUESTION = ClinicalQuestion(
    text="Does zinc prevent relapse?",
    pico=Pico(intervention="zinc", comparator="placebo", outcomes=("relapse", "vomiting")),
)
FOR = effect(0.7, 0.6, 0.9)
WORSE = effect(1.6, 1.2, 2.1)
NEITHER = effect(0.9, 0.7, 1.2)
GUIDELINE = (
    "Zinc costs 3 USD a course. Zinc is taken by mouth. Monitor children who vomit after zinc."
)
SOURCE = Document(
    document_digest=text_digest(GUIDELINE), record_id="g", kind="full_text", text=GUIDELINE
)
PASSAGES = (SOURCE.passage(0, len(GUIDELINE), "Zinc"),)


def draft(
    *rows: SummaryOfFindingsRow,
    contexts: DecisionContexts = DecisionContexts(),  # noqa: B008
) -> Recommendation:
    return OfflineRecommender().recommend(QUESTION, rows, contexts)


def document(
    *rows: SummaryOfFindingsRow,
    contexts: DecisionContexts = DecisionContexts(),  # noqa: B008
) -> EvidenceToDecision:
    found = draft(*rows, contexts=contexts).decision
    assert found is not None
    return found


def conclusion(found: EvidenceToDecision, part: str) -> list[str]:
    (asked,) = [c for c in found.conclusions if c.part == part]
    return [sentence.text for sentence in asked.sentences]


def test_every_criterion_is_there_in_order_and_on_its_scale() -> None:
    found = document(row("relapse", FOR), row("vomiting", WORSE, "very_low"))
    assert tuple(judged.criterion for judged in found.criteria) == CRITERIA
    assert {j.criterion: j.judgement for j in found.criteria if j.judgement is not None} == {
        "desirable_effects": "moderate",
        "undesirable_effects": "don't know",
        "certainty": "moderate",
        "balance": "probably favours the intervention",
    }
    assert found.question == QUESTION.text


def test_a_judgement_off_its_scale_and_a_note_with_a_number_are_refused() -> None:
    with pytest.raises(ValidationError, match="'huge' is none of trivial, small"):
        CriterionJudgement(criterion="desirable_effects", judgement="huge")
    with pytest.raises(ValidationError, match="a note holds a number"):
        CriterionJudgement(criterion="values", note="by 3 people")
    with pytest.raises(ValidationError, match="each once and in order"):
        EvidenceToDecision(question="q", criteria=())


def test_on_every_scale_the_answers_without_a_place_come_last() -> None:
    for criterion in FRAMEWORK.values():
        placed = [answer not in UNORDERED for answer in criterion.scale]
        assert placed == sorted(placed, reverse=True)


def test_each_effect_stands_on_its_side_and_none_is_lost() -> None:
    found = document(
        row("relapse", FOR),
        row("vomiting", WORSE, "very_low"),
        row("zinc level", NEITHER, row_id="level"),
        row("pain", None),
    )
    told = {c: [s.text for s in found.judged(c).evidence] for c in CRITERIA}
    assert ["relapse" in text for text in told["desirable_effects"]] == [True]
    assert ["vomiting" in text for text in told["undesirable_effects"]] == [True]
    assert ["zinc level" in text for text in told["balance"]] == [True]
    assert told["certainty"][-1].startswith("No effect was pooled for pain")
    assert len(told["certainty"]) == 4


def test_why_an_effect_does_not_tell_is_said() -> None:
    found = document(
        row("relapse", FOR),
        row("vomiting", WORSE, "very_low"),
        row("fever", NEITHER),
        row("pain", effect(-3, -4, -1, "MD")),
        row("zinc level", FOR, row_id="level"),
    )
    considered = [s.text for s in found.judged("undesirable_effects").considerations]
    assert considered == [
        "Not known for vomiting: the certainty is very low or not rated.",
        "Not known for fever: the interval includes no difference and more than a trivial effect.",
        "Not known for zinc level: whether more or less is better is for a person to say.",
    ]
    wanted = [s.text for s in found.judged("desirable_effects").considerations]
    assert wanted[0] == "Not known for pain: no threshold says how large the effect is."
    assert found.judged("desirable_effects").judgement == "don't know"


def test_the_default_sizes_are_stated_unless_people_set_thresholds() -> None:
    assert document(row("relapse", FOR)).judged("desirable_effects").note == DEFAULT_SIZES
    sized = OfflineRecommender({"relapse": Thresholds(10)})
    found = sized.recommend(QUESTION, [row("relapse", FOR)]).decision
    assert found is not None
    assert found.judged("desirable_effects").note == ""


def test_without_guidelines_no_evidence_is_found_and_nothing_is_judged() -> None:
    for passages in (None, ()):
        found = document(row("relapse", FOR), contexts=DecisionContexts(passages=passages))
        for criterion in GUIDELINE_CRITERIA:
            judged = found.judged(criterion)
            assert (judged.judgement, judged.evidence) == (None, ())
            assert judged.note.startswith("No evidence found.")
            assert ("No guideline was searched" in judged.note) == (passages is None)


def test_guidelines_are_quoted_and_left_to_a_person() -> None:
    found = document(row("relapse", FOR), contexts=DecisionContexts(passages=PASSAGES))
    judged = found.judged("resources")
    assert [s.text for s in judged.evidence] == ["Zinc costs 3 USD a course."]
    assert judged.evidence[0].quotes[0].text == GUIDELINE[:26]
    assert (judged.judgement, judged.note) == (None, FOR_A_PERSON)
    assert "Monitor children who vomit after zinc." in conclusion(found, "monitoring")
    assert found.judged("equity").note == "No evidence found."


def test_a_conditional_recommendation_says_what_it_lacks() -> None:
    large = effect(0.4, 0.3, 0.6)
    told = conclusion(document(row("relapse", FOR), row("vomiting", None)), "justification")
    assert len(told) == 3
    assert "high certainty; on the critical outcome, relapse, it is moderate." in told[0]
    assert "a large effect; the effect on relapse is not (risk ratio 0.70" in told[1]
    assert "there is less on vomiting." in told[2]
    alone = conclusion(document(row("relapse", large, "high")), "justification")
    assert alone[0].endswith("benefit and harm; nothing but relapse was summarised.")
    strong = document(row("relapse", large, "high"), row("vomiting", NEITHER))
    assert conclusion(strong, "justification")[0].startswith("It is strong, because the certainty")


def lowered(name: str, reason: str) -> DomainRating:
    return DomainRating.model_validate({"domain": name, "levels_down": 1, "reason": reason})


def test_research_follows_from_the_domains_that_were_lowered() -> None:
    trial = study(
        data=DichotomousData(
            events_intervention=12,
            total_intervention=60,
            events_comparator=30,
            total_comparator=60,
        )
    )
    domains = (
        lowered("risk_of_bias", "Of the weight, 100 % is from studies at high risk of bias."),
        lowered("inconsistency", "I² is 80 %."),
        lowered("indirectness", "The studies used 2 different comparators (a; b)."),
        lowered("imprecision", "120 participants fall short of the size of 494 (by the risk)."),
        lowered("publication_bias", "The funnel plot is asymmetrical."),
    )
    found = row(
        "relapse",
        FOR,
        "very_low",
        domains=domains,
        studies=(trial,),
        n_participants=120,
        comparator_risk_per_1000=500.0,
    )
    risks = tuple(
        RiskOfBiasJudgement.model_validate(
            {
                "record_id": record_id,
                "domain": domain,
                "judgement": level,
                "provenance": Provenance(actor=MACHINE, engine="test"),
            }
        )
        for record_id, domain, level in (
            ("r1", "randomisation", "low"),
            ("r1", "measurement", "low"),
            ("r1", "measurement", "high"),
            ("r1", "selective_reporting", "unclear"),
            ("another study", "deviations", "high"),
        )
    )
    told = conclusion(
        document(found, row("vomiting", None), contexts=DecisionContexts(risk_of_bias=risks)),
        "research",
    )
    assert told == [
        "Trials that report, with numbers for each group, vomiting.",
        "Larger trials on relapse: an adequately powered trial needs 494 participants, and so far "
        "there are 120 participants in 2 studies.",
        "Trials at low risk of bias on relapse, with masked assessors; the reports leave open "
        "whether there was a plan of analysis registered in advance.",
        "Trials of the comparator of the question on relapse. The studies used 2 different "
        "comparators (a; b).",
        "What makes the results of the trials differ on relapse.",
        "Results of registered trials that nobody published, on relapse. The funnel plot is "
        "asymmetrical.",
    ]


def test_a_size_that_the_rating_did_not_go_by_is_not_told() -> None:
    reason = "77 participants fall short of the size of 1000 (by a difference of 3)."
    domains = (lowered("imprecision", reason),)
    for risk in (500.0, None):  # without a risk the size is one of events
        found = row("relapse", FOR, "low", domains=domains, comparator_risk_per_1000=risk)
        assert conclusion(document(found), "research") == [f"Larger trials on relapse: {reason}"]


@pytest.mark.parametrize(
    ("relapse", "vomiting", "told"),
    [
        (FOR, (NEITHER, "moderate"), "do not rule out undesirable effects on vomiting"),
        (FOR, (WORSE, "moderate"), "undesirable effects on vomiting are to be monitored"),
        (effect(1.6, 1.2, 2.1), (WORSE, "very_low"), ""),
    ],
)
def test_harms_are_to_be_watched_where_the_intervention_may_be_used(
    relapse: object, vomiting: tuple[object, str], told: str
) -> None:
    found = document(
        row("relapse", relapse),  # type: ignore[arg-type]
        row("vomiting", *vomiting),  # type: ignore[arg-type]
    )
    sentences = conclusion(found, "monitoring")
    assert any(told in s for s in sentences) if told else sentences == []


def test_the_same_rows_give_the_same_bytes() -> None:
    rows = (row("relapse", FOR), row("vomiting", WORSE, "low"))
    contexts = DecisionContexts(passages=PASSAGES)
    one, other = (draft(*rows, contexts=contexts).model_dump_json() for _ in range(2))
    assert one == other


def test_every_sentence_of_the_document_is_among_those_of_the_draft() -> None:
    found = draft(row("relapse", FOR), contexts=DecisionContexts(passages=PASSAGES))
    assert found.decision is not None
    judged = [s for c in found.decision.criteria for s in (*c.evidence, *c.considerations)]
    concluded = [s for c in found.decision.conclusions for s in c.sentences]
    assert found.every_sentence == (*found.sentences, *judged, *concluded)


def test_direction_and_balance_never_disagree() -> None:
    effects = (None, FOR, WORSE, NEITHER, effect(0.4, 0.3, 0.6), effect(1.0, 0.97, 1.03))
    for one, other in itertools.product(effects, effects):
        found = draft(row("relapse", one), row("vomiting", other, "low"))
        assert found.decision is not None
        balance = found.decision.judged("balance").judgement or ""
        assert ("intervention" in balance) == (found.direction == "for")
        assert ("comparison" in balance) == (found.direction == "against")
