from __future__ import annotations

import pytest

from evidence.config import SynthesisSettings
from evidence.errors import EvidenceError, SettingsError
from evidence.findings import ContinuousData, DichotomousData, GenericData, StudyResult
from evidence.synthesis.absolute_effects import intervention_risk
from evidence.synthesis.summary_of_findings import (
    indirectness_concerns,
    row_id,
    summarise_outcome,
)


def result(name, data, **fields):
    return StudyResult(
        record_id=fields.pop("record_id", name),
        study=name,
        data=data,
        comparator=fields.pop("comparator", "placebo"),
        **fields,
    )


def table(a, n1, c, n2):
    return DichotomousData(
        events_intervention=a, total_intervention=n1, events_comparator=c, total_comparator=n2
    )


def means(unit=""):
    return ContinuousData(
        mean_intervention=4, sd_intervention=2, n_intervention=40, mean_comparator=5,
        sd_comparator=2.5, n_comparator=42, unit=unit,
    )  # fmt: skip


SETTINGS = SynthesisSettings()
TRIALS = [
    result("A", table(12, 60, 20, 60)),
    result("B", table(30, 200, 40, 200)),
    result("C", table(5, 50, 15, 50)),
]


def test_a_hartung_knapp_interval_that_is_too_narrow_is_told():
    same = [result("A", table(12, 60, 20, 60)), result("B", table(12, 60, 20, 60))]
    settings = SynthesisSettings(hartung_knapp=True)
    row = summarise_outcome("Cure", same, settings)
    assert row.effect.ci_low == pytest.approx(row.effect.ci_high)
    assert row.effect.note == ""
    assert "The Hartung-Knapp interval is narrower than the one without it" in row.note
    assert "Hartung" not in summarise_outcome("Cure", same, SETTINGS).note


def test_effect_studies_and_absolute_risks():
    row = summarise_outcome("Cure at day 28", TRIALS, SETTINGS)
    effect = row.effect
    assert row.row_id == "cure-at-day-28"
    assert (row.k_studies, row.n_participants) == (3, 620)
    assert row.comparator_risk_per_1000 == pytest.approx(300)  # of 333, 200 and 300 the median
    assert "median" in row.note
    assert row.intervention_risk_per_1000 == pytest.approx(300 * effect.estimate)
    assert row.difference_per_1000 == pytest.approx(300 * (effect.estimate - 1))
    assert row.difference_low_per_1000 == pytest.approx(300 * (effect.ci_low - 1))
    assert row.difference_high_per_1000 == pytest.approx(300 * (effect.ci_high - 1))
    first = row.studies[0]
    assert first.estimate == pytest.approx(0.6)
    assert first.ci_low < 0.6 < first.ci_high
    assert sum(study.percent for study in row.studies) == pytest.approx(100)
    assert [w.study for w in effect.weights] == ["A", "B", "C"]
    assert row.certainty is not None
    assert len(row.domains) == 5
    again = summarise_outcome("Cure at day 28", TRIALS, SETTINGS)
    assert again.model_dump_json() == row.model_dump_json()


def test_what_is_not_pooled_stays_with_its_reason():
    results = [
        *TRIALS,
        result("partial", DichotomousData(events_intervention=3, total_intervention=30)),
        result("means", means()),
        result("empty", table(0, 30, 0, 30)),
        result("flagged", table(9, 30, 1, 30), note="not pooled until a person has looked: odd"),
        result("A again", table(13, 60, 20, 60), record_id="A"),
    ]
    row = summarise_outcome("cure", results, SETTINGS)
    alone = summarise_outcome("cure", TRIALS, SETTINGS)
    assert row.effect == alone.effect
    assert (row.k_studies, row.n_participants) == (3, 620)
    notes = {study.study: study.note for study in row.studies}
    assert notes["partial"] == "not pooled: events comparator, total comparator not reported"
    assert notes["means"] == "not pooled: continuous data, the other studies give dichotomous data"
    assert notes["empty"].startswith("without weight: nobody had the event")
    assert notes["flagged"] == "not pooled until a person has looked: odd"
    assert notes["A again"] == "not pooled: another result of the same study is pooled"
    assert [study.percent for study in row.studies[3:]] == [None] * 5
    assert notes["A"] == ""


