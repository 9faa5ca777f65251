"""Characteristics that a language model extracts, and its results beside those of the rules."""

from __future__ import annotations

import json

import prompts
from evidence.errors import EngineError
from evidence.extraction.by_model.beside import side_by_side
from evidence.extraction.by_model.study import STUDY_FIELDS, TOKENS_A_FIELD
from evidence.judgements import Provenance
from evidence.question import ClinicalQuestion
from evidence.stages.extract import Extraction
from evidence.stages.extract_model import ModelExtractor
from indexers.records import Document
from tests.evidence.extraction.by_model.trial_report import (
    EVENTS,
    QUESTION,
    REPORT,
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
