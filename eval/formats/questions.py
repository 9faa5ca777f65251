"""Questions with gold passages: BioASQ, PubMedQA and our own lines, item by item.

Protocol. The unit is the question. Gold of BioASQ are the documents whose snippets the file gives,
of PubMedQA the abstract that the question was made from (without title and conclusion, for the
title is the question), of our lines the named records. The pool is all gold records of the files
and the shipped trials; a trial that is itself gold stands in it once. A ranked record is right when
its id is gold. The ceiling of recall at k is k over the number of gold records. Gold documents
without a text are left out and counted. A question that cannot be read, and one none of whose gold
has a text, scores 0 everywhere.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from eval.formats.json_items import Broken, JsonItem, read_json_items
from evidence.errors import SourceError
from retrievers.questions import QuestionSet, read_questions


class Questions(NamedTuple):
    """The questions of a file that can be read, and why the others cannot, by place."""

    found: QuestionSet
    failures: dict[str, str]


def read_items(path: Path) -> Questions:
    """The questions of a file; what is broken in it fails alone.

    Raises:
        SourceError: Nothing in it can be read.
    """
    try:
        return Questions(read_questions(path), {})
    except SourceError as error:
        whole_failure = error
    try:
        items, broken = read_json_items(path, inside="questions")
    except SourceError:
        raise whole_failure from None
    kept, seen = [], set()
    for item in items:
        problem = _problem(path.name, item)
        identity = str(item.value.get("question_id") or item.value.get("id") or item.key or "")
        if problem is None and identity and identity in seen:
            problem = f"question {identity!r} stands twice; expected ids that differ"
        if problem is None:
            seen.add(identity)
            kept.append(item)
        else:
            broken.append(Broken(item.line, item.entry, problem))
    if not kept:
        raise whole_failure
    failures = {f"{path.name}:{b.line}:{n}": b.told(path) for n, b in enumerate(broken, 1)}
    return Questions(_read(path.name, kept), failures)


def _problem(name: str, item: JsonItem) -> str | None:
    """Why the reader of questions takes no such item."""
    if not isinstance(item.value, dict):
        item_type = type(item.value).__name__
        return f"expected a question as a JSON object, not {item_type}"
    try:
        _read(name, [item])
    except SourceError as error:
        return str(error).partition(": ")[2]
    return None


def _read(name: str, items: Sequence[JsonItem]) -> QuestionSet:
    """Items as the program's own reader reads a file of them, so that both tell the same."""
    keyed = all(item.key for item in items)
    value = {item.key: item.value for item in items} if keyed else [item.value for item in items]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (name.split(".")[0] + ".json")
        path.write_text(json.dumps(value), encoding="utf-8")
        return read_questions(path)
