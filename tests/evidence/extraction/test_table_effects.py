from __future__ import annotations

from pathlib import Path

from evidence.extraction.abbreviations import abbreviations
from evidence.extraction.arm_mentions import TrialArm
from evidence.extraction.outcomes import outcome_concept
from evidence.extraction.results import Finding, as_outcome
from evidence.extraction.table_effects import printed_effects, table_effects
from evidence.extraction.wording import Span
from evidence.grounding import quote_problem, value_problems
from evidence.judgements import Provenance
from indexers.records import Document
from tests.evidence.extraction.table_factory import ARMS
from tests.evidence.extraction.table_factory import document as article

THREE = (*ARMS[:1], TrialArm("intervention", "yoga", ("yoga",), Span(0, 1)), ARMS[1])
ENGINE = Provenance(actor="machine", engine="offline")


def _found(
    document: Document, outcome: str = "pain", arms: tuple[TrialArm, ...] = ARMS
) -> list[Finding]:
    definitions = abbreviations(document)
    concept = outcome_concept(outcome, definitions)
    printed = printed_effects(document.tables, arms, len(arms))
    found = table_effects(printed, (concept,), definitions)
    for finding in found:
        result = as_outcome(document, finding, ENGINE)
        assert value_problems(result) == []
        quotes = [q for e in result.evidence for q in e.quotes]
        assert all(quote_problem(q, document) is None for q in quotes)
    return found


def _numbers(finding: Finding) -> tuple[str, list[float]]:
    names = ("estimate", "ci_low", "ci_high")
    return finding.measure, [finding.values[n].number for n in names if n in finding.values]


def test_the_rows_own_counts_confirm_measure_and_direction(tmp_path: Path) -> None:
    head = ["Outcome | Acupuncture (n=100) | Sham (n=100) | RR (95% CI) | P"]
    document = article(tmp_path, head, ["Pain | 20 (20%) | 40 (40%) | 0.50 (0.32 to 0.79) | 0.01"])
    (pain,) = _found(document)
    assert _numbers(pain) == ("RR", [0.5, 0.32, 0.79])
    assert pain.flags == ()
    assert pain.values["estimate"].derivation is None


def test_an_effect_of_the_other_arm_is_handed_over_as_its_inverse(tmp_path: Path) -> None:
    head = ["Outcome | Acupuncture (n=100) | Sham (n=100) | RR (95% CI)"]
    document = article(tmp_path, head, ["Pain | 20 (20%) | 40 (40%) | 2.00 (1.25 to 3.20)"])
    (pain,) = _found(document)
    assert _numbers(pain) == ("RR", [0.5, 0.3125, 0.8])
    assert pain.flags == ()
    assert "sham is, by the arms' numbers" in (pain.values["estimate"].derivation or "")
    low = pain.values["ci_low"]
    assert document.text[slice(*low.spans[0])] == "2.00 (1.25 to 3.20)"


def test_a_difference_is_of_means_or_of_risks_as_the_row_shows(tmp_path: Path) -> None:
    head = ["Outcome | Acupuncture | Sham | Difference (95% CI)"]
    rows = [
        "Pain, mean (SD) | 3.1 (1.0) | 4.4 (1.1) | −1.3 (−1.6 to −1.0)",
        "Nausea, n (%) | 20 (20%) | 40 (40%) | −20.0 (−32.4 to −7.6)",
    ]
    document = article(tmp_path, head, rows)
    assert [_numbers(f) for f in _found(document)] == [("MD", [-1.3, -1.6, -1.0])]
    (nausea,) = _found(document, "nausea")
    assert _numbers(nausea) == ("RD", [-0.2, -0.324, -0.076])
    assert "percentage points" in (nausea.values["ci_low"].derivation or "")


