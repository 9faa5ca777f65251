"""Reading orders learned ahead: beside the screening, so that nobody waits for the learner.

Where a project is small, the order is learned from all that was decided before it is given. Else
the order that is there is given at once, and a thread learns the next one meanwhile; how many
verdicts it lacks is told. So the next record may not know yet what the last few decisions teach.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Lock, Thread
from time import perf_counter, sleep

from evidence.duplicates.links import DuplicateLinks
from evidence.errors import EvidenceError
from evidence.events import RecordIdentified
from evidence.screening.features import ScreeningFeatures
from evidence.screening.reading_order import best_first, known_labels
from evidence.screening.verdicts import person_key
from evidence.state import ReviewState

AT_ONCE = 2_000
"""Records of a project up to which the order is learned on the spot: a tenth of a second or so."""
REST = 4.0
"""A learner that never rests takes the processor from those who wait for the next record."""

StateNow = Callable[[], ReviewState]
FeaturesOf = Callable[[ReviewState], ScreeningFeatures]


@dataclass(frozen=True)
class LearnedOrder:
    """The records of a project, the most relevant first, for one reviewer.

    Attributes:
        record_ids: All that were known when it was learned, duplicates aside.
        n_learned_from: Verdicts that the learner had taken in.
        n_newer: Verdicts that were given or changed since.
    """

    record_ids: tuple[str, ...]
    n_learned_from: int
    n_newer: int = 0


@dataclass(frozen=True)
class _Learned:
    record_ids: tuple[str, ...]
    labels: dict[str, int]
    records: dict[str, RecordIdentified]
    duplicate_links: DuplicateLinks

    def fits(self, state: ReviewState, labels: dict[str, int]) -> bool:
        """Whether learning again would give nothing new."""
        same_records = self.records is state.records
        return (
            same_records and self.duplicate_links is state.duplicate_links and self.labels == labels
        )

    def order(self, labels: dict[str, int]) -> LearnedOrder:
        newer = {record_id for record_id, _ in self.labels.items() ^ labels.items()}
        return LearnedOrder(self.record_ids, len(self.labels), len(newer))


class OrdersAhead:
    """The reading order of each reviewer of a project; threads may share it.

    Args:
        now: Gives the state of the project.
        features_of: Reads the features of a state's records, in their order; kept until there are
            other records.
        at_once: Records up to which an order is learned on the spot.
        rest: How many times as long as it learned the thread rests before it learns again.
    """

    def __init__(
        self,
        now: StateNow,
        features_of: FeaturesOf,
        at_once: int = AT_ONCE,
        rest: float = REST,
    ) -> None:
        self._now, self._features_of = now, features_of
        self._at_once, self._rest = at_once, rest
        self._learner = Lock()  # one learns at a time, for the others have to be answered
        self._features: tuple[dict[str, RecordIdentified], ScreeningFeatures] | None = None
        self._changed = Condition()
        self._learned: dict[str, _Learned] = {}
        self._failed: dict[str, EvidenceError] = {}
        self._at_work: set[str] = set()

    def order(self, reviewer: str, seconds: float = 0.0) -> LearnedOrder | None:
        """The order for a reviewer's list; None while the first one is being learned.

        Args:
            reviewer: Whose list it is; see `reading_order` for who learns from what.
            seconds: How long to wait for the first one.

        Raises:
            EvidenceError: The records' features cannot be read.
        """
        name, state = person_key(reviewer), self._now()
        if len(state.records) <= self._at_once:
            learned = self._learn(name)
            return learned.order(learned.labels)
        labels = known_labels(state, name)
        with self._changed:
            found = self._learned.get(name)
            if found is not None and found.fits(state, labels):
                return found.order(labels)
            if name not in self._at_work:
                self._at_work.add(name)
                Thread(target=self._learn_beside, args=(name,), daemon=True).start()
            if found is None:
                self._changed.wait_for(lambda: self._is_answered(name), seconds)
                found = self._learned.get(name)
            if name in self._failed:
                raise self._failed.pop(name)
        return None if found is None else found.order(labels)

    def _is_answered(self, name: str) -> bool:
        return name in self._learned or name not in self._at_work

    def told(self, reviewer: str) -> str:
        """What the reviewer's order lacks, in words; empty when it lacks nothing."""
        name = person_key(reviewer)
        found = self._learned.get(name)
        if found is None:
            learning = name in self._at_work
            return "The reading order is being learned; until then it is the search’s." * learning
        order = found.order(known_labels(self._now(), name))
        if not order.n_newer:
            return ""
        return (
            f"The reading order knows {order.n_learned_from:,} verdicts; "
            f"{order.n_newer:,} newer are being taken in."
        )

    def _learn_beside(self, name: str) -> None:
        """Learn on a thread of its own, then rest; what fails is told to who asks next."""
        began = perf_counter()
        try:
            self._learn(name)
            with self._changed:
                self._changed.notify_all()
            sleep(self._rest * (perf_counter() - began))
        except EvidenceError as error:
            with self._changed:
                self._failed[name] = error
        finally:
            with self._changed:
                self._at_work.discard(name)
                self._changed.notify_all()

    def _learn(self, name: str) -> _Learned:
        """Learn from all that is known when the learner's turn has come."""
        with self._learner:
            state = self._now()
            labels = known_labels(state, name)
            found = self._learned.get(name)
            if found is None or not found.fits(state, labels):
                features = self._features_in(state)
                due = [r for r in state.records if r not in state.duplicates]
                best = best_first(features, state, due, name)
                found = self._learned[name] = _Learned(
                    tuple(best), labels, state.records, state.duplicate_links
                )
            return found

    def _features_in(self, state: ReviewState) -> ScreeningFeatures:
        if self._features is None or self._features[0] is not state.records:
            self._features = (state.records, self._features_of(state))
        return self._features[1]
