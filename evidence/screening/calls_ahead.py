"""What screening a project by a language model will cost, told before the first call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.config import OfflineEngine, OpenAIEngine, ReplayEngine, TransformersEngine
from evidence.judgements import Phase

if TYPE_CHECKING:
    from evidence.llm.cost import CostEstimate, TokenPrices
    from evidence.project import Project


def calls_ahead(
    project: Project,
    prices: TokenPrices | None = None,
    phase: Phase = "title_abstract",
) -> CostEstimate | None:
    """The calls for the records that the engine has not judged in a phase.

    How many full texts there are is only known when titles and abstracts are done: before that
    the estimate for them counts those that are at hand now.

    Args:
        project: Searched and freed of duplicates; before that there is nothing to count.
        prices: None takes those of the project's settings, and leaves the price out without any.
        phase: The phase of screening.

    Returns:
        None for an engine that makes no calls.

    Raises:
        EngineError: A recorded call is damaged.
        ProjectError: A text is damaged or missing.
        SourceError: The certificate for passages of long reports cannot be read.
    """
    match project.manifest.settings.engine:
        case OfflineEngine() | ReplayEngine():
            return None
        case (OpenAIEngine() | TransformersEngine()) as engine:
            from evidence.engines import passage_contexts
            from evidence.llm.models import token_prices
            from evidence.llm.prompting import prompting_of
            from evidence.llm.server import call_settings
            from evidence.screening.engine_queue import engine_queue
            from evidence.stages.screen_model import estimate_screening
            from evidence.state import read_state

            state, calls_folder = read_state(project), project.calls_folder()
            return estimate_screening(
                project.manifest.question,
                engine_queue(project, state, phase).documents(project, state),
                phase,
                call_settings(engine),
                calls_folder,
                prices or token_prices(engine),
                passage_contexts(calls_folder, project.manifest.settings.screening),
                prompting_of(project.manifest.settings.prompting),
            )


def estimate_line(phase: Phase, estimate: CostEstimate) -> str:
    """An estimate in one line that says what it covers."""
    if phase == "full_text":
        return f"full texts at hand: {estimate.line}"
    return f"titles and abstracts (full texts come on top): {estimate.line}"
