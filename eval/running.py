"""Which data of which task are run how; every task hands back one `TaskResult`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.language_models import model_engine
from eval.options import TASKS
from eval.retrieval_runs import (
    holds_reviews,
    holds_topics,
    score_on_questions,
    score_query_parsing,
    score_result_contexts,
    score_strategies,
)
from eval.task_runs import (
    Ran,
    holds_characteristics,
    holds_closed_questions,
    holds_directions,
    score_certainty,
    score_characteristics,
    score_closed_questions,
    score_direction,
    score_duplicates,
    score_grounding,
    score_numbers,
    score_pico,
    score_screening,
    score_synthesis,
)
from evidence.errors import EngineError, SettingsError

if TYPE_CHECKING:
    from eval.asked_once import AskedOnce
    from eval.results import TaskResult
    from indexers.encoder import Encoder

_WHERE = {
    "search": " but on labelled reviews",
    "extraction": " on the direction of effect",
}


def run_task(
    options: argparse.Namespace, encoder: Encoder | None
) -> tuple[TaskResult, dict[str, Any]]:
    """The task's result, and the manifest of the run.

    Raises:
        SettingsError: --data is missing, or --settings names no language model where one is asked
            for.
        EngineError: The task has no part for the engine.
        SourceError: The data cannot be read.
    """
    on_reviews = options.task == "search" and has_model_part(options)
    if options.engine == "llm" and not has_model_part(options):
        raise EngineError(
            f"task {options.task} has no language model part{_WHERE.get(options.task, '')}; "
            "use --engine offline"
        )
    engine = model_engine(options)
    match options.task:
        case "search" if on_reviews:
            ran = score_strategies(options, encoder, engine)
        case "search" if holds_topics(options):
            ran = score_query_parsing(options)
        case "contexts" if holds_directions(options):
            ran = score_result_contexts(options)
        case "search" | "contexts":
            ran = score_on_questions(options, encoder)
        case "duplicates":
            ran = score_duplicates(options)
        case "screening":
            ran = score_screening(options, encoder, engine)
        case "pico":
            ran = score_pico(options, engine)
        case "extraction" if holds_directions(options):
            ran = score_direction(options)
        case "extraction" if holds_characteristics(options):
            ran = score_characteristics(options, engine)
        case "extraction":
            ran = score_numbers(options, engine)
        case "synthesis" if holds_closed_questions(options):
            ran = score_closed_questions(options)
        case "synthesis":
            ran = score_synthesis(options)
        case "certainty":
            ran = score_certainty(options)
        case "grounding":
            ran = score_grounding(options, engine)
        case _:
            raise SettingsError(f"task {options.task}: expected one of {', '.join(TASKS)}")
    result = _with_unreadable(ran)
    manifest = _manifest(options, ran.files, result)
    if engine is None:
        return result, manifest
    manifest["engine_kind"] = engine.kind
    if (asked := ran.asked) is None:
        return result, manifest
    manifest["language_model"] = _told_model(asked)
    if asked.n_calls and asked.n_failed == asked.n_calls:
        told = f"model {asked.settings.model} answered no call"
        result = replace(result, finding="; ".join(filter(None, (result.finding, told))))
    return result, manifest


def has_model_part(options: argparse.Namespace) -> bool:
    """Whether the program can ask a language model where the task measures, on these data."""
    match options.task:
        case "search":
            return options.data is not None and holds_reviews(options.data)
        case "extraction":
            return not holds_directions(options)
        case task:
            return task in ("screening", "pico", "grounding")


def _told_model(asked: AskedOnce) -> dict[str, Any]:
    """For the manifest: the model and how it was asked; the address and the key stay out."""
    return {
        "settings": asked.settings.model_dump(),
        "answered_by": list(asked.answered_by),
        "n_calls": asked.n_calls,
        "n_failed": asked.n_failed,
    }


def _with_unreadable(ran: Ran) -> TaskResult:
    """The result; a line tells of each item that could not be read, and that there are any."""
    for line in ran.unreadable:
        print(f"error: {line}", file=sys.stderr)
    if not ran.unreadable:
        return ran.result
    told = f"{len(ran.unreadable)} of the data could not be read and have the worst score"
    result = replace(ran.result, notes=(*ran.result.notes, f"{told.capitalize()}."))
    return replace(result, finding="; ".join(filter(None, (result.finding, told))))


def _manifest(options: argparse.Namespace, files: list[Path], result: TaskResult) -> dict[str, Any]:
    from eval.datasets import file_digests
    from eval.report import program_versions

    manifest: dict[str, Any] = {
        "task": options.task,
        "engine": options.engine,
        "encoder": options.encoder,
        "seed": options.seed,
        "versions": program_versions(),
        "data": file_digests(options.data, files),
        "measured": result.measured,
    }
    if options.task == "pico":
        manifest["settings"] = {"last": options.last}
    if options.task == "contexts":
        names = ("alpha", "delta", "resplits", "calibration_share")
        manifest["settings"] = {name: getattr(options, name) for name in names}
    if options.task == "screening":
        manifest["settings"] = {"seeds": options.seeds, "samples": options.samples}
    return manifest
