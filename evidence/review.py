"""A review from search to recommendation: the only module that knows the order of the stages.

Each stage reads the log, judges what nobody has judged yet and appends. A record's judgements are
written together, so a run that was killed goes on where it stopped and repeats nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from evidence.appraisal.rob2_questions import Domain
from evidence.config import OpenAIEngine, Settings
from evidence.decision.inputs import decision_inputs
from evidence.duplicates.links import marked_together, unsaid
from evidence.engines import Engines
from evidence.errors import ProjectError
from evidence.events import ReportSought, StageCompleted
from evidence.judgements import (
    MACHINE,
    CertaintyRating,
    Phase,
    Provenance,
    RecommendationEdit,
    RecommendationExamined,
    Stage,
)
from evidence.project import Clock, Manifest, Project, canonical_json, utc_now
from evidence.question import ClinicalQuestion
from evidence.screening.calls_ahead import calls_ahead
from evidence.screening.engine_queue import engine_queue, own_document
from evidence.screening.several_at_once import screen_all
from evidence.searching.later_duplicates import not_turned_round
from evidence.stage_outcome import StageOutcome, stage_outcome
from evidence.stages.deduplicate import deduplicate
from evidence.stages.synthesise import rate, summarise
from evidence.state import read_state
from evidence.summary import rows_of, study_evidence
from indexers.records import Frozen, abstract_document

if TYPE_CHECKING:
    from evidence.findings import SummaryOfFindingsRow
    from evidence.llm.cost import CostEstimate
    from evidence.llm.protocol import LanguageModel

STAGES: tuple[Stage, ...] = tuple(s for s in get_args(Stage) if s != "formulate")
Progress = Callable[[str, int, int], None]
TellCalls = Callable[[Phase, "CostEstimate"], None]
_PROCESS = Provenance(actor=MACHINE, engine="program")
_PROMPTS = (
    "screen",
    "extract_characteristics",
    "extract_numbers",
    "risk_of_bias",
    "recommend",
    "examples",
    "cross_examine_questions",
    "cross_examine_answers",
    "entail_sentence",
)


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
        prompt_digests={name: prompts.digest(name) for name in _PROMPTS},
    )
    return Project.create(path, manifest, clock)


def run(
    project: Project,
    engines: Engines,
    *,
    until: str = "recommend",
    progress: Progress = lambda _label, _done, _total: None,
    tell_calls: TellCalls | None = None,
) -> list[StageOutcome]:
    """Run the stages up to and including `until`, each where it left off.

    Args:
        project: The project.
        engines: Who judges.
        until: The last stage.
        progress: Is told the units of a stage that are done, and how many there are.
        tell_calls: Is told what a phase of screening will cost before its first call to a
            language model, and nothing when there is no call to make; None counts nothing.

    Raises:
        ProjectError: Another run is at work, or the store is not the one the project was made on.
        StoreError: The store cannot be opened.
    """
    if until not in STAGES:
        raise ProjectError(f"stage {until!r}: expected one of {', '.join(STAGES)}")
    outcomes = []
    with project.running():
        for stage in STAGES:
            outcomes.append(_run_stage(project, engines, stage, progress, tell_calls))
            if stage == until:
                break
    return outcomes


def _run_stage(
    project: Project,
    engines: Engines,
    stage: Stage,
    progress: Progress,
    tell_calls: TellCalls | None,
) -> StageOutcome:
    match stage:
        case "search":
            return _search(project, progress)
        case "deduplicate":
            return _deduplicate(project, progress)
        case "screen":
            return _screen(project, engines, progress, tell_calls)
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
    words = unsaid(deduplicate(records, apart=undone), state.duplicate_words)
    fresh = not_turned_round(words, state.duplicate_links)
    project.append(*fresh, _completed("deduplicate", inputs))
    progress("deduplicate", 1, 1)
    return stage_outcome(project, "deduplicate", len(fresh))


def _screen(
    project: Project, engines: Engines, progress: Progress, tell_calls: TellCalls | None
) -> StageOutcome:
    """Titles and abstracts first, then the full text of what was not excluded."""
    judged = _screen_phase(project, engines, "title_abstract", progress, tell_calls)
    _retrieve(project)
    judged += _screen_phase(project, engines, "full_text", progress, tell_calls)
    return stage_outcome(project, "screen", judged)


def _screen_phase(
    project: Project,
    engines: Engines,
    phase: Phase,
    progress: Progress,
    tell_calls: TellCalls | None,
) -> int:
    """Each decision is on disk before the next is taken in, in the order of the search."""
    state = read_state(project)
    queue = engine_queue(project, state, phase)
    if not queue.pending:
        return 0
    if tell_calls is not None:
        estimate = calls_ahead(project, phase=phase)
        if estimate is not None and estimate.n_calls:
            tell_calls(phase, estimate)
    engine = project.manifest.settings.engine
    decisions = screen_all(
        engines.screener,
        project.manifest.question,
        queue.documents(project, state),
        phase,
        engine.n_at_once if isinstance(engine, OpenAIEngine) else 1,
    )
    known = len(queue.ready) - len(queue.pending)
    with closing(decisions):
        for done, decision in enumerate(decisions, known + 1):
            project.append(decision)
            progress(phase.replace("_", "/"), done, len(queue.ready))
    return len(queue.pending)


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
        document = own_document(project, record_id, state.text_digest(record_id))
        extraction = engines.extractor.extract(project.manifest.question, document)
        project.append(*extraction.entries)
        progress("extract", done, len(included))
    return stage_outcome(project, "extract", len(pending))


def _appraise(project: Project, engines: Engines, progress: Progress) -> StageOutcome:
    state = read_state(project)
    included = state.with_fate("included")
    pending = [r for r in included if len(state.risk_of_bias.get(r, {})) < len(get_args(Domain))]
    for done, record_id in enumerate(pending, len(included) - len(pending) + 1):
        document = own_document(project, record_id, state.text_digest(record_id))
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
    state, manifest = read_state(project), project.manifest
    inputs = decision_inputs(state, manifest, rows_of(state, manifest))
    drafts = [e for e in project.entries(RecommendationEdit) if not e.provenance.by_person]
    judged = 0
    if not drafts or drafts[-1].inputs_digest != inputs.digest:
        draft = engines.recommender.recommend(manifest.question, inputs.rows, inputs.contexts)
        project.append(
            RecommendationEdit(
                recommendation=draft,
                inputs_digest=inputs.digest,
                provenance=engines.recommender_provenance,
            ),
            documents=inputs.guidelines,
        )
        judged = 1
    if manifest.settings.factuality.examine and engines.examiner is not None:
        _examine(project, engines.examiner, inputs.rows)
    progress("recommend", 1, 1)
    return stage_outcome(project, "recommend", judged)


def _examine(
    project: Project, examiner: LanguageModel, rows: Sequence[SummaryOfFindingsRow]
) -> None:
    """Let the model examine the version that stands, once."""
    from evidence.factuality.examination import examination_digest, examine
    from evidence.llm.protocol import ENGINE

    state = read_state(project)
    edit = state.recommendation
    if edit is None or edit.content_digest in state.examinations:
        return
    examination = examine(examiner, edit.recommendation, rows)
    project.append(
        RecommendationExamined(
            recommendation_digest=edit.content_digest,
            examination=examination,
            provenance=Provenance(
                actor=MACHINE,
                engine=ENGINE,
                reason=examination.cross.problem or "",
                model=examination.model,
                prompt_digest=examination_digest(),
            ),
        )
    )


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
