"""Reading orders learned ahead: beside the screening, so that nobody waits for the learner.

Where a project is small, the order is learned from all that was decided before it is given. Else
the order that is there is given at once, and a thread learns the next one meanwhile; how many
verdicts it lacks is told. So the next record may not know yet what the last few decisions teach.

Before the first learning there is an order that takes no learner: by nearness to the question. It
is given while the learner gets ready, and what it lacks is told in the same way.

The orders may be kept between servers (`kept_orders`). One that is found there is given at once, by
the same rules: it is fresh only where the same verdicts are known, and what it lacks is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from threading import Condition, Lock, Thread
from time import perf_counter, sleep

from evidence.duplicates.links import DuplicateLinks
from evidence.errors import EvidenceError
from evidence.events import RecordIdentified
from evidence.followed import Standing
from evidence.number_words import counted
from evidence.screening.features import ScreeningFeatures
from evidence.screening.kept_features import READERS
from evidence.screening.kept_orders import KeptOrders, KnownOrder
from evidence.screening.prioritise import LEARNERS
from evidence.screening.reading_order import best_first, known_labels, nearest_first
from evidence.screening.verdicts import person_key
from evidence.state import ReviewState

AT_ONCE = 2_000
"""Records of a project up to which the order is learned on the spot: a tenth of a second or so."""
REST = 4.0
"""A learner that never rests takes the processor from those who wait for the next record."""

PAUSE_SECONDS = 5.0
"""So long the learner leaves the processor to those who open a project and have an order."""

_NOT_YET = "The reading order is being made; until then records come in the search’s order."

StandingNow = Callable[[], Standing]
FeaturesOf = Callable[[ReviewState], ScreeningFeatures]


@dataclass(frozen=True)
class LearnedOrder:
    """The records of a project, the most relevant first, for one reviewer.

    Attributes:
        record_ids: All that were known when it was learned, duplicates aside.
        n_learned_from: Verdicts that the learner had taken in; with none the order is by nearness
            to the question.
        n_newer: Verdicts that were given or changed since.
    """

    record_ids: tuple[str, ...]
    n_learned_from: int
    n_newer: int = 0

    @property
    def is_first(self) -> bool:
        """Whether there are verdicts to learn from, and none of them was taken in."""
        return self.n_newer > 0 and self.n_learned_from == 0


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


def _import(packages: Sequence[str]) -> None:
    for package in packages:
        import_module(package)


class OrdersAhead:
    """The reading order of each reviewer of a project; threads may share it.

    Args:
        now: Gives the state of the project and the head of its log.
        features_of: Reads the features of a state's records, in their order; kept until there are
            other records.
        at_once: Records up to which an order is learned on the spot.
        rest: How many times as long as it learned the thread rests before it learns again.
        kept: Where orders are kept; None to keep none.
        pause: Seconds from when an order is at hand before any learning to when the learner gets
            ready.
        prepare: Imports packages for the thread that learns beside.
    """

    def __init__(
        self,
        now: StandingNow,
        features_of: FeaturesOf,
        at_once: int = AT_ONCE,
        rest: float = REST,
        *,
        kept: KeptOrders | None = None,
        pause: float = PAUSE_SECONDS,
        prepare: Callable[[Sequence[str]], None] = _import,
    ) -> None:
        self._now, self._features_of = now, features_of
        self._at_once, self._rest = at_once, rest
        self._kept, self._pause, self._prepare = kept, pause, prepare
        self._learner = Lock()  # one learns at a time, for the others have to be answered
        self._features: tuple[dict[str, RecordIdentified], ScreeningFeatures] | None = None
        self._changed = Condition()
        self._learned: dict[str, _Learned] = {}
        self._failed: dict[str, EvidenceError] = {}
        self._at_work: dict[str, float] = {}  # since when
        self._has_learned = False

    def order(self, reviewer: str, seconds: float = 0.0) -> LearnedOrder | None:
        """The order for a reviewer's list; None while there is no first one yet.

        Args:
            reviewer: Whose list it is; see `reading_order` for who learns from what.
            seconds: How long to wait for the first one, from when it was first asked for.

        Raises:
            EvidenceError: The records' features cannot be read.
        """
        name, standing = person_key(reviewer), self._now()
        state = standing.state
        if len(state.records) <= self._at_once:
            learned = self._learn(name)
            self._get_ready(name)
            return learned.order(learned.labels)
        labels = known_labels(state, name)
        with self._changed:
            found = self._learned.get(name) or self._known(name, standing, labels)
            if found is not None:
                self._get_ready(name)
                if found.fits(state, labels):
                    return found.order(labels)
            self._begin(name)
            if found is None:
                rest = self._at_work[name] + seconds - perf_counter()
                self._changed.wait_for(lambda: self._is_answered(name), max(rest, 0.0))
                found = self._learned.get(name)
            if name in self._failed:
                raise self._failed.pop(name)
        return None if found is None else found.order(labels)

    def is_at_hand(self, reviewer: str) -> bool:
        """Whether there is an order for a reviewer before any learning, fresh or not."""
        name, standing = person_key(reviewer), self._now()
        with self._changed:
            if name in self._learned:
                return True
            return self._known(name, standing, known_labels(standing.state, name)) is not None

    def _known(self, name: str, standing: Standing, labels: dict[str, int]) -> _Learned | None:
        """Another reviewer's order that was learned from the same, or one kept for this one."""
        state = standing.state
        learned = list(self._learned.values())
        found = next((each for each in learned if each.fits(state, labels)), None)
        if found is None and self._kept is not None:
            known = self._kept.load(name, standing)
            if known is not None:
                found = _Learned(*known, state.records, state.duplicate_links)
        if found is not None:
            self._learned[name] = found
        return found

    def _get_ready(self, name: str) -> None:
        """Have what the next verdicts take at hand, a while after a kept order was given."""
        if self._features is None:
            self._begin(name, self._pause)

    def _begin(self, name: str, pause: float = 0.0) -> None:
        with self._changed:
            if name not in self._at_work:
                self._at_work[name] = perf_counter()
                Thread(target=self._learn_beside, args=(name, pause), daemon=True).start()

    def _is_answered(self, name: str) -> bool:
        return name in self._learned or name not in self._at_work

    def told(self, reviewer: str) -> str:
        """What the reviewer's order lacks, in words; empty when it lacks nothing."""
        name = person_key(reviewer)
        found = self._learned.get(name)
        if found is None:
            return _NOT_YET if name in self._at_work else ""
        order = found.order(known_labels(self._now().state, name))
        if not order.n_newer:
            return ""
        if not order.n_learned_from:
            return (
                "The reading order is by nearness to the question; the learner is taking in "
                f"{counted(order.n_newer, 'verdict')}."
            )
        return (
            f"The reading order knows {counted(order.n_learned_from, 'verdict')}; "
            f"{order.n_newer:,} newer {'is' if order.n_newer == 1 else 'are'} being taken in."
        )

    def _learn_beside(self, name: str, pause: float) -> None:
        """Learn on a thread of its own, then rest; what fails is told to who asks next."""
        try:
            if not (pause or self._has_learned):
                self._prepare(READERS)
                self._order_by_nearness(name)
                pause = self._pause
            sleep(pause)
            self._prepare(LEARNERS)
            began = perf_counter()
            self._learn(name)
            if pause:  # what learning from the next verdicts takes, before there are any
                with self._learner:
                    self._features_in(self._now().state)
            with self._changed:
                self._changed.notify_all()
            sleep(self._rest * (perf_counter() - began))
        except EvidenceError as error:
            with self._changed:
                self._failed[name] = error
        finally:
            with self._changed:
                self._at_work.pop(name, None)
                self._changed.notify_all()

    def _order_by_nearness(self, name: str) -> None:
        """Give a reviewer an order before any learning; the last one where nothing is decided."""
        with self._learner:
            if name not in self._learned:
                standing = self._now()
                state = standing.state
                order = nearest_first(self._features_in(state), state, _due(state))
                self._found(name, standing, KnownOrder(tuple(order), {}))
        with self._changed:
            self._changed.notify_all()

    def _learn(self, name: str) -> _Learned:
        """Learn from all that is known when the learner's turn has come."""
        with self._learner:
            standing = self._now()
            state = standing.state
            labels = known_labels(state, name)
            found = self._learned.get(name) or self._known(name, standing, labels)
            if found is None or not found.fits(state, labels):
                best = best_first(self._features_in(state), state, _due(state), name)
                found = self._found(name, standing, KnownOrder(tuple(best), labels))
                self._has_learned = True
            return found

    def _found(self, name: str, standing: Standing, order: KnownOrder) -> _Learned:
        state = standing.state
        found = self._learned[name] = _Learned(*order, state.records, state.duplicate_links)
        if self._kept is not None:
            self._kept.keep(name, standing, order)
        return found

    def _features_in(self, state: ReviewState) -> ScreeningFeatures:
        if self._features is None or self._features[0] is not state.records:
            self._features = (state.records, self._features_of(state))
        return self._features[1]


def _due(state: ReviewState) -> list[str]:
    """All records but duplicates, in the order of the search."""
    return [record_id for record_id in state.records if record_id not in state.duplicates]
