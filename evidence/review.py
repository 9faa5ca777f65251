"""A review from search to recommendation: the only module that knows the order of the stages.

Each stage reads the log, judges what nobody has judged yet and appends. A record's judgements are
written together, so a run that was killed goes on where it stopped and repeats nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import get_args

from evidence.config import Settings
from evidence.duplicates.links import marked_together, unsaid
from evidence.engines import Engines
from evidence.errors import ProjectError
from evidence.judgements import (
    MACHINE,
    CertaintyRating,
    Phase,
    Provenance,
    RecommendationEdit,
    ReportSought,
    Stage,
    StageCompleted,
)
from evidence.project import Clock, Manifest, Project, canonical_json, utc_now
from evidence.question import ClinicalQuestion
from evidence.reports.changed_text import TEXT_ENTRIES, judged_by_another_text
from evidence.reports.requests import SOUGHT
from evidence.stage_outcome import StageOutcome, stage_outcome
from evidence.stages.deduplicate import deduplicate
from evidence.stages.synthesise import rate, summarise
from evidence.state import ReviewState, read_state
from evidence.summary import study_evidence, summary_rows
from indexers.records import Document, Frozen, abstract_document

STAGES: tuple[Stage, ...] = tuple(s for s in get_args(Stage) if s != "formulate")
Progress = Callable[[str, int, int], None]
_PROCESS = Provenance(actor=MACHINE, engine="program")


def new_project(
    path: Path,
    question: ClinicalQuestion,
    settings: Settings,
    store_path: Path,
    clock: Clock = utc_now,
) -> Project:
    """Make a project over a store, its question and settings frozen.

    Raises:
        ProjectError: There is something at `path` already.
        StoreError: The store cannot be opened.
    """
    import prompts
    from indexers.store import Store

    store = Store.open(store_path)
    manifest = Manifest(
        program_version=version("evidence-synthesis"),
        question=question,
        settings=settings,
        store=store_path.resolve(),
        index_digest=store.index_digest,
        encoder=store.manifest.encoder_name,
        prompt_digests={name: prompts.digest(name) for name in ("screen", "recommend")},
    )
    return Project.create(path, manifest, clock)


def run(
    project: Project,
    engines: Engines,
    *,
    until: str = "recommend",
    progress: Progress = lambda _label, _done, _total: None,
) -> list[StageOutcome]:
    """Run the stages up to and including `until`, each where it left off.

    Raises:
        ProjectError: Another run is at work, or the store is not the one the project was made on.
        StoreError: The store cannot be opened.
    """
    if until not in STAGES:
        raise ProjectError(f"stage {until!r}: expected one of {', '.join(STAGES)}")
    outcomes = []
    with project.running():
        for stage in STAGES:
            outcomes.append(_run_stage(project, engines, stage, progress))
            if stage == until:
                break
    return outcomes


def _run_stage(
    project: Project, engines: Engines, stage: Stage, progress: Progress
) -> StageOutcome:
    match stage:
        case "search":
            return _search(project, progress)
        case "deduplicate":
            return _deduplicate(project, progress)
        case "screen":
            return _screen(project, engines, progress)
        case "extract":
            return _extract(project, engines, progress)
        case "appraise":
            return _appraise(project, engines, progress)
        case "synthesise":
            return _synthesise(project, progress)
        case "recommend":
            return _recommend(project, engines, progress)
        case "formulate":
            raise ProjectError("formulate: the question of a project is frozen at its creation")


def _search(project: Project, progress: Progress) -> StageOutcome:
    from evidence.stages.search import search, search_by_strategy
    from indexers.encoders import encoder_of
    from indexers.store import Store
    from retrievers.dense import DenseRetriever
    from retrievers.lexical import LexicalRetriever
    from retrievers.protocol import Retriever

    manifest = project.manifest
    inputs = _digest(manifest.question, manifest.settings.search, manifest.index_digest)
    if read_state(project).completed.get("search") == inputs:
        return stage_outcome(project, "search", 0)
    progress("search", 0, 1)
    store = Store.open(manifest.store)
    if store.index_digest != manifest.index_digest:
        raise ProjectError(
            f"{manifest.store}: the store changed since the project was made "
            f"({manifest.index_digest[:12]} became {store.index_digest[:12]}); make a new project"
        )
    question, encoder = manifest.question, encoder_of(store.manifest)
    if question.strategy is not None:
        result = search_by_strategy(question, question.strategy, store, encoder)
    else:
        retrievers: list[Retriever] = [LexicalRetriever(store), DenseRetriever(store, encoder)]
        result = search(question, store, retrievers, manifest.settings.search)
    project.append(
        result.run,
        *result.identified,
        _completed("search", inputs),
        documents=[abstract_document(found.record) for found in result.identified],
    )
    progress("search", 1, 1)
    return stage_outcome(project, "search", len(result.identified))


def _deduplicate(project: Project, progress: Progress) -> StageOutcome:
    """Merge, and list pairs for a person; again where a person undid one of its merges.

    A person's answer to a listed pair changes nothing that a machine would say.
    """
    state = read_state(project)
    records = [found.record for found in state.records.values()]
    undone = marked_together(state.duplicate_words, state.duplicate_links.refuted)
    inputs = _digest(*records, *undone)
    if state.completed.get("deduplicate") == inputs:
        return stage_outcome(project, "deduplicate", 0)
    progress("deduplicate", 0, 1)
    fresh = unsaid(deduplicate(records, apart=undone), state.duplicate_words)
    project.append(*fresh, _completed("deduplicate", inputs))
    progress("deduplicate", 1, 1)
    return stage_outcome(project, "deduplicate", len(fresh))


def _screen(project: Project, engines: Engines, progress: Progress) -> StageOutcome:
    """Titles and abstracts first, then the full text of what was not excluded."""
    judged = _screen_phase(project, engines, "title_abstract", progress)
    _retrieve(project)
    judged += _screen_phase(project, engines, "full_text", progress)
    return stage_outcome(project, "screen", judged)


def _screen_phase(project: Project, engines: Engines, phase: Phase, progress: Progress) -> int:
    state = read_state(project)
    ready = [r for r in state.records if _document_digest(state, r, phase) is not None]
    again: frozenset[str] = frozenset()
    if phase == "full_text":
        again = judged_by_another_text(line.entry for line in project.lines(*TEXT_ENTRIES))
    pending = [r for r in ready if (r, phase) not in state.machine_decisions or r in again]
    for done, record_id in enumerate(pending, len(ready) - len(pending) + 1):
        digest = _document_digest(state, record_id, phase)
        document = _document(project, record_id, digest or "")
        project.append(engines.screener.screen(project.manifest.question, document, phase))
        progress(phase.replace("_", "/"), done, len(ready))
    return len(pending)


def _document(project: Project, record_id: str, digest: str) -> Document:
    """A text as this record's own: records with one text, as duplicates have, share it."""
    document = project.document(digest)
    if document is None:
        raise ProjectError(f"{project.path}: a document of {record_id} is damaged or missing")
    return document.model_copy(update={"record_id": record_id})


