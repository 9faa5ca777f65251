from __future__ import annotations

from collections import Counter

import pytest

from evidence.screening.sampling import derived_seed, draw_sample

IDS = [f"pmid:{i}" for i in range(40)]


def test_the_same_records_and_seed_give_the_same_sample_in_whatever_order_they_come() -> None:
    assert draw_sample(IDS, 12, 5) == draw_sample(list(reversed(IDS)), 12, 5)
    assert draw_sample(IDS, 12, 5) == draw_sample(set(IDS), 12, 5)
    assert draw_sample(IDS, 12, 5) != draw_sample(IDS, 12, 6)
    assert draw_sample(IDS, 12, 5) == draw_sample(IDS, 40, 5)[:12]


def test_a_sample_is_pinned_so_that_old_projects_can_be_checked() -> None:
    assert draw_sample(("a", "b", "c", "d", "e"), 3, 0) == ("d", "a", "b")
    assert derived_seed(("b", "a"), 1) == derived_seed(("a", "b"), 1) == 2806634849


def test_every_record_is_drawn_equally_often() -> None:
    drawn = Counter(i for seed in range(4_000) for i in draw_sample(IDS, 10, seed))
    first = Counter(draw_sample(IDS, 10, seed)[0] for seed in range(4_000))
    # 1,000 and 100 expected; standard deviations are 27 and 10.
    assert all(870 < drawn[i] < 1_130 for i in IDS)
    assert all(55 < first[i] < 150 for i in IDS)


def test_the_derived_seed_follows_from_what_is_drawn_from() -> None:
    seeds = {derived_seed(IDS, 1), derived_seed(IDS, 2), derived_seed(IDS[1:], 1)}
    assert len(seeds) == 3


def test_a_sample_that_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="0 to 40"):
        draw_sample(IDS, 41, 0)
    with pytest.raises(ValueError, match="once"):
        draw_sample(["a", "a"], 1, 0)
