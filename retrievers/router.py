"""Several stores behind one retriever: a query goes to the store it is nearest to, or to some.

Trials, guidelines and registry entries live in stores of their own (domain routing as in MMed-RAG,
arXiv 2410.13085). Here nearness decides, not a trained classifier: the cosine between the query and
the nearest record of each store. A store of many topics is so judged by what it has on this one,
which neither its average nor a sample of it would tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from indexers.encoder import Encoder, as_unit_vectors
from indexers.record_store import RecordStore
from indexers.records import Frozen
from retrievers.protocol import Hit, Retriever
from retrievers.ranking import check_limit, ranked

MARGIN = 0.3
"""Wide enough that the store with the answer was asked for each of 2,200 development questions of
BioASQ and PubMedQA among three stores, by the static encoder; at 0.15 it was not for 4 of the 700
of PubMedQA (`python -m tests.benchmarks.routing`)."""
_DECIMALS = 6  # below it, cosines differ from processor to processor


@dataclass(frozen=True)
class Domain:
    """A store as the router sees it: its name, the store, and the retriever over it."""

    name: str
    store: RecordStore
    retriever: Retriever


class Nearness(Frozen):
    """How near a query is to a domain, and the weight its ranking gets; 0 is not asked."""

    domain: str
    nearness: float
    weight: float


class RoutedRetriever:
    """Picks the nearest domain, or mixes those nearly as near.

    Domains within `margin` of the nearest are asked; 0 picks one, 2 always asks all. Their
    rankings are fused by weighted reciprocal ranks; weights fall linearly from 1 for the nearest
    to 0 at the margin. A record id in two domains is taken for one record.

    Args:
        domains: The stores; their names differ.
        encoder: The encoder that made the vectors of all of them.
        margin: How far behind the nearest a domain may be, as a difference of cosines.
        rank_constant: See `HybridRetriever`.

    Raises:
        ValueError: No domains, two of one name, one of another encoder, or a number out of range.
    """

    def __init__(
        self,
        domains: Sequence[Domain],
        encoder: Encoder,
        margin: float = MARGIN,
        rank_constant: int = 60,
    ) -> None:
        names = [domain.name for domain in domains]
        if not names or len(set(names)) != len(names):
            raise ValueError(f"expected domains of different names, got {names}")
        for domain in domains:
            if domain.store.manifest.encoder_digest != encoder.digest:
                raise ValueError(f"domain {domain.name}: expected vectors by {encoder.name}")
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
        near = {
            domain.name: round(domain.store.search_vectors(vector, 1)[0][1], _DECIMALS)
            for domain in self._domains
        }
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
        return [hit for hit, _ in self.retrieve_with_ranks(query, limit)]

    def retrieve_with_ranks(self, query: str, limit: int) -> list[tuple[Hit, dict[str, int]]]:
        """The fused ranking, each hit with its rank in each domain (by name) that found it."""
        check_limit(limit)
        if not query.strip():
            return []
        weights = {row.domain: row.weight for row in self.explain(query)}
        scores: dict[str, float] = {}
        ranks: dict[str, dict[str, int]] = {}
        for domain in self._domains:
            if not weights[domain.name]:
                continue
            for hit in domain.retriever.retrieve(query, limit):
                share = weights[domain.name] / (self._rank_constant + hit.rank)
                scores[hit.record_id] = scores.get(hit.record_id, 0.0) + share
                ranks.setdefault(hit.record_id, {})[domain.name] = hit.rank
        best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:limit]
        return [(hit, ranks[hit.record_id]) for hit in ranked(best)]

    def _weight(self, behind: float) -> float:
        return max(0.0, round(1 - behind / self._margin, _DECIMALS)) if self._margin else 0.0
