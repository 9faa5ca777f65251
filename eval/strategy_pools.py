"""Pools in which a search strategy is tried: reviews with the records they included, and the rest.

Two kinds of data are read: a folder of labelled CSV files with questions.json (as `screening`
reads), and the JSON files of a TrialReviewBench release, one a review, which name the included
trials by title and PMID.

Protocol. The unit is the review. A record is right when the review included it. The strategy is
drafted from the review's question or title alone. The pool is the records of all reviews given and
the shipped trials; records with the same text are one. The review itself is no record of it, and
nothing is cut off by date. The ceiling of recall is 1; included records without a title are left
out and counted, reviews that include nothing are listed. A review whose file is broken is one of
which nothing is found.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from eval.datasets import REVIEW_SUFFIXES, LabelledReview, data_files, load_reviews
from evidence.errors import SourceError
from indexers.records import Record
from indexers.vectors import embedded_text

STRATEGIES_EXPECTED = (
    "a folder of CSV files with record_id, title, abstract and label_included beside a "
    "questions.json, or of TrialReviewBench JSON files with title and trials"
)


class SearchedReview(NamedTuple):
    """A review that a strategy is written for; `question` is None when none is given.

    `failure` tells why its file cannot be read whole.
    """

    name: str
    question: str | None
    included_ids: frozenset[str]
    failure: str | None = None


class Pool(NamedTuple):
    """All records that are searched, and the reviews whose included records hide among them.

    Attributes:
        n_without_text: Included records that the data give no title for; they are left out.
        n_distractors: Records of no review.
    """

    records: tuple[Record, ...]
    reviews: tuple[SearchedReview, ...]
    n_without_text: int
    n_distractors: int


def is_strategy_data(data: Path) -> bool:
    """Whether the data are labelled reviews or TrialReviewBench, not questions with gold."""
    beside = data.iterdir() if data.is_dir() else (data,)
    if any(path.is_file() and path.name.endswith(REVIEW_SUFFIXES) for path in beside):
        return True
    return any(_is_bench(_content(path)) for path in _json_files(data))


def load_pool(data: Path, distractors: Sequence[Record]) -> tuple[list[Path], Pool]:
    """The files that were read, and the pool in them.

    A record that stands in several reviews, or again among the distractors, is one record. A file
    that is broken is a review with a `failure`.

    Raises:
        SourceError: There is no file, or none that can be read.
    """
    benches = _json_files(data)
    if any(_is_bench(_content(path)) for path in benches):
        reviews = [_bench_review(path) for path in benches]
        labelled = [review for review, _ in reviews]
        n_without_text = sum(n for _, n in reviews)
        return benches, _pooled(labelled, distractors, n_without_text)
    data_files(data, REVIEW_SUFFIXES, STRATEGIES_EXPECTED)
    files, labelled = load_reviews(data)
    return files, _pooled(labelled, distractors, 0)


def _pooled(
    labelled: Iterable[LabelledReview], distractors: Sequence[Record], n_without_text: int
) -> Pool:
    ids: dict[str, str] = {}
    records: list[Record] = []

    def pooled_id(record: Record, record_id: str) -> str:
        text = embedded_text(record).strip() or f"no text: {record_id}"
        if text not in ids:
            ids[text] = record_id
            records.append(record.model_copy(update={"record_id": record_id}))
        return ids[text]

    reviews = []
    for review in labelled:
        included = set()
        for record, is_included in zip(review.records, review.included, strict=True):
            pooled = pooled_id(record, f"{review.name}:{record.record_id}")
            if is_included:
                included.add(pooled)
        reviews.append(
            SearchedReview(review.name, review.question, frozenset(included), review.failure)
        )
    n_reviewed = len(records)
    for record in distractors:
        pooled_id(record, record.record_id)
    return Pool(tuple(records), tuple(reviews), n_without_text, len(records) - n_reviewed)


def _bench_review(path: Path) -> tuple[LabelledReview, int]:
    """The review of a TrialReviewBench file, and how many of its trials have no title."""
    content = _content(path)
    title, trials = (content.get("title"), content.get("trials")) if content else (None, None)
    if not isinstance(title, str) or not isinstance(trials, list):
        failure = str(SourceError(path, "expected JSON with title and trials of a review", 1))
        return LabelledReview(path.stem, None, (), (), failure), 0
    records = []
    for number, trial in enumerate(trials, 1):
        text = trial.get("title") if isinstance(trial, dict) else None
        if isinstance(text, str) and text.strip():
            pmid = str(trial.get("pmid") or "") or None
            records.append(
                Record(record_id=pmid or str(number), source="bench", title=text, pmid=pmid)
            )
    by_id = {record.record_id: record for record in records}
    review = LabelledReview(path.stem, title, tuple(by_id.values()), (True,) * len(by_id))
    return review, len(trials) - len(records)


def _json_files(data: Path) -> list[Path]:
    if data.is_file():
        return [data] if data.suffix == ".json" else []
    if (data / "search_screen").is_dir():  # the release as a whole
        data = data / "search_screen"
    return sorted(p for p in data.glob("*.json") if p.name != "questions.json")


def _is_bench(content: Any) -> bool:
    return isinstance(content, dict) and "trials" in content and "title" in content


def _content(path: Path) -> Any:
    """What a JSON file holds; None where it is broken."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return None
