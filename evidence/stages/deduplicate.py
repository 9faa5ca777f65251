"""Deduplication: records that tell of the same report are marked, the most complete one stays.

What looks alike but may be another report (an erratum, a protocol, part II, a conference abstract)
is never merged by itself: `find_duplicates` lists it for a person.
"""

from __future__ import annotations

from collections.abc import Sequence

from evidence.deduplication.clustering import (
    Deduplication,
    DuplicateCluster,
    DuplicatePair,
    find_duplicates,
)
from evidence.judgements import MACHINE, DuplicateMarked, Provenance
from indexers.records import Record

__all__ = [
    "Deduplication",
    "DuplicateCluster",
    "DuplicatePair",
    "deduplicate",
    "find_duplicates",
]


def deduplicate(records: Sequence[Record]) -> list[DuplicateMarked]:
    """The duplicates among records, in their order; each points to the record that is kept.

    Raises:
        ValueError: Two records have one record_id.
    """
    kept = {
        member: (cluster.representative, reason)
        for cluster in find_duplicates(records).clusters
        for member, reason in cluster.reasons().items()
    }
    return [
        DuplicateMarked(
            record_id=record.record_id,
            duplicate_of=kept[record.record_id][0],
            provenance=Provenance(
                actor=MACHINE, engine="offline", reason=kept[record.record_id][1]
            ),
        )
        for record in records
        if record.record_id in kept
    ]
