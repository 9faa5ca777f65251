from __future__ import annotations

import itertools
from typing import get_args

import pytest

from evidence.findings import (
    Certainty,
    DomainRating,
    Measure,
    Recommendation,
    SummaryOfFindingsRow,
)
from evidence.findings_text import printed
from evidence.grounding import sentence_problems
from evidence.question import ClinicalQuestion, Pico
from evidence.stages.recommend import OfflineRecommender
from tests.evidence.findings_factory import ABSOLUTE, effect, row

QUESTION = ClinicalQuestion(
    text="Does zinc prevent relapse?",
    pico=Pico(
        population="children under 5",
        intervention="zinc sulphate (Zn)",
        comparator="placebo (sham)",
        outcomes=("relapse", "vomiting"),
    ),
)
FOR = effect(0.7, 0.6, 0.9)
AGAINST = effect(1.6, 1.2, 2.1)
NEITHER = effect(0.9, 0.7, 1.2)


def recommend(*rows: SummaryOfFindingsRow):  # type: ignore[no-untyped-def]
    return OfflineRecommender().recommend(QUESTION, rows)


@pytest.mark.parametrize(
    ("relapse", "vomiting", "direction", "strength"),
    [
        (row("relapse", FOR), row("vomiting", NEITHER), "for", "conditional"),
        (row("relapse", FOR, "low"), row("vomiting", None), "for", "conditional"),
        (row("relapse", FOR), row("vomiting", AGAINST, "very_low"), "for", "conditional"),
        (row("relapse", AGAINST), row("vomiting", NEITHER), "against", "conditional"),
        (row("relapse", AGAINST), row("vomiting", AGAINST), "against", "conditional"),
        (
            row("relapse", effect(0.4, 0.3, 0.6), "high"),
            row("vomiting", NEITHER),
            "for",
            "strong",
        ),
        (
            row("relapse", effect(0.4, 0.3, 0.6), "high"),
            row("vomiting", NEITHER, "low"),
            "for",
            "conditional",
        ),
        (row("relapse", effect(0.4, 0.3, 0.6)), row("vomiting", NEITHER), "for", "conditional"),
    ],
)
def test_direction_and_strength(
    relapse: SummaryOfFindingsRow, vomiting: SummaryOfFindingsRow, direction: str, strength: str
) -> None:
    draft = recommend(relapse, vomiting)
    assert (draft.direction, draft.strength, draft.abstained) == (direction, strength, False)
    assert draft.sentences[0].text.startswith(f"Draft of a {strength} recommendation {direction}")
    assert draft.cited_rows == ("row-relapse", "row-vomiting")


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([row("vomiting", FOR)], "no row is about the question's first outcome"),
        ([row("relapse", None)], "no effect could be pooled"),
        ([row("relapse", effect(0.5, 0.1, float("inf")))], "no effect could be pooled"),
        ([row("relapse", FOR, "very_low")], "is very low"),
        ([row("relapse", FOR, None)], "is not rated"),
        ([row("relapse", NEITHER)], "the interval includes no difference"),
        ([row("relapse", effect(0.97, 0.95, 0.99))], "is trivial"),
        ([row("relapse", FOR), row("vomiting", AGAINST)], "the effects point both ways"),
        ([row("relapse", AGAINST), row("vomiting", FOR)], "the effects point both ways"),
        ([row("relapse", FOR), row("zinc level", AGAINST)], "whether more or less is better"),
    ],
)
def test_abstains_and_says_why(rows: list[SummaryOfFindingsRow], why: str) -> None:
    draft = recommend(*rows)
    assert (draft.direction, draft.strength, draft.abstained) == ("none", "none", True)
    assert draft.sentences[0].text.startswith("No recommendation is drafted: ")
    assert why in draft.sentences[0].text


def test_a_critical_outcome_of_unknown_worth_is_left_to_a_person() -> None:
    question = ClinicalQuestion(text="q", pico=Pico(outcomes=("HbA1c",)))
    draft = OfflineRecommender().recommend(question, [row("HbA1c", effect(-1, -2, -0.5, "MD"))])
    assert draft.abstained
    assert "whether more or less is better" in draft.sentences[0].text
    assert sentence_problems(draft.sentences[0]) == []


