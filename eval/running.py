"""Which data of which task are run how; every task hands back one `TaskResult`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.language_models import model_engine
from eval.options import TASKS
from eval.task_runs import (
    Ran,
    holds_characteristics,
    holds_closed_questions,
    holds_directions,
    holds_reviews,
    holds_topics,
    score_certainty,
    score_characteristics,
    score_closed_questions,
    score_direction,
    score_grounding,
    score_numbers,
    score_on_questions,
    score_pico,
    score_query_parsing,
    score_result_contexts,
    score_screening,
    score_strategies,
    score_synthesis,
)
from evidence.errors import EngineError, SettingsError

if TYPE_CHECKING:
    from eval.results import TaskResult
    from indexers.encoder import Encoder


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
    on_reviews = (
        options.task == "search" and options.data is not None and holds_reviews(options.data)
    )
    on_numbers = options.task == "extraction" and not (
        holds_directions(options) or holds_characteristics(options)
    )
    on_claims = options.task == "grounding"
    if options.engine == "llm" and not (on_reviews or on_numbers or on_claims):
        where = {"search": " but on labelled reviews", "extraction": " but on numbers"}
        raise EngineError(
            f"task {options.task} has no language model part yet{where.get(options.task, '')}; "
            "use --engine offline"
        )
    engine = model_engine(options) if on_reviews or on_numbers or on_claims else None
    match options.task:
        case "search" if on_reviews:
            ran = score_strategies(options, encoder, engine)
        case "search" if holds_topics(options):
            ran = score_query_parsing(options)
        case "contexts" if holds_directions(options):
            ran = score_result_contexts(options)
        case "search" | "contexts":
            ran = score_on_questions(options, encoder)
        case "screening":
            ran = score_screening(options, encoder)
        case "pico":
            ran = score_pico(options)
        case "extraction" if holds_directions(options):
            ran = score_direction(options)
        case "extraction" if holds_characteristics(options):
            ran = score_characteristics(options)
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
    return result, manifest | ({"engine_kind": engine.kind} if engine else {})


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
