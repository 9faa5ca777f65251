"""How far the result sets of several queries overlap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from indexers.records import Frozen


class Intersection(Frozen):
    """Records that are in exactly these sets and in no other one."""

    names: tuple[str, ...]
    n_records: int


class OverlapTable(Frozen):
    """Counts of records by the sets they are in.

    Attributes:
        names: Of the sets, in the order given.
        sizes: Records of each set, each once.
        unique: Records of each set that are in no other one.
        shared: Records of both the row's and the column's set, [n_sets, n_sets]; the diagonal
            holds the sizes.
        intersections: The most frequent first; together they hold every record once.
        n_records: In at least one set.
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    unique: tuple[int, ...]
    shared: tuple[tuple[int, ...], ...]
    intersections: tuple[Intersection, ...]
    n_records: int


def overlap_table(sets: Mapping[str, Sequence[str]]) -> OverlapTable:
    """Count the overlaps of sets of record ids.

    Args:
        sets: Record ids by the name of their query; an id that stands twice in a set counts once.
    """
    names = tuple(sets)
    memberships: dict[str, list[int]] = {}
    for at, ids in enumerate(sets.values()):
        for record_id in dict.fromkeys(ids):
            memberships.setdefault(record_id, []).append(at)
    patterns = Counter(tuple(found) for found in memberships.values())
    shared = [[0] * len(names) for _ in names]
    for pattern, n_records in patterns.items():
        for row in pattern:
            for column in pattern:
                shared[row][column] += n_records
    ranked = sorted(patterns.items(), key=lambda item: (-item[1], len(item[0]), item[0]))
    return OverlapTable(
        names=names,
        sizes=tuple(shared[at][at] for at in range(len(names))),
        unique=tuple(patterns[at,] for at in range(len(names))),
        shared=tuple(map(tuple, shared)),
        intersections=tuple(
            Intersection(names=tuple(names[at] for at in pattern), n_records=n_records)
            for pattern, n_records in ranked
        ),
        n_records=len(memberships),
    )


def overlap_rows(table: OverlapTable) -> list[dict[str, str | int]]:
    """One row a set, for a CSV file: its records, those of it alone, and those shared with each."""
    rows: list[dict[str, str | int]] = []
    for at, name in enumerate(table.names):
        row: dict[str, str | int] = {"query": name, "records": table.sizes[at]}
        row["only here"] = table.unique[at]
        for other, shared in zip(table.names, table.shared[at], strict=True):
            row[f"shared with {other}"] = shared
        rows.append(row)
    return rows
