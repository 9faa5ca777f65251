"""A review from search to recommendation: the only module that knows the order of the stages."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import get_args

from evidence.config import Settings
from evidence.engines import Engines
from evidence.errors import ProjectError
from evidence.judgements import Stage
from evidence.project import Clock, Manifest, Project, utc_now
from evidence.question import ClinicalQuestion
from evidence.recommend_run import run_recommend
from evidence.stage_outcome import StageOutcome
from evidence.stage_runs import (
    Progress,
    TellCalls,
    run_appraise,
    run_deduplicate,
    run_extract,
    run_screen,
    run_search,
    run_synthesise,
)

STAGES: tuple[Stage, ...] = tuple(s for s in get_args(Stage) if s != "formulate")
_PROMPTS = (
    "screen",
    "extract_characteristics",
    "extract_numbers",
    "risk_of_bias",
    "recommend",
    "evidence_summary",
    "plain_language_summary",
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
        StoreError: The store cannot be opened, or cannot answer the question's strategy.
    """
    import prompts
    from indexers.stores import absolute_place, folder_store, open_store

    store = open_store(store_path)
    if question.strategy is not None and not settings.search.all_records:
        folder_store(store)  # its search is Boolean: told now, not by the first run
    manifest = Manifest(
        program_version=version("evidence-synthesis"),
        question=question,
        settings=settings,
        store=absolute_place(store_path),
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
            return run_search(project, progress)
        case "deduplicate":
            return run_deduplicate(project, progress)
        case "screen":
            return run_screen(project, engines, progress, tell_calls)
        case "extract":
            return run_extract(project, engines, progress)
        case "appraise":
            return run_appraise(project, engines, progress)
        case "synthesise":
            return run_synthesise(project, progress)
        case "recommend":
            return run_recommend(project, engines, progress)
        case "formulate":
            raise ProjectError("formulate: the question of a project is frozen at its creation")
