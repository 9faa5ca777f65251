"""What the offline screener claims of the records of a labelled review."""

from __future__ import annotations

from eval.datasets import LabelledReview
from eval.screening_claims import screening_claims
from indexers.records import Record

QUESTION = "In adults with malaria, does artesunate reduce mortality compared with quinine?"


def review(name: str, question: str | None) -> LabelledReview:
    texts = (
        ("Artesunate versus quinine for severe malaria in adults: a randomised trial",
         "We randomly assigned adults with malaria to artesunate or quinine. Mortality fell."),
        ("Asphalt ageing in cold climates", "Samples of asphalt were weathered for years."),
    )  # fmt: skip
    records = tuple(
        Record(record_id=str(i), source="t", title=title, abstract=abstract)
        for i, (title, abstract) in enumerate(texts)
    )
    return LabelledReview(name, question, records, (True, False))


def test_a_record_that_fits_claims_more() -> None:
    told: list[tuple[str, int, int]] = []
    rows = screening_claims([review("a", QUESTION)], lambda *step: told.append(step))
    assert [(row["record_id"], row["came_true"]) for row in rows] == [("0", True), ("1", False)]
    assert rows[0]["claimed"] > rows[1]["claimed"]
    assert all(0 <= row["claimed"] <= 1 and row["engine"] == "offline" for row in rows)
    assert told == [("claims", 2, 2)]


def test_without_a_question_nothing_is_claimed() -> None:
    assert screening_claims([review("a", None)], lambda *_: None) == []
