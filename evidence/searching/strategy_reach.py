"""What a project's first search will bring in: of the records of its store, and by what.

Told before the search is run, so that nobody misses records that a strategy leaves out.
"""

from __future__ import annotations

from itertools import islice
from typing import Literal

from evidence.errors import EvidenceError
from evidence.number_words import counted
from evidence.project import Manifest
from evidence.state import ReviewState
from indexers.milvus.address import is_milvus
from indexers.records import Frozen, Record


class Reach(Frozen):
    """How many records of a store a project takes in.

    Attributes:
        by: All of them, what a strategy finds, or the nearest to the question.
    """

    n_in_store: int
    n_taken: int
    by: Literal["all", "strategy", "nearest"]

    @property
    def n_left_out(self) -> int:
        """Records of the store that the project does not take in."""
        return self.n_in_store - self.n_taken

    @property
    def told(self) -> str:
        """The counts in a sentence."""
        ready = (
            f"{counted(self.n_in_store, 'record')} {'is' if self.n_in_store == 1 else 'are'} ready"
        )
        if not self.n_left_out:
            return f"{ready}, and all are screened."
        if self.by == "strategy":
            found = f"the search strategy finds {self.n_taken:,}"
        else:
            found = f"the {self.n_taken:,} nearest to the question are screened"
        return f"{ready}; {found} and {self.n_left_out:,} are left out."


def left_out(manifest: Manifest, state: ReviewState, most: int) -> tuple[Record, ...]:
    """The first records of the store that the project does not hold, in the store's order.

    Raises:
        StoreError: The store cannot be opened.
    """
    from indexers.stores import open_store

    store = open_store(manifest.store)
    outside = (name for name in store.record_ids() if name not in state.records)
    return tuple(map(store.record, islice(outside, most)))


def reach(manifest: Manifest) -> Reach | None:
    """What the first search will bring in; None where the store cannot be asked."""
    from evidence.strategy.lines import search_strategy
    from indexers.stores import folder_store, open_store
    from retrievers.boolean.evaluate import BooleanRetriever

    if is_milvus(manifest.store):
        return None
    settings, strategy = manifest.settings.search, manifest.question.strategy
    try:
        store = folder_store(open_store(manifest.store))
        if settings.all_records:
            return Reach(n_in_store=len(store), n_taken=len(store), by="all")
        if strategy is None:
            taken = min(len(store), settings.limit)
            return Reach(n_in_store=len(store), n_taken=taken, by="nearest")
        found = BooleanRetriever(store).count(search_strategy(strategy))
    except EvidenceError:
        return None
    return Reach(n_in_store=len(store), n_taken=found, by="strategy")
