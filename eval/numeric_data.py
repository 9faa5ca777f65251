"""Questions for numbers, with the numbers that a reader found: two formats, one type.

`annotated_rct_dataset.json` is the release of Yun et al. 2024, Automatically Extracting Numerical
Results from Randomized Controlled Trials with Large Language Models (MLHC); its articles stand in
folders beside it. `*.jsonl` are labels of result tables as data/result_tables keeps them.

Protocol. The unit is the question: intervention, comparator and outcome of one article; intervals
resample articles. Each number is compared with the reader's own (`eval.tasks.numbers` has the
rule). The ceiling is below 1: readers err, and the release was read with figures and supplements
that the articles' XML does not hold. Nothing is excluded, questions whose numbers are all unknown
included: giving none is then right. There is no pool: the article is named. An entry that cannot
be read counts as four numbers that nobody found; where an article cannot be read, nothing is found.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from eval.formats.json_items import Broken, read_json_items
from evidence.errors import SourceError
from evidence.findings import ContinuousData, DichotomousData, GenericData
from indexers.jats_excerpt import read_jats_excerpt
from indexers.markdown_excerpt import read_markdown_excerpt
from indexers.records import Document

Kind = Literal["dichotomous", "continuous", "generic"]
RELEASE = "annotated_rct_dataset.json"
NUMBERS_EXPECTED = (
    f"{RELEASE} or labels of result tables (.jsonl), or their folder, with the articles as XML "
    "or Markdown in a folder beside it"
)
FIELDS: Mapping[Kind, tuple[str, ...]] = {
    "dichotomous": tuple(n for n in DichotomousData.model_fields if n != "kind"),
    "continuous": tuple(n for n in ContinuousData.model_fields if n not in ("kind", "unit")),
    "generic": tuple(n for n in GenericData.model_fields if n not in ("kind", "measure")),
}
_RELEASE_KINDS: Mapping[str, Kind] = {"binary": "dichotomous", "continuous": "continuous"}
_RELEASE_FIELDS: Mapping[Kind, Mapping[str, str]] = {
    "dichotomous": {
        "events_intervention": "intervention_events",
        "total_intervention": "intervention_group_size",
        "events_comparator": "comparator_events",
        "total_comparator": "comparator_group_size",
    },
    "continuous": {
        "mean_intervention": "intervention_mean",
        "sd_intervention": "intervention_standard_deviation",
        "n_intervention": "intervention_group_size",
        "mean_comparator": "comparator_mean",
        "sd_comparator": "comparator_standard_deviation",
        "n_comparator": "comparator_group_size",
    },
}
# The release has each article three times; the one with the tables' spans comes first.
_FOLDERS_FIRST = ("abstract_and_results_xml_files", "no_attributes_xml_files")
_SUFFIXES = (".xml", ".nxml", ".xml.gz")
_MARKDOWN = ".md"


@dataclass(frozen=True)
class NumbersQuestion:
    """An outcome of a trial, and what a reader found: a number that is not there is None.

    `failure` tells why an entry of the file cannot be read; it has the worst score.
    """

    question_id: str
    article_id: str
    intervention: str
    comparator: str
    outcome: str
    kind: Kind
    gold: Mapping[str, float | None]
    failure: str | None = None


@dataclass(frozen=True)
class NumbersData:
    """The questions and their articles; `problems` tells by article why one is not there."""

    questions: tuple[NumbersQuestion, ...]
    documents: Mapping[str, Document]
    problems: Mapping[str, str] = field(default_factory=dict)


def numbers_file(data: Path) -> list[Path]:
    """The label files of a path: the file itself, or those of a folder."""
    if data.is_file():
        return [data]
    release = data / RELEASE
    return [release] if release.is_file() else sorted(data.glob("*.jsonl"))


def load_numbers(data: Path) -> tuple[list[Path], NumbersData]:
    """The files read, and their questions with the articles.

    An article that is missing or cannot be read leaves its questions without a document; an entry
    that cannot be read is a question with a failure.

    Raises:
        SourceError: No labels are there, or none of them can be read.
    """
    files = numbers_file(data)
    if not files:
        raise SourceError(data, f"expected {NUMBERS_EXPECTED}")
    questions: list[NumbersQuestion] = []
    for file in files:
        questions += _questions(file)
    failures = [q.failure for q in questions if q.failure is not None]
    if len(failures) == len(questions):
        told = failures[0] if failures else "it is empty"
        raise SourceError(files[0], f"expected {NUMBERS_EXPECTED}; {told}")
    places = _articles(files[0].parent)
    documents: dict[str, Document] = {}
    problems: dict[str, str] = {}
    for article_id in sorted({q.article_id for q in questions if q.failure is None}):
        path = places.get(article_id)
        if path is None:
            told = f"expected {article_id}.xml or {article_id}.md in a folder there"
            problems[article_id] = f"{files[0].parent}: {told}"
            continue
        try:
            read = read_markdown_excerpt if path.suffix == _MARKDOWN else read_jats_excerpt
            documents[article_id] = read(path, article_id)
            files.append(path)
        except SourceError as error:
            problems[article_id] = str(error)
    return files, NumbersData(tuple(questions), documents, problems)


def _questions(file: Path) -> list[NumbersQuestion]:
    read = _release_row if file.suffix == ".json" else _label_row
    try:
        items, broken = read_json_items(file)
    except SourceError as error:
        return [_failed(file, 1, 1, str(error))]
    questions = []
    for item in items:
        try:
            questions.append(_question(item.value, read))
        except ValueError as error:
            broken.append(Broken(item.line, item.entry, str(error)))
    return questions + [_failed(file, b.line, b.entry, b.told(file)) for b in sorted(broken)]


def _failed(file: Path, line: int, entry: int, failure: str) -> NumbersQuestion:
    unit = f"{file.name}:{line}:{entry}"
    gold = dict.fromkeys(FIELDS["dichotomous"])
    return NumbersQuestion(unit, unit, "", "", "", "dichotomous", gold, failure)


def _question(row: object, read: Callable[[dict[str, Any]], NumbersQuestion]) -> NumbersQuestion:
    if not isinstance(row, dict):
        raise ValueError("expected an object")
    try:
        return read(row)
    except KeyError as error:
        raise ValueError(f"expected the field {error.args[0]}") from error
    except (TypeError, ValueError) as error:
        raise ValueError(f"expected a result ({error})") from error


def _release_row(row: dict[str, Any]) -> NumbersQuestion:
    kind = _RELEASE_KINDS.get(str(row["outcome_type"]).strip().lower())
    if kind is None:
        raise ValueError(f"outcome_type {row['outcome_type']!r} is neither binary nor continuous")
    return NumbersQuestion(
        question_id=str(row["id"]),
        article_id=f"PMC{str(row['pmcid']).removeprefix('PMC')}",
        intervention=str(row["intervention"]).strip(),
        comparator=str(row["comparator"]).strip(),
        outcome=str(row["outcome"]).strip(),
        kind=kind,
        gold={ours: _number(row[theirs]) for ours, theirs in _RELEASE_FIELDS[kind].items()},
    )


def _label_row(row: dict[str, Any]) -> NumbersQuestion:
    kind: Kind = row["kind"]
    if kind not in FIELDS:
        raise ValueError(f"kind {kind!r}")
    return NumbersQuestion(
        question_id=str(row["label_id"]),
        article_id=str(row["pmcid"]),
        intervention=str(row["intervention"]),
        comparator=str(row["comparator"]),
        outcome=str(row["outcome"]),
        kind=kind,
        gold={name: _number(row["values"][name]) for name in FIELDS[kind]},
    )


def _number(value: object) -> float | None:
    """A number of the labels; blank, and the release's words for unknown, are None."""
    if value is None or str(value).strip().lower() in ("", "x", "unknown", "nan", "none"):
        return None
    number = float(str(value).replace(",", ""))
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is no number")
    return number


def _articles(folder: Path) -> dict[str, Path]:
    """The articles' files by id, from the folder and those in it; Markdown for want of XML."""
    inside = sorted(path for path in folder.iterdir() if path.is_dir())
    first = [folder / name for name in _FOLDERS_FIRST if (folder / name) in inside]
    found: dict[str, Path] = {}
    for suffixes in (_SUFFIXES, (_MARKDOWN,)):
        for place in (*first, *(p for p in inside if p not in first), folder):
            for path in sorted(place.iterdir()):
                suffix = next((s for s in suffixes if path.name.endswith(s)), None)
                if suffix is not None and path.is_file():
                    found.setdefault(path.name.removesuffix(suffix), path)
    return found
