"""Several stores behind one retriever: a query goes to the store it is nearest to, or to some.

Trials, guidelines and registry entries live in stores of their own (domain routing as in MMed-RAG,
arXiv 2410.13085). Here nearness decides, not a trained classifier: the mean of the largest cosines
between the query and a sample of each store, so a store with many topics is not judged by an
average that lies near none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexers.encoder import Encoder, as_unit_vectors
from indexers.record_store import RecordStore
from indexers.records import Frozen
from indexers.vectors import embedded_text
from retrievers.protocol import Hit, Retriever
from retrievers.ranking import check_limit, ranked

SAMPLE = 64
_NEAREST = 3
_DECIMALS = 6  # below it, cosines differ from processor to processor


@dataclass(frozen=True)
class Domain:
    """A store as the router sees it: its name, its retriever, and unit vectors of a sample.

    `sample` is of shape [n_sample, dimension], by the encoder of the router.
    """

    name: str
    retriever: Retriever
    sample: NDArray[np.float32]


class Nearness(Frozen):
    """How near a query is to a domain, and the weight its ranking gets; 0 is not asked."""

    domain: str
    nearness: float
    weight: float


def sampled_domain(
    name: str, store: RecordStore, retriever: Retriever, encoder: Encoder, n_sample: int = SAMPLE
) -> Domain:
    """A domain whose sample is records of the store at equal distances, so always the same.

    Raises:
        ValueError: `n_sample` is below 1.
    """
    if n_sample < 1:
        raise ValueError(f"expected a sample of at least 1 record, got {n_sample}")
    n = min(n_sample, len(store))
    wanted = {number * len(store) // n for number in range(n)}
    texts = [embedded_text(r) for number, r in enumerate(store.records()) if number in wanted]
    return Domain(name, retriever, as_unit_vectors(encoder.encode(texts)))


class RoutedRetriever:
    """Picks the nearest domain, or mixes those nearly as near.

    Domains within `margin` of the nearest are asked; 0 picks one, 2 always asks all. Their
    rankings are fused by weighted reciprocal ranks; weights fall linearly from 1 for the nearest
    to 0 at the margin. A record id in two domains is taken for one record.

    Args:
        domains: The stores; their names differ.
        encoder: The encoder of the samples.
        margin: How far behind the nearest a domain may be, as a difference of cosines.
        rank_constant: See `HybridRetriever`.

    Raises:
        ValueError: No domains, two of one name, an empty sample, one of another dimension, or a
            number out of range.
    """

    def __init__(
        self,
        domains: Sequence[Domain],
        encoder: Encoder,
        margin: float = 0.1,
        rank_constant: int = 60,
    ) -> None:
        names = [domain.name for domain in domains]
        if not names or len(set(names)) != len(names):
            raise ValueError(f"expected domains of different names, got {names}")
        for domain in domains:
            shape = domain.sample.shape
            if len(shape) != 2 or shape[0] < 1 or shape[1] != encoder.dimension:
                raise ValueError(
                    f"domain {domain.name}: expected a sample of shape [n, {encoder.dimension}], "
                    f"got {shape}"
                )
        if not 0 <= margin <= 2 or rank_constant < 1:
            raise ValueError("expected a margin from 0 to 2 and a rank_constant of at least 1")
        self._domains = tuple(domains)
        self._encoder = encoder
        self._margin = margin
        self._rank_constant = rank_constant

    @property
    def name(self) -> str:
        """`router`."""
        return "router"

    def explain(self, query: str) -> list[Nearness]:
        """Every domain with its nearness and weight, nearest first; equals by name."""
        vector = as_unit_vectors(self._encoder.encode([query]))[0]
        near = {d.name: _nearness(d.sample, vector) for d in self._domains}
        best = max(near.values())
        nearest = min(name for name, value in near.items() if value == best)
        rows = [
            Nearness(
                domain=name,
                nearness=value,
                weight=1.0 if name == nearest else self._weight(best - value),
            )
            for name, value in near.items()
        ]
        return sorted(rows, key=lambda row: (-row.nearness, row.domain))

    def retrieve(self, query: str, limit: int) -> list[Hit]:
        """The nearest records of the domains that are asked, best first; none for a blank query."""
        check_limit(limit)
        if not query.strip():
            return []
        weights = {row.domain: row.weight for row in self.explain(query)}
        scores: dict[str, float] = {}
        for domain in self._domains:
            if not weights[domain.name]:
                continue
            for hit in domain.retriever.retrieve(query, limit):
                share = weights[domain.name] / (self._rank_constant + hit.rank)
                scores[hit.record_id] = scores.get(hit.record_id, 0.0) + share
        return ranked(sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:limit])

    def _weight(self, behind: float) -> float:
        return max(0.0, round(1 - behind / self._margin, _DECIMALS)) if self._margin else 0.0


def _nearness(sample: NDArray[np.float32], vector: NDArray[np.float32]) -> float:
    cosines = np.sort(sample.astype(np.float64) @ vector.astype(np.float64))[::-1]
    return round(float(cosines[:_NEAREST].mean()), _DECIMALS)
