"""Results that a language model extracts and that a person has to look at."""

from __future__ import annotations

import re

import pytest

from evidence.findings import ContinuousData, DichotomousData
from evidence.stages.extract_model import ModelExtractor
from tests.evidence.extraction.by_model.trial_report import (
    ABSTRACT,
    EVENTS,
    QUESTION,
    number,
    numbers,
    report,
    result,
    table,
)
from tests.evidence.llm.scripted import Scripted
from tests.evidence.stages.extract_model_factory import (
    CONTEXTS,
    NAUSEA,
    NO_STUDY,
    NOTHING,
    ROOMY,
    extracted,
    one,
    told,
)


def test_an_effect_that_its_words_do_not_name_or_order_is_flagged() -> None:
    bare = "0.48, 95% CI 0.22 to 0.98"
    document = report(abstract=ABSTRACT.replace("hazard ratio for aspirin versus placebo ", ""))
    answer = result(
        [], [], effect_measure="OR", effect_adjusted=True,
        effect_numbers=[number("estimate", "0.48", quote=bare)],
    )  # fmt: skip
    found = one(extracted(NO_STUDY, NOTHING, NOTHING, numbers(answer), document=document))
    flags = " ".join(found.flags)
    assert "name no OR" in flags
    assert "an adjusted estimate" in flags
    assert "which arm the effect compares" in flags


def test_numbers_under_the_other_arm_s_head_are_flagged() -> None:
    swapped = numbers(
        result([number("events", "20", "T1 R2 C3")], [number("events", "12", "T1 R2 C2")])
    )
    flags = one(extracted(NO_STUDY, swapped, NOTHING, NOTHING)).flags
    assert "T1 R2 C3 stands under 'Placebo (n = 50)', the model gives it to 'Aspirin'" in flags
    assert "T1 R2 C2 stands under 'Aspirin (n = 50)', the model gives it to 'placebo'" in flags


def test_heads_that_name_no_arm_and_sentences_in_another_order_are_flagged() -> None:
    head, body = ["Event | Column 1 (n = 50) | Column 2 (n = 50)"], EVENTS[1]
    document = report(table("Adverse events", head, body))
    flags = one(extracted(NO_STUDY, NAUSEA, NOTHING, NOTHING, document=document)).flags
    assert "no head over T1 R2 C2 says that it is of 'Aspirin'" in flags
    crossed = numbers(
        result([number("events", "18", quote="18 of 50")], [number("events", "9", quote="9 of 50")])
    )
    flags = one(extracted(NO_STUDY, NOTHING, NOTHING, crossed)).flags
    assert any("which arm 18 is of cannot be told" in flag for flag in flags)


@pytest.mark.parametrize(
    ("sentence", "clear"),
    [
        ("Relapse was seen in 9 with aspirin and 18 with placebo.", True),
        ("Relapse was seen in 9 and 18 with aspirin and placebo, respectively.", True),
        ("Relapse was seen in 18 with placebo and 9 with aspirin.", True),
        ("Relapse was seen in 9 with placebo and 18 with aspirin.", False),
        ("Relapse was seen in 9 and 18 with placebo and aspirin, respectively.", False),
        ("Relapse was seen in 9 and 18.", False),
        ("Relapse: 9 with aspirin, 18 with placebo, aspirin being cheap.", False),
    ],
)
def test_numbers_of_a_sentence_come_in_the_order_of_its_arms(sentence: str, clear: bool) -> None:
    document = report(abstract=f"Adults took aspirin or placebo. {sentence}")
    both = re.search(r"\d.*\d+", sentence)
    assert both is not None
    answer = numbers(
        result(
            [number("events", "9", quote=both.group())],
            [number("events", "18", quote=both.group())],
        )
    )
    flags = one(extracted(NO_STUDY, NOTHING, NOTHING, answer, document=document)).flags
    doubts = [f for f in flags if re.search("cannot be told from its sentence|words quoted", f)]
    assert bool(doubts) is not clear


def test_an_arm_that_is_the_other_one_takes_its_result_with_it() -> None:
    answer = numbers(
        result(
            [number("events", "20", "T1 R2 C3")],
            [number("events", "12", "T1 R2 C2")],
            intervention_arm="placebo",
            comparator_arm="aspirin",
        )
    )
    found = extracted(NO_STUDY, answer, NOTHING, NOTHING)
    assert found.outcomes == ()
    assert "the model names 'placebo', another arm, as intervention" in told(found)


