from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexers.milvus.rows import WORD_FIELDS
from indexers.milvus.words import summed_scores

SCORES = st.dictionaries(st.integers(0, 900), st.integers(1, 50).map(float), max_size=900)


class Fields:
    """Scores by field and record, searched as Milvus does."""

    def __init__(self, scores: dict[str, dict[str, float]]) -> None:
        self.scores = scores
        self.deepest = 0

    def search(self, field: str, limit: int, keys: Sequence[str]) -> dict[str, float]:
        if not keys:
            self.deepest = max(self.deepest, limit)
        found = {k: s for k, s in self.scores[field].items() if not keys or k in keys}
        return dict(sorted(found.items(), key=lambda item: -item[1])[:limit])

    def first(self, limit: int) -> list[float]:
        keys = {key for scores in self.scores.values() for key in scores}
        sums = [sum(w * self.scores[f].get(k, 0.0) for f, w in WORD_FIELDS.items()) for k in keys]
        return sorted(sums, reverse=True)[:limit]


@given(scores=st.lists(SCORES, min_size=4, max_size=4), limit=st.integers(1, 60))
def test_the_first_are_those_of_the_whole_sums(scores: list[dict[int, float]], limit: int) -> None:
    by_field = {
        field: {f"k{key}": score for key, score in given.items()}
        for field, given in zip(WORD_FIELDS, scores, strict=True)
    }
    fields = Fields(by_field)
    found = summed_scores(fields.search, limit, most=10_000)
    assert sorted(found.values(), reverse=True)[:limit] == fields.first(limit)


def test_a_record_behind_the_best_of_every_field_is_reached() -> None:
    fields = Fields({name: {} for name in WORD_FIELDS})
    for number in range(3_000):
        fields.scores["title"][f"t{number}"] = 5.0
        fields.scores["abstract"][f"a{number}"] = 9.0
    fields.scores["title"]["both"], fields.scores["abstract"]["both"] = 4.9, 8.9
    found = summed_scores(fields.search, 10, most=10_000)
    assert max(found, key=lambda key: found[key]) == "both"
    assert found["both"] == pytest.approx(18.7)


def test_a_clear_case_asks_for_few() -> None:
    fields = Fields({name: {} for name in WORD_FIELDS})
    fields.scores["abstract"] = {f"k{n}": 1000.0 / (n + 1) for n in range(5_000)}
    assert len(summed_scores(fields.search, 10, most=10_000)) >= 10
    assert fields.deepest == 200
