"""The duplicates of a review as a list to print or to work through."""

from __future__ import annotations

from evidence.duplicates.links import pair_of
from evidence.judgements import Provenance
from evidence.state import Fate, ReviewState
from indexers.records import Frozen, Record


class ListedDuplicate(Frozen):
    """A merge or a suspected pair; `number` counts within its list, from 1.

    Attributes:
        record: The record that is left out, or would be.
        other: The one that stays, or would stay.
        said_of: The record that the reason compares `record` with, where it is another than
            `other`: a third of the same group.
        by_person: Whether a person made the merge.
        decided_by: The person's name, or the engine.
        fate: How far `record` has come in the review.
        fate_of_other: How far `other` has come.
    """

    number: int
    record: Record
    other: Record
    said_of: str | None
    reason: str
    by_person: bool
    decided_by: str
    fate: Fate
    fate_of_other: Fate


def merged_records(state: ReviewState) -> list[ListedDuplicate]:
    """Every record that is left out, in the order of the search."""
    listed = []
    for number, merge in enumerate(state.duplicate_links.merges(), 1):
        pair = pair_of(merge.mark)
        partner = pair[0] if pair[1] == merge.record_id else pair[1]
        said_of = None if partner == merge.kept else partner
        listed.append(
            _listed(state, number, merge.record_id, merge.kept, said_of, merge.mark.provenance)
        )
    return listed


def open_pairs(state: ReviewState) -> list[ListedDuplicate]:
    """The suspected pairs that wait for a person, in the order of the log."""
    return [
        _listed(state, number, pair.record_id, pair.duplicate_of, None, pair.provenance)
        for number, pair in enumerate(state.duplicate_links.open_pairs, 1)
    ]


def _listed(
    state: ReviewState,
    number: int,
    record_id: str,
    other: str,
    said_of: str | None,
    provenance: Provenance,
) -> ListedDuplicate:
    return ListedDuplicate(
        number=number,
        record=state.records[record_id].record,
        other=state.records[other].record,
        said_of=said_of,
        reason=provenance.reason,
        by_person=provenance.by_person,
        decided_by=provenance.actor if provenance.by_person else provenance.engine,
        fate=state.fate(record_id),
        fate_of_other=state.fate(other),
    )
