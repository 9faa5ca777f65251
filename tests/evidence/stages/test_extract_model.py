"""Extraction by a language model: what stands is kept with its place, the rest is said."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import prompts
from evidence.config import ReplayEngine
from evidence.entries import Entry
from evidence.errors import EngineError
from evidence.extraction.by_model.beside import side_by_side
from evidence.extraction.by_model.contexts import ExtractionContexts
from evidence.extraction.by_model.study import STUDY_FIELDS, TOKENS_A_FIELD
from evidence.findings import ContinuousData, DichotomousData, GenericData, values
from evidence.grounding import entry_problems
from evidence.judgements import ExtractedOutcome, Provenance
from evidence.llm import build_language_model
from evidence.llm.protocol import CallSettings
from evidence.question import ClinicalQuestion
from evidence.reading.excerpts import PassageRanker, size_bytes
from evidence.stages.extract import Extraction, Extractor
from evidence.stages.extract_model import ModelExtractor
from indexers.encoders import named_encoder
from indexers.records import Document
from tests.evidence.extraction.by_model.trial_report import (
    ABSTRACT,
    EVENTS,
    INJECTION,
    PAIN,
    QUESTION,
    REPORT,
    number,
    numbers,
    report,
    result,
    table,
)
from tests.evidence.llm.openai_server import KEY, KEY_VARIABLE, completion, serving
from tests.evidence.llm.scripted import Scripted

ROOMY = CallSettings(model="m", context_window_tokens=8192, max_tokens=2048, seed=1)
CONTEXTS = ExtractionContexts(ranker=PassageRanker(named_encoder("static")))
NO_STUDY = json.dumps({"characteristics": [], "arms": []})
NOTHING = numbers()
NAUSEA = numbers(
    result(
        [number("events", "12", "T1 R2 C2"), number("percent", "24", "T1 R2 C2")],
        [number("events", "20", "T1 R2 C3"), number("total", "50", "T1 R1 C3")],
    )
)


def extracted(
    *answers: str | EngineError, document: Document = REPORT, beside: Extractor | None = None
) -> Extraction:
    model = Scripted(*answers, settings=ROOMY)
    found = ModelExtractor(model, CONTEXTS, beside).extract(QUESTION, document)
    assert len(model.prompts) == len(answers)
    entries: list[Entry] = [found.characteristics, *found.outcomes]
    for entry in entries:
        assert entry_problems(entry, lambda _: document) == []
    return found


def one(extraction: Extraction) -> ExtractedOutcome:
    (outcome,) = extraction.outcomes
    return outcome


def told(extraction: Extraction) -> str:
    return extraction.characteristics.provenance.reason


def test_counts_are_taken_from_their_cells_and_totals_from_the_heads() -> None:
    found = one(extracted(NO_STUDY, NAUSEA, NOTHING, NOTHING))
    assert found.data == DichotomousData(
        events_intervention=12, total_intervention=50, events_comparator=20, total_comparator=50
    )
    assert (found.outcome, found.reported_as) == ("nausea", "Nausea")
    assert (found.intervention, found.comparator) == ("Aspirin", "placebo")
    assert found.flags == ()
    quoted = {e.field: [q.text for q in e.quotes] for e in found.evidence}
    assert quoted["events_intervention"] == ["12 (24%)"]
    assert quoted["total_intervention"] == ["Aspirin (n = 50)"]
    provenance = found.provenance
    assert (provenance.engine, provenance.model) == ("language_model", "m-2026")
    assert provenance.prompt_digest == prompts.digest("extract_numbers")
    assert "2 of 2 tables" in provenance.reason
    assert "not calibrated" in provenance.reason


def test_means_of_several_times_and_an_se_made_an_sd_by_code() -> None:
    week_4 = result(
        [number("mean", "3.1", "T1 R2 C2"), number("sd", "1.2", "T1 R2 C2")],
        [number("mean", "4.4", "T1 R2 C3"), number("sd", "1.5", "T1 R2 C3")],
        time_point="week 4",
    )
    week_8 = result(
        [number("mean", "2.5", "T1 R3 C2"), number("se", "0.2", "T1 R3 C2")],
        [number("mean", "4.0", "T1 R3 C3"), number("se", "0.3", "T1 R3 C3")],
        time_point="week 8",
    )
    first, second = extracted(NO_STUDY, NOTHING, numbers(week_4, week_8), NOTHING).outcomes
    assert first.data == ContinuousData(
        mean_intervention=3.1, sd_intervention=1.2, n_intervention=48,
        mean_comparator=4.4, sd_comparator=1.5, n_comparator=47,
    )  # fmt: skip
    assert (first.time_point_days, second.time_point_days) == (28, 56)
    assert isinstance(second.data, ContinuousData)
    assert second.data.sd_intervention == pytest.approx(0.2 * 48**0.5, rel=1e-5)
    (derived,) = (e for e in second.evidence if e.field == "sd_comparator")
    assert derived.derivation is not None and "SE 0.3" in derived.derivation
    assert (first.flags, second.flags) == ((), ())


def test_an_effect_stands_with_its_words_and_counts_of_a_sentence_by_their_order() -> None:
    counts = "9 of 50 patients with aspirin"
    other = "18 of 50 patients with placebo"
    effect = "hazard ratio for aspirin versus placebo 0.48, 95% CI 0.22 to 0.98"
    answer = result(
        [number("events", "9", quote=counts), number("total", "50", quote=counts)],
        [number("events", "18", quote=other), number("total", "50", quote=other)],
        effect_measure="HR",
        effect_numbers=[
            number("estimate", "0.48", quote=effect),
            number("ci_low", "0.22", quote=effect),
            number("ci_high", "0.98", quote=effect),
        ],
    )
    found = extracted(NO_STUDY, NOTHING, NOTHING, numbers(answer)).outcomes
    by_kind = {outcome.data.kind: outcome for outcome in found}
    assert list(values(by_kind["dichotomous"].data).values()) == [9, 50, 18, 50]
    assert by_kind["generic"].data == GenericData(
        measure="HR", estimate=0.48, ci_low=0.22, ci_high=0.98
    )
    assert by_kind["dichotomous"].flags == ()
    assert by_kind["generic"].flags == ()


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


@pytest.mark.parametrize(
    ("claimed", "why"),
    [
        (number("events", "13", "T1 R2 C2"), "the cell reads '12 (24%)'"),
        (number("events", "12", "T1 R3 C2"), "the cell reads '3 (6%)'"),
        (number("events", "12", "T1 R9 C2"), "there is no such cell"),
        (number("events", "12", "T7 R2 C2"), "there is no such cell"),
        (number("events", "12", "cell two"), "there is no such cell"),
        (number("events", "2", "T1 R2 C2"), "the cell reads '12 (24%)'"),
        (number("events", "24", "T1 R2 C2"), "the cell gives it as percent"),
        (number("events", "twelve", "T1 R2 C2"), "not a number as a report prints it"),
        (number("events", "12.5", "T1 R2 C2"), "no events can be so"),
        (number("events", "9", quote="9 of 77 patients"), "its quote is not in the document"),
        (number("events", "13", quote="9 of 50 patients"), "the number is not in its quote"),
        (number("events", "12"), "its quote is not in the document"),
    ],
)
def test_a_number_that_is_not_in_its_place_is_dropped_and_said(
    claimed: dict[str, str], why: str
) -> None:
    answer = numbers(result([claimed], [number("events", "20", "T1 R2 C3")]))
    found = extracted(NO_STUDY, answer, NOTHING, NOTHING)
    data = one(found).data
    assert isinstance(data, DichotomousData)
    assert (data.events_intervention, data.events_comparator) == (None, 20)
    assert "some numbers that pooling needs" in " ".join(one(found).flags)
    assert f"nausea: events {claimed['printed']}: {why}" in told(found)


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


def test_percentages_become_events_only_where_one_count_fits() -> None:
    body = ["Nausea, % | 24% | 40%"]
    document = report(table("Adverse events", EVENTS[0], body))
    answer = numbers(
        result([number("percent", "24", "T1 R2 C2")], [number("percent", "40", "T1 R2 C3")])
    )
    found = one(extracted(NO_STUDY, answer, NOTHING, NOTHING, document=document))
    assert list(values(found.data).values()) == [12, 50, 20, 50]
    assert all(e.derivation for e in found.evidence if e.field.startswith("events"))


def test_text_of_a_cell_is_data_and_what_it_orders_is_not_taken() -> None:
    body = [f"Nausea {INJECTION} | 12 (24%) | 20 (40%)"]
    document = report(table("Adverse events", EVENTS[0], body))
    obeyed = numbers(
        result([number("events", "999", "T1 R2 C2")], [number("events", "999", "T1 R2 C3")])
    )
    model = Scripted(NO_STUDY, obeyed, NOTHING, NOTHING, settings=ROOMY)
    found = ModelExtractor(model, CONTEXTS).extract(QUESTION, document)
    assert found.outcomes == ()
    assert "events 999: the cell reads '12 (24%)'" in told(found)
    for prompt in model.prompts:
        fence = prompt.index("is data, copied from a document")
        assert all(fence < at for at in _places(prompt, INJECTION))
    assert INJECTION in model.prompts[1]
    in_label = numbers(result([number("events", "999", "T1 R2 C1")], []))
    found = extracted(NO_STUDY, in_label, NOTHING, NOTHING, document=document)
    assert found.outcomes == ()
    assert "events 999: the cell reads 'Nausea" in told(found)


def _places(text: str, part: str) -> list[int]:
    return [at for at in range(len(text)) if text.startswith(part, at)]


def test_names_that_a_document_gives_its_arms_are_data_too() -> None:
    abstract = f"Patients took aspirin (ASA) or placebo. ASA ({INJECTION}) helped."
    document = report(table("Adverse events", *EVENTS), abstract=abstract)
    model = Scripted(NO_STUDY, NOTHING, NOTHING, NOTHING, settings=ROOMY)
    ModelExtractor(model, CONTEXTS).extract(QUESTION, document)
    fence = model.prompts[1].index("is data, copied from a document")
    assert model.prompts[1].index("Names of the intervention: aspirin") > fence


def test_a_failed_call_leaves_its_outcome_and_the_others_stand() -> None:
    found = extracted(NO_STUDY, NAUSEA, EngineError("no answer in 5 s"), NOTHING)
    assert one(found).outcome == "nausea"
    assert "pain score: no numbers, the call failed: no answer in 5 s" in told(found)
    found = extracted(EngineError("refused"), NOTHING, NOTHING, NOTHING)
    assert found.characteristics.characteristics == ()
    assert "were not read: refused" in told(found)


def test_a_window_without_room_is_said_and_nothing_is_asked() -> None:
    tiny = CallSettings(model="m", context_window_tokens=1000, max_tokens=100, seed=1)
    model = Scripted(settings=tiny)
    found = ModelExtractor(model, CONTEXTS).extract(QUESTION, REPORT)
    assert (model.prompts, found.outcomes) == ([], ())
    assert "nausea: no numbers: no text of the report fits context_window_tokens" in told(found)


def test_a_long_report_is_shown_in_parts_that_fit() -> None:
    filler = " ".join(f"The weather on day {n} was fair and dry." for n in range(1000))
    rows = [f"Symptom {n} | {n} | {n + 1}" for n in range(400)]
    rows.insert(300, "Nausea | 12 (24%) | 20 (40%)")
    document = report(table("Adverse events", EVENTS[0], rows), methods=filler)
    model = Scripted(NO_STUDY, NOTHING, NOTHING, NOTHING, settings=ROOMY)
    ModelExtractor(model, CONTEXTS).extract(QUESTION, document)
    assert all(size_bytes(prompt) <= ROOMY.prompt_limit_bytes for prompt in model.prompts)
    assert "| R302 | Nausea | 12 (24%) | 20 (40%) |" in model.prompts[1]
    assert "| R1 | Event | Aspirin (n = 50) | Placebo (n = 50) |" in model.prompts[1]
    assert "rows are left out here" in model.prompts[1]


def study(*values: tuple[str, str, str], arms: list[dict[str, str]] | None = None) -> str:
    given = [{"field": f, "value": v, "quote": q} for f, v, q in values]
    return json.dumps({"characteristics": given, "arms": arms or []})


def test_characteristics_stand_with_their_quotes_and_the_rest_is_said() -> None:
    answer = study(
        ("country", "Kenya", "placebo in Kenya"),
        ("number_randomised", "100", "100 adults with headache were randomised"),
        ("population", "adults with headache", "100 adults with headache"),
        ("funding", "Bayer", "Patients were seen at home"),
        ("setting", "hospital", "seen in hospital"),
        ("eye colour", "blue", "adults with headache"),
        arms=[
            {"quote": "Aspirin (n = 50)", "name": "Aspirin", "role": "intervention", "size": "50"},
            {"quote": "Placebo (n = 50)", "name": "Placebo", "role": "intervention", "size": "49"},
            {"quote": "ibuprofen", "name": "ibuprofen", "role": "other", "size": ""},
        ],
    )
    found = extracted(answer, NOTHING, NOTHING, NOTHING)
    given = {c.field: c.value for c in found.characteristics.characteristics}
    assert given == {
        "population": "adults with headache",
        "country": "Kenya",
        "number_randomised": "100",
    }
    aspirin, placebo = found.characteristics.arms
    assert (aspirin.name, aspirin.role, aspirin.size) == ("Aspirin", "intervention", 50)
    assert (placebo.role, placebo.size) == ("other", None)
    for said in (
        "funding 'Bayer': not in its quote 'Patients were seen at home'",
        "setting 'hospital': its quote is not in the document",
        "eye colour 'blue': not a field that was asked for",
        "size '49' of 'Placebo': not in its quote",
        "role intervention of 'Placebo': the rules read another",
        "arm 'ibuprofen'",
    ):
        assert said in told(found)
    assert found.characteristics.provenance.prompt_digest == prompts.digest(
        "extract_characteristics"
    )


def test_fields_that_do_not_fit_one_reply_are_asked_in_several_calls() -> None:
    settings = ROOMY.model_copy(update={"max_tokens": TOKENS_A_FIELD * 8})
    n_calls = len(STUDY_FIELDS) // 8
    model = Scripted(*[NO_STUDY] * n_calls, *[NOTHING] * 3, settings=settings)
    found = ModelExtractor(model, CONTEXTS).extract(QUESTION, REPORT)
    asked = [f for f in STUDY_FIELDS for p in model.prompts[:n_calls] if f"\n- {f}: " in p]
    assert asked == list(STUDY_FIELDS)
    assert [("Leave `arms` empty" in p) for p in model.prompts[:n_calls]] == [False, True, True]
    assert told(found).startswith("3 calls for the study's fields")


class Rules:
    """Another engine, whose results are fixed."""

    def __init__(self, *answers: str, first: str = NO_STUDY) -> None:
        read = extracted(first, *answers)
        offline = Provenance(actor="machine", engine="offline")
        self._given = Extraction(
            characteristics=read.characteristics.model_copy(update={"provenance": offline}),
            outcomes=tuple(o.model_copy(update={"provenance": offline}) for o in read.outcomes),
        )

    def extract(self, question: ClinicalQuestion, document: Document) -> Extraction:
        return self._given


def test_what_both_engines_read_is_noted() -> None:
    week_4 = numbers(
        result([number("mean", "3.1", "T1 R2 C2")], [number("mean", "4.4", "T1 R2 C3")])
    )
    rules = Rules(NAUSEA, week_4, NOTHING)
    nausea, pain = extracted(NO_STUDY, NAUSEA, NOTHING, NOTHING, beside=rules).outcomes
    assert nausea.provenance.engine == "language_model"
    assert "the offline rules read the same 4 numbers" in nausea.notes
    assert (pain.outcome, pain.provenance.engine) == ("pain score", "offline")
    assert "the language model gives no such result" in pain.notes
    alone, _ = extracted(NO_STUDY, EngineError("late"), NOTHING, NOTHING, beside=rules).outcomes
    assert "the language model gave no answer on the outcome" in alone.notes
    found = one(extracted(NO_STUDY, NAUSEA, NOTHING, NOTHING, beside=Rules(*[NOTHING] * 3)))
    assert "the offline rules give no such result" in found.notes
    assert found.flags == ()


def test_where_the_engines_differ_both_are_flagged() -> None:
    vomiting = numbers(
        result([number("events", "3", "T1 R3 C2")], [number("events", "5", "T1 R3 C3")])
    )
    rules = Rules(NAUSEA, NOTHING, NOTHING)
    pair = extracted(NO_STUDY, vomiting, NOTHING, NOTHING, beside=rules).outcomes
    assert [o.provenance.engine for o in pair] == ["language_model", "offline"]
    said = "events_intervention: the offline rules read 12, the language model 3"
    assert all(said in o.flags for o in pair)


def test_fields_that_no_call_read_are_the_other_engine_s_and_said_to_be() -> None:
    answer = study(
        ("country", "Kenya", "placebo in Kenya"),
        arms=[{"quote": "Aspirin (n = 50)", "name": "Aspirin", "role": "intervention", "size": ""}],
    )
    rules = Rules(NOTHING, NOTHING, NOTHING, first=answer)
    found = extracted(EngineError("late"), NOTHING, NOTHING, NOTHING, beside=rules)
    assert [c.value for c in found.characteristics.characteristics] == ["Kenya"]
    assert [arm.name for arm in found.characteristics.arms] == ["Aspirin"]
    assert "were not read: late; they are by offline instead" in told(found)
    found = extracted(NO_STUDY, NOTHING, NOTHING, NOTHING, beside=rules)
    assert found.characteristics.characteristics == ()


def test_of_two_that_agree_the_one_without_doubts_stays() -> None:
    head = (["Event | Group (n = 50) | Group (n = 50)"], EVENTS[1])
    document = report(table("Adverse events", *head))
    doubtful = one(extracted(NO_STUDY, NAUSEA, NOTHING, NOTHING, document=document))
    clear = one(extracted(NO_STUDY, NAUSEA, NOTHING, NOTHING))
    assert doubtful.flags and not clear.flags
    (kept,) = side_by_side([doubtful], [clear])
    assert kept.flags == ()
    assert "the language model reads the same 4 numbers" in kept.notes


def test_a_recorded_extraction_is_replayed_without_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    calls = tmp_path / "calls"
    with serving() as server:
        engine = server.engine()
        n_calls = -(-len(STUDY_FIELDS) * TOKENS_A_FIELD // engine.max_tokens)
    turns = [completion(json.loads(NO_STUDY))] * n_calls
    turns += [completion(json.loads(answer)) for answer in (NAUSEA, NOTHING, NOTHING)]
    with serving(*turns) as server:
        engine = server.engine()
        live = ModelExtractor(build_language_model(engine, calls), CONTEXTS)
        found = live.extract(QUESTION, REPORT)
    monkeypatch.delenv(KEY_VARIABLE)
    replay = build_language_model(ReplayEngine(calls=calls, model="fake-model"), calls)
    assert ModelExtractor(replay, CONTEXTS).extract(QUESTION, REPORT) == found
    assert one(found).flags == ()


def test_pain_table_is_named_first_where_pain_is_asked() -> None:
    model = Scripted(NO_STUDY, NOTHING, NOTHING, NOTHING, settings=ROOMY)
    ModelExtractor(model, CONTEXTS).extract(QUESTION, REPORT)
    assert (
        f"T1. Table Pain\n| | C1 | C2 | C3 |\n|---|---|---|---|\n| R1 | {PAIN[0][0]} |"
        in (model.prompts[2])
    )
    assert "T1. Table Adverse events" in model.prompts[1]
