"""A small invented project that people screen, and the app drawn on it."""

import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evidence.config import ScreeningSettings, Settings
from evidence.events import RecordIdentified, SearchRun
from evidence.judgements import CriterionVerdict, Phase, Provenance, ScreeningDecision, Verdict
from evidence.project import Manifest, Project
from indexers.records import Record, abstract_document
from tests.evidence.trial_factory import HOSTILE, NOON, OFFLINE, QUESTION

PEOPLE = ScreeningSettings(decided_by="people")
TWO = ScreeningSettings(decided_by="people", reviewers=2)
ENGINE_REASON = "the engine’s own reason"


def abstract(number: int) -> str:
    return f"Report number {number}. We randomly assigned adults to solvane."


def make_project(
    path: Path,
    screening: ScreeningSettings,
    n_records: int = 12,
    *,
    proposals: Iterable[int] = (),
) -> Project:
    """Records r0, r1, …; of those in `proposals` the engine says exclude, with a quote."""
    manifest = Manifest(
        program_version="test",
        question=QUESTION,
        settings=Settings(screening=screening),
        store=Path("store"),
        index_digest="0",
        encoder="none",
    )
    project = Project.create(path, manifest, clock=lambda: NOON)
    records = [
        Record(record_id=f"r{i}", source="s", title=f"Title {i}", abstract=abstract(i))
        for i in range(n_records)
    ]
    records[0] = records[0].model_copy(update={"title": f"Title 0 {HOSTILE}"})
    search = SearchRun(
        query="q", source="corpus", retrievers=("x",), n_records=n_records, provenance=OFFLINE
    )
    found = [RecordIdentified(record=r, score=1, ranks={}, provenance=OFFLINE) for r in records]
    documents = [abstract_document(record) for record in records]
    engine = [engine_says(records[i]) for i in proposals]
    project.append(search, *found, *engine, documents=documents)
    return project


def engine_says(record: Record) -> ScreeningDecision:
    document = abstract_document(record)
    words = "We randomly assigned"
    start = document.text.index(words)
    quote = document.quote(start, start + len(words))
    return ScreeningDecision(
        record_id=record.record_id,
        phase="title_abstract",
        verdict="exclude",
        criteria=(
            CriterionVerdict(
                criterion_id=QUESTION.criteria[0].criterion_id, verdict="met", quotes=(quote,)
            ),
        ),
        exclusion_reason=ENGINE_REASON,
        score=0.123456,
        provenance=OFFLINE,
    )


def says(
    who: str,
    verdict: Verdict,
    record_id: str,
    phase: Phase = "title_abstract",
    reason: str | None = None,
) -> ScreeningDecision:
    return ScreeningDecision(
        record_id=record_id,
        phase=phase,
        verdict=verdict,
        exclusion_reason=reason,
        provenance=Provenance(actor=who, engine="person"),
    )


def _screening(folder: str) -> None:
    from pathlib import Path

    from evidence.ui.screening.page import page

    page(Path(folder))


def start(
    monkeypatch: pytest.MonkeyPatch,
    project: Project,
    name: str = "Ada Okoro",
    view: str = "List",
    order: str = "Most relevant first",
) -> AppTest:
    """The screening page of a project, under a person's name."""
    monkeypatch.setattr(sys, "argv", ["app.py", str(project.path)])
    app = AppTest.from_function(_screening, args=(str(project.path),), default_timeout=60)
    app.session_state["screening_view"] = view
    if project.manifest.settings.screening.decided_by == "people":
        app.session_state["screening_order"] = order
    app.run()
    assert not app.exception
    if name:
        app.text_input(key="reviewer_input").set_value(name).run()
        assert not app.exception
    return app


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def everything_shown(app: AppTest) -> str:
    """All that reaches the browser, in words."""
    return str(app.main) + str(app.sidebar) + html_of(app)


def titles(app: AppTest) -> list[str]:
    """The shown records' ids in their order, read off their titles."""
    heads = html_of(app).split("<h3>")[1:]
    return [f"r{head.removeprefix('Title ').split('<')[0].split(' ')[0]}" for head in heads]
