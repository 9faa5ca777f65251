from __future__ import annotations

import pytest

from evidence.extraction.arm_mentions import Size, TrialArm
from evidence.extraction.outcomes import outcome_concept
from evidence.extraction.results import Finding, settle
from evidence.extraction.sentence_results import sentence_findings
from evidence.extraction.sentences import result_sentences
from evidence.extraction.wording import Span
from indexers.records import Document, Record, abstract_document

FLOW = "We compared zolpidem (n = 36) with placebo (n = 34). "


def sized(role: str, name: str, count: int) -> TrialArm:
    at = FLOW.index(str(count))
    size = Size(count, "randomised", at, at + 2)
    names = (name, "control group") if role == "comparator" else (name,)
    return TrialArm(role, name, names, Span(0, 5), (size,))  # type: ignore[arg-type]


ARMS = (sized("intervention", "zolpidem", 36), sized("comparator", "placebo", 34))


def report(text: str) -> Document:
    return abstract_document(
        Record(record_id="r1", source="test", title="A trial", abstract=FLOW + text)
    )


def found(
    text: str, outcome: str = "relapse", arms: tuple[TrialArm, ...] = ARMS, spread: str = ""
) -> list[Finding]:
    concepts = (outcome_concept(outcome, ()),)
    read = result_sentences(report(text), arms)
    return settle(sentence_findings(read, concepts, spread or None))


def numbers(findings: list[Finding]) -> list[dict[str, float]]:
    return [{name: v.number for name, v in f.values.items()} for f in findings]


def counts(a: int, n1: int, c: int, n2: int) -> list[dict[str, float]]:
    return [{"events_intervention": a, "total_intervention": n1, "events_comparator": c,
             "total_comparator": n2}]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "Relapse occurred in 12/36 (33%) in the zolpidem group and 20/34 (59%) with placebo.",
        "Relapse occurred in 20/34 controls and 12/36 patients of the treatment group.",
        "Relapse was rarer with zolpidem than with placebo (12/36 vs 20/34).",
        "Relapses with placebo and zolpidem were 20/34 and 12/36, respectively.",
        "Zolpidem group: relapse in 33.3%, 12 of 36, versus 20 of 34 (58.8%) in the control group.",
    ],
)
def test_counts_go_to_the_arms_that_the_words_name(text: str) -> None:
    (result,) = found(text)
    assert numbers([result]) == counts(12, 36, 20, 34)
    assert result.flags == ()


def test_events_of_percentages_are_derived_and_flagged() -> None:
    (result,) = found("The rate of relapse was lower with zolpidem than with placebo (25% vs 50%).")
    assert numbers([result]) == counts(9, 36, 17, 34)
    assert "only count printed so" in (result.values["events_intervention"].derivation or "")
    assert any("does not say how many were analysed" in flag for flag in result.flags)


def test_a_percentage_of_printed_participants_needs_no_flag() -> None:
    (result,) = found("Relapse was seen in 50% of the 36 zolpidem patients and in 25% of the 32 "
                      "patients with placebo.")  # fmt: skip
    assert numbers([result]) == counts(18, 36, 8, 32)
    assert result.flags == ()


@pytest.mark.parametrize(
    "text",
    [
        # words and numbers contradict each other
        "Relapse was commoner with zolpidem than with placebo (12/36 vs 20/34).",
        # the first number could be that of either arm
        "Compared with placebo, zolpidem changed the rate of relapse (12/36 vs 20/34).",
        # no share of participants
        "Zolpidem reduced relapse by 25% and placebo by 50%.",
        "Mean relapse scores were 25% with zolpidem and 50% with placebo.",
        # another outcome, another clause, another population, another time
        "Relapse was rare, but nausea was seen in 12/36 with zolpidem and 20/34 with placebo.",
        "Among women the rate of relapse was 2/16 with zolpidem and 5/14 with placebo.",
        "At baseline relapse was known in 12/36 with zolpidem and 20/34 with placebo.",
        "Among patients with relapse it was seen in 12/36 with zolpidem and 20/34 with placebo.",
        # a third group
        "There were three groups. Relapse hit 12/36 of the treatment group and 20/34 controls.",
        "Relapse occurred in 12/36 with zolpidem, in 3/30 of the sham group and 20/34 later.",
    ],
)
def test_what_is_not_clear_gives_nothing(text: str) -> None:
    assert found(text) == []


def test_totals_far_under_the_arms_size_are_flagged() -> None:
    (result,) = found("Relapse for stage II was seen in 2/8 with zolpidem and 5/9 with placebo.")
    assert not result.exact
    assert any("is this a subgroup" in flag for flag in result.flags)


def test_means_take_their_sd_from_the_words_and_n_from_the_arm_with_a_flag() -> None:
    text = "Mean sleep time was 12.3 (SD 4.5) h with zolpidem and 14.0 (5.1) h with placebo."
    (result,) = found(text, "sleep time")
    assert numbers([result]) == [
        {"mean_intervention": 12.3, "sd_intervention": 4.5, "n_intervention": 36,
         "mean_comparator": 14.0, "sd_comparator": 5.1, "n_comparator": 34}
    ]  # fmt: skip
    assert result.values["n_intervention"].derivation
    assert sum("size of the arm" in flag for flag in result.flags) == 2