def _document_digest(state: ReviewState, record_id: str, phase: Phase) -> str | None:
    """What is read of a record in a phase; None when the phase is not for it."""
    if phase == "title_abstract":
        if record_id in state.duplicates:
            return None
        return abstract_document(state.records[record_id].record).document_digest
    if state.fate(record_id) not in SOUGHT:
        return None
    report = state.reports.get(record_id)
    return report.document_digest if report else None


def _retrieve(project: Project) -> None:
    """Fetch the full texts that the store has of the records that were not excluded.

    Where people decide, a report that the store lacks stays to be retrieved until one of them
    attaches it or says that it cannot be had.
    """
    wanted = read_state(project).with_fate("to_retrieve")
    if not wanted:
        return
    from indexers.store import Store

    store = Store.open(project.manifest.store)
    people_decide = project.manifest.settings.screening.decided_by == "people"
    for record_id in wanted:
        document = store.document(record_id)
        if document is None and people_decide:
            continue
        project.append(
            ReportSought(
                record_id=record_id,
                document_digest=document.document_digest if document else None,
                provenance=_PROCESS,
            ),
            documents=[document] if document else [],
        )


def _extract(project: Project, engines: Engines, progress: Progress) -> StageOutcome:
    state = read_state(project)
    included = state.with_fate("included")
    pending = [r for r in included if r not in state.characteristics]
    for done, record_id in enumerate(pending, len(included) - len(pending) + 1):
        document = _document(project, record_id, state.text_digest(record_id))
        extraction = engines.extractor.extract(project.manifest.question, document)
        project.append(extraction.characteristics, *extraction.outcomes)
        progress("extract", done, len(included))
    return stage_outcome(project, "extract", len(pending))


