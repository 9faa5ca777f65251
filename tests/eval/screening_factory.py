"""A labelled review, a peer that reads it in a known order, and a run of the task on both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eval.datasets import LabelledReview
from eval.encoding import KeepingEncoder
from eval.peers.asreview import Asreview, PeerSimulation
from eval.tasks.screening import SimulationSettings, run_screening
from indexers.records import Record
from tests.indexers.fake_encoder import FakeEncoder
from tests.reference.asreview_simulation import labelled_records

QUESTION = "In adults with an overactive bladder, does oxybutynin or tolterodine help?"
PEER = "asreview_elas_u4"


def review(name: str = "bladder", question: str | None = QUESTION) -> LabelledReview:
    records, included = [], []
    for number, (title, abstract, label) in enumerate(labelled_records()):
        records.append(Record(record_id=f"r{number}", source="t", title=title, abstract=abstract))
        included.append(label)
    return LabelledReview(name, question, tuple(records), tuple(included))


class FakePeer(Asreview):
    """Reads the first included and the first excluded as priors, then as `order` says."""

    def __init__(self, late: bool = False) -> None:
        self.late = late
        self.seeds: list[int] = []

    def simulate(self, review: LabelledReview, seed: int) -> PeerSimulation:
        self.seeds.append(seed)
        included = [row for row, label in enumerate(review.included) if label]
        excluded = [row for row, label in enumerate(review.included) if not label]
        found = (*excluded[1:], *included[1:]) if self.late else (*included[1:],)
        order = (included[0], excluded[0], *found)
        return PeerSimulation(order, 2, 3.0, 2.0, "2026-01-01T00:00:00+00:00", kept=seed == 1)


def run(reviews: Sequence[LabelledReview], peer: Asreview | None = None, **settings: int) -> Any:
    encoder = KeepingEncoder(FakeEncoder())
    return run_screening(reviews, encoder, SimulationSettings(**settings), lambda *_: None, peer)
