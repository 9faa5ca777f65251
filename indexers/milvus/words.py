"""BM25 summed over fields that Milvus scores one at a time.

The threshold algorithm (Fagin, Lotem & Naor 2003, Optimal aggregation algorithms for middleware,
J Comput Syst Sci 66): of each field the best are asked for, more and more of them, until a record
that was not seen cannot be among the first any more. Then the records that are among the best of
one field and lack the score of another are asked for by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from indexers.milvus.rows import WORD_FIELDS

SearchField = Callable[[str, int, Sequence[str]], dict[str, float]]
"""The BM25 of the best records by primary key: of a field, so many, among these keys or all."""

_TIMES_FETCHED, _LEAST_FETCHED, _TIMES_MORE = 2, 200, 4


def summed_scores(search: SearchField, limit: int, most: int) -> dict[str, float]:
    """The scores of all records that may be among the first `limit`, and of some others.

    Exact unless a record is behind the first `most` of every field.

    Args:
        search: Asks Milvus for one field.
        limit: How many records are wanted.
        most: The most records that Milvus gives for one question.
    """
    n_fetched = min(most, max(limit * _TIMES_FETCHED, _LEAST_FETCHED))
    found = {field: search(field, n_fetched, ()) for field in WORD_FIELDS}
    at_most = _at_most(found, n_fetched)
    while sum(at_most.values()) > _threshold(found, limit) and n_fetched < most:
        n_fetched = min(most, n_fetched * _TIMES_MORE)
        found |= {field: search(field, n_fetched, ()) for field in WORD_FIELDS if at_most[field]}
        at_most = _at_most(found, n_fetched)
    threshold, lacking = _threshold(found, limit), _lacking(found, at_most)
    may_be_first = {
        key: fields
        for key, fields in lacking.items()
        if _sum(found, key) + sum(at_most[field] for field in fields) >= threshold
    }
    for field in WORD_FIELDS:
        asked = sorted(key for key, fields in may_be_first.items() if field in fields)
        for start in range(0, len(asked), most):
            part = asked[start : start + most]
            found[field] |= search(field, len(part), part)
    return {key: _sum(found, key) for key in may_be_first}


def _at_most(found: dict[str, dict[str, float]], n_fetched: int) -> dict[str, float]:
    """What a record that is not among a field's best has in it at most, weighted."""
    return {
        field: WORD_FIELDS[field] * min(scores.values()) if len(scores) >= n_fetched else 0.0
        for field, scores in found.items()
    }


def _lacking(found: dict[str, dict[str, float]], at_most: dict[str, float]) -> dict[str, list[str]]:
    """All records that were found, each with the fields whose score is still open."""
    keys = dict.fromkeys(key for scores in found.values() for key in scores)
    return {
        key: [field for field in WORD_FIELDS if at_most[field] and key not in found[field]]
        for key in keys
    }


def _threshold(found: dict[str, dict[str, float]], limit: int) -> float:
    """The least that the record on the last wanted place has."""
    keys = {key for scores in found.values() for key in scores}
    sums = sorted((_sum(found, key) for key in keys), reverse=True)
    return sums[limit - 1] if len(sums) >= limit else 0.0


def _sum(found: dict[str, dict[str, float]], key: str) -> float:
    return sum(weight * found[field].get(key, 0.0) for field, weight in WORD_FIELDS.items())
