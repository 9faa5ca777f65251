"""What each stage of a review does over the log: it judges what is open, and appends.

A record's judgements are written together, so a run that was killed goes on where it stopped and
repeats nothing. The order of the stages is `evidence.review`'s.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, get_args

from evidence.appraisal.rob2_questions import Domain
from evidence.appraisal.tools import studies_judged_with
from evidence.config import OpenAIEngine
from evidence.duplicates.links import marked_together, unsaid
from evidence.engines import Engines
from evidence.errors import ProjectError
from evidence.events import ReportSought, StageCompleted
from evidence.judgements import (
    MACHINE,
    CertaintyRating,
    Phase,
    Provenance,
    ScreeningDecision,
    Stage,
)
from evidence.project import Project, canonical_json
from evidence.reports.changed_text import TextsMeanwhile
from evidence.screening.calls_ahead import calls_ahead
from evidence.screening.engine_queue import EngineQueue, engine_queue, own_document
from evidence.screening.kept_features import project_features
from evidence.screening.several_at_once import screen_all
from evidence.searching.later_duplicates import not_turned_round
from evidence.stage_outcome import StageOutcome, stage_outcome
from evidence.stages.deduplicate import deduplicate
from evidence.stages.synthesise import rate, summarise
from evidence.state import ReviewState, read_state
from evidence.summary import study_evidence
from evidence.unanswered import (
    answered_by_people,
    asks_again,
    domains_to_repeat,
    nothing_new,
    readings_to_repeat,
)
from indexers.records import Frozen, abstract_document

if TYPE_CHECKING:
    from evidence.llm.cost import CostEstimate

Progress = Callable[[str, int, int], None]
TellCalls = Callable[[Phase, "CostEstimate"], None]
_PROCESS = Provenance(actor=MACHINE, engine="program")


def run_search(project: Project, progress: Progress) -> StageOutcome:
    """Search the store once, with the strategy or the question.

    Raises:
        ProjectError: The store is not the one that the project was made on.
        StoreError: The store cannot be opened.
    """
    from evidence.stages.search import search, search_all, search_by_strategy
    from indexers.encoders import encoder_of
    from indexers.stores import folder_store, open_store
    from retrievers.dense import DenseRetriever
    from retrievers.lexical import LexicalRetriever
    from retrievers.protocol import Retriever

    manifest = project.manifest
    inputs = _digest(manifest.question, manifest.settings.search, manifest.index_digest)
    if read_state(project).completed.get("search") == inputs:
        return stage_outcome(project, "search", 0)
    progress("search", 0, 1)
    store = open_store(manifest.store)
    if store.index_digest != manifest.index_digest:
        raise ProjectError(
            f"{store.name}: the store changed since the project was made "
            f"({manifest.index_digest[:12]} became {store.index_digest[:12]}); make a new project"
        )
    question, encoder = manifest.question, encoder_of(store.manifest)
    settings = manifest.settings.search
    if question.strategy is not None and not settings.all_records:
        result = search_by_strategy(question, question.strategy, folder_store(store), encoder)
    else:
        retrievers: list[Retriever] = [LexicalRetriever(store), DenseRetriever(store, encoder)]
        asked = search_all if settings.all_records else search
        result = asked(question, store, retrievers, settings)
    project.append(
        result.run,
        *result.identified,
        _completed("search", inputs),
        documents=[abstract_document(found.record) for found in result.identified],
    )
    progress("search", 1, 1)
    return stage_outcome(project, "search", len(result.identified))


def run_deduplicate(project: Project, progress: Progress) -> StageOutcome:
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


def run_screen(
    project: Project, engines: Engines, progress: Progress, tell_calls: TellCalls | None
) -> StageOutcome:
    """Titles and abstracts first, then the full text of what was not excluded.

    Where people decide, what orders their reading is read, too: the app then opens with it.
    """
    judged = _screen_phase(project, engines, "title_abstract", progress, tell_calls)
    _retrieve(project)
    judged += _screen_phase(project, engines, "full_text", progress, tell_calls)
    if project.manifest.settings.screening.decided_by == "people":
        project_features(project, read_state(project), progress)
    return stage_outcome(project, "screen", judged)


def _screen_phase(
    project: Project,
    engines: Engines,
    phase: Phase,
    progress: Progress,
    tell_calls: TellCalls | None,
) -> int:
    """Each decision is on disk before the next is taken in, in the order of the search."""
    meanwhile, state = TextsMeanwhile(project), read_state(project)
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
    judged = 0
    with closing(decisions):
        for done, decision in enumerate(decisions, known + 1):
            r = decision.record_id
            another_text = phase == "full_text" and meanwhile.changed(r, state.text_digest(r))
            if not another_text and not _in_vain(decision, queue, state):
                project.append(decision)
                judged += 1
            progress(phase.replace("_", "/"), done, len(queue.ready))
    return judged


def _in_vain(decision: ScreeningDecision, queue: EngineQueue, state: ReviewState) -> bool:
    """Whether a record was asked about again, and again there is no answer."""
    before = state.machine_decisions.get((decision.record_id, queue.phase))
    if before is None or decision.record_id not in queue.repeated:
        return False
    return nothing_new(before.provenance, decision.provenance)


def _retrieve(project: Project) -> None:
    """Fetch the full texts that the store has of the records that were not excluded.

    Where people decide, a report that the store lacks stays to be retrieved until one of them
    attaches it or says that it cannot be had.
    """
    meanwhile = TextsMeanwhile(project)
    wanted = read_state(project).with_fate("to_retrieve")
    if not wanted:
        return
    from indexers.stores import open_store

    store = open_store(project.manifest.store)
    people_decide = project.manifest.settings.screening.decided_by == "people"
    for record_id in wanted:
        document = store.document(record_id)
        if (document is None and people_decide) or meanwhile.of(record_id) is not None:
            continue
        project.append(
            ReportSought(
                record_id=record_id,
                document_digest=document.document_digest if document else None,
                provenance=_PROCESS,
            ),
            documents=[document] if document else [],
        )


def run_extract(project: Project, engines: Engines, progress: Progress) -> StageOutcome:
    """Read each included study that nobody has read yet, or whose reading lacks an answer."""
    meanwhile, state = TextsMeanwhile(project), read_state(project)
    included = state.with_fate("included")
    again = readings_to_repeat(project, state) if asks_again(project) else {}
    pending = [r for r in included if r not in state.characteristics or r in again]
    judged = 0
    for done, record_id in enumerate(pending, len(included) - len(pending) + 1):
        document = own_document(project, record_id, state.text_digest(record_id))
        extraction = engines.extractor.extract(project.manifest.question, document)
        if meanwhile.changed(record_id, document.document_digest):
            continue
        now, before = extraction.characteristics.provenance, again.get(record_id)
        if before is None or not nothing_new(before, now):
            # A person may have answered while the model was reading.
            told = answered_by_people(read_state(project), record_id) if before else frozenset()
            project.append(
                extraction.characteristics,
                *(outcome for outcome in extraction.outcomes if outcome.outcome not in told),
                *extraction.directions,
            )
            judged += 1
        progress("extract", done, len(included))
    return stage_outcome(project, "extract", judged)


def run_appraise(project: Project, engines: Engines, progress: Progress) -> StageOutcome:
    """Judge the domains of RoB 2 of each study where some are still open, or lack an answer."""
    meanwhile, state = TextsMeanwhile(project), read_state(project)
    included = studies_judged_with(state, "rob-2")
    fresh = {r for r in included if len(state.risk_of_bias.get(r, {})) < len(get_args(Domain))}
    again = {r: domains_to_repeat(state, r) for r in included} if asks_again(project) else {}
    pending = [r for r in included if r in fresh or again.get(r)]
    judged = 0
    for done, record_id in enumerate(pending, len(included) - len(pending) + 1):
        document = own_document(project, record_id, state.text_digest(record_id))
        found = engines.appraiser.appraise(document)
        if meanwhile.changed(record_id, document.document_digest):
            continue
        if record_id not in fresh:
            before = again[record_id]
            found = tuple(
                j
                for j in found
                if j.domain in before and not nothing_new(before[j.domain].provenance, j.provenance)
            )
        if found:
            project.append(*found)
            judged += 1
        progress("appraise", done, len(included))
    return stage_outcome(project, "appraise", judged)


def run_synthesise(project: Project, progress: Progress) -> StageOutcome:
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