def test_one_complete_study_and_none():
    partial = result("partial", DichotomousData(events_intervention=3))
    row = summarise_outcome("cure", [partial, TRIALS[0]], SETTINGS)
    assert row.k_studies == 1
    assert row.effect.estimate == pytest.approx(0.6)
    assert row.effect.i2 is None
    nothing = summarise_outcome("cure", [partial], SETTINGS)
    assert (nothing.effect, nothing.certainty, nothing.k_studies) == (None, None, 0)
    assert nothing.note == "No study gives complete numbers."
    assert summarise_outcome("cure", [], SETTINGS).effect is None
    silent = summarise_outcome("death", [result("empty", table(0, 30, 0, 30))], SETTINGS)
    assert silent.note == "Not pooled: no study allows an effect to be estimated."
    assert silent.effect is None


def test_means_in_one_unit_and_in_several():
    same = [result("A", means("kg")), result("B", means("kg"))]
    row = summarise_outcome("weight", same, SETTINGS)
    assert row.effect.measure == "MD"
    assert row.comparator_risk_per_1000 is None
    assert row.n_participants == 164
    mixed = summarise_outcome("weight", [same[0], result("B", means("lb"))], SETTINGS)
    assert mixed.effect.measure == "SMD"
    assert "the units differ (kg, lb)" in mixed.note


def test_generic_effects_of_the_commonest_measure():
    def hazard(name, measure="HR"):
        data = GenericData(measure=measure, estimate=0.7, ci_low=0.5, ci_high=0.98)
        return result(name, data)

    row = summarise_outcome("death", [hazard("A", "OR"), hazard("B"), hazard("C")], SETTINGS)
    assert (row.effect.measure, row.k_studies, row.n_participants) == ("HR", 2, 0)
    assert row.studies[0].note == "not pooled: generic OR data, the other studies give generic data"


def test_models_that_need_events_give_way_for_means():
    odds = SynthesisSettings(dichotomous_measure="OR", model="peto", hartung_knapp=True)
    assert summarise_outcome("cure", TRIALS, odds).effect.model == "peto"
    row = summarise_outcome("weight", [result("A", means()), result("B", means())], odds)
    assert row.effect.model == "fixed"
    assert "Inverse variance is used, because peto needs events." in row.note


def test_settings_that_cannot_work():
    with pytest.raises(SettingsError, match="dichotomous_measure is MD"):
        summarise_outcome("cure", TRIALS, SynthesisSettings(dichotomous_measure="MD"))
    with pytest.raises(SettingsError, match="continuous_measure is OR"):
        summarise_outcome(
            "cure", [result("A", means())], SynthesisSettings(continuous_measure="OR")
        )
    with pytest.raises(EvidenceError, match="peto pools odds ratios"):
        summarise_outcome("cure", TRIALS, SynthesisSettings(model="peto"))


def test_a_pool_that_cannot_be_computed_is_told_not_raised():
    settings = SynthesisSettings(model="mh")
    row = summarise_outcome("cure", [result("A", table(3, 20, 0, 20))], settings)
    assert row.effect is None
    assert row.note.startswith("Not pooled: the Mantel-Haenszel risk ratio is 0 or infinite")
    assert row.studies[0].estimate is not None


def test_absolute_risks_stay_risks():
    assert intervention_risk("RR", 3.0, 0.5) == 1.0
    assert intervention_risk("OR", 1.0, 0.3) == pytest.approx(0.3)
    assert intervention_risk("OR", 2.0, 0.5) == pytest.approx(2 / 3)
    assert intervention_risk("RD", -0.4, 0.3) == 0.0


def test_row_ids_are_stable_and_differ():
    assert row_id("Cure (PCR-corrected), day 28") == "cure-pcr-corrected-day-28"
    assert row_id("Rückfall") == "ruckfall"
    assert row_id("死亡率") != row_id("治愈率")
    assert row_id("死亡率") == row_id("死亡率")
    assert row_id("…")


def test_concerns_that_the_results_show():
    results = [
        *TRIALS,
        result("D", table(1, 9, 2, 9), comparator="Usual care", derived=True),
        result("E", table(1, 9, 2, 9), comparator="sham", note="waiting"),
    ]
    assert indirectness_concerns(TRIALS) == ()
    assert indirectness_concerns(results) == (
        "The studies used 2 different comparators (placebo; Usual care).",
    )
    row = summarise_outcome("cure", results, SETTINGS)
    assert "Numbers were derived from reported ones for D." in row.note