def test_the_other_rows_of_a_column_show_its_direction(tmp_path: Path) -> None:
    head = ["Outcome | Acupuncture | Sham | Mean difference (95% CI)"]
    sure = "Pain | 3.1 (1.0) | 4.4 (1.1) | 1.3 (1.0 to 1.6)"
    open_row = "Fatigue | | | 0.4 (−0.1 to 0.9)"
    (fatigue,) = _found(article(tmp_path, head, [sure, open_row]), "fatigue")
    assert _numbers(fatigue) == ("MD", [-0.4, -0.9, 0.1])
    assert fatigue.flags == ()
    (alone,) = _found(
        article(tmp_path, head, ["Sleep | 1.0 (1.0) | 1.1 (1.0) | ", open_row]), "fatigue"
    )  # fmt: skip
    assert any("is not said" in flag for flag in alone.flags)


def test_numbers_that_lead_elsewhere_are_flagged(tmp_path: Path) -> None:
    head = ["Outcome | Acupuncture | Sham | Mean difference (95% CI)"]
    document = article(tmp_path, head, ["Pain | 3.1 (1.0) | 9.4 (1.1) | −1.3 (−1.6 to −1.0)"])
    (pain,) = _found(document)
    assert any("lead to another effect" in flag for flag in pain.flags)


def test_a_heading_tells_the_direction(tmp_path: Path) -> None:
    row = ["Pain | 0.72 (0.55 to 0.94)"]
    for heading, numbers in (
        ("OR (95% CI), acupuncture vs sham", [0.72, 0.55, 0.94]),
        ("Acupuncture: OR (95% CI) relative to sham", [0.72, 0.55, 0.94]),
        ("OR (95% CI), sham vs acupuncture", [1.388889, 1.06383, 1.818182]),
    ):
        (pain,) = _found(article(tmp_path, [f"Outcome | {heading}"], row))
        assert (_numbers(pain), pain.flags) == (("OR", numbers), ())


def test_a_direction_that_nothing_tells_is_flagged(tmp_path: Path) -> None:
    head = ["Outcome | OR (95% CI)"]
    caption = "Treatment effect of acupuncture and sham"
    (pain,) = _found(article(tmp_path, head, ["Pain | 0.72 (0.55 to 0.94)"], caption=caption))
    assert any("is not said" in flag for flag in pain.flags)


def test_an_effect_of_another_arm_is_not_read(tmp_path: Path) -> None:
    head = ["Outcome | Massage vs sham OR (95% CI) | OR (95% CI) acupuncture"]
    rows = ["Pain | 0.72 (0.55 to 0.94) | 1.20 (0.90 to 1.60)"]
    assert _found(article(tmp_path, head, rows)) == []


def test_numbers_of_participants_show_no_direction(tmp_path: Path) -> None:
    head = ["Outcome | Sample size{c2} | Mean difference", " | Acupuncture | Sham | (95% CI)"]
    (pain,) = _found(article(tmp_path, head, ["Pain | 88 | 87 | 1.0 (0.2 to 1.8)"]))
    assert any("is not said" in flag for flag in pain.flags)


def test_each_comparison_of_several_arms_has_its_own_column(tmp_path: Path) -> None:
    head = ["Outcome | RR (95% CI) acupuncture vs sham | RR (95% CI) yoga vs sham | RR (95% CI)"]
    rows = ["Pain | 0.72 (0.55 to 0.94) | 0.81 (0.60 to 1.09) | 0.90 (0.70 to 1.16)"]
    caption = "Acupuncture compared with sham"
    found = _found(article(tmp_path, head, rows, caption=caption), arms=THREE)
    assert [(f.intervention.name, _numbers(f)[1]) for f in found] == [
        ("acupuncture", [0.72, 0.55, 0.94]),
        ("yoga", [0.81, 0.6, 1.09]),
    ]


