"""What a language model could not answer is asked again: that alone, and nothing people judged."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from evidence.config import ReplayEngine, SearchSettings, Settings
from evidence.engines import build_engines
from evidence.entries import Entry
from evidence.events import ReportSought
from evidence.findings import DichotomousData
from evidence.judgements import (
    MACHINE,
    Characteristic,
    ExtractedOutcome,
    Provenance,
    RecommendationEdit,
    RecommendationSignedOff,
    ResultRejected,
    ScreeningDecision,
    StudyCharacteristics,
    ValueEvidence,
)
from evidence.project import Project
from evidence.prompting_settings import PromptingSettings
from evidence.question import ClinicalQuestion
from evidence.review import new_project, run
from evidence.stage_runs import run_extract
from evidence.stages.extract import Extraction
from evidence.state import ReviewState, fold, read_state
from evidence.unanswered import asks_again, draft_to_repeat, nothing_new
from indexers.records import Document, text_digest
from tests.evidence.llm.faults import FAULTS
from tests.evidence.llm.openai_server import KEY, KEY_VARIABLE, FakeServer, Turn, serving
from tests.evidence.trial_factory import QUESTION
from tests.faults.model_answers import good
from tests.faults.synthetic import N_TRIALS, review, trial_store
from tests.faults.synthetic import QUESTION as TRIALS_QUESTION

TEXT = "Relapse: 3 of 10 and 5 of 10. Done in Kenya."
DOCUMENT = Document(document_digest=text_digest(TEXT), record_id="r", kind="full_text", text=TEXT)
ADA = Provenance(actor="Ada", engine="person")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    return trial_store(folder / "store", folder / "articles")


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """Fails always, until its `by_request` is set to `good`."""
    with (
        mock.patch.dict(os.environ, {KEY_VARIABLE: KEY}),
        serving(by_request=FAULTS["HTTP 500"]) as fake,
    ):
        yield fake


def screened(project: Project) -> None:
    run(project, build_engines(project.manifest.settings.engine, project.path / "calls"),
        until="screen")  # fmt: skip


def test_records_are_asked_about_again_unless_a_person_judged_them(
    tmp_path: Path, store: Path, server: FakeServer
) -> None:
    engine = server.engine(timeout_seconds=60, max_tries=1, n_at_once=1)
    project = review(tmp_path / "p", store, engine)
    screened(project)
    state = read_state(project)
    assert state.with_fate("awaiting") == list(state.records)
    first, *others = state.records
    project.append(
        ScreeningDecision(record_id=first, phase="full_text", verdict="exclude",
                          exclusion_reason="not this one", provenance=ADA)
    )  # fmt: skip
    head = project.head()
    screened(project)
    assert project.head() == head  # it failed again, which the log says already
    asked = len(server.requests)
    server.by_request = good
    screened(project)
    assert len(server.requests) - asked == 2 * (N_TRIALS - 1)
    state = read_state(project)
    assert state.with_fate("included") == others
    assert state.decisions[first, "full_text"].provenance.actor == "Ada"
    assert state.machine_decisions[first, "full_text"].provenance.unanswered == ("screen",)
    head, asked = project.head(), len(server.requests)
    screened(project)
    assert (project.head(), len(server.requests)) == (head, asked)
    said = [d.provenance for d in project.entries(ScreeningDecision) if d.record_id == others[0]]
    assert [bool(p.unanswered) for p in said] == [True, True, False, False]
    assert "HTTP 500" in said[0].reason


def test_answers_of_more_runs_settle_what_too_few_left_open(
    tmp_path: Path, store: Path, server: FakeServer
) -> None:
    answering: set[int] = set()

    def turn(request: dict[str, Any]) -> Turn:
        return good(request) if request["seed"] in answering else FAULTS["HTTP 500"](request)

    server.by_request = turn
    engine = server.engine(timeout_seconds=60, max_tries=1, n_at_once=1, seed=1, temperature=0.5)
    settings = Settings(
        engine=engine,
        search=SearchSettings(limit=N_TRIALS),
        prompting=PromptingSettings(runs=3),
    )
    project = new_project(tmp_path / "p", TRIALS_QUESTION, settings, store)

    def screened_again() -> ReviewState:
        engines = build_engines(
            engine, project.calls_folder(), settings.screening, settings.prompting
        )
        run(project, engines, until="screen")
        return read_state(project)

    answering |= {1}
    state = screened_again()
    assert state.with_fate("awaiting") == list(state.records)
    answering |= {2}  # two of three agree now; the third still gives no answer
    state = screened_again()
    assert state.with_fate("included") == list(state.records)
    head = project.head()
    assert screened_again().with_fate("included")
    assert project.head() == head  # the third failed again, which the log says already
    answering |= {3}
    screened_again()
    assert not any(d.provenance.unanswered for d in project.entries(ScreeningDecision)[-3:])


def test_a_replay_of_faults_asks_nothing_again(
    tmp_path: Path, store: Path, server: FakeServer
) -> None:
    engine = server.engine(timeout_seconds=60, max_tries=1, n_at_once=1)
    screened(review(tmp_path / "live", store, engine))
    replay = ReplayEngine(calls=tmp_path / "live" / "calls", model=engine.model)
    settings = Settings(engine=replay, search=SearchSettings(limit=N_TRIALS))
    question = Project.open(tmp_path / "live").manifest.question
    project = new_project(tmp_path / "p", question, settings, store)
    screened(project)
    head = project.head()
    assert read_state(project).with_fate("awaiting")
    assert not asks_again(project)
    screened(project)
    assert project.head() == head


def reading(*unanswered: str, by: str = MACHINE) -> StudyCharacteristics:
    value = Characteristic(field="country", value="Kenya", quotes=(DOCUMENT.quote(38, 43),))
    return StudyCharacteristics(
        record_id="r",
        characteristics=(value,),
        provenance=Provenance(actor=by, engine="language_model", unanswered=unanswered),
    )


def result(outcome: str, events: int, by: str = MACHINE) -> ExtractedOutcome:
    return ExtractedOutcome(
        record_id="r",
        outcome=outcome,
        reported_as=outcome,
        intervention="a",
        comparator="b",
        data=DichotomousData(events_intervention=events),
        evidence=(ValueEvidence(field="events_intervention", quotes=(DOCUMENT.quote(0, 15),)),),
        provenance=Provenance(actor=by, engine="x"),
    )


def events(*entries: Entry) -> list[tuple[str, int | None]]:
    found = fold(entries).extracted["r"]
    return [(o.outcome, getattr(o.data, "events_intervention", None)) for o in found]


def test_a_study_read_again_after_a_fault_replaces_the_reading_before() -> None:
    assert events(
        reading("relapse"), result("relapse", 1), result("pain", 2),
        reading(), result("relapse", 3), result("pain", 2),
    ) == [("relapse", 3), ("pain", 2)]  # fmt: skip


def test_a_reading_without_a_fault_is_replaced_by_none() -> None:
    twice = (reading(), result("pain", 2), reading(), result("pain", 4))
    assert events(*twice) == [("pain", 2), ("pain", 4)]


def test_what_people_said_of_a_study_stays_when_it_is_read_again() -> None:
    old, other = result("relapse", 1), result("pain", 2)
    mine = result("relapse", 9, by="Ada")
    rejected = ResultRejected(
        record_id="r", outcome="pain", result_digest=other.content_digest, provenance=ADA
    )
    before = (reading("relapse", "pain", "fever"), old, other, result("fever", 5))
    assert events(*before, mine, rejected, reading(), result("fever", 6)) == [
        ("relapse", 1), ("relapse", 9), ("fever", 6),
    ]  # fmt: skip
    written = reading(by="Ada")
    assert fold([*before, written, reading()]).characteristics["r"] == written
    assert fold([written, reading("country")]).characteristics["r"] == written


def test_a_study_read_for_the_first_time_keeps_all_its_results(
    tmp_path: Path, store: Path, server: FakeServer
) -> None:
    project = review(tmp_path / "p", store, server.engine(n_at_once=1, max_tries=1))
    server.by_request = good
    screened(project)
    state = read_state(project)
    first, second, _ = state.records

    def extraction(question: ClinicalQuestion, document: Document) -> Extraction:
        lacking = () if document.record_id != second else ("Nausea",)
        read = trial_result(document)
        characteristics = StudyCharacteristics(
            record_id=document.record_id,
            provenance=Provenance(actor=MACHINE, engine="language_model", unanswered=lacking),
        )
        return Extraction(characteristics=characteristics, outcomes=(read,))

    engines: Any = SimpleNamespace(extractor=SimpleNamespace(extract=extraction))
    document = project.document(state.text_digest(first))
    assert document is not None
    mine = trial_result(document).model_copy(update={"provenance": ADA})
    project.append(mine)
    run_extract(project, engines, lambda *_: None)
    mine_and_machines = [o.provenance.by_person for o in read_state(project).extracted[first]]
    assert mine_and_machines == [True, False]
    text = f"{document.text} A later version."
    later = Document(
        document_digest=text_digest(text), record_id=first, kind="full_text", text=text
    )
    project.append(
        ReportSought(record_id=first, document_digest=later.document_digest, provenance=ADA),
        documents=[later],
    )
    assert len(read_state(project).extracted[first]) == 1
    run_extract(project, engines, lambda *_: None)  # the second study is still to be asked about
    assert [o.provenance.by_person for o in read_state(project).extracted[first]] == [True, False]


def trial_result(document: Document) -> ExtractedOutcome:
    events = document.quote(*re.search(r"\d+", document.text).span())  # type: ignore[union-attr]
    data = DichotomousData(events_intervention=int(events.text))
    evidence = ValueEvidence(field="events_intervention", quotes=(events,))
    return result("Relapse at 28 days", 1).model_copy(
        update={"record_id": document.record_id, "data": data, "evidence": (evidence,)}
    )


def edit(*unanswered: str, by: str = MACHINE) -> RecommendationEdit:
    from evidence.stages.recommend import OfflineRecommender

    return RecommendationEdit(
        recommendation=OfflineRecommender().recommend(QUESTION, ()),
        inputs_digest="d",
        provenance=Provenance(actor=by, engine="language_model", unanswered=unanswered),
    )


def test_a_draft_is_repeated_while_it_stands_and_nobody_signed_it() -> None:
    draft = edit("recommend")
    assert draft_to_repeat(fold([draft]), draft)
    assert not draft_to_repeat(fold([edit()]), edit())
    assert not draft_to_repeat(fold([draft, edit(by="Ada")]), draft)
    signed = RecommendationSignedOff(recommendation_digest=draft.content_digest, provenance=ADA)
    assert not draft_to_repeat(fold([draft, signed]), draft)


def test_the_same_lack_is_nothing_new() -> None:
    one, other = edit("recommend").provenance, edit("evidence_summary").provenance
    assert nothing_new(one, one)
    assert not nothing_new(one, other)
    assert not nothing_new(one, edit().provenance)
    assert not nothing_new(edit().provenance, edit().provenance)


def test_a_line_without_faults_reads_as_it_did_before_there_was_such_a_field() -> None:
    assert "unanswered" not in edit().model_dump_json()
    line = edit("recommend").model_dump_json()
    assert RecommendationEdit.model_validate_json(line).provenance.unanswered == ("recommend",)