def test_every_reason_against_a_recommendation_is_told() -> None:
    draft = recommend(row("relapse", NEITHER, "very_low"), row("zinc level", AGAINST))
    assert draft.decision is not None
    assert "is very low" in draft.sentences[0].text
    further = [sentence.text for sentence in draft.decision.conclusions[0].sentences]
    assert len(further) == 2
    assert "the interval includes no difference" in further[0]
    assert "whether more or less is better" in further[1]


def test_without_rows_there_is_nothing_to_say() -> None:
    draft = recommend()
    assert (draft.abstained, draft.sentences, draft.cited_rows) == (True, (), ())
    assert draft.every_sentence == ()
    assert draft.decision is not None
    assert {judged.judgement for judged in draft.decision.criteria} == {
        None,
        "don't know",
        "no included studies",
    }
    assert all(judged.note for judged in draft.decision.criteria)


def test_quotes_of_studies_that_were_not_pooled_are_not_cited() -> None:
    left_out = row("relapse", FOR).studies[0].model_copy(update={"percent": None})
    draft = recommend(row("relapse", FOR, studies=(left_out,)))
    assert draft.every_sentence
    assert {s.quotes for s in draft.every_sentence} == {()}
    assert any(s.quotes for s in recommend(row("relapse", FOR)).every_sentence)


OUTCOMES = ("relapse", "cure on day 28 (at 28 days)", "HbA1c below 7 %", "28-day  mortality")
EFFECTS = (None, FOR, AGAINST, NEITHER, effect(0.0, 0.0, 0.0), effect(-0.5, -1, 1234, "MD"))
DOMAINS = tuple(
    DomainRating(domain=name, levels_down=1, reason=f"Lowered for 3 of 4 reasons: {name}.")
    for name in get_args(DomainRating.model_fields["domain"].annotation)
)


@pytest.mark.parametrize("absolute", [{}, ABSOLUTE, ABSOLUTE | {"difference_low_per_1000": -4.25}])
def test_every_number_of_every_sentence_is_grounded_and_can_be_printed_again(
    absolute: dict[str, float],
) -> None:
    certainties: tuple[Certainty | None, ...] = (*get_args(Certainty), None)
    for outcomes, pooled, certainty in itertools.product(
        itertools.permutations(OUTCOMES, 2), EFFECTS, certainties
    ):
        question = ClinicalQuestion(
            text="q",
            pico=Pico(intervention="zinc 20 mg", comparator="dose 5", outcomes=outcomes),
        )
        first = row(outcomes[0], pooled, certainty, note="3 studies left out.", **absolute)
        second = row(outcomes[1], AGAINST, "low", row_id="second", domains=DOMAINS, **absolute)
        by_id = {r.row_id: r for r in (first, second)}
        draft = OfflineRecommender().recommend(question, (first, second))
        assert len(draft.every_sentence) > 8
        for sentence in draft.every_sentence:
            assert sentence_problems(sentence) == [], sentence.text
            for value in sentence.computed:
                assert printed(by_id[value.row_id], value.field) == value.text


@pytest.mark.parametrize("rows", [(), (row("relapse", FOR),)])
def test_a_draft_of_an_earlier_version_can_still_be_read(
    rows: tuple[SummaryOfFindingsRow, ...],
) -> None:
    draft = recommend(*rows)
    assert Recommendation.model_validate_json(draft.model_dump_json()) == draft
    old = draft.model_dump(mode="json", exclude={"decision"})
    assert Recommendation.model_validate(old).every_sentence == draft.sentences


def test_the_same_rows_give_the_same_bytes() -> None:
    rows = (row("relapse", FOR, **ABSOLUTE), row("vomiting", NEITHER))
    assert recommend(*rows).model_dump_json() == recommend(*rows).model_dump_json()


@pytest.mark.parametrize("measure", get_args(Measure))
def test_every_measure_has_words(measure: Measure) -> None:
    draft = recommend(row("relapse", effect(0.2, 0.1, 0.4, measure)))
    assert sentence_problems(draft.sentences[0]) == []
    assert draft.direction in ("for", "against")