def test_rows_of_arms_are_compared_with_the_reference_row(tmp_path: Path) -> None:
    head = ["Group | Pain: OR (95% CI)"]
    rows = ["Sham | 1.00 (ref)", "Acupuncture | 0.72 (0.55 to 0.94)"]
    (pain,) = _found(article(tmp_path, head, rows))
    assert (_numbers(pain), pain.flags) == (("OR", [0.72, 0.55, 0.94]), ())


def test_columns_of_arms_are_compared_with_the_reference_column(tmp_path: Path) -> None:
    head = ["Outcome | Sham | Acupuncture"]
    rows = ["Pain | | ", "HR (95% CI) | 1.00 (ref) | 0.72 (0.55 to 0.94)"]
    (pain,) = _found(article(tmp_path, head, rows))
    assert (_numbers(pain), pain.flags) == (("HR", [0.72, 0.55, 0.94]), ())


def test_changes_within_an_arm_are_no_effects(tmp_path: Path) -> None:
    head = ["Outcome | Acupuncture{c2} | Sham{c2}", " | Mean | Difference (95% CI) | Mean | P"]
    rows = ["Pain | 3.1 | −1.3 (−1.6 to −1.0) | 4.4 | 0.01"]
    assert _found(article(tmp_path, head, rows)) == []


def test_differences_under_each_arm_are_its_own(tmp_path: Path) -> None:
    head = [
        "Outcome | Acupuncture{c2} | Dummy needles{c2}",
        " | Mean | Mean difference | Mean | Mean difference",
    ]
    rows = ["Pain | 3.1 | −1.3 (−1.6 to −1.0) | 4.4 | −0.3 (−0.6 to 0.1)"]
    note = "Differences were compared with sham."
    assert _found(article(tmp_path, head, rows, note=note)) == []


def test_an_effect_size_is_a_difference_only_where_the_numbers_agree(tmp_path: Path) -> None:
    head = ["Outcome | Acupuncture | Sham | Effect size (95% CI)"]
    exact = "Pain | 3.1 (1.0) | 4.4 (1.1) | −1.3 (−1.6 to −1.0)"
    (pain,) = _found(article(tmp_path, head, [exact]))
    assert pain.measure == "MD"
    near = "Pain | 3.1 (1.0) | 4.4 (1.1) | −0.9 (−1.6 to −0.2)"
    assert _found(article(tmp_path, head, [near])) == []


def test_predictors_are_no_effects_of_a_treatment(tmp_path: Path) -> None:
    head = ["Variable | OR (95% CI)"]
    rows = ["Pain | 2.10 (1.50 to 2.94)", "Acupuncture vs sham | 0.72 (0.55 to 0.94)"]
    assert (
        _found(article(tmp_path, head, rows, caption="Predictors: acupuncture versus sham")) == []
    )
    caption = "Precision of the effect of acupuncture versus sham"
    assert _found(article(tmp_path, head, rows, caption=caption)) == []
    caption = "Acupuncture versus sham: baseline characteristics"
    assert _found(article(tmp_path, head, rows, caption=caption)) == []


def test_the_complement_of_an_outcome_is_not_taken_for_it(tmp_path: Path) -> None:
    head = ["Outcome | OR (95% CI) acupuncture vs sham"]
    document = article(tmp_path, head, ["Cured | 0.72 (0.55 to 0.94)"])
    assert _found(document, "treatment failure (not cured)") == []
    assert len(_found(document, "cured")) == 1


def test_a_baseline_row_is_no_result(tmp_path: Path) -> None:
    head = ["Pain | Acupuncture | Sham | Mean difference (95% CI)"]
    rows = [
        "Baseline | 6.1 (1.0) | 6.0 (1.1) | 0.1 (−0.2 to 0.4)",
        "Week 8 | 3.1 (1.0) | 4.4 (1.1) | −1.3 (−1.6 to −1.0)",
    ]
    (pain,) = _found(article(tmp_path, head, rows))
    assert (pain.days, _numbers(pain)[1]) == (56.0, [-1.3, -1.6, -1.0])


