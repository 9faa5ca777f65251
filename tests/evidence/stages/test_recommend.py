from __future__ import annotations

import itertools
from typing import get_args

import pytest

from evidence.findings import Certainty, Measure, PooledEffect, SummaryOfFindingsRow
from evidence.findings_text import printed
from evidence.grounding import sentence_problems
from evidence.question import ClinicalQuestion, Pico
from evidence.stages.recommend import OfflineRecommender
from tests.evidence.findings_factory import ABSOLUTE, TEXT, effect, row

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


def test_without_rows_there_is_nothing_to_say() -> None:
    draft = recommend()
    assert (draft.abstained, draft.sentences, draft.cited_rows) == (True, (), ())


@pytest.mark.parametrize(
    ("certainty", "pooled", "words"),
    [
        ("high", effect(0.4, 0.3, 0.6), "zinc sulphate results in a large reduction in relapse ("),
        ("high", FOR, "zinc sulphate reduces relapse ("),
        ("high", effect(0.9, 0.85, 0.95), "zinc sulphate reduces relapse slightly ("),
        ("high", effect(0.9, 0.8, 1.2), "results in little to no difference in relapse ("),
        ("high", NEITHER, "no difference in relapse, though the interval includes appreciable eff"),
        ("moderate", FOR, "probably reduces relapse ("),
        ("moderate", AGAINST, "probably increases relapse ("),
        ("low", effect(3, 2, 5), "may result in a large increase in relapse ("),
        ("low", effect(1.1, 1.05, 1.2), "may increase relapse slightly ("),
        ("low", effect(0.6, 0.3, 1.2), "may reduce relapse, though the interval includes no diff"),
        ("low", NEITHER, "may result in little to no difference in relapse, though"),
        ("very_low", FOR, "the evidence is very uncertain about the effect of zinc sulphate on"),
        (None, FOR, "the certainty of the effect of zinc sulphate on relapse is not rated ("),
        ("low", effect(-0.9, -1.2, -0.3, "SMD"), "may result in a large reduction in"),
        ("low", effect(-0.3, -0.4, -0.1, "SMD"), "may reduce relapse slightly"),
        ("low", effect(-0.1, -0.15, -0.05, "SMD"), "may result in little to no difference"),
        ("low", effect(-3, -4, -1, "MD"), "may reduce relapse ("),
        ("low", effect(-3, -4, 1, "MD"), "may result in little to no difference"),
    ],
)
def test_grade_wording(certainty: Certainty | None, pooled: PooledEffect, words: str) -> None:
    sentence = recommend(row("relapse", pooled, certainty)).sentences[1]
    assert "ompared with placebo, " in sentence.text
    assert words in sentence.text


def test_a_long_list_of_comparators_is_told_once() -> None:
    many = " or ".join(f"combination {letter}" for letter in "abcdefgh")
    question = ClinicalQuestion(
        text="q", pico=Pico(intervention="zinc", comparator=many, outcomes=("relapse",))
    )
    first, second, _ = OfflineRecommender().recommend(question, [row("relapse", FOR)]).sentences
    assert many in first.text
    assert "Compared with placebo, zinc" in second.text  # what the pooled studies had


def test_a_hazard_of_death_is_survival_the_other_way_round() -> None:
    pooled = effect(0.7, 0.6, 0.9, "HR")
    question = ClinicalQuestion(text="q", pico=Pico(outcomes=("overall survival",)))
    draft = OfflineRecommender().recommend(question, [row("overall survival", pooled)])
    assert draft.direction == "for"
    assert "Benefit: Compared with placebo, the intervention probably improves overall" in (
        draft.sentences[1].text
    )


def test_effects_numbers_and_reasons_are_told_and_cited() -> None:
    draft = recommend(row("relapse", FOR, **ABSOLUTE), row("vomiting", AGAINST, "very_low"))
    benefit, certainty = draft.sentences[1:3]
    assert benefit.text == (
        "Benefit: Compared with placebo, zinc sulphate probably reduces relapse (risk ratio 0.70, "
        "95 % confidence interval 0.60 to 0.90; 2 studies, 1,234 participants): 400 per 1000 "
        "instead of 500 per 1000, 100 fewer per 1000 (from 150 fewer to 4.2 fewer)."
    )
    assert certainty.text == (
        "The certainty of the evidence on relapse is moderate, lowered for risk of bias. Studies "
        "at high risk of bias carry 40 % of the weight."
    )
    assert [q.text for q in benefit.quotes] == [TEXT[:44], TEXT[46:]]
    fields = {value.field for value in benefit.computed}
    assert {"effect", "k_studies", "n_participants", "difference_per_1000"} <= fields


def test_quotes_of_studies_that_were_not_pooled_are_not_cited() -> None:
    left_out = row("relapse", FOR).studies[0].model_copy(update={"percent": None})
    draft = recommend(row("relapse", FOR, studies=(left_out,)))
    assert [s.quotes for s in draft.sentences] == [(), (), ()]


OUTCOMES = ("relapse", "cure on day 28 (at 28 days)", "HbA1c below 7 %", "28-day  mortality")
EFFECTS = (None, FOR, AGAINST, NEITHER, effect(0.0, 0.0, 0.0), effect(-0.5, -1, 1234, "MD"))


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
        rows = [first, row(outcomes[1], AGAINST, "low", row_id="second", **absolute)]
        by_id = {r.row_id: r for r in rows}
        for sentence in OfflineRecommender().recommend(question, rows).sentences:
            assert sentence_problems(sentence) == [], sentence.text
            for value in sentence.computed:
                assert printed(by_id[value.row_id], value.field) == value.text


def test_the_same_rows_give_the_same_bytes() -> None:
    rows = (row("relapse", FOR, **ABSOLUTE), row("vomiting", NEITHER))
    assert recommend(*rows).model_dump_json() == recommend(*rows).model_dump_json()


@pytest.mark.parametrize("measure", get_args(Measure))
def test_every_measure_has_words(measure: Measure) -> None:
    draft = recommend(row("relapse", effect(0.2, 0.1, 0.4, measure)))
    assert sentence_problems(draft.sentences[0]) == []
    assert draft.direction in ("for", "against")
