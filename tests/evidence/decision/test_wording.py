from __future__ import annotations

import pytest

from evidence.decision.sentences import Names
from evidence.decision.wording import certainty_sentence, effect_sentence
from evidence.findings import Certainty, PooledEffect, SummaryOfFindingsRow
from evidence.question import ClinicalQuestion, Pico
from evidence.synthesis.thresholds import Thresholds
from tests.evidence.findings_factory import ABSOLUTE, TEXT, effect, row, study

FOR = effect(0.7, 0.6, 0.9)
AGAINST = effect(1.6, 1.2, 2.1)
NEITHER = effect(0.9, 0.7, 1.2)
PICO = Pico(intervention="zinc sulphate (Zn)", comparator="placebo (sham)", outcomes=("relapse",))


def worded(
    found: SummaryOfFindingsRow, pico: Pico = PICO, thresholds: Thresholds | None = None
) -> str:
    names = Names(ClinicalQuestion(text="q", pico=pico))
    given = {} if thresholds is None else {found.outcome: thresholds}
    return effect_sentence(found, names, given).text


@pytest.mark.parametrize(
    ("certainty", "pooled", "words"),
    [
        ("high", effect(0.4, 0.3, 0.6), "zinc sulphate results in a large reduction in relapse ("),
        ("high", FOR, "zinc sulphate reduces relapse ("),
        ("high", effect(0.9, 0.85, 0.95), "zinc sulphate reduces relapse slightly ("),
        ("high", effect(0.97, 0.9, 1.05), "results in little to no difference in relapse ("),
        ("high", effect(1, 0.7, 1.4), "no difference in relapse, though the interval includes app"),
        ("high", NEITHER, "reduces relapse slightly, though the interval includes no difference"),
        ("moderate", FOR, "probably reduces relapse ("),
        ("moderate", AGAINST, "probably increases relapse ("),
        ("low", effect(3, 2, 5), "may result in a large increase in relapse ("),
        ("low", effect(1.1, 1.05, 1.2), "may increase relapse slightly ("),
        ("low", effect(0.6, 0.3, 1.2), "may reduce relapse, though the interval includes no diff"),
        ("very_low", FOR, "the evidence is very uncertain about the effect of zinc sulphate on"),
        (None, FOR, "the certainty of the effect of zinc sulphate on relapse is not rated ("),
        ("low", effect(-0.9, -1.2, -0.3, "SMD"), "may result in a large reduction in"),
        ("low", effect(-0.3, -0.4, -0.1, "SMD"), "may reduce relapse slightly"),
        ("low", effect(-0.1, -0.15, -0.05, "SMD"), "may result in little to no difference"),
        ("low", effect(-3, -4, -1, "MD"), "may reduce relapse ("),
        ("low", effect(-3, -4, 1, "MD"), "may reduce relapse, though the interval includes no d"),
    ],
)
def test_grade_wording(certainty: Certainty | None, pooled: PooledEffect, words: str) -> None:
    text = worded(row("relapse", pooled, certainty))
    assert text.startswith("Compared with placebo, ")
    assert words in text


def test_thresholds_that_people_set_size_the_effect() -> None:
    found = row("relapse", FOR, **ABSOLUTE)  # 100 fewer per 1000
    assert "reduces relapse (" in worded(found)
    assert "reduces relapse slightly (" in worded(found, thresholds=Thresholds(50, 150, 300))
    assert "little to no difference" in worded(found, thresholds=Thresholds(150))


def test_effects_numbers_and_reasons_are_told_and_cited() -> None:
    found = row("relapse", FOR, **ABSOLUTE)
    benefit = effect_sentence(found, Names(ClinicalQuestion(text="q", pico=PICO)), {})
    assert benefit.text == (
        "Compared with placebo, zinc sulphate probably reduces relapse (risk ratio 0.70, 95 % "
        "confidence interval 0.60 to 0.90; 2 studies, 1,234 participants): 400 per 1000 instead of "
        "500 per 1000, 100 fewer per 1000 (from 150 fewer to 4.2 fewer)."
    )
    assert certainty_sentence(found).text == (
        "The certainty of the evidence on relapse is moderate, lowered for risk of bias. Studies "
        "at high risk of bias carry 40 % of the weight."
    )
    assert [q.text for q in benefit.quotes] == [TEXT[:44], TEXT[46:]]
    fields = {value.field for value in benefit.computed}
    assert {"effect", "k_studies", "n_participants", "difference_per_1000"} <= fields


def test_a_long_list_of_comparators_gives_way_to_what_the_studies_had() -> None:
    many = " or ".join(f"combination {letter}" for letter in "abcdefgh")
    pico = PICO.model_copy(update={"comparator": many})
    assert worded(row("relapse", FOR), pico).startswith("Compared with placebo, zinc")
    assert "the comparator" in worded(row("relapse", FOR, studies=()), pico)


def test_a_comparator_of_two_treatments_stays_one() -> None:
    both = (study(comparator="Aspirin and heparin"), study(comparator="placebo"))
    text = worded(row("relapse", FOR, studies=both))
    assert text.startswith("Compared with aspirin and heparin or placebo, zinc sulphate")


def test_a_hazard_of_death_is_survival_the_other_way_round() -> None:
    text = worded(row("overall survival", effect(0.7, 0.6, 0.9, "HR")))
    assert "zinc sulphate probably improves overall survival" in text


def test_what_was_not_pooled_is_told_with_its_note() -> None:
    text = worded(row("relapse", None, note="The 2 studies differ."))
    assert text == "No effect was pooled for relapse (2 studies). The 2 studies differ."
