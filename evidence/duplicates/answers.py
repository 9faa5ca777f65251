"""What a person can say of duplicates: the lines that undo a merge or answer a suspected pair."""

from __future__ import annotations

from evidence.duplicates.links import pair_of, weigh
from evidence.errors import ProjectError
from evidence.events import DuplicateMarked, DuplicateRefuted
from evidence.judgements import MACHINE, Provenance
from evidence.state import ReviewState


def signed(name: str, reason: str) -> Provenance:
    """The provenance of a person's word.

    Raises:
        ProjectError: The name is empty or taken by machines.
    """
    actor = " ".join(name.split())
    if not actor or actor.casefold() == MACHINE:
        raise ProjectError(f"name {name!r}: expected a person's name; each decision is signed")
    return Provenance(actor=actor, engine="person", reason=" ".join(reason.split()))


def same_report(
    state: ReviewState, record_id: str, duplicate_of: str, provenance: Provenance
) -> list[DuplicateMarked]:
    """The line that joins two records; `duplicate_of` stays.

    Raises:
        ProjectError: A record is unknown, the two are one, or they are joined already.
    """
    _known(state, record_id, duplicate_of)
    links = state.duplicate_links
    if links.group_of(record_id) == links.group_of(duplicate_of):
        raise ProjectError(f"{record_id} and {duplicate_of}: expected two records not merged yet")
    return [DuplicateMarked(record_id=record_id, duplicate_of=duplicate_of, provenance=provenance)]


def different_reports(
    state: ReviewState, record_id: str, other: str | None, provenance: Provenance
) -> list[DuplicateRefuted]:
    """The lines that undo the merge of a record, or answer a suspected pair that it stands in.

    Without `other` it is the record's merge, else its one open pair.

    Raises:
        ProjectError: A record is unknown, no reason is given, or there is nothing to refute.
    """
    _known(state, record_id, *([] if other is None else [other]))
    if not provenance.reason:
        raise ProjectError(f"{record_id}: expected a reason why it is another report")
    links = state.duplicate_links
    if other is None and record_id in links.kept:
        return _refuted(record_id, _merged_into(state, record_id, provenance), provenance)
    partners = [
        pair.record_id if pair.duplicate_of == record_id else pair.duplicate_of
        for pair in links.open_pairs
        if record_id in pair_of(pair)
    ]
    merged = other is not None and links.group_of(record_id) == links.group_of(other)
    known = bool(partners) if other is None else merged or other in partners
    if not known:
        told = record_id if other is None else f"{record_id} and {other}"
        raise ProjectError(
            f"{told}: expected a merged record or an open pair; `evidence duplicates` lists them"
        )
    if other is None and len(partners) > 1:
        raise ProjectError(
            f"{record_id}: expected one open pair, it stands in {len(partners)}; name the other "
            f"record: {', '.join(partners)}"
        )
    return _refuted(record_id, [other or partners[0]], provenance)


def _merged_into(state: ReviewState, record_id: str, provenance: Provenance) -> list[str]:
    """The records to hold apart from this one, so that it stays: the one that is kept for it.

    Where a chain of words leads from one to the other, also those that it was said to repeat.
    """
    others: list[str] = []
    links = state.duplicate_links
    while record_id in links.kept and links.kept[record_id] not in others:
        said = [mark.duplicate_of for mark in links.in_force if mark.record_id == record_id]
        others = list(dict.fromkeys([*others, links.kept[record_id], *said]))
        refuted = _refuted(record_id, others, provenance)
        links = weigh([*state.duplicate_words, *refuted], state.records)
    return others


def _refuted(record_id: str, others: list[str], provenance: Provenance) -> list[DuplicateRefuted]:
    return [
        DuplicateRefuted(record_id=record_id, duplicate_of=other, provenance=provenance)
        for other in others
    ]


def _known(state: ReviewState, *record_ids: str) -> None:
    for record_id in record_ids:
        if record_id not in state.records:
            raise ProjectError(f"record {record_id!r}: expected one of the project's records")
    if len(set(record_ids)) < len(record_ids):
        raise ProjectError(f"record {record_ids[0]!r}: expected two different records")
