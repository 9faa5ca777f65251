"""Deduplication: records that tell of the same report are marked, the most complete one stays.

What looks alike but may be another report (an erratum, a protocol, part II, a conference abstract)
is never merged by itself: it is listed for a person. What a person holds apart stays apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evidence.deduplication.clustering import (
    Deduplication,
    DuplicateCluster,
    DuplicatePair,
    completeness,
    find_duplicates,
)
from evidence.events import DuplicateMarked, DuplicateSuspected
from evidence.judgements import MACHINE, Provenance
from indexers.records import Record

__all__ = [
    "Deduplication",
    "DuplicateCluster",
    "DuplicatePair",
    "deduplicate",
    "find_duplicates",
]


def deduplicate(
    records: Sequence[Record], apart: Iterable[tuple[str, str]] = ()
) -> list[DuplicateMarked | DuplicateSuspected]:
    """The duplicates among records, in their order, then the pairs for a person.

    Each names the record that stays, or would stay: the most complete.

    Args:
        records: All records of the review.
        apart: Pairs that a person holds apart, by record_id.

    Raises:
        ValueError: Two records have one record_id.
    """
    found = find_duplicates(records)
    by_id = {record.record_id: record for record in records}
    strangers = {pair for one, other in apart for pair in ((one, other), (other, one))}
    kept = {
        member: (cluster.representative, reason)
        for whole in found.clusters
        for cluster in _parted(whole, strangers, by_id)
        for member, reason in cluster.reasons().items()
    }
    marked = [
        DuplicateMarked(
            record_id=record.record_id,
            duplicate_of=kept[record.record_id][0],
            provenance=_offline(kept[record.record_id][1]),
        )
        for record in records
        if record.record_id in kept
    ]
    stays = {member: representative for member, (representative, _) in kept.items()}
    return [*marked, *(_suspected(pair, stays, by_id) for pair in found.near_duplicates)]


def _parted(
    cluster: DuplicateCluster, strangers: set[tuple[str, str]], by_id: dict[str, Record]
) -> list[DuplicateCluster]:
    """A cluster without the pairs that a person holds apart.

    Each part grows from its most complete record along the pairs that joined the cluster, and
    takes nobody who is a stranger to one of its members.
    """
    if not any((m, n) in strangers for m in cluster.members for n in cluster.members):
        return [cluster]
    rest, parts = list(cluster.members), []
    while rest:
        stays = min(rest, key=lambda member: _rank(by_id[member]))
        part = [stays]
        for near in part:
            for pair in cluster.pairs:
                far = {pair.first: pair.second, pair.second: pair.first}.get(near)
                if far in rest and far not in part and not any((far, m) in strangers for m in part):
                    part.append(far)
        pairs = tuple(p for p in cluster.pairs if p.first in part and p.second in part)
        members = tuple(member for member in rest if member in part)
        parts.append(DuplicateCluster(representative=stays, members=members, pairs=pairs))
        rest = [member for member in rest if member not in part]
    return parts


def _suspected(
    pair: DuplicatePair, stays: dict[str, str], by_id: dict[str, Record]
) -> DuplicateSuspected:
    """A question about the records that stay; the reason tells whom else it compares."""
    names = stays.get(pair.first, pair.first), stays.get(pair.second, pair.second)
    other, record_id = sorted(names, key=lambda name: _rank(by_id[name]))
    reason = pair.reason
    if {pair.first, pair.second} != {record_id, other}:
        reason = f"{reason} ({pair.first} with {pair.second})"
    return DuplicateSuspected(record_id=record_id, duplicate_of=other, provenance=_offline(reason))


def _rank(record: Record) -> tuple[int, int, int, str]:
    """The most complete record first, as in a cluster."""
    filled, abstract, title = completeness(record)
    return -filled, -abstract, -title, record.record_id


def _offline(reason: str) -> Provenance:
    return Provenance(actor=MACHINE, engine="offline", reason=reason)
