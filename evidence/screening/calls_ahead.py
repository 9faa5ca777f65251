"""What screening a project's titles and abstracts by a language model will cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.config import OfflineEngine, OpenAIEngine, ReplayEngine
from indexers.records import abstract_document

if TYPE_CHECKING:
    from evidence.llm.cost import CostEstimate, TokenPrices
    from evidence.project import Project


def calls_ahead(project: Project, prices: TokenPrices | None = None) -> CostEstimate | None:
    """The calls for the records that the engine has not judged by title and abstract.

    Full texts come on top; how many there are is only known when titles and abstracts are done.

    Args:
        project: Searched and freed of duplicates; before that there is nothing to count.
        prices: None leaves the price out.

    Returns:
        None for an engine that makes no calls.

    Raises:
        EngineError: A recorded call is damaged.
    """
    match project.manifest.settings.engine:
        case OfflineEngine() | ReplayEngine():
            return None
        case OpenAIEngine() as engine:
            from evidence.llm.server import call_settings
            from evidence.stages.screen_model import estimate_screening
            from evidence.state import read_state

            state = read_state(project)
            pending = (
                abstract_document(found.record)
                for record_id, found in state.records.items()
                if record_id not in state.duplicates
                and (record_id, "title_abstract") not in state.machine_decisions
            )
            return estimate_screening(
                project.manifest.question,
                pending,
                "title_abstract",
                call_settings(engine),
                project.path / "calls",
                prices,
            )
