"""Questions for numbers, with the numbers that a reader found: two formats, one type.

`annotated_rct_dataset.json` is the release of Yun et al. 2024, Automatically Extracting Numerical
Results from Randomized Controlled Trials with Large Language Models (MLHC); its articles stand in
folders beside it. `*.jsonl` are labels of result tables as data/result_tables keeps them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from evidence.errors import SourceError
from evidence.findings import ContinuousData, DichotomousData, GenericData
from indexers.jats_excerpt import read_jats_excerpt
from indexers.records import Document

Kind = Literal["dichotomous", "continuous", "generic"]
RELEASE = "annotated_rct_dataset.json"
NUMBERS_EXPECTED = (
    f"{RELEASE} or labels of result tables (.jsonl), or their folder, with the articles' XML "
    "in a folder beside it"
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


@dataclass(frozen=True)
class NumbersQuestion:
    """An outcome of a trial, and what a reader found: a number that is not there is None."""

    question_id: str
    article_id: str
    intervention: str
    comparator: str
    outcome: str
    kind: Kind
    gold: Mapping[str, float | None]


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


def holds_numbers(data: Path) -> bool:
    """Whether the path is, or holds, questions for numbers."""
    files = numbers_file(data)
    return bool(files) and all(f.name == RELEASE or f.suffix == ".jsonl" for f in files)


def load_numbers(data: Path) -> tuple[list[Path], NumbersData]:
    """The files read, and their questions with the articles.

    An article that is missing or cannot be read leaves its questions without a document.

    Raises:
        SourceError: No labels are there, or a line or entry of them is not of its format.
    """
    files = numbers_file(data)
    if not files:
        raise SourceError(data, f"expected {NUMBERS_EXPECTED}")
    questions: list[NumbersQuestion] = []
    for file in files:
        questions += _release(file) if file.suffix == ".json" else _labels(file)
    places = _articles(files[0].parent)
    documents: dict[str, Document] = {}
    problems: dict[str, str] = {}
    for article_id in sorted({q.article_id for q in questions}):
        path = places.get(article_id)
        if path is None:
            problems[article_id] = f"{files[0].parent}: expected {article_id}.xml in a folder there"
            continue
        try:
            documents[article_id] = read_jats_excerpt(path, article_id)
            files.append(path)
        except SourceError as error:
            problems[article_id] = str(error)
    return files, NumbersData(tuple(questions), documents, problems)


def _release(file: Path) -> list[NumbersQuestion]:
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SourceError(file, f"expected JSON in UTF-8 ({error})") from error
    if not isinstance(rows, list):
        raise SourceError(file, "expected a list of annotated results")
    return [_question(file, f"entry {n}", row, _release_row) for n, row in enumerate(rows, 1)]


def _labels(file: Path) -> list[NumbersQuestion]:
    questions = []
    try:
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    questions.append(
                        _question(file, f"line {number}", json.loads(line), _label_row)
                    )
    except (OSError, ValueError) as error:
        raise SourceError(file, f"expected JSON lines in UTF-8 ({error})") from error
    return questions


def _question(
    file: Path, place: str, row: object, read: Callable[[dict[str, Any]], NumbersQuestion]
) -> NumbersQuestion:
    if not isinstance(row, dict):
        raise SourceError(file, f"{place}: expected an object")
    try:
        return read(row)
    except KeyError as error:
        raise SourceError(file, f"{place}: expected the field {error.args[0]}") from error
    except (TypeError, ValueError) as error:
        raise SourceError(file, f"{place}: expected a result ({error})") from error


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
    return float(str(value).replace(",", ""))


def _articles(folder: Path) -> dict[str, Path]:
    """The articles' files by id, from the folder and the folders in it."""
    inside = sorted(path for path in folder.iterdir() if path.is_dir())
    first = [folder / name for name in _FOLDERS_FIRST if (folder / name) in inside]
    found: dict[str, Path] = {}
    for place in (*first, *(p for p in inside if p not in first), folder):
        for path in sorted(place.iterdir()):
            suffix = next((s for s in _SUFFIXES if path.name.endswith(s)), None)
            if suffix is not None and path.is_file():
                found.setdefault(path.name.removesuffix(suffix), path)
    return found
