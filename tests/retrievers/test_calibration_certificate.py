from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from indexers.errors import SourceError, StoreError
from indexers.record_store import RecordStore
from indexers.records import Record
from retrievers.certificate import (
    CertificateError,
    ContextCount,
    context_count,
    read_certificate,
    truncated_context_count,
    write_certificate,
)
from retrievers.contexts import CertifiedRetriever, calibrate
from retrievers.lexical import LexicalRetriever
from retrievers.protocol import Hit
from retrievers.questions import GoldQuestion
from retrievers.truncation import Truncation
from tests.indexers.fake_encoder import FakeEncoder
from tests.retrievers.conftest import MakeStore

RECORDS = [
    Record(record_id=f"r{i:02}", source="t", pmid=f"9{i:02}", title=f"Record {i}", abstract="Text.")
    for i in range(20)
]
COUNTS = (1, 2, 5, 10)


class PlacedRetriever:
    """Ranks all records by number, falling scores; the query says which record comes first."""

    name = "placed"

    def retrieve(self, query: str, limit: int) -> list[Hit]:
        ids = sorted((record.record_id for record in RECORDS), key=lambda i: (i != query, i))
        scores = [1.0, 0.9, 0.1, *(0.09 - 0.001 * i for i in range(len(ids)))]
        return [
            Hit(record_id=i, score=score, rank=rank)
            for rank, (i, score) in enumerate(zip(ids, scores, strict=False), 1)
        ][:limit]


@pytest.fixture(scope="module")
def store(make_store: MakeStore) -> RecordStore:
    return make_store(RECORDS, FakeEncoder())


def second_place_questions(n: int = 60) -> list[GoldQuestion]:
    """Questions whose gold, named by PMID, always stands at rank 2."""
    return [GoldQuestion(question_id=str(i), text="r07", gold_ids=("900",)) for i in range(n)]


def certificate_of(losses: np.ndarray, **changes: object) -> ContextCount:
    settings = {
        "alpha": 0.2,
        "delta": 0.1,
        "loss": "share_of_gold_missed",
        "retriever": "placed",
        "corpus_digest": "c" * 64,
        "encoder_digest": "e" * 64,
    }
    return context_count(losses, COUNTS, **(settings | changes))  # type: ignore[arg-type]


def test_the_smallest_certified_count_is_used(store: RecordStore) -> None:
    certificate = calibrate(
        second_place_questions(), store, PlacedRetriever(), alpha=0.2, delta=0.1, counts=COUNTS
    )
    assert (certificate.k, certificate.n_calibration, certificate.mean_loss) == (2, 60, 0.0)
    assert certificate.corpus_digest == store.index_digest
    assert certificate.encoder_digest == FakeEncoder().digest
    assert certificate.p_value <= certificate.delta
    retriever = CertifiedRetriever(PlacedRetriever(), certificate, store)
    assert [hit.record_id for hit in retriever.retrieve("r07", 100)] == ["r07", "r00"]


def test_too_few_questions_abstain(store: RecordStore) -> None:
    certificate = calibrate(
        second_place_questions(3), store, PlacedRetriever(), alpha=0.2, delta=0.1, counts=COUNTS
    )
    assert certificate.abstains
    assert certificate.k is None
    assert certificate.p_value > certificate.delta
    with pytest.raises(CertificateError, match="abstain"):
        CertifiedRetriever(PlacedRetriever(), certificate, store)


def test_gold_that_the_store_lacks_is_refused(store: RecordStore) -> None:
    lost = GoldQuestion(question_id="lost", text="r07", gold_ids=("900", "nowhere"))
    with pytest.raises(StoreError, match=r"1 of 61 questions.*lost"):
        calibrate([*second_place_questions(), lost], store, PlacedRetriever(), alpha=0.2, delta=0.1)


def test_truncation_is_used_only_from_the_grid(store: RecordStore) -> None:
    gaps = tuple(Truncation(rule="gap", threshold=x) for x in (0.05, 1.0))
    certificate = calibrate(
        second_place_questions(),
        store,
        PlacedRetriever(),
        alpha=0.2,
        delta=0.1,
        counts=COUNTS,
        truncations=gaps,
    )
    # gap 0.05 cuts after rank 1 and misses; gap 1.0 cuts after rank 2 and keeps the gold.
    assert certificate.truncation == gaps[1]
    assert certificate.k == 2
    assert certificate.procedure == "bonferroni"
    assert len(CertifiedRetriever(PlacedRetriever(), certificate, store).contexts("r07")) == 2
    wide = certificate.model_copy(update={"k": 10})
    assert len(CertifiedRetriever(PlacedRetriever(), wide, store).contexts("r07")) == 2


def test_the_certified_pair_with_the_fewest_contexts_is_used() -> None:
    ratios = tuple(Truncation(rule="ratio", threshold=x) for x in (2.0, 9.0))
    losses = np.zeros((200, 4, 2))
    kept = np.broadcast_to(np.array([[9.0, 9.0], [8.0, 7.0], [9.0, 9.0], [9.0, 9.0]]), (200, 4, 2))
    names = {"retriever": "r", "corpus_digest": "c", "encoder_digest": "e"}
    found = truncated_context_count(
        losses, kept, COUNTS, ratios, alpha=0.2, delta=0.1, loss="answer_wrong", **names
    )
    assert (found.k, found.truncation) == (2, ratios[1])
    abstained = truncated_context_count(
        losses + 1, kept, COUNTS, ratios, alpha=0.2, delta=0.1, loss="answer_wrong", **names
    )
    assert (abstained.k, abstained.truncation) == (None, None)


def test_another_corpus_encoder_or_retriever_voids_it(store: RecordStore) -> None:
    own = {"corpus_digest": store.index_digest, "encoder_digest": FakeEncoder().digest}
    certificate = certificate_of(np.zeros((100, 4)), **own)
    CertifiedRetriever(PlacedRetriever(), certificate, store)
    assert certificate.valid_for(**own)
    for name in own:
        other = certificate_of(np.zeros((100, 4)), **(own | {name: "0" * 64}))
        assert not other.valid_for(**own)
        with pytest.raises(CertificateError, match=f"{name.split('_')[0]} 000000000000"):
            CertifiedRetriever(PlacedRetriever(), other, store)
    with pytest.raises(CertificateError, match="placed retriever, not lexical"):
        CertifiedRetriever(LexicalRetriever(store), certificate, store)


def test_a_certificate_comes_back_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "certificate.json"
    for losses in (np.zeros((100, 4)), np.ones((100, 4))):
        certificate = certificate_of(losses)
        write_certificate(path, certificate)
        first = path.read_bytes()
        assert read_certificate(path) == certificate
        write_certificate(path, read_certificate(path))
        assert path.read_bytes() == first


def test_a_certificate_cannot_claim_more_than_its_p_value(tmp_path: Path) -> None:
    certificate = certificate_of(np.zeros((100, 4)))
    path = tmp_path / "certificate.json"
    write_certificate(path, certificate.model_copy(update={"p_value": 0.5}))
    with pytest.raises(SourceError, match="p_value"):
        read_certificate(path)
    path.write_text(path.read_text().replace('"alpha"', '"beta"'))
    with pytest.raises(SourceError, match="alpha"):
        read_certificate(path)
    with pytest.raises(SourceError, match=r"none\.json"):
        read_certificate(tmp_path / "none.json")
    with pytest.raises(ValidationError):
        certificate.k = 3
