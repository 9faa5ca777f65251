"""Results that a language model extracts: what stands is kept with its place, the rest is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import prompts
from evidence.config import ReplayEngine
from evidence.errors import EngineError
from evidence.extraction.by_model.study import STUDY_FIELDS, TOKENS_A_FIELD
from evidence.findings import ContinuousData, DichotomousData, GenericData, values
from evidence.llm import build_language_model
from evidence.llm.protocol import CallSettings
from evidence.reading.excerpts import size_bytes
from evidence.stages.extract_model import ModelExtractor
from tests.evidence.extraction.by_model.trial_report import (
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
