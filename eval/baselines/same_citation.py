"""Duplicates as a plain rule finds them: the same DOI, or the same title and no other DOI."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from eval.formats.duplicate_records import LabelledRecord
from indexers.records import Record


def same_title_or_doi(records: Sequence[LabelledRecord]) -> list[list[str]]:
    """Groups of record ids.

    Letters' case, white space and a full stop at the end are passed over, nothing else. Records of
    one title go together unless two of them have DOIs that differ.
    """
    by_doi: dict[str, list[Record]] = defaultdict(list)
    by_title: dict[str, list[Record]] = defaultdict(list)
    for record, _, _ in records:
        if record.doi:
            by_doi[_doi(record)].append(record)
        if record.title:
            by_title[" ".join(record.title.lower().split()).rstrip(".")].append(record)
    agreed = [group for group in by_title.values() if len({_doi(r) for r in group} - {""}) < 2]
    pairs = [(g[0].record_id, r.record_id) for g in (*by_doi.values(), *agreed) for r in g[1:]]
    return connected(pairs)


def _doi(record: Record) -> str:
    return (record.doi or "").strip().lower()


def connected(pairs: Iterable[Sequence[str]]) -> list[list[str]]:
    """The connected components of a graph of pairs."""
    home: dict[str, list[str]] = {}
    for one, other in pairs:
        left, right = home.get(one, [one]), home.get(other, [other])
        if left is not right:
            merged = left + right
            home.update(dict.fromkeys(merged, merged))
    return list({id(group): group for group in home.values()}.values())