def test_an_n_beside_the_mean_goes_before_the_arms_size() -> None:
    text = "Sleep time was 12.3 ± 4.5 h, n = 30 with zolpidem vs 14.0 ± 5.1 h, n = 29 with placebo."
    (result,) = found(text, "sleep time", spread="SD")
    assert result.values["n_intervention"].number == 30
    assert result.values["sd_comparator"].number == 5.1
    assert result.flags == ()


def test_means_without_an_sd_are_given_alone() -> None:
    text = "The mean sleep time was 5.5 h with zolpidem and 4.3 h with placebo."
    (result,) = found(text, "sleep time")
    assert "sd_intervention" not in result.values
    assert result.values["mean_comparator"].number == 4.3


def test_medians_become_means_with_the_note_of_both_arms() -> None:
    text = "Median (IQR) sleep time was 50 (45-56) with zolpidem and 60 (54-65) with placebo."
    (result,) = found(text, "sleep time")
    assert result.values["mean_intervention"].number == pytest.approx(50.3558, rel=1e-4)
    assert result.notes == ("mean and SD are derived from a median",) * 2


def test_changes_are_no_values_and_values_no_changes() -> None:
    text = "Weight fell by 3.2 ± 1.1 kg with zolpidem and 1.2 ± 1.0 kg with placebo."
    assert found(text, "weight") == []
    assert found(text, "change in weight") == []  # the sign is in the words
    plain = "Weight was 70.1 ± 1.1 kg with zolpidem and 71.2 ± 1.0 kg with placebo."
    assert found(plain, "change in weight") == []
    assert len(found(plain, "weight")) == 1


def test_lists_with_respectively_are_read_item_by_item() -> None:
    text = ("Death and relapse were 3/36 and 12/36 with zolpidem, and 4/34 and 20/34 with placebo, "
            "respectively.")  # fmt: skip
    assert numbers(found(text)) == counts(12, 36, 20, 34)
    assert numbers(found(text, "death")) == counts(3, 36, 4, 34)
    assert found(text.replace("Death and", "Death, fever and")) == []


def test_each_bracket_is_of_the_outcome_before_it() -> None:
    text = ("There was less nausea (zolpidem: 1/36; placebo: 9/34) and relapse (zolpidem: 12/36; "
            "placebo: 20/34).")  # fmt: skip
    assert numbers(found(text)) == counts(12, 36, 20, 34)


def test_pairs_with_versus_follow_the_arms_that_were_compared_first() -> None:
    text = ("Zolpidem versus placebo gave a rate of nausea of 2/36 vs 3/34, of relapse of 12/36 vs "
            "20/34 and of headache of 5/36 vs 4/34.")  # fmt: skip
    assert numbers(found(text)) == counts(12, 36, 20, 34)


def test_none_in_either_group() -> None:
    (result,) = found("No deaths occurred in either group during 2 weeks.", "deaths")
    assert numbers([result]) == [{"events_intervention": 0, "events_comparator": 0}]
    assert found("No severe deaths occurred in either group.", "deaths") == []
    latex = "No allergic reactions to latex occurred in either group."
    assert found(latex, "allergic reactions") == []
    assert found("There were three groups. No deaths occurred in either group.", "deaths") == []


def test_the_sentence_before_or_a_definition_may_name_the_outcome() -> None:
    counted = "{} was seen in 12/36 with zolpidem and 20/34 with placebo."
    before = "We looked at 40 weeks for relapse. " + counted.replace("{} was", "The rates were")
    (carried,) = found(before.replace(" seen in", ""))
    assert any("sentence before" in flag for flag in carried.flags)
    defined = "The primary outcome was relapse. " + counted.format("The primary outcome")
    (primary,) = found(defined)
    assert numbers([primary]) == counts(12, 36, 20, 34)
    assert any("definition" in flag for flag in primary.flags)
    assert found(defined.replace("was relapse", "was relapse in hospital or death")) == []


def test_one_arm_by_name_or_by_its_size_is_flagged() -> None:
    (named,) = found("The rate of relapse was higher in the zolpidem group (50% versus 24%).",
                     arms=(ARMS[0], sized("comparator", "placebo", 34)))  # fmt: skip
    assert "only zolpidem is named" in named.flags[0]
    (by_size,) = found("Relapse did not differ between groups (12/36 vs 20/34).")
    assert numbers([by_size]) == counts(12, 36, 20, 34)
    assert "not named" in by_size.flags[0]


def test_an_unknown_name_beside_one_arm_of_two_is_the_other_arm() -> None:
    text = "Relapse was seen in 12/36 in the Morpheus group and in 20/34 in the placebo group."
    (result,) = found(text)
    assert numbers([result]) == counts(12, 36, 20, 34)
    assert "'Morpheus group' is taken for" in result.flags[0]
    assert found("There were three arms. " + text) == []
    assert found(text.replace("Morpheus", "per-protocol")) == []


def test_a_derived_number_does_not_contradict_a_printed_one() -> None:
    text = ("Mean sleep time was 5.1 (SD 1.2) h, n = 30 with zolpidem and 4.0 (SD 1.1) h, n = 31 "
            "with placebo. In short, mean sleep time was 5.1 (SD 1.2) h with zolpidem and 4.0 "
            "(SD 1.1) h with placebo.")  # fmt: skip
    (result,) = found(text, "sleep time")
    assert result.values["n_intervention"].number == 30
    assert result.flags == ()