def _appraise(project: Project, engines: Engines, progress: Progress) -> StageOutcome:
    state = read_state(project)
    included = state.with_fate("included")
    pending = [r for r in included if r not in state.risk_of_bias]
    for done, record_id in enumerate(pending, len(included) - len(pending) + 1):
        document = _document(project, record_id, state.text_digest(record_id))
        project.append(*engines.appraiser.appraise(document))
        progress("appraise", done, len(included))
    return stage_outcome(project, "appraise", len(pending))


def _synthesise(project: Project, progress: Progress) -> StageOutcome:
    """Rate each outcome again when its evidence changed; the numbers themselves are not logged."""
    progress("synthesise", 0, 1)
    state = read_state(project)
    evidence = study_evidence(state)
    fresh = []
    for row in summarise(project.manifest.question, evidence, project.manifest.settings.synthesis):
        rating = rate(row)
        last = _last_machine_rating(project, row.outcome)
        if rating is not None and (last is None or _unstamped(last) != rating):
            fresh.append(rating)
    if fresh:
        project.append(*fresh)
    progress("synthesise", 1, 1)
    return stage_outcome(project, "synthesise", len(fresh))


def _recommend(project: Project, engines: Engines, progress: Progress) -> StageOutcome:
    """Draft again when the summary of findings changed since the last draft."""
    progress("recommend", 0, 1)
    question = project.manifest.question
    rows = summary_rows(project)
    inputs = _digest(question, *rows)
    drafts = [e for e in project.entries(RecommendationEdit) if not e.provenance.by_person]
    judged = 0
    if not drafts or drafts[-1].inputs_digest != inputs:
        draft = engines.recommender.recommend(question, rows)
        project.append(
            RecommendationEdit(
                recommendation=draft,
                inputs_digest=inputs,
                provenance=engines.recommender_provenance,
            )
        )
        judged = 1
    progress("recommend", 1, 1)
    return stage_outcome(project, "recommend", judged)


def _last_machine_rating(project: Project, outcome: str) -> CertaintyRating | None:
    ratings = [
        rating
        for rating in project.entries(CertaintyRating)
        if rating.outcome == outcome and not rating.provenance.by_person
    ]
    return ratings[-1] if ratings else None


def _unstamped(rating: CertaintyRating) -> CertaintyRating:
    bare = rating.provenance.model_copy(update={"at": None})
    return rating.model_copy(update={"provenance": bare})


def _completed(stage: Stage, inputs_digest: str) -> StageCompleted:
    return StageCompleted(stage=stage, inputs_digest=inputs_digest, provenance=_PROCESS)


def _digest(*values: object) -> str:
    digest = hashlib.sha256()
    for value in values:
        digest.update((canonical_json(value) if isinstance(value, Frozen) else str(value)).encode())
        digest.update(b"\n")
    return digest.hexdigest()
