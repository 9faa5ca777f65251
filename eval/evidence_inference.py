"""Evidence Inference 2.0: questions about a direction of effect, with their evidence.

Source: DeYoung et al. 2020, Evidence Inference 2.0: More Data, Better Models (BioNLP), and the
folder of its release: prompts_merged.csv, v2_annotations.csv, texts and split files.

Protocol. The unit is the prompt; intervals resample articles. The label is the one that most valid
judgements give; an answer is right when it is that label, an abstention wrong. Evidence is found
when a quote overlaps with a marked place. The ceiling is set by annotators who disagree. Excluded:
prompts without a valid judgement or whose article is not among the texts, and, unless a script
trains, all splits but validation; the test split is never read here. There is no pool: the article
is named. A row or article that is broken is a prompt to which every answer is wrong.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from eval.formats.json_items import Broken, read_json_items
from evidence.errors import SourceError
from evidence.findings import OutcomeDirection
from indexers.records import Document, Section, text_digest

EXPECTED = "the folder of Evidence Inference: prompts_merged.csv, v2_annotations.csv, texts, splits"
Split = Literal["train", "validation"]
_FILES = ("prompts_merged.csv", "v2_annotations.csv", "txt_files.jsonl.gz")
_PLACES = ("Evidence Start", "Evidence End")
_JUDGED = ("PromptID", "PMCID", "Label", "Valid Label", *_PLACES)
_LABELS: dict[str, OutcomeDirection] = {
    "significantly increased": "increased",
    "significantly increase": "increased",
    "significantly decreased": "decreased",
    "significantly decrease": "decreased",
    "no significant difference": "no_difference",
}
_HEADING = re.compile(r"^(TITLE|(?:ABSTRACT|BODY)(?:\.[^\n]{0,160})?):+[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class DirectionPrompt:
    """A question with its label and the places of its evidence in the article."""

    prompt_id: str
    article_id: str
    intervention: str
    comparator: str
    outcome: str
    label: OutcomeDirection
    evidence: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class DirectionData:
    """One split: its judged prompts, and the articles they are about.

    `n_prompts` counts the split's prompts, judged or not; `n_articles` the ids of its file.
    `failures` tells by place what cannot be read and why.
    """

    split: Split
    prompts: tuple[DirectionPrompt, ...]
    documents: dict[str, Document]
    n_prompts: int
    n_articles: int
    failures: Mapping[str, str] = field(default_factory=dict)


def release_folder(data: Path) -> Path | None:
    """The folder of the release that a path is, or lies in; None where it is no release."""
    folder = data.parent if data.is_file() and data.name in _FILES else data
    return folder if (folder / _FILES[0]).is_file() else None


def direction_files(data: Path, split: Split) -> list[Path]:
    """The files that a split is read from; the test split has no place here."""
    return [data / name for name in (*_FILES, f"ev2_{split}_article_ids.txt")]


def load_directions(data: Path, split: Split) -> DirectionData:
    """The prompts of a split whose article is there and that have a valid judgement.

    The label is the one that most valid judgements give, the first given among equals. A row or a
    line that is broken is a failure; the articles behind a cut are one with it.

    Raises:
        SourceError: A file is missing, or no prompt can be read.
    """
    for path in direction_files(data, split):
        if not path.is_file():
            raise SourceError(path, f"expected {EXPECTED}")
    ids = frozenset((data / f"ev2_{split}_article_ids.txt").read_text(encoding="utf-8-sig").split())
    failures: dict[str, str] = {}
    documents = _documents(data / _FILES[2], ids, failures)
    asked_columns = ("PromptID", "PMCID", "Intervention", "Comparator", "Outcome")
    asked = [r for r in _rows(data / _FILES[0], asked_columns, failures) if r["PMCID"] in ids]
    judged: dict[str, list[dict[str, str]]] = {}
    for row in _rows(data / _FILES[1], _JUDGED, failures):
        if row["PMCID"] in ids and row["Valid Label"] == "True" and row["Label"] in _LABELS:
            judged.setdefault(row["PromptID"], []).append(row)
    prompts = [
        _prompt(row, judged[row["PromptID"]], len(documents[row["PMCID"]].text))
        for row in asked
        if row["PMCID"] in documents and row["PromptID"] in judged
    ]
    if not prompts:
        told = next(iter(failures.values()), "no prompt has an article and a valid judgement")
        raise SourceError(data, f"expected {EXPECTED}; {told}")
    prompts.sort(key=lambda p: (p.article_id, p.prompt_id))
    return DirectionData(split, tuple(prompts), documents, len(asked), len(ids), failures)


def _rows(path: Path, columns: tuple[str, ...], failures: dict[str, str]) -> list[dict[str, str]]:
    """The rows that have all columns, places as numbers; what is broken goes to the failures."""
    rows: list[dict[str, str]] = []
    line = 1

    def failed(expected: str) -> None:
        failures[f"{path.name}:{line}"] = str(SourceError(path, expected, line))

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise SourceError(path, f"expected the column {missing[0]}", 1)
            for row in reader:
                line = reader.line_num
                empty = next((name for name in columns if row[name] is None), None)
                wrong = next((n for n in _PLACES if n in columns and not _is_whole(row[n])), None)
                if empty or wrong:
                    failed(f"expected {'a whole number as ' if wrong else ''}{empty or wrong}")
                else:
                    rows.append(row)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        failed(f"expected CSV in UTF-8 ({error})")
    return rows


def _is_whole(text: str | None) -> bool:
    return text is not None and text.strip().lstrip("-").isdecimal()


def _prompt(row: dict[str, str], judged: list[dict[str, str]], size: int) -> DirectionPrompt:
    votes = Counter(_LABELS[j["Label"]] for j in judged)
    label = max(votes, key=lambda name: votes[name])
    spans = []
    for j in judged:
        start, end = int(j["Evidence Start"]), int(j["Evidence End"])
        if _LABELS[j["Label"]] == label and 0 <= start < end <= size:
            spans.append((start, end))
    return DirectionPrompt(
        prompt_id=row["PromptID"],
        article_id=row["PMCID"],
        intervention=row["Intervention"].strip(),
        comparator=row["Comparator"].strip(),
        outcome=row["Outcome"].strip(),
        label=label,
        evidence=tuple(sorted(set(spans))),
    )


def _documents(path: Path, ids: frozenset[str], failures: dict[str, str]) -> dict[str, Document]:
    found = {}
    items, broken = read_json_items(path)
    for item in items:
        try:
            article_id = str(item.value["pmcid"]).removeprefix("PMC")
            text = str(item.value["text"])
        except (KeyError, TypeError):
            broken.append(Broken(item.line, item.entry, "expected pmcid and text"))
            continue
        if article_id in ids and text:
            found[article_id] = article_document(article_id, text)
    failures |= {f"{path.name}:{b.line}": b.told(path) for b in broken}
    return found


def article_document(article_id: str, text: str) -> Document:
    """An article of the release; its headings (`ABSTRACT.RESULTS:`) become sections."""
    headings = list(_HEADING.finditer(text))
    sections = []
    for number, heading in enumerate(headings, 1):
        end = headings[number].start() if number < len(headings) else len(text)
        parts = tuple(part.strip(" :").capitalize() for part in heading.group(1).split("."))
        path = tuple(p for p in parts if p and p != "Body") or ("Body",)
        sections.append(Section(path=path, start=heading.end(), end=end))
    return Document(
        document_digest=text_digest(text),
        record_id=f"PMC{article_id}",
        kind="full_text",
        text=text,
        sections=tuple(sections),
    )
