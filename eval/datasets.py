"""Benchmark data, read from where `--data` points: questions with gold, and labelled reviews.

`eval.formats.questions` has the protocol of questions. That of labelled reviews (CSV, also gzipped,
one a review): the unit is the review; a record is right when its label says included; the pool is
the review's own records, each read once. The ceiling of recall at n is n over the included records;
it stands in the items. Titles and abstracts are all that is read; a file's question comes from
questions.json beside it. Reviews that include nothing are listed and left out. A review whose file
is broken has the worst value of each measure, whatever the engine.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from eval.formats.json_items import read_cut_text
from eval.formats.questions import read_items
from evidence.config import data_folder
from evidence.errors import SettingsError, SourceError
from indexers.manifest import file_digest
from indexers.records import Record
from retrievers.questions import GoldQuestion

QUESTIONS_EXPECTED = (
    "a file (or a folder of files) of questions with gold passages: BioASQ or PubMedQA JSON, "
    "or JSON lines with question_id, text and gold"
)
SCREENING_EXPECTED = (
    "a CSV file (or a folder of them, .gz too) with record_id, title, abstract and "
    "label_included, beside a questions.json that gives each file's question"
)
REVIEW_SUFFIXES = (".csv", ".csv.gz")
_COLUMNS = ("record_id", "title", "abstract", "label_included")
_TRUE, _FALSE = ("1", "true", "yes", "1.0"), ("0", "false", "no", "0.0")
_LONGEST_FIELD = 10_000_000


class Benchmark(NamedTuple):
    """Questions with gold evidence, and the corpus it hides in: gold records and distractors.

    `failures` tells by question why it cannot be read; such a one is also unanswerable.
    """

    questions: tuple[GoldQuestion, ...]
    unanswerable: tuple[GoldQuestion, ...]
    gold: tuple[Record, ...]
    distractors: tuple[Record, ...]
    n_without_text: int
    failures: dict[str, str] = {}  # noqa: RUF012 - read only


class LabelledReview(NamedTuple):
    """The records of a review with the label of each; `question` is None when none is given.

    `failure` tells why a file could not be read whole. What is broken then stands as an included
    record without a text, so that there is one to miss.
    """

    name: str
    question: str | None
    records: tuple[Record, ...]
    included: tuple[bool, ...]
    failure: str | None = None


def data_files(data: Path, suffixes: Sequence[str], expected: str) -> list[Path]:
    """The file, or the files of those suffixes in the folder, sorted by name.

    Raises:
        SourceError: There is no such file.
    """
    if data.is_file():
        return [data]
    found = sorted(p for p in data.glob("*") if p.is_file() and p.name.endswith(tuple(suffixes)))
    if not found:
        raise SourceError(data, f"expected {expected}")
    return found


def file_digests(data: Path, files: Sequence[Path]) -> dict[str, str]:
    """SHA-256 by name; names are relative to the folder that was given, or to the one above."""
    root = data if data.is_dir() else data.parent
    if not all(path.is_relative_to(root) for path in files):
        root = root.parent
    return {path.relative_to(root).as_posix(): file_digest(path) for path in files}


def question_files(data: Path) -> list[Path]:
    """The files of questions at `data`.

    Raises:
        SourceError: There are none.
    """
    return data_files(data, (".json", ".jsonl", ".json.gz", ".jsonl.gz"), QUESTIONS_EXPECTED)


def load_benchmark(files: Sequence[Path], distractors: Sequence[Record]) -> Benchmark:
    """Questions and the corpus they are asked of.

    A distractor that is itself a gold record (same PMID or record id) is left out: its title may
    be the question. Gold that is named alone, by record id or PMID, may be a distractor's record. A
    question that cannot be read, or none of whose gold has a text, is
    unanswerable; so is a file of which nothing can be read, beside others of which something can.

    Raises:
        SourceError: No file is readable, or a question stands in two files.
    """
    gold: dict[str, Record] = {}
    questions: dict[str, GoldQuestion] = {}
    failures: dict[str, str] = {}
    n_without_text = 0
    named_alone: list[str] = []
    for path in files:
        try:
            found, broken = read_items(path)
        except SourceError as error:
            if len(files) == 1:
                raise
            failures[path.name] = str(error)
            continue
        failures |= broken
        n_without_text += found.n_without_text
        own = {record.record_id for record in found.records}
        named_alone += {i for question in found.questions for i in question.gold_ids} - own
        gold |= {record.record_id: record for record in found.records}
        for question in found.questions:
            if question.question_id in questions:
                raise SourceError(path, f"question {question.question_id!r} is in two files")
            questions[question.question_id] = question
    known = {r.pmid for r in gold.values() if r.pmid} | gold.keys()
    others = [r for r in distractors if r.record_id not in known and r.pmid not in known]
    pool = [*gold.values(), *others]
    named = {r.pmid: r.record_id for r in pool if r.pmid} | {r.record_id: r.record_id for r in pool}
    answerable, unanswerable = [], []
    for question in questions.values():
        inside = tuple(dict.fromkeys(named[i] for i in question.gold_ids if i in named))
        if inside:
            answerable.append(question.model_copy(update={"gold_ids": inside}))
        else:
            unanswerable.append(question)
    unreadable = [GoldQuestion(question_id=i, text=why, gold_ids=()) for i, why in failures.items()]
    if not answerable:
        raise SourceError(files[0], f"expected {QUESTIONS_EXPECTED}; no gold passage has a text")
    return Benchmark(
        questions=tuple(answerable),
        unanswerable=(*unanswerable, *unreadable),
        gold=tuple(gold.values()),
        distractors=tuple(others),
        n_without_text=n_without_text - sum(i in named for i in named_alone),
        failures=failures,
    )


def shipped_trials() -> tuple[Path, list[Record]]:
    """The shipped trials and the file they are in.

    Raises:
        SettingsError: The program was installed without its data.
        SourceError: The file is damaged.
    """
    path = data_folder() / "corpus" / "records.jsonl.gz"
    if not path.is_file():
        raise SettingsError(f"{path}: expected the shipped trials; run from a source checkout")
    records = []
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    records.append(Record.model_validate_json(line))
                except ValidationError as error:
                    raise SourceError(path, "expected a record as JSON", number) from error
    except (OSError, EOFError) as error:
        raise SourceError(path, "expected gzipped records, one a line") from error
    return path, records


def load_reviews(data: Path) -> tuple[list[Path], list[LabelledReview]]:
    """The files that were read, and the labelled reviews in them.

    A file that is broken is a review with a `failure`; so are all where questions.json is.

    Raises:
        SourceError: There is no file, no record in any of them, or a review stands in two.
    """
    files = data_files(data, REVIEW_SUFFIXES, SCREENING_EXPECTED)
    beside = files[0].parent / "questions.json"
    questions: dict[str, str] = {}
    failure = None
    if beside.is_file():
        try:
            questions = dict(json.loads(beside.read_text(encoding="utf-8-sig")))
        except (OSError, ValueError, TypeError, RecursionError):
            failure = str(SourceError(beside, "expected the question of each file, by its name", 1))
    reviews: dict[str, LabelledReview] = {}
    for path in files:
        name = Path(path.name.removesuffix(".gz")).stem
        if name in reviews:
            raise SourceError(path, f"review {name!r} is in two files")
        reviews[name] = _labelled_review(path, name, questions.get(name))
    found = list(reviews.values())
    if all(review.failure and len(review.records) == 1 for review in found):
        raise SourceError(files[0], f"expected {SCREENING_EXPECTED}; {found[0].failure}")
    if failure:
        found = [r._replace(failure=r.failure or failure) for r in found]
    return [*files, *([beside] if beside.is_file() else [])], found


def _labelled_review(path: Path, name: str, question: str | None) -> LabelledReview:
    csv.field_size_limit(_LONGEST_FIELD)
    records: list[Record] = []
    included: list[bool] = []
    failure = None
    try:
        for record, label in _labelled_records(path):
            records.append(record)
            included.append(label)
    except SourceError as error:
        failure = str(error)
        records.append(Record(record_id=f"{path.name}: not read", source="screening", title=""))
        included.append(True)
    return LabelledReview(name, question, tuple(records), tuple(included), failure)


def _labelled_records(path: Path) -> Iterator[tuple[Record, bool]]:
    """Each record with its label, as far as the file can be read.

    Raises:
        SourceError: Here it cannot.
    """
    text, whole = read_cut_text(path)
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise SourceError(path, f"expected the column {missing[0]}", 1)
        for row in reader:
            yield _labelled_record(path, row, reader.line_num)
    except csv.Error as error:
        line = reader.reader.line_num  # of the dictionaries' reader it is one behind
        raise SourceError(path, f"expected CSV ({error})", line) from error
    if not whole:
        line = reader.reader.line_num + 1
        raise SourceError(path, "expected a file that is not cut off", line)


def _labelled_record(path: Path, row: dict[str, str], line: int) -> tuple[Record, bool]:
    label = (row["label_included"] or "").strip().lower()
    if label not in (*_TRUE, *_FALSE):
        raise SourceError(path, f"expected label_included of 0 or 1, found {label!r:.40}", line)
    if not row["record_id"]:
        raise SourceError(path, "expected a record_id", line)
    record = Record(
        record_id=row["record_id"],
        source="screening",
        title=row["title"] or "",
        abstract=row["abstract"] or "",
    )
    return record, label in _TRUE
