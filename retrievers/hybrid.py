"""Several rankings made one by reciprocal rank fusion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from retrievers.protocol import Hit, Retriever
from retrievers.ranking import check_limit, ranked

RANK_CONSTANT = 60
"""That of Cormack, Clarke & Büttcher 2009."""


class HybridRetriever:
    """Fuses rankings: a record's score is the sum of 1 / (rank_constant + rank).

    Cormack, Clarke & Büttcher 2009, Reciprocal rank fusion outperforms Condorcet and individual
    rank learning methods, SIGIR '09; their constant is 60. A record that a ranking lacks gets
    nothing from it; equal sums stand in order of record id.

    Args:
        retrievers: The parts; their names differ.
        rank_constant: The larger, the less the first ranks count for.
        candidates: How many records are taken from each part, or `limit` if that is more.
        weights: How much each part counts, by its name; 1 where none is given. They stand in
            `name`, so a certificate made with other weights does not fit.

    Raises:
        ValueError: No parts, two of one name, a weight of no part, or a number that is not
            positive.
    """

    def __init__(
        self,
        retrievers: Sequence[Retriever],
        rank_constant: int = RANK_CONSTANT,
        candidates: int = 300,
        weights: Mapping[str, float] | None = None,
    ) -> None:
        names = [part.name for part in retrievers]
        if not names or len(set(names)) != len(names):
            raise ValueError(f"expected retrievers of different names, got {names}")
        if rank_constant < 1 or candidates < 1:
            raise ValueError("expected rank_constant and candidates of at least 1")
        given = dict(weights or {})
        if not set(given) <= set(names) or any(weight <= 0 for weight in given.values()):
            raise ValueError(f"expected positive weights for {names}, got {given}")
        self._weights = {name: given.get(name, 1.0) for name in names}
        self._retrievers = tuple(retrievers)
        self._rank_constant = rank_constant
        self._candidates = candidates

    @property
    def name(self) -> str:
        """`hybrid`, with the weights where they are not all 1."""
        told = [f"{n}={w:g}" for n, w in sorted(self._weights.items()) if w != 1]
        return "-".join(["hybrid", *told])

    def retrieve(self, query: str, limit: int) -> list[Hit]:
        """The best records of the fused ranking."""
        return [hit for hit, _ in self.retrieve_with_ranks(query, limit)]

    def retrieve_with_ranks(self, query: str, limit: int) -> list[tuple[Hit, dict[str, int]]]:
        """The fused ranking, each hit with its rank in each part (by name) that found it."""
        check_limit(limit)
        depth = max(limit, self._candidates)
        ranks: dict[str, dict[str, int]] = {}
        for part in self._retrievers:
            for hit in part.retrieve(query, depth):
                ranks.setdefault(hit.record_id, {})[part.name] = hit.rank
        scores = [
            (
                record_id,
                sum(self._weights[n] / (self._rank_constant + r) for n, r in by_part.items()),
            )
            for record_id, by_part in ranks.items()
        ]
        scores.sort(key=lambda item: (-item[1], item[0]))
        return [(hit, ranks[hit.record_id]) for hit in ranked(scores[:limit])]
