"""What people do while a run is at work stands: texts that they attach, versions they write."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evidence import recommend_run
from evidence.config import OfflineEngine
from evidence.engines import Engines, build_engines
from evidence.events import ReportSought
from evidence.judgements import Provenance, RecommendationEdit, ScreeningDecision
from evidence.project import Project
from evidence.review import run
from evidence.stage_runs import run_appraise, run_extract, run_screen
from evidence.stages.recommend import Drafted
from evidence.state import read_state
from indexers.records import Document, text_digest
from indexers.store import Store
from tests.evidence.decision.recommendation_factory import make_drafted_project
from tests.faults.synthetic import review, trial_store

ADA = Provenance(actor="Ada", engine="person")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return review(tmp_path / "p", trial_store(tmp_path / "store", tmp_path / "articles"))


def quiet(*_: object) -> None:
    """Nothing is shown."""


def engines_of(project: Project) -> Engines:
    return build_engines(OfflineEngine(), project.path / "calls")


def attach(project: Project, record_id: str) -> str:
    """Ada attaches a later text; gives its digest."""
    state = read_state(project)
    before = project.document(state.text_digest(record_id))
    text = f"{before.text if before else 'A trial.'} A later version."
    later = Document(
        document_digest=text_digest(text), record_id=record_id, kind="full_text", text=text
    )
    project.append(
        ReportSought(record_id=record_id, document_digest=later.document_digest, provenance=ADA),
        documents=[later],
    )
    return later.document_digest


class Attaching:
    """An engine of one stage; while it works on the first record, Ada attaches another text."""

    def __init__(self, project: Project, engine: Any, method: str) -> None:
        self._project, self._engine, self._method = project, engine, method
        self.read: list[Document] = []
        setattr(self, method, self._work)

    def _work(self, *given: Any) -> Any:
        document = next(value for value in given if isinstance(value, Document))
        self.read.append(document)
        if document.kind == "full_text" and not any(d.kind == "full_text" for d in self.read[:-1]):
            attach(self._project, document.record_id)
        return getattr(self._engine, self._method)(*given)


def test_a_text_attached_during_screening_is_screened_by_the_next_run(project: Project) -> None:
    engines = engines_of(project)
    run(project, engines, until="deduplicate")
    screener = Attaching(project, engines.screener, "screen")
    during: Any = SimpleNamespace(screener=screener)
    run_screen(project, during, quiet, None)
    first = next(d.record_id for d in screener.read if d.kind == "full_text")
    assert (first, "full_text") not in read_state(project).machine_decisions
    run_screen(project, during, quiet, None)
    digest = read_state(project).text_digest(first)
    assert screener.read[-1].document_digest == digest
    assert (first, "full_text") in read_state(project).machine_decisions


@pytest.mark.parametrize(
    ("stage", "name", "method"),
    [(run_extract, "extractor", "extract"), (run_appraise, "appraiser", "appraise")],
)
def test_a_text_attached_while_it_is_read_is_read_by_the_next_run(
    project: Project, stage: Any, name: str, method: str
) -> None:
    engines = engines_of(project)
    run(project, engines, until="screen")
    (included := read_state(project).with_fate("included")).sort()
    worker = Attaching(project, getattr(engines, name), method)
    during: Any = SimpleNamespace(**{name: worker})
    stage(project, during, quiet)
    first = worker.read[0].record_id
    state = read_state(project)
    assert first not in state.characteristics
    assert first not in state.risk_of_bias
    for decision in (d for d in project.entries(ScreeningDecision) if d.record_id == first):
        project.append(decision.model_copy(update={"provenance": ADA}))
    stage(project, during, quiet)
    assert worker.read[-1].document_digest == read_state(project).text_digest(first)
    state = read_state(project)
    assert first in state.characteristics or first in state.risk_of_bias
    assert sorted(state.with_fate("included")) == included


def test_a_report_attached_while_the_store_is_asked_stays(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines, attached = engines_of(project), {}
    run(project, engines, until="deduplicate")
    asked = Store.document

    def document(store: Store, record_id: str) -> Document | None:
        if not attached:
            attached[record_id] = attach(project, record_id)
        return asked(store, record_id)

    monkeypatch.setattr(Store, "document", document)
    run_screen(project, engines, quiet, None)
    ((record_id, digest),) = attached.items()
    assert read_state(project).text_digest(record_id) == digest


def test_a_version_written_while_the_model_drafts_again_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_drafted_project(tmp_path / "p")
    monkeypatch.setattr(recommend_run, "asks_again", lambda _: True)
    (draft,) = project.entries(RecommendationEdit)
    lacking = draft.provenance.model_copy(update={"unanswered": ("recommend",)})
    project.append(draft.model_copy(update={"provenance": lacking}))
    mine = draft.model_copy(update={"provenance": ADA})

    def drafted(*_: object) -> Drafted:
        project.append(mine)
        return Drafted(draft.recommendation)

    engines: Any = SimpleNamespace(
        recommender=SimpleNamespace(draft=drafted),
        recommender_provenance=draft.provenance,
        examiner=None,
    )
    recommend_run.run_recommend(project, engines, quiet)
    assert [e.provenance.by_person for e in project.entries(RecommendationEdit)][-1]
