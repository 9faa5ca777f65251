"""The search strategy of a question, written for a database."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from evidence.errors import SourceError
from evidence.question import load_question
from evidence.strategy.lines import search_strategy, to_pubmed
from evidence.strategy.translate import translate
from indexers.records import Frozen

Platform = Literal["pubmed", "ovid", "embase", "central", "wos", "scopus"]


class WrittenStrategy(Frozen):
    """A strategy in a database's syntax.

    Attributes:
        text: A line a concept, then combinations, filters and limits.
        untranslated: Terms that the database cannot say, and why.
        line_counts: How many records of a store each line finds, if one was searched.
    """

    platform: Platform
    text: str
    untranslated: tuple[str, ...] = ()
    line_counts: tuple[tuple[int, int], ...] = ()


def written_strategy(question: Path, platform: Platform, store: Path | None) -> WrittenStrategy:
    """Write the strategy of a question.

    Args:
        question: question.toml with a strategy.
        platform: Whose syntax.
        store: Is searched for counts, as PubMed's syntax has the lines.

    Raises:
        SourceError: The file cannot be read, or has no strategy.
        SettingsError: A filter is not known, or what translates is not installed.
        StoreError: The store cannot be opened.
    """
    from indexers.store import Store
    from retrievers.boolean.evaluate import BooleanRetriever

    strategy = load_question(question).strategy
    if strategy is None:
        raise SourceError(question, "expected a search strategy; evidence formulate drafts one")
    counts: list[tuple[int, int]] = []
    if store is not None:
        counts = BooleanRetriever(Store.open(store)).line_counts(search_strategy(strategy))
    if platform == "pubmed":
        return WrittenStrategy(
            platform=platform, text=to_pubmed(strategy), line_counts=tuple(counts)
        )
    translated = translate(strategy, platform)
    return WrittenStrategy(
        platform=platform,
        text="\n".join(translated.lines),
        untranslated=tuple(f"{u.text} ({u.place}): {u.reason}" for u in translated.untranslated),
        line_counts=tuple(counts),
    )
