"""How well plain words find their store among several.

    python -m tests.benchmarks.routing --data FILE... [--encoder static|minilm] [--questions N]
        [--margin M]

Each file of questions (retrievers.questions) is a store of its gold records, and the shipped trials
are one more. Every question is asked of the router over all stores and of its own store alone.
`asked` is the share of questions whose own store the router asks; `gold@10` and `gold@100` are the
shares of the gold records that are among so many, averaged over questions.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from eval.datasets import shipped_trials
from evidence.stores import store_retriever
from indexers.encoder import Encoder
from indexers.encoders import named_encoder
from indexers.record_store import RecordStore
from indexers.store import Store
from retrievers.protocol import Retriever
from retrievers.questions import GoldQuestion, read_questions, with_ids_of
from retrievers.router import MARGIN, Domain, RoutedRetriever

_DEPTHS = (10, 100)


class Row(NamedTuple):
    """The questions of one store; shares are means over `n` questions."""

    name: str
    n: int
    asked: float
    routed: tuple[float, ...]
    alone: tuple[float, ...]


def gold_shares(retriever: Retriever, question: GoldQuestion) -> tuple[float, ...]:
    """The share of the gold records among the first so many, for each depth."""
    found = [hit.record_id for hit in retriever.retrieve(question.text, max(_DEPTHS))]
    gold = set(question.gold_ids)
    return tuple(len(gold & set(found[:depth])) / len(gold) for depth in _DEPTHS)


def measured(
    name: str, router: RoutedRetriever, own: Retriever, questions: Sequence[GoldQuestion]
) -> Row:
    """Ask every question of one store."""
    asked = [
        any(row.weight > 0 for row in router.explain(question.text) if row.domain == name)
        for question in questions
    ]
    routed = [gold_shares(router, question) for question in questions]
    alone = [gold_shares(own, question) for question in questions]
    means = (tuple(map(statistics.mean, zip(*shares, strict=True))) for shares in (routed, alone))
    return Row(name, len(questions), statistics.mean(asked), *means)


def domain(folder: Path, store: RecordStore, encoder: Encoder) -> Domain:
    """A store as the router sees it, by the name of its folder."""
    return Domain(folder.name, store, store_retriever(store, encoder))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--encoder", choices=["static", "minilm"], default="static")
    parser.add_argument("--questions", type=int, default=0, help="of each file; 0 for all")
    parser.add_argument("--margin", type=float, default=MARGIN)
    chosen = parser.parse_args()
    encoder = named_encoder(chosen.encoder)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as work:
        trials = Path(work) / "trials"
        domains = [domain(trials, Store.build(trials, shipped_trials()[1], encoder), encoder)]
        asked: dict[str, list[GoldQuestion]] = {}
        for path in chosen.data:
            read = read_questions(path)
            folder = Path(work) / path.name.split(".")[0]
            store = Store.build(folder, read.records, encoder)
            domains.append(domain(folder, store, encoder))
            inside, _ = with_ids_of(read.questions, read.records)
            asked[folder.name] = inside[: chosen.questions] if chosen.questions else inside
        router = RoutedRetriever(domains, encoder, chosen.margin)
        own = {each.name: each.retriever for each in domains}
        for name, questions in asked.items():
            row = measured(name, router, own[name], questions)
            told = "  ".join(
                f"gold@{depth} {routed:.3f} (its store alone {alone:.3f})"
                for depth, routed, alone in zip(_DEPTHS, row.routed, row.alone, strict=True)
            )
            print(f"{row.name:<20} n={row.n}  asked {row.asked:.3f}  {told}", flush=True)


if __name__ == "__main__":
    main()
