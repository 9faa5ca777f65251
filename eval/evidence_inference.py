"""Evidence Inference 2.0: questions about a direction of effect, with their evidence.

Source: DeYoung et al. 2020, Evidence Inference 2.0: More Data, Better Models (BioNLP), and the
folder of its release: prompts_merged.csv, v2_annotations.csv, texts and split files.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evidence.errors import SourceError
from evidence.findings import OutcomeDirection
from indexers.records import Document, Section, text_digest

EXPECTED = "the folder of Evidence Inference: prompts_merged.csv, v2_annotations.csv, texts, splits"
Split = Literal["train", "validation"]
_FILES = ("prompts_merged.csv", "v2_annotations.csv", "txt_files.jsonl.gz")
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
    """

    split: Split
    prompts: tuple[DirectionPrompt, ...]
    documents: dict[str, Document]
    n_prompts: int
    n_articles: int


def direction_files(data: Path, split: Split) -> list[Path]:
    """The files that a split is read from; the test split has no place here."""
    return [data / name for name in (*_FILES, f"ev2_{split}_article_ids.txt")]


def load_directions(data: Path, split: Split) -> DirectionData:
    """The prompts of a split whose article is there and that have a valid judgement.

    The label is the one that most valid judgements give, the first given among equals.

    Raises:
        SourceError: A file is missing or not of the release's form.
    """
    for path in direction_files(data, split):
        if not path.is_file():
            raise SourceError(path, f"expected {EXPECTED}")
    ids = frozenset((data / f"ev2_{split}_article_ids.txt").read_text(encoding="utf-8").split())
    documents = _documents(data / _FILES[2], ids)
    asked = [row for row in _rows(data / _FILES[0], ("PromptID", "PMCID")) if row["PMCID"] in ids]
    judged: dict[str, list[dict[str, str]]] = {}
    for row in _rows(data / _FILES[1], ("PromptID", "Label", "Evidence Start")):
        if row["PMCID"] in ids and row["Valid Label"] == "True" and row["Label"] in _LABELS:
            judged.setdefault(row["PromptID"], []).append(row)
    prompts = [
        _prompt(row, judged[row["PromptID"]], len(documents[row["PMCID"]].text))
        for row in asked
        if row["PMCID"] in documents and row["PromptID"] in judged
    ]
    prompts.sort(key=lambda p: (p.article_id, p.prompt_id))
    return DirectionData(split, tuple(prompts), documents, len(asked), len(ids))


def _rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise SourceError(path, f"expected the column {missing[0]}", 1)
            return list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(path, f"expected CSV in UTF-8 ({error})") from error


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


def _documents(path: Path, ids: frozenset[str]) -> dict[str, Document]:
    found = {}
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    row = json.loads(line)
                    article_id, text = str(row["pmcid"]).removeprefix("PMC"), str(row["text"])
                except (ValueError, KeyError, TypeError) as error:
                    raise SourceError(path, "expected pmcid and text as JSON", number) from error
                if article_id in ids and text:
                    found[article_id] = article_document(article_id, text)
    except (OSError, EOFError) as error:
        raise SourceError(path, "expected gzipped JSON lines") from error
    return found


def article_document(article_id: str, text: str) -> Document:
    """An article of the release; its headings (`ABSTRACT.RESULTS:`) become sections."""
    headings = list(_HEADING.finditer(text))
    sections = []
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        end = following.start() if following else len(text)
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
