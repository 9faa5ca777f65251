"""Questions whose gold passages are known: what calibration and benchmarks learn from.

Three forms are read, each also gzipped:

    BioASQ      JSON with `questions`, or one question a line: body, documents, snippets
    PubMedQA    JSON by PMID: QUESTION, CONTEXTS
    our own     one question a line: question_id, text, and gold: record ids or PMIDs, or records
                ({"record_id": ..., "title": ..., "abstract": ...})

The text of a gold record is what the file gives: of BioASQ the snippets (titles and stretches of
abstracts), of PubMedQA the abstract without title and conclusion, because the title is the
question.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from indexers.errors import SourceError
from indexers.records import Frozen, Record, text_digest

_EXPECTED = (
    "expected questions with gold passages: BioASQ (body, snippets), PubMedQA (QUESTION, CONTEXTS) "
    "or lines with question_id, text and gold"
)
_LARGEST_BYTES = 1 << 30


class GoldQuestion(Frozen):
    """A question and the ids of the records that hold its evidence."""

    question_id: str = Field(min_length=1)
    text: str = Field(min_length=1)
    gold_ids: tuple[str, ...]


class QuestionSet(Frozen):
    """The questions of a file, and the gold records as far as the file gives their text.

    `n_without_text` counts gold documents that are named without any text.
    """

    name: str
    questions: tuple[GoldQuestion, ...]
    records: tuple[Record, ...] = ()
    n_without_text: int = 0


def read_questions(path: Path) -> QuestionSet:
    """Read a file of questions.

    Raises:
        SourceError: It cannot be read, is of none of the forms, or a question stands twice.
    """
    items = _json_items(path)
    name = path.name.split(".")[0]
    try:
        found = _question_set(name, items, path)
    except (KeyError, TypeError, ValueError) as error:
        raise SourceError(path, f"{_EXPECTED} ({_reason(error)})") from error
    seen: set[str] = set()
    for question in found.questions:
        if question.question_id in seen:
            raise SourceError(
                path, f"question {question.question_id!r} stands twice; make ids differ"
            )
        seen.add(question.question_id)
    if not found.questions:
        raise SourceError(path, _EXPECTED)
    return found


def distinct_questions(questions: Iterable[GoldQuestion]) -> list[GoldQuestion]:
    """The questions with those in the same words as one: the first, with the gold of all of them.

    A question that counted twice would make a certificate of less evidence than it names.
    """
    by_words: dict[str, GoldQuestion] = {}
    for question in questions:
        words = " ".join(question.text.casefold().split())
        first = by_words.get(words, question)
        gold_ids = tuple(dict.fromkeys((*first.gold_ids, *question.gold_ids)))
        by_words[words] = first.model_copy(update={"gold_ids": gold_ids})
    return list(by_words.values())


def with_ids_of(
    questions: Iterable[GoldQuestion], records: Iterable[Record]
) -> tuple[list[GoldQuestion], list[GoldQuestion]]:
    """Questions whose gold ids are record ids of a corpus, and those with gold it lacks.

    A gold id is a record id or a PMID. A question with some of its gold missing from the corpus
    is put with the others whole: what cannot be found would count as missed.
    """
    by_id: dict[str, str] = {}
    for record in records:
        if record.pmid:
            by_id.setdefault(record.pmid, record.record_id)
        by_id[record.record_id] = record.record_id
    inside: list[GoldQuestion] = []
    outside: list[GoldQuestion] = []
    for question in questions:
        if question.gold_ids and all(gold in by_id for gold in question.gold_ids):
            ids = tuple(dict.fromkeys(by_id[gold] for gold in question.gold_ids))
            inside.append(question.model_copy(update={"gold_ids": ids}))
        else:
            outside.append(question)
    return inside, outside


def _question_set(name: str, items: list[tuple[str, dict[str, Any]]], path: Path) -> QuestionSet:
    if not items:
        raise SourceError(path, _EXPECTED)
    first = items[0][1]
    if "QUESTION" in first:
        return _pubmedqa(name, items)
    if "body" in first:
        return _bioasq(name, [item for _, item in items])
    if "gold" in first:
        return _own(name, [item for _, item in items])
    raise SourceError(path, _EXPECTED)


def _pubmedqa(name: str, items: list[tuple[str, dict[str, Any]]]) -> QuestionSet:
    questions, records = [], []
    for pmid, item in items:
        questions.append(GoldQuestion(question_id=pmid, text=item["QUESTION"], gold_ids=(pmid,)))
        records.append(
            Record(
                record_id=pmid,
                source="pubmedqa",
                pmid=pmid,
                title="",
                abstract="\n".join(item["CONTEXTS"]),
                mesh=tuple(item.get("MESHES", ())),
            )
        )
    return QuestionSet(name=name, questions=tuple(questions), records=tuple(records))


def _bioasq(name: str, items: Sequence[dict[str, Any]]) -> QuestionSet:
    snippets: dict[str, list[dict[str, Any]]] = {}
    named: set[str] = set()
    questions = []
    for item in items:
        gold: dict[str, None] = {}
        for snippet in item.get("snippets", ()):
            pmid = _pmid(snippet["document"])
            snippets.setdefault(pmid, []).append(snippet)
            gold[pmid] = None
        named.update(_pmid(document) for document in item.get("documents", ()))
        questions.append(
            GoldQuestion(
                question_id=item.get("id") or text_digest(str(item["body"]))[:16],
                text=item["body"],
                gold_ids=tuple(gold),
            )
        )
    records = [
        Record(
            record_id=pmid,
            source="bioasq",
            pmid=pmid,
            title=_joined(found, "title"),
            abstract=_joined(found, "abstract"),
        )
        for pmid, found in snippets.items()
    ]
    return QuestionSet(
        name=name,
        questions=tuple(questions),
        records=tuple(records),
        n_without_text=len(named - snippets.keys()),
    )


def _joined(snippets: Sequence[dict[str, Any]], section: str) -> str:
    """The snippets of a section in the order of the text, overlaps once."""
    stretches = sorted(
        {
            (int(s["offsetInBeginSection"]), str(s["text"]))
            for s in snippets
            if (s["beginSection"] == "title") == (section == "title")
        },
        key=lambda stretch: (stretch[0], -len(stretch[1]), stretch[1]),
    )
    parts: list[str] = []
    reached = -1
    for start, text in stretches:
        fresh = text[max(reached - start, 0) :].strip() if reached > start else text.strip()
        if fresh:
            parts.append(fresh)
        reached = max(reached, start + len(text))
    return " ".join(parts)


def _own(name: str, items: Sequence[dict[str, Any]]) -> QuestionSet:
    records: dict[str, Record] = {}
    questions = []
    for item in items:
        ids: dict[str, None] = {}
        if not isinstance(item["gold"], list):
            raise TypeError(f"gold of {item['question_id']}: expected a list")
        for gold in item["gold"]:
            if isinstance(gold, str | int):  # a PMID may be written as a number
                ids[str(gold)] = None
                continue
            record = Record.model_validate({"source": "gold", "title": "", **gold})
            records.setdefault(record.record_id, record)
            ids[record.record_id] = None
        named = item["question_id"]
        questions.append(
            GoldQuestion(
                question_id=str(named) if isinstance(named, int) else named,
                text=item["text"],
                gold_ids=tuple(ids),
            )
        )
    without_text = {gold for q in questions for gold in q.gold_ids} - records.keys()
    return QuestionSet(
        name=name,
        questions=tuple(questions),
        records=tuple(records.values()),
        n_without_text=len(without_text),
    )


def _json_items(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """The items of a JSON object by key, of its `questions`, or of its lines."""
    text = _text(path)
    try:
        whole = json.loads(text)
    except RecursionError as error:
        raise SourceError(path, "expected JSON that is not nested so deeply") from error
    except ValueError:
        return list(chain.from_iterable(_line_item(path, *line) for line in _lines(text)))
    if isinstance(whole, dict) and isinstance(whole.get("questions"), list):
        whole = whole["questions"]
    elif isinstance(whole, dict) and not {"body", "gold"} & whole.keys():
        whole = [{"_key": key, **value} for key, value in whole.items() if isinstance(value, dict)]
    items = whole if isinstance(whole, list) else [whole]
    if not items or not all(isinstance(item, dict) for item in items):
        raise SourceError(path, _EXPECTED)
    return [(str(item.pop("_key", number)), item) for number, item in enumerate(items)]


def _lines(text: str) -> list[tuple[int, str]]:
    numbered = enumerate(text.split("\n"), 1)
    return [(number, line) for number, line in numbered if line.strip()]


def _line_item(path: Path, number: int, line: str) -> list[tuple[str, dict[str, Any]]]:
    try:
        item = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise SourceError(path, "expected a question as JSON", number) from error
    if not isinstance(item, dict):
        raise SourceError(path, "expected a question as a JSON object", number)
    return [(str(number), item)]


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            with gzip.GzipFile(fileobj=file) if packed else file as opened:
                raw = opened.read(_LARGEST_BYTES + 1)
        if len(raw) > _LARGEST_BYTES:
            raise SourceError(path, "expected at most 1 GiB of questions")
        return raw.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error  # a broken archive's error has none
        raise SourceError(path, f"expected a readable file of questions ({reason})") from error


def _pmid(url: object) -> str:
    return str(url).rstrip("/").rpartition("/")[2]


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return f"{type(error).__name__}: {error}"