def test_estimate_and_limits_stand_in_columns_of_their_own(tmp_path: Path) -> None:
    two = ["Outcome | OR acupuncture vs sham | P | 95% CI"]
    (pain,) = _found(article(tmp_path, two, ["Pain | 0.72 | 0.02 | (0.55–0.94)"]))
    assert _numbers(pain) == ("OR", [0.72, 0.55, 0.94])
    three = ["Outcome | Acupuncture vs sham{c3}", " | Mean difference | Lower | Upper"]
    document = article(tmp_path, three, ["Pain | −1.3 | −1.6 | −1.0"])
    (pain,) = _found(document)
    assert _numbers(pain) == ("MD", [-1.3, -1.6, -1.0])
    assert [document.text[slice(*v.spans[0])] for v in pain.values.values()] == [
        "−1.3", "−1.6", "−1.0",
    ]  # fmt: skip


def test_adjusted_and_unadjusted_effects_are_told_apart(tmp_path: Path) -> None:
    head = ["Outcome | Acupuncture vs sham{c2}", " | Unadjusted OR (95% CI) | Adjusted OR (95% CI)"]
    found = _found(
        article(tmp_path, head, ["Pain | 0.72 (0.55 to 0.94) | 0.75 (0.57 to 0.99)"])
    )  # fmt: skip
    assert [(f.qualifier, f.notes) for f in found] == [
        ("unadjusted", ("an unadjusted estimate",)),
        ("adjusted", ("an adjusted estimate",)),
    ]


def test_other_confidence_levels_and_rates_are_flagged(tmp_path: Path) -> None:
    head = [
        "Outcome | OR (97.5% CI) acupuncture vs sham | Rate ratio (97.5% CI) acupuncture vs sham"
    ]
    rows = ["Pain | 0.72 (0.55 to 0.94) | 0.80 (0.60 to 1.07)"]
    odds, rates = _found(article(tmp_path, head, rows))
    assert odds.flags == ("the interval is of 97.5 %, not of 95 %",)
    assert any("ratio of rates" in flag for flag in rates.flags)


def test_a_ratio_beside_means_is_no_odds_ratio(tmp_path: Path) -> None:
    head = ["Outcome | Acupuncture | Sham | OR (95% CI)"]
    for row in (
        "Pain | 355 (160–655) | 336 (145–599) | 1.06 (0.76–1.49)",
        "Pain | 2,921.6 | 2,963.5 | 41.9",
    ):
        assert _found(article(tmp_path, head, [row])) == []
    both = ["Outcome | Acupuncture | Sham | Risk ratio or ∆ mean (95% CI)"]
    (pain,) = _found(article(tmp_path, both, ["Pain | 21.6 | 63.5 | −41.9 (−60.0 to −23.8)"]))
    assert pain.measure == "MD"


def test_a_row_in_other_words_is_found_by_the_ranking_and_flagged(tmp_path: Path) -> None:
    head = ["Outcome | OR (95% CI) acupuncture vs sham"]
    rows = [
        "Relief of pain at rest | 0.72 (0.55 to 0.94)",
        "Vomiting | 1.10 (0.80 to 1.51)",
    ]
    (pain,) = _found(article(tmp_path, head, rows), "pain relief at rest")
    assert _numbers(pain)[1] == [0.72, 0.55, 0.94]
    assert any("check that this is the outcome" in flag for flag in pain.flags)


def test_an_effect_of_all_goes_before_those_of_subgroups(tmp_path: Path) -> None:
    head = ["Pain | RR (95% CI) acupuncture vs sham"]
    rows = ["Whole cohort | 0.72 (0.55 to 0.94)", "Smokers | 0.81 (0.60 to 1.09)"]
    (pain,) = _found(article(tmp_path, head, rows, caption="Pain in subgroups"))
    assert _numbers(pain)[1] == [0.72, 0.55, 0.94]
