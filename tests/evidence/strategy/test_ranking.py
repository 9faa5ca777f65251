from pathlib import Path

from evidence.strategy.ranking import rank_strategy, strategy_words
from evidence.strategy.types import Limits
from tests.evidence.strategy.strategy_store import RECORDS, bladder_strategy, small_store
from tests.indexers.fake_encoder import FakeEncoder

ASKED = "oxybutynin for overactive bladder"


def test_all_records_are_ranked_and_the_boolean_set_comes_first(tmp_path: Path) -> None:
    store = small_store(tmp_path)
    ranked = rank_strategy(bladder_strategy(), ASKED, store, FakeEncoder())
    assert len(ranked) == len(RECORDS)
    assert [r.rank for r in ranked] == list(range(1, len(RECORDS) + 1))
    first = ranked[0]
    assert (first.record_id, first.in_boolean_set, first.n_concepts) == ("1", True, 2)
    assert first.ranks["concepts"] == 1
    assert set(first.ranks) == {
        *("concepts", "strategy words", "question words", "meaning", "feedback")
    }
    scores = [r.score for r in ranked]
    assert scores == sorted(scores, reverse=True)


def test_records_with_one_concept_come_before_those_with_none(tmp_path: Path) -> None:
    ranked = rank_strategy(bladder_strategy(), ASKED, small_store(tmp_path))
    places = {r.record_id: r.rank for r in ranked}
    assert max(places[i] for i in ("2", "3", "4", "5", "6")) < places["7"]
    assert all("meaning" not in r.ranks for r in ranked)


def test_limits_take_records_out_of_the_boolean_set_but_not_of_the_ranking(tmp_path: Path) -> None:
    late = bladder_strategy().model_copy(update={"limits": Limits(year_from=2015)})
    ranked = rank_strategy(late, ASKED, small_store(tmp_path))
    assert not any(r.in_boolean_set for r in ranked)
    assert len(ranked) == len(RECORDS)


def test_a_limit_cuts_the_same_ranking(tmp_path: Path) -> None:
    store = small_store(tmp_path)
    ranked = rank_strategy(bladder_strategy(), ASKED, store, FakeEncoder())
    assert rank_strategy(bladder_strategy(), ASKED, store, FakeEncoder(), limit=5) == ranked[:5]


def test_the_words_of_a_strategy_are_a_bag() -> None:
    assert strategy_words(bladder_strategy()) == (
        "overactive bladder urinary incontinence oxybutynin tolterodine trospium"
    )