def test_a_row_of_another_outcome_and_a_time_that_the_row_contradicts_are_flagged() -> None:
    pain_as_nausea = numbers(
        result(
            [number("mean", "3.1", "T2 R2 C2")],
            [number("mean", "4.4", "T2 R2 C3")],
            time_point="week 8",
        )
    )
    flags = one(extracted(NO_STUDY, pain_as_nausea, NOTHING, NOTHING)).flags
    assert any("that is 'pain score', another outcome of the question" in flag for flag in flags)
    assert "the model says 'week 8', the report 'week 4'" in flags
    rows = result([number("events", "12", "T1 R2 C2")], [number("events", "5", "T1 R3 C3")])
    flags = one(extracted(NO_STUDY, numbers(rows), NOTHING, NOTHING)).flags
    assert "the numbers of the two arms stand in neither one row nor one column" in flags


def test_a_time_that_only_the_model_says_waits_where_the_question_asks_for_one() -> None:
    document = report(
        table("Adverse events", *EVENTS), methods="Patients were seen at week 4 and week 12."
    )
    answer = numbers(
        result(
            [number("events", "12", "T1 R2 C2")],
            [number("events", "20", "T1 R2 C3")],
            time_point="week 12",
        )
    )
    found = one(extracted(NO_STUDY, answer, NOTHING, NOTHING, document=document))
    assert (found.time_point, found.time_point_days, found.flags) == ("week 12", 84, ())
    pico = QUESTION.pico.model_copy(update={"outcomes": ("nausea at week 12",)})
    question = QUESTION.model_copy(update={"pico": pico})
    model = Scripted(NO_STUDY, answer, settings=ROOMY)
    asked = one(ModelExtractor(model, CONTEXTS).extract(question, document))
    assert asked.flags == ("nothing beside the numbers says that they are of 'week 12'",)
    unknown = numbers(
        result([number("events", "12", "T1 R2 C2")], [], time_point="week 99"),
    )
    found = one(extracted(NO_STUDY, unknown, NOTHING, NOTHING, document=document))
    assert (found.time_point, "the time 'week 99' is not in the document" in found.flags) == (
        None,
        True,
    )


def test_an_sd_that_the_table_calls_an_se_is_taken_as_one_and_flagged() -> None:
    answer = numbers(
        result(
            [number("mean", "2.5", "T1 R3 C2"), number("sd", "0.2", "T1 R3 C2")],
            [number("mean", "4.0", "T1 R3 C3"), number("se", "0.3", "T1 R3 C3")],
        )
    )
    found = one(extracted(NO_STUDY, NOTHING, answer, NOTHING))
    assert isinstance(found.data, ContinuousData)
    assert found.data.sd_intervention == pytest.approx(0.2 * 48**0.5, rel=1e-5)
    assert "the model takes 0.2 for an SD, the report speaks of an SE" in found.flags


def test_numbers_that_contradict_each_other_are_flagged() -> None:
    wrong = (EVENTS[0], ["Nausea | 12 (48%) | 20 (40%)"])
    document = report(table("Adverse events", *wrong))
    answer = numbers(
        result(
            [number("events", "12", "T1 R2 C2"), number("total", "50", "T1 R1 C2")],
            [number("events", "20", "T1 R2 C3"), number("total", "50", "T1 R1 C3")],
        )
    )
    flags = one(extracted(NO_STUDY, answer, NOTHING, NOTHING, document=document)).flags
    assert any("but 48% is printed beside it" in flag for flag in flags)
    more = (EVENTS[0], ["Nausea | 60 | 20"])
    answer = numbers(
        result([number("events", "60", "T1 R2 C2")], [number("events", "20", "T1 R2 C3")])
    )
    document = report(table("Adverse events", *more))
    found = one(extracted(NO_STUDY, answer, NOTHING, NOTHING, document=document))
    assert isinstance(found.data, DichotomousData)
    assert found.data.events_intervention is None
    assert "60 events among 50: both are left out" in found.flags
