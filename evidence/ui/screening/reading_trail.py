"""The way a person takes through a list: forward to what was not seen, and back on the same way.

The list changes under the reader, for each decision takes a record out of it and moves the others.
So a place is no number: it is a record on the trail of those that were looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Trail:
    """The records that were looked at, in that order, and the place on this way.

    Attributes:
        seen: Record ids.
        at: Index of the record that is looked at; at the end, the next one of the list is due.
    """

    seen: tuple[str, ...] = ()
    at: int = 0

    @property
    def record_id(self) -> str | None:
        """The record that is looked at; None at the end of the way."""
        return self.seen[self.at] if self.at < len(self.seen) else None

    def on(self, listed: Sequence[str], known: Callable[[str], bool]) -> Trail:
        """The trail with a record under it, if the list has one.

        At its end comes the first record of the list that was not seen. When all were seen, those
        that were passed over come again.

        Args:
            listed: The list as it is now.
            known: Whether a record can be shown; others have left the project meanwhile.
        """
        kept = tuple(record_id for record_id in self.seen if known(record_id))
        trail = self
        if kept != self.seen:
            before = sum(known(record_id) for record_id in self.seen[: self.at])
            trail = Trail(kept, before)
        if trail.record_id is not None or not listed:
            return trail
        seen = frozenset(trail.seen)
        fresh = next((record_id for record_id in listed if record_id not in seen), None)
        if fresh is None:
            return Trail((listed[0],))
        return Trail((*trail.seen, fresh), len(trail.seen))

    def forward(self) -> Trail:
        """One on: on the same way, or to what comes next in the list."""
        return replace(self, at=min(self.at + 1, len(self.seen)))

    def back(self) -> Trail:
        """One back, if there is one."""
        return replace(self, at=max(self.at - 1, 0))

    def to(self, record_id: str) -> Trail:
        """At this record: where it was seen last, else here, before all that follows."""
        for place in range(len(self.seen) - 1, -1, -1):
            if self.seen[place] == record_id:
                return replace(self, at=place)
        seen = (*self.seen[: self.at], record_id, *self.seen[self.at :])
        return Trail(seen, self.at)
